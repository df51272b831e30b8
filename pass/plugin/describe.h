// SPDX-License-Identifier: MIT
//
// The two ends of the pipeline: what must survive optimisation is pinned at its
// start, what did survive is described at its end.
#ifndef LU_PASS_DESCRIBE_H
#define LU_PASS_DESCRIBE_H

namespace llvm {
class Module;
} // namespace llvm

namespace lu {

// Keeps writable globals and statics whole: no splitting, shrinking, or
// turning into constants.
void pinGlobals(llvm::Module &M);

// Adds the unit's blob in LU_TU_SECTION (tu-format.h).
void describeModule(llvm::Module &M);

} // namespace lu

#endif
