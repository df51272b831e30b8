/* SPDX-License-Identifier: MIT
 *
 * The steps of a live update, as the update server takes them.
 */
#pragma once

#include "world.h"

lu_ep self_ep(void);

/* Asks it to park, without filters. */
int prepare(lu_ep ep);
/* Waits until it is; 0 if it does not get there. */
int is_parked(lu_ep ep);

/* A stopped new version of a puppet, with a plan (enum puppet_plan) at its address. */
lu_ep successor(const char *name, uint64_t plan_addr, uint64_t plan);
/* The new version takes the parked old one's state over and parks. */
void transfer(lu_ep old, lu_ep new_);
int swap(lu_ep old, lu_ep new_);
/* Everything from a parked puppet to the commit. */
void commit_parked(lu_ep old, uint64_t plan_addr);
/* The same, from the beginning. */
void full_update(lu_ep old, uint64_t plan_addr);
