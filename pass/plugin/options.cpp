// SPDX-License-Identifier: MIT
//
// Command-line options of the pass and the table of allocation functions.
#include "options.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/CommandLine.h"

using namespace llvm;

static cl::list<std::string> Wrappers("lu-alloc-wrapper", cl::CommaSeparated, cl::Hidden,
                                      cl::desc("functions that hand on what an allocator returns"));

static cl::opt<bool> UntypedError("lu-untyped-error", cl::Hidden,
                                  cl::desc("allocation sites without a type are errors"));

bool lu::untypedIsError() { return UntypedError; }

static lu::AllocFunction direct(lu::AllocKind Kind, int Size, int Count = -1) {
  lu::AllocFunction F;
  F.Kind = Kind;
  F.SizeArg = Size;
  F.CountArg = Count;
  return F;
}

static lu::AllocFunction text() {
  lu::AllocFunction F;
  F.Text = true;
  return F;
}

static void addLibrary(lu::AllocTable &Table) {
  using lu::AllocKind;
  Table["malloc"] = direct(AllocKind::Malloc, 0);
  Table["calloc"] = direct(AllocKind::Calloc, 1, 0);
  Table["realloc"] = direct(AllocKind::Realloc, 1);
  Table["aligned_alloc"] = direct(AllocKind::Aligned, 1);
  Table["memalign"] = direct(AllocKind::Aligned, 1);
  Table["reallocarray"] = direct(AllocKind::Wrapper, 2, 1);
  lu::AllocFunction Posix = direct(AllocKind::Wrapper, 2);
  Posix.OutArg = 0;
  Table["posix_memalign"] = Posix;
  Table["strdup"] = text();
  Table["strndup"] = text();
  lu::AllocFunction Printf = text();
  Printf.OutArg = 0;
  Table["asprintf"] = Printf;
  Table["vasprintf"] = Printf;
}

// "NAME[:SIZE[*COUNT]][@OUT]"
static bool parseWrapper(StringRef Spec, StringRef &Name, lu::AllocFunction &F) {
  StringRef Rest, Out, Size, Count;
  std::tie(Rest, Out) = Spec.split('@');
  if (Spec.contains('@') && Out.getAsInteger(10, F.OutArg))
    return false;
  std::tie(Name, Size) = Rest.split(':');
  F.Guess = !Rest.contains(':');
  F.Elements = Size == "*";
  if (!F.Guess && !F.Elements) {
    std::tie(Size, Count) = Size.split('*');
    if (Size != "-" && Size.getAsInteger(10, F.SizeArg))
      return false;
    if (!Count.empty() && Count.getAsInteger(10, F.CountArg))
      return false;
  }
  return !Name.empty() && F.OutArg < 16 && F.SizeArg < 16 && F.CountArg < 16;
}

bool lu::makeAllocTable(AllocTable &Table, std::string &Error) {
  addLibrary(Table);
  for (const std::string &Spec : Wrappers) {
    StringRef Name;
    AllocFunction F;
    if (!parseWrapper(Spec, Name, F)) {
      Error = "allocation wrapper '" + Spec + "' is not NAME[:SIZE[*COUNT]][@OUT]";
      return false;
    }
    Table[Name] = F;
  }
  return true;
}
