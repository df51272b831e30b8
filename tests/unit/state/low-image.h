/* SPDX-License-Identifier: MIT
 *
 * Executes a component's image inside this process, at its own addresses, to make
 * or to check a state.  This program must be position-independent, so that it lies
 * elsewhere.  One image at a time.
 */
#pragma once

#include "case-entry.h"
#include "sim.h"

/* Maps the image at its addresses. */
void low_load(const struct st_image *image);

/* Calls the image's entry point as a function. */
long low_enter(const struct st_image *image, enum case_call call, long world);

/* The image is the new version: its memory is written in place, its heap allocates. */
void low_target(struct st_target *ret, const struct case_entry *entry);

/* Of the image's memory while it is loaded. */
void low_view(struct st_view *ret, struct st_image *image);

/* Copies everything that is mapped in the component's windows into `sim`. */
void low_keep(struct st_sim *sim);

/* Unmaps it. */
void low_drop(void);
