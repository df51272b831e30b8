// SPDX-License-Identifier: MIT
//
// Carries facts about code from the start of the pipeline to its end.
#include "code-facts.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/Metadata.h"
#include "llvm/IR/Module.h"

using namespace llvm;

static const char CodeName[] = "lu.code";
static const char LinesName[] = "lu.transfer.lines";

static ConstantAsMetadata *number(LLVMContext &C, uint64_t N) {
  return ConstantAsMetadata::get(ConstantInt::get(Type::getInt64Ty(C), N));
}

static uint64_t numberOf(const MDNode *N, unsigned Operand) {
  return mdconst::extract<ConstantInt>(N->getOperand(Operand))->getZExtValue();
}

void lu::recordCodeFacts(Module &M) {
  LLVMContext &C = M.getContext();
  NamedMDNode *Code = M.getOrInsertNamedMetadata(CodeName);
  for (const Function &F : M)
    if (!F.isDeclaration())
      Code->addOperand(MDNode::get(C, {MDString::get(C, F.getName()), number(C, codeHash(F))}));
  M.getOrInsertNamedMetadata(LinesName)->addOperand(MDNode::get(C, number(C, transferLines(M))));
}

uint64_t lu::recordedCode(const Module &M, const Function &F) {
  if (const NamedMDNode *Code = M.getNamedMetadata(CodeName))
    for (const MDNode *N : Code->operands())
      if (cast<MDString>(N->getOperand(0))->getString() == F.getName())
        return numberOf(N, 1);
  return 0;
}

uint32_t lu::recordedTransferLines(const Module &M) {
  const NamedMDNode *Lines = M.getNamedMetadata(LinesName);
  return Lines ? numberOf(Lines->getOperand(0), 0) : 0;
}

void lu::eraseCodeFacts(Module &M) {
  for (const char *Name : {CodeName, LinesName})
    if (NamedMDNode *N = M.getNamedMetadata(Name))
      N->eraseFromParent();
}
