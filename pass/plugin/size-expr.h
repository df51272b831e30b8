// SPDX-License-Identifier: MIT
//
// What an allocation's size expression says: a constant part plus a variable
// part that is a multiple of something.
#ifndef LU_PASS_SIZE_EXPR_H
#define LU_PASS_SIZE_EXPR_H

#include <cstdint>

namespace llvm {
class Value;
} // namespace llvm

namespace lu {

// Constant + k * Step for some k >= 0; Step 0: the size is Constant.
struct SizeExpr {
  uint64_t Constant = 0;
  uint64_t Step = 1;
};

// Looks at unoptimised code: local variables are memory.
SizeExpr sizeOf(const llvm::Value *V, unsigned Depth = 0);

SizeExpr product(SizeExpr A, SizeExpr B);

} // namespace lu

#endif
