/* SPDX-License-Identifier: MIT
 *
 * The libvirt domain document of one guest.
 */
#pragma once

#include "backend.h"

#define HVA_NETDEV_ID "n0" /* network filters attach to it */
#define HVA_CHANNEL_FILE "channel.sock"
#define HVA_CONSOLE_FILE "console.log"
#define HVA_CONSOLE_OLD_FILE "console.old" /* what was cut off the front of the log, its end */
#define HVA_VMSTATE_FILE "vmstate.qcow2"   /* holds the device state of snapshots, nothing else */

/* *ret_xml is malloc'ed.  Every text of the spec is escaped; commas in paths that reach a
 * QEMU option are doubled. */
int hva_domain_xml(const struct hva_vm_spec *spec, char **ret_xml, struct lu_err *err);
