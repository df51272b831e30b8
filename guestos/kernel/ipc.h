/* SPDX-License-Identifier: MIT
 *
 * Messages and notifications.  Delivery to a blocked receiver happens at once;
 * what can't be delivered waits in the receiver's slot.
 */
#pragma once

#include "slot.h"

/* Adds notification bits; wakes a receiver that waits for them. */
void ipc_notify(struct slot *s, uint64_t bits);
/* Delivers the next message if the slot is receiving and one may pass now. */
void ipc_try_deliver(struct slot *r);
/* Ends every wait on the slot with `error`, and drops its queue and notes. */
void ipc_abandon(struct slot *r, int error);
/* Ends the slot's own wait on others (its body is dying). */
void ipc_withdraw(struct slot *s);
/* Blocks the caller until `on` may be written, then repeats its call. */
long ipc_stall(struct slot *s, struct slot *on);
void ipc_unstall(struct slot *r);
