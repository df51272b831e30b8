/* SPDX-License-Identifier: MIT
 *
 * State filters as text from strangers: an error with its place inside the text, or
 * code that the verifier accepts and that ends when it is evaluated.
 */
#include "old-version.h"

#include <st/filter.h>
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    uint8_t code[LU_FILTER_MAX];
    struct st_err err = {0};
    struct st_view view;
    size_t len;
    int truth = -1, r;

    memcpy(text, data, size);
    text[size] = '\0';
    r = st_filter_compile(old_desc(), text, code, &len, &err);
    if (r < 0 && (err.offset > strlen(text) || !err.text[0]))
        abort();
    if (r == 0) {
        old_view(&view);
        if (st_filter_verify(code, len, &err) < 0)
            abort();
        r = st_filter_eval(code, len, &view, &truth, &err);
        if (r == 0 ? truth != 0 && truth != 1 : r == -LU_EFORMAT)
            abort();
    }
    free(text);
    return 0;
}
