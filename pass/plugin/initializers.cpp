// SPDX-License-Identifier: MIT
//
// Walks constant initialisers.
#include "initializers.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/DerivedTypes.h"

using namespace llvm;

using Callback = function_ref<void(uint64_t, GlobalValue &, int64_t)>;

static void walk(const Constant *C, const DataLayout &DL, uint64_t Off, Callback Found) {
  if (C->getType()->isPointerTy()) {
    APInt In(DL.getIndexTypeSizeInBits(C->getType()), 0);
    const Value *Base = C->stripAndAccumulateConstantOffsets(DL, In, /*AllowNonInbounds=*/true);
    if (auto *GV = dyn_cast<GlobalValue>(Base))
      Found(Off, const_cast<GlobalValue &>(*GV), In.getSExtValue());
    return;
  }
  if (const auto *S = dyn_cast<ConstantStruct>(C)) {
    const StructLayout *L = DL.getStructLayout(S->getType());
    for (unsigned I = 0; I < S->getNumOperands(); I++)
      walk(S->getOperand(I), DL, Off + L->getElementOffset(I), Found);
  } else if (const auto *A = dyn_cast<ConstantArray>(C)) {
    uint64_t Size = DL.getTypeAllocSize(A->getType()->getElementType());
    for (unsigned I = 0; I < A->getNumOperands(); I++)
      walk(A->getOperand(I), DL, Off + I * Size, Found);
  }
}

void lu::forEachPointer(const Constant *Init, const DataLayout &DL, Callback Found) {
  walk(Init, DL, 0, Found);
}
