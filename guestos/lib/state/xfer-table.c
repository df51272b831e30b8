/* SPDX-License-Identifier: MIT
 *
 * Tables of constants.  The new version brings its own, and a pointer to an entry
 * means that entry, not its number: entries are paired by what they hold
 * (xfer-table-pair.c), once for each table that a pointer leads into.  To compare
 * them, old entries are converted by a reader of its own, into scratch memory: it
 * allocates nothing in the new version, calls no handler and counts nothing.
 *
 * A pointer in an entry is compared by where it leads; into a table that is being
 * compared just now (a state machine's next state), only as far as the table.
 */
#include "xfer-table.h"

#define HEADS 4096u
#define BUDGET (256ull << 20)
#define LARGEST (64ull << 20) /* bytes of a table, in the new layout */
#define LEVELS 8u             /* tables whose entries lead to those of others */

struct xfer_tables {
    struct xfer_table *heads[HEADS];
    struct st_xfer *readers[LEVELS];
    struct xfer_table *making[LEVELS];
    unsigned depth;  /* of them that are in use */
    uint64_t budget; /* of struct entries, of all tables */
};

/* --- readers --- */

static struct st_xfer *reader_new(struct st_xfer *x)
{
    struct st_xfer *c = st_mem_array(x->args->mem, 1, sizeof(*c));

    if (!c)
        return NULL;
    c->args = x->args;
    c->plan = x->plan;
    c->view = x->view;
    c->tables = x->tables;
    c->writing = c->comparing = true;
    if (xfer_open_reader(c) == 0)
        return c;
    xfer_close(c);
    st_mem_free_array(x->args->mem, c, 1, sizeof(*c));
    return NULL;
}

static struct st_xfer *reader(struct st_xfer *x)
{
    struct st_xfer **c = &x->tables->readers[x->tables->depth];

    if (!*c)
        *c = reader_new(x);
    return *c;
}

void xfer_tables_free(struct st_xfer *x)
{
    const struct st_mem *mem = x->args->mem;

    if (!x->tables)
        return;
    for (unsigned i = 0; i < LEVELS; i++) {
        if (x->tables->readers[i])
            xfer_close(x->tables->readers[i]);
        st_mem_free_array(mem, x->tables->readers[i], 1, sizeof(*x));
    }
    for (unsigned i = 0; i < HEADS; i++)
        for (struct xfer_table *t = x->tables->heads[i], *next; t; t = next) {
            next = t->next;
            st_mem_free_array(mem, t->middle, t->old_n - t->start - t->end, sizeof(uint32_t));
            st_mem_free_array(mem, t, 1, sizeof(*t));
        }
    st_mem_free_array(mem, x->tables, 1, sizeof(*x->tables));
}

/* --- entries --- */

static int convert(struct st_xfer *c, const struct xfer_table *t, uint32_t i, uint8_t *to,
                   uint64_t size, int fill)
{
    uint64_t at = t->old_addr + i * t->old_size;

    memset(to, fill, size);
    c->object = (struct xfer_object){.old_addr = at,
                                     .old_end = at + t->old_size,
                                     .new_addr = t->new_addr,
                                     .new_end = t->new_addr + size,
                                     .data = to};
    return xfer_walk(c, t->pair, at, 0, false);
}

/* What two conversions into different bytes agree about was converted. */
static int convert_entry(struct st_xfer *c, const struct xfer_table *t, struct entries *e,
                         uint32_t i)
{
    uint8_t *entry = e->converted + i * e->size, *mask = e->mask + i * e->size;
    int r = convert(c, t, i, mask, e->size, 0xff);

    c->odd = false;
    r = r < 0 ? r : convert(c, t, i, entry, e->size, 0);
    if (r < 0)
        return r;
    e->odd[i] = c->odd;
    for (uint64_t k = 0; k < e->size; k++)
        mask[k] = (uint8_t)~(mask[k] ^ entry[k]);
    return 0;
}

/* Bytes that are values, not padding, count in every entry. */
static void mask_padding(struct entries *e)
{
    for (uint64_t at = 0, n; at < e->size; at += n) {
        bool value;

        n = xfer_value_run(e->desc, e->type, at, &value);
        for (uint64_t i = 0; i < e->old_n && !value; i++)
            memset(e->mask + i * e->size + at, 0, n);
    }
}

/* What is copied as it is needs no conversion. */
static int copy_entries(struct st_xfer *c, const struct xfer_table *t, struct entries *e)
{
    memset(e->mask, 0xff, e->old_n * e->size);
    return c->view->read(c->view->ctx, t->old_addr, e->converted, e->old_n * e->size);
}

static int convert_entries(struct st_xfer *c, const struct xfer_table *t, struct entries *e)
{
    int r = 0;

    for (uint32_t i = 0; i < e->old_n && r == 0; i++)
        r = convert_entry(c, t, e, i);
    return r;
}

/* --- pointers in entries --- */

/* `t` is being compared, and is led to from what is compared now: by way of all that lie in
 * between. */
static void weaken(struct st_xfer *x, const struct xfer_table *t)
{
    for (unsigned i = x->tables->depth; i-- > 0;) {
        x->tables->making[i]->weak = true;
        if (x->tables->making[i] == t)
            return;
    }
}

/* What stands for a pointer: of literals with the same content the first, of a table that is
 * being compared the start. */
static uint64_t canonical(struct st_xfer *x, uint64_t v)
{
    const struct st_desc *d = x->plan->new;
    const struct lu_literal *l = st_desc_literal_at(d, v);

    for (unsigned i = 0; i < x->tables->depth; i++) {
        const struct xfer_table *t = x->tables->making[i];

        if (v < t->new_addr || v > t->new_addr + t->new_n * t->new_size)
            continue;
        weaken(x, t);
        return t->new_addr;
    }
    if (!l || v - l->addr >= l->size)
        return v;
    return xfer_literal(d, l->hash, l->size) + (v - l->addr);
}

