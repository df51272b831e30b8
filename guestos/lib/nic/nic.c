/* SPDX-License-Identifier: MIT
 *
 * NIC driver framework: one client (net), its slots, and the device behind the
 * driver's callbacks.  Everything is posted; what a full queue of the client's
 * does not take stays in an outbox and is tried again by the alarm.
 *
 * Ownership of a slot changes only here: tx_slot_busy says which TX slots are the
 * driver's, rx_slot_credit which RX slots are.  What the client says is checked
 * against them, entry by entry.
 */
#include <lu/nic-driver.h>

#include <string.h>

#include <lu/annotate.h>
#include <lu/event.h>
#include <lu/log.h>
#include <lu/nic-outbox.h>

#define NIC_RETRY_NS 1000000ull
#define NIC_IRQ_BIT 0u

/* The component that attached.  ep is LU_EP_NONE when there is none. */
struct nic_client {
    lu_ep ep;
    uint32_t tx_grant, rx_grant, n_slots;
    uint64_t cookie;
};

struct nic_stats {
    uint64_t tx_frames, rx_frames, rx_dropped, bad_entries;
};

NOXFER static const struct nic_ops *nic_ops; /* set before startup, by every version */
NOXFER static const char *nic_name;
static struct nic_device nic_device;
static struct nic_client nic_client;
static uint16_t nic_client_number; /* counts clients; part of a token */
static struct nic_stats nic_stats;
static uint8_t tx_slot_busy[LU_NIC_MAX_SLOTS];   /* 1: the driver's */
static uint8_t rx_slot_credit[LU_NIC_MAX_SLOTS]; /* 1: the driver's, and in nic_credits */
static struct nic_outbox nic_tx_waiting;         /* from the client, not in the ring yet */
static struct nic_outbox nic_credits;
static struct nic_outbox nic_done_out, nic_rx_out;
static bool nic_attached_due, nic_link_due; /* messages to be posted */
static bool nic_quiet_asked;     /* LU_NIC_QUIET was posted: the client waits for our GO */
static bool nic_client_quiet;    /* and has answered */
static uint64_t nic_parking_txn; /* of LU_NIC_PARKING, to be answered; 0: none */
static bool nic_retry_set;

static void client_drop(void)
{
    nic_client = (struct nic_client){0};
    nic_client_number++;
    memset(rx_slot_credit, 0, sizeof(rx_slot_credit));
    memset(tx_slot_busy, 0, sizeof(tx_slot_busy));
    nic_outbox_clear(&nic_tx_waiting);
    nic_outbox_clear(&nic_credits);
    nic_outbox_clear(&nic_done_out);
    nic_outbox_clear(&nic_rx_out);
    nic_attached_due = nic_link_due = false;
    nic_client_quiet = nic_quiet_asked = false;
    nic_parking_txn = 0;
}

static void retry_later(void)
{
    if (nic_retry_set)
        return;
    nic_retry_set = true;
    sys_alarm(sys_clock() + NIC_RETRY_NS);
}

void nic_tx_done(uint32_t token)
{
    uint32_t slot = token & 0xffff;

    if (token >> 16 != nic_client_number || slot >= nic_client.n_slots || !tx_slot_busy[slot])
        return; /* of a client that is gone */
    tx_slot_busy[slot] = 0;
    nic_stats.tx_frames++;
    nic_outbox_put(&nic_done_out, LU_NIC_FRAME(slot, 0));
}

bool nic_rx(const void *frame, size_t len)
{
    uint32_t slot;
    int ret;

    if (nic_client.ep == LU_EP_NONE || len < NIC_FRAME_MIN || len > NIC_FRAME_MAX) {
        nic_stats.rx_dropped++;
        return true;
    }
    if (nic_credits.count == 0)
        return false;
    slot = LU_NIC_FRAME_SLOT(nic_outbox_take(&nic_credits));
    rx_slot_credit[slot] = 0;
    ret = sys_grant_write(nic_client.ep, nic_client.rx_grant, (uint64_t)slot * LU_NIC_SLOT_SIZE,
                          frame, len);
    if (ret < 0) {
        lu_log("client's RX area: %s", lu_strerror(ret));
        client_drop();
        nic_stats.rx_dropped++;
        return true;
    }
    nic_stats.rx_frames++;
    nic_outbox_put(&nic_rx_out, LU_NIC_FRAME(slot, len));
    return true;
}

