/* SPDX-License-Identifier: MIT
 *
 * Driver of the paravirtual channel: moves bytes between one virtio-serial port,
 * LU_CHANNEL_PORT, and the update server, and knows nothing of frames.
 *
 * Receive: the device fills DMA buffers; they are copied in order into the
 * server's receive window, which is the server's until LU_CHAN_RX_DONE.
 * Transmit: the server posts that bytes are in its transmit window, which is the
 * driver's until all are in DMA buffers.
 */
#include <string.h>

#include <lu/channel.h>
#include <lu/event.h>
#include <lu/log.h>
#include <lu/update.h>
#include <lu/virtio.h>

#include "console.h"

#define N_PORTS 4u   /* ports whose queues are set up; ours must be among them */
#define N_BUFFERS 8u /* of each kind */
#define BUFFER_SIZE 4096u
#define IRQ_BIT 0u
#define NO_PORT (~0u)

struct channel_dma {
    uint8_t rx[N_BUFFERS][BUFFER_SIZE];
    uint8_t tx[N_BUFFERS][BUFFER_SIZE];
    struct control_msg control_rx[N_BUFFERS];
    struct control_msg control_tx[N_BUFFERS];
};

/* A received buffer that was not handed on yet. */
struct rx_chunk {
    uint32_t buffer, pos, len;
};

struct server {
    lu_ep ep;
    uint32_t rx_grant, tx_grant;
    uint64_t rx_size, tx_size;
    bool rx_theirs; /* the receive window is the server's */
    bool tx_ours;   /* the transmit window is ours: bytes are left in it */
    uint64_t tx_pos, tx_len;
};

static struct virtio_device device;
static struct virtq control_rx, control_tx, port_rx[N_PORTS], port_tx[N_PORTS];
static struct channel_dma *dma;
static uint64_t dma_phys;
static uint32_t the_port = NO_PORT;
static struct server server;
static struct rx_chunk chunks[N_BUFFERS]; /* in order of arrival, from chunk_head */
static uint32_t chunk_head, n_chunks;
static uint32_t tx_free; /* bit i: tx[i] is ours */
static uint32_t control_free;
static uint64_t bytes_in, bytes_out;

static uint64_t phys_of(const void *p)
{
    return dma_phys + (uint64_t)((const uint8_t *)p - (const uint8_t *)dma);
}

static int lowest_bit(uint32_t set)
{
    return set ? __builtin_ctz(set) : -1;
}

/* ---- control queue ---- */

static void control_reap(void)
{
    uint32_t token, len;

    while (virtq_take(&control_tx, &token, &len))
        control_free |= 1u << token;
}

static void control_send(uint32_t port, enum control_event event, uint16_t value)
{
    int i;

    control_reap();
    i = lowest_bit(control_free);
    if (i < 0) {
        lu_log("control queue is full, event %d lost", event);
        return;
    }
    dma->control_tx[i] =
        (struct control_msg){.port = port, .event = (uint16_t)event, .value = value};
    control_free &= ~(1u << i);
    virtq_add(&control_tx, phys_of(&dma->control_tx[i]), CONTROL_HEADER, false, (uint32_t)i);
    virtq_kick(&control_tx);
}

static void detach(const char *why)
{
    lu_log("detached from the update server: %s", why);
    server = (struct server){.ep = LU_EP_NONE};
}

static void rx_give(uint32_t buffer)
{
    virtq_add(&port_rx[the_port], phys_of(dma->rx[buffer]), BUFFER_SIZE, true, buffer);
}

static void port_take(uint32_t port)
{
    if (the_port != NO_PORT)
        return;
    the_port = port;
    for (uint32_t i = 0; i < N_BUFFERS; i++)
        rx_give(i);
    virtq_kick(&port_rx[port]);
    control_send(port, CONTROL_PORT_OPEN, 1);
}

