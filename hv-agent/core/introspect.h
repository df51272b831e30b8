/* SPDX-License-Identifier: MIT
 *
 * Reading a guest from outside: physical memory, the kernel's introspection block
 * (lu/inspect.h), page tables, and a component's memory as a view for the state
 * engine.  Everything found there is hostile: addresses are checked against the
 * size of RAM, counts against the ABI's limits, walks are bounded.  What is read
 * means something only while the guest is paused.
 */
#pragma once

#include "backend/backend.h"

#include <lu/inspect.h>
#include <st/view.h>

/* Copies `len` bytes of guest-physical memory.  -EFAULT if they are not all RAM. */
int hva_phys_read(const struct hva_ram *ram, uint64_t phys, void *buf, size_t len);

/* Reads and checks the introspection block.  -ENODATA: no kernel of ours runs there (yet);
 * -EBADMSG: another version, or nonsense in it. */
int hva_inspect_read(const struct hva_ram *ram, struct lu_inspect *ret, struct lu_err *err);

/* What the slot's component shares: -EBADMSG for a window that no component can have. */
int hva_inspect_windows(const struct hva_ram *ram, const struct lu_inspect *block,
                        const struct lu_inspect_slot *slot, struct lu_inspect_windows *ret,
                        struct lu_err *err);

/* The live slot of that name; names are unique among slots that are not free.  -ENOENT. */
int hva_inspect_slot(const struct hva_ram *ram, const struct lu_inspect *block, const char *name,
                     struct lu_inspect_slot *ret, struct lu_err *err);

/* Calls fn for every slot that is not free. */
int hva_inspect_slots(const struct hva_ram *ram, const struct lu_inspect *block,
                      void (*fn)(void *arg, const struct lu_inspect_slot *slot), void *arg,
                      struct lu_err *err);

/* Trace events, oldest first: up to `max` of the newest; *ret_n = how many. */
int hva_inspect_trace(const struct hva_ram *ram, const struct lu_inspect *block,
                      struct lu_trace_event *events, size_t max, size_t *ret_n, struct lu_err *err);

/* The epitaph as text of several lines, "" if the kernel has not panicked. */
void hva_epitaph_text(const struct lu_inspect *block, char *buf, size_t size);

/* A component's virtual memory under page tables at `root`, and what it shares. */
struct hva_frozen {
    const struct hva_ram *ram;
    uint64_t root;
    struct st_range dma[LU_INSPECT_DMA], mmio[LU_INSPECT_MMIO];
    struct st_grant grants[LU_MAX_GRANTS]; /* standing ones: roots of a transfer */
    uint32_t n_dma, n_mmio, n_grants;
};

/* The component that runs in `slot`. */
void hva_frozen_open(const struct hva_ram *ram, const struct lu_inspect_slot *slot,
                     const struct lu_inspect_windows *windows, struct hva_frozen *ret);

/* Physical address of a user page's byte.  -EFAULT if it is not mapped for user mode. */
int hva_walk(const struct hva_frozen *f, uint64_t va, uint64_t *ret_phys);

/* Makes `view` read through `f`, which must outlive its use. */
void hva_frozen_view(struct hva_frozen *f, struct st_view *ret_view);
