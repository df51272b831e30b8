// SPDX-License-Identifier: MIT
//
// Type inference for allocation sites.  The result is followed through the
// function: into variables, structure members, parameters of called functions
// and the function's own result, each of which has a declared type.  `void *`
// receivers that are local variables are followed on.  Of all types found, the
// one that suits the size best wins; two structures that suit equally well are
// one too many.
#include "infer.h"
#include "size-expr.h"
#include "tu-format.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Operator.h"
#include <deque>
#include <optional>

using namespace llvm;

namespace {

// Collects the pointee types of everything that receives a value, the nearest first.
class Receivers {
  const lu::StructIndex &Structs;
  const Function *Home; // that allocates
  SmallPtrSet<const Value *, 32> Seen;
  // Values to follow, and through how many receivers of another type they came.
  std::deque<std::pair<const Value *, unsigned>> Work;
  unsigned Casts = 0; // of the value that is being followed

  void push(const Value *V, unsigned More = 0) {
    if (!Seen.insert(V).second || Seen.size() >= 256)
      return;
    if (More)
      Work.emplace_back(V, Casts + More);
    else
      Work.emplace_front(V, Casts);
  }

  // A receiver declared as pointer type T; one of several that it can be, if Doubtful.
  void receive(const DIType *T, bool Doubtful = false) {
    if (!lu::isPointer(T))
      return;
    const DIType *P = lu::pointee(T);
    if (!P)
      Untyped = true;
    else if (lu::peel(P)->getTag() == dwarf::DW_TAG_subroutine_type)
      return;
    else if (auto *Known = find_if(Types, [&](const Received &R) { return R.Type == P; });
             Known != Types.end())
      Known->Doubtful &= Doubtful;
    else
      Types.push_back({P, Casts, Doubtful});
  }

  void argument(const CallBase *C, unsigned Arg) {
    if (isa<IntrinsicInst>(C))
      return;
    const DIType *P = nullptr;
    if (const DISubroutineType *T = lu::calledType(C->getCalledOperand(), Structs))
      receive(P = lu::parameterType(T, C->getFunctionType(), Arg));
    // A `void *` parameter, or one whose type is not clear, is followed inside.
    const auto *F = dyn_cast<Function>(C->getCalledOperand()->stripPointerCasts());
    if (F && Arg < F->arg_size() && !lu::pointee(P))
      push(F->getArg(Arg));
  }

  void returned(const ReturnInst *R) {
    const DISubprogram *SP = R->getFunction()->getSubprogram();
    if (!SP || !SP->getType())
      return;
    const DIType *T = lu::returnType(SP->getType());
    receive(T);
    if (lu::isPointer(T) && !lu::pointee(T) && R->getFunction() == Home)
      ReturnsVoid = true;
  }

  void use(const Use &U) {
    const User *I = U.getUser();
    if (const auto *S = dyn_cast<StoreInst>(I)) {
      if (U.getOperandNo() == 0)
        storedAt(S->getPointerOperand());
    } else if (const auto *R = dyn_cast<ReturnInst>(I)) {
      returned(R);
    } else if (const auto *C = dyn_cast<CallBase>(I)) {
      if (C->isArgOperand(&U))
        argument(C, C->getArgOperandNo(&U));
    } else if (isa<PHINode>(I) || isa<SelectInst>(I) || isa<FreezeInst>(I)) {
      push(I);
    } else if (const auto *G = dyn_cast<GEPOperator>(I); G && U.getOperandNo() == 0) {
      if (G->hasAllZeroIndices())
        push(I);
      Accessed = Accessed ? Accessed : dyn_cast<StructType>(G->getSourceElementType());
    }
  }

public:
  Receivers(const lu::StructIndex &Structs, const Function *Home) : Structs(Structs), Home(Home) {}

  struct Received {
    const DIType *Type;
    unsigned Casts; // receivers before it that have another type
    bool Doubtful;  // a member of a union, or another one
  };
  SmallVector<Received, 4> Types;
  bool Untyped = false, ReturnsVoid = false;
  GlobalVariable *Extern = nullptr;
  int64_t ExternOffset = 0;
  StructType *Accessed = nullptr; // structure that the result is used as

  // The value is stored at this address: a local variable is followed on.
  void storedAt(const Value *To) {
    lu::TypeList Found;
    lu::typesOfAddress(To, Found, Structs);
    SmallPtrSet<const DIType *, 4> Different;
    for (const DIType *T : Found)
      if (lu::pointee(T))
        Different.insert(lu::pointee(T));
    for (const DIType *T : Found)
      receive(T, Different.size() > 1);
    bool Typed = any_of(Found, [](const DIType *T) { return lu::pointee(T); });
    if (isa<AllocaInst>(To))
      for (const User *U : To->users())
        if (const auto *L = dyn_cast<LoadInst>(U))
          push(L, Typed);
    const Value *Base = To->stripPointerCasts();
    APInt Off(64, 0);
    if (const auto *G = dyn_cast<GEPOperator>(Base))
      if (const auto *V = dyn_cast<GlobalVariable>(G->getPointerOperand()))
        if (G->accumulateConstantOffset(V->getParent()->getDataLayout(), Off))
          Base = V;
    const auto *V = dyn_cast<GlobalVariable>(Base);
    if (Found.empty() && V && V->isDeclaration() && !Extern) {
      Extern = const_cast<GlobalVariable *>(V);
      ExternOffset = Off.getSExtValue();
    }
  }

