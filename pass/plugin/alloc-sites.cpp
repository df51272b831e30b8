// SPDX-License-Identifier: MIT
//
// Allocation sites.  A direct call of malloc and its like becomes a call of
// lib/heap's entry point with the site's cell; any other allocation function is
// called with the cell in __lu_site.  Where the result is handed on to a caller
// that put its own cell there, that one counts; what a wrapper allocates for
// itself keeps its own type.
#include "alloc-sites.h"
#include "addresses.h"
#include "flow.h"
#include "infer.h"
#include "initializers.h"
#include "site-report.h"
#include "tu-format.h"

#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace llvm;

static const char SiteKind[] = "lu.site";

std::string lu::scopeName(const DISubprogram *SP) {
  return (SP->getUnit()->getFilename() + ":" + SP->getName()).str();
}

namespace {

class SiteInstrumenter {
  Module &M;
  lu::AllocTable Table;
  lu::StructIndex Structs;
  StringMap<unsigned> Ordinals;
  Type *SizeTy, *PtrTy;

public:
  SiteInstrumenter(Module &M, const lu::AllocTable &Table)
      : M(M), Table(Table), Structs(M), SizeTy(Type::getInt64Ty(M.getContext())),
        PtrTy(PointerType::getUnqual(M.getContext())) {
    addDeclaredWrappers();
  }

  void run();

private:
  struct Site {
    CallInst *Call;
    std::string Callee;
    lu::AllocFunction Alloc;
    lu::SiteType Type;
    bool HandedOn; // to the function's caller
  };

  const lu::AllocFunction *throughPointer(const CallInst &C, std::string &Name) const;
  const lu::AllocFunction *allocFunction(const CallInst &C, std::string &Name) const;
  void addDeclaredWrappers();
  bool findLocalWrappers();
  void collect(std::vector<Site> &Sites);
  void instrument(Site &S);
  GlobalVariable *makeCell(const Site &S, const DISubprogram *SP);
  lu::Exit exitOf(const Function &F, int &Arg) const;
  Value *outerSite(IRBuilder<> &B);
  Value *chooseCell(const Site &S, GlobalVariable *Cell, Value *Outer, IRBuilder<> &B);
  void rewrite(Site &S, GlobalVariable *Cell);
  void wrap(const Site &S, GlobalVariable *Cell);
  bool isInWrapper(const Site &S) const;
  void report(Site &S);
  bool isWrapperName(const lu::NameList &Names) const;
  bool isKnownIn(const GlobalVariable &GV, const Function &F) const;
  bool isKnownUse(const Instruction &I, const Use &U) const;
  void reportTakenAddresses();
};

} // namespace

// A wrapper named without argument numbers: its last integer parameter is the
// size, two of them are count and size; an enumeration is no size.  Unoptimised
// code says nothing of a function that is only declared: then a size is what is
// as wide as size_t.
static lu::AllocFunction guess(const CallInst &C, lu::AllocFunction F,
                               const lu::StructIndex &Structs) {
  const DISubroutineType *T = lu::calledType(C.getCalledOperand(), Structs);
  SmallVector<int, 2> Integers;
  for (unsigned I = 0; I < C.arg_size(); I++) {
    const DIType *P = T ? lu::parameterType(T, C.getFunctionType(), I) : nullptr;
    bool Enum = P && P->getTag() == dwarf::DW_TAG_enumeration_type;
    if (C.getArgOperand(I)->getType()->isIntegerTy(64) ||
        (P && !Enum && C.getArgOperand(I)->getType()->isIntegerTy()))
      Integers.push_back(I);
  }
  if (!Integers.empty())
    F.SizeArg = Integers.back();
  if (Integers.size() == 2 && C.arg_size() == 2)
    F.CountArg = Integers.front();
  return F;
}

static bool takesSize(const CallInst &C, const lu::AllocFunction &F, Type *PtrTy, Type *SizeTy) {
  if (C.getType() != PtrTy || (unsigned)F.SizeArg >= C.arg_size())
    return false;
  bool Two = F.Kind != lu::AllocKind::Malloc;
  Type *First = F.Kind == lu::AllocKind::Realloc ? PtrTy : SizeTy;
  return C.arg_size() == (Two ? 2u : 1u) && C.getArgOperand(0)->getType() == First &&
         C.getArgOperand(F.SizeArg)->getType() == SizeTy;
}

// A call through a pointer is known by the variable or member that holds it.
const lu::AllocFunction *SiteInstrumenter::throughPointer(const CallInst &C,
                                                          std::string &Name) const {
  const auto *L = dyn_cast<LoadInst>(C.getCalledOperand());
  lu::NameList Names;
  if (L)
    lu::namesOfPointer(L->getPointerOperand(), Structs, Names);
  for (const std::string &N : Names) {
    auto It = Table.find(N);
    if (It == Table.end() || It->second.Kind != lu::AllocKind::Wrapper)
      continue;
    Name = N;
    return &It->second;
  }
  return nullptr;
}

