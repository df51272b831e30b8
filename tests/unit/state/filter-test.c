/* SPDX-License-Identifier: MIT
 *
 * State filters against a component's image (filter-world.c): values, and errors
 * with the place of the offending token, marked by '@' in the text.
 * Usage: filter-test WORLD.elf
 */
#include "check.h"
#include "sim.h"

#include <st/filter.h>
#include <stdbool.h>
#include <stdlib.h>

struct value_case {
    const char *text;
    int want; /* 0, 1, or -LU_E... of the evaluation */
};

static const struct value_case values[] = {
    {"num_pending_writes == 0", 1},
    {"num_pending_writes", 0},
    {"!num_pending_writes && ready", 1},
    {"minus < zero", 1},
    {"minus == -2 && small == -1 && byte == 200", 1},
    {"big > 3000000000", 1},
    {"big == 4000000000u", 1},
    {"huge > 5", 1},
    {"huge == ~0", 1},
    {"huge < minus", 0},
    {"minus < huge && 5 < minus + huge", 1}, /* compared as unsigned, as in C */
    {"1 + 2 * 3 == 7 && (1 + 2) * 3 == 9", 1},
    {"10 - 4 - 3 == 3", 1},
    {"7 / 2 == 3 && -7 / 2 == -3 && -7 % 2 == -1", 1},
    {"1 << 4 == 16 && 256 >> 4 == 16 && -16 >> 2 == -4", 1},
    {"(6 & 3) == 2 && (6 | 3) == 7 && (6 ^ 3) == 5 && ~0 == -1", 1},
    {"1 || 1 / zero", 1}, /* the right side does not count */
    {"0 && 1 / zero", 0},
    {"1 / zero", -LU_ERANGE},
    {"1 % zero == 0", -LU_ERANGE},
    {"head == &first && head != NULL && nobody == NULL", 1},
    {"head->next->number == 20", 1},
    {"(*head).flags == 5 && head->level == -3 && head->urgent == 0", 1},
    {"third.urgent", 1},
    {"first.state == ESTABLISHED && second.state == 0", 1},
    {"first.name[0] == 'a' && first.name[1] == 0x62 && first.name[2] == '\\0'", 1},
    {"nobody->number == 1", -LU_EFAULT},
    {"wild->number == 1", -LU_EFAULT},
    {"table[1][2] == 6 && *cursor == 5 && cursor[-1] == 4 && *(cursor + 1) == 6", 1},
    {"cursor == &table[1][1]", 1},
    {"opaque == &zero", 1},
    {"conns[1].state == ESTABLISHED", 1},
    {"hidden == 11", 1},
    {"filter-world.c:hidden == 11", 1},
    {"filter-world.c:counter:calls == 12", 1},
    {"all(c in conns: c->state != SYN_RECEIVED)", 1},
    {"all(c in conns: c->state == IDLE)", 0},
    {"any(c in conns: c->number == 7)", 1},
    {"any(c in conns: c->number == 8)", 0},
    {"count(c in conns) == 3", 1},
    {"count(c in conns: c->state == IDLE) == 2", 1},
    {"count(r in table: all(x in *r: *x < 4)) == 1", 1},
    {"all(p in list(head, next): p->number % 10 == 0)", 1},
    {"count(p in list(head, next)) == 3 && count(p in list(nobody, next)) == 0", 1},
    {"any(p in list(head, next): p->urgent)", 1},
    {"count(p in list(ring, next)) == 2", 1},
    {"all(p in list(ring, next): p->number < 3)", 1},
    {"count(p in list(rho, next)) > 0", -LU_ELIMIT}, /* never comes back to its head */
    {"count(i in heap(item)) == 9", 1},              /* three, and two arrays of three */
    {"count(i in heap(struct item): i->key == 2) == 1", 1},
    {"all(i in heap(item): any(c in conns: c->state == IDLE))", 1},
    {"ready == true && zero == false", 1},
    {"+1 - -1 == 2 && !!5 == 1", 1},
    {"010 == 8 && 'a' == 97 && '\\x41' == 65 && '\\101' == 'A' && '\\xff' == -1", 1},
    /* integers are C's */
    {"minus < big", 0}, /* as unsigned */
    {"-1 < 1u", 0},
    {"-1 < 1ul || -1 > 1", 0},
    {"-1 < (long)1u", 1},
    {"minus < half && minus < byte && minus < ready", 1}, /* promoted to int */
    {"big + big == 3705032704", 1},
    {"(long)big + big == 8000000000", 1},
    {"most + 1 == least && -least == least && least - 1 == most", 1}, /* wraps around */
    {"2147483647 + 1 < 0 && 2147483648 + 1 > 0 && 0x80000000 == 2147483648u", 1},
    {"0xffffffff + 1 == 0 && 4294967295 + 1 != 0 && 0xffffffffu + 1l != 0", 1},
    {"~0u == 4294967295 && ~big == 294967295 && -1u == 4294967295", 1},
    {"least / -1", -LU_ERANGE},
    {"least % -1", -LU_ERANGE},
    {"least_long / -1", -LU_ERANGE},
    {"(long)least / -1 == 2147483648", 1},
    {"1 << 32", -LU_ERANGE},
    {"1 << 31 == least && 1u << 31 == 2147483648 && 1l << 32 == 4294967296", 1},
    {"1l << 64", -LU_ERANGE},
    {"1 >> minus", -LU_ERANGE},
    {"minus >> 1 == -1 && big >> 31 == 1 && (unsigned)minus >> 31 == 1", 1},
    {"flags == HIGH && flags > 0 && HIGH > 0 && LOW - 2 < 0 && flags - flags - 1 > 0", 1},
    {"fields.narrow - 32 < 0 && fields.all - 1 > 0 && fields.letter == -1", 1},
    {"fields.wide == -1 && fields.wider == 0xffffffffff && fields.flag == HIGH", 1},
    /* casts and sizeof */
    {"(char)300 == 44 && (unsigned char)-1 == 255 && (signed char)200 == -56", 1},
    {"(short)70000 == 4464 && (uint16_t)-1 == half && (_Bool)7 == 1 && (bool)zero == 0", 1},
    {"(int)big < 0 && (unsigned long)minus == 0xfffffffffffffffe && (long long)-1 < 0", 1},
    {"(unsigned long)&zero == (size_t)opaque && *(int *)opaque == 0", 1},
    {"((struct conn *)untyped)->number == 20 && (struct conn *)untyped == &second", 1},
    {"(void *)cursor == (void *)&table[1][1] && (char *)cursor != NULL", 1},
    {"(enum state)3 == SYN_RECEIVED && (enum flags)-1 > 0", 1},
    {"sizeof(struct conn) == sizeof first && sizeof(int) == 4 && sizeof conns == 3 * sizeof *head",
     1},
    {"sizeof(char *) == 8 && sizeof table[0] == 12 && sizeof(zero + 1l) == 8 && sizeof 'a' == 4",
     1},
    {"sizeof((char)zero) == 1 && sizeof(zero ? 1 : 2) == 4", -LU_EINVAL},
    {"sizeof(*nobody) > 0 && sizeof nobody->number == 8 && sizeof zero - 5 > 0", 1},
    /* pointers */
    {"cursor - &table[0][0] == 4 && &table[0][0] - cursor == -4 && 1 + cursor == &table[1][2]", 1},
    {"&conns[2] - conns == 2 && conns + 1 < &conns[2] && (*(conns + 2)).number == 7", 1},
    {"callback == answer && callback == &answer && callback != other_answer", 1},
    {"callback == filter-world.c:answer", 1},
    /* ranges */
    {"count(c in array(vector.elements, vector.n)) == 3", 1},
    {"any(c in array(conns, 3): c->number == 7) && !any(c in array(conns, 2): c->number == 7)", 1},
    {"count(c in array(conns, -1)) == 0 && all(c in array(nobody, 0): 0)", 1},
    {"count(c in array(negative.elements, negative.n)) > 0", -LU_ELIMIT},
    {"count(c in array(wild, 2): c->number) > 0", -LU_EFAULT},
    {"count(l in list(linked, link.next)) == 1", 1},
    {"count(l in list(linked, link.other)) == 1", 1},
    {"count(i in heap(struct item): i->key > 10) == 6", 1},
    {"all(i in heap(item): i->key < 20) && any(i in heap(item): i->key == 15)", 1},
    {"count(c in conns: count(d in conns: count(e in conns: c == d && d == e) == 1) == 1) == 3", 1},
};

