/* SPDX-License-Identifier: MIT
 *
 * Queue of slot words (LU_NIC_FRAME) on their way to the other side of the NIC
 * protocol, posted in batches.  Both sides use it: a slot is in at most one
 * queue, so LU_NIC_MAX_SLOTS entries are always enough.  Plain data, no pointers.
 */
#pragma once

#include <stdbool.h>

#include <lu/nic.h>

struct nic_outbox {
    uint32_t first, count;
    uint64_t words[LU_NIC_MAX_SLOTS]; /* ring: first .. first + count */
};

void nic_outbox_clear(struct nic_outbox *box);
/* False when full: somebody put a slot in twice. */
bool nic_outbox_put(struct nic_outbox *box, uint64_t word);
/* Oldest word; the queue must not be empty. */
uint64_t nic_outbox_peek(const struct nic_outbox *box);
uint64_t nic_outbox_take(struct nic_outbox *box);

/* Posts everything to `to` as messages of `type`.  0, or the error of the post
 * that failed (-LU_EAGAIN: queue full); what was not posted stays queued. */
int nic_outbox_post(struct nic_outbox *box, lu_ep to, uint32_t type);
