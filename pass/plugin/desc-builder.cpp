// SPDX-License-Identifier: MIT
//
// Debug-info types into records of lu/desc.h.  A record's index is reserved
// before what it refers to is built, so recursive types end.  Typedefs leave
// no trace except that a structure, union or enumeration without a tag takes
// the name of the typedef that names it, and that an annotated typedef makes a
// type of its own.  What debug information does not tell enough of to convert it
// is moved bit for bit, as a structure without members whose tag changes with
// every change that shows; what not even that is safe for is an error.
#include "desc-builder.h"
#include "debug-types.h"

#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Module.h"

using namespace llvm;

lu::DescBuilder::DescBuilder(Module &M, const StructIndex &Structs) : M(M), Structs(Structs) {
  Strings.push_back('\0');
  StringIndex[""] = 0;
  Types.push_back(lu_type{});
}

uint32_t lu::DescBuilder::string(StringRef S) {
  auto It = StringIndex.try_emplace(S, Strings.size());
  if (It.second) {
    Strings.append(S.begin(), S.end());
    Strings.push_back('\0');
  }
  return It.first->second;
}

// What the typedefs around a type say of it.
uint32_t lu::DescBuilder::typedefFlags(const DIType *T) {
  uint32_t Flags = 0;
  forEachLayer(T, [&](const DIDerivedType &D) {
    if (!D.getAnnotations().get())
      return;
    auto [It, New] = TypedefFlags.try_emplace(&D, 0);
    if (New)
      It->second = typeFlags(M, &D);
    Flags |= It->second;
  });
  return Flags;
}

uint32_t lu::DescBuilder::type(const DIType *T) {
  const DIType *Base = peel(T);
  if (!Base)
    return 0;
  uint64_t Size = byteSize(T);
  uint32_t Flags = typedefFlags(T);
  auto It = Known.try_emplace({Base, Flags, Size}, Types.size());
  if (!It.second)
    return It.first->second;
  uint32_t Index = Types.size();
  Types.push_back(lu_type{});
  Types[Index].kind = LU_T_OPAQUE;
  Types[Index].align = 1;
  fill(Index, Base);
  Types[Index].flags |= Flags;
  if (Size > Types[Index].size && isAtomic(T))
    Types[Index].size = Types[Index].align = Size;
  return Index;
}

void lu::DescBuilder::fill(uint32_t Index, const DIType *T) {
  if (const auto *B = dyn_cast<DIBasicType>(T))
    return fillBasic(Index, B);
  if (const auto *C = dyn_cast<DICompositeType>(T))
    return fillComposite(Index, C);
  if (const auto *S = dyn_cast<DISubroutineType>(T))
    return fillFunction(Index, S);
  if (!isPointer(T) || byteSize(T) != 8)
    return unsupported(T, "it is no pointer of 64 bits");
  uint32_t Ref = type(cast<DIDerivedType>(T)->getBaseType());
  lu_type &P = Types[Index];
  P.kind = LU_T_PTR;
  P.size = byteSize(T);
  P.align = P.size;
  P.ref = Ref;
}

void lu::DescBuilder::unsupported(const DIType *T, const char *Why) {
  reportError(M, Root + ": type '" + typeName(T) + "' can't be described: " + Why);
}

// Plain char is text; signed and unsigned char are numbers of one byte.
static lu_type_kind basicKind(const DIBasicType *T) {
  unsigned Encoding = T->getEncoding();
  bool Plain = T->getName() == "char" || T->getName() == "char8_t";
  switch (Encoding) {
  case dwarf::DW_ATE_boolean:
    return LU_T_BOOL;
  case dwarf::DW_ATE_signed:
    return LU_T_INT;
  case dwarf::DW_ATE_unsigned:
  case dwarf::DW_ATE_UTF:
    return LU_T_UINT;
  case dwarf::DW_ATE_signed_char:
    return Plain ? LU_T_CHAR : LU_T_INT;
  case dwarf::DW_ATE_unsigned_char:
    return Plain ? LU_T_CHAR : LU_T_UINT;
  case dwarf::DW_ATE_float:
    return LU_T_FLOAT;
  default:
    return LU_T_OPAQUE;
  }
}

// Formats of which the engine knows that they are floating point, but not how.
static bool isForeignFloat(const DIBasicType *T) {
  return T->getEncoding() == dwarf::DW_ATE_float &&
         (T->getName() == "__float128" || T->getName() == "_Float128" || T->getName() == "__bf16");
}

// Basic types are aligned to their size, long double and __int128 to 16.
static uint16_t basicAlign(uint64_t Size) {
  uint64_t Align = Size ? Size : 1;
  return Align > 16 || (Align & (Align - 1)) ? 16 : Align;
}