struct error_case {
    const char *text; /* with '@' before the token */
    int code;
    const char *says;
};

static const struct error_case errors[] = {
    {"num_pending_writes @= 0", -LU_EINVAL, "did you mean '=='?"},
    {"num_pending_writes@++", -LU_EINVAL, "can't change"},
    {"minus @+= 1", -LU_EINVAL, "can't change"},
    {"@nonsense == 0", -LU_ENOENT, "'nonsense'"},
    {"zero == @nonsense", -LU_ENOENT, "'nonsense'"},
    {"head->@nosuch == 0", -LU_ENOENT, "has no member 'nosuch'"},
    {"head@.next == NULL", -LU_EMISMATCH, "did you mean '->'?"},
    {"first@->next == NULL", -LU_EMISMATCH, "did you mean '.'?"},
    {"zero@->next == 0", -LU_EMISMATCH, "needs a pointer"},
    {"@ratio > 0", -LU_EMISMATCH, "'double'"},
    {"head @== 5", -LU_EMISMATCH, "compares a pointer with an integer"},
    {"head @== cursor", -LU_EMISMATCH, "lead to different types"},
    {"@*opaque == 0", -LU_EMISMATCH, "can't be used on a pointer to 'void'"},
    {"@*zero", -LU_EMISMATCH, "needs a pointer"},
    {"@first == 0", -LU_EMISMATCH, "'struct conn'"},
    {"zero == 0 @zero", -LU_EINVAL, "should end here"},
    {"(zero == 0@", -LU_EINVAL, "expected ')'"},
    {"zero ==@", -LU_EINVAL, "ends where a value is expected"},
    {"@", -LU_EINVAL, "ends where a value is expected"},
    {"@rand() == 0", -LU_EINVAL, "calls are not allowed"},
    {"@setup() == 0", -LU_EINVAL, "calls are not allowed"},
    {"zero == @12x", -LU_EINVAL, "malformed number"},
    {"zero == @99999999999999999999", -LU_ERANGE, "64 bits"},
    {"zero == @'ab'", -LU_EINVAL, "malformed character"},
    {"zero @$ 1", -LU_EINVAL, "unexpected character '$'"},
    {"zero == @\xc3\xa9", -LU_EINVAL, "unexpected character 0xc3"},
    {"zero @? 1 : 2", -LU_EINVAL, "'?:'"},
    {"all(c in @zero: c)", -LU_EMISMATCH, "'int' is no array"},
    {"all(c @conns: c)", -LU_EINVAL, "expected 'in'"},
    {"all(c in conns@)", -LU_EINVAL, "expected ':'"},
    {"all(p in list(@zero, next): 1)", -LU_EMISMATCH, "must be a pointer"},
    {"all(p in list(head, @number): 1)", -LU_EMISMATCH, "is no pointer"},
    {"all(p in list(head, @nosuch): 1)", -LU_ENOENT, "has no member"},
    {"count(i in heap(@nosuch)) == 0", -LU_ENOENT, "name of a structure"},
    {"count(i in heap(struct vector *@*)) == 0", -LU_ENOENT, "nothing of this type"},
    {"count(i in heap(@struct conn *)) == 0", -LU_ENOENT, "name of a structure"},
    {"count(i in heap(@int)) == 0", -LU_ENOENT, "name of a structure"},
    {"all(p in list(linked, link.@nosuch): 1)", -LU_ENOENT, "has no member"},
    {"all(p in list(linked, @link): 1)", -LU_EMISMATCH, "is no pointer"},
    {"all(p in list(head, @text): 1)", -LU_EMISMATCH, "leads to 'char', not to the next"},
    {"all(c in array(@zero, 1): 1)", -LU_EMISMATCH, "pointer to its first element"},
    {"all(c in array(@opaque, 1): 1)", -LU_EMISMATCH, "pointer to its first element"},
    {"all(c in array(conns, @conns): 1)", -LU_EMISMATCH, "number of its elements"},
    {"all(c in array(conns@): 1)", -LU_EINVAL, "expected ','"},
    {"(struct @nosuch *)opaque == NULL", -LU_ENOENT, "no such type"},
    {"(unsigned @signed)1", -LU_EINVAL, "no such type in C"},
    {"(long @short)1", -LU_EINVAL, "no such type in C"},
    {"(long @char)1", -LU_EINVAL, "no such type in C"},
    {"(long long @long)1", -LU_EINVAL, "no such type in C"},
    {"(unsigned @void)1", -LU_EINVAL, "no such type in C"},
    {"(struct conn)@opaque == 0", -LU_EMISMATCH, "can't be cast to 'struct conn'"},
    {"(int)@first", -LU_EMISMATCH, "'struct conn'"},
    {"(struct vector *@*)opaque == NULL", -LU_ENOENT, "nothing of this type"},
    {"@sizeof(void) == 1", -LU_EMISMATCH, "has a size"},
    {"sizeof first.@flags == 1", -LU_EMISMATCH, "a bit-field has no size"},
    {"sizeof(struct @nosuch) == 1", -LU_ENOENT, "no such type"},
    {"zero == @1uu", -LU_EINVAL, "malformed number"},
    {"zero == @1lL", -LU_EINVAL, "malformed number"},
    {"zero == @0x", -LU_EINVAL, "malformed number"},
    {"zero == @08", -LU_EINVAL, "malformed number"},
    {"zero == @1.5", -LU_EINVAL, "malformed number"},
    {"zero == @'\\q'", -LU_EINVAL, "malformed character"},
    {"zero == @'\\x'", -LU_EINVAL, "malformed character"},
    {"zero == @'\\777'", -LU_EINVAL, "malformed character"},
    {"zero == @'", -LU_EINVAL, "malformed character"},
    {"head @+ head == NULL", -LU_EMISMATCH, "can't join these"},
    {"1 @- cursor == NULL", -LU_EMISMATCH, "can't join these"},
    {"opaque @- opaque == 0", -LU_EMISMATCH, "can't be used on a pointer to 'void'"},
    {"cursor @- head == 0", -LU_EMISMATCH, "lead to different types"},
    {"@answer() == 42", -LU_EINVAL, "calls are not allowed"},
    {"table[@head] == 0", -LU_EMISMATCH, "index must be an integer"},
    {"@-head == 0", -LU_EMISMATCH, "needs an integer"},
    {"head @* 2 == 0", -LU_EMISMATCH, "needs integers"},
    {"@&5 == 0", -LU_EMISMATCH, "needs an object"},
};

