// SPDX-License-Identifier: MIT
//
// Annotations: btf_decl_tag attributes that start with "lu:", on members,
// variables and types.  Anything after "lu:" that is not known is an error, so
// that a misspelt one is never silently without effect.
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

// Where an annotation stands, for messages: "member 'u' of 'struct s'".
Annotation readAnnotations(llvm::Module &M, llvm::DINodeArray List, const std::string &Where);

// Reports an error at compile time; compilation fails.
void reportError(llvm::Module &M, const std::string &Text);

} // namespace lu

#endif
