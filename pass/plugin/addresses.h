// SPDX-License-Identifier: MIT
//
// What lies at an address: its types, the name of the member, what is called
// through a pointer there.
#ifndef LU_PASS_ADDRESSES_H
#define LU_PASS_ADDRESSES_H

#include "debug-types.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include <string>

namespace llvm {
class Value;
} // namespace llvm

namespace lu {

using NameList = llvm::SmallVector<std::string, 2>;

// Structures of a module by their name in the IR ("struct.foo").
class StructIndex {
public:
  explicit StructIndex(const llvm::Module &M);
  const llvm::DIType *find(llvm::StringRef Name) const;

  // The one structure of this size that starts with Base, as in C's way of
  // deriving one structure from another.  Several: Ambiguous is set.
  const llvm::DIType *findExtension(const llvm::DIType *Base, uint64_t Size, bool &Ambiguous) const;

  // Tag of a structure, union or enumeration, or the typedef that names it.
  llvm::StringRef tagOf(const llvm::DICompositeType *T) const;

private:
  void addTypedef(const llvm::DIDerivedType *T);

  llvm::DenseMap<const llvm::DIType *, llvm::StringRef> Typedefs;
  llvm::StringMap<const llvm::DIType *> Map; // null: more than one
  llvm::SmallVector<const llvm::DIType *, 0> All;
};

// What `Address` can point to: the types of the object stored there.
void typesOfAddress(const llvm::Value *Address, TypeList &Out, const StructIndex &Structs,
                    unsigned Depth = 0);

// Names by which the pointer that is stored at Address can be called: "TAG.MEMBER" (or a
// path, from the innermost structure that has a tag), "VARIABLE".
void namesOfPointer(const llvm::Value *Address, const StructIndex &Structs, NameList &Out);

// The same for the pointer at byte Off of a variable.
void namesOfMember(const llvm::DIGlobalVariable &Var, uint64_t Off, const StructIndex &Structs,
                   NameList &Out);

// The subroutine type of what a call calls, direct or through a pointer.
const llvm::DISubroutineType *calledType(const llvm::Value *Callee, const StructIndex &Structs,
                                         unsigned Depth = 0);

} // namespace lu

#endif
