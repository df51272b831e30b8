/* SPDX-License-Identifier: MIT
 *
 * Logs of heap objects: lists of blocks that only grow, read while they do.
 */
#include "xfer-core.h"

bool xfer_is_which(const struct xfer_span *s, enum heap_which which)
{
    switch (which) {
    case HEAP_SITE:
        return s->base->flags & SPAN_TYPED;
    case HEAP_COUNTED:
        return s->flags & SPAN_COUNTED;
    case HEAP_UNTYPED:
        return !(s->flags & SPAN_TYPED);
    default:
        return true;
    }
}

int xfer_log_add(struct st_xfer *x, struct xfer_log *log, uint64_t addr)
{
    struct xfer_block *b = log->last;

    if (!b || b->n == XFER_LOG_BLOCK) {
        b = st_mem_array(x->args->mem, 1, sizeof(*b));
        if (!b)
            return xfer_fail(x, -LU_ENOMEM, "no memory to trace the old heap");
        if (log->last)
            log->last->next = b;
        else
            log->first = b;
        log->last = b;
    }
    b->addr[b->n++] = (uint32_t)addr;
    return 0;
}

int xfer_log_next(const struct xfer_log *log, struct xfer_cursor *c, uint64_t *ret_addr)
{
    if (!c->block)
        c->block = log->first;
    if (!c->block)
        return 0;
    if (c->i == XFER_LOG_BLOCK && c->block->next) {
        c->block = c->block->next;
        c->i = 0;
    }
    if (c->i >= c->block->n)
        return 0;
    *ret_addr = c->block->addr[c->i++];
    return 1;
}

void xfer_log_free(struct st_xfer *x, struct xfer_log *log)
{
    for (struct xfer_block *b = log->first, *next; b; b = next) {
        next = b->next;
        st_mem_free_array(x->args->mem, b, 1, sizeof(*b));
    }
}
