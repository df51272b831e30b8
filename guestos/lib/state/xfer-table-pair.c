/* SPDX-License-Identifier: MIT
 *
 * Which entry of an old table is which of the new one.  In this order: what both
 * start and end with; in between, equal entries if there are as many of them in
 * both; those that a name, function or enumerator tells from all others; and a run
 * between two paired ones that is as long as before, whose contents were changed.
 * The rest has no counterpart.  The same rules lead back.
 */
#include "xfer-table.h"

/* What lies between the common start and end, or both tables as a whole. */
struct middle {
    const struct entries *e;
    uint32_t at, old_n, new_n;
    bool weak;
    uint32_t *map;   /* per old entry: its counterpart + 1 */
    uint32_t *first; /* per old entry: the first new one that could be it, + 1; ~0 = several */
    uint32_t *back;  /* per new entry: its counterpart + 1 */
    uint32_t *count; /* per new entry: equal old ones */
    uint32_t *taken; /* per new entry: how many of those are paired */
};

/* May all of n entries be compared with all of m, by `len` bytes? */
static bool afford(const struct entries *e, uint64_t n, uint64_t m, uint64_t len)
{
    if (n && m && len && n > *e->budget / m / len)
        return false;
    *e->budget -= n * m * len;
    return true;
}

/* Entry i and new entry j, as far as bytes [from, to) of them say. */
static bool alike(const struct entries *e, uint64_t i, uint64_t j, uint64_t from, uint64_t to)
{
    const uint8_t *a = e->converted + i * e->size, *mask = e->mask + i * e->size;
    const uint8_t *b = e->as + j * e->size;

    for (uint64_t k = from; k < to; k++)
        if ((a[k] ^ b[k]) & mask[k])
            return false;
    return true;
}

static bool equal(const struct entries *e, uint64_t i, uint64_t j)
{
    return !e->odd[i] && alike(e, i, j, 0, e->size);
}

static bool equal_middle(const struct middle *m, uint32_t i, uint32_t j)
{
    return equal(m->e, m->at + i, m->at + j);
}

static void find_ends(struct xfer_table *t, const struct entries *e)
{
    uint32_t least = e->old_n < e->new_n ? e->old_n : e->new_n;
    uint32_t start = 0, end = 0;

    if (t->weak && e->old_n != e->new_n)
        return; /* several may be equal but for where they lead in their own table */
    while (start < least && equal(e, start, start))
        start++;
    while (end < least - start && equal(e, e->old_n - 1 - end, e->new_n - 1 - end))
        end++;
    t->start = start;
    t->end = end;
}

static void join(struct middle *m, uint32_t i, uint32_t j)
{
    m->map[i] = j + 1;
    m->back[j] = i + 1;
}

/* --- equal entries --- */

/* How many new entries are equal to an old one. */
static uint32_t count_equal(struct middle *m, uint32_t i)
{
    uint32_t n = 0;

    for (uint32_t j = 0; j < m->new_n; j++) {
        if (!equal_middle(m, i, j))
            continue;
        if (!n++)
            m->first[i] = j + 1;
        m->count[j]++;
    }
    return n;
}

/* To the k-th new entry that it is equal to. */
static void take_equal(struct middle *m, uint32_t i, uint32_t k)
{
    for (uint32_t j = m->first[i] - 1; j < m->new_n; j++)
        if (equal_middle(m, i, j) && k-- == 0) {
            join(m, i, j);
            return;
        }
}

/* m->map holds how many are equal, then which it is. */
static void pair_equal(struct middle *m)
{
    for (uint32_t i = 0; i < m->old_n; i++)
        m->map[i] = count_equal(m, i);
    for (uint32_t i = 0; i < m->old_n; i++) {
        uint32_t n = m->map[i], j = m->first[i] - 1;

        m->map[i] = 0;
        if (n && m->count[j] == n && (n == 1 || !m->weak))
            take_equal(m, i, m->taken[j]++);
    }
}

/* --- entries that changed, but for what tells them apart --- */

static bool is_name(const struct st_desc *d, const struct lu_member *m)
{
    const struct lu_type *t = &d->types[m->type];

    return !m->bit_size && (t->kind == LU_T_PTR || t->kind == LU_T_ENUM ||
                            (t->kind == LU_T_ARRAY && d->types[t->ref].kind == LU_T_CHAR));
}

/* Of a table in the new layout: do the bytes hold a name?  `mask` tells what was converted of
 * an old one; NULL: all. */
static bool has_name(const struct entries *e, const uint8_t *table, const uint8_t *mask, uint64_t i,
                     uint64_t from, uint64_t to)
{
    bool any = false;

    for (uint64_t k = i * e->size + from; k < i * e->size + to; k++) {
        if (mask && mask[k] != 0xff)
            return false;
        any |= table[k];
    }
    return any;
}

