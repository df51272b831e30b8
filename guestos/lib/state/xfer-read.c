/* SPDX-License-Identifier: MIT
 *
 * Reading the old version: a direct-mapped cache over the view.  Its lines are short:
 * what a list's next node lies beside is rarely the one after it.
 */
#include "xfer-core.h"

/* The line at a multiple of its size, or NULL if it is not readable as a whole. */
static uint8_t *cached_line(struct st_xfer *x, uint64_t line)
{
    unsigned slot = (unsigned)(line / XFER_CACHE_LINE) % XFER_CACHE_LINES;

    if (x->cache[slot].line == line + 1)
        return x->cache[slot].data;
    x->cache[slot].line = 0;
    if (x->view->read(x->view->ctx, line, x->cache[slot].data, XFER_CACHE_LINE) < 0)
        return NULL;
    x->cache[slot].line = line + 1;
    return x->cache[slot].data;
}

int xfer_read(struct st_xfer *x, uint64_t addr, void *buf, size_t len)
{
    uint64_t line = addr & ~(uint64_t)(XFER_CACHE_LINE - 1);
    uint8_t *data;

    if (len <= XFER_CACHE_LINE - (addr - line)) {
        data = cached_line(x, line);
        if (data) {
            memcpy(buf, data + (addr - line), len);
            return 0;
        }
    }
    if (addr + len < addr || x->view->read(x->view->ctx, addr, buf, len) < 0)
        return xfer_fail(x, -LU_EFAULT, "the old version's memory at %#llx is not readable",
                         (unsigned long long)addr);
    return 0;
}

int xfer_word(struct st_xfer *x, uint64_t addr, unsigned size, uint64_t *ret)
{
    uint64_t v = 0;
    int r = xfer_read(x, addr, &v, size);

    if (r == 0)
        *ret = v;
    return r;
}

int xfer_is_zero(struct st_xfer *x, uint64_t addr, uint64_t len, bool *ret)
{
    uint8_t buf[256];

    *ret = true;
    while (len) {
        size_t n = len < sizeof(buf) ? len : sizeof(buf);
        int r = xfer_read(x, addr, buf, n);

        if (r < 0)
            return r;
        for (size_t i = 0; i < n; i++)
            if (buf[i])
                *ret = false;
        if (!*ret)
            return 0;
        addr += n;
        len -= n;
    }
    return 0;
}