static struct st_sim *sim;
static const struct st_desc *desc;

static void run_value(const struct value_case *c)
{
    struct st_err err = {0};
    struct st_view view;
    uint8_t code[LU_FILTER_MAX];
    size_t len;
    int truth = -1, ret;

    ret = st_filter_compile(desc, c->text, code, &len, &err);
    if (ret == 0) {
        st_sim_view(sim, &view);
        ret = st_filter_eval(code, len, &view, &truth, &err);
        ret = ret < 0 ? ret : truth;
    }
    if (ret != c->want) {
        fprintf(stderr, "%s: %d, not %d (%s, at %u)\n", c->text, ret, c->want, err.text,
                err.offset);
        check_failures++;
    }
}

static void run_error(const struct error_case *c)
{
    struct st_err err = {0};
    uint8_t code[LU_FILTER_MAX];
    char text[256];
    size_t at = strcspn(c->text, "@"), len;
    int ret;

    snprintf(text, sizeof(text), "%.*s%s", (int)at, c->text, c->text + at + 1);
    ret = st_filter_compile(desc, text, code, &len, &err);
    if (ret != c->code || err.offset != at || !strstr(err.text, c->says)) {
        fprintf(stderr, "%s: %d at %u \"%s\", not %d at %zu \"%s\"\n", text, ret, err.offset,
                err.text, c->code, at, c->says);
        check_failures++;
    }
}

