/* SPDX-License-Identifier: MIT
 *
 * Quantifiers: all(c in RANGE: cond), any(...), count(c in RANGE [: cond]), where
 * RANGE is an array, array(pointer, n), list(head, next) or heap(type).  The variable is
 * a pointer.
 */
#include "filter-parse.h"

#include <string.h>

enum quant { QUANT_ALL, QUANT_ANY, QUANT_COUNT };
enum range { RANGE_ARRAY, RANGE_LIST, RANGE_HEAP };

struct quant_loop {
    enum quant quant;
    enum range range;
    uint32_t type;   /* element */
    uint8_t it, end; /* slots: current element; array: past the last, list: first */
    uint8_t acc;
    uint64_t next_offset; /* list */
    unsigned first_cell, n_cells;
    unsigned top, out; /* code: loop head, jump out of it */
};

bool filter_is_quantifier(const struct filter_parser *p)
{
    return p->token == TOK_NAME && !p->scope[0] && filter_calls(p) &&
           (strcmp(p->name, "all") == 0 || strcmp(p->name, "any") == 0 ||
            strcmp(p->name, "count") == 0);
}

static uint8_t slot_new(struct filter_parser *p)
{
    if (p->n_slots >= FILTER_SLOTS) {
        filter_fail(p, -LU_ELIMIT, p->token_at, "too many quantifiers");
        return 0;
    }
    return (uint8_t)p->n_slots++;
}

/* The address of the first element is on the stack, above it the bytes of all. */
static void range_bounds(struct filter_parser *p, struct quant_loop *l)
{
    filter_emit(p, FOP_SWAP);
    filter_emit(p, FOP_DUP);
    filter_emit_byte(p, FOP_SET, l->it);
    filter_emit(p, FOP_ADD);
    filter_emit_byte(p, FOP_SET, l->end);
}

static void range_array(struct filter_parser *p, struct quant_loop *l)
{
    unsigned at = p->token_at;
    struct filter_value v = filter_unary(p);
    const struct lu_type *t = &p->d->types[v.type];
    char text[64];

    if (p->error)
        return;
    if (v.kind != VAL_OBJECT || t->kind != LU_T_ARRAY || !t->size) {
        filter_fail(p, -LU_EMISMATCH, at,
                    "'%s' is no array (also: array(pointer, n), list(head, next), heap(type))",
                    v.kind == VAL_NUM ? "an integer"
                                      : filter_type_name(p, v.type, text, sizeof(text)));
        return;
    }
    l->range = RANGE_ARRAY;
    l->type = t->ref;
    filter_emit_int(p, (int64_t)t->size);
    range_bounds(p, l);
}

/* array(pointer, n) */
static void range_counted(struct filter_parser *p, struct quant_loop *l)
{
    struct filter_value v;
    unsigned at;

    filter_next(p);
    filter_expect(p, "(", "array");
    at = p->token_at;
    v = filter_expr(p);
    filter_load(p, &v);
    if (!p->error && (v.kind != VAL_PTR || !p->d->types[v.type].size))
        filter_fail(p, -LU_EMISMATCH, at, "array needs a pointer to its first element");
    l->range = RANGE_ARRAY;
    l->type = p->error ? 0 : v.type;
    filter_expect(p, ",", "a pointer");
    at = p->token_at;
    v = filter_expr(p);
    filter_load(p, &v);
    if (!p->error && v.kind != VAL_NUM)
        filter_fail(p, -LU_EMISMATCH, at, "array needs the number of its elements");
    filter_emit_int(p, (int64_t)p->d->types[l->type].size);
    filter_emit(p, FOP_MUL);
    range_bounds(p, l);
    filter_expect(p, ")", "the number of elements");
}

/* The member, or member of a member, that leads to the next element of a list. */
static uint64_t list_link(struct filter_parser *p, uint32_t type)
{
    struct filter_value next = {.kind = VAL_OBJECT, .type = type};
    unsigned at;
    uint64_t offset = 0;
    char text[64];

    do {
        at = p->token_at;
        if (p->token != TOK_NAME)
            filter_fail(p, -LU_EINVAL, at, "expected the member that links the list");
        next = filter_member_place(p, next, p->name, at, &offset);
        filter_next(p);
    } while (filter_take(p, "."));
    if (p->error)
        return 0;
    if (next.kind != VAL_OBJECT || p->d->types[next.type].kind != LU_T_PTR)
        filter_fail(p, -LU_EMISMATCH, at, "this is no pointer");
    else if (p->d->types[next.type].ref && p->d->types[next.type].ref != type)
        filter_fail(p, -LU_EMISMATCH, at, "this leads to '%s', not to the next element of the list",
                    filter_type_name(p, p->d->types[next.type].ref, text, sizeof(text)));
    return offset;
}