const lu::AllocFunction *SiteInstrumenter::allocFunction(const CallInst &C,
                                                         std::string &Name) const {
  const auto *F = dyn_cast<Function>(C.getCalledOperand()->stripPointerCasts());
  if (!F)
    return throughPointer(C, Name);
  auto It = Table.find(F->getName());
  if (It == Table.end())
    return nullptr;
  bool Library = It->second.Kind != lu::AllocKind::Wrapper;
  if (Library && (!F->isDeclaration() || !takesSize(C, It->second, PtrTy, SizeTy)))
    return nullptr;
  Name = F->getName();
  return &It->second;
}

// A function declared with alloc_size says itself that it allocates.
void SiteInstrumenter::addDeclaredWrappers() {
  for (Function &F : M) {
    Attribute A = F.getFnAttribute(Attribute::AllocSize);
    if (!A.isValid() || F.getReturnType() != PtrTy || Table.count(F.getName()))
      continue;
    lu::AllocFunction W;
    auto [Size, Count] = A.getAllocSizeArgs();
    W.SizeArg = Size;
    W.CountArg = Count ? (int)*Count : -1;
    Table[F.getName()] = W;
  }
}

// A static function that hands on an allocation as `void *` is a wrapper for
// its callers in this unit.
bool SiteInstrumenter::findLocalWrappers() {
  bool Found = false;
  for (Function &F : M) {
    if (F.isDeclaration() || !F.hasLocalLinkage() || Table.count(F.getName()))
      continue;
    for (Instruction &I : instructions(F)) {
      auto *C = dyn_cast<CallInst>(&I);
      std::string Name;
      const lu::AllocFunction *A = C ? allocFunction(*C, Name) : nullptr;
      if (!A)
        continue;
      lu::AllocFunction Alloc = A->Guess ? guess(*C, *A, Structs) : *A;
      if (!lu::inferSite(*C, Alloc, Structs).ReturnedUntyped)
        continue;
      lu::AllocFunction W;
      W.Guess = true;
      Table[F.getName()] = W;
      Found = true;
      break;
    }
  }
  return Found;
}

void SiteInstrumenter::collect(std::vector<Site> &Sites) {
  for (Function &F : M)
    for (Instruction &I : instructions(F)) {
      auto *C = dyn_cast<CallInst>(&I);
      std::string Name;
      const lu::AllocFunction *A = C ? allocFunction(*C, Name) : nullptr;
      if (!A)
        continue;
      Site S = {C, Name, A->Guess ? guess(*C, *A, Structs) : *A, {}, false};
      S.Type = lu::inferSite(*C, S.Alloc, Structs);
      int Arg;
      lu::Exit By = exitOf(F, Arg);
      S.HandedOn = lu::mayLeave(*C, S.Alloc, By, Arg);
      Sites.push_back(S);
    }
}

// How a function hands on to its caller what it allocated: a wrapper as it was named,
// any other by returning it without a type.
lu::Exit SiteInstrumenter::exitOf(const Function &F, int &Arg) const {
  auto It = Table.find(F.getName());
  bool Wrapper = It != Table.end();
  Arg = Wrapper ? It->second.OutArg : -1;
  if (Wrapper && (Arg >= 0 || F.getReturnType() != PtrTy))
    return lu::Exit::Argument;
  const DISubprogram *SP = F.getSubprogram();
  const DIType *T = SP && SP->getType() ? lu::returnType(SP->getType()) : nullptr;
  bool Typed = T && !(lu::isPointer(T) && (!lu::pointee(T) || lu::isCharacter(lu::pointee(T))));
  return Wrapper || !Typed ? lu::Exit::Return : lu::Exit::None;
}

// realloc's old object tells the type when nothing that receives the new one does.
static void inferFromOldObject(const CallInst *C, const lu::StructIndex &Structs, lu::SiteType &T) {
  lu::TypeList Pointers;
  const Value *Old = C->getArgOperand(0);
  if (const auto *L = dyn_cast<LoadInst>(Old))
    lu::typesOfAddress(L->getPointerOperand(), Pointers, Structs);
  for (const DIType *P : Pointers)
    if (const DIType *E = lu::pointee(P); E && lu::byteSize(E) && !T.Element) {
      T.Element = E;
      T.Flags = LU_A_ARRAY;
    }
}