void lu::DescBuilder::fillBasic(uint32_t Index, const DIBasicType *T) {
  uint64_t Size = byteSize(T);
  lu_type B = {};
  if (T->getEncoding() == dwarf::DW_ATE_complex_float)
    return fillComplex(Index, Size / 2);
  if (isForeignFloat(T))
    return fillBits(Index, T->getName(), Size);
  if (T->getEncoding() == dwarf::DW_ATE_lo_user && T->getName() == "complex")
    return fillBits(Index, "_Complex integer of " + std::to_string(Size) + " bytes", Size);
  if (T->getName().contains("_BitInt"))
    return unsupported(T, "debug information does not tell its width");
  B.name = string(T->getName());
  B.size = Size;
  B.align = basicAlign(Size);
  B.kind = basicKind(T);
  if (B.kind == LU_T_OPAQUE)
    return unsupported(T, "its encoding is not known");
  Types[Index] = B;
}

// Two floating-point numbers.
void lu::DescBuilder::fillComplex(uint32_t Index, uint64_t Half) {
  lu_type F = {}, A = {};
  F.name = string(Half == 2   ? "_Float16"
                  : Half == 4 ? "float"
                  : Half == 8 ? "double"
                              : "long double");
  F.kind = LU_T_FLOAT;
  F.size = Half;
  F.align = basicAlign(Half);
  A.kind = LU_T_ARRAY;
  A.size = 2 * Half;
  A.align = F.align;
  A.count = 2;
  A.ref = Types.size();
  Types.push_back(F);
  Types[Index] = A;
}

void lu::DescBuilder::fillBits(uint32_t Index, StringRef Tag, uint64_t Size) {
  lu_type B = {};
  B.name = string(Tag);
  B.kind = LU_T_STRUCT;
  B.size = Size;
  B.align = basicAlign(Size);
  B.flags = LU_A_IXFER;
  Types[Index] = B;
}

void lu::DescBuilder::fillComposite(uint32_t Index, const DICompositeType *T) {
  if (T->isForwardDecl()) {
    Types[Index].name = string(Structs.tagOf(T));
    return;
  }
  switch (T->getTag()) {
  case dwarf::DW_TAG_structure_type:
  case dwarf::DW_TAG_union_type:
    return fillRecord(Index, T);
  case dwarf::DW_TAG_array_type:
    return fillArray(Index, T);
  case dwarf::DW_TAG_enumeration_type:
    return fillEnum(Index, T);
  default:
    return;
  }
}

lu_member lu::DescBuilder::member(const DIDerivedType *D) {
  lu_member R = {};
  R.name = string(D->getName());
  R.type = type(D->getBaseType());
  R.bit_offset = D->getOffsetInBits();
  R.bit_size = D->isBitField() ? D->getSizeInBits() : 0;
  R.flags = D->isBitField() ? typedefFlags(D->getBaseType()) : 0;
  return R;
}

// What was written down, of the whole or of a member.
static uint16_t explicitAlign(const DICompositeType *C) {
  uint64_t Align = std::max<uint64_t>(C->getAlignInBits() / 8, 1);
  for (const DINode *N : C->getElements())
    if (const auto *D = dyn_cast<DIDerivedType>(N))
      Align = std::max<uint64_t>(Align, D->getAlignInBits() / 8);
  return Align;
}

// Debug information says no other alignment: it is the members' largest, cut down
// where a packed layout shows.
uint16_t lu::DescBuilder::naturalAlign(const lu_type &T) const {
  uint64_t Align = 1;
  for (uint32_t I = T.first; I < T.first + T.count; I++) {
    const lu_member &F = Members[I];
    uint64_t A = Types[F.type].align ? Types[F.type].align : 1;
    if (F.bit_size && F.bit_offset / (A * 8) != (F.bit_offset + F.bit_size - 1) / (A * 8))
      A = 1;
    while (!F.bit_size && A > 1 && F.bit_offset / 8 % A)
      A /= 2;
    Align = std::max(Align, A);
  }
  while (Align > 1 && T.size % Align)
    Align /= 2;
  return Align;
}

void lu::DescBuilder::fillRecord(uint32_t Index, const DICompositeType *T) {
  std::vector<lu_member> Fields;
  for (const DINode *N : T->getElements()) {
    const auto *D = dyn_cast<DIDerivedType>(N);
    if (!D || D->getTag() != dwarf::DW_TAG_member)
      continue;
    lu_member F = member(D);
    Annotation A = memberAnnotation(M, T, D);
    F.flags |= A.Flags;
    F.aux = string(A.Aux);
    Fields.push_back(F);
  }
  lu_type R = {};
  R.name = string(Structs.tagOf(T));
  R.kind = T->getTag() == dwarf::DW_TAG_union_type ? LU_T_UNION : LU_T_STRUCT;
  R.size = byteSize(T);
  R.first = Members.size();
  R.count = Fields.size();
  R.flags = typeFlags(M, T);
  Members.insert(Members.end(), Fields.begin(), Fields.end());
  R.align = explicitAlign(T);
  Types[Index] = R;
}

