/* SPDX-License-Identifier: MIT
 *
 * compile-filter IMAGE EXPRESSION: prints the state filter's bytecode for that
 * version of a component, in hexadecimal.
 */
#include <st/filter.h>
#include <stdio.h>

#include "image.h"

int main(int argc, char **argv)
{
    struct st_err err = {0};
    struct st_image *image;
    uint8_t code[LU_FILTER_MAX];
    size_t len;

    if (argc != 3) {
        fprintf(stderr, "usage: compile-filter IMAGE EXPRESSION\n");
        return 2;
    }
    if (st_image_open(&image, argv[1], &err) < 0 ||
        st_filter_compile(st_image_desc(image), argv[2], code, &len, &err) < 0) {
        fprintf(stderr, "compile-filter: %s (at %u)\n", err.text, err.offset);
        return 1;
    }
    for (size_t i = 0; i < len; i++)
        printf("%02x", code[i]);
    printf("\n");
    st_image_close(image);
    return 0;
}
