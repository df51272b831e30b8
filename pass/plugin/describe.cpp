// SPDX-License-Identifier: MIT
//
// Writes the description of one translation unit: globals, functions, string
// literals and allocation sites as they are after optimisation.
#include "describe.h"
#include "alloc-sites.h"
#include "blob-writer.h"
#include "code-facts.h"
#include "debug-types.h"
#include "desc-builder.h"
#include "initializers.h"
#include "options.h"
#include "pad-globals.h"
#include "site-report.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"
#include <map>

using namespace llvm;

static bool isDefinition(const GlobalValue &GV) {
  return !GV.isDeclaration() && !GV.hasAvailableExternallyLinkage();
}

void lu::pinGlobals(Module &M) {
  SmallVector<GlobalValue *, 16> Pinned;
  for (GlobalVariable &GV : M.globals())
    if (isDefinition(GV) && GV.hasLocalLinkage() && !GV.isConstant() && !lu::isOurs(GV))
      Pinned.push_back(&GV);
  appendToCompilerUsed(M, Pinned);
}

namespace {

template <typename Record> struct Located {
  Constant *Address;
  Record R;
};

class Describer {
  Module &M;
  lu::StructIndex Structs;
  lu::DescBuilder B;
  std::vector<Located<lu_global>> Globals;
  std::vector<Located<lu_func>> Functions;
  std::vector<Located<lu_literal>> Literals;
  std::vector<Located<lu_site>> Sites;
  std::vector<lu_tu_note> Notes;
  std::map<std::pair<std::string, std::string>, unsigned> Scopes;
  // Variables of known type, whose initialisers may point to unnamed ones.
  struct TypedVariable {
    GlobalVariable *GV;
    const DIType *Type;
    std::string Name;
  };
  std::vector<TypedVariable> Typed;
  SmallPtrSet<GlobalVariable *, 16> Described;

public:
  explicit Describer(Module &M) : M(M), Structs(M), B(M, Structs) {}

  void run() {
    for (GlobalVariable &GV : M.globals())
      if (isDefinition(GV))
        variable(GV);
    for (size_t I = 0; I < Typed.size(); I++)
      unnamed(TypedVariable(Typed[I]));
    for (const GlobalVariable &GV : M.globals())
      checkDescribed(GV);
    for (Function &F : M) {
      if (isDefinition(F))
        function(F);
      else if (!F.isIntrinsic() && F.hasAddressTaken())
        declaration(F);
    }
    lu::forEachLooseNote(M, [&](const lu::LooseNote &N) { looseNote(N); });
    B.finish();
    if (!Globals.empty() || !Functions.empty() || !Literals.empty() || !Sites.empty() ||
        !Notes.empty())
      write();
  }

private:
  void variable(GlobalVariable &GV);
  void global(GlobalVariable &GV, const DIGlobalVariable &Var);
  bool literal(GlobalVariable &GV, const DIType *T);
  const DIType *unnamedType(const GlobalVariable &GV, const DIType *P, int64_t Off);
  void unnamed(const TypedVariable &From);
  void checkDescribed(const GlobalVariable &GV);
  void unnamedOne(GlobalVariable &GV, const DIType *Element, const std::string &Name);
  void site(GlobalVariable &GV, const lu::SiteRecord &S);
  void note(const lu::SiteRecord &S);
  void looseNote(const lu::LooseNote &L);
  void function(Function &F);
  void declaration(Function &F);
  uint32_t scope(const DIGlobalVariable &Var);

  // The main file of the unit, as the compiler was told.
  StringRef unitPath() const {
    return M.debug_compile_units().empty() ? StringRef(M.getSourceFileName())
                                           : (*M.debug_compile_units_begin())->getFilename();
  }
  void write();
};

} // namespace

void Describer::variable(GlobalVariable &GV) {
  lu::SiteRecord S;
  if (lu::readSite(GV, S))
    return site(GV, S);
  if (lu::isOurs(GV))
    return;
  const DIGlobalVariable *Var = lu::variableOf(GV);
  if (GV.isThreadLocal())
    return lu::reportError(M, "thread-local variable '" + GV.getName().str() +
                                  "' cannot be transferred: components have one thread");
  if (Var && !Var->getName().empty())
    return global(GV, *Var);
  if (GV.isConstant() && GV.hasLocalLinkage())
    if (literal(GV, Var ? Var->getType() : nullptr))
      Described.insert(&GV);
}

// Statics of one name in blocks of one function are told apart by a number.
uint32_t Describer::scope(const DIGlobalVariable &Var) {
  const auto *Local = dyn_cast_or_null<DILocalScope>(Var.getScope());
  StringRef Path = unitPath();
  if (!Local)
    return B.string(Path);
  std::string Name = lu::scopeName(Local->getSubprogram());
  unsigned N = Scopes[{Name, Var.getName().str()}]++;
  return B.string(N ? Name + "#" + std::to_string(N) : Name);
}

