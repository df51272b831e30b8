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

/* An update asks us to park: no frame is handed to the driver until iface_go_on.
 * 0, or -LU_EAGAIN when the driver could not be told yet. */
int iface_be_quiet(void);
void iface_go_on(void);
/* True between the two. */
bool iface_is_quiet(void);

/* True once after frames were refused for want of a slot and one is free again. */
bool iface_take_starved(void);
