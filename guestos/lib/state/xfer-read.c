/* SPDX-License-Identifier: MIT
 *
 * Reading the old version: a direct-mapped cache of pages over the view.
 */
#include "xfer-core.h"

static uint8_t *cached_page(struct st_xfer *x, uint64_t page)
{
    unsigned slot = (unsigned)(page / LU_PAGE_SIZE) % XFER_CACHE_PAGES;

    if (x->cache[slot].page == page + 1)
        return x->cache[slot].data;
    x->cache[slot].page = 0;
    if (x->view->read(x->view->ctx, page, x->cache[slot].data, LU_PAGE_SIZE) < 0)
        return NULL;
    x->cache[slot].page = page + 1;
    return x->cache[slot].data;
}

int xfer_read(struct st_xfer *x, uint64_t addr, void *buf, size_t len)
{
    uint64_t page = addr & ~(uint64_t)(LU_PAGE_SIZE - 1);
    uint8_t *data;

    if (len <= LU_PAGE_SIZE - (addr - page)) {
        data = cached_page(x, page);
        if (data) {
            memcpy(buf, data + (addr - page), len);
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
