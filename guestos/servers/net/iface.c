/* SPDX-License-Identifier: MIT
 *
 * netif <-> NIC driver.  A TX slot belongs to us or to the driver (tx_given); an
 * RX slot is the driver's but while its frame is copied out, so a driver that lies
 * about them harms only the frames.  The areas are granted once per driver
 * endpoint; a new driver gets new grants and all slots anew.
 */
#include "iface.h"

#include <string.h>

#include <lwip/etharp.h>
#include <lwip/netif.h>
#include <netif/ethernet.h>

#include <lu/annotate.h>
#include <lu/log.h>
#include <lu/nic-outbox.h>
#include <lu/sys.h>

#include "stats.h"

#define FRAME_MIN 14u
#define FRAME_MAX 1514u
#define MTU 1500u

struct net_iface {
    lu_ep driver;           /* LU_EP_NONE: none */
    bool attached;          /* the driver has answered */
    bool starved;           /* a frame was refused for now since iface_take_starved */
    bool driver_quiet;      /* the driver is to park: hand over nothing */
    bool driver_stays;      /* the driver is not, as of transaction parking_txn */
    bool quiet_due;         /* LU_NIC_QUIET is to be posted */
    bool parking_due;       /* LU_NIC_PARKING is to be posted */
    uint64_t parking_txn;   /* for which the driver was asked */
    int tx_grant, rx_grant; /* -1: none */
    uint64_t cookie;        /* of the last attach */
    uint32_t tx_next;       /* where the search for a free slot starts */
    uint8_t tx_given[IFACE_SLOTS];
};

unsigned num_pending_writes;

static struct net_iface iface = {.tx_grant = -1, .rx_grant = -1};
static struct netif iface_netif;
static struct nic_outbox iface_tx, iface_credits;
static uint8_t iface_tx_area[IFACE_SLOTS][LU_NIC_SLOT_SIZE];
static uint8_t iface_rx_area[IFACE_SLOTS][LU_NIC_SLOT_SIZE];

static int tx_slot_find(void)
{
    for (uint32_t i = 0; i < IFACE_SLOTS; i++) {
        uint32_t slot = (iface.tx_next + i) % IFACE_SLOTS;

        if (!iface.tx_given[slot])
            return (int)slot;
    }
    return -1;
}

static err_t iface_output(struct netif *netif, struct pbuf *p)
{
    int slot;

    (void)netif;
    if (!iface.attached || p->tot_len < FRAME_MIN || p->tot_len > FRAME_MAX) {
        net_stats.tx_dropped++;
        return ERR_IF;
    }
    slot = iface.driver_quiet ? -1 : tx_slot_find();
    if (slot < 0) {
        iface.starved = true;
        net_stats.tx_dropped++;
        return ERR_MEM; /* TCP keeps the segment and tries again */
    }
    pbuf_copy_partial(p, iface_tx_area[slot], p->tot_len, 0);
    iface.tx_given[slot] = 1;
    iface.tx_next = (uint32_t)slot + 1;
    num_pending_writes++;
    net_stats.tx_frames++;
    nic_outbox_put(&iface_tx, LU_NIC_FRAME(slot, p->tot_len));
    return ERR_OK;
}

static err_t iface_netif_init(struct netif *netif)
{
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->output = etharp_output;
    netif->linkoutput = iface_output;
    netif->mtu = MTU;
    netif->hwaddr_len = ETH_HWADDR_LEN;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    return ERR_OK;
}

/* Takes everything back from a driver that is gone. */
static void driver_forget(void)
{
    if (iface.tx_grant >= 0)
        sys_grant_end((uint32_t)iface.tx_grant);
    if (iface.rx_grant >= 0)
        sys_grant_end((uint32_t)iface.rx_grant);
    iface.tx_grant = iface.rx_grant = -1;
    iface.driver = LU_EP_NONE;
    iface.attached = false;
    iface.driver_quiet = iface.quiet_due = iface.parking_due = false;
    iface.parking_txn = 0;
    memset(iface.tx_given, 0, sizeof(iface.tx_given));
    nic_outbox_clear(&iface_tx);
    nic_outbox_clear(&iface_credits);
    num_pending_writes = 0;
    netif_set_link_down(&iface_netif);
}

static int driver_attach(lu_ep driver)
{
    struct lu_msg m = {.type = LU_NIC_ATTACH};

    iface.tx_grant = sys_grant_new(driver, iface_tx_area, sizeof(iface_tx_area), LU_GRANT_READ);
    if (iface.tx_grant < 0)
        return iface.tx_grant;
    iface.rx_grant = sys_grant_new(driver, iface_rx_area, sizeof(iface_rx_area), LU_GRANT_WRITE);
    if (iface.rx_grant < 0)
        return iface.rx_grant;
    m.arg[0] = (uint64_t)iface.tx_grant;
    m.arg[1] = (uint64_t)iface.rx_grant;
    m.arg[2] = IFACE_SLOTS;
    m.arg[3] = LU_NIC_SLOT_SIZE;
    m.arg[4] = ++iface.cookie;
    return sys_post(driver, &m);
}

void iface_look_for_driver(void)
{
    long found = sys_lookup(IFACE_DRIVER);
    int ret;

    if (found >= 0 && (lu_ep)found == iface.driver)
        return;
    driver_forget();
    if (found < 0)
        return;
    ret = driver_attach((lu_ep)found);
    if (ret < 0)
        driver_forget(); /* its queue is full, or it died again: looked for later */
    else
        iface.driver = (lu_ep)found;
}

