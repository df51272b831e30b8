/* SPDX-License-Identifier: MIT
 *
 * Fills struct lu_scenario.  The schema has been checked, so a required
 * attribute is there and every word is one of the schema's; what is checked here
 * are bounds, ranges of numbers, and that fixed arrays are large enough.
 */
#include "read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PREPARE_MS 5000u
#define DEFAULT_REHEARSE_MS 5000u
#define DEFAULT_TRANSFER_MS 5000u
#define DEFAULT_CHECK_MS 2000u

#define BAD(r, pos, ...) (lu_scn_diag_at((r)->d, (r)->s, (pos), __VA_ARGS__), -EINVAL)

static int named(const xmlNode *n, const char *name)
{
    return !strcmp((const char *)n->name, name);
}

static int pos_of(struct scn_reader *r, const xmlNode *n, struct lu_scn_pos *ret)
{
    const struct scn_place *p = n->_private;

    *ret = (struct lu_scn_pos){p->at.line, p->at.col, scn_place_path(r->a, p)};
    return ret->path ? 0 : -ENOMEM;
}

/* *ret = the attribute's value, or NULL; *ret_pos (may be NULL) where the value stands. */
static int get(struct scn_reader *r, xmlNode *n, const char *name, const char **ret,
               struct lu_scn_pos *ret_pos)
{
    const struct scn_attr_place *p = scn_place_attr(n->_private, name);
    const struct scn_place *here = n->_private;
    xmlChar *v;

    *ret = NULL;
    if (!p)
        return 0;
    v = xmlGetNoNsProp(n, (const xmlChar *)name);
    *ret = v ? scn_strndup(r->a, (const char *)v, strlen((const char *)v)) : NULL;
    xmlFree(v);
    if (!*ret)
        return -ENOMEM;
    if (ret_pos) {
        const char *path = scn_place_path(r->a, here);

        *ret_pos = (struct lu_scn_pos){p->value_at.line, p->value_at.col,
                                       path ? scn_printf(r->a, "%s/@%s", path, name) : NULL};
        if (!ret_pos->path)
            return -ENOMEM;
    }
    return 0;
}

/* As get, for an attribute that the schema requires. */
static int need(struct scn_reader *r, xmlNode *n, const char *name, const char **ret,
                struct lu_scn_pos *ret_pos)
{
    int rc = get(r, n, name, ret, ret_pos);

    return rc < 0 ? rc : *ret ? 0 : -EIO;
}

static int get_text(struct scn_reader *r, xmlNode *n, struct lu_scn_text *ret)
{
    const struct scn_place *p = n->_private;
    xmlChar *seen;
    int rc = scn_place_text(r->a, p, r->end, &ret->text, &ret->len, &ret->place);

    if (rc < 0)
        return rc;
    seen = xmlNodeGetContent(n);
    if (!seen)
        return -ENOMEM;
    rc = strstr((const char *)seen, ret->text) ? 0 : -EIO; /* two readers, one text */
    xmlFree(seen);
    ret->pos = (struct lu_scn_pos){ret->place[0][0], ret->place[0][1], scn_place_path(r->a, p)};
    return rc < 0 ? rc : ret->pos.path ? 0 : -ENOMEM;
}

/* Decimal or 0x...; the schema has checked the characters, not the range. */
static int number(struct scn_reader *r, const char *s, uint64_t max, const struct lu_scn_pos *pos,
                  uint64_t *ret)
{
    unsigned long long v;

    errno = 0;
    v = strtoull(s, NULL, strncmp(s, "0x", 2) ? 10 : 16);
    if (errno || v > max)
        return BAD(r, pos, "%s is too large: the largest is 0x%llx", s, (unsigned long long)max);
    *ret = v;
    return 0;
}

static int read_signed(struct scn_reader *r, xmlNode *n, const char *name, int64_t *ret)
{
    struct lu_scn_pos pos;
    const char *s;
    int rc = need(r, n, name, &s, &pos);

    if (rc < 0)
        return rc;
    errno = 0;
    if (strncmp(s, "0x", 2))
        *ret = strtoll(s, NULL, 10);
    else
        *ret = (int64_t)strtoull(s, NULL, 16);
    return errno ? BAD(r, &pos, "%s does not fit into 64 bits", s) : 0;
}

