/* SPDX-License-Identifier: MIT
 *
 * Initial values of globals that the new version lacks, or has as constants: a
 * global that was never changed holds nothing that could be lost.
 */
#include "image.h"

#include <stdlib.h>

#include "../mem.h"

#define MAX_GLOBAL (16u << 20)

static int hash_initial(const struct st_image *image, const struct lu_global *g, uint64_t *ret)
{
    void *bytes = g->size <= MAX_GLOBAL ? malloc(g->size ? g->size : 1) : NULL;
    int r = bytes ? st_image_read(image, g->addr, bytes, g->size) : -LU_ENOMEM;

    if (r == 0)
        *ret = st_hash(bytes, g->size);
    free(bytes);
    return r;
}

uint32_t st_image_initial_rules(const struct st_image *old_image, const struct st_image *new_image,
                                struct st_rule *ret, uint32_t max)
{
    const struct st_desc *a = st_image_desc(old_image), *b = st_image_desc(new_image);
    uint32_t n = 0;

    for (uint32_t i = 0; a && b && i < a->n_globals && n < max; i++) {
        const struct lu_global *g = &a->globals[i];
        const struct lu_global *to = st_desc_global(
            b, st_desc_string(a, g->name), g->scope ? st_desc_string(a, g->scope) : NULL, NULL);
        uint64_t hash;

        if ((g->flags & LU_A_CONST) || (to && !(to->flags & LU_A_CONST)) ||
            hash_initial(old_image, g, &hash) < 0)
            continue;
        ret[n++] = (struct st_rule){
            .kind = ST_RULE_INITIAL,
            .a = st_image_global_name(old_image, i),
            .b = "",
            .value = (int64_t)hash,
        };
    }
    return n;
}