GlobalVariable *SiteInstrumenter::makeCell(const Site &S, const DISubprogram *SP) {
  LLVMContext &Ctx = M.getContext();
  Function *F = S.Call->getFunction();
  std::string Name = SP && F->hasLocalLinkage() ? lu::scopeName(SP) : F->getName().str();
  unsigned Ordinal = Ordinals[Name]++;
  auto *CellTy = StructType::get(SizeTy);
  auto *Cell = new GlobalVariable(M, CellTy, false, GlobalValue::InternalLinkage,
                                  Constant::getNullValue(CellTy),
                                  "__lu_cell." + F->getName() + "." + Twine(Ordinal));
  Cell->setSection(LU_CELL_SECTION);
  Cell->setAlignment(Align(8));
  auto Number = [&](uint32_t N) {
    return ConstantAsMetadata::get(ConstantInt::get(Type::getInt32Ty(Ctx), N));
  };
  const DebugLoc &Loc = S.Call->getDebugLoc();
  uint32_t Flags = S.Type.Flags | (isInWrapper(S) ? lu::SiteRecord::InWrapper : 0) |
                   (S.Type.OpenEnded ? lu::SiteRecord::OpenEnded : 0);
  std::string File = Loc ? lu::pathOf(M, Loc->getScope()->getFile()) : M.getSourceFileName();
  Metadata *Extern = S.Type.Extern ? ConstantAsMetadata::get(S.Type.Extern) : nullptr;
  Cell->addMetadata(
      SiteKind,
      *MDNode::get(Ctx, {MDString::get(Ctx, Name), MDString::get(Ctx, S.Callee),
                         const_cast<DIType *>(S.Type.Element), Number(Flags), Number(Ordinal),
                         Number(Loc ? Loc.getLine() : 0), Extern, Number(S.Type.ExternOffset),
                         Number(S.Type.ExternSize), Number(S.Type.ExternStep),
                         MDString::get(Ctx, File), MDString::get(Ctx, S.Type.Reason)}));
  return Cell;
}

// The cell that the outermost wrapper's caller put there.
Value *SiteInstrumenter::outerSite(IRBuilder<> &B) {
  return B.CreateAlignedLoad(PtrTy, M.getOrInsertGlobal("__lu_site", PtrTy), Align(8), "lu.old");
}

Value *SiteInstrumenter::chooseCell(const Site &S, GlobalVariable *Cell, Value *Outer,
                                    IRBuilder<> &B) {
  return S.HandedOn ? B.CreateSelect(B.CreateIsNull(Outer), Cell, Outer, "lu.site") : Cell;
}

void SiteInstrumenter::rewrite(Site &S, GlobalVariable *Cell) {
  static const char *const Entry[] = {"lu_heap_alloc", "lu_heap_calloc", "lu_heap_realloc",
                                      "lu_heap_aligned_alloc"};
  IRBuilder<> B(S.Call);
  SmallVector<Value *, 3> Args(S.Call->args());
  SmallVector<Type *, 3> ArgTypes;
  Args.push_back(chooseCell(S, Cell, S.HandedOn ? outerSite(B) : nullptr, B));
  for (const Value *V : Args)
    ArgTypes.push_back(V->getType());
  FunctionCallee To = M.getOrInsertFunction(Entry[(unsigned)S.Alloc.Kind],
                                            FunctionType::get(PtrTy, ArgTypes, false));
  CallInst *New = B.CreateCall(To, Args);
  if (S.Alloc.Kind != lu::AllocKind::Realloc)
    New->addRetAttr(Attribute::NoAlias);
  New->addFnAttr(Attribute::NoUnwind);
  New->takeName(S.Call);
  S.Call->replaceAllUsesWith(New);
  S.Call->eraseFromParent();
}

// The stores keep the call from being a tail call, and stay where it is inlined.
// Volatile, because the optimiser knows that strdup and its like read no globals.
void SiteInstrumenter::wrap(const Site &S, GlobalVariable *Cell) {
  CallInst *C = S.Call;
  if (auto *F = dyn_cast<Function>(C->getCalledOperand()->stripPointerCasts())) {
    F->removeFnAttr(Attribute::Memory);
    C->removeFnAttr(Attribute::Memory);
  }
  Constant *Current = M.getOrInsertGlobal("__lu_site", PtrTy);
  IRBuilder<> B(C);
  Value *Old = outerSite(B);
  B.CreateAlignedStore(chooseCell(S, Cell, Old, B), Current, Align(8), /*isVolatile=*/true);
  B.SetInsertPoint(C->getNextNode());
  B.SetCurrentDebugLocation(C->getDebugLoc());
  B.CreateAlignedStore(Old, Current, Align(8), /*isVolatile=*/true);
  C->setTailCallKind(CallInst::TCK_NoTail);
}

