// SPDX-License-Identifier: MIT
//
// A pointer one past the end of an array must not be a pointer to what the
// linker happens to put next: the state engine could not tell them apart.  So
// arrays, structures and unions get a byte more than they need, after
// optimisation.  The heap does the same.
#ifndef LU_PASS_PAD_GLOBALS_H
#define LU_PASS_PAD_GLOBALS_H

#include <cstdint>

namespace llvm {
class GlobalVariable;
class Module;
class Type;
} // namespace llvm

namespace lu {

void padGlobals(llvm::Module &M);

// Type and bytes that the program gave the variable.
llvm::Type *typeOfVariable(const llvm::GlobalVariable &GV);
uint64_t sizeOfVariable(const llvm::GlobalVariable &GV);

} // namespace lu

#endif
