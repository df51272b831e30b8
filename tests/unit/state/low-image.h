/* SPDX-License-Identifier: MIT
 *
 * Executes a component's image inside this process, at its own addresses, to make
 * or to check a state.  This program must be position-independent, so that it lies
 * elsewhere.  One image at a time.
 */
#pragma once

#include "sim.h"

#include <stdbool.h>

/* Maps the image and, with_heap, the heap's objects, with the content of `sim`. */
void low_load(const struct st_image *image, struct st_sim *sim, bool with_heap);

/* Calls the image's entry point as a function. */
long low_enter(const struct st_image *image, long what);

/* Copies everything that is mapped in the component's windows into `sim`. */
void low_keep(struct st_sim *sim);

/* Unmaps it. */
void low_drop(void);