static int message_type(struct scn_reader *r, const char *s, const struct lu_scn_pos *pos,
                        uint32_t *ret)
{
    static const struct {
        const char *name;
        enum lu_proto proto;
    } protocols[] = {{"update", LU_PROTO_UPDATE},
                     {"pci", LU_PROTO_PCI},
                     {"nic", LU_PROTO_NIC},
                     {"net", LU_PROTO_NET},
                     {"channel", LU_PROTO_CHANNEL}};
    const char *colon = strchr(s, ':');
    uint64_t v;
    int rc;

    if (!colon) {
        rc = number(r, s, UINT32_MAX, pos, &v);
        if (!rc && !v)
            return BAD(r, pos, "0 is no message type; leave 'type' out for every type");
        *ret = (uint32_t)v;
        return rc;
    }
    rc = number(r, colon + 1, 0xffffff, pos, &v);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
        if (!strncmp(s, protocols[i].name, (size_t)(colon - s)) && !protocols[i].name[colon - s]) {
            *ret = LU_MSG(protocols[i].proto, (uint32_t)v);
            return 0;
        }
    return BAD(r, pos, "unknown protocol '%.*s'; expected update, pci, nic, net or channel",
               (int)(colon - s), s);
}

static int read_hold(struct scn_reader *r, xmlNode *n, struct lu_scn_component *c)
{
    struct lu_scn_hold *h = &c->holds[c->n_holds];
    struct lu_scn_pos pos, type_pos;
    const char *type;
    int rc = pos_of(r, n, &pos);

    if (rc < 0)
        return rc;
    if (c->n_holds == LU_MAX_HOLDS)
        return BAD(r, &pos, "more than %u <hold> and <pass> in one component", LU_MAX_HOLDS);
    h->pos = pos;
    h->allow = (uint32_t)named(n, "pass");
    rc = get(r, n, "from", &h->from, NULL);
    if (!rc)
        rc = get(r, n, "type", &type, &type_pos);
    if (!rc && type)
        rc = message_type(r, type, &type_pos, &h->type);
    c->n_holds++;
    return rc;
}

static int rename_kind(const char *word)
{
    static const char *const words[] = {"type", "member", "global", "function", "enumerator"};
    int i = 0;

    while (i < 4 && strcmp(words[i], word))
        i++;
    return LU_SCN_RENAME_TYPE + i;
}

static int read_rename(struct scn_reader *r, xmlNode *n, struct lu_scn_rule *rule)
{
    const char *kind;
    int rc = need(r, n, "kind", &kind, NULL);

    if (!rc)
        rc = need(r, n, "from", &rule->a, NULL);
    if (!rc)
        rc = need(r, n, "to", &rule->b, NULL);
    if (!rc)
        rule->kind = (enum lu_scn_rule_kind)rename_kind(kind);
    return rc;
}

static int read_rule(struct scn_reader *r, xmlNode *n, struct lu_scn_rule *rule)
{
    int rc = pos_of(r, n, &rule->pos);

    if (rc < 0)
        return rc;
    if (named(n, "rename"))
        return read_rename(r, n, rule);
    rc = need(r, n, "object", &rule->a, NULL);
    if (rc < 0)
        return rc;
    if (named(n, "drop")) {
        rule->kind = LU_SCN_DROP;
    } else if (named(n, "truncate")) {
        rule->kind = LU_SCN_TRUNCATE;
    } else if (named(n, "skip")) {
        rule->kind = LU_SCN_SKIP;
    } else if (named(n, "copy")) {
        rule->kind = LU_SCN_COPY;
    } else if (named(n, "value")) {
        rule->kind = LU_SCN_VALUE;
        return read_signed(r, n, "is", &rule->value);
    } else {
        rule->kind = LU_SCN_INITIAL;
        return read_signed(r, n, "hash", &rule->value);
    }
    return 0;
}

