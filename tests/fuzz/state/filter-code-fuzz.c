/* SPDX-License-Identifier: MIT
 *
 * Filter bytecode from strangers: refused, or it ends.  The first byte says how the rest
 * is understood: 0 bytecode as it stands; 1 the same behind a header that fits; 2 patches
 * on the code of a valid filter; 3 a recipe, of which code is made that mostly gets past
 * the verifier: every instruction with operands that are allowed, where the stack has what
 * it takes, jumps to what was passed or to the end.
 */
#include "../../../guestos/lib/state/filter-code.h"
#include "old-version.h"
#include "patch.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const valid =
    "all(c in list(head, next): c->bits < 20 && any(v in values: v->kind == TEXT)) && "
    "count(n in heap(node): n->next == NULL) * 3 - 1 == table[1]->more";

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    old_open();
    return 0;
}

static void run(const uint8_t *code, size_t len)
{
    struct st_view view;
    struct st_err err;
    int truth = -1, verified = st_filter_verify(code, len, &err), r;

    old_view(&view);
    r = st_filter_eval(code, len, &view, &truth, &err);
    if ((verified < 0) != (r == -LU_EFORMAT))
        abort(); /* the heap's tables are good here */
}

static void run_with_header(const uint8_t *data, size_t size)
{
    uint8_t code[LU_FILTER_MAX];
    struct filter_header h = {FILTER_MAGIC, FILTER_VERSION, FILTER_SLOTS, 0, 0};

    if (!size || size - 1 > sizeof(code) - sizeof(h))
        return;
    h.n_cells = (uint16_t)(data[0] % 4);
    if (size - 1 < h.n_cells * sizeof(uint64_t))
        return;
    h.code_len = (uint16_t)(size - 1 - h.n_cells * sizeof(uint64_t));
    memcpy(code, &h, sizeof(h));
    memcpy(code + sizeof(h), data + 1, size - 1);
    run(code, sizeof(h) + size - 1);
}

static void run_patched(const uint8_t *data, size_t size)
{
    uint8_t code[LU_FILTER_MAX];
    struct st_err err;
    size_t len;

    if (st_filter_compile(old_desc(), valid, code, &len, &err) < 0)
        abort();
    for (size_t i = 0; i < patch_count(size); i++) {
        struct patch patch = patch_get(data, i);
        size_t at = (patch.place & 0xfffffff) % len;

        patch_apply(patch, code + at, len - at);
    }
    run(code, len);
}

/* --- recipes --- */

struct recipe {
    const uint8_t *data;
    size_t left;
    uint8_t code[LU_FILTER_MAX];
    unsigned len, depth;
    unsigned marks[16], mark_depths[16], n_marks; /* instructions to jump back to */
    unsigned ends[16], n_ends, end_depth;         /* jumps to be led to the end */
};

static uint8_t next(struct recipe *r)
{
    if (!r->left)
        return 0;
    r->left--;
    return *r->data++;
}

static void put(struct recipe *r, uint8_t byte)
{
    if (r->len < sizeof(r->code))
        r->code[r->len++] = byte;
}

static void put_operands(struct recipe *r, enum filter_op op)
{
    switch (op) {
    case FOP_LOAD:
        put(r, (uint8_t)((next(r) & 0x80) | (1 + next(r) % 8)));
        break;
    case FOP_BITS: {
        uint8_t shift = next(r) % 8;

        put(r, shift);
        put(r, (uint8_t)(1 + next(r) % (64 - shift)));
        put(r, next(r) & 1);
        break;
    }
    case FOP_GET:
    case FOP_SET:
        put(r, next(r) % FILTER_SLOTS);
        break;
    case FOP_DIV:
    case FOP_MOD:
    case FOP_SHL:
    case FOP_SHR:
    case FOP_SHRU:
        put(r, next(r) & 1 ? 32 : 64);
        break;
    case FOP_HEAP:
        put(r, 0), put(r, 0), put(r, (uint8_t)(next(r) % 3)), put(r, 0);
        put(r, (uint8_t)(1 + next(r) % 64)), put(r, 0), put(r, 0), put(r, 0);
        break;
    default:
        for (unsigned i = 0; i < filter_op_info[op].operands; i++)
            put(r, next(r));
    }
}

/* A conditional jump back to where the stack was as high, or on to the end. */
static void put_jump(struct recipe *r, enum filter_op op)
{
    unsigned after = r->depth - filter_op_info[op].pops, target = 0;
    uint8_t which = next(r);

    for (unsigned i = 0; i < r->n_marks && !target; i++)
        if (r->mark_depths[(which + i) % r->n_marks] == after)
            target = r->marks[(which + i) % r->n_marks];
    if (!target && (r->n_ends == 16 || (r->n_ends && r->end_depth != after)))
        return;
    put(r, (uint8_t)op);
    if (!target) {
        r->end_depth = after;
        r->ends[r->n_ends++] = r->len;
    }
    put(r, (uint8_t)target);
    put(r, (uint8_t)(target >> 8));
    r->depth = after;
}

static void put_instruction(struct recipe *r)
{
    enum filter_op op = (enum filter_op)(1 + next(r) % (FOP_COUNT - 1));
    const struct filter_op_info *info = &filter_op_info[op];

    if (r->depth < info->pops || r->depth - info->pops + info->pushes > FILTER_STACK)
        return;
    if (r->n_marks < 16 && r->len) {
        r->marks[r->n_marks] = r->len;
        r->mark_depths[r->n_marks++] = r->depth;
    }
    if (op == FOP_JMP)
        return;
    if (op == FOP_JZ || op == FOP_JNZ) {
        put_jump(r, op);
        return;
    }
    put(r, (uint8_t)op);
    put_operands(r, op);
    r->depth = r->depth - info->pops + info->pushes;
}

static void level(struct recipe *r, unsigned depth)
{
    for (; r->depth > depth; r->depth--)
        put(r, FOP_POP);
    for (; r->depth < depth; r->depth++)
        put(r, FOP_PUSH8), put(r, 1);
}

static void run_recipe(const uint8_t *data, size_t size)
{
    struct recipe r = {.data = data, .left = size};
    struct filter_header h = {FILTER_MAGIC, FILTER_VERSION, FILTER_SLOTS, 0, 2};
    uint8_t code[LU_FILTER_MAX];
    uint64_t cells[2] = {old_desc()->sites[0].cell, old_desc()->sites[1].cell | 1};

    while (r.left && r.len < 600)
        put_instruction(&r);
    level(&r, r.n_ends ? r.end_depth : r.depth);
    for (unsigned i = 0; i < r.n_ends; i++) {
        r.code[r.ends[i]] = (uint8_t)r.len;
        r.code[r.ends[i] + 1] = (uint8_t)(r.len >> 8);
    }
    level(&r, 1);
    put(&r, FOP_END);
    h.code_len = (uint16_t)r.len;
    memcpy(code, &h, sizeof(h));
    memcpy(code + sizeof(h), r.code, r.len);
    memcpy(code + sizeof(h) + r.len, cells, sizeof(cells));
    run(code, sizeof(h) + r.len + sizeof(cells));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    switch (data[0] % 4) {
    case 0:
        run(data + 1, size - 1);
        break;
    case 1:
        run_with_header(data + 1, size - 1);
        break;
    case 2:
        run_patched(data + 1, size - 1);
        break;
    default:
        run_recipe(data + 1, size - 1);
    }
    return 0;
}
