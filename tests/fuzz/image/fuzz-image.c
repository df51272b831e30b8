/* SPDX-License-Identifier: MIT
 *
 * The parser of component images under hostile bytes: what it accepts can be
 * loaded without a further look.
 */
#include "image.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int condition)
{
    if (!condition)
        abort();
}

static void segment_check(const struct image *image, uint32_t i)
{
    const struct image_segment *s = &image->segments[i];

    demand(s->va % LU_PAGE_SIZE == 0 && s->mem_size % LU_PAGE_SIZE == 0 && s->mem_size > 0);
    demand(s->va >= LU_VA_IMAGE && s->va + s->mem_size <= LU_VA_IMAGE_END);
    demand(s->lead < LU_PAGE_SIZE && s->lead + s->file_size <= s->mem_size);
    demand(s->offset <= image->size && s->file_size <= image->size - s->offset);
    demand((s->prot & (LU_PROT_WRITE | LU_PROT_EXEC)) != (LU_PROT_WRITE | LU_PROT_EXEC));
    for (uint32_t k = 0; k < i; k++) {
        const struct image_segment *o = &image->segments[k];

        demand(s->va + s->mem_size <= o->va || o->va + o->mem_size <= s->va);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    char why[IMAGE_WHY_MAX] = "";
    struct image image;
    int ret;

    if (size > 0)
        memcpy(copy, data, size);
    ret = image_parse(copy, size, &image, why);
    demand(memchr(why, '\0', sizeof(why)) != NULL);
    if (ret < 0) {
        demand(ret == -LU_EFORMAT && why[0]);
    } else {
        demand(image.n_segments > 0 && image.n_segments <= IMAGE_MAX_SEGMENTS);
        for (uint32_t i = 0; i < image.n_segments; i++)
            segment_check(&image, i);
        if (image.desc)
            demand(image.desc >= copy && image.desc_size <= size &&
                   image.desc + image.desc_size <= copy + size);
    }
    free(copy);
    return 0;
}
