// SPDX-License-Identifier: MIT
//
// Infers the type that an allocation site allocates from what receives its
// result, and checks it against the size that is asked for.
#ifndef LU_PASS_INFER_H
#define LU_PASS_INFER_H

#include "addresses.h"
#include "options.h"

#include "llvm/IR/DebugInfoMetadata.h"
#include <string>

namespace llvm {
class CallBase;
class GlobalVariable;
class Module;
} // namespace llvm

namespace lu {

struct SiteType {
  const llvm::DIType *Element = nullptr; // null: not known, see Reason
  uint32_t Flags = 0;                    // LU_A_ARRAY, LU_A_TAIL
  bool OpenEnded = false;                // its last member, an array of one, goes on
  std::string Reason;                    // for the report
  bool ReturnedUntyped = false;          // the function hands on a `void *`
  // Stored in an extern variable whose type only its own unit knows.
  llvm::GlobalVariable *Extern = nullptr;
  uint32_t ExternOffset = 0;
  uint32_t ExternSize = 0, ExternStep = 0; // the allocation's SizeExpr
};

SiteType inferSite(const llvm::CallBase &Call, const AllocFunction &Alloc,
                   const StructIndex &Structs);

} // namespace lu

#endif
