// SPDX-License-Identifier: MIT
//
// Questions about debug-info types.  Opaque pointers carry no type, so what an
// address points to is found from the variable it starts from and the offset
// walked from there.
#include "debug-types.h"

#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/DebugProgramInstruction.h"
#include "llvm/IR/GetElementPtrTypeIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Operator.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

using namespace llvm;

// Loads and calls that are walked through for one address.
static constexpr unsigned MaxDepth = 12;

// The layer of typedef or qualifier that T is; null when it is none.
static const DIDerivedType *layer(const DIType *T) {
  const auto *D = dyn_cast_or_null<DIDerivedType>(T);
  switch (D ? D->getTag() : 0) {
  case dwarf::DW_TAG_typedef:
  case dwarf::DW_TAG_const_type:
  case dwarf::DW_TAG_volatile_type:
  case dwarf::DW_TAG_restrict_type:
  case dwarf::DW_TAG_atomic_type:
    return D;
  default:
    return nullptr;
  }
}

void lu::forEachLayer(const DIType *T, function_ref<void(const DIDerivedType &)> Visit) {
  for (const DIDerivedType *D = layer(T); D; D = layer(D->getBaseType()))
    Visit(*D);
}

const DIType *lu::peel(const DIType *T) {
  forEachLayer(T, [&](const DIDerivedType &D) { T = D.getBaseType(); });
  return T;
}

const DIType *lu::strip(const DIType *T) {
  const DIType *Kept = nullptr;
  forEachLayer(T, [&](const DIDerivedType &D) {
    bool Keep = D.getTag() == dwarf::DW_TAG_atomic_type || D.getAnnotations().get();
    Kept = Kept || !Keep ? Kept : &D;
  });
  return Kept ? Kept : peel(T);
}

bool lu::isAtomic(const DIType *T) {
  bool Found = false;
  forEachLayer(T,
               [&](const DIDerivedType &D) { Found |= D.getTag() == dwarf::DW_TAG_atomic_type; });
  return Found;
}

// An atomic structure is as large as the next power of two, so that one instruction
// can move it.
static uint64_t atomicSize(uint64_t Size) { return Size && Size <= 16 ? PowerOf2Ceil(Size) : Size; }

uint64_t lu::byteSize(const DIType *T) {
  bool Atomic = isAtomic(T);
  T = peel(T);
  uint64_t Size = T ? T->getSizeInBits() / 8 : 0;
  return Atomic ? atomicSize(Size) : Size;
}

bool lu::isPointer(const DIType *T) {
  T = peel(T);
  return T && T->getTag() == dwarf::DW_TAG_pointer_type;
}

const DIType *lu::pointee(const DIType *T) {
  return isPointer(T) ? strip(cast<DIDerivedType>(peel(T))->getBaseType()) : nullptr;
}

bool lu::isComposite(const DIType *T) {
  T = peel(T);
  return T &&
         (T->getTag() == dwarf::DW_TAG_structure_type || T->getTag() == dwarf::DW_TAG_union_type);
}

bool lu::isForwardDecl(const DIType *T) {
  T = peel(T);
  return T && T->isForwardDecl();
}

bool lu::isCharacter(const DIType *T) {
  const auto *B = dyn_cast_or_null<DIBasicType>(peel(T));
  return B && (B->getEncoding() == dwarf::DW_ATE_signed_char ||
               B->getEncoding() == dwarf::DW_ATE_unsigned_char);
}

static bool isArray(const DIType *T) { return T && T->getTag() == dwarf::DW_TAG_array_type; }

int64_t lu::flexibleOffset(const DIType *T) {
  T = peel(T);
  const auto *C = dyn_cast_or_null<DICompositeType>(T);
  if (!C || C->getTag() != dwarf::DW_TAG_structure_type || C->getElements().empty())
    return -1;
  const auto *Last = dyn_cast<DIDerivedType>(C->getElements()[C->getElements().size() - 1]);
  if (!Last || !isArray(peel(Last->getBaseType())) || byteSize(Last->getBaseType()))
    return -1;
  return Last->getOffsetInBits() / 8;
}

static void typesAtMember(const DIDerivedType *M, uint64_t Off, lu::TypeList &Out) {
  if (M->isBitField())
    return;
  uint64_t Start = M->getOffsetInBits() / 8;
  const DIType *T = lu::peel(M->getBaseType());
  uint64_t Size = lu::byteSize(T);
  if (Off < Start || (Size && Off >= Start + Size) || (!Size && !isArray(T)))
    return;
  lu::typesAt(T, Off - Start, Out);
}

void lu::typesAt(const DIType *T, uint64_t Off, TypeList &Out) {
  T = peel(T);
  const auto *C = dyn_cast_or_null<DICompositeType>(T);
  if (C && isArray(T)) {
    uint64_t Size = byteSize(C->getBaseType());
    if (Size)
      typesAt(C->getBaseType(), Off % Size, Out);
    return;
  }
  if (C && isComposite(T)) {
    for (const DINode *N : C->getElements())
      if (const auto *M = dyn_cast<DIDerivedType>(N))
        if (M->getTag() == dwarf::DW_TAG_member)
          typesAtMember(M, Off, Out);
    return;
  }
  if (T && Off == 0 && !is_contained(Out, T))
    Out.push_back(T);
}

