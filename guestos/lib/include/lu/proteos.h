/* SPDX-License-Identifier: MIT
 *
 * The names of the PROTEOS programming model, for programs written after its
 * slides: event_eh_t, msg_t, {init: my_init}.  New code uses lu/event.h.
 */
#pragma once

#include <lu/annotate.h>
#include <lu/event.h>

typedef struct event_handlers event_eh_t;
typedef struct lu_msg msg_t;
