// SPDX-License-Identifier: MIT
//
// Options of the pass, given by lucc as `-mllvm -lu-...`, and the table of
// functions that allocate: the C library's and the wrappers that the user
// named.  An allocation function is described by where it takes its size and
// where it gives its result.
#ifndef LU_PASS_OPTIONS_H
#define LU_PASS_OPTIONS_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace lu {

enum class AllocKind {
  Malloc,  // (size), rewritten to lu_heap_alloc
  Calloc,  // (n, size), rewritten to lu_heap_calloc
  Realloc, // (p, size), rewritten to lu_heap_realloc
  Aligned, // (align, size), rewritten to lu_heap_aligned_alloc
  Wrapper, // anything else: called with __lu_site set
};

struct AllocFunction {
  AllocKind Kind = AllocKind::Wrapper;
  int SizeArg = -1;      // -1: the size cannot be seen at the call
  int CountArg = -1;     // multiplied with the size
  int OutArg = -1;       // result is written through this argument, not returned
  bool Guess = false;    // wrapper named without arguments: look at its type
  bool Text = false;     // allocates characters, whatever receives it
  bool Elements = false; // as many as fit of what the receiver points to
};

using AllocTable = llvm::StringMap<AllocFunction>;

// The C library's functions and those of --alloc-wrapper.  Wrappers are
// "NAME[:SIZE[*COUNT]][@OUT]" with argument numbers from 0; SIZE is "-" when it is no
// argument, "*" for a number of elements that is none.  Returns false and
// sets Error when a wrapper is malformed.
bool makeAllocTable(AllocTable &Table, std::string &Error);

// Whether an allocation site without a type is an error.
bool untypedIsError();

} // namespace lu

#endif
