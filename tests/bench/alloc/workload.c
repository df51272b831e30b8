/* SPDX-License-Identifier: MIT
 *
 * What the allocation benchmark does, compiled once with the pass and once without
 * (WORKLOAD names the function): objects of five types and some strings live and
 * die in a fixed pseudo-random order, as in a server with many connections.
 */
#include <stdint.h>

#include "workload.h"

#define LIVE 4096u

struct node {
    struct node *next;
    uint64_t value;
};
struct buffer {
    char data[200];
};
struct connection {
    struct buffer *in, *out;
    struct node *queue;
    int state, port;
};
struct timer {
    uint64_t due;
    void (*fire)(void *);
    void *arg;
};
struct big {
    char data[3000];
};

static void *live[LIVE];

static void *make(uint32_t kind)
{
    switch (kind % 8) {
    case 0:
    case 1:
    case 2: {
        struct node *n = WL_MALLOC(sizeof(*n));
        return n;
    }
    case 3: {
        struct buffer *b = WL_MALLOC(sizeof(*b));
        return b;
    }
    case 4: {
        struct connection *c = WL_MALLOC(sizeof(*c));
        return c;
    }
    case 5: {
        struct timer *t = WL_MALLOC(sizeof(*t));
        return t;
    }
    case 6: {
        char *s = WL_MALLOC(1 + kind / 8 % 60);
        return s;
    }
    default: {
        struct big *g = WL_MALLOC(sizeof(*g));
        return g;
    }
    }
}

void WORKLOAD(unsigned operations)
{
    uint32_t seed = 12345;

    for (unsigned i = 0; i < operations; i++) {
        uint32_t at;

        seed = seed * 1664525 + 1013904223;
        at = seed >> 20;
        WL_FREE(live[at]);
        live[at] = make(seed >> 4);
        if (live[at])
            *(volatile char *)live[at] = 1;
    }
    for (unsigned i = 0; i < LIVE; i++) {
        WL_FREE(live[i]);
        live[i] = 0;
    }
}