static void range_list(struct filter_parser *p, struct quant_loop *l)
{
    struct filter_value head;
    unsigned at;

    filter_next(p);
    filter_expect(p, "(", "list");
    at = p->token_at;
    head = filter_expr(p);
    filter_load(p, &head);
    if (!p->error && (head.kind != VAL_PTR || p->d->types[head.type].kind != LU_T_STRUCT))
        filter_fail(p, -LU_EMISMATCH, at, "the head of a list must be a pointer to a structure");
    if (p->error)
        return;
    l->range = RANGE_LIST;
    l->type = head.type;
    filter_emit(p, FOP_DUP);
    filter_emit_byte(p, FOP_SET, l->it);
    filter_emit_byte(p, FOP_SET, l->end);
    filter_expect(p, ",", "the head of a list");
    l->next_offset = list_link(p, head.type);
    filter_expect(p, ")", "the member of a list");
}

/* Sites that allocate the type, or arrays of it. */
static void collect_cells(struct filter_parser *p, struct quant_loop *l)
{
    l->first_cell = p->n_cells;
    for (uint32_t i = 0; i < p->d->n_sites; i++) {
        const struct lu_site *s = &p->d->sites[i];
        const struct lu_type *of = &p->d->types[s->type], *wanted = &p->d->types[l->type];

        if (!s->type || of->name != wanted->name || of->kind != wanted->kind ||
            of->size != wanted->size)
            continue;
        if (p->n_cells >= FILTER_MAX_CELLS) {
            filter_fail(p, -LU_ELIMIT, p->token_at, "'%s' is allocated at too many places",
                        p->name);
            return;
        }
        p->cells[p->n_cells++] = s->cell | (s->flags & LU_A_ARRAY ? 1 : 0);
    }
    l->n_cells = p->n_cells - l->first_cell;
}

static void emit_heap(struct filter_parser *p, const struct quant_loop *l)
{
    filter_emit_heap(p, l->first_cell, l->n_cells, (uint32_t)p->d->types[l->type].size);
    filter_emit_byte(p, FOP_SET, l->it);
}

static void range_heap(struct filter_parser *p, struct quant_loop *l)
{
    unsigned at;
    struct filter_type t = {.kind = TYPE_INT};

    filter_next(p);
    filter_expect(p, "(", "heap");
    at = p->token_at;
    if (filter_starts_type(p))
        t = filter_type(p);
    if (!p->error && (t.kind != TYPE_OBJECT || !p->d->types[t.type].size))
        filter_fail(p, -LU_ENOENT, at, "expected the name of a structure or union");
    if (p->error)
        return;
    l->range = RANGE_HEAP;
    l->type = t.type;
    collect_cells(p, l);
    filter_emit_int(p, 0);
    emit_heap(p, l);
    filter_expect(p, ")", "a type");
}

static void loop_head(struct filter_parser *p, struct quant_loop *l)
{
    l->top = p->len;
    filter_emit_byte(p, FOP_GET, l->it);
    if (l->range == RANGE_ARRAY) {
        filter_emit_byte(p, FOP_GET, l->end);
        filter_emit(p, FOP_LTU);
        l->out = filter_emit_jump(p, FOP_JZ);
    } else {
        l->out = filter_emit_jump(p, FOP_JZ);
    }
}

