/* SPDX-License-Identifier: MIT
 *
 * State filters from strangers.  Input whose first byte is even is a filter's text;
 * else the rest damages the bytecode of a valid one, or is bytecode.
 * Environment: FUZZ_OLD = the image that filters talk about.
 */
#include "patch.h"
#include "sim.h"

#include <st/filter.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const valid =
    "all(c in list(head, next): c->bits < 20 && any(v in values: v->kind == TEXT)) && "
    "count(n in heap(node): n->next == NULL) * 3 - 1 == table[1]->more";

static struct st_image *image;
static struct st_sim *sim;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct st_err err = {0};
    const char *file = getenv("FUZZ_OLD");

    (void)argc;
    (void)argv;
    if (!file || st_image_open(&image, file, &err) < 0 || st_sim_new(&sim, image, &err) < 0) {
        fprintf(stderr, "FUZZ_OLD: %s\n", err.text);
        exit(1);
    }
    return 0;
}

static void run(const uint8_t *code, size_t len)
{
    struct st_view view;
    struct st_err err;
    int truth;

    st_sim_view(sim, &view);
    st_filter_eval(code, len, &view, &truth, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t code[LU_FILTER_MAX];
    struct st_err err;
    size_t len;
    char *text;

    if (!size)
        return 0;
    if (data[0] % 2 == 0) {
        text = malloc(size);
        memcpy(text, data + 1, size - 1);
        text[size - 1] = '\0';
        if (st_filter_compile(st_image_desc(image), text, code, &len, &err) == 0)
            run(code, len);
        else if (err.offset > strlen(text))
            abort();
        free(text);
        return 0;
    }
    if (data[0] % 4 == 1) {
        run(data + 1, size - 1);
        return 0;
    }
    if (st_filter_compile(st_image_desc(image), valid, code, &len, &err) < 0)
        abort();
    for (size_t i = 0; i < patch_count(size - 1); i++) {
        struct patch patch = patch_get(data + 1, i);
        size_t at = (patch.place & 0xfffffff) % len;
        patch_apply(patch, code + at, len - at);
    }
    run(code, len);
    return 0;
}
