/* SPDX-License-Identifier: MIT
 *
 * How many cycles of a counter pass in an interval that another clock measures.
 * Neither end of the interval can be seen as it happens, and a host may take the
 * processor away at any point, so each sample only bounds the answer; samples are
 * taken until the bounds are close.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct calibrate_ops {
    uint64_t (*counter)(void *ctx); /* never goes back */
    void (*begin)(void *ctx);       /* the interval starts during this call */
    bool (*ended)(void *ctx);       /* it ended before, or during, this call */
};

/* Cycles per interval, or 0 if the counter or the interval does not work.  Within
 * 0.05% for each sample that was taken: two when nothing disturbs, more, but never
 * without end, where the host has no time to spare. */
uint64_t calibrate(const struct calibrate_ops *ops, void *ctx);
