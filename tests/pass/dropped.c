/* SPDX-License-Identifier: MIT
 *
 * A freestanding component linked with the guest's script: what the linker drops
 * is not described and is not kept by being described; descriptions are not
 * loaded; debug information goes to a file of its own.
 *
 * RUN: %lucc -Wall -c %s -o %t.o
 * RUN: %lucc -o %t.elf --component dropped -T %abi/../image/component.ld %t.o
 * RUN: %lu-desc dump %t.elf | %FileCheck %s
 * RUN: %llvm/llvm-readelf -SW %t.elf | %FileCheck --check-prefix=SECTIONS %s
 * RUN: %llvm/llvm-readelf -lW %t.elf | %FileCheck --check-prefix=SEGMENTS %s
 * RUN: %llvm/llvm-dwarfdump --name=used_by_start %t.debug | %FileCheck --check-prefix=DEBUG %s
 * RUN: %llvm/llvm-readelf -nW %t.elf | %FileCheck --check-prefix=ID %s
 * RUN: %lucc --keep-debug -o %t-debug.elf --component dropped -T %abi/../image/component.ld %t.o
 * RUN: %llvm/llvm-dwarfdump --name=used_by_start %t-debug.elf | %FileCheck --check-prefix=DEBUG %s
 * RUN: %lu-desc dump %t-debug.elf | %FileCheck %s
 *
 * CHECK: component dropped
 * CHECK-NOT: unused
 * CHECK: used_by_start [dropped.c]: struct used * static
 * CHECK-NOT: unused
 * CHECK: functions
 * CHECK-NOT: unused
 * CHECK: _start: function
 * CHECK-NOT: unused
 *
 * SECTIONS-NOT: .debug
 * SECTIONS-NOT: .lu_tu
 * SECTIONS: .symtab
 * SECTIONS: .lu.state PROGBITS 0000000000000000
 * SECTIONS-NOT: .debug
 * SEGMENTS: None {{.*}}.lu.state
 * DEBUG: DW_TAG_variable
 * ID: NT_GNU_BUILD_ID
 */
struct used {
    struct used *next;
    int n;
};

struct unused_type {
    int n;
};

static struct used *used_by_start;
struct unused_type unused_global;
static int unused_static;

int unused_function(void);
int unused_function(void)
{
    return unused_static++ + unused_global.n;
}

const char *unused_text(void);
const char *unused_text(void)
{
    return "unused literal";
}

void _start(void);
void _start(void)
{
    for (;;)
        used_by_start = used_by_start->next;
}
