/* SPDX-License-Identifier: MIT
 *
 * Bringing a component to its update point: the request, its interface filter
 * (holds), and parking.  Holds concern messages of peers; kernel notifications
 * are held only by an entry that names LU_EP_KERNEL, LU_NOTE_PREPARE never.
 */
#pragma once

#include "slot.h"

bool prepare_filter_holds(const struct slot *s, lu_ep source, uint32_t type);
uint64_t prepare_held_notes(const struct slot *s);

static inline bool prepare_holds(const struct slot *s, lu_ep source, uint32_t type)
{
    return s->prep_state != LU_PREP_NONE && prepare_filter_holds(s, source, type);
}

void prepare_set_state(struct slot *s, enum lu_prep_state state, uint64_t detail);
/* Tells the supervisor that it should look at somebody's progress. */
void prepare_tell_supervisor(void);
/* Forgets the request without letting a parked body run. */
void prepare_forget(struct slot *s);