static uint32_t extent(const DINode *N) {
  const auto *R = dyn_cast<DISubrange>(N);
  if (!R)
    return 0;
  auto *C = dyn_cast_if_present<ConstantInt *>(R->getCount());
  return C && C->getSExtValue() > 0 ? C->getZExtValue() : 0;
}

// Outermost dimension first; the inner ones get records of their own.  A vector of
// three has room for four.
void lu::DescBuilder::fillArray(uint32_t Index, const DICompositeType *T) {
  uint32_t Element = type(T->getBaseType());
  uint64_t Size = byteSize(T->getBaseType());
  DINodeArray Dims = T->getElements();
  for (unsigned D = Dims.size(); D-- > 0;) {
    lu_type A = {};
    A.kind = LU_T_ARRAY;
    A.ref = Element;
    A.count = T->isVector() ? byteSize(T) / std::max<uint64_t>(Size, 1) : extent(Dims[D]);
    A.size = Size *= A.count;
    A.align = std::max<uint16_t>(Types[Element].align, 1);
    if (D == 0) {
      if (A.size && A.size != byteSize(T))
        return unsupported(T, "its elements are not side by side");
      A.align = std::max<uint16_t>(A.align, T->isVector() ? A.size : T->getAlignInBits() / 8);
      Types[Index] = A;
      return;
    }
    Element = Types.size();
    Types.push_back(A);
  }
}

void lu::DescBuilder::fillEnum(uint32_t Index, const DICompositeType *T) {
  lu_type E = {};
  E.name = string(Structs.tagOf(T));
  E.kind = LU_T_ENUM;
  E.ref = type(T->getBaseType());
  E.size = byteSize(T);
  E.align = basicAlign(E.size);
  E.first = Enums.size();
  for (const DINode *N : T->getElements()) {
    const auto *V = dyn_cast<DIEnumerator>(N);
    if (!V)
      continue;
    lu_enumerator R = {};
    R.name = string(V->getName());
    R.value =
        V->isUnsigned() ? (int64_t)V->getValue().getZExtValue() : V->getValue().getSExtValue();
    Enums.push_back(R);
  }
  E.count = Enums.size() - E.first;
  Types[Index] = E;
}

void lu::DescBuilder::fillFunction(uint32_t Index, const DISubroutineType *T) {
  std::vector<lu_member> Params;
  lu_type F = {};
  F.kind = LU_T_FUNC;
  F.align = 1;
  DITypeRefArray List = T->getTypeArray();
  for (unsigned I = 0; List && I < List.size(); I++) {
    lu_member P = {};
    if (I == 0)
      F.ref = type(List[0]);
    else if (!List[I])
      F.flags |= LU_A_VARIADIC;
    else if ((P.type = type(List[I])))
      Params.push_back(P);
  }
  F.first = Members.size();
  F.count = Params.size();
  Members.insert(Members.end(), Params.begin(), Params.end());
  Types[Index] = F;
}

uint32_t lu::DescBuilder::arrayOf(const DIType *Element, uint32_t Count) {
  lu_type A = {};
  A.kind = LU_T_ARRAY;
  A.ref = type(Element);
  A.count = Count;
  A.size = byteSize(Element) * Count;
  Types.push_back(A);
  return Types.size() - 1;
}

uint32_t lu::DescBuilder::openEnded(const DIType *T) {
  uint32_t Closed = type(T);
  auto [It, New] = OpenEnded.try_emplace(Closed, Types.size());
  if (!New)
    return It->second;
  uint32_t Index = It->second;
  lu_type R = Types[Closed];
  std::vector<lu_member> Fields(Members.begin() + R.first, Members.begin() + R.first + R.count);
  lu_type Array = Types[Fields.back().type];
  Array.count = 0;
  Array.size = 0;
  Fields.back().type = Index + 1;
  R.first = Members.size();
  Members.insert(Members.end(), Fields.begin(), Fields.end());
  Types.push_back(R);
  Types.push_back(Array);
  return Index;
}

// Aggregates can be built before their parts are: they get their alignments last.
void lu::DescBuilder::finish() {
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (lu_type &T : Types) {
      uint16_t Align = T.align;
      if (T.kind == LU_T_ARRAY)
        Align = std::max(Align, Types[T.ref].align);
      else if (T.kind == LU_T_STRUCT || T.kind == LU_T_UNION)
        Align = std::max(Align, naturalAlign(T));
      Changed |= Align != T.align;
      T.align = Align;
    }
  }
}