  void result(const Value *V) { push(V); }

  void follow() {
    while (!Work.empty()) {
      const Value *V = Work.front().first;
      Casts = Work.front().second;
      Work.pop_front();
      for (const Use &U : V->uses())
        use(U);
    }
  }
};

struct Fit {
  unsigned Rank; // smaller is better
  uint32_t Flags;
  bool OpenEnded = false;
};

} // namespace

static bool isScalar(const DIType *T) { return !lu::isComposite(T); }

// How a structure with a flexible array at the end suits the size.
static std::optional<Fit> fitFlexible(uint64_t Start, uint64_t Size, const lu::SizeExpr &E) {
  if (E.Step == 0 && E.Constant == Size)
    return Fit{0, 0};
  if (E.Constant >= Start)
    return Fit{1, LU_A_TAIL};
  return std::nullopt;
}

// A structure whose size is not one of its own, and not that of an array of it.
static std::optional<Fit> fitLarger(const DIType *T, const lu::SizeExpr &E) {
  int64_t Last = lu::arrayOfOneOffset(T);
  if (Last >= 0 && E.Constant >= (uint64_t)Last && E.Step)
    return Fit{1, LU_A_TAIL, true};
  if (E.Constant >= lu::byteSize(T))
    return Fit{3, LU_A_TAIL};
  return std::nullopt;
}

// Where the size is not visible it is one object, and what the allocator adds to it.
static std::optional<Fit> fitSize(const DIType *T, const std::optional<lu::SizeExpr> &E,
                                  bool Elements) {
  uint64_t Size = lu::byteSize(T);
  if (!Size)
    return std::nullopt;
  if (!E)
    return Fit{1, Elements || lu::isCharacter(T) ? LU_A_ARRAY : LU_A_TAIL};
  int64_t Flexible = lu::flexibleOffset(T);
  if (Flexible >= 0)
    return fitFlexible(Flexible, Size, *E);
  if (E->Step == 0 && E->Constant == Size)
    return Fit{0, 0};
  if (E->Constant % Size == 0 && E->Step % Size == 0 && (E->Constant || E->Step))
    return Fit{isScalar(T) ? 2u : 1u, LU_A_ARRAY};
  if (isScalar(T))
    return E->Step ? std::optional<Fit>(Fit{4, LU_A_ARRAY}) : std::nullopt;
  return fitLarger(T, *E);
}

static std::string describe(const std::optional<lu::SizeExpr> &E) {
  if (!E)
    return "of unknown size";
  if (E->Step == 0)
    return std::to_string(E->Constant) + " bytes";
  return std::to_string(E->Constant) + " + n * " + std::to_string(E->Step) + " bytes";
}

static std::optional<lu::SizeExpr> sizeAtCall(const CallBase &Call,
                                              const lu::AllocFunction &Alloc) {
  auto Arg = [&](int N) -> const Value * {
    bool There = N >= 0 && (unsigned)N < Call.arg_size();
    return There && Call.getArgOperand(N)->getType()->isIntegerTy() ? Call.getArgOperand(N)
                                                                    : nullptr;
  };
  const Value *Size = Arg(Alloc.SizeArg), *Count = Arg(Alloc.CountArg);
  if (!Size)
    return std::nullopt;
  lu::SizeExpr E = lu::sizeOf(Size);
  return Count ? lu::product(lu::sizeOf(Count), E) : E;
}

// calloc and its like, called for more than one: an array for sure.
static bool isCounted(const CallBase &Call, const lu::AllocFunction &Alloc) {
  if (Alloc.CountArg < 0 || (unsigned)Alloc.CountArg >= Call.arg_size())
    return false;
  const auto *N = dyn_cast<ConstantInt>(Call.getArgOperand(Alloc.CountArg));
  return !N || !N->isOne();
}

// Characters last: a `char *` receiver may be only a way to do arithmetic.  What may
// not be a receiver comes after everything that is one.
static unsigned bias(const DIType *T, bool Doubtful) {
  return (lu::isCharacter(T) ? 8 : 0) + (Doubtful ? 16 : 0);
}

