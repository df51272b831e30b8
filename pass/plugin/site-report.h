// SPDX-License-Identifier: MIT
//
// What could not be typed, and why: as errors of the compilation where they are
// asked for, and kept in the module for the link step's report (tu-format.h).
#ifndef LU_PASS_SITE_REPORT_H
#define LU_PASS_SITE_REPORT_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace llvm {
class CallInst;
class DIGlobalVariable;
class Function;
class Instruction;
class Module;
} // namespace llvm

namespace lu {

// A line of the report that belongs to no site.
struct LooseNote {
  llvm::StringRef File, Function, Callee, Reason;
  unsigned Line;
};

void reportUntyped(llvm::Module &M, const llvm::CallInst &Call, const std::string &Callee,
                   const std::string &Reason);

// Allocations through a pointer to Callee, which is taken Where, or else in the
// initialiser of Var (either may be null).
void reportTakenAddress(llvm::Module &M, const llvm::Function &Callee,
                        const llvm::Instruction *Where, const llvm::DIGlobalVariable *Var);

void forEachLooseNote(const llvm::Module &M, llvm::function_ref<void(const LooseNote &)> Visit);

} // namespace lu

#endif
