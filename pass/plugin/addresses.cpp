// SPDX-License-Identifier: MIT
//
// Opaque pointers carry no type, so what an address points to is found from the
// variable it starts from and the offset walked from there.
#include "addresses.h"

#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/DebugProgramInstruction.h"
#include "llvm/IR/GetElementPtrTypeIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Operator.h"

using namespace llvm;

// Loads and calls that are walked through for one address.
static constexpr unsigned MaxDepth = 12;

lu::StructIndex::StructIndex(const Module &M) {
  DebugInfoFinder Finder;
  Finder.processModule(M);
  for (const DIType *T : Finder.types())
    if (T->getTag() == dwarf::DW_TAG_typedef)
      addTypedef(cast<DIDerivedType>(T));
  for (const DIType *T : Finder.types()) {
    if (!isComposite(T) || peel(T) != T || T->isForwardDecl())
      continue;
    All.push_back(T);
    StringRef Tag = tagOf(cast<DICompositeType>(T));
    if (Tag.empty())
      continue;
    bool Union = T->getTag() == dwarf::DW_TAG_union_type;
    auto It = Map.try_emplace((Union ? "union." : "struct.") + Tag.str(), T);
    if (!It.second)
      It.first->second = nullptr;
  }
}

// Of several typedefs the first in the alphabet.
void lu::StructIndex::addTypedef(const DIDerivedType *T) {
  const DIType *Base = T->getBaseType();
  if (!isa_and_nonnull<DICompositeType>(Base) || !Base->getName().empty() ||
      Base->getTag() == dwarf::DW_TAG_array_type)
    return;
  StringRef &Name = Typedefs[Base];
  if (Name.empty() || T->getName() < Name)
    Name = T->getName();
}

StringRef lu::StructIndex::tagOf(const DICompositeType *T) const {
  return T->getName().empty() ? Typedefs.lookup(T) : T->getName();
}

const DIType *lu::StructIndex::findExtension(const DIType *Base, uint64_t Size,
                                             bool &Ambiguous) const {
  const DIType *Found = nullptr;
  Base = peel(Base);
  for (const DIType *T : All) {
    if (byteSize(T) != Size || !startsWith(T, Base))
      continue;
    // A structure and its own first member can have one size: the outer one.
    if (Found && startsWith(Found, T))
      continue;
    Ambiguous |= Found && !startsWith(T, Found);
    Found = T;
  }
  return Found;
}

const DIType *lu::StructIndex::find(StringRef Name) const { return Map.lookup(Name); }

static const DIType *localType(const AllocaInst *A) {
  Value *V = const_cast<AllocaInst *>(A);
  for (const DbgVariableRecord *R : findDVRDeclares(V))
    return R->getVariable()->getType();
  for (const DbgDeclareInst *D : findDbgDeclares(V))
    return D->getVariable()->getType();
  // clang turns declarations into assignments before our pass runs.
  for (const DbgVariableRecord *R : at::getDVRAssignmentMarkers(A))
    return R->getVariable()->getType();
  for (const DbgAssignIntrinsic *D : at::getAssignmentMarkers(A))
    return D->getVariable()->getType();
  return nullptr;
}

static const DISubroutineType *functionType(const Function *F) {
  const DISubprogram *SP = F ? F->getSubprogram() : nullptr;
  return SP ? SP->getType() : nullptr;
}

// Adds the constant part of a GEP; variable indices step over whole elements,
// so they change nothing in the type.
static int64_t constantOffset(const GEPOperator *G, const DataLayout &DL) {
  int64_t Off = 0;
  for (auto I = gep_type_begin(G), E = gep_type_end(G); I != E; ++I) {
    const auto *Index = dyn_cast<ConstantInt>(I.getOperand());
    if (!Index)
      continue;
    if (StructType *S = I.getStructTypeOrNull())
      Off += DL.getStructLayout(S)->getElementOffset(Index->getZExtValue());
    else
      Off += Index->getSExtValue() * (int64_t)I.getSequentialElementStride(DL);
  }
  return Off;
}

