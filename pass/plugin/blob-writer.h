// SPDX-License-Identifier: MIT
//
// Puts together a constant of bytes and addresses.  The header is written last,
// when its offsets are known.
#ifndef LU_PASS_BLOB_WRITER_H
#define LU_PASS_BLOB_WRITER_H

#include "llvm/IR/Constants.h"
#include "llvm/IR/Module.h"
#include <string>
#include <vector>

namespace lu {

class BlobWriter {
public:
  BlobWriter(llvm::Module &M, uint32_t HeaderSize) : Ctx(M.getContext()), Size(HeaderSize) {}

  // Bytes so far, header included.
  uint32_t size() const { return Size; }

  void bytes(const void *Data, size_t N) {
    Pending.append((const char *)Data, N);
    Size += N;
  }

  void address(llvm::Constant *C) {
    flush();
    Parts.push_back(C);
    Size += 8;
  }

  void align() {
    while (Size % 8)
      bytes("", 1);
  }

  llvm::Constant *finish(const void *Header, size_t N) {
    flush();
    Parts.insert(Parts.begin(), llvm::ConstantDataArray::getString(
                                    Ctx, llvm::StringRef((const char *)Header, N), false));
    return llvm::ConstantStruct::getAnon(Ctx, Parts, /*Packed=*/true);
  }

private:
  void flush() {
    if (!Pending.empty())
      Parts.push_back(llvm::ConstantDataArray::getString(Ctx, Pending, false));
    Pending.clear();
  }

  llvm::LLVMContext &Ctx;
  uint32_t Size;
  std::string Pending;
  std::vector<llvm::Constant *> Parts;
};

} // namespace lu

#endif
