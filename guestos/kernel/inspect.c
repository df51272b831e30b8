/* SPDX-License-Identifier: MIT
 *
 * Storage of the introspection block, the slot table and the trace ring.  The
 * linker script puts kernel_inspect on the kernel's first page.
 */
#include "inspect.h"

#include "klib.h"
#include "x86/arch.h"
#include "x86/paging.h"

#define N_EVENTS 4096u

struct lu_inspect kernel_inspect __attribute__((section(".inspect"), used));
struct lu_inspect_slot inspect_slots[LU_MAX_SLOTS];
struct lu_inspect_windows inspect_windows[LU_MAX_SLOTS];
static struct lu_trace_event events[N_EVENTS];

extern const char kernel_note_start[], kernel_note_end[];

static uint64_t phys_of(const void *p)
{
    return (uint64_t)p - KERNEL_BASE;
}

/* GNU build-id note: name size, descriptor size, type 3, "GNU\0", descriptor. */
static void copy_build_id(void)
{
    if (kernel_note_end - kernel_note_start >= 16 + LU_BUILD_ID_SIZE)
        memcpy(kernel_inspect.kernel_build_id, kernel_note_start + 16, LU_BUILD_ID_SIZE);
}

void inspect_init(uint64_t ram_bytes)
{
    struct lu_inspect *b = &kernel_inspect;

    b->version = LU_INSPECT_VERSION;
    b->size = sizeof(*b);
    b->ram_bytes = ram_bytes;
    b->slots = phys_of(inspect_slots);
    b->windows = phys_of(inspect_windows);
    b->n_slots = LU_MAX_SLOTS;
    b->events = phys_of(events);
    b->n_events = N_EVENTS;
    copy_build_id();
    b->magic = LU_INSPECT_MAGIC;
}

void trace_put(enum lu_trace_kind kind, lu_ep who, uint64_t a, uint64_t b)
{
    struct lu_trace_event *e = &events[kernel_inspect.next_event % N_EVENTS];

    *e = (struct lu_trace_event){.ns = arch_time_ns(), .kind = kind, .who = who, .a = a, .b = b};
    kernel_inspect.next_event++;
}