namespace {

// An object that an address can lie in: its type, how far inside, and its name if it
// is a variable.
using Root = function_ref<void(const DIType *, uint64_t, StringRef)>;

// Follows one address to the objects it can start from.
class AddressWalk {
  Root Found;
  const lu::StructIndex &Structs;
  unsigned Depth, Roots = 0;
  const DataLayout *DL = nullptr;
  SmallPtrSet<const Value *, 8> Seen;

  void root(const DIType *T, int64_t Off, StringRef Name = "") {
    T = lu::peel(T);
    uint64_t Size = lu::byteSize(T);
    if (!T || Off < 0)
      return;
    if (Size && (uint64_t)Off >= Size && lu::flexibleOffset(T) < 0)
      Off %= Size;
    Found(T, Off, Name);
    Roots++;
  }

  // Another unit's variable has no debug information in this one.
  void variable(const GlobalVariable &GV, int64_t Off) {
    const auto *S = dyn_cast<StructType>(GV.getValueType());
    if (const DIGlobalVariable *Var = lu::variableOf(GV))
      root(Var->getType(), Off, Var->getName());
    else if (S && S->hasName())
      root(Structs.find(S->getName()), Off, GV.getName());
  }

  void loaded(const Value *From, int64_t Off) {
    lu::TypeList Pointers;
    lu::typesOfAddress(From, Pointers, Structs, Depth + 1);
    for (const DIType *T : Pointers)
      root(lu::pointee(T), Off);
  }

  // Where nothing is known of the base, the code still names the structure.
  void member(const GEPOperator *G, int64_t Off) {
    unsigned Before = Roots;
    walk(G->getPointerOperand(), Off);
    const auto *S = dyn_cast<StructType>(G->getSourceElementType());
    if (Roots == Before && S && S->hasName())
      root(Structs.find(S->getName()), Off);
  }

public:
  AddressWalk(const lu::StructIndex &Structs, unsigned Depth, Root Found)
      : Found(Found), Structs(Structs), Depth(Depth) {}

  void walk(const Value *V, int64_t Off) {
    if (!Seen.insert(V).second || Seen.size() > 64)
      return;
    if (const auto *G = dyn_cast<GEPOperator>(V)) {
      if (!DL)
        if (const auto *I = dyn_cast<Instruction>(V))
          DL = &I->getModule()->getDataLayout();
      if (DL)
        member(G, Off + constantOffset(G, *DL));
    } else if (const auto *A = dyn_cast<AllocaInst>(V)) {
      root(localType(A), Off);
    } else if (const auto *GV = dyn_cast<GlobalVariable>(V)) {
      variable(*GV, Off);
    } else if (const auto *L = dyn_cast<LoadInst>(V)) {
      loaded(L->getPointerOperand(), Off);
    } else if (const auto *C = dyn_cast<CallBase>(V)) {
      if (const DISubroutineType *T = lu::calledType(C->getCalledOperand(), Structs, Depth + 1))
        root(lu::pointee(lu::returnType(T)), Off);
    } else if (const auto *A = dyn_cast<Argument>(V)) {
      if (const DISubroutineType *T = functionType(A->getParent()))
        root(lu::pointee(lu::parameterType(T, A->getParent()->getFunctionType(), A->getArgNo())),
             Off);
    } else if (const auto *P = dyn_cast<PHINode>(V)) {
      for (const Value *In : P->incoming_values())
        walk(In, Off);
    } else if (const auto *S = dyn_cast<SelectInst>(V)) {
      walk(S->getTrueValue(), Off);
      walk(S->getFalseValue(), Off);
    }
  }

  void start(const Value *V) {
    if (const auto *I = dyn_cast<Instruction>(V))
      DL = &I->getModule()->getDataLayout();
    else if (const auto *G = dyn_cast<GlobalValue>(V))
      DL = &G->getParent()->getDataLayout();
    else if (const auto *G = dyn_cast<GEPOperator>(V))
      if (const auto *B = dyn_cast<GlobalValue>(G->getPointerOperand()->stripPointerCasts()))
        DL = &B->getParent()->getDataLayout();
    walk(V, 0);
  }
};

} // namespace

