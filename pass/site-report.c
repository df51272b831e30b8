/* SPDX-License-Identifier: MIT
 *
 * The build's list of allocation sites.
 */
#include "site-report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dump.h"
#include "tu-format.h"

/* A note with the site as it is after merging. */
struct line {
    const struct world *units, *merged;
    const struct lu_tu_note *note;
    const struct lu_site *site; /* NULL: an allocator's address is taken */
};

static const char *text(const struct line *l, uint32_t at)
{
    return strtab_get(&l->units->strings, at);
}

static int by_place(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int c = strcmp(text(x, x->note->file), text(y, y->note->file));

    if (c)
        return c;
    if (x->note->line != y->note->line)
        return x->note->line < y->note->line ? -1 : 1;
    return x->note < y->note ? -1 : x->note > y->note;
}

static const struct lu_site *find_site(const struct world *merged, uint64_t cell)
{
    uint32_t lo = 0, hi = merged->n_sites;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (merged->sites[mid].cell < cell)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < merged->n_sites && merged->sites[lo].cell == cell ? &merged->sites[lo] : NULL;
}

/* The notes of what the linker kept, in the order of the source. */
static size_t collect(const struct world *units, const struct world *merged, struct line *lines)
{
    size_t n = 0;

    for (uint32_t i = 0; i < units->n_notes; i++) {
        const struct lu_tu_note *note = &units->notes[i];
        const struct lu_site *site =
            note->site == ~0u ? NULL : find_site(merged, units->notes_cell[i]);

        if (site || note->site == ~0u)
            lines[n++] = (struct line){units, merged, note, site};
    }
    qsort(lines, n, sizeof(*lines), by_place);
    return n;
}

/* An address that is taken stands for all calls through it. */
static int is_untyped(const struct line *l)
{
    return !l->site || (!l->site->type && !(l->note->flags & LU_TU_NOTE_WRAPPER));
}

static void print_line(const struct line *l, FILE *out)
{
    const char *reason = text(l, l->note->reason);

    fprintf(out, "%s:%" PRIu32 ": %s: %s: ", text(l, l->note->file), l->note->line,
            text(l, l->note->func), text(l, l->note->callee));
    if (is_untyped(l))
        fprintf(out, "untyped: %s",
                *reason ? reason : "the size does not suit the variable that receives the result");
    else if (!l->site->type)
        fprintf(out, "typed by the callers of '%s'", text(l, l->note->func));
    else
        dump_site_type(l->merged, l->site, out);
    fputc('\n', out);
}

static int write_lines(const struct line *lines, size_t n, const char *path)
{
    FILE *out = fopen(path, "w");
    size_t untyped = 0, pointers = 0;
    int failed;

    if (!out) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -errno;
    }
    for (size_t i = 0; i < n; i++) {
        print_line(&lines[i], out);
        pointers += !lines[i].site;
        untyped += lines[i].site && is_untyped(&lines[i]);
    }
    fprintf(out, "%zu allocation sites, %zu untyped", n - pointers, untyped);
    fprintf(out, pointers ? "; %zu pointers to allocators\n" : "\n", pointers);
    failed = ferror(out);
    if (fclose(out) || failed) {
        fprintf(stderr, "%s: cannot write\n", path);
        return -EIO;
    }
    return 0;
}

/* The compiler has refused all that it could see. */
static int refuse_untyped(const struct line *lines, size_t n, const char *image)
{
    int r = 0;

    for (size_t i = 0; i < n; i++) {
        if (!is_untyped(&lines[i]) || !(lines[i].note->flags & LU_TU_NOTE_STRICT))
            continue;
        fprintf(stderr, "%s: error: ", image);
        print_line(&lines[i], stderr);
        r = -EINVAL;
    }
    return r;
}

int site_report(const struct world *units, const struct world *merged, const char *path,
                const char *image)
{
    struct line *lines = must_calloc(units->n_notes, sizeof(*lines));
    size_t n = collect(units, merged, lines);
    int r = path ? write_lines(lines, n, path) : 0;

    if (!r)
        r = refuse_untyped(lines, n, image);
    free(lines);
    return r;
}
