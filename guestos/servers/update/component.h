/* SPDX-License-Identifier: MIT
 *
 * The components that the update server supervises, in the order of the
 * manifest; itself is one of them, for the agent's list only.  Each knows the
 * image of the version that is committed: that is what a restart loads, and its
 * description goes to the next version.
 */
#pragma once

#include <stdbool.h>

#include "image.h"
#include "pool.h"

#define MAX_COMPONENTS LU_MAX_SLOTS
#define CRASHES_MAX 5u /* within CRASH_WINDOW_NS: no more restarts */
#define CRASH_WINDOW_NS 10000000000ull

struct component {
    char name[LU_NAME_MAX];
    lu_ep ep; /* LU_EP_NONE: could not be created */
    struct lu_rights rights;
    struct image image;
    struct region owned; /* holds image if it came from the agent */
    uint32_t restarts;
    bool running;                  /* false: never started, or given up */
    bool pinned;                   /* no part of an update: update, channel */
    uint64_t crashes[CRASHES_MAX]; /* when, a ring */
};

extern struct component components[MAX_COMPONENTS];
extern uint32_t n_components;

/* Creates and starts what the boot archive says.  0 or -LU_E... (no archive). */
int components_boot(void);
struct component *component_by_name(const char name[LU_NAME_MAX]);
struct component *component_by_ep(lu_ep ep);

/* Maps and fills a stopped process.  0, or -LU_E... with why. */
int image_load(const struct image *image, lu_ep ep, char why[IMAGE_WHY_MAX]);

/* The component is dead: restarts it unless the manifest or the limit forbids. */
void component_restart(struct component *c, uint64_t now);

/* The new version is committed: takes over its image and its memory. */
void component_adopt(struct component *c, const struct image *image, struct region *owned);
