/* SPDX-License-Identifier: MIT
 *
 * Device state under tags, as QEMU's internal snapshots keep it.
 */
#include "fake-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_devices *fake_find_devices(struct fake *f, const char *tag)
{
    for (size_t i = 0; i < TAGS; i++)
        if (strcmp(f->saved[i].tag, tag) == 0)
            return &f->saved[i];
    return NULL;
}

void fake_save_devices(struct fake *f, const char *tag)
{
    struct fake_devices *d = fake_find_devices(f, tag);

    if (!d)
        d = fake_find_devices(f, "");
    if (!d)
        abort(); /* a leak of snapshots */
    snprintf(d->tag, sizeof(d->tag), "%s", tag);
    d->epoch = f->epoch;
    d->seq = f->seq;
}