void SiteInstrumenter::instrument(Site &S) {
  const DISubprogram *SP = S.Call->getFunction()->getSubprogram();
  if (S.Alloc.Kind == lu::AllocKind::Realloc && !S.Type.Element)
    inferFromOldObject(S.Call, Structs, S.Type);
  report(S);
  GlobalVariable *Cell = makeCell(S, SP);
  if (S.Alloc.Kind == lu::AllocKind::Wrapper)
    wrap(S, Cell);
  else
    rewrite(S, Cell);
}

// A wrapper's own call of the allocator is typed by the wrapper's callers.
bool SiteInstrumenter::isInWrapper(const Site &S) const {
  return S.HandedOn && Table.count(S.Call->getFunction()->getName());
}

void SiteInstrumenter::report(Site &S) {
  if (S.Type.Element || S.Type.Extern || isInWrapper(S))
    return;
  if (S.Type.ReturnedUntyped)
    S.Type.Reason += "; if '" + S.Call->getFunction()->getName().str() +
                     "' is an allocation wrapper, name it with --alloc-wrapper";
  lu::reportUntyped(M, *S.Call, S.Callee, S.Type.Reason);
}

bool SiteInstrumenter::isWrapperName(const lu::NameList &Names) const {
  return any_of(Names, [&](const std::string &N) { return Table.count(N); });
}

// An initialiser puts function F only where a wrapper's name reaches it.
bool SiteInstrumenter::isKnownIn(const GlobalVariable &GV, const Function &F) const {
  const DIGlobalVariable *Var = lu::variableOf(GV);
  bool Known = true;
  lu::forEachPointer(GV.getInitializer(), M.getDataLayout(),
                     [&](uint64_t At, GlobalValue &To, int64_t) {
                       lu::NameList Names;
                       if (&To != &F)
                         return;
                       if (Var)
                         lu::namesOfMember(*Var, At, Structs, Names);
                       Known &= isWrapperName(Names);
                     });
  return Known;
}

// Whether an instruction takes F's address only to where a wrapper's name reaches it.
bool SiteInstrumenter::isKnownUse(const Instruction &I, const Use &U) const {
  lu::NameList Names;
  if (const auto *C = dyn_cast<CallBase>(&I))
    return C->isCallee(&U);
  if (const auto *S = dyn_cast<StoreInst>(&I))
    lu::namesOfPointer(S->getPointerOperand(), Structs, Names);
  return isWrapperName(Names);
}

void SiteInstrumenter::reportTakenAddresses() {
  for (Function &F : M) {
    if (!Table.count(F.getName()))
      continue;
    for (const Use &U : F.uses())
      if (const auto *I = dyn_cast<Instruction>(U.getUser()); I && !isKnownUse(*I, U))
        lu::reportTakenAddress(M, F, I, nullptr);
    for (const GlobalVariable &GV : M.globals())
      if (GV.hasInitializer() && !lu::isOurs(GV) && !isKnownIn(GV, F))
        lu::reportTakenAddress(M, F, nullptr, lu::variableOf(GV));
  }
}

void SiteInstrumenter::run() {
  std::vector<Site> Sites;
  for (unsigned Round = 0; Round < 8 && findLocalWrappers(); Round++)
    ;
  collect(Sites);
  for (Site &S : Sites)
    instrument(S);
  reportTakenAddresses();
}

void lu::instrumentAllocations(Module &M, const AllocTable &Table) {
  SiteInstrumenter(M, Table).run();
}

bool lu::readSite(const GlobalVariable &GV, SiteRecord &Out) {
  const MDNode *N = GV.getMetadata(SiteKind);
  if (!N)
    return false;
  auto Number = [&](unsigned I) {
    return (uint32_t)mdconst::extract<ConstantInt>(N->getOperand(I))->getZExtValue();
  };
  Out.Function = cast<MDString>(N->getOperand(0))->getString();
  Out.Callee = cast<MDString>(N->getOperand(1))->getString();
  Out.Element = dyn_cast_or_null<DIType>(N->getOperand(2).get());
  Out.Flags = Number(3) & ~(SiteRecord::InWrapper | SiteRecord::OpenEnded);
  Out.IsInWrapper = Number(3) & SiteRecord::InWrapper;
  Out.IsOpenEnded = Number(3) & SiteRecord::OpenEnded;
  Out.Ordinal = Number(4);
  Out.Line = Number(5);
  Out.Extern = mdconst::dyn_extract_or_null<GlobalVariable>(N->getOperand(6));
  Out.ExternOffset = Number(7);
  Out.ExternSize = Number(8);
  Out.ExternStep = Number(9);
  Out.File = cast<MDString>(N->getOperand(10))->getString();
  Out.Reason = cast<MDString>(N->getOperand(11))->getString();
  return true;
}
