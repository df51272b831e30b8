// SPDX-License-Identifier: MIT
//
// Does what an allocation returns leave the function that asked for it?  Then the
// function's caller may know better what it is.  In unoptimised code.
#ifndef LU_PASS_FLOW_H
#define LU_PASS_FLOW_H

namespace llvm {
class CallBase;
} // namespace llvm

namespace lu {

struct AllocFunction;

// How a function hands on what it allocated.
enum class Exit { None, Return, Argument };

// Whether the result of Call, which allocates as Alloc says, can leave its function
// by that exit (Argument: by being stored where argument number Arg points, or any if it
// is -1).  True when in doubt.
bool mayLeave(const llvm::CallBase &Call, const AllocFunction &Alloc, Exit By, int Arg);

} // namespace lu

#endif
