// SPDX-License-Identifier: MIT
//
// Builds the type, member, enumerator and string tables of one translation
// unit's description (lu/desc.h) from debug-info types.
#ifndef LU_PASS_DESC_BUILDER_H
#define LU_PASS_DESC_BUILDER_H

#include "addresses.h"
#include "annotations.h"
#include "tu-format.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace llvm {
class Module;
} // namespace llvm

namespace lu {

class DescBuilder {
public:
  DescBuilder(llvm::Module &M, const StructIndex &Structs);

  // Offset in the string table.
  uint32_t string(llvm::StringRef S);

  // Index in the type table; 0 for void (null).
  uint32_t type(const llvm::DIType *T);

  // An array type that the program does not spell out.
  uint32_t arrayOf(const llvm::DIType *Element, uint32_t Count);

  // Structure T with the array that it ends with made flexible.
  uint32_t openEnded(const llvm::DIType *T);

  // What is being described, for messages: "variable 'x'".
  void setRoot(const std::string &What) { Root = What; }

  // Call when all types are in.
  void finish();

  std::vector<lu_type> Types;
  std::vector<lu_member> Members;
  std::vector<lu_enumerator> Enums;
  std::string Strings;

private:
  void fill(uint32_t Index, const llvm::DIType *T);
  void fillBasic(uint32_t Index, const llvm::DIBasicType *T);
  void fillComplex(uint32_t Index, uint64_t Half);
  void fillBits(uint32_t Index, llvm::StringRef Tag, uint64_t Size);
  void fillComposite(uint32_t Index, const llvm::DICompositeType *T);
  void fillRecord(uint32_t Index, const llvm::DICompositeType *T);
  void fillArray(uint32_t Index, const llvm::DICompositeType *T);
  void fillEnum(uint32_t Index, const llvm::DICompositeType *T);
  void fillFunction(uint32_t Index, const llvm::DISubroutineType *T);
  lu_member member(const llvm::DIDerivedType *D);
  uint32_t typedefFlags(const llvm::DIType *T);
  void unsupported(const llvm::DIType *T, const char *Why);
  uint16_t naturalAlign(const lu_type &T) const;

  llvm::Module &M;
  const StructIndex &Structs;
  std::string Root;
  std::map<std::tuple<const llvm::DIType *, uint32_t, uint64_t>, uint32_t> Known; // flags, size
  llvm::DenseMap<const llvm::DIDerivedType *, uint32_t> TypedefFlags;
  llvm::DenseMap<uint32_t, uint32_t> OpenEnded; // by the type as declared
  llvm::StringMap<uint32_t> StringIndex;
};

} // namespace lu

#endif
