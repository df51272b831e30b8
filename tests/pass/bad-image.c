/* SPDX-License-Identifier: MIT
 *
 * lu-desc refuses files that are no images, images without a description, and
 * descriptions that are cut short or point outside themselves.
 *
 * RUN: %lucc --hosted -c %s -o %t.o && %lucc --hosted --component a -o %t.elf %t.o
 * RUN: %lu-desc dump %t.elf >%t.good
 * RUN: %not %lu-desc dump %s 2>&1 | %FileCheck --check-prefix=TEXT %s
 * RUN: %not %lu-desc dump %t.nowhere 2>&1 | %FileCheck --check-prefix=NONE %s
 * RUN: %not %lu-desc dump %t.o 2>&1 | %FileCheck --check-prefix=BARE %s
 * RUN: head -c 100 %t.elf >%t.short; %not %lu-desc dump %t.short 2>&1 | %FileCheck --check-prefix=SHORT %s
 * RUN: %llvm/llvm-objcopy -O binary --only-section=.lu.state --set-section-flags .lu.state=alloc %t.elf %t.blob
 * RUN: head -c 64 %t.blob >%t.cut; %lucc --hosted --no-instrument -c %s -o %t.plain; %llvm/llvm-objcopy --add-section .lu.state=%t.cut %t.plain %t.cut.o
 * RUN: %not %lu-desc dump %t.cut.o 2>&1 | %FileCheck --check-prefix=BLOB %s
 * RUN: cp %t.blob %t.bad; printf '\377\377\377\177' | dd of=%t.bad bs=1 seek=44 conv=notrunc 2>/dev/null; %llvm/llvm-objcopy --add-section .lu.state=%t.bad %t.plain %t.bad.o
 * RUN: %not %lu-desc dump %t.bad.o 2>&1 | %FileCheck --check-prefix=BLOB %s
 * RUN: cp %t.blob %t.ref; printf '\377\377\377\177' | dd of=%t.ref bs=1 seek=164 conv=notrunc 2>/dev/null; %llvm/llvm-objcopy --add-section .lu.state=%t.ref %t.plain %t.ref.o
 * RUN: %not %lu-desc dump %t.ref.o 2>&1 | %FileCheck --check-prefix=REF %s
 *
 * TEXT: bad-image.c: not an x86-64 ELF file
 * NONE: No such file or directory
 * BARE: has no state description
 * SHORT: malformed ELF
 * BLOB: malformed state description
 * REF: refers to what is not there
 */
struct list {
    struct list *next;
} *list;

int main(void)
{
    return list != 0;
}