/* Deep and long filters end in an error, not in a crash. */
static void test_limits(void)
{
    static char text[20000];
    uint8_t code[LU_FILTER_MAX];
    struct st_err err = {0};
    size_t len;

    memset(text, '(', 5000);
    CHECK_INT(st_filter_compile(desc, text, code, &len, &err), -LU_ELIMIT);
    memset(text, '!', 5000);
    CHECK_INT(st_filter_compile(desc, text, code, &len, &err), -LU_ELIMIT);
    strcpy(text, "1");
    for (int i = 0; i < 500; i++)
        strcat(text, " + zero");
    CHECK_INT(st_filter_compile(desc, text, code, &len, &err), -LU_ELIMIT);
}

/* Every damaged byte is either refused or runs to some end. */
static void test_damage(void)
{
    uint8_t code[LU_FILTER_MAX], bad[LU_FILTER_MAX];
    struct st_err err = {0};
    struct st_view view;
    size_t len;
    int truth, refused = 0;

    st_sim_view(sim, &view);
    CHECK_INT(st_filter_compile(desc, "count(c in conns: c->state == IDLE && zero == 0) == 2", code,
                                &len, &err),
              0);
    for (size_t i = 0; i < len; i++) {
        for (unsigned v = 0; v < 256; v += 5) {
            memcpy(bad, code, len);
            bad[i] = (uint8_t)v;
            refused += st_filter_eval(bad, len, &view, &truth, &err) < 0;
        }
        CHECK(st_filter_verify(code, i, &err) == -LU_EFORMAT);
    }
    CHECK(refused > 1000);
}