void nic_link_changed(bool up)
{
    if (up == nic_device.link_up)
        return;
    nic_device.link_up = up;
    nic_link_due = nic_client.ep != LU_EP_NONE;
    lu_log("link %s", up ? "up" : "down");
}

/* Moves waiting frames into the ring as far as there is room. */
static void tx_pump(void)
{
    bool any = false;

    while (nic_tx_waiting.count > 0) {
        uint64_t word = nic_outbox_peek(&nic_tx_waiting);
        uint32_t slot = LU_NIC_FRAME_SLOT(word), len = LU_NIC_FRAME_LEN(word);
        void *buf = nic_ops->tx_buffer();
        int ret;

        if (!buf)
            break;
        ret = sys_grant_read(nic_client.ep, nic_client.tx_grant, (uint64_t)slot * LU_NIC_SLOT_SIZE,
                             buf, len);
        if (ret < 0) {
            lu_log("client's TX area: %s", lu_strerror(ret));
            client_drop();
            break;
        }
        nic_outbox_take(&nic_tx_waiting);
        nic_ops->tx_commit((uint32_t)nic_client_number << 16 | slot, len);
        any = true;
    }
    if (any)
        nic_ops->tx_kick();
}

static int post_attached(void)
{
    struct lu_msg m = {.type = LU_NIC_ATTACHED,
                       .arg = {0, nic_device.link_up, NIC_MTU, nic_client.cookie}};

    for (unsigned i = 0; i < sizeof(nic_device.mac); i++)
        m.arg[0] |= (uint64_t)nic_device.mac[i] << (8 * i);
    return sys_post(nic_client.ep, &m);
}

static int post_word(uint32_t type, uint64_t word)
{
    struct lu_msg m = {.type = type, .arg = {word}};

    return sys_post(nic_client.ep, &m);
}

static bool prepare_is_over(void)
{
    static struct lu_prepare asked;

    return sys_prepare_info(&asked) < 0;
}

/* Asks the client for quiet when we are to park, ends it when we are not. */
static int post_quiet(void)
{
    bool over = prepare_is_over();
    int ret = 0;

    if (nic_quiet_asked && over) {
        ret = post_word(LU_NIC_GO, nic_parking_txn);
        nic_quiet_asked = nic_client_quiet = ret < 0;
    } else if (!nic_quiet_asked && !over) {
        ret = post_word(LU_NIC_QUIET, 0);
        nic_quiet_asked = ret == 0;
    } else if (nic_parking_txn && over) {
        ret = post_word(LU_NIC_GO, nic_parking_txn);
    }
    if (ret == 0)
        nic_parking_txn = 0;
    return ret;
}

static int post_all(void)
{
    int ret = 0;

    if (nic_attached_due) {
        ret = post_attached();
        nic_attached_due = ret < 0;
    }
    if (ret == 0 && nic_link_due) {
        ret = post_word(LU_NIC_LINK, nic_device.link_up);
        nic_link_due = ret < 0;
    }
    if (ret == 0 && (nic_quiet_asked || nic_parking_txn))
        ret = post_quiet();
    if (ret == 0)
        ret = nic_outbox_post(&nic_rx_out, nic_client.ep, LU_NIC_RX);
    if (ret == 0)
        ret = nic_outbox_post(&nic_done_out, nic_client.ep, LU_NIC_TX_DONE);
    return ret;
}

/* Tells the client everything that is new; after each event. */
static void nic_flush(void)
{
    int ret;

    if (nic_client.ep == LU_EP_NONE)
        return;
    ret = post_all();
    if (ret < 0 && ret != -LU_EAGAIN) {
        lu_log("client: %s", lu_strerror(ret));
        client_drop();
    } else if (ret < 0 || nic_quiet_asked) {
        retry_later();
    }
}

static bool tx_idle(void)
{
    for (uint32_t slot = 0; slot < nic_client.n_slots; slot++)
        if (tx_slot_busy[slot])
            return false;
    return nic_done_out.count == 0;
}

/* Not before the client is quiet and its frames are done: see LU_NIC_QUIET. */
static int nic_prepare(void)
{
    if (nic_client.ep == LU_EP_NONE)
        return 0;
    if (!nic_quiet_asked)
        post_quiet();
    retry_later(); /* to ask again, and to notice when it is over */
    return nic_client_quiet && tx_idle() ? 0 : -LU_EBUSY;
}

