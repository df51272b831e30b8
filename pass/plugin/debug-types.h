// SPDX-License-Identifier: MIT
//
// Small questions about debug-info types: what stands behind typedefs, what
// lies at an offset.
#ifndef LU_PASS_DEBUG_TYPES_H
#define LU_PASS_DEBUG_TYPES_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/DebugInfoMetadata.h"

namespace llvm {
class FunctionType;
class GlobalVariable;
class Module;
} // namespace llvm

namespace lu {

using TypeList = llvm::SmallVector<const llvm::DIType *, 2>;

// Strips typedef, const, volatile, restrict, _Atomic.  Null (void) stays null.
const llvm::DIType *peel(const llvm::DIType *T);

// As peel, but stops at a typedef that is annotated and at _Atomic, which changes
// the size of structures.
const llvm::DIType *strip(const llvm::DIType *T);

// The layers that peel() strips, outermost first.
void forEachLayer(const llvm::DIType *T,
                  llvm::function_ref<void(const llvm::DIDerivedType &)> Visit);
bool isAtomic(const llvm::DIType *T);

uint64_t byteSize(const llvm::DIType *T);

// Pointee of a pointer type (stripped; null for void or no pointer).
const llvm::DIType *pointee(const llvm::DIType *T);

bool isPointer(const llvm::DIType *T);
bool isComposite(const llvm::DIType *T);
bool isForwardDecl(const llvm::DIType *T);
bool isCharacter(const llvm::DIType *T);

// Whether an object of type Base lies at the start of every T (of a union: can lie).
bool startsWith(const llvm::DIType *T, const llvm::DIType *Base);

// Offset of the flexible array at the end of T, or -1.
int64_t flexibleOffset(const llvm::DIType *T);

// Offset of an array of length one at the end of structure T, or -1: before C99 that was
// how to write a flexible array.
int64_t arrayOfOneOffset(const llvm::DIType *T);

// Scalars (and everything that starts there) at byte Off of T: more than one
// where unions overlap.
void typesAt(const llvm::DIType *T, uint64_t Off, TypeList &Out);

// Written by the compiler or by us, not by the programmer.
bool isOurs(const llvm::GlobalVariable &GV);

// The variable that a global defines; null when there is no debug
// information or only for a part of it.
const llvm::DIGlobalVariable *variableOf(const llvm::GlobalVariable &GV);

// Type of argument Arg of a call of type F, which is T in the source.  Null when
// not known, also where structures passed by value make the two lists differ.
const llvm::DIType *parameterType(const llvm::DISubroutineType *T, const llvm::FunctionType *F,
                                  unsigned Arg);
const llvm::DIType *returnType(const llvm::DISubroutineType *T);

// "struct foo", "int", ... for messages.
std::string typeName(const llvm::DIType *T);

// A file as the compiler was given it, or its absolute path.
std::string pathOf(const llvm::Module &M, const llvm::DIFile *File);

} // namespace lu

#endif
