// SPDX-License-Identifier: MIT
//
// Annotations: btf_decl_tag attributes that start with "lu:", on members,
// variables, structures, unions and typedefs.  What is misspelt, or cannot mean
// anything where it stands, is an error: an annotation is never silently without
// effect.
#ifndef LU_PASS_ANNOTATIONS_H
#define LU_PASS_ANNOTATIONS_H

#include "llvm/IR/DebugInfoMetadata.h"
#include <string>

namespace llvm {
class Module;
} // namespace llvm

namespace lu {

struct Annotation {
  uint32_t Flags = 0; // LU_A_*
  std::string Aux;    // argument of LU_A_TAG, LU_A_LEN
};

// Of member D of structure or union T.  Where D is a union that is selected by a
// tag, the tag and the values of all its members are checked too.
Annotation memberAnnotation(llvm::Module &M, const llvm::DICompositeType *T,
                            const llvm::DIDerivedType *D);

// LU_A_* of a variable.
uint32_t variableFlags(llvm::Module &M, const llvm::DIGlobalVariable &Var);

// LU_A_* of T, a structure, union or typedef.
uint32_t typeFlags(llvm::Module &M, const llvm::DIType *T);

// Errors for annotations where none can stand: on functions and parameters.  For the
// start of the pipeline, where all of them still exist.
void rejectMisplaced(llvm::Module &M);

// Reports an error at compile time; compilation fails.
void reportError(llvm::Module &M, const std::string &Text);

} // namespace lu

#endif
