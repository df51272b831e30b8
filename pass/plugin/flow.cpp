// SPDX-License-Identifier: MIT
//
// Follows a value forward: through local variables, arithmetic on it, functions
// that return what they are given, and global variables that are read again.
#include "flow.h"
#include "options.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"

using namespace llvm;

namespace {

class Flow {
  const Function &F;
  lu::Exit By;
  const Argument *Out; // for Exit::Argument; null: any
  SmallPtrSet<const Value *, 32> Seen;
  SmallVector<const Value *, 16> Work;
  bool Left = false;

  void push(const Value *V) {
    if (Seen.insert(V).second)
      Work.push_back(V);
  }

  // Everything that is read from an address, or from parts of what lies there.
  void pushLoads(const Value *Address) {
    for (const User *U : Address->users()) {
      if (const auto *L = dyn_cast<LoadInst>(U); L && L->getFunction() == &F)
        push(L);
      else if (const auto *G = dyn_cast<GEPOperator>(U); G && Seen.insert(G).second)
        pushLoads(G);
      else if (const auto *M = dyn_cast<MemTransferInst>(U); M && M->getRawSource() == Address)
        storedAt(M->getRawDest());
    }
  }

  static const Value *base(const Value *Address) {
    while (const auto *G = dyn_cast<GEPOperator>(Address))
      Address = G->getPointerOperand();
    return Address;
  }

  // The argument that a pointer was copied from, if it is a copy.
  static const Argument *argument(const Value *V, unsigned Depth = 0) {
    if (const auto *A = dyn_cast<Argument>(V))
      return A;
    const auto *L = dyn_cast<LoadInst>(V);
    const auto *Slot = L ? dyn_cast<AllocaInst>(L->getPointerOperand()) : nullptr;
    if (!Slot || Depth > 4)
      return nullptr;
    for (const User *U : Slot->users())
      if (const auto *S = dyn_cast<StoreInst>(U); S && S->getPointerOperand() == Slot)
        if (const Argument *A = argument(S->getValueOperand(), Depth + 1))
          return A;
    return nullptr;
  }

  void use(const Use &U) {
    const auto *I = dyn_cast<Instruction>(U.getUser());
    if (!I)
      return;
    if (isa<ReturnInst>(I))
      Left |= By == lu::Exit::Return;
    else if (const auto *S = dyn_cast<StoreInst>(I); S && U.getOperandNo() == 0)
      storedAt(S->getPointerOperand());
    else if (isa<GetElementPtrInst, CastInst, PHINode, SelectInst, FreezeInst, BinaryOperator>(I))
      push(I);
    else if (const auto *C = dyn_cast<CallBase>(I); C && C->getType()->isPointerTy())
      push(C);
  }

public:
  Flow(const Function &F, lu::Exit By, int Arg)
      : F(F), By(By),
        Out(By == lu::Exit::Argument && Arg >= 0 && (unsigned)Arg < F.arg_size() ? F.getArg(Arg)
                                                                                 : nullptr) {}

  void storedAt(const Value *Address) {
    const Value *Base = base(Address);
    if (isa<AllocaInst>(Base))
      pushLoads(Base);
    else if (isa<Constant>(Address))
      pushLoads(Address);
    const Argument *To = By == lu::Exit::Argument ? argument(Base) : nullptr;
    Left |= To && (!Out || To == Out);
  }

  bool run(const Value *Start) {
    if (Start)
      push(Start);
    while (!Left && !Work.empty())
      for (const Use &U : Work.pop_back_val()->uses())
        use(U);
    return Left;
  }
};

} // namespace

bool lu::mayLeave(const CallBase &Call, const AllocFunction &Alloc, Exit By, int Arg) {
  if (By == Exit::None)
    return false;
  Flow Walk(*Call.getFunction(), By, Arg);
  if (Alloc.OutArg < 0)
    return Walk.run(&Call);
  if ((unsigned)Alloc.OutArg < Call.arg_size())
    Walk.storedAt(Call.getArgOperand(Alloc.OutArg));
  return Walk.run(nullptr);
}
