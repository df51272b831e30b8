// SPDX-License-Identifier: MIT
//
// Untyped sites.
#include "site-report.h"
#include "annotations.h"
#include "debug-types.h"
#include "options.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"

using namespace llvm;

static const char NotesName[] = "lu.notes";

static void complain(Module &M, const Instruction *Where, const std::string &Text) {
  if (!lu::untypedIsError())
    return;
  if (Where)
    M.getContext().diagnose(DiagnosticInfoUnsupported(
        *Where->getFunction(), "untyped allocation: " + Text, Where->getDebugLoc()));
  else
    lu::reportError(M, "untyped allocation: " + Text);
}

void lu::reportUntyped(Module &M, const CallInst &Call, const std::string &Callee,
                       const std::string &Reason) {
  complain(M, &Call, Callee + ": " + Reason);
}

void lu::reportTakenAddress(Module &M, const Function &Callee, const Instruction *Where,
                            const DIGlobalVariable *Var) {
  std::string Reason = "its address is taken; name the member or variable that is called with "
                       "--alloc-wrapper=TAG.MEMBER";
  LLVMContext &Ctx = M.getContext();
  const DILocation *Loc = Where ? Where->getDebugLoc().get() : nullptr;
  const DIFile *File = Loc ? Loc->getFile() : Var ? Var->getFile() : nullptr;
  unsigned Line = Loc ? Loc->getLine() : Var ? Var->getLine() : 0;
  std::string Path = File ? pathOf(M, File) : M.getSourceFileName();
  StringRef In = Where ? Where->getFunction()->getName() : Var ? Var->getName() : "";
  complain(M, Where,
           (Where ? "" : Path + ":" + std::to_string(Line) + ": ") + Callee.getName().str() + ": " +
               Reason);
  M.getOrInsertNamedMetadata(NotesName)->addOperand(
      MDNode::get(Ctx, {MDString::get(Ctx, Path), MDString::get(Ctx, In),
                        MDString::get(Ctx, Callee.getName()), MDString::get(Ctx, Reason),
                        ConstantAsMetadata::get(ConstantInt::get(Type::getInt32Ty(Ctx), Line))}));
}

void lu::forEachLooseNote(const Module &M, function_ref<void(const LooseNote &)> Visit) {
  const NamedMDNode *Notes = M.getNamedMetadata(NotesName);
  if (!Notes)
    return;
  for (const MDNode *N : Notes->operands()) {
    auto Text = [&](unsigned I) { return cast<MDString>(N->getOperand(I))->getString(); };
    Visit({Text(0), Text(1), Text(2), Text(3),
           (unsigned)mdconst::extract<ConstantInt>(N->getOperand(4))->getZExtValue()});
  }
}
