/* SPDX-License-Identifier: MIT
 *
 * Is KVM here, and does it truly run guest instructions on the processor?  Some
 * machines have a /dev/kvm that runs an ordinary guest only through KVM's
 * instruction emulator, thousands of cycles per instruction.  So the probe runs
 * a bounded loop of simple 64-bit instructions in a VM of its own and times it.
 */
#pragma once

#include <stdbool.h>

struct hva_accel_probe {
    bool kvm;      /* usable */
    char why[160]; /* what was found, for people */
};

/* Takes a few milliseconds, at most about a second.  Never fails: a KVM that cannot be
 * probed is not usable, and `why` says what happened. */
void hva_accel_probe(struct hva_accel_probe *ret);
