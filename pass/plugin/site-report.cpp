// SPDX-License-Identifier: MIT
//
// Untyped sites: into a file, or as errors of the compilation.
#include "site-report.h"
#include "annotations.h"
#include "debug-types.h"
#include "options.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

void lu::SiteReport::add(const Instruction *Where, StringRef Callee, const std::string &Reason) {
  std::string Text = Callee.str() + ": " + Reason;
  if (untypedMode() == UntypedMode::Error) {
    if (Where)
      M.getContext().diagnose(DiagnosticInfoUnsupported(
          *Where->getFunction(), "untyped allocation: " + Text, Where->getDebugLoc()));
    else
      reportError(M, "untyped allocation: " + Text);
  }
  const DILocation *Loc = Where ? Where->getDebugLoc().get() : nullptr;
  std::string File = Loc ? lu::pathOf(M, Loc->getFile()) : M.getSourceFileName();
  std::string Function = Where ? Where->getFunction()->getName().str() : "-";
  Lines.emplace_back(File, Loc ? Loc->getLine() : 0, Function + ": " + Text);
}

void lu::SiteReport::untyped(const CallInst &Call, StringRef Callee, const std::string &Reason) {
  add(&Call, Callee, Reason);
}

void lu::SiteReport::addressTaken(StringRef Callee, const Instruction *Where) {
  add(Where, Callee, "its address is taken; allocations through the pointer have no type");
}

void lu::SiteReport::write() {
  if (untypedReportPath().empty())
    return;
  std::error_code Error;
  raw_fd_ostream Out(untypedReportPath(), Error);
  if (Error)
    return reportError(M, "cannot write " + untypedReportPath().str() + ": " + Error.message());
  llvm::sort(Lines);
  for (const auto &[File, Line, Text] : Lines)
    Out << File << ":" << Line << ": " << Text << "\n";
}
