/* SPDX-License-Identifier: MIT
 *
 * Grants: the right is the slot's, the address of the window is the body's.
 * An id is generation << 6 | index, so that an id that was ended stays invalid.
 */
#pragma once

#include "slot.h"

static inline uint32_t grant_id(const struct slot *s, unsigned index)
{
    return s->grants[index].gen << 6 | index;
}

void grant_end_all(struct slot *s);
/* Brings the introspection entries up to date: the body was exchanged. */
void grant_publish(const struct slot *s);
/* After a swap: the window addresses follow the body (see struct body). */
void grant_swap_addresses(struct body *b);
/* Grants that need no new address, because device memory keeps its own. */
void grant_inherit(const struct slot *s, const struct body *from, struct body *to);
void grant_settle(struct slot *s, bool keep_fresh);
