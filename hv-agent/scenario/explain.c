/* SPDX-License-Identifier: MIT
 *
 * Walks the document and the model side by side.  In every element: its
 * attributes, its text, then its children in order, each child fully before the
 * next, so that the fault reported is the first one that a reader meets.
 */
#include "explain.h"
#include "nearest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct walk {
    struct scn_arena *a;
    const struct scn_model *m;
    struct lu_scn_diag *d;
};

/* A list in words, "a, b or c", each in `quote` marks. */
struct list {
    char *buf;
    size_t size;
};

static void list_words(struct list l, const char *left, const char *right, const char *const *words,
                       size_t n)
{
    size_t used = 0;

    l.buf[0] = '\0';
    for (size_t i = 0; i < n && used < l.size; i++) {
        const char *sep = i == 0 ? "" : i + 1 == n ? " or " : ", ";
        int w = snprintf(l.buf + used, l.size - used, "%s%s%s%s", sep, left, words[i], right);

        used += w > 0 ? (size_t)w : 0;
    }
}

static int fault_at(struct walk *w, const xmlNode *n, struct scn_at at, const char *attr)
{
    const char *path = scn_place_path(w->a, n->_private);

    if (!path)
        return -ENOMEM;
    w->d->line = at.line;
    w->d->col = at.col;
    snprintf(w->d->path, sizeof(w->d->path), "%s%s%s", path, attr ? "/@" : "", attr ? attr : "");
    return 1;
}

static int fault_here(struct walk *w, const xmlNode *n)
{
    const struct scn_place *p = n->_private;

    return fault_at(w, n, p->at, NULL);
}

static void hint(struct walk *w, const char *typed, const char *const *words, size_t n)
{
    const char *near = nearest_word(typed, words, n);

    if (near)
        snprintf(w->d->hint, sizeof(w->d->hint), "%s", near);
}

#define TEXT(w, ...) snprintf((w)->d->text, sizeof((w)->d->text), __VA_ARGS__)
#define EXPECTED(w, ...) snprintf((w)->d->expected, sizeof((w)->d->expected), __VA_ARGS__)

static struct list expected(struct walk *w)
{
    return (struct list){w->d->expected, sizeof(w->d->expected)};
}

static const struct scn_attr_model *attr_model(const struct scn_element *e, const char *name)
{
    for (size_t i = 0; i < e->n_attrs; i++)
        if (!strcmp(e->attrs[i].name, name))
            return &e->attrs[i];
    return NULL;
}

static int fault_unknown_attr(struct walk *w, const xmlNode *n, const char *name,
                              const struct scn_element *e)
{
    const struct scn_attr_place *p = scn_place_attr(n->_private, name);
    const struct scn_place *here = n->_private;
    const char *names[8];

    for (size_t i = 0; i < e->n_attrs; i++)
        names[i] = e->attrs[i].name;
    TEXT(w, "<%s> has no attribute '%s'", e->name, name);
    if (e->n_attrs)
        list_words(expected(w), "'", "'", names, e->n_attrs);
    else
        EXPECTED(w, "no attribute");
    hint(w, name, names, e->n_attrs);
    return fault_at(w, n, p ? p->at : here->at, name);
}

static int fault_value(struct walk *w, const xmlNode *n, const struct scn_attr_model *at,
                       const char *value)
{
    const struct scn_attr_place *p = scn_place_attr(n->_private, at->name);
    const struct scn_place *here = n->_private;

    TEXT(w, "'%.80s' is no value for '%s'", value, at->name);
    if (at->value->doc)
        EXPECTED(w, "%s", at->value->doc);
    else
        list_words(expected(w), "'", "'", at->value->words, at->value->n_words);
    hint(w, value, at->value->words, at->value->n_words);
    return fault_at(w, n, p ? p->value_at : here->at, at->name);
}

static int fault_no_attr(struct walk *w, const xmlNode *n, const struct scn_element *e,
                         const struct scn_attr_model *at)
{
    TEXT(w, "<%s> lacks the attribute '%s'", e->name, at->name);
    if (at->value->doc)
        EXPECTED(w, "%s", at->value->doc);
    else
        list_words(expected(w), "'", "'", at->value->words, at->value->n_words);
    return fault_here(w, n);
}

static int check_attrs(struct walk *w, xmlNode *n, const struct scn_element *e)
{
    for (xmlAttr *at = n->properties; at; at = at->next) {
        const struct scn_attr_model *m = attr_model(e, (const char *)at->name);
        xmlChar *qname, *value;
        int r = 0;

        if (!m || at->ns) {
            qname = xmlBuildQName(at->name, at->ns ? at->ns->prefix : NULL, NULL, 0);
            if (!qname)
                return -ENOMEM;
            r = fault_unknown_attr(w, n, (const char *)qname, e);
            if (qname != at->name)
                xmlFree(qname);
            return r;
        }
        value = xmlGetNoNsProp(n, at->name);
        if (!value)
            return -ENOMEM;
        if (!scn_value_fits(m->value, (const char *)value))
            r = fault_value(w, n, m, (const char *)value);
        xmlFree(value);
        if (r)
            return r;
    }
    for (size_t i = 0; i < e->n_attrs; i++)
        if (e->attrs[i].required && !xmlHasNsProp(n, (const xmlChar *)e->attrs[i].name, NULL))
            return fault_no_attr(w, n, e, &e->attrs[i]);
    return 0;
}

/* Names of all children that `e` may have; returns how many. */
static size_t child_names(const struct scn_element *e, const char **names, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < e->n_items; i++)
        for (size_t j = 0; j < e->items[i].n && n < max; j++)
            names[n++] = e->items[i].names[j];
    return n;
}

