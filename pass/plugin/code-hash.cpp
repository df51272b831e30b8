// SPDX-License-Identifier: MIT
//
// Hashes the instructions of a function as they come from the front end.  Values are
// known by their number, globals by their name, literals by what they hold,
// types by their layout.
#include "code-facts.h"
#include "debug-types.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Operator.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;

// Literals, and what the front end makes of initialisers.
static bool isUnnamed(const GlobalVariable &V) {
  const DIGlobalVariable *Var = lu::variableOf(V);
  return V.hasLocalLinkage() && (!Var || Var->getName().empty());
}

namespace {

// The text that is hashed: of one function and the local ones that it refers to.
class Writer {
  std::string Out;
  SetVector<const Function *> Functions;
  DenseMap<const Value *, uint64_t> Numbers;

  void number(uint64_t N) { Out.append((const char *)&N, sizeof(N)); }
  void text(StringRef S) {
    number(S.size());
    Out += S;
  }

  void type(const Type *T) {
    number(T->getTypeID());
    if (const auto *I = dyn_cast<IntegerType>(T))
      number(I->getBitWidth());
    if (const auto *A = dyn_cast<ArrayType>(T))
      number(A->getNumElements());
    if (const auto *V = dyn_cast<FixedVectorType>(T))
      number(V->getNumElements());
    number(T->getNumContainedTypes());
    for (const Type *Inner : T->subtypes())
      type(Inner);
  }

  void global(const GlobalValue &G) {
    const auto *V = dyn_cast<GlobalVariable>(&G);
    const auto *F = dyn_cast<Function>(&G);
    if (V && V->isConstant() && isUnnamed(*V))
      return constant(*V->getInitializer());
    text(G.getName());
    if (F && F->hasLocalLinkage() && !F->isDeclaration())
      Functions.insert(F);
  }

  void constant(const Constant &C) {
    number(C.getValueID());
    if (const auto *G = dyn_cast<GlobalValue>(&C))
      return global(*G);
    type(C.getType());
    if (const auto *I = dyn_cast<ConstantInt>(&C))
      number(I->getValue().getLimitedValue());
    else if (const auto *F = dyn_cast<ConstantFP>(&C))
      number(F->getValueAPF().bitcastToAPInt().getLimitedValue());
    else if (const auto *D = dyn_cast<ConstantDataSequential>(&C))
      text(D->getRawDataValues());
    if (const auto *E = dyn_cast<ConstantExpr>(&C))
      number(E->getOpcode());
    if (const auto *E = dyn_cast<GEPOperator>(&C))
      type(E->getSourceElementType());
    for (const Use &U : C.operands())
      operand(*U);
  }

  void operand(const Value &V) {
    if (const auto *C = dyn_cast<Constant>(&V))
      return constant(*C);
    number(V.getValueID());
    if (const auto *A = dyn_cast<InlineAsm>(&V)) {
      text(A->getAsmString());
      text(A->getConstraintString());
    } else {
      number(Numbers.lookup(&V));
    }
  }

  // What opcode, type and operands do not say.
  void details(const Instruction &I) {
    number(I.getRawSubclassOptionalData());
    if (const auto *C = dyn_cast<CmpInst>(&I))
      number(C->getPredicate());
    else if (const auto *G = dyn_cast<GetElementPtrInst>(&I))
      type(G->getSourceElementType());
    else if (const auto *A = dyn_cast<AllocaInst>(&I))
      type(A->getAllocatedType());
    else if (const auto *L = dyn_cast<LoadInst>(&I))
      number(L->isVolatile());
    else if (const auto *S = dyn_cast<StoreInst>(&I))
      number(S->isVolatile());
    else if (const auto *C = dyn_cast<CallBase>(&I))
      type(C->getFunctionType());
    else if (const auto *R = dyn_cast<AtomicRMWInst>(&I))
      number(R->getOperation());
    else if (const auto *E = dyn_cast<ExtractValueInst>(&I))
      for (unsigned Index : E->indices())
        number(Index);
    else if (const auto *V = dyn_cast<InsertValueInst>(&I))
      for (unsigned Index : V->indices())
        number(Index);
    else if (const auto *P = dyn_cast<PHINode>(&I))
      for (const BasicBlock *B : P->blocks())
        number(Numbers.lookup(B));
  }

  void function(const Function &F) {
    uint64_t N = 0;
    Numbers.clear();
    for (const Argument &A : F.args())
      Numbers[&A] = ++N;
    for (const BasicBlock &B : F) {
      Numbers[&B] = ++N;
      for (const Instruction &I : B)
        if (!isa<DbgInfoIntrinsic>(I))
          Numbers[&I] = ++N;
    }
    type(F.getFunctionType());
    for (const BasicBlock &B : F) {
      number(Numbers[&B]);
      for (const Instruction &I : B)
        if (!isa<DbgInfoIntrinsic>(I))
          instruction(I);
    }
  }

  void instruction(const Instruction &I) {
    number(I.getOpcode());
    type(I.getType());
    details(I);
    for (const Use &U : I.operands())
      operand(*U);
  }

public:
  uint64_t hash(const Function &F) {
    Functions.insert(&F);
    for (size_t I = 0; I < Functions.size(); I++)
      function(*Functions[I]);
    return xxh3_64bits(Out);
  }
};

} // namespace

uint64_t lu::codeHash(const Function &F) { return Writer().hash(F); }
