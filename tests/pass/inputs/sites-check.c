/* SPDX-License-Identifier: MIT
 *
 * Runs sites.c or wrappers.c and looks every object's cell up in the description.
 */
#include "heap-stub.h"
#include "self-check.h"
#include "sites.h"

static void type_text(uint32_t index, char *ret, size_t room)
{
    const struct lu_type *t = &SELF_TABLE(type, types)[index];
    char inner[64];

    if (t->kind == LU_T_PTR) {
        type_text(t->ref, inner, sizeof(inner));
        snprintf(ret, room, "%s *", inner);
    } else if (t->kind == LU_T_ARRAY) {
        type_text(t->ref, inner, sizeof(inner));
        snprintf(ret, room, "%s[%u]", inner, t->count);
    } else {
        snprintf(ret, room, "%s", self_string(t->name));
    }
}

static void check(const struct expectation *e)
{
    const void *cell = heap_cell_of(e->object);
    const struct lu_site *s = cell ? self_site(cell) : NULL;
    char text[80] = "";

    CHECK(s, "%s: no site", e->what);
    if (!s)
        return;
    if (s->type)
        type_text(s->type, text, sizeof(text));
    CHECK(!strcmp(text, e->type ? e->type : ""), "%s: type '%s'", e->what, text);
    CHECK(s->flags == e->flags, "%s: flags 0x%x", e->what, s->flags);
    CHECK(*self_string(s->func) && *self_string(s->callee) && s->line, "%s: names", e->what);
}

/* No two sites are one: function and number tell them apart. */
static void check_distinct(void)
{
    const struct lu_site *s = SELF_TABLE(site, sites);

    for (uint32_t i = 0; i < self_desc->sites.count; i++)
        for (uint32_t k = 0; k < i; k++)
            CHECK(s[i].func != s[k].func || s[i].ordinal != s[k].ordinal, "site twice");
}

int main(void)
{
    self_open();
    make_all(5);
    for (unsigned i = 0; i < n_expectations; i++)
        check(&expectations[i]);
    check_distinct();
    printf("%u objects, %d failures\n", n_expectations, self_failures);
    return self_failures != 0 || !n_expectations;
}
