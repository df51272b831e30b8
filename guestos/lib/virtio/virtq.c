/* SPDX-License-Identifier: MIT
 *
 * Split virtqueues, one descriptor per buffer (VIRTIO 1.1, 2.6).  Descriptor i is
 * ours while lens[i] is 0.  The fences are the ones of 2.6.13: contents before
 * index, index before notification, index before contents on the way back.
 */
#include <lu/sys.h>
#include <lu/virtio.h>

#include "virtio-regs.h"

static int descriptor_find(const struct virtq *q)
{
    for (unsigned i = 0; i < q->size; i++)
        if (q->lens[i] == 0)
            return (int)i;
    return -1;
}

int virtq_add(struct virtq *q, uint64_t phys, uint32_t len, bool device_writes, uint32_t token)
{
    int i = descriptor_find(q);
    uint16_t idx;

    if (len == 0)
        return -LU_EINVAL;
    if (i < 0)
        return -LU_EAGAIN;
    q->ring->desc[i].addr = phys;
    q->ring->desc[i].len = len;
    q->ring->desc[i].flags = device_writes ? DESC_F_WRITE : 0;
    q->lens[i] = len;
    q->tokens[i] = token;
    q->n_busy++;
    idx = q->ring->avail.idx;
    q->ring->avail.ring[idx % q->size] = (uint16_t)i;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    q->ring->avail.idx = (uint16_t)(idx + 1);
    return 0;
}

void virtq_kick(struct virtq *q)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!(q->ring->used.flags & USED_F_NO_NOTIFY))
        *q->doorbell = q->index;
}

bool virtq_take(struct virtq *q, uint32_t *ret_token, uint32_t *ret_len)
{
    while (q->n_busy > 0 && q->used_seen != q->ring->used.idx) {
        uint32_t id, len;

        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        id = q->ring->used.ring[q->used_seen % q->size].id;
        len = q->ring->used.ring[q->used_seen % q->size].len;
        q->used_seen++;
        if (id >= q->size || q->lens[id] == 0) {
            q->errors++;
            continue;
        }
        *ret_token = q->tokens[id];
        *ret_len = len < q->lens[id] ? len : q->lens[id];
        q->lens[id] = 0;
        q->n_busy--;
        return true;
    }
    return false;
}
