// SPDX-License-Identifier: MIT
//
// Counts the lines that were written for state transfer alone: functions that take
// the engine's view of a transfer, those in lu_transfer_handlers, what only such
// functions use, and the table itself.
#include "code-facts.h"
#include "debug-types.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"

using namespace llvm;

static const char TableName[] = "lu_transfer_handlers";

// The structure that T leads to, by any number of pointers and qualifiers.
static StringRef pointeeTag(const DIType *T) {
  while (const auto *D = dyn_cast_or_null<DIDerivedType>(T))
    T = D->getBaseType();
  const auto *C = dyn_cast_or_null<DICompositeType>(T);
  return C ? C->getName() : StringRef();
}

static bool takesTransfer(const Function &F) {
  const DISubprogram *SP = F.getSubprogram();
  if (!SP || !SP->getType())
    return false;
  for (const DIType *T : SP->getType()->getTypeArray())
    if (StringRef Tag = pointeeTag(T); Tag == "st_xfer" || Tag == "st_object")
      return true;
  return false;
}

namespace {

class TransferCode {
  SmallSetVector<const GlobalValue *, 16> Ours;

  // All users are ours, or Self.
  bool onlyOursUse(const Value &V, const GlobalValue &Self) const {
    if (V.use_empty())
      return false;
    for (const User *U : V.users()) {
      const auto *I = dyn_cast<Instruction>(U);
      const GlobalValue *By = I ? I->getFunction() : dyn_cast<GlobalValue>(U);
      if (By ? By != &Self && !Ours.contains(By) : !onlyOursUse(*U, Self))
        return false;
    }
    return true;
  }

  bool belongs(const GlobalValue &G) const {
    const auto *F = dyn_cast<Function>(&G);
    return G.getName() == TableName || (F && takesTransfer(*F)) ||
           (G.hasLocalLinkage() && onlyOursUse(G, G));
  }

  bool collect(const GlobalValue &G) {
    return !G.isDeclaration() && !Ours.contains(&G) && belongs(G) && Ours.insert(&G);
  }

public:
  explicit TransferCode(const Module &M) {
    for (bool Any = true; Any;) {
      Any = false;
      for (const Function &F : M)
        Any |= collect(F);
      for (const GlobalVariable &V : M.globals())
        Any |= collect(V);
    }
  }

  ArrayRef<const GlobalValue *> list() const { return Ours.getArrayRef(); }
};

} // namespace

// From the line of its name to the last one that code came from: its last statement or
// its closing brace.
static uint32_t linesOf(const Function &F) {
  const DISubprogram *SP = F.getSubprogram();
  unsigned First = SP ? SP->getLine() : 0, Last = First;
  for (const Instruction &I : instructions(F))
    if (const DILocation *L = I.getDebugLoc(); L && L->getScope()->getSubprogram() == SP)
      Last = std::max(Last, L->getLine());
  return SP ? Last - First + 1 : 0;
}

// A line for each element that holds something; literals, which have no name, stand in
// lines that are counted already.
static uint32_t linesOf(const GlobalVariable &V) {
  const DIGlobalVariable *Var = lu::variableOf(V);
  uint32_t N = 0;
  if (!Var || Var->getName().empty())
    return 0;
  if (isa<ConstantAggregate, ConstantDataSequential>(V.getInitializer()))
    for (unsigned I = 0; const Constant *E = V.getInitializer()->getAggregateElement(I); I++)
      N += !E->isNullValue();
  return std::max(N, 1u);
}

uint32_t lu::transferLines(const Module &M) {
  uint32_t Lines = 0;
  for (const GlobalValue *G : TransferCode(M).list())
    Lines += isa<Function>(G) ? linesOf(*cast<Function>(G)) : linesOf(*cast<GlobalVariable>(G));
  return Lines;
}
