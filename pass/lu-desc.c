/* SPDX-License-Identifier: MIT
 *
 * lu-desc: the description link tool.
 *   lu-desc merge [--keep-debug] [--sites REPORT] --component NAME IN OUT
 *   lu-desc dump FILE
 *   lu-desc stat FILE
 * merge turns the units' records in a linked image into one description, compiles
 * the invariants that it declares and takes debug information out; REPORT lists the
 * allocation sites; dump prints a description; stat its sizes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump.h"
#include "elf-file.h"
#include "invariants.h"
#include "merge.h"
#include "site-report.h"
#include "tu-format.h"

static int usage(void)
{
    fprintf(stderr, "usage: lu-desc merge [--keep-debug] [--sites REPORT] --component NAME IN OUT\n"
                    "       lu-desc dump FILE\n"
                    "       lu-desc stat FILE\n");
    return 2;
}

/* The blobs lie one after another, each padded to 8 bytes. */
static int read_units(const struct elf_file *f, struct world *w)
{
    const Elf64_Shdr *s = elf_find(f, LU_TU_SECTION);
    uint64_t at = 0;

    if (!s || s->sh_type == SHT_NOBITS) {
        fprintf(stderr, "%s: warning: no unit was compiled with the pass\n", f->path);
        return 0;
    }
    while (at < s->sh_size) {
        const struct lu_desc *d = (const void *)(f->data + s->sh_offset + at);
        int r;

        if (s->sh_offset % 8) {
            fprintf(stderr, "%s: section %s is not aligned\n", f->path, LU_TU_SECTION);
            return -EINVAL;
        }
        r = world_add(w, f->path, d, s->sh_size - at, LU_TU_MAGIC);
        if (r)
            return r;
        at += (d->size + 7u) / 8 * 8;
    }
    return 0;
}

static int read_invariants(const struct elf_file *f, struct world *w)
{
    const Elf64_Shdr *s = elf_find(f, LU_INVARIANT_SECTION);

    if (!s || s->sh_type == SHT_NOBITS)
        return 0;
    return invariants_compile(w, (const char *)f->data + s->sh_offset, s->sh_size);
}

static int drop_section(const char *name, void *arg)
{
    const int *keep_debug = arg;

    if (!strcmp(name, LU_TU_SECTION) || !strcmp(name, LU_DESC_SECTION) ||
        !strcmp(name, LU_INVARIANT_SECTION) || !strcmp(name, ".comment"))
        return 1;
    return !*keep_debug && (!strncmp(name, ".debug", 6) || !strcmp(name, ".gdb_index"));
}

struct merge_args {
    const char *component, *sites, *in, *out;
    int keep_debug;
};

static int merge(const struct merge_args *a)
{
    struct elf_file f;
    struct world units, merged;
    int keep_debug = a->keep_debug;
    int r = elf_open(&f, a->in);

    if (r)
        return r;
    world_init(&units);
    world_init(&merged);
    r = read_units(&f, &units);
    if (!r)
        r = merge_world(&units, &merged, a->component);
    if (!r)
        r = site_report(&units, &merged, a->sites, a->out);
    if (!r)
        r = read_invariants(&f, &merged);
    if (!r) {
        size_t size;
        void *blob;

        world_pack_strings(&merged);
        blob = world_blob(&merged, &size);
        r = elf_write_copy(&f, a->out, drop_section, &keep_debug, LU_DESC_SECTION, blob, size);
        free(blob);
    }
    world_free(&units);
    world_free(&merged);
    elf_close(&f);
    return r;
}

static int cmd_merge(int argc, char **argv)
{
    struct merge_args a = {0};
    const char *file[2];
    int n = 0;

    for (int i = 0; i < argc; i++) {
        if (!strcmp(argv[i], "--keep-debug"))
            a.keep_debug = 1;
        else if (!strcmp(argv[i], "--component") && i + 1 < argc)
            a.component = argv[++i];
        else if (!strcmp(argv[i], "--sites") && i + 1 < argc)
            a.sites = argv[++i];
        else if (argv[i][0] == '-' || n == 2)
            return usage();
        else
            file[n++] = argv[i];
    }
    if (!a.component || n != 2)
        return usage();
    a.in = file[0];
    a.out = file[1];
    return merge(&a) ? 1 : 0;
}

static int load(const char *path, struct world *w, size_t *ret_size)
{
    struct elf_file f;
    const Elf64_Shdr *s;
    int r = elf_open(&f, path);

    if (r)
        return r;
    world_init(w);
    s = elf_find(&f, LU_DESC_SECTION);
    if (!s || s->sh_type == SHT_NOBITS) {
        fprintf(stderr, "%s: has no state description (section %s)\n", path, LU_DESC_SECTION);
        r = -ENOENT;
    } else {
        void *aligned = must_calloc(1, s->sh_size);

        memcpy(aligned, f.data + s->sh_offset, s->sh_size);
        *ret_size = s->sh_size;
        r = world_add(w, path, aligned, s->sh_size, LU_DESC_MAGIC);
        free(aligned);
    }
    elf_close(&f);
    if (r)
        world_free(w);
    return r;
}

static void print_stat(const struct world *w, size_t size)
{
    printf("component %s\nbytes %zu\ntypes %u\nmembers %u\nenumerators %u\nglobals %u\n"
           "functions %u\nliterals %u\nsites %u\ninvariants %u\nstring bytes %zu\n"
           "transfer lines %u\n",
           w->component, size, w->n_types, w->n_members, w->n_enums, w->n_globals, w->n_funcs,
           w->n_literals, w->n_sites, w->n_invariants, w->strings.size, w->transfer_lines);
}

int main(int argc, char **argv)
{
    struct world w;
    size_t size;

    if (argc >= 2 && !strcmp(argv[1], "merge"))
        return cmd_merge(argc - 2, argv + 2);
    if (argc != 3 || (strcmp(argv[1], "dump") && strcmp(argv[1], "stat")))
        return usage();
    if (load(argv[2], &w, &size))
        return 1;
    if (!strcmp(argv[1], "dump"))
        dump_world(&w, stdout);
    else
        print_stat(&w, size);
    world_free(&w);
    return 0;
}
