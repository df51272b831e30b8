/* SPDX-License-Identifier: MIT
 *
 * An allocation trace: which object (slot) is allocated at which site with how many
 * bytes, or freed.  Recorded from lwIP (tests/bench/lwip-load) or made up.  A file
 * is struct trace_header and the events; slots are numbered densely, so that a
 * replay keeps its objects in an array.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TRACE_MAGIC 0x45434152544c4cull /* "LLTRACE" */
#define TRACE_MAX_SLOTS (1u << 20)
#define TRACE_MAX_SITES (1u << 12)

struct trace_event {
    uint32_t slot : 20, site : 12;
    uint32_t size; /* 0: the slot's object is freed */
};
_Static_assert(sizeof(struct trace_event) == 8, "a file's record");

struct trace_header {
    uint64_t magic;
    uint32_t n_events, n_slots, n_sites, pad;
};

struct trace {
    struct trace_header header;
    struct trace_event *events; /* header.n_events */
};

/* Reads a trace and checks it: 0, or -1 with a message on stderr. */
int trace_read(const char *path, struct trace *ret);
/* A made-up one: objects of many sites and sizes that live for random times.  Few sites allocate
 * most (popularity 1/rank), or all allocate alike. */
void trace_random(unsigned n_events, bool alike, struct trace *ret);
void trace_free(struct trace *t);