const DIGlobalVariable *lu::variableOf(const GlobalVariable &GV) {
  SmallVector<DIGlobalVariableExpression *, 1> Infos;
  GV.getDebugInfo(Infos);
  const DIGlobalVariable *Best = nullptr;
  for (const DIGlobalVariableExpression *E : Infos) {
    if (E->getExpression() && E->getExpression()->getNumElements())
      continue;
    if (!Best || E->getVariable()->getName() < Best->getName())
      Best = E->getVariable();
  }
  return Best;
}

lu::StructIndex::StructIndex(const Module &M) {
  DebugInfoFinder Finder;
  Finder.processModule(M);
  for (const DIType *T : Finder.types()) {
    if (!isComposite(T) || peel(T) != T || T->isForwardDecl())
      continue;
    All.push_back(T);
    if (T->getName().empty())
      continue;
    bool Union = T->getTag() == dwarf::DW_TAG_union_type;
    auto It = Map.try_emplace((Union ? "union." : "struct.") + T->getName().str(), T);
    if (!It.second)
      It.first->second = nullptr;
  }
}

static bool startsWith(const DIType *T, const DIType *Base) {
  const auto *C = dyn_cast_or_null<DICompositeType>(T);
  if (T == Base || !C || C->getTag() != dwarf::DW_TAG_structure_type || C->getElements().empty())
    return T == Base;
  const auto *First = dyn_cast<DIDerivedType>(C->getElements()[0]);
  return First && startsWith(lu::peel(First->getBaseType()), Base);
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

// Follows one address to the variables it can start from.
class AddressWalk {
  lu::TypeList &Out;
  const lu::StructIndex &Structs;
  unsigned Depth;
  const DataLayout *DL = nullptr;
  SmallPtrSet<const Value *, 8> Seen;

  void root(const DIType *T, int64_t Off) {
    T = lu::peel(T);
    uint64_t Size = lu::byteSize(T);
    if (!T || Off < 0)
      return;
    if (Size && (uint64_t)Off >= Size && lu::flexibleOffset(T) < 0)
      Off %= Size;
    lu::typesAt(T, Off, Out);
  }

  void loaded(const Value *From, int64_t Off) {
    lu::TypeList Pointers;
    lu::typesOfAddress(From, Pointers, Structs, Depth + 1);
    for (const DIType *T : Pointers)
      root(lu::pointee(T), Off);
  }

  // Where nothing is known of the base, the code still names the structure.
  void member(const GEPOperator *G, int64_t Off) {
    size_t Before = Out.size();
    walk(G->getPointerOperand(), Off);
    const auto *S = dyn_cast<StructType>(G->getSourceElementType());
    if (Out.size() == Before && S && S->hasName())
      root(Structs.find(S->getName()), Off);
  }

public:
  AddressWalk(lu::TypeList &Out, const lu::StructIndex &Structs, unsigned Depth)
      : Out(Out), Structs(Structs), Depth(Depth) {}

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
      if (const DIGlobalVariable *Var = lu::variableOf(*GV))
        root(Var->getType(), Off);
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
    AddressWalk(Out, Structs, Depth).start(Address);
}

const DIType *lu::parameterType(const DISubroutineType *T, const FunctionType *F, unsigned Arg) {
  DITypeRefArray Types = T->getTypeArray();
  unsigned N = Types ? Types.size() : 0;
  if (N && !Types[N - 1] && N > 1) // "..."
    N--;
  return N == F->getNumParams() + 1 && Arg + 1 < N ? peel(Types[Arg + 1]) : nullptr;
}

const DIType *lu::returnType(const DISubroutineType *T) {
  DITypeRefArray Types = T->getTypeArray();
  return Types && Types.size() ? peel(Types[0]) : nullptr;
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

std::string lu::typeName(const DIType *T) {
  T = peel(T);
  if (!T)
    return "void";
  if (isPointer(T))
    return typeName(pointee(T)) + " *";
  std::string Name = T->getName().empty() ? "(anonymous)" : T->getName().str();
  switch (T->getTag()) {
  case dwarf::DW_TAG_structure_type:
    return "struct " + Name;
  case dwarf::DW_TAG_union_type:
    return "union " + Name;
  case dwarf::DW_TAG_enumeration_type:
    return "enum " + Name;
  case dwarf::DW_TAG_array_type:
    return typeName(cast<DICompositeType>(T)->getBaseType()) + "[]";
  case dwarf::DW_TAG_subroutine_type:
    return "function";
  default:
    return Name;
  }
}

// Debug information cuts absolute paths where they leave the working directory.
std::string lu::pathOf(const Module &M, const DIFile *File) {
  StringRef Name = File->getFilename(), Directory = File->getDirectory();
  auto Units = M.debug_compile_units();
  if (sys::path::is_absolute(Name) || Directory.empty() || Units.empty() ||
      (*Units.begin())->getDirectory() == Directory)
    return Name.str();
  return (Directory + "/" + Name).str();
}
