// SPDX-License-Identifier: MIT
//
// What an initialiser points to.
#ifndef LU_PASS_INITIALIZERS_H
#define LU_PASS_INITIALIZERS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/IR/GlobalVariable.h"

namespace lu {

// Calls Found(offset, variable or function, offset in it) for everything that is pointed
// to from the initialiser, in the order of the offsets.
void forEachPointer(const llvm::Constant *Init, const llvm::DataLayout &DL,
                    llvm::function_ref<void(uint64_t, llvm::GlobalValue &, int64_t)> Found);

} // namespace lu

#endif
