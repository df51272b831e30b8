/* SPDX-License-Identifier: MIT
 *
 * What lwIP needs from its system, on the load's virtual clock, and its netif on
 * the wire.  Frames come in as in guestos/servers/net: copied into a PBUF_RAM.
 */
#include "load.h"

#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/netif.h>
#include <netif/ethernet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lwip/sys.h>

#include "hooks.h"

static struct load_end load_end;
static struct netif load_netif;

u32_t sys_now(void)
{
    return (u32_t)(*load_end.now_us / 1000);
}

unsigned net_random(void)
{
    static uint64_t seed = 7;

    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(seed >> 32);
}

u32_t net_isn(const ip_addr_t *local, u16_t local_port, const ip_addr_t *remote, u16_t remote_port)
{
    (void)local;
    (void)remote;
    return (u32_t)(*load_end.now_us / 4 + local_port * 65537u + remote_port * 257u);
}

_Noreturn void net_assert_failed(const char *what, const char *file)
{
    fprintf(stderr, "%s: lwIP: %s\n", file, what);
    exit(1);
}

static err_t wire_output(struct netif *netif, struct pbuf *p)
{
    uint8_t frame[LOAD_FRAME_MAX];

    (void)netif;
    if (p->tot_len > sizeof(frame))
        return ERR_IF;
    pbuf_copy_partial(p, frame, p->tot_len, 0);
    load_end.send(frame, p->tot_len);
    return ERR_OK;
}

static err_t wire_netif_init(struct netif *netif)
{
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->output = etharp_output;
    netif->linkoutput = wire_output;
    netif->mtu = LOAD_FRAME_MAX - SIZEOF_ETH_HDR;
    netif->hwaddr_len = ETH_HWADDR_LEN;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    return ERR_OK;
}

void load_netif_start(const struct load_end *end, unsigned host)
{
    const uint8_t mac[ETH_HWADDR_LEN] = {0x52, 0x54, 0, 0, 0, (uint8_t)host};
    ip4_addr_t addr, mask, gateway;

    load_end = *end;
    lwip_init();
    IP4_ADDR(&addr, 10, 0, 2, host);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 10, 0, 2, 2);
    if (!netif_add(&load_netif, &addr, &mask, &gateway, NULL, wire_netif_init, ethernet_input))
        abort();
    memcpy(load_netif.hwaddr, mac, sizeof(mac));
    netif_set_default(&load_netif);
    netif_set_up(&load_netif);
    netif_set_link_up(&load_netif);
}

void load_netif_frame(const uint8_t *frame, uint32_t len)
{
    struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_RAM);

    if (!p)
        return;
    pbuf_take(p, frame, (u16_t)len);
    if (load_netif.input(p, &load_netif) != ERR_OK)
        pbuf_free(p);
}
