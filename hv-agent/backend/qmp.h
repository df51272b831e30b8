/* SPDX-License-Identifier: MIT
 *
 * QEMU's monitor, through libvirt.  Commands block for their round trip (about
 * a millisecond).
 */
#pragma once

#include "base/err.h"

#include <jansson.h>
#include <libvirt/libvirt.h>

/* Runs `command`; `args` (object or NULL) is consumed.  *ret (may be NULL) gets a new reference
 * to what stands in "return".  -EREMOTEIO when QEMU refused. */
int hva_qmp(virDomainPtr dom, const char *command, json_t *args, json_t **ret, struct lu_err *err);

/* A command of the human monitor that prints nothing when it worked. */
int hva_hmp_quiet(virDomainPtr dom, struct lu_err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* err from libvirt's last error of this thread. */
int hva_virt_error(struct lu_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
