/* SPDX-License-Identifier: MIT
 *
 * What lwIP has since 2.1 and we use, for lwIP 2.0.1 to 2.0.3: campaigns over its
 * history (HACKING.md) begin there.
 */
#pragma once

#include <lwip/init.h>
#include <lwip/pbuf.h>

#if LWIP_VERSION_MAJOR == 2 && LWIP_VERSION_MINOR == 0

#define SYS_TIMEOUTS_SLEEPTIME_INFINITE 0xffffffffu

/* Takes `size` bytes from a chain's front and frees the buffers that they filled. */
static inline struct pbuf *pbuf_free_header(struct pbuf *chain, u16_t size)
{
    while (chain && size >= chain->len) {
        struct pbuf *rest = chain->next;

        size = (u16_t)(size - chain->len);
        chain->next = NULL;
        pbuf_free(chain);
        chain = rest;
    }
    if (chain && size > 0)
        pbuf_header(chain, (s16_t)-size);
    return chain;
}

#endif
