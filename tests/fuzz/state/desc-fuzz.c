/* SPDX-License-Identifier: MIT
 *
 * A damaged description: either it is refused, or everything that reads it stays
 * within its bounds: look-ups, printing, plans from it to a good one, back and to
 * itself, an update of a good memory by it, its invariants.
 */
#include "old-version.h"

#include <st/reverse.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    old_open();
    return 0;
}

static int count_item(void *ctx, const struct st_plan_item *item)
{
    *(size_t *)ctx += strlen(item->detail);
    return 0;
}

static struct st_plan *plan(const struct st_desc *a, const struct st_desc *b)
{
    struct st_err err;
    struct st_plan *p;
    size_t n = 0;

    if (st_plan_make(&p, a, b, NULL, &st_host_mem, &err) < 0)
        return NULL;
    st_plan_list(p, 1, count_item, &n);
    return p;
}

static void read_all(const struct st_desc *d)
{
    char text[200];

    for (uint32_t i = 0; i < d->n_types; i++) {
        st_type_print(d, i, text, sizeof(text));
        for (uint64_t offset = 0; offset < 64; offset += 7) {
            text[0] = '\0';
            st_type_path(d, i, offset, ST_PATH_LEAF, text, sizeof(text));
        }
    }
    for (uint32_t i = 0; i < d->n_globals; i++)
        st_desc_path(d, d->globals[i].addr + 3, text, sizeof(text));
    st_desc_global(d, "head", NULL, NULL);
    st_desc_func(d, "setup", NULL, NULL);
    st_desc_literal_at(d, 0x400010);
    st_desc_site_at(d, 0x402000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct st_desc *d = old_desc_damaged(data, size);
    struct st_plan *p;

    if (!d)
        return 0;
    read_all(d);
    p = plan(d, new_desc());
    if (p)
        old_update(d, p, false);
    st_plan_free(p);
    st_plan_free(plan(new_desc(), d));
    st_plan_free(plan(d, d));
    old_desc_free(d);
    return 0;
}
