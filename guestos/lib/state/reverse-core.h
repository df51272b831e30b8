/* SPDX-License-Identifier: MIT
 *
 * Inside the reverse check.  Two readers walk together: `a` over the old state, by the
 * update's plan, and `b` over what came back.  Both images have the old layout, so a
 * part lies at the same offset of corresponding objects: within one object, back
 * address = old address + delta.  The readers' tables of moved objects hold the
 * correspondence of heap objects, both ways.
 */
#pragma once

#include "xfer-core.h"

#include <st/reverse.h>

#define REVERSE_CHUNK 4096u

struct reverse_frame {
    uint32_t pair;
    uint64_t addr;         /* of the old part */
    uint64_t i, n, stride; /* operations, or elements that both versions have */
    bool may_lose;
};

struct reverse {
    const struct st_reverse_args *args;
    const struct st_plan *plan;
    struct st_err *err;
    struct st_xfer a, b;
    struct st_reverse_stats stats;
    uint64_t delta;
    struct reverse_frame frames[ST_MAX_NEST + 4];
    unsigned depth;
    uint8_t old_bytes[REVERSE_CHUNK], back_bytes[REVERSE_CHUNK];
};

/* Compares the old object (or element) at `addr` by its pair. */
int reverse_walk(struct reverse *v, uint32_t pair, uint64_t addr, bool may_lose);
/* Compares bytes that have no parts. */
int reverse_bytes(struct reverse *v, uint64_t addr, uint64_t len, bool may_lose);