static int read_rules(struct scn_reader *r, xmlNode *n, struct lu_scn_component *c)
{
    size_t count = xmlChildElementCount(n);
    struct lu_scn_rule *rules;
    struct lu_scn_pos pos;
    int rc = pos_of(r, n, &pos);

    if (rc < 0)
        return rc;
    if (count > LU_SCN_MAX_RULES)
        return BAD(r, &pos, "%zu rules; at most %u are allowed", count, LU_SCN_MAX_RULES);
    rules = scn_alloc(r->a, count * sizeof(*rules));
    if (!rules)
        return -ENOMEM;
    c->rules = rules;
    for (xmlNode *x = xmlFirstElementChild(n); x; x = xmlNextElementSibling(x)) {
        rc = read_rule(r, x, &rules[c->n_rules++]);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int read_range(struct scn_reader *r, xmlNode *n, struct lu_scn_component *c)
{
    struct lu_scn_range *g = &c->ranges[c->n_ranges];
    struct lu_scn_pos pos, first_pos = {0}, last_pos = {0};
    const char *first = NULL, *last = NULL;
    int rc = pos_of(r, n, &pos);

    if (!rc)
        rc = need(r, n, "first", &first, &first_pos);
    if (!rc)
        rc = need(r, n, "last", &last, &last_pos);
    if (rc < 0)
        return rc;
    if (c->n_ranges == LU_SCN_MAX_RANGES)
        return BAD(r, &pos, "more than %u <grant-memory> in one component", LU_SCN_MAX_RANGES);
    g->pos = pos;
    rc = number(r, first, UINT64_MAX, &first_pos, &g->first);
    if (!rc)
        rc = number(r, last, UINT64_MAX, &last_pos, &g->last);
    if (rc < 0)
        return rc;
    if (g->first % LU_PAGE_SIZE)
        return BAD(r, &first_pos, "%s is not the first byte of a page of %u bytes", first,
                   LU_PAGE_SIZE);
    if ((g->last + 1) % LU_PAGE_SIZE)
        return BAD(r, &last_pos, "%s is not the last byte of a page of %u bytes", last,
                   LU_PAGE_SIZE);
    if (g->first > g->last)
        return BAD(r, &pos, "the range ends at %s, before it begins at %s", last, first);
    c->n_ranges++;
    return 0;
}

static int read_filter(struct scn_reader *r, xmlNode *n, struct lu_scn_component *c)
{
    struct lu_scn_pos pos;
    int rc = get_text(r, n, &c->filter);

    if (!rc)
        rc = pos_of(r, n, &pos);
    if (rc < 0)
        return rc;
    if (!c->filter.len)
        return BAD(r, &pos, "<state-filter> is empty; leave it out if any state will do");
    if (c->filter.len > LU_SCN_MAX_FILTER)
        return BAD(r, &pos, "<state-filter> has %zu bytes; at most %u are allowed", c->filter.len,
                   LU_SCN_MAX_FILTER);
    return 0;
}

static int read_rehearse(struct scn_reader *r, xmlNode *n, enum lu_rehearse *ret)
{
    const char *mode;
    int rc = need(r, n, "mode", &mode, NULL);

    if (!rc)
        *ret = (enum lu_rehearse)lu_rehearse_from_word(mode);
    return rc;
}

static int read_own_rehearse(struct scn_reader *r, xmlNode *n, struct lu_scn_component *c)
{
    c->has_rehearse = 1;
    return read_rehearse(r, n, &c->rehearse);
}

static int read_component(struct scn_reader *r, xmlNode *n)
{
    struct lu_scn_component *c = &r->s->components[r->s->n_components];
    struct lu_scn_pos pos;
    int rc = pos_of(r, n, &pos);

    if (rc < 0)
        return rc;
    if (r->s->n_components == LU_SCN_MAX_COMPONENTS)
        return BAD(r, &pos, "more than %u components in one scenario", LU_SCN_MAX_COMPONENTS);
    r->s->n_components++;
    c->pos = pos;
    rc = need(r, n, "name", &c->name, &c->name_pos);
    if (!rc)
        rc = need(r, n, "image", &c->image, &c->image_pos);
    for (xmlNode *x = xmlFirstElementChild(n); x && !rc; x = xmlNextElementSibling(x)) {
        if (named(x, "state-filter"))
            rc = read_filter(r, x, c);
        else if (named(x, "rules"))
            rc = read_rules(r, x, c);
        else if (named(x, "grant-memory"))
            rc = read_range(r, x, c);
        else if (named(x, "rehearse"))
            rc = read_own_rehearse(r, x, c);
        else
            rc = read_hold(r, x, c);
    }
    return rc;
}

static int read_deadline(struct scn_reader *r, xmlNode *n, const char *name, unsigned *ret)
{
    const char *s;
    int rc = get(r, n, name, &s, NULL);

    if (!rc && s)
        *ret = (unsigned)strtoul(s, NULL, 10);
    return rc;
}

static int read_deadlines(struct scn_reader *r, xmlNode *n)
{
    int rc = read_deadline(r, n, "prepare", &r->s->prepare_ms);

    if (!rc)
        rc = read_deadline(r, n, "rehearse", &r->s->rehearse_ms);
    if (!rc)
        rc = read_deadline(r, n, "transfer", &r->s->transfer_ms);
    return rc ? rc : read_deadline(r, n, "check", &r->s->check_ms);
}

static int read_fault(struct scn_reader *r, xmlNode *n, struct lu_scn_fault *faults)
{
    struct lu_scn_fault *f = &faults[r->s->n_faults];
    const char *at;
    int rc = pos_of(r, n, &f->pos);

    if (!rc)
        rc = need(r, n, "at", &at, NULL);
    if (rc < 0)
        return rc;
    f->kind = LU_SCN_KILL_AGENT;
    f->at = lu_step_from_word(at);
    for (size_t i = 0; i < r->s->n_faults; i++)
        if (faults[i].kind == f->kind && faults[i].at == f->at)
            return BAD(r, &f->pos, "this fault stands in line %u already", faults[i].pos.line);
    r->s->n_faults++;
    return 0;
}

static int read_expect(struct scn_reader *r, xmlNode *n)
{
    const char *outcome = NULL, *rung = NULL;
    int rc = need(r, n, "outcome", &outcome, NULL);

    if (!rc)
        rc = get(r, n, "rung", &rung, NULL);
    if (!rc)
        rc = pos_of(r, n, &r->s->expect_pos);
    if (rc < 0)
        return rc;
    r->s->expect = lu_outcome_from_word(outcome);
    if (rung) {
        r->s->has_expect_rung = 1;
        r->s->expect_rung = (enum lu_rung)lu_rung_from_word(rung);
    }
    return 0;
}

static int read_undo(struct scn_reader *r, xmlNode *n)
{
    const char *from;
    int rc = need(r, n, "from", &from, NULL);

    if (!rc)
        r->s->undo_from = (enum lu_rung)lu_rung_from_word(from);
    return rc;
}

static int read_description(struct scn_reader *r, xmlNode *n)
{
    struct lu_scn_text t;
    int rc = get_text(r, n, &t);

    if (!rc)
        r->s->description = t.text;
    return rc;
}

static int read_child(struct scn_reader *r, xmlNode *n, struct lu_scn_fault *faults)
{
    if (named(n, "description"))
        return read_description(r, n);
    if (named(n, "component"))
        return read_component(r, n);
    if (named(n, "deadlines"))
        return read_deadlines(r, n);
    if (named(n, "rehearse"))
        return read_rehearse(r, n, &r->s->rehearse);
    if (named(n, "undo"))
        return read_undo(r, n);
    if (named(n, "fault"))
        return read_fault(r, n, faults);
    return read_expect(r, n);
}

int scn_read(struct scn_reader *r, xmlDoc *doc)
{
    xmlNode *root = xmlDocGetRootElement(doc);
    size_t max_faults = LU_STEP_COUNT; /* one per step, duplicates are refused */
    struct lu_scn_fault *faults = scn_alloc(r->a, (max_faults + 1) * sizeof(*faults));
    int rc;

    if (!faults)
        return -ENOMEM;
    r->s->faults = faults;
    r->s->description = "";
    r->s->prepare_ms = DEFAULT_PREPARE_MS;
    r->s->rehearse_ms = DEFAULT_REHEARSE_MS;
    r->s->transfer_ms = DEFAULT_TRANSFER_MS;
    r->s->check_ms = DEFAULT_CHECK_MS;
    r->s->rehearse = LU_REHEARSE_REVERSE;
    r->s->undo_from = LU_RUNG_ROLLBACK;
    rc = need(r, root, "name", &r->s->name, NULL);
    for (xmlNode *n = xmlFirstElementChild(root); n && !rc; n = xmlNextElementSibling(n))
        rc = read_child(r, n, faults);
    for (size_t i = 0; i < r->s->n_components; i++)
        if (!r->s->components[i].has_rehearse)
            r->s->components[i].rehearse = r->s->rehearse;
    return rc;
}