static void control_handle(const struct control_msg *m, uint32_t len)
{
    if (len < CONTROL_HEADER || m->port >= N_PORTS)
        return;
    if (m->event == CONTROL_PORT_ADD)
        control_send(m->port, CONTROL_PORT_READY, 1);
    else if (m->event == CONTROL_PORT_NAME) {
        uint32_t n = len - CONTROL_HEADER;

        while (n > 0 && m->name[n - 1] == '\0')
            n--;
        if (n == strlen(LU_CHANNEL_PORT) && memcmp(m->name, LU_CHANNEL_PORT, n) == 0)
            port_take(m->port);
    }
}

static void control_receive(void)
{
    uint32_t token, len;
    bool any = false;

    while (virtq_take(&control_rx, &token, &len)) {
        struct control_msg m = dma->control_rx[token]; /* the device can't change our copy */

        control_handle(&m, len);
        virtq_add(&control_rx, phys_of(&dma->control_rx[token]), sizeof(m), true, token);
        any = true;
    }
    if (any)
        virtq_kick(&control_rx);
}

/* ---- receive ---- */

static void rx_collect(void)
{
    uint32_t token, len;

    while (virtq_take(&port_rx[the_port], &token, &len)) {
        uint32_t at = (chunk_head + n_chunks) % N_BUFFERS;

        if (len == 0) {
            rx_give(token);
            continue;
        }
        chunks[at] = (struct rx_chunk){.buffer = token, .len = len};
        n_chunks++;
        bytes_in += len;
    }
}

/* Copies what fits into the server's window; bytes copied, or -LU_E... */
static int64_t rx_copy(void)
{
    uint64_t done = 0;

    while (n_chunks > 0 && done < server.rx_size) {
        struct rx_chunk *c = &chunks[chunk_head];
        uint64_t n = c->len - c->pos;
        int ret;

        if (n > server.rx_size - done)
            n = server.rx_size - done;
        ret = sys_grant_write(server.ep, server.rx_grant, done, dma->rx[c->buffer] + c->pos, n);
        if (ret < 0)
            return ret;
        c->pos += (uint32_t)n;
        done += n;
        if (c->pos == c->len) {
            rx_give(c->buffer);
            chunk_head = (chunk_head + 1) % N_BUFFERS;
            n_chunks--;
        }
    }
    return (int64_t)done;
}

static void rx_deliver(void)
{
    struct lu_msg m = {.type = LU_CHAN_RX};
    int64_t n;

    if (server.ep == LU_EP_NONE || server.rx_theirs || n_chunks == 0)
        return;
    n = rx_copy();
    if (n > 0) {
        m.arg[0] = (uint64_t)n;
        server.rx_theirs = sys_post(server.ep, &m) == 0;
        virtq_kick(&port_rx[the_port]);
    }
    if (n < 0 || !server.rx_theirs)
        detach("it takes no bytes");
}

/* ---- transmit ---- */

static void tx_reap(void)
{
    uint32_t token, len;

    while (virtq_take(&port_tx[the_port], &token, &len))
        tx_free |= 1u << token;
}

static void tx_done(int status)
{
    struct lu_msg m = {.type = LU_CHAN_TX_DONE, .status = status};

    server.tx_ours = false;
    if (sys_post(server.ep, &m) < 0)
        detach("it takes no messages");
}

/* Moves bytes of the transmit window into DMA buffers. */
static void tx_pump(void)
{
    int i, ret = 0;
    bool any = false;

    if (!server.tx_ours || the_port == NO_PORT)
        return;
    tx_reap();
    while (server.tx_pos < server.tx_len && (i = lowest_bit(tx_free)) >= 0) {
        uint64_t n = server.tx_len - server.tx_pos;

        if (n > BUFFER_SIZE)
            n = BUFFER_SIZE;
        ret = sys_grant_read(server.ep, server.tx_grant, server.tx_pos, dma->tx[i], n);
        if (ret < 0)
            break;
        tx_free &= ~(1u << i);
        virtq_add(&port_tx[the_port], phys_of(dma->tx[i]), (uint32_t)n, false, (uint32_t)i);
        server.tx_pos += n;
        bytes_out += n;
        any = true;
    }
    if (any)
        virtq_kick(&port_tx[the_port]);
    if (ret < 0 || server.tx_pos == server.tx_len)
        tx_done(ret);
}

/* ---- the update server ---- */

