/* SPDX-License-Identifier: MIT
 *
 * What neither the schema nor one element alone can tell: names that stand
 * twice, rules that contradict each other, an expectation that can't be met.
 */
#include "read.h"

#include <errno.h>
#include <st/rules.h>
#include <string.h>

_Static_assert((int)LU_SCN_RENAME_TYPE == (int)ST_RULE_RENAME_TYPE &&
                   (int)LU_SCN_RENAME_ENUMERATOR == (int)ST_RULE_RENAME_ENUMERATOR &&
                   (int)LU_SCN_DROP == (int)ST_RULE_DROP &&
                   (int)LU_SCN_TRUNCATE == (int)ST_RULE_TRUNCATE &&
                   (int)LU_SCN_SKIP == (int)ST_RULE_SKIP &&
                   (int)LU_SCN_VALUE == (int)ST_RULE_VALUE &&
                   (int)LU_SCN_COPY == (int)ST_RULE_COPY &&
                   (int)LU_SCN_INITIAL == (int)ST_RULE_INITIAL,
               "rule kinds are those of st/rules.h");

#define BAD(r, pos, ...) (lu_scn_diag_at((r)->d, (r)->s, (pos), __VA_ARGS__), -EINVAL)

static int check_names(struct scn_reader *r)
{
    const struct lu_scn_component *c = r->s->components;

    for (size_t i = 1; i < r->s->n_components; i++)
        for (size_t j = 0; j < i; j++)
            if (!strcmp(c[i].name, c[j].name))
                return BAD(r, &c[i].name_pos, "component '%s' stands in line %u already", c[i].name,
                           c[j].pos.line);
    return 0;
}

/* ".." is refused so that a scenario's folder says what it can reach. */
static int check_image_name(struct scn_reader *r, const struct lu_scn_component *c)
{
    for (const char *p = c->image; *p; p += strcspn(p, "/"), p += *p == '/')
        if (!strncmp(p, "..", 2) && (p[2] == '/' || !p[2]))
            return BAD(r, &c->image_pos, "image name '%s' climbs out of its folder", c->image);
    return 0;
}

static int check_rule_shape(struct scn_reader *r, const struct lu_scn_rule *rule)
{
    if (rule->kind == LU_SCN_RENAME_MEMBER && !strchr(rule->a, '.'))
        return BAD(r, &rule->pos, "'%s' names no member; expected \"TAG.member\"", rule->a);
    if (rule->kind == LU_SCN_RENAME_TYPE && strpbrk(rule->a, ".:"))
        return BAD(r, &rule->pos, "'%s' is no type's tag", rule->a);
    if (rule->b && !strcmp(rule->a, rule->b))
        return BAD(r, &rule->pos, "'%s' is renamed to itself", rule->a);
    return 0;
}

static int check_rules(struct scn_reader *r, const struct lu_scn_component *c)
{
    for (size_t i = 0; i < c->n_rules; i++) {
        const struct lu_scn_rule *x = &c->rules[i];
        int rc = check_rule_shape(r, x);

        if (rc < 0)
            return rc;
        for (size_t j = 0; j < i; j++)
            if (x->kind == c->rules[j].kind && !strcmp(x->a, c->rules[j].a))
                return BAD(r, &x->pos, "'%s' has such a rule in line %u already", x->a,
                           c->rules[j].pos.line);
    }
    return 0;
}

static int check_ranges(struct scn_reader *r, const struct lu_scn_component *c)
{
    for (size_t i = 1; i < c->n_ranges; i++)
        for (size_t j = 0; j < i; j++)
            if (c->ranges[i].first <= c->ranges[j].last && c->ranges[j].first <= c->ranges[i].last)
                return BAD(r, &c->ranges[i].pos, "this range overlaps the one in line %u",
                           c->ranges[j].pos.line);
    return 0;
}

static int check_expect(struct scn_reader *r)
{
    enum lu_rung rung = r->s->expect_rung;
    int fits;

    if (!r->s->has_expect_rung)
        return 0;
    if (r->s->expect == LU_OUTCOME_COMMITTED)
        fits = rung == LU_RUNG_NONE;
    else if (r->s->expect == LU_OUTCOME_REFUSED)
        fits = rung == LU_RUNG_REFUSE;
    else
        fits = rung == LU_RUNG_CANCEL || rung == LU_RUNG_ROLLBACK || rung == LU_RUNG_RESTORE;
    if (fits)
        return 0;
    return BAD(r, &r->s->expect_pos, "outcome '%s' never goes with rung '%s'",
               lu_outcome_word(r->s->expect), lu_rung_word(rung));
}

int scn_check(struct scn_reader *r)
{
    int rc = check_names(r);

    for (size_t i = 0; i < r->s->n_components && !rc; i++) {
        rc = check_image_name(r, &r->s->components[i]);
        if (!rc)
            rc = check_rules(r, &r->s->components[i]);
        if (!rc)
            rc = check_ranges(r, &r->s->components[i]);
    }
    return rc ? rc : check_expect(r);
}
