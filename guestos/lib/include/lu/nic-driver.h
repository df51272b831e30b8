/* SPDX-License-Identifier: MIT
 *
 * Framework of NIC drivers.  A driver is a table of callbacks:
 *
 *     static const struct nic_ops e1000_ops = {.open = e1000_open, ...};
 *     int main(void) { return nic_run("82540EM", &e1000_ops); }
 *
 * The framework owns the event loop, the protocol with net (lu/nic.h), slot
 * ownership and credits; the driver owns the device and its DMA memory.  Frames
 * count from the destination address, without FCS.  Callbacks never block.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lu/types.h>

#define NIC_FRAME_MIN 14u
#define NIC_FRAME_MAX 1514u /* MTU 1500 */
#define NIC_MTU 1500u

struct nic_device {
    uint8_t mac[6];
    uint32_t irq; /* PIC input of INTx */
    bool link_up;
};

struct nic_ops {
    /* First start, or restart after a crash: the device is in an unknown state and
     * may still do DMA.  Fills *ret_dev and leaves the device receiving. */
    int (*open)(struct nic_device *ret_dev);
    /* This is a new version, the state was transferred, the device has been running
     * on with the rings where they were.  Optional. */
    int (*resume)(void);
    /* The interrupt went off: hand over what has happened. */
    void (*irq)(void);
    /* Where the next frame to send goes: NIC_FRAME_MAX bytes, or NULL when the ring
     * is full.  The same answer until tx_commit. */
    void *(*tx_buffer)(void);
    /* The frame is there; `token` comes back through nic_tx_done. */
    void (*tx_commit)(uint32_t token, uint32_t len);
    /* After the last tx_commit of a batch: start sending, reap what is done. */
    void (*tx_kick)(void);
    /* There is room for received frames again: hand over what was left. */
    void (*rx_poll)(void);
};

/* Runs the driver for ever; `name` is the device's, for the log.  Returns only on
 * failure (exit code of main). */
int nic_run(const char *name, const struct nic_ops *ops);

/* Called by the driver. */
void nic_tx_done(uint32_t token);
/* A frame was received; its bytes are copied.  False: no room, offer it again at
 * rx_poll.  A frame that nobody waits for, or of a wrong length, is dropped. */
bool nic_rx(const void *frame, size_t len);
void nic_link_changed(bool up);