/* Position of element `name` in e's sequence, or n_items. */
static size_t item_of(const struct scn_element *e, const char *name, const struct scn_element **ret)
{
    for (size_t i = 0; i < e->n_items; i++)
        for (size_t j = 0; j < e->items[i].n; j++)
            if (!strcmp(e->items[i].names[j], name)) {
                *ret = e->items[i].elements[j];
                return i;
            }
    return e->n_items;
}

static const struct scn_element *home_of(const struct scn_model *m, const char *name)
{
    const struct scn_element *unused;

    for (size_t i = 0; i < m->n_elements; i++)
        if (item_of(&m->elements[i], name, &unused) < m->elements[i].n_items)
            return &m->elements[i];
    return NULL;
}

static int fault_unknown_element(struct walk *w, const xmlNode *n, const struct scn_element *e)
{
    const char *names[96], *name = (const char *)n->name;
    size_t count = child_names(e, names, sizeof(names) / sizeof(names[0]));
    const struct scn_element *home = home_of(w->m, name);

    if (home)
        TEXT(w, "<%s> may not stand in <%s>: its place is in <%s>", name, e->name, home->name);
    else
        TEXT(w, "unknown element <%s> in <%s>", name, e->name);
    if (count)
        list_words(expected(w), "<", ">", names, count);
    else
        EXPECTED(w, "%s", e->has_text ? "text only" : "no content");
    if (!home)
        hint(w, name, names, count);
    return fault_here(w, n);
}

static int fault_missing(struct walk *w, const xmlNode *parent, const xmlNode *before,
                         const struct scn_element *e, const struct scn_item *it)
{
    if (before)
        TEXT(w, "<%s> stands where <%s> needs something else first", (const char *)before->name,
             e->name);
    else
        TEXT(w, "<%s> is not complete", e->name);
    list_words(expected(w), "<", ">", it->names, it->n);
    return fault_here(w, before ? before : parent);
}

static int fault_late(struct walk *w, const xmlNode *n, const struct scn_element *e, size_t at,
                      const char *previous)
{
    if (!strcmp(previous, (const char *)n->name) && !e->items[at].many) {
        TEXT(w, "<%s> stands twice in <%s>", previous, e->name);
        EXPECTED(w, "at most one");
    } else {
        TEXT(w, "<%s> may not stand after <%s>", (const char *)n->name, previous);
        EXPECTED(w, "<%s> before <%s>", (const char *)n->name, previous);
    }
    return fault_here(w, n);
}

static int fault_namespace(struct walk *w, const xmlNode *n)
{
    TEXT(w, "<%s> is in the namespace '%.100s'", (const char *)n->name, (const char *)n->ns->href);
    EXPECTED(w, "elements without a namespace");
    return fault_here(w, n);
}

static int check_element(struct walk *w, xmlNode *n, const struct scn_element *e);

static int check_child(struct walk *w, xmlNode *c, const struct scn_element *e, size_t *pos,
                       const char **previous)
{
    const struct scn_element *ce = NULL;
    size_t at = item_of(e, (const char *)c->name, &ce);

    if (c->ns)
        return fault_namespace(w, c);
    if (at == e->n_items)
        return fault_unknown_element(w, c, e);
    if (*previous && (at < *pos || (at == *pos && !e->items[at].many)))
        return fault_late(w, c, e, at, *previous);
    for (size_t i = *previous ? *pos + 1 : 0; i < at; i++)
        if (e->items[i].required)
            return fault_missing(w, c->parent, c, e, &e->items[i]);
    *pos = at;
    *previous = (const char *)c->name;
    return check_element(w, c, ce);
}

static int check_children(struct walk *w, xmlNode *n, const struct scn_element *e)
{
    const char *previous = NULL;
    size_t pos = 0;
    int r;

    for (xmlNode *c = xmlFirstElementChild(n); c; c = xmlNextElementSibling(c)) {
        r = check_child(w, c, e, &pos, &previous);
        if (r)
            return r;
    }
    for (size_t i = previous ? pos + 1 : 0; i < e->n_items; i++)
        if (e->items[i].required)
            return fault_missing(w, n, NULL, e, &e->items[i]);
    return 0;
}

static int check_text(struct walk *w, const xmlNode *n, const struct scn_element *e)
{
    const struct scn_place *p = n->_private;

    if (e->has_text || !p->text_at.line)
        return 0;
    TEXT(w, "<%s> holds text", e->name);
    EXPECTED(w, "%s", e->n_items ? "elements only" : "no content");
    return fault_at(w, n, p->text_at, NULL);
}

static int check_element(struct walk *w, xmlNode *n, const struct scn_element *e)
{
    int r = check_attrs(w, n, e);

    if (!r)
        r = check_text(w, n, e);
    return r ? r : check_children(w, n, e);
}

int scn_explain(struct scn_arena *a, const struct scn_model *m, xmlDoc *doc, struct lu_scn_diag *d)
{
    struct walk w = {a, m, d};
    xmlNode *root = xmlDocGetRootElement(doc);

    if (strcmp((const char *)root->name, m->root->name)) {
        TEXT(&w, "the document is a <%s>", (const char *)root->name);
        EXPECTED(&w, "<%s>", m->root->name);
        hint(&w, (const char *)root->name, &m->root->name, 1);
        return fault_here(&w, root);
    }
    if (root->ns)
        return fault_namespace(&w, root);
    return check_element(&w, root, m->root);
}
