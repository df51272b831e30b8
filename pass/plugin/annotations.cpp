// SPDX-License-Identifier: MIT
//
// Reads and checks "lu:..." declaration tags.
#include "annotations.h"
#include "debug-types.h"
#include "tu-format.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/IR/DebugProgramInstruction.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

using namespace llvm;

void lu::reportError(Module &M, const std::string &Text) { M.getContext().emitError(Text); }

// "FILE:LINE: " of what the message is about.
static std::string place(const Module &M, const DIFile *File, unsigned Line) {
  return File && Line ? lu::pathOf(M, File) + ":" + std::to_string(Line) + ": " : "";
}

namespace {

using Complaint = function_ref<void(const std::string &)>;

constexpr uint32_t Ways = LU_A_IXFER | LU_A_PXFER | LU_A_NOXFER | LU_A_SXFER;

// Texts after "lu:" of all declaration tags of ours.
SmallVector<StringRef, 2> tagsOf(DINodeArray List) {
  SmallVector<StringRef, 2> Found;
  if (!List.get())
    return Found;
  for (const MDOperand &Op : List.get()->operands()) {
    const auto *N = dyn_cast_or_null<MDNode>(Op.get());
    if (!N || N->getNumOperands() != 2)
      continue;
    const auto *Key = dyn_cast<MDString>(N->getOperand(0));
    const auto *Value = dyn_cast<MDString>(N->getOperand(1));
    StringRef Text = Value ? Value->getString() : "";
    if (Key && Key->getString() == "btf_decl_tag" && Text.consume_front("lu:"))
      Found.push_back(Text);
  }
  return Found;
}

void readOne(StringRef Text, lu::Annotation &A, Complaint Complain) {
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
    return Complain("malformed annotation 'lu:" + Text.str() + "' on ");
  if (WantsArg && !A.Aux.empty())
    return Complain("more than one of lu:tag and lu:len on ");
  A.Flags |= Flag;
  if (WantsArg)
    A.Aux = Arg.str();
}

lu::Annotation read(DINodeArray List, Complaint Complain) {
  lu::Annotation A;
  for (StringRef Text : tagsOf(List))
    readOne(Text, A, Complain);
  uint32_t Chosen = A.Flags & Ways;
  if (Chosen & (Chosen - 1))
    Complain("contradicting transfer annotations on ");
  return A;
}

const DIType *elementOf(const DIType *T) {
  const auto *C = dyn_cast_or_null<DICompositeType>(lu::peel(T));
  return C && C->getTag() == dwarf::DW_TAG_array_type ? elementOf(C->getBaseType()) : lu::peel(T);
}

bool isUnion(const DIType *T) {
  T = lu::peel(T);
  return T && T->getTag() == dwarf::DW_TAG_union_type;
}

bool isInteger(const DIType *T) {
  T = lu::peel(T);
  if (const auto *B = dyn_cast_or_null<DIBasicType>(T))
    return B->getEncoding() != dwarf::DW_ATE_float &&
           B->getEncoding() != dwarf::DW_ATE_complex_float && lu::byteSize(T) <= 8;
  return T && T->getTag() == dwarf::DW_TAG_enumeration_type;
}

// A structure may have members that can.
bool canHoldPointer(const DIType *T) {
  T = elementOf(T);
  return lu::isPointer(T) || lu::isComposite(T) || (isInteger(T) && lu::byteSize(T) >= 4);
}

// Member as C finds it by its name, also in structures without a name.
const DIDerivedType *findMember(const DICompositeType *T, StringRef Name) {
  for (const DINode *N : T->getElements()) {
    const auto *D = dyn_cast<DIDerivedType>(N);
    if (!D || D->getTag() != dwarf::DW_TAG_member)
      continue;
    if (D->getName() == Name)
      return D;
    const auto *In = dyn_cast_or_null<DICompositeType>(lu::peel(D->getBaseType()));
    if (D->getName().empty() && In && In->getTag() == dwarf::DW_TAG_structure_type)
      if (const DIDerivedType *Found = findMember(In, Name))
        return Found;
  }
  return nullptr;
}

// "VALUE" of "kind=VALUE" is a number or an enumerator of the tag's type.
bool isValueOf(StringRef Value, const DIType *Tag) {
  int64_t Number;
  if (!Value.getAsInteger(0, Number))
    return true;
  const auto *E = dyn_cast_or_null<DICompositeType>(lu::peel(Tag));
  if (!E || E->getTag() != dwarf::DW_TAG_enumeration_type)
    return false;
  return any_of(E->getElements(), [&](const DINode *N) {
    const auto *V = dyn_cast<DIEnumerator>(N);
    return V && V->getName() == Value;
  });
}

// One member of a structure or union, with what may stand on it.
class MemberChecker {
  Module &M;
  const DICompositeType *T;
  const DIDerivedType *D;
  std::string Where;

  void complain(const std::string &Text) {
    lu::reportError(M, place(M, D->getFile(), D->getLine()) + Text);
  }

  // The sibling that an annotation names must be an integer.
  const DIDerivedType *sibling(StringRef Name, const std::string &By) {
    const DIDerivedType *S = findMember(T, Name);
    if (!S)
      complain("annotation on " + By + " names '" + Name.str() + "', which is no member of '" +
               lu::typeName(T) + "'");
    else if (!isInteger(S->getBaseType()))
      complain("annotation on " + By + " names '" + Name.str() + "', which is no integer");
    else
      return S;
    return nullptr;
  }

