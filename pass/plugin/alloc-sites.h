// SPDX-License-Identifier: MIT
//
// Start of the pipeline: finds allocation calls, gives each a cell (struct
// lu_site_cell, lu/heap.h) and routes it to the typed allocator.  What a site
// allocates is attached to its cell as metadata, so that it survives inlining
// and is gone with the last call.
#ifndef LU_PASS_ALLOC_SITES_H
#define LU_PASS_ALLOC_SITES_H

#include "options.h"

#include "llvm/IR/DebugInfoMetadata.h"

namespace llvm {
class GlobalVariable;
class Module;
} // namespace llvm

namespace lu {

// Rewrites the module's allocation calls; reports untyped ones as the options ask.
void instrumentAllocations(llvm::Module &M, const AllocTable &Table);

// What instrumentAllocations attached to a cell.
struct SiteRecord {
  static constexpr uint32_t InWrapper = 1u << 31, OpenEnded = 1u << 30; // of the metadata
  llvm::StringRef Function, Callee, File;
  llvm::StringRef Reason; // why there is no type
  bool IsInWrapper = false;
  bool IsOpenEnded = false; // SiteType::OpenEnded
  const llvm::DIType *Element = nullptr;
  uint32_t Flags = 0, Ordinal = 0, Line = 0;
  llvm::GlobalVariable *Extern = nullptr;
  uint32_t ExternOffset = 0, ExternSize = 0, ExternStep = 0;
};

// False when GV is no cell.
bool readSite(const llvm::GlobalVariable &GV, SiteRecord &Out);

// "PATH" or "PATH:function" for things with internal linkage.
std::string scopeName(const llvm::DISubprogram *SP);

} // namespace lu

#endif
