// SPDX-License-Identifier: MIT
//
// What the description says of code, found out before the optimiser changes it: for
// each function a number that tells whether it does the same as before, and how many
// lines were written for state transfer alone.  Carried through the optimiser in
// named metadata.
#ifndef LU_PASS_CODE_FACTS_H
#define LU_PASS_CODE_FACTS_H

#include <cstdint>

namespace llvm {
class Function;
class Module;
} // namespace llvm

namespace lu {

// Hash of a function's instructions, with those of the local functions that it refers
// to.  Names of values, line numbers and the order of functions do not count.
uint64_t codeHash(const llvm::Function &F);

// See lu_desc.transfer_lines.
uint32_t transferLines(const llvm::Module &M);

// Start and end of the pipeline.
void recordCodeFacts(llvm::Module &M);
uint64_t recordedCode(const llvm::Module &M, const llvm::Function &F); // 0: not recorded
uint32_t recordedTransferLines(const llvm::Module &M);
void eraseCodeFacts(llvm::Module &M);

} // namespace lu

#endif