void Describer::global(GlobalVariable &GV, const DIGlobalVariable &Var) {
  lu_global G = {};
  B.setRoot("variable '" + Var.getName().str() + "'");
  G.name = B.string(Var.getName());
  G.type = B.type(Var.getType());
  G.size = lu::sizeOfVariable(GV);
  G.flags = lu::variableFlags(M, Var);
  if (GV.isConstant())
    G.flags |= LU_A_CONST;
  if (GV.hasLocalLinkage()) {
    G.flags |= LU_A_STATIC;
    G.scope = scope(Var);
  }
  if (GV.isWeakForLinker())
    G.flags |= LU_TU_WEAK;
  Globals.push_back({&GV, G});
  Described.insert(&GV);
  Typed.push_back({&GV, Var.getType(), Var.getName().str()});
}

// State that nobody would transfer: a compound literal of which only a member is
// pointed to, writable string literals.
void Describer::checkDescribed(const GlobalVariable &GV) {
  if (isDefinition(GV) && !GV.isConstant() && !lu::isOurs(GV) && !Described.contains(&GV))
    lu::reportError(M, "writable object '" + GV.getName().str() +
                           "' has no name and no type in debug information: its state can't be "
                           "transferred");
}

static uint64_t fnv1a(StringRef Bytes) {
  uint64_t H = 0xcbf29ce484222325ull;
  for (unsigned char C : Bytes)
    H = (H ^ C) * 0x100000001b3ull;
  return H;
}

// The constant's bytes; false when it holds addresses.
static bool bytesOf(const Constant *C, const DataLayout &DL, std::string &Out) {
  if (const auto *S = dyn_cast<ConstantDataSequential>(C)) {
    StringRef Raw = S->getRawDataValues();
    Out.append(Raw.begin(), Raw.end());
    return true;
  }
  if (isa<ConstantAggregateZero>(C)) {
    Out.append(DL.getTypeAllocSize(C->getType()), '\0');
    return true;
  }
  return false;
}

bool Describer::literal(GlobalVariable &GV, const DIType *T) {
  std::string Bytes;
  if (!bytesOf(GV.getInitializer(), M.getDataLayout(), Bytes))
    return false;
  lu_literal L = {};
  L.size = Bytes.size();
  L.type = B.type(T);
  L.hash = fnv1a(Bytes);
  Literals.push_back({&GV, L});
  return true;
}

// The type of an unnamed object (of an element, if it is an array) to which a pointer
// to P leads, at Off: the structure that the code names, or P; null when neither can be.
const DIType *Describer::unnamedType(const GlobalVariable &GV, const DIType *P, int64_t Off) {
  Type *T = lu::typeOfVariable(GV);
  uint64_t Size = lu::byteSize(P), All = lu::sizeOfVariable(GV);
  bool Array = T->isArrayTy();
  while (T->isArrayTy())
    T = T->getArrayElementType();
  if (const auto *S = dyn_cast<StructType>(T); S && S->hasName())
    return Structs.find(S->getName());
  // The initialiser of a union has a structure of its own.
  bool Fits = All == Size || (Array && Size && All % Size == 0);
  return Fits && Off % (int64_t)Size == 0 && T->isStructTy() == lu::isComposite(P) ? P : nullptr;
}

// Compound literals have no debug information: a described variable leads to them.
void Describer::unnamed(const TypedVariable &From) {
  unsigned Number = 0;
  lu::forEachPointer(
      From.GV->getInitializer(), M.getDataLayout(), [&](uint64_t At, GlobalValue &To, int64_t Off) {
        auto *GV = dyn_cast<GlobalVariable>(&To);
        lu::TypeList Pointers;
        if (!GV || !isDefinition(*GV) || !GV->hasLocalLinkage() || Described.contains(GV) ||
            lu::variableOf(*GV))
          return;
        uint64_t Size = std::max<uint64_t>(lu::byteSize(From.Type), 1);
        lu::typesAt(From.Type, At % Size, Pointers);
        for (const DIType *P : Pointers)
          if (const DIType *Element = unnamedType(*GV, lu::pointee(P), Off);
              lu::byteSize(Element) && Described.insert(GV).second)
            unnamedOne(*GV, Element, From.Name + ".literal" + std::to_string(Number++));
      });
}

void Describer::unnamedOne(GlobalVariable &GV, const DIType *Element, const std::string &Name) {
  lu_global G = {};
  B.setRoot("'" + Name + "'");
  G.size = lu::sizeOfVariable(GV);
  G.name = B.string(Name);
  G.scope = B.string(unitPath());
  G.flags = LU_A_STATIC | (GV.isConstant() ? LU_A_CONST : 0);
  G.type = B.type(Element);
  if (lu::typeOfVariable(GV)->isArrayTy())
    G.type = B.arrayOf(Element, G.size / lu::byteSize(Element));
  Globals.push_back({&GV, G});
  Typed.push_back({&GV, Element, Name});
}

