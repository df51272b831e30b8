/* SPDX-License-Identifier: MIT
 *
 * Uses the state engine's filter compiler, on the description as it will stand in
 * the image.
 */
#include "invariants.h"

#include <errno.h>
#include <st/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct declared {
    const char *name, *text, *place;
};

static void *take(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size ? size : 1);
}

static void give(void *ctx, void *p, size_t size)
{
    (void)ctx;
    (void)size;
    free(p);
}

static int malformed(void)
{
    fprintf(stderr, "lu-desc: section .lu.invariants is malformed\n");
    return -EINVAL;
}

/* The next string of the section; NULL at its end, or when it is not terminated. */
static const char *next_string(const char **at, const char *end)
{
    const char *s = *at, *nul = s < end ? memchr(s, 0, (size_t)(end - s)) : NULL;

    if (nul)
        *at = nul + 1;
    return nul ? s : NULL;
}

static void print_caret(const char *text, unsigned offset)
{
    fprintf(stderr, "    %s\n    ", text);
    for (unsigned i = 0; i < offset && text[i]; i++)
        fputc(text[i] == '\t' ? '\t' : ' ', stderr);
    fprintf(stderr, "^\n");
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int add(struct world *w, const struct declared *d, const uint8_t *code, size_t len)
{
    struct lu_invariant v = {.code = w->n_code, .code_len = (uint32_t)len};

    for (uint32_t i = 0; i < w->n_invariants; i++) {
        const struct lu_invariant *has = &w->invariants[i];

        if (strcmp(strtab_get(&w->strings, has->name), d->name) != 0)
            continue;
        fprintf(stderr, "%s: error: invariant '%s' is declared at %s already\n", d->place, d->name,
                strtab_get(&w->strings, has->place));
        return -EINVAL;
    }
    v.name = strtab_add(&w->strings, d->name);
    v.text = strtab_add(&w->strings, d->text);
    v.place = strtab_add(&w->strings, last_part(d->place));
    w->invariants = must_realloc(w->invariants, (w->n_invariants + 1) * sizeof(*w->invariants));
    w->invariants[w->n_invariants++] = v;
    w->code = must_realloc(w->code, w->n_code + len);
    memcpy(w->code + w->n_code, code, len);
    w->n_code += (uint32_t)len;
    return 0;
}

static int compile(struct world *w, const struct st_desc *desc, const struct declared *d)
{
    uint8_t code[LU_FILTER_MAX];
    struct st_err err = {0};
    size_t len;

    if (st_filter_compile(desc, d->text, code, &len, &err) == 0)
        return add(w, d, code, len);
    fprintf(stderr, "%s: error: invariant '%s': %s\n", d->place, d->name, err.text);
    print_caret(d->text, err.offset);
    return -EINVAL;
}

static int compile_all(struct world *w, const struct st_desc *desc, const char *at, const char *end)
{
    int r = 0;

    while (at < end) {
        struct declared d;
        int bad;

        d.name = next_string(&at, end);
        d.text = next_string(&at, end);
        d.place = next_string(&at, end);
        if (!d.name || !d.text || !d.place)
            return malformed();
        bad = compile(w, desc, &d);
        r = r < 0 ? r : bad;
    }
    return r;
}

int invariants_compile(struct world *w, const char *section, size_t size)
{
    const struct st_mem mem = {.alloc = take, .free = give};
    struct st_desc desc;
    struct st_err err = {0};
    size_t blob_size;
    void *blob = world_blob(w, &blob_size);
    int r;

    if (st_desc_open(&desc, blob, blob_size, &mem, &err) < 0) {
        fprintf(stderr, "lu-desc: %s\n", err.text);
        free(blob);
        return -EINVAL;
    }
    r = compile_all(w, &desc, section, section + size);
    st_desc_close(&desc);
    free(blob);
    return r;
}