static void on_attach(const struct lu_msg *m)
{
    server = (struct server){
        .ep = m->source,
        .rx_grant = (uint32_t)m->arg[0],
        .rx_size = m->arg[1],
        .tx_grant = (uint32_t)m->arg[2],
        .tx_size = m->arg[3],
    };
    rx_deliver();
}

static void on_transmit(const struct lu_msg *m)
{
    if (server.tx_ours || m->arg[0] > server.tx_size)
        return; /* the server broke the protocol */
    server.tx_ours = true;
    server.tx_pos = 0;
    server.tx_len = m->arg[0];
    tx_pump();
}

static void on_irq(void)
{
    virtio_isr(&device);
    control_receive();
    if (the_port != NO_PORT) {
        rx_collect();
        rx_deliver();
        tx_pump();
    }
    sys_irq_ack(device.pci.irq);
}

static void dispatch(struct lu_msg *m)
{
    if (m->source == LU_EP_KERNEL) {
        if (m->arg[0] & LU_NOTE_IRQ(IRQ_BIT))
            on_irq();
    } else if (m->flags & LU_MSGF_CALL) {
        m->status = -LU_ENOSYS;
        sys_reply(m->source, m);
    } else if (m->type == LU_CHAN_ATTACH && m->source == sys_whoami()->supervisor) {
        on_attach(m);
    } else if (m->source != server.ep) {
        return;
    } else if (m->type == LU_CHAN_TX) {
        on_transmit(m);
    } else if (m->type == LU_CHAN_RX_DONE) {
        server.rx_theirs = false;
        rx_deliver();
    }
}

/* ---- start ---- */

static int queues_init(void)
{
    int ret = virtq_init(&device, QUEUE_CONTROL_RX, &control_rx);

    if (ret == 0)
        ret = virtq_init(&device, QUEUE_CONTROL_TX, &control_tx);
    for (uint32_t port = 0; port < N_PORTS && ret == 0; port++) {
        ret = virtq_init(&device, QUEUE_PORT_RX(port), &port_rx[port]);
        if (ret == 0)
            ret = virtq_init(&device, QUEUE_PORT_TX(port), &port_tx[port]);
    }
    return ret;
}

static int buffers_init(void)
{
    struct lu_dma region = {0};
    int ret = sys_dma_alloc(sizeof(*dma), &region);

    if (ret < 0)
        return ret;
    dma = (struct channel_dma *)region.va;
    dma_phys = region.phys;
    tx_free = control_free = (1u << N_BUFFERS) - 1;
    for (uint32_t i = 0; i < N_BUFFERS; i++)
        virtq_add(&control_rx, phys_of(&dma->control_rx[i]), sizeof(struct control_msg), true, i);
    return 0;
}

static int device_init(void)
{
    uint64_t features;
    int ret = virtio_open(CONSOLE_ID_MODERN, CONSOLE_ID_TRANSITIONAL, 0, &device);

    if (ret == 0)
        ret = virtio_negotiate(&device, CONSOLE_F_MULTIPORT, &features);
    if (ret == 0 && !(features & CONSOLE_F_MULTIPORT))
        ret = -LU_EPROTO;
    if (ret == 0)
        ret = queues_init();
    if (ret == 0)
        ret = buffers_init();
    if (ret == 0)
        ret = sys_irq_attach(device.pci.irq, IRQ_BIT);
    if (ret == 0)
        ret = virtio_start(&device);
    return ret;
}

static int channel_init(void)
{
    int ret = device_init();

    if (ret < 0) {
        lu_log("no usable virtio-serial device: %s", lu_strerror(ret));
        return ret;
    }
    virtq_kick(&control_rx);
    control_send(0, CONTROL_DEVICE_READY, 1);
    return sys_irq_ack(device.pci.irq);
}

static int channel_init_live_update(void)
{
    return 0; /* device, queues and windows came with the state */
}

int main(void)
{
    static const struct event_handlers handlers = {
        .init_fresh = channel_init,
        .init_live_update = channel_init_live_update,
    };
    struct lu_msg m;

    sys_startup(&handlers);
    while (sys_receive(&m) == 0)
        dispatch(&m);
    return 1;
}
