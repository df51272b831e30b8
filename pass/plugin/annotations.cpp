// SPDX-License-Identifier: MIT
//
// Reads "lu:..." declaration tags.
#include "annotations.h"
#include "tu-format.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

using namespace llvm;

void lu::reportError(Module &M, const std::string &Text) { M.getContext().emitError(Text); }

static void readOne(Module &M, StringRef Text, const std::string &Where, lu::Annotation &A) {
  StringRef Word, Arg;
  std::tie(Word, Arg) = Text.split(':');
  uint32_t Flag = StringSwitch<uint32_t>(Word)
                      .Case("ixfer", LU_A_IXFER)
                      .Case("pxfer", LU_A_PXFER)
                      .Case("noxfer", LU_A_NOXFER)
                      .Case("sxfer", LU_A_SXFER)
                      .Case("tag", LU_A_TAG)
                      .Case("len", LU_A_LEN)
                      .Default(0);
  bool WantsArg = Flag == LU_A_TAG || Flag == LU_A_LEN;
  if (!Flag || WantsArg == Arg.empty())
    return lu::reportError(M, "malformed annotation 'lu:" + Text.str() + "' on " + Where);
  if (WantsArg && !A.Aux.empty())
    return lu::reportError(M, "more than one of lu:tag and lu:len on " + Where);
  A.Flags |= Flag;
  if (WantsArg)
    A.Aux = Arg.str();
}

lu::Annotation lu::readAnnotations(Module &M, DINodeArray List, const std::string &Where) {
  Annotation A;
  if (!List.get())
    return A;
  for (const MDOperand &Op : List.get()->operands()) {
    const auto *N = dyn_cast_or_null<MDNode>(Op.get());
    if (!N || N->getNumOperands() != 2)
      continue;
    const auto *Key = dyn_cast<MDString>(N->getOperand(0));
    const auto *Value = dyn_cast<MDString>(N->getOperand(1));
    if (!Key || !Value || Key->getString() != "btf_decl_tag")
      continue;
    StringRef Text = Value->getString();
    if (Text.consume_front("lu:"))
      readOne(M, Text, Where, A);
  }
  uint32_t Ways = A.Flags & (LU_A_IXFER | LU_A_PXFER | LU_A_NOXFER | LU_A_SXFER);
  if (Ways & (Ways - 1))
    reportError(M, "contradicting transfer annotations on " + Where);
  return A;
}