// A fixed size larger than the receiver's: the structure that extends it.  Where
// the size could as well be that of an array, nobody knows.
static void extend(const lu::StructIndex &Structs, const std::optional<lu::SizeExpr> &E,
                   lu::SiteType &Out) {
  bool Ambiguous = false, Array = Out.Flags & LU_A_ARRAY;
  if (!Out.Flags || !E || E->Step || lu::flexibleOffset(Out.Element) >= 0 || isScalar(Out.Element))
    return;
  const DIType *T = Structs.findExtension(Out.Element, E->Constant, Ambiguous);
  if (Ambiguous || (T && Array)) {
    Out.Reason = Ambiguous ? "more than one structure" : "'" + lu::typeName(T) + "'";
    Out.Reason += " of " + describe(E) + " extends '" + lu::typeName(Out.Element) + "'";
    if (Array)
      Out.Reason += ", of which an array would be as large";
    Out.Element = nullptr;
    Out.Flags = 0;
  } else if (T) {
    Out.Element = T;
    Out.Flags = 0;
  }
}

static std::string quoted(const DIType *T) { return "'" + lu::typeName(T) + "'"; }

static std::string misfit(const DIType *T, const std::optional<lu::SizeExpr> &E) {
  if (!lu::byteSize(T))
    return quoted(T) + " is incomplete";
  return quoted(T) + " (" + std::to_string(lu::byteSize(T)) +
         " bytes) does not fit an allocation of " + describe(E);
}

namespace {

// The receiver that suits the size best.
struct Best {
  const DIType *T = nullptr, *Rival = nullptr; // a Rival suits as well and is something else
  unsigned Rank = ~0u, Casts = 0;
  uint32_t Flags = 0;
  bool OpenEnded = false;

  void consider(const Receivers::Received &C, const Fit &F) {
    unsigned R = F.Rank + bias(C.Type, C.Doubtful);
    if (R > Rank)
      return;
    if (R == Rank) {
      // A structure and the one that it starts with can have one size: the outer one.
      if (T == C.Type || (!isScalar(C.Type) && lu::startsWith(T, C.Type)) ||
          (isScalar(T) && !C.Doubtful))
        return;
      if (isScalar(T) || !lu::startsWith(C.Type, T)) {
        Rival = !Rival && C.Casts == Casts ? C.Type : Rival;
        return;
      }
    }
    *this = {C.Type, nullptr, R, C.Casts, F.Flags, F.OpenEnded};
  }
};

} // namespace

static void choose(const Receivers &R, const std::optional<lu::SizeExpr> &E,
                   const lu::StructIndex &Structs, bool Counted, bool Elements, lu::SiteType &Out) {
  Best B;
  std::string Misfit;
  for (const Receivers::Received &C : R.Types) {
    if (std::optional<Fit> F = fitSize(C.Type, E, Elements))
      B.consider(C, *F);
    else if (Misfit.empty())
      Misfit = misfit(C.Type, E);
  }
  if (B.Rival) {
    Out.Reason = "both " + quoted(B.T) + " and " + quoted(B.Rival) + " receive the result";
  } else if (B.T) {
    Out.Element = B.T;
    Out.Flags = B.Flags;
    Out.OpenEnded = B.OpenEnded;
    if (!Counted && !B.OpenEnded)
      extend(Structs, E, Out);
  } else if (!Misfit.empty()) {
    Out.Reason = Misfit;
  } else if (R.Untyped) {
    Out.Reason = "only 'void *' receives the result";
  } else {
    Out.Reason = "nothing with a type receives the result";
  }
}

lu::SiteType lu::inferSite(const CallBase &Call, const AllocFunction &Alloc,
                           const StructIndex &Structs) {
  SiteType Out;
  if (Alloc.Text) {
    Out.Element = DIBasicType::get(Call.getContext(), dwarf::DW_TAG_base_type, "char", 8, 0,
                                   dwarf::DW_ATE_signed_char, DINode::FlagZero);
    Out.Flags = LU_A_ARRAY;
    return Out;
  }
  Receivers R(Structs, Call.getFunction());
  if (Alloc.OutArg >= 0) {
    if ((unsigned)Alloc.OutArg < Call.arg_size())
      R.storedAt(Call.getArgOperand(Alloc.OutArg));
  } else {
    R.result(&Call);
  }
  R.follow();
  if (R.Types.empty() && R.Accessed && R.Accessed->hasName())
    if (const DIType *T = Structs.find(R.Accessed->getName()))
      R.Types.push_back({T, 0, false});
  std::optional<SizeExpr> Size = sizeAtCall(Call, Alloc);
  choose(R, Size, Structs, isCounted(Call, Alloc), Alloc.Elements, Out);
  // Characters to the function, something else to its callers.
  if (R.ReturnsVoid && lu::isCharacter(Out.Element)) {
    Out.Element = nullptr;
    Out.Flags = 0;
    Out.Reason = "only 'void *' receives the result";
  }
  if (Out.Element)
    return Out;
  Out.ReturnedUntyped = R.ReturnsVoid;
  if (R.Extern) {
    Out.Reason.clear();
    Out.Extern = R.Extern;
    Out.ExternOffset = R.ExternOffset;
    Out.ExternSize = Size ? Size->Constant : 0;
    Out.ExternStep = Size ? Size->Step : 1;
  }
  return Out;
}