  // A member of union D: "kind=VALUE".
  void checkVariant(const DIDerivedType *V, StringRef Tag) {
    std::string By =
        "member '" + V->getName().str() + "' of '" + lu::typeName(D->getBaseType()) + "'";
    lu::Annotation A = read(V->getAnnotations(), [](const std::string &) {});
    if (!(A.Flags & LU_A_TAG))
      return;
    StringRef Name, Value;
    std::tie(Name, Value) = StringRef(A.Aux).split('=');
    if (!Tag.empty() && Name != Tag)
      return complain("lu:tag on " + By + " names '" + Name.str() + "', the union's names '" +
                      Tag.str() + "'");
    const DIDerivedType *S = sibling(Name, By);
    if (S && !isValueOf(Value, S->getBaseType()))
      complain("lu:tag on " + By + ": '" + Value.str() + "' is no value of '" + Name.str() + "'");
  }

  void checkVariants(StringRef Tag) {
    for (const DINode *N : cast<DICompositeType>(lu::peel(D->getBaseType()))->getElements())
      if (const auto *V = dyn_cast<DIDerivedType>(N))
        checkVariant(V, Tag);
  }

  void checkTag(const lu::Annotation &A) {
    if (T->getTag() == dwarf::DW_TAG_union_type) {
      if (StringRef(A.Aux).split('=').second.empty())
        complain("lu:tag on " + Where + " selects nothing: expected lu:tag:MEMBER=VALUE");
    } else if (!isUnion(D->getBaseType())) {
      complain("lu:tag on " + Where + ", which is no union and no member of one");
    } else if (StringRef(A.Aux).contains('=')) {
      complain("lu:tag on " + Where + ", which is a union: expected lu:tag:MEMBER");
    } else {
      sibling(A.Aux, Where);
    }
  }

public:
  MemberChecker(Module &M, const DICompositeType *T, const DIDerivedType *D)
      : M(M), T(T), D(D),
        Where("member '" + D->getName().str() + "' of '" + lu::typeName(T) + "'") {}

  lu::Annotation run() {
    lu::Annotation A =
        read(D->getAnnotations(), [&](const std::string &Text) { complain(Text + Where); });
    bool Flexible = !lu::isPointer(D->getBaseType()) && !lu::byteSize(D->getBaseType());
    if (A.Flags & LU_A_PXFER && !canHoldPointer(D->getBaseType()))
      complain("lu:pxfer on " + Where + ", which cannot hold a pointer");
    if (A.Flags & LU_A_LEN && !lu::isPointer(D->getBaseType()) && !Flexible)
      complain("lu:len on " + Where + ", which is no pointer and no flexible array");
    else if (A.Flags & LU_A_LEN && T->getTag() == dwarf::DW_TAG_union_type)
      complain("lu:len on " + Where + ", which has no sibling that is there too");
    else if (A.Flags & LU_A_LEN)
      sibling(A.Aux, Where);
    if (A.Flags & LU_A_TAG)
      checkTag(A);
    if (T->getTag() == dwarf::DW_TAG_structure_type && isUnion(D->getBaseType()))
      checkVariants(A.Flags & LU_A_TAG ? StringRef(A.Aux) : StringRef());
    return A;
  }
};

} // namespace

lu::Annotation lu::memberAnnotation(Module &M, const DICompositeType *T, const DIDerivedType *D) {
  return MemberChecker(M, T, D).run();
}

// Of something that has no siblings.
static uint32_t loneFlags(Module &M, DINodeArray List, const DIType *T, const std::string &Place,
                          const std::string &Where) {
  auto Complain = [&](const std::string &Text) { lu::reportError(M, Place + Text + Where); };
  lu::Annotation A = read(List, Complain);
  if (A.Flags & (LU_A_TAG | LU_A_LEN))
    Complain("lu:tag and lu:len belong on members, not on ");
  if (A.Flags & LU_A_PXFER && !canHoldPointer(T))
    Complain("what cannot hold a pointer is annotated lu:pxfer: ");
  return A.Flags & Ways;
}

uint32_t lu::variableFlags(Module &M, const DIGlobalVariable &Var) {
  return loneFlags(M, Var.getAnnotations(), Var.getType(), place(M, Var.getFile(), Var.getLine()),
                   "variable '" + Var.getName().str() + "'");
}

uint32_t lu::typeFlags(Module &M, const DIType *T) {
  std::string Place = place(M, T->getFile(), T->getLine());
  if (const auto *C = dyn_cast<DICompositeType>(T))
    return loneFlags(M, C->getAnnotations(), T, Place, "'" + typeName(T) + "'");
  return loneFlags(M, cast<DIDerivedType>(T)->getAnnotations(), T, Place,
                   "typedef '" + T->getName().str() + "'");
}

static void reject(Module &M, DINodeArray List, const std::string &Place,
                   const std::string &Where) {
  for (StringRef Text : tagsOf(List))
    lu::reportError(
        M, (Twine(Place) + "annotation 'lu:" + Text + "' on " + Where + " has no effect").str());
}

// Debug information keeps no annotations of other local variables.
static void rejectParameters(Module &M, const Function &F) {
  SmallPtrSet<const DILocalVariable *, 16> Seen;
  for (const Instruction &I : instructions(F))
    for (const DbgVariableRecord &R : filterDbgVars(I.getDbgRecordRange()))
      if (const DILocalVariable *V = R.getVariable(); Seen.insert(V).second)
        reject(M, V->getAnnotations(), place(M, V->getFile(), V->getLine()),
               "parameter '" + V->getName().str() + "' of '" + F.getName().str() + "'");
}

void lu::rejectMisplaced(Module &M) {
  for (const Function &F : M) {
    if (const DISubprogram *SP = F.getSubprogram())
      reject(M, SP->getAnnotations(), place(M, SP->getFile(), SP->getLine()),
             "function '" + SP->getName().str() + "'");
    rejectParameters(M, F);
  }
}
