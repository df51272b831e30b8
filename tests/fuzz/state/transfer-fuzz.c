/* SPDX-License-Identifier: MIT
 *
 * An update from an old version whose memory lies: globals, heap objects and the heap's
 * own tables are damaged, and so is its description when the first byte is odd (up to the
 * middle of the input).  Whatever is in it, transfer, reverse check and audit end, within
 * their bounds, with a result or an error.
 */
#include "old-version.h"

#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct st_plan *good;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct st_err err;

    (void)argc;
    (void)argv;
    old_open();
    if (st_plan_make(&good, old_desc(), new_desc(), NULL, &st_host_mem, &err) < 0)
        abort();
    return 0;
}

static void update_lying_description(const uint8_t *data, size_t size)
{
    struct st_desc *d = old_desc_damaged(data, size);
    struct st_plan *plan;
    struct st_err err;

    if (!d)
        return;
    if (st_plan_make(&plan, d, new_desc(), NULL, &st_host_mem, &err) == 0) {
        old_update(d, plan, false);
        st_plan_free(plan);
    }
    old_desc_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t half = size > 1 ? (size - 1) / 16 * 8 : 0;

    if (!size)
        return 0;
    if (data[0] & 1) {
        old_damage(data + 1 + half, size - 1 - half);
        update_lying_description(data + 1, half);
    } else {
        old_damage(data + 1, size - 1);
        old_update(old_desc(), good, true);
    }
    old_mend();
    return 0;
}
