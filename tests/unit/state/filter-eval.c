/* SPDX-License-Identifier: MIT
 *
 * filter-eval WORLD.elf: evaluates the state filters on its standard input, one a line,
 * over the component's initial state.  Prints for each "0", "1", "range" (division by
 * zero, shift too far), "long" (does not fit a filter), or what else is wrong.
 */
#include "sim.h"

#include <st/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void answer(const struct st_desc *d, const struct st_view *view, const char *text)
{
    struct st_err err = {0};
    uint8_t code[LU_FILTER_MAX];
    size_t len;
    int truth, ret = st_filter_compile(d, text, code, &len, &err);

    if (ret == -LU_ELIMIT) {
        puts("long");
        return;
    }
    if (ret == 0)
        ret = st_filter_eval(code, len, view, &truth, &err);
    if (ret == 0)
        printf("%d\n", truth);
    else if (ret == -LU_ERANGE)
        puts("range");
    else
        printf("%s at %u\n", err.text, err.offset);
}

int main(int argc, char **argv)
{
    struct st_image *image;
    struct st_sim *sim;
    struct st_view view;
    struct st_err err = {0};
    char line[4096];

    if (argc != 2 || st_image_open(&image, argv[1], &err) < 0 ||
        st_sim_new(&sim, image, &err) < 0) {
        fprintf(stderr, "filter-eval: %s\n", err.text);
        return 2;
    }
    st_sim_view(sim, &view);
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        answer(st_image_desc(image), &view, line);
    }
    st_sim_free(sim);
    st_image_close(image);
    return 0;
}