/* Moves to the next element; leaves the loop at the end of a ring. */
static void loop_tail(struct filter_parser *p, struct quant_loop *l)
{
    filter_emit_byte(p, FOP_GET, l->it);
    if (l->range == RANGE_HEAP) {
        emit_heap(p, l);
        filter_emit_jump_to(p, FOP_JMP, l->top);
        return;
    }
    if (l->range == RANGE_ARRAY) {
        filter_emit_int(p, (int64_t)p->d->types[l->type].size);
        filter_emit(p, FOP_ADD);
        filter_emit_byte(p, FOP_SET, l->it);
        filter_emit_jump_to(p, FOP_JMP, l->top);
        return;
    }
    filter_emit_int(p, (int64_t)l->next_offset);
    filter_emit(p, FOP_ADD);
    filter_emit_byte(p, FOP_LOAD, 8);
    filter_emit(p, FOP_DUP);
    filter_emit_byte(p, FOP_SET, l->it);
    filter_emit_byte(p, FOP_GET, l->end);
    filter_emit(p, FOP_NE);
    filter_emit_jump_to(p, FOP_JNZ, l->top);
}

static void loop_body(struct filter_parser *p, struct quant_loop *l)
{
    struct filter_value v;
    unsigned skip;

    if (l->quant == QUANT_COUNT && filter_is(p, ")")) {
        filter_emit_int(p, 1);
    } else {
        filter_expect(p, ":", "what a quantifier ranges over");
        v = filter_expr(p);
        filter_truth(p, &v);
    }
    if (l->quant == QUANT_COUNT) {
        filter_emit_byte(p, FOP_GET, l->acc);
        filter_emit(p, FOP_ADD);
        filter_emit_byte(p, FOP_SET, l->acc);
        loop_tail(p, l);
        filter_patch(p, l->out);
        return;
    }
    /* The first element that decides ends the loop. */
    skip = filter_emit_jump(p, l->quant == QUANT_ALL ? FOP_JZ : FOP_JNZ);
    loop_tail(p, l);
    if (l->range == RANGE_LIST) { /* falls out at the end of a ring */
        unsigned end = filter_emit_jump(p, FOP_JMP);
        filter_patch(p, skip);
        filter_emit_int(p, l->quant != QUANT_ALL);
        filter_emit_byte(p, FOP_SET, l->acc);
        filter_patch(p, end);
    } else {
        filter_patch(p, skip);
        filter_emit_int(p, l->quant != QUANT_ALL);
        filter_emit_byte(p, FOP_SET, l->acc);
    }
    filter_patch(p, l->out);
}

static void parse_range(struct filter_parser *p, struct quant_loop *l)
{
    bool calls = p->token == TOK_NAME && !p->scope[0] && filter_calls(p);

    if (calls && strcmp(p->name, "list") == 0)
        range_list(p, l);
    else if (calls && strcmp(p->name, "heap") == 0)
        range_heap(p, l);
    else if (calls && strcmp(p->name, "array") == 0)
        range_counted(p, l);
    else
        range_array(p, l);
}

struct filter_value filter_quantifier(struct filter_parser *p)
{
    struct quant_loop l = {.quant = QUANT_COUNT};
    struct filter_value result = filter_int(p->token_at);
    struct filter_var *var;

    if (p->name[0] == 'a')
        l.quant = p->name[1] == 'l' ? QUANT_ALL : QUANT_ANY;
    result.wide = l.quant == QUANT_COUNT;
    filter_next(p);
    filter_expect(p, "(", "a quantifier");
    if (p->token != TOK_NAME || p->n_vars >= FILTER_MAX_VARS) {
        filter_fail(p, p->n_vars >= FILTER_MAX_VARS ? -LU_ELIMIT : -LU_EINVAL, p->token_at,
                    "expected a variable: all(c in ...: ...)");
        return result;
    }
    var = &p->vars[p->n_vars];
    strcpy(var->name, p->name);
    filter_next(p);
    if (p->token != TOK_NAME || strcmp(p->name, "in") != 0)
        filter_fail(p, -LU_EINVAL, p->token_at, "expected 'in' after '%s'", var->name);
    filter_next(p);
    l.it = slot_new(p);
    l.end = slot_new(p);
    l.acc = slot_new(p);
    parse_range(p, &l);
    var->type = l.type;
    var->slot = l.it;
    p->n_vars++;
    filter_emit_int(p, l.quant == QUANT_ALL);
    filter_emit_byte(p, FOP_SET, l.acc);
    loop_head(p, &l);
    loop_body(p, &l);
    p->n_vars--;
    filter_expect(p, ")", "a quantifier");
    filter_emit_byte(p, FOP_GET, l.acc);
    return result;
}