/* Do these bytes tell all entries of a table apart that have a name there? */
static bool tells_apart(const struct entries *e, const uint8_t *table, const uint8_t *mask,
                        uint32_t n, uint64_t from, uint64_t to)
{
    if (!afford(e, n, n, to - from))
        return false;
    for (uint64_t i = 1; i < n; i++)
        for (uint64_t k = 0; k < i; k++)
            if (memcmp(table + i * e->size + from, table + k * e->size + from, to - from) == 0 &&
                has_name(e, table, mask, i, from, to) && has_name(e, table, mask, k, from, to))
                return false;
    return true;
}

/* Notes which entries agree in a name; one with two counterparts has none. */
static void note_named(struct middle *m, uint64_t from, uint64_t to)
{
    for (uint32_t i = 0; i < m->old_n; i++)
        for (uint32_t j = 0; j < m->new_n && !m->map[i]; j++) {
            if (m->back[j] || !has_name(m->e, m->e->converted, m->e->mask, m->at + i, from, to) ||
                !alike(m->e, m->at + i, m->at + j, from, to))
                continue;
            m->first[i] = m->first[i] && m->first[i] != j + 1 ? ~0u : j + 1;
            m->taken[j] = m->taken[j] && m->taken[j] != i + 1 ? ~0u : i + 1;
        }
}

static void pair_named(struct middle *m)
{
    const struct entries *e = m->e;
    const struct lu_type *t = &e->desc->types[e->type];

    memset(m->first, 0, m->old_n * sizeof(uint32_t));
    memset(m->taken, 0, m->new_n * sizeof(uint32_t));
    for (uint32_t k = 0; k < t->count; k++) {
        const struct lu_member *member = &e->desc->members[t->first + k];
        uint64_t from = member->bit_offset / 8, to = from + e->desc->types[member->type].size;

        if (is_name(e->desc, member) && tells_apart(e, e->converted, e->mask, e->old_n, from, to) &&
            tells_apart(e, e->as, NULL, e->new_n, from, to))
            note_named(m, from, to);
    }
    for (uint32_t i = 0; i < m->old_n; i++)
        if (m->first[i] && m->first[i] != ~0u && m->taken[m->first[i] - 1] == i + 1)
            join(m, i, m->first[i] - 1);
}

/* --- entries that were changed in their places --- */

/* Old entries [i, end) have no counterpart; those around them do. */
static void pair_run(struct middle *m, uint32_t i, uint32_t end)
{
    uint32_t from = i ? m->map[i - 1] : 0;
    uint32_t to = end < m->old_n ? m->map[end] - 1 : m->new_n;

    if (to < from || to - from != end - i)
        return;
    for (uint32_t j = from; j < to; j++)
        if (m->back[j])
            return;
    for (uint32_t j = from; j < to; i++, j++)
        join(m, i, j);
}

static void pair_runs(struct middle *m)
{
    for (uint32_t i = 0, end; i < m->old_n; i = end + 1) {
        for (end = i; end < m->old_n && !m->map[end];)
            end++;
        pair_run(m, i, end);
    }
}

/* --- the whole --- */

static void pair_middle(struct middle *m)
{
    const struct lu_type *t = &m->e->desc->types[m->e->type];

    /* Letters are no entries. */
    if (!plan_is_vague(t) && afford(m->e, m->old_n, m->new_n, m->e->size))
        pair_equal(m);
    if (t->kind == LU_T_STRUCT && afford(m->e, m->old_n, m->new_n, m->e->size))
        pair_named(m);
    pair_runs(m);
}

int table_pair(const struct st_mem *mem, struct xfer_table *t, const struct entries *e)
{
    struct middle m = {.e = e, .weak = t->weak};
    uint32_t *work;

    find_ends(t, e);
    m.at = t->start;
    m.old_n = e->old_n - t->start - t->end;
    m.new_n = e->new_n - t->start - t->end;
    if (!m.old_n)
        return 0;
    t->middle = m.map = st_mem_array(mem, m.old_n, sizeof(uint32_t));
    work = st_mem_array(mem, m.old_n + 3ull * m.new_n, sizeof(uint32_t));
    if (t->middle && work) {
        m.first = work;
        m.back = m.first + m.old_n;
        m.count = m.back + m.new_n;
        m.taken = m.count + m.new_n;
        pair_middle(&m);
    }
    st_mem_free_array(mem, work, m.old_n + 3ull * m.new_n, sizeof(uint32_t));
    return t->middle && work ? 0 : -LU_ENOMEM;
}
