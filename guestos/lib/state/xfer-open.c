/* SPDX-License-Identifier: MIT
 *
 * Beginning and end of a transfer's tables.
 */
#include "xfer-core.h"

int xfer_open_reader(struct st_xfer *x)
{
    const struct st_mem *mem = x->args->mem;

    x->cache_data = st_mem_array(mem, XFER_CACHE_LINES, XFER_CACHE_LINE);
    x->literals = st_mem_array(mem, x->plan->old->n_literals, sizeof(uint32_t));
    if (!x->cache_data || !x->literals)
        return xfer_fail(x, -LU_ENOMEM, "no memory to trace the old version");
    for (unsigned i = 0; i < XFER_CACHE_LINES; i++)
        x->cache[i].data = x->cache_data + i * XFER_CACHE_LINE;
    return 0;
}

int xfer_open(struct st_xfer *x)
{
    int r = heap_view_open(&x->heap, x->view, x->err);

    r = r < 0 ? r : xfer_open_reader(x);
    if (r < 0)
        return r;
    x->span_of_unit = st_mem_array(x->args->mem, x->heap.header.n_units, sizeof(uint32_t));
    return x->span_of_unit ? 0 : xfer_fail(x, -LU_ENOMEM, "no memory to trace the old version");
}

void xfer_close(struct st_xfer *x)
{
    const struct st_mem *mem = x->args->mem;

    if (!x->comparing) /* what compares uses those of the transfer */
        xfer_tables_free(x);
    xfer_log_free(x, &x->log);
    xfer_log_free(x, &x->typed);
    for (uint32_t i = 0; i < x->n_spans; i++)
        xfer_span_free(x, x->spans[i]);
    st_mem_free_array(mem, x->spans, x->cap_spans, sizeof(struct xfer_span *));
    st_mem_free_array(mem, x->span_of_unit, x->heap.header.n_units, sizeof(uint32_t));
    st_mem_free_array(mem, x->literals, x->plan->old->n_literals, sizeof(uint32_t));
    st_mem_free_array(mem, x->cache_data, XFER_CACHE_LINES, XFER_CACHE_LINE);
}