static void canonical_entries(struct st_xfer *x, uint8_t *entries, uint64_t n, uint64_t size)
{
    uint64_t v;

    for (uint64_t i = 0; i < n; i++)
        for (uint64_t at = 0; at + 8 <= size; at += 8) {
            memcpy(&v, entries + i * size + at, 8);
            if (v < LU_VA_IMAGE || v >= LU_VA_STACK_TOP)
                continue;
            v = canonical(x, v);
            memcpy(entries + i * size + at, &v, 8);
        }
}

/* --- tables --- */

static int read_new(const struct st_xfer *x, const struct xfer_table *t, struct entries *e)
{
    const struct st_view *new = x->args->new_view;

    return e->new_n ? new->read(new->ctx, t->new_addr, e->as, e->new_n * e->size) : 0;
}

static int fill(struct st_xfer *x, struct st_xfer *c, struct xfer_table *t, struct entries *e)
{
    bool copy = (x->plan->pairs[t->pair].flags & PAIR_COPY) && t->old_size == t->new_size;
    int r = read_new(x, t, e);

    if (r < 0)
        return xfer_fail(x, -LU_EFAULT, "the new version's constants at %#llx are not readable",
                         (unsigned long long)t->new_addr);
    r = copy ? copy_entries(c, t, e) : convert_entries(c, t, e);
    if (r < 0)
        return xfer_fail(x, r, "leads to constants that can't be compared: %s", st_err_name(r));
    if (!copy) {
        canonical_entries(x, e->converted, e->old_n, e->size);
        canonical_entries(x, e->as, e->new_n, e->size);
    }
    mask_padding(e);
    r = table_pair(x->args->mem, t, e);
    return r < 0 ? xfer_fail(x, r, "no memory to compare constants") : 0;
}

static int compare(struct st_xfer *x, struct xfer_table *t)
{
    const struct st_mem *mem = x->args->mem;
    struct st_xfer *c = reader(x);
    struct entries e = {.desc = x->plan->new,
                        .type = x->plan->pairs[t->pair].new_type,
                        .old_n = t->old_n,
                        .new_n = t->new_n,
                        .size = t->new_size,
                        .budget = &x->tables->budget,
                        .converted = st_mem_array(mem, t->old_n, t->new_size),
                        .mask = st_mem_array(mem, t->old_n, t->new_size),
                        .as = st_mem_array(mem, t->new_n, t->new_size),
                        .odd = st_mem_array(mem, t->old_n, 1)};
    int r;

    x->tables->making[x->tables->depth++] = t;
    if (c && e.converted && e.mask && e.as && e.odd)
        r = fill(x, c, t, &e);
    else
        r = xfer_fail(x, -LU_ENOMEM, "no memory to compare constants");
    x->tables->depth--;
    st_mem_free_array(mem, e.converted, t->old_n, t->new_size);
    st_mem_free_array(mem, e.mask, t->old_n, t->new_size);
    st_mem_free_array(mem, e.as, t->new_n, t->new_size);
    st_mem_free_array(mem, e.odd, t->old_n, 1);
    return r;
}

static struct xfer_table **find(struct st_xfer *x, const struct xfer_table *key)
{
    struct xfer_table **t = &x->tables->heads[(key->old_addr / 8 ^ key->pair) % HEADS];

    while (*t && ((*t)->pair != key->pair || (*t)->old_addr != key->old_addr ||
                  (*t)->new_addr != key->new_addr))
        t = &(*t)->next;
    return t;
}

static int make(struct st_xfer *x, const struct xfer_table *key, struct xfer_table **ret)
{
    struct xfer_table *t;
    int r;

    if (x->tables->depth == LEVELS)
        return xfer_fail(x, -LU_EAMBIGUOUS, "leads over too many tables of constants");
    if ((key->old_n > key->new_n ? key->old_n : key->new_n) > LARGEST / key->new_size)
        return xfer_fail(x, -LU_EAMBIGUOUS, "leads to constants that are too large to be compared");
    t = st_mem_array(x->args->mem, 1, sizeof(*t));
    if (!t)
        return xfer_fail(x, -LU_ENOMEM, "no memory to compare constants");
    *t = *key;
    t->making = true;
    *ret = t;
    r = compare(x, t);
    t->making = false;
    return r;
}

static int tables_new(struct st_xfer *x)
{
    x->tables = st_mem_array(x->args->mem, 1, sizeof(*x->tables));
    if (!x->tables)
        return -LU_ENOMEM;
    x->tables->budget = BUDGET;
    return 0;
}

int xfer_table(struct st_xfer *x, const struct xfer_table *key, const struct xfer_table **ret)
{
    struct xfer_table **t;
    int r = 0;

    if (!x->tables && tables_new(x) < 0)
        return xfer_fail(x, -LU_ENOMEM, "no memory to compare constants");
    t = find(x, key);
    if (!*t)
        r = make(x, key, t);
    else if ((*t)->making)
        weaken(x, *t);
    *ret = *t;
    return r;
}

uint64_t xfer_table_entry(const struct xfer_table *t, uint64_t i)
{
    uint32_t to;

    if (i < t->start)
        return i;
    if (i >= t->old_n - t->end)
        return i + t->new_n - t->old_n;
    to = t->middle ? t->middle[i - t->start] : 0;
    return to ? t->start + to - 1 : XFER_NO_ENTRY;
}