void lu::typesOfAddress(const Value *Address, TypeList &Out, const StructIndex &Structs,
                        unsigned Depth) {
  if (Depth < MaxDepth)
    AddressWalk(Structs, Depth, [&](const DIType *T, uint64_t Off, StringRef) {
      typesAt(T, Off, Out);
    }).start(Address);
}

// Names of the member at Off, in a structure that can be named Owner.
static void namesAt(const DIType *T, uint64_t Off, const std::string &Owner,
                    const lu::StructIndex &Structs, lu::NameList &Out) {
  const auto *C = dyn_cast_or_null<DICompositeType>(lu::peel(T));
  if (!C || Owner.empty() || C->getTag() == dwarf::DW_TAG_enumeration_type) {
    if (Off == 0 && !is_contained(Out, Owner))
      Out.push_back(Owner);
  } else if (!lu::isComposite(C)) {
    if (uint64_t Size = lu::byteSize(C->getBaseType()))
      namesAt(C->getBaseType(), Off % Size, Owner, Structs, Out);
  } else {
    StringRef Tag = Structs.tagOf(C);
    for (const DINode *N : C->getElements()) {
      const auto *M = dyn_cast<DIDerivedType>(N);
      uint64_t Start = M ? M->getOffsetInBits() / 8 : 0;
      if (!M || Off < Start || Off >= Start + lu::byteSize(M->getBaseType()))
        continue;
      std::string Name = Tag.empty() ? Owner : Tag.str();
      if (!M->getName().empty())
        Name += "." + M->getName().str();
      namesAt(M->getBaseType(), Off - Start, Name, Structs, Out);
    }
  }
}

static void namesOfAddress(const Value *Address, const lu::StructIndex &Structs,
                           lu::NameList &Out) {
  if (const auto *GV = dyn_cast<GlobalVariable>(Address); GV && GV->getValueType()->isPointerTy())
    Out.push_back(GV->getName().str());
  AddressWalk(Structs, 0, [&](const DIType *T, uint64_t Off, StringRef Variable) {
    const auto *C = dyn_cast<DICompositeType>(T);
    std::string Owner = Variable.empty() && C ? Structs.tagOf(C).str() : Variable.str();
    if (!Owner.empty())
      namesAt(T, Off, Owner, Structs, Out);
  }).start(Address);
}

void lu::namesOfMember(const DIGlobalVariable &Var, uint64_t Off, const StructIndex &Structs,
                       NameList &Out) {
  namesAt(Var.getType(), Off, Var.getName().str(), Structs, Out);
}

// A local variable that was given a pointer has the name of where it came from.
void lu::namesOfPointer(const Value *Address, const StructIndex &Structs, NameList &Out) {
  const auto *Local = dyn_cast<AllocaInst>(Address);
  if (!Local)
    return namesOfAddress(Address, Structs, Out);
  for (const User *U : Local->users())
    if (const auto *S = dyn_cast<StoreInst>(U); S && S->getPointerOperand() == Local)
      if (const auto *L = dyn_cast<LoadInst>(S->getValueOperand()))
        namesOfAddress(L->getPointerOperand(), Structs, Out);
}

const DISubroutineType *lu::calledType(const Value *Callee, const StructIndex &Structs,
                                       unsigned Depth) {
  Callee = Callee->stripPointerCasts();
  if (const auto *F = dyn_cast<Function>(Callee))
    return functionType(F);
  const auto *L = dyn_cast<LoadInst>(Callee);
  if (!L)
    return nullptr;
  TypeList Pointers;
  typesOfAddress(L->getPointerOperand(), Pointers, Structs, Depth + 1);
  for (const DIType *T : Pointers)
    if (const auto *S = dyn_cast_or_null<DISubroutineType>(peel(pointee(T))))
      return S;
  return nullptr;
}
