// SPDX-License-Identifier: MIT
//
// Size expressions: sums, differences, products, shifts, alignment masks, widenings, and
// local variables that are assigned once.
#include "size-expr.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Operator.h"
#include <numeric>

using namespace llvm;

static constexpr unsigned MaxDepth = 24;

lu::SizeExpr lu::product(SizeExpr A, SizeExpr B) {
  // (a + k*s) * (b + l*t): every term but a*b is variable.
  SizeExpr P;
  P.Constant = A.Constant * B.Constant;
  P.Step = std::gcd(std::gcd(A.Constant * B.Step, A.Step * B.Constant), A.Step * B.Step);
  return P;
}

// ~7 aligns; so does ~7u, which C extends to 0xfffffff8 where sizes have 64 bits.
static lu::SizeExpr masked(lu::SizeExpr E, uint64_t Mask) {
  uint64_t Low = Mask & (~Mask + 1), Above = Mask + Low;
  if (!Low)
    return {0, 0};
  if (Above && Above != 1ull << 32) // no alignment mask
    return {0, 1};
  E.Constant &= Mask;
  E.Step = E.Step ? std::max(E.Step % Low ? Low : E.Step, Low) : 0;
  return E;
}

// The value of a local variable that is stored to once.
static const Value *onlyStore(const AllocaInst *A) {
  const Value *Stored = nullptr;
  for (const User *U : A->users()) {
    const auto *S = dyn_cast<StoreInst>(U);
    if (S && S->getPointerOperand() == A) {
      if (Stored)
        return nullptr;
      Stored = S->getValueOperand();
    } else if (!isa<LoadInst>(U) &&
               !(isa<CallInst>(U) && cast<CallInst>(U)->isLifetimeStartOrEnd())) {
      return nullptr;
    }
  }
  return Stored;
}

static lu::SizeExpr binary(const BinaryOperator *B, unsigned Depth) {
  lu::SizeExpr L = lu::sizeOf(B->getOperand(0), Depth), R = lu::sizeOf(B->getOperand(1), Depth);
  switch (B->getOpcode()) {
  case Instruction::Add:
    return {L.Constant + R.Constant, std::gcd(L.Step, R.Step)};
  case Instruction::Sub: // the constant's part must do: what varies may be 0
    if (R.Step == 0 && R.Constant <= L.Constant)
      return {L.Constant - R.Constant, L.Step};
    break;
  case Instruction::Mul:
    return lu::product(L, R);
  case Instruction::Shl:
    if (R.Step == 0 && R.Constant < 32)
      return lu::product(L, {1ull << R.Constant, 0});
    break;
  case Instruction::And:
    if (const auto *C = dyn_cast<ConstantInt>(B->getOperand(1)))
      return masked(L, C->getSExtValue());
    break;
  default:
    break;
  }
  return {0, 1};
}

lu::SizeExpr lu::sizeOf(const Value *V, unsigned Depth) {
  if (Depth++ > MaxDepth)
    return {0, 1};
  if (const auto *C = dyn_cast<ConstantInt>(V))
    return {C->getValue().getActiveBits() > 64 ? 0 : C->getZExtValue(), 0};
  if (isa<ZExtInst>(V) || isa<SExtInst>(V) || isa<TruncInst>(V) || isa<FreezeInst>(V))
    return sizeOf(cast<Instruction>(V)->getOperand(0), Depth);
  if (const auto *B = dyn_cast<BinaryOperator>(V))
    return binary(B, Depth);
  if (const auto *L = dyn_cast<LoadInst>(V))
    if (const auto *A = dyn_cast<AllocaInst>(L->getPointerOperand()))
      if (const Value *Stored = onlyStore(A))
        return sizeOf(Stored, Depth);
  return {0, 1};
}
