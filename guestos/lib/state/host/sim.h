/* SPDX-License-Identifier: MIT
 *
 * A memory of the host that stands for a component's: 2 GiB of address space,
 * backed as it is touched, with the image loaded and a heap of its own.  For
 * rehearsals and tests.  Hosted code only.
 */
#pragma once

#include "image.h"

struct st_sim; /* opaque */

/* Loads the image's segments.  `image` may be NULL (tests fill the memory themselves);
 * it is not needed afterwards.  -LU_ENOMEM, -LU_EFORMAT (a segment or a variable outside the
 * window). */
int st_sim_new(struct st_sim **ret, const struct st_image *image, struct st_err *err);
/* What the heap may take of the host's memory, its tables too: allocations beyond that fail.  At
 * first only its window is a limit. */
void st_sim_limit(struct st_sim *sim, uint64_t bytes);
void st_sim_free(struct st_sim *sim);

/* Host address of a component's address (below 2 GiB; unchecked). */
void *st_sim_at(const struct st_sim *sim, uint64_t addr);

/* Allocates as the component would at the site with that cell (0 = untyped); 0 = no memory. */
uint64_t st_sim_alloc(struct st_sim *sim, size_t size, uint64_t cell);
void st_sim_dealloc(struct st_sim *sim, uint64_t addr);

/* Valid as long as the memory is. */
void st_sim_view(struct st_sim *sim, struct st_view *ret);
void st_sim_target(struct st_sim *sim, struct st_target *ret);
