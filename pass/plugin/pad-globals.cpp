// SPDX-License-Identifier: MIT
//
// Replaces variables by structures of themselves and a byte.
#include "pad-globals.h"
#include "debug-types.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/Module.h"

using namespace llvm;

static const char PadKind[] = "lu.padded";

// Variables with a name, and writable ones without (compound literals); string
// literals may be merged by the linker.
static bool isVariable(const GlobalVariable &GV) {
  const DIGlobalVariable *Var = lu::variableOf(GV);
  if (Var && !Var->getName().empty())
    return true;
  return !Var && GV.hasLocalLinkage() && !GV.isConstant() && !lu::isOurs(GV);
}

// In a section of its own a variable may be an element of a table that the
// linker puts together.
static bool canPad(const GlobalVariable &GV) {
  return GV.hasInitializer() && !GV.hasAvailableExternallyLinkage() && !GV.hasCommonLinkage() &&
         !GV.hasSection() && !GV.isThreadLocal() && GV.getValueType()->isAggregateType() &&
         isVariable(GV);
}

static void pad(Module &M, GlobalVariable &GV) {
  LLVMContext &Ctx = M.getContext();
  Type *Byte = Type::getInt8Ty(Ctx);
  auto *T = StructType::get(Ctx, {GV.getValueType(), Byte}, /*isPacked=*/true);
  Constant *Old = GV.getInitializer();
  Constant *Init = Old->isNullValue() ? Constant::getNullValue(T)
                                      : ConstantStruct::get(T, {Old, ConstantInt::get(Byte, 0)});
  auto *New = new GlobalVariable(M, T, GV.isConstant(), GV.getLinkage(), Init, "", &GV,
                                 GV.getThreadLocalMode(), GV.getAddressSpace());
  New->copyAttributesFrom(&GV);
  New->copyMetadata(&GV, 0);
  New->setComdat(GV.getComdat());
  New->setAlignment(M.getDataLayout().getPreferredAlign(&GV));
  New->setMetadata(PadKind, MDNode::get(Ctx, {}));
  New->takeName(&GV);
  GV.replaceAllUsesWith(New);
  GV.eraseFromParent();
}

void lu::padGlobals(Module &M) {
  SmallVector<GlobalVariable *, 16> List;
  for (GlobalVariable &GV : M.globals())
    if (canPad(GV))
      List.push_back(&GV);
  for (GlobalVariable *GV : List)
    pad(M, *GV);
}

Type *lu::typeOfVariable(const GlobalVariable &GV) {
  Type *T = GV.getValueType();
  return GV.hasMetadata(PadKind) ? cast<StructType>(T)->getElementType(0) : T;
}

uint64_t lu::sizeOfVariable(const GlobalVariable &GV) {
  return GV.getParent()->getDataLayout().getTypeAllocSize(typeOfVariable(GV));
}