static void on_attach(const struct lu_msg *m)
{
    if (m->arg[0] > INT32_MAX || m->arg[1] > INT32_MAX || m->arg[2] == 0 ||
        m->arg[2] > LU_NIC_MAX_SLOTS || m->arg[3] != LU_NIC_SLOT_SIZE) {
        struct lu_msg no = {
            .type = LU_NIC_ATTACHED, .status = -LU_EINVAL, .arg = {0, 0, 0, m->arg[4]}};

        sys_post(m->source, &no);
        return;
    }
    client_drop();
    nic_client = (struct nic_client){.ep = m->source,
                                     .tx_grant = (uint32_t)m->arg[0],
                                     .rx_grant = (uint32_t)m->arg[1],
                                     .n_slots = (uint32_t)m->arg[2],
                                     .cookie = m->arg[4]};
    nic_attached_due = true;
}

static void on_tx_entry(uint64_t word)
{
    uint32_t slot = LU_NIC_FRAME_SLOT(word), len = LU_NIC_FRAME_LEN(word);

    if (slot >= nic_client.n_slots || tx_slot_busy[slot] || len < NIC_FRAME_MIN ||
        len > NIC_FRAME_MAX) {
        nic_stats.bad_entries++;
        return;
    }
    tx_slot_busy[slot] = 1;
    nic_outbox_put(&nic_tx_waiting, word);
}

static void on_credit_entry(uint64_t word)
{
    uint32_t slot = LU_NIC_FRAME_SLOT(word);

    if (slot >= nic_client.n_slots || rx_slot_credit[slot]) {
        nic_stats.bad_entries++;
        return;
    }
    rx_slot_credit[slot] = 1;
    nic_outbox_put(&nic_credits, word);
}

static void on_entries(const struct lu_msg *m, void (*on_entry)(uint64_t word))
{
    uint64_t n = m->arg[0] <= LU_NIC_BATCH ? m->arg[0] : 0;

    for (uint64_t i = 1; i <= n; i++)
        on_entry(m->arg[i]);
}

static void on_message(const struct lu_msg *m)
{
    if (m->type == LU_NIC_ATTACH) {
        on_attach(m);
        return;
    }
    if (m->source != nic_client.ep)
        return;
    switch (m->type) {
    case LU_NIC_TX:
        on_entries(m, on_tx_entry);
        tx_pump();
        break;
    case LU_NIC_RX_CREDIT:
        on_entries(m, on_credit_entry);
        nic_ops->rx_poll();
        break;
    case LU_NIC_QUIET:
        nic_client_quiet = nic_quiet_asked;
        break;
    case LU_NIC_PARKING:
        nic_parking_txn = m->arg[0];
        break;
    default:
        break;
    }
}

static void on_kernel(uint64_t bits)
{
    if (bits & LU_NOTE_IRQ(NIC_IRQ_BIT)) {
        nic_ops->irq();
        sys_irq_ack(nic_device.irq);
        tx_pump();
    }
    if (bits & LU_NOTE_ALARM)
        nic_retry_set = false; /* nic_flush tries again */
}

static int nic_init(void)
{
    int ret = nic_ops->open(&nic_device);

    if (ret < 0)
        return ret;
    ret = sys_irq_attach(nic_device.irq, NIC_IRQ_BIT);
    if (ret < 0)
        return ret;
    lu_log("%s at %02x:%02x:%02x:%02x:%02x:%02x, irq %u, link %s", nic_name, nic_device.mac[0],
           nic_device.mac[1], nic_device.mac[2], nic_device.mac[3], nic_device.mac[4],
           nic_device.mac[5], nic_device.irq, nic_device.link_up ? "up" : "down");
    return 0;
}

static int nic_init_live_update(void)
{
    return nic_ops->resume ? nic_ops->resume() : 0;
}

int nic_run(const char *name, const struct nic_ops *ops)
{
    static const struct event_handlers handlers = {
        .init_fresh = nic_init,
        .init_live_update = nic_init_live_update,
        .prepare = nic_prepare,
    };
    struct lu_msg m;

    nic_ops = ops;
    nic_name = name;
    sys_startup(&handlers);
    while (sys_receive(&m) == 0) {
        if (m.source == LU_EP_KERNEL && (m.flags & LU_MSGF_NOTIFY)) {
            on_kernel(m.arg[0]);
        } else if (m.flags & LU_MSGF_CALL) {
            m.status = -LU_ENOSYS;
            sys_reply(m.source, &m);
        } else {
            on_message(&m);
        }
        nic_flush();
    }
    return 1;
}