bool iface_has_driver(void)
{
    return iface.driver != LU_EP_NONE;
}

bool iface_is_driver(lu_ep ep)
{
    return iface.driver != LU_EP_NONE && ep == iface.driver;
}

int iface_init(void)
{
    ip4_addr_t addr, mask, gateway;

    IP4_ADDR(&addr, 10, 0, 2, 15);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 10, 0, 2, 2);
    if (!netif_add(&iface_netif, &addr, &mask, &gateway, NULL, iface_netif_init, ethernet_input))
        return -LU_ENOMEM;
    netif_set_default(&iface_netif);
    netif_set_up(&iface_netif);
    iface_look_for_driver();
    return 0;
}

static void on_attached(const struct lu_msg *m)
{
    if (iface.attached || m->arg[3] != iface.cookie)
        return;
    if (m->status < 0) {
        lu_log("%s refused us: %s", IFACE_DRIVER, lu_strerror(m->status));
        return;
    }
    for (unsigned i = 0; i < ETH_HWADDR_LEN; i++)
        iface_netif.hwaddr[i] = (u8_t)(m->arg[0] >> (8 * i));
    iface.attached = true;
    for (uint32_t slot = 0; slot < IFACE_SLOTS; slot++)
        nic_outbox_put(&iface_credits, LU_NIC_FRAME(slot, 0));
    if (m->arg[1])
        netif_set_link_up(&iface_netif);
    lu_log("attached to %s, 10.0.2.15/24", IFACE_DRIVER);
}

static void on_received(uint64_t word)
{
    uint32_t slot = LU_NIC_FRAME_SLOT(word), len = LU_NIC_FRAME_LEN(word);
    struct pbuf *p;

    if (slot >= IFACE_SLOTS) {
        net_stats.rx_dropped++;
        return;
    }
    net_stats.rx_frames++;
    p = len >= FRAME_MIN && len <= FRAME_MAX ? pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_RAM) : NULL;
    if (p)
        pbuf_take(p, iface_rx_area[slot], (u16_t)len);
    nic_outbox_put(&iface_credits,
                   LU_NIC_FRAME(slot, 0)); /* the driver's again, at the next post */
    if (!p || iface_netif.input(p, &iface_netif) != ERR_OK) {
        net_stats.rx_dropped++;
        if (p)
            pbuf_free(p);
    }
}

static void on_sent(uint64_t word)
{
    uint32_t slot = LU_NIC_FRAME_SLOT(word);

    if (slot >= IFACE_SLOTS || !iface.tx_given[slot])
        return;
    iface.tx_given[slot] = 0;
    num_pending_writes--;
}

void iface_message(const struct lu_msg *m)
{
    uint64_t n = m->arg[0] <= LU_NIC_BATCH ? m->arg[0] : 0;

    switch (m->type) {
    case LU_NIC_ATTACHED:
        on_attached(m);
        break;
    case LU_NIC_RX:
        for (uint64_t i = 1; i <= n && iface.attached; i++)
            on_received(m->arg[i]);
        break;
    case LU_NIC_TX_DONE:
        for (uint64_t i = 1; i <= n; i++)
            on_sent(m->arg[i]);
        break;
    case LU_NIC_LINK:
        if (m->arg[0])
            netif_set_link_up(&iface_netif);
        else
            netif_set_link_down(&iface_netif);
        break;
    case LU_NIC_QUIET:
        iface.driver_quiet = iface.quiet_due = true;
        break;
    case LU_NIC_GO:
        iface.driver_quiet = false;
        iface.driver_stays = m->arg[0] && m->arg[0] == iface.parking_txn;
        break;
    default:
        break;
    }
}

/* Conversation about standing still.  0, or the error of the driver's endpoint. */
static int post_quiet(void)
{
    struct lu_msg quiet = {.type = LU_NIC_QUIET},
                  parking = {.type = LU_NIC_PARKING, .arg = {iface.parking_txn}};
    int ret = iface.quiet_due ? sys_post(iface.driver, &quiet) : 0;

    if (ret == 0)
        iface.quiet_due = false;
    if (ret == 0 && iface.parking_due) {
        ret = sys_post(iface.driver, &parking);
        iface.parking_due = ret < 0;
    }
    return ret;
}

bool iface_flush(void)
{
    int ret;

    if (!iface.attached)
        return true;
    ret = nic_outbox_post(&iface_credits, iface.driver, LU_NIC_RX_CREDIT);
    if (ret == 0)
        ret = nic_outbox_post(&iface_tx, iface.driver, LU_NIC_TX);
    if (ret == 0)
        ret = post_quiet();
    if (ret == -LU_EAGAIN)
        return false;
    if (ret < 0) {
        lu_log("%s: %s", IFACE_DRIVER, lu_strerror(ret));
        driver_forget();
    }
    return true;
}

bool iface_may_park(uint64_t txn)
{
    if (!iface.attached)
        return true;
    if (txn != iface.parking_txn) {
        iface.parking_txn = txn;
        iface.parking_due = !iface.driver_quiet;
        iface.driver_stays = false;
    }
    return iface_flush() && !iface.quiet_due && (iface.driver_quiet || iface.driver_stays);
}

bool iface_take_starved(void)
{
    if (!iface.starved || iface.driver_quiet || tx_slot_find() < 0)
        return false;
    iface.starved = false;
    return true;
}

bool iface_starved(void)
{
    return iface.starved;
}

/* What the driver has been given, it owes us. */
LU_INVARIANT(pending_writes, "num_pending_writes == count(given in iface.tx_given: *given)");
