/* SPDX-License-Identifier: MIT
 *
 * A damaged description: either it is refused, or everything that reads it stays
 * within its bounds: look-ups, printing, plans from and to it.
 * Environment: FUZZ_OLD = an image whose description is damaged.
 */
#include "image.h"
#include "patch.h"

#include <st/plan.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct st_image *image;
static const uint8_t *blob;
static size_t blob_size;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct st_err err = {0};
    const char *file = getenv("FUZZ_OLD");

    (void)argc;
    (void)argv;
    if (!file || st_image_open(&image, file, &err) < 0) {
        fprintf(stderr, "FUZZ_OLD: %s\n", err.text);
        exit(1);
    }
    blob = st_image_blob(image, &blob_size);
    return 0;
}

static int count_item(void *ctx, const struct st_plan_item *item)
{
    *(size_t *)ctx += strlen(item->detail);
    return 0;
}

static void plan(const struct st_desc *a, const struct st_desc *b)
{
    struct st_err err;
    struct st_plan *p;
    size_t n = 0;

    if (st_plan_make(&p, a, b, NULL, &st_host_mem, &err) < 0)
        return;
    st_plan_list(p, 1, count_item, &n);
    st_plan_free(p);
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
    uint64_t *copy = malloc(blob_size);
    struct st_err err;
    struct st_desc d;

    memcpy(copy, blob, blob_size);
    for (size_t i = 0; i < patch_count(size); i++) {
        struct patch patch = patch_get(data, i);
        size_t at = (patch.place & 0xfffffff) % (blob_size / 4) * 4;
        patch_apply(patch, (uint8_t *)copy + at, blob_size - at);
    }
    if (st_desc_open(&d, copy, blob_size, &st_host_mem, &err) == 0) {
        read_all(&d);
        plan(&d, st_image_desc(image));
        plan(st_image_desc(image), &d);
        plan(&d, &d);
        st_desc_close(&d);
    }
    free(copy);
    return 0;
}