/* Objects of type item with keys from `first` on: one, or an array of three. */
static void add_item(const struct lu_site *s, int first)
{
    uint64_t size = desc->types[s->type].size;
    int n = s->flags & LU_A_ARRAY ? 3 : 1;
    uint64_t p = st_sim_alloc(sim, size * (uint64_t)n, s->cell);

    for (int k = 0; k < n; k++) {
        int key = first + k;

        memcpy(st_sim_at(sim, p + (uint64_t)k * size), &key, sizeof(key));
    }
}

static void add_items(void)
{
    unsigned single = 0, arrays = 0;

    for (uint32_t i = 0; i < desc->n_sites; i++) {
        const struct lu_site *s = &desc->sites[i];
        bool array = s->flags & LU_A_ARRAY;

        if (!s->type || strcmp(st_desc_string(desc, desc->types[s->type].name), "item") != 0)
            continue;
        for (int k = 1; k <= (array ? 2 : 3); k++)
            add_item(s, array ? 8 + 3 * k : k);
        single += !array;
        arrays += array;
    }
    CHECK(single == 1 && arrays == 1);
}

int main(int argc, char **argv)
{
    struct st_image *image;
    struct st_err err = {0};

    if (argc != 2 || st_image_open(&image, argv[1], &err) < 0 ||
        st_sim_new(&sim, image, &err) < 0) {
        fprintf(stderr, "filter-test: %s\n", err.text);
        return 2;
    }
    desc = st_image_desc(image);
    add_items();
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        run_value(&values[i]);
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        run_error(&errors[i]);
    test_limits();
    test_damage();
    st_sim_free(sim);
    st_image_close(image);
    return CHECK_RESULT();
}
