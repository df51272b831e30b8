// SPDX-License-Identifier: MIT
//
// The build-time list of allocation sites that could not be typed, and why:
// one line "FILE:LINE: FUNCTION: CALLEE: REASON" each.
#ifndef LU_PASS_SITE_REPORT_H
#define LU_PASS_SITE_REPORT_H

#include "llvm/ADT/StringRef.h"
#include <string>
#include <tuple>
#include <vector>

namespace llvm {
class CallInst;
class Instruction;
class Module;
} // namespace llvm

namespace lu {

class SiteReport {
public:
  explicit SiteReport(llvm::Module &M) : M(M) {}

  void untyped(const llvm::CallInst &Call, llvm::StringRef Callee, const std::string &Reason);
  void addressTaken(llvm::StringRef Callee, const llvm::Instruction *Where);

  // Writes the report's file, when one was asked for, in the order of the source.
  void write();

private:
  void add(const llvm::Instruction *Where, llvm::StringRef Callee, const std::string &Reason);

  llvm::Module &M;
  std::vector<std::tuple<std::string, unsigned, std::string>> Lines; // file, line, rest
};

} // namespace lu

#endif
