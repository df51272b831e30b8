/* SPDX-License-Identifier: MIT
 *
 * The network interface: lwIP's netif on one side, the NIC driver (lu/nic.h) on
 * the other, with the granted slot areas between them.
 */
#pragma once

#include <stdbool.h>

#include <lu/nic.h>

#define IFACE_DRIVER "e1000"
#define IFACE_SLOTS 64u

/* TX slots handed to the driver and not yet done: what a state filter waits for. */
extern unsigned num_pending_writes;

/* Brings the interface up in lwIP and looks for the driver. */
int iface_init(void);

/* Attaches if the driver is new (started, or restarted); else does nothing. */
void iface_look_for_driver(void);
/* False: the driver is not there; look again. */
bool iface_has_driver(void);

bool iface_is_driver(lu_ep ep);
void iface_message(const struct lu_msg *m);

/* Posts what is queued for the driver.  False: its queue is full, try again. */
bool iface_flush(void);

/* We are to park for transaction `txn`.  True when the driver agrees: it is not to
 * park too, or no frame is handed to it any more until it has been updated. */
bool iface_may_park(uint64_t txn);

/* True once after frames were refused for want of a slot and one is free again. */
bool iface_take_starved(void);
/* Frames were refused since then. */
bool iface_starved(void);
