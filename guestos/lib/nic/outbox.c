/* SPDX-License-Identifier: MIT
 *
 * Slot queues of the NIC protocol: a ring, and posting it in batches.
 */
#include <lu/nic-outbox.h>

#include <lu/sys.h>

void nic_outbox_clear(struct nic_outbox *box)
{
    box->first = box->count = 0;
}

bool nic_outbox_put(struct nic_outbox *box, uint64_t word)
{
    if (box->count == LU_NIC_MAX_SLOTS)
        return false;
    box->words[(box->first + box->count++) % LU_NIC_MAX_SLOTS] = word;
    return true;
}

uint64_t nic_outbox_peek(const struct nic_outbox *box)
{
    return box->words[box->first];
}

uint64_t nic_outbox_take(struct nic_outbox *box)
{
    uint64_t word = box->words[box->first];

    box->first = (box->first + 1) % LU_NIC_MAX_SLOTS;
    box->count--;
    return word;
}

int nic_outbox_post(struct nic_outbox *box, lu_ep to, uint32_t type)
{
    while (box->count > 0) {
        uint32_t n = box->count < LU_NIC_BATCH ? box->count : LU_NIC_BATCH;
        struct lu_msg m = {.type = type, .arg = {n}};
        int ret;

        for (uint32_t i = 0; i < n; i++)
            m.arg[1 + i] = box->words[(box->first + i) % LU_NIC_MAX_SLOTS];
        ret = sys_post(to, &m);
        if (ret < 0)
            return ret;
        box->first = (box->first + n) % LU_NIC_MAX_SLOTS;
        box->count -= n;
    }
    return 0;
}