void Describer::site(GlobalVariable &GV, const lu::SiteRecord &S) {
  lu_site R = {};
  B.setRoot("allocation in '" + S.Function.str() + "'");
  R.func = B.string(S.Function);
  R.callee = B.string(S.Callee);
  R.type = S.IsOpenEnded ? B.openEnded(S.Element) : B.type(S.Element);
  R.flags = S.Flags;
  R.ordinal = S.Ordinal;
  R.line = S.Line;
  if (S.Extern) {
    lu_global G = {};
    G.flags = LU_TU_DEFERRED;
    G.type = S.ExternOffset;
    G.size = S.ExternSize;
    G.scope = S.ExternStep;
    R.flags |= LU_TU_DEFERRED;
    R.type = Globals.size();
    Globals.push_back({S.Extern, G});
  }
  note(S);
  Sites.push_back({&GV, R});
}

static uint32_t strictness() { return lu::untypedIsError() ? LU_TU_NOTE_STRICT : 0; }

void Describer::note(const lu::SiteRecord &S) {
  lu_tu_note N = {};
  N.site = Sites.size();
  N.file = B.string(S.File);
  N.line = S.Line;
  N.func =
      B.string(S.Function.rsplit(':').second.empty() ? S.Function : S.Function.rsplit(':').second);
  N.callee = B.string(S.Callee);
  N.reason = B.string(S.Reason);
  N.flags = strictness() | (S.IsInWrapper ? LU_TU_NOTE_WRAPPER : 0);
  Notes.push_back(N);
}

void Describer::looseNote(const lu::LooseNote &L) {
  lu_tu_note N = {};
  N.site = ~0u;
  N.file = B.string(L.File);
  N.line = L.Line;
  N.func = B.string(L.Function);
  N.callee = B.string(L.Callee);
  N.reason = B.string(L.Reason);
  N.flags = strictness();
  Notes.push_back(N);
}

// Copies that the optimiser made carry the name of the original.
void Describer::function(Function &F) {
  const DISubprogram *SP = F.getSubprogram();
  bool Local = F.hasLocalLinkage();
  if (!SP || (Local && !F.hasAddressTaken()))
    return;
  if (Local && F.getName() != SP->getName() && F.getName() != SP->getLinkageName())
    return;
  lu_func R = {};
  B.setRoot("function '" + SP->getName().str() + "'");
  R.name = B.string(SP->getName());
  R.type = B.type(SP->getType());
  R.code = lu::recordedCode(M, F);
  if (Local) {
    R.flags |= LU_A_STATIC;
    R.scope = B.string(unitPath());
  }
  if (F.isWeakForLinker())
    R.flags |= LU_TU_WEAK;
  if (F.hasAddressTaken())
    R.flags |= LU_TU_TAKEN;
  Functions.push_back({&F, R});
}

// A pointer can lead to it: its own unit need not be compiled with the pass.
void Describer::declaration(Function &F) {
  lu_func R = {};
  const DISubprogram *SP = F.getSubprogram();
  B.setRoot("function '" + F.getName().str() + "'");
  R.name = B.string(SP ? SP->getName() : F.getName());
  R.type = SP ? B.type(SP->getType()) : 0;
  R.flags = LU_TU_TAKEN | LU_TU_DECLARED;
  Functions.push_back({&F, R});
}

// Records start with their address: the first eight bytes become a relocation.
template <typename Record>
static lu_desc_table put(lu::BlobWriter &W, const std::vector<Located<Record>> &List) {
  lu_desc_table T = {W.size(), (uint32_t)List.size()};
  for (const Located<Record> &L : List) {
    W.address(L.Address);
    W.bytes((const char *)&L.R + 8, sizeof(Record) - 8);
  }
  return T;
}

template <typename Record>
static lu_desc_table put(lu::BlobWriter &W, const std::vector<Record> &List) {
  lu_desc_table T = {W.size(), (uint32_t)List.size()};
  W.bytes(List.data(), List.size() * sizeof(Record));
  return T;
}

void Describer::write() {
  lu::BlobWriter W(M, sizeof(lu_tu));
  lu_tu T = {};
  lu_desc &H = T.desc;
  H.magic = LU_TU_MAGIC;
  H.version = LU_DESC_VERSION;
  H.transfer_lines = lu::recordedTransferLines(M);
  H.types = put(W, B.Types);
  H.members = put(W, B.Members);
  H.enums = put(W, B.Enums);
  H.globals = put(W, Globals);
  H.funcs = put(W, Functions);
  H.literals = put(W, Literals);
  H.sites = put(W, Sites);
  T.notes = put(W, Notes);
  H.strings = {W.size(), (uint32_t)B.Strings.size()};
  W.bytes(B.Strings.data(), B.Strings.size());
  W.align();
  H.size = W.size();
  Constant *Blob = W.finish(&T, sizeof(T));
  auto *GV =
      new GlobalVariable(M, Blob->getType(), true, GlobalValue::PrivateLinkage, Blob, "__lu_tu");
  GV->setSection(LU_TU_SECTION);
  GV->setAlignment(Align(8));
  appendToCompilerUsed(M, {GV});
}

void lu::describeModule(Module &M) { Describer(M).run(); }
