/* SPDX-License-Identifier: MIT
 *
 * The backend that runs guests through libvirt's QEMU driver, by default the
 * embedded one (no daemon).
 */
#pragma once

#include "backend.h"

extern const struct hva_backend_ops hva_libvirt_ops;

/* `uri` NULL: the embedded driver with its files under state_dir/libvirt.  Starts libvirt's
 * event loop in a thread.  At most one per process. */
int hva_libvirt_open(const char *uri, const char *state_dir, struct hva_backend **ret,
                     struct lu_err *err);
const char *hva_libvirt_uri(const struct hva_backend *be);
void hva_libvirt_close(struct hva_backend *be); /* guests go on */
