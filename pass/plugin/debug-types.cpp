// SPDX-License-Identifier: MIT
//
// Questions about debug-info types.
#include "debug-types.h"
#include "tu-format.h"

#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

using namespace llvm;

// The layer of typedef or qualifier that T is; null when it is none.
static const DIDerivedType *layer(const DIType *T) {
  const auto *D = dyn_cast_or_null<DIDerivedType>(T);
  switch (D ? D->getTag() : 0) {
  case dwarf::DW_TAG_typedef:
  case dwarf::DW_TAG_const_type:
  case dwarf::DW_TAG_volatile_type:
  case dwarf::DW_TAG_restrict_type:
  case dwarf::DW_TAG_atomic_type:
    return D;
  default:
    return nullptr;
  }
}

void lu::forEachLayer(const DIType *T, function_ref<void(const DIDerivedType &)> Visit) {
  for (const DIDerivedType *D = layer(T); D; D = layer(D->getBaseType()))
    Visit(*D);
}

const DIType *lu::peel(const DIType *T) {
  forEachLayer(T, [&](const DIDerivedType &D) { T = D.getBaseType(); });
  return T;
}

const DIType *lu::strip(const DIType *T) {
  const DIType *Kept = nullptr;
  forEachLayer(T, [&](const DIDerivedType &D) {
    bool Keep = D.getTag() == dwarf::DW_TAG_atomic_type || D.getAnnotations().get();
    Kept = Kept || !Keep ? Kept : &D;
  });
  return Kept ? Kept : peel(T);
}

bool lu::isAtomic(const DIType *T) {
  bool Found = false;
  forEachLayer(T,
               [&](const DIDerivedType &D) { Found |= D.getTag() == dwarf::DW_TAG_atomic_type; });
  return Found;
}

// An atomic structure is as large as the next power of two, so that one instruction
// can move it.
static uint64_t atomicSize(uint64_t Size) { return Size && Size <= 16 ? PowerOf2Ceil(Size) : Size; }

uint64_t lu::byteSize(const DIType *T) {
  bool Atomic = isAtomic(T);
  T = peel(T);
  uint64_t Size = T ? T->getSizeInBits() / 8 : 0;
  return Atomic ? atomicSize(Size) : Size;
}

bool lu::isPointer(const DIType *T) {
  T = peel(T);
  return T && T->getTag() == dwarf::DW_TAG_pointer_type;
}

const DIType *lu::pointee(const DIType *T) {
  return isPointer(T) ? strip(cast<DIDerivedType>(peel(T))->getBaseType()) : nullptr;
}

bool lu::isComposite(const DIType *T) {
  T = peel(T);
  return T &&
         (T->getTag() == dwarf::DW_TAG_structure_type || T->getTag() == dwarf::DW_TAG_union_type);
}

bool lu::isForwardDecl(const DIType *T) {
  T = peel(T);
  return T && T->isForwardDecl();
}

bool lu::isCharacter(const DIType *T) {
  const auto *B = dyn_cast_or_null<DIBasicType>(peel(T));
  return B && (B->getEncoding() == dwarf::DW_ATE_signed_char ||
               B->getEncoding() == dwarf::DW_ATE_unsigned_char);
}

static bool isArray(const DIType *T) { return T && T->getTag() == dwarf::DW_TAG_array_type; }

// The array that a structure ends with, or null.
static const DIDerivedType *lastArray(const DIType *T) {
  const auto *C = dyn_cast_or_null<DICompositeType>(lu::peel(T));
  if (!C || C->getTag() != dwarf::DW_TAG_structure_type || C->getElements().empty())
    return nullptr;
  const auto *Last = dyn_cast<DIDerivedType>(C->getElements()[C->getElements().size() - 1]);
  return Last && isArray(lu::peel(Last->getBaseType())) ? Last : nullptr;
}

int64_t lu::flexibleOffset(const DIType *T) {
  const DIDerivedType *Last = lastArray(T);
  return Last && !byteSize(Last->getBaseType()) ? Last->getOffsetInBits() / 8 : -1;
}

int64_t lu::arrayOfOneOffset(const DIType *T) {
  const DIDerivedType *Last = lastArray(T);
  if (!Last)
    return -1;
  uint64_t Element = byteSize(cast<DICompositeType>(peel(Last->getBaseType()))->getBaseType());
  return Element && byteSize(Last->getBaseType()) == Element ? Last->getOffsetInBits() / 8 : -1;
}

static void typesAtMember(const DIDerivedType *M, uint64_t Off, lu::TypeList &Out) {
  if (M->isBitField())
    return;
  uint64_t Start = M->getOffsetInBits() / 8;
  const DIType *T = lu::peel(M->getBaseType());
  uint64_t Size = lu::byteSize(T);
  if (Off < Start || (Size && Off >= Start + Size) || (!Size && !isArray(T)))
    return;
  lu::typesAt(T, Off - Start, Out);
}

void lu::typesAt(const DIType *T, uint64_t Off, TypeList &Out) {
  T = peel(T);
  const auto *C = dyn_cast_or_null<DICompositeType>(T);
  if (C && isArray(T)) {
    uint64_t Size = byteSize(C->getBaseType());
    if (Size)
      typesAt(C->getBaseType(), Off % Size, Out);
    return;
  }
  if (C && isComposite(T)) {
    for (const DINode *N : C->getElements())
      if (const auto *M = dyn_cast<DIDerivedType>(N))
        if (M->getTag() == dwarf::DW_TAG_member)
          typesAtMember(M, Off, Out);
    return;
  }
  if (T && Off == 0 && !is_contained(Out, T))
    Out.push_back(T);
}

bool lu::isOurs(const GlobalVariable &GV) {
  return GV.getName().starts_with("llvm.") || GV.getName().starts_with("__lu_") ||
         GV.getSection() == LU_TU_SECTION || GV.getSection() == LU_CELL_SECTION;
}

const DIGlobalVariable *lu::variableOf(const GlobalVariable &GV) {
  SmallVector<DIGlobalVariableExpression *, 1> Infos;
  GV.getDebugInfo(Infos);
  const DIGlobalVariable *Best = nullptr;
  for (const DIGlobalVariableExpression *E : Infos) {
    if (E->getExpression() && E->getExpression()->getNumElements())
      continue;
    if (!Best || E->getVariable()->getName() < Best->getName())
      Best = E->getVariable();
  }
  return Best;
}

bool lu::startsWith(const DIType *T, const DIType *Base) {
  T = peel(T);
  Base = peel(Base);
  const auto *C = dyn_cast_or_null<DICompositeType>(T);
  if (T == Base || !C || !isComposite(C))
    return T == Base;
  for (const DINode *N : C->getElements()) {
    const auto *First = dyn_cast<DIDerivedType>(N);
    if (First && startsWith(First->getBaseType(), Base))
      return true;
    if (C->getTag() == dwarf::DW_TAG_structure_type)
      return false;
  }
  return false;
}

const DIType *lu::parameterType(const DISubroutineType *T, const FunctionType *F, unsigned Arg) {
  DITypeRefArray Types = T->getTypeArray();
  unsigned N = Types ? Types.size() : 0;
  if (N && !Types[N - 1] && N > 1) // "..."
    N--;
  return N == F->getNumParams() + 1 && Arg + 1 < N ? peel(Types[Arg + 1]) : nullptr;
}

const DIType *lu::returnType(const DISubroutineType *T) {
  DITypeRefArray Types = T->getTypeArray();
  return Types && Types.size() ? peel(Types[0]) : nullptr;
}

std::string lu::typeName(const DIType *T) {
  T = peel(T);
  if (!T)
    return "void";
  if (isPointer(T))
    return typeName(pointee(T)) + " *";
  std::string Name = T->getName().empty() ? "(anonymous)" : T->getName().str();
  switch (T->getTag()) {
  case dwarf::DW_TAG_structure_type:
    return "struct " + Name;
  case dwarf::DW_TAG_union_type:
    return "union " + Name;
  case dwarf::DW_TAG_enumeration_type:
    return "enum " + Name;
  case dwarf::DW_TAG_array_type:
    return typeName(cast<DICompositeType>(T)->getBaseType()) + "[]";
  case dwarf::DW_TAG_subroutine_type:
    return "function";
  default:
    return Name;
  }
}

// Debug information cuts absolute paths where they leave the working directory.
std::string lu::pathOf(const Module &M, const DIFile *File) {
  StringRef Name = File->getFilename(), Directory = File->getDirectory();
  auto Units = M.debug_compile_units();
  if (sys::path::is_absolute(Name) || Directory.empty() || Units.empty() ||
      (*Units.begin())->getDirectory() == Directory)
    return Name.str();
  return (Directory + "/" + Name).str();
}
