/* SPDX-License-Identifier: MIT
 *
 * Reads the model from the schema's tree in two passes: every define, then the
 * references between them.
 */
#include "model.h"

#include <errno.h>
#include <libxml/xmlregexp.h>
#include <libxml/xmlschemastypes.h>
#include <stdlib.h>
#include <string.h>

struct loader {
    struct scn_arena *a;
    struct scn_model *m;
};

static int is(const xmlNode *n, const char *name)
{
    return n->type == XML_ELEMENT_NODE && !strcmp((const char *)n->name, name);
}

static xmlNode *first_element(xmlNode *n)
{
    while (n && n->type != XML_ELEMENT_NODE)
        n = n->next;
    return n;
}

static xmlNode *child(xmlNode *n)
{
    return first_element(n->children);
}

static xmlNode *after(xmlNode *n)
{
    return first_element(n->next);
}

static char *attr(struct loader *l, xmlNode *n, const char *name)
{
    xmlChar *v = xmlGetNoNsProp(n, (const xmlChar *)name);
    char *copy = v ? scn_strndup(l->a, (const char *)v, strlen((const char *)v)) : NULL;

    xmlFree(v);
    return copy;
}

static char *text(struct loader *l, xmlNode *n)
{
    xmlChar *v = xmlNodeGetContent(n);
    char *copy = v ? scn_strndup(l->a, (const char *)v, strlen((const char *)v)) : NULL;

    xmlFree(v);
    return copy;
}

static int load_choice_of_values(struct loader *l, xmlNode *choice, struct scn_value *v)
{
    size_t n = xmlChildElementCount(choice);

    v->words = scn_alloc(l->a, n * sizeof(*v->words));
    if (!v->words)
        return -ENOMEM;
    for (xmlNode *c = child(choice); c; c = after(c)) {
        if (!is(c, "value"))
            return -EIO;
        v->words[v->n_words] = text(l, c);
        if (!v->words[v->n_words++])
            return -ENOMEM;
    }
    return 0;
}

static int load_data(struct loader *l, xmlNode *data, struct scn_value *v)
{
    v->type = attr(l, data, "type");
    if (!v->type)
        return -EIO;
    for (xmlNode *c = child(data); c; c = after(c)) {
        char *name = is(c, "param") ? attr(l, c, "name") : NULL, *value = text(l, c);

        if (!name || !value)
            return -EIO;
        if (!strcmp(name, "pattern"))
            v->pattern = value;
        else if (!strcmp(name, "minInclusive"))
            v->min = value;
        else if (!strcmp(name, "maxInclusive"))
            v->max = value;
        else if (!strcmp(name, "minLength"))
            v->min_length = value;
        else if (!strcmp(name, "maxLength"))
            v->max_length = value;
        else
            return -EIO;
    }
    return 0;
}

static int load_value(struct loader *l, const char *name, xmlNode *n)
{
    struct scn_value *v = &l->m->values[l->m->n_values++];

    v->name = name;
    if (is(n, "documentation")) {
        v->doc = text(l, n);
        n = after(n);
    }
    if (n && is(n, "choice"))
        return load_choice_of_values(l, n, v);
    if (n && is(n, "data"))
        return load_data(l, n, v);
    return -EIO;
}

static int load_attr(struct loader *l, xmlNode *n, int required, struct scn_element *e)
{
    struct scn_attr_model *at = &e->attrs[e->n_attrs];

    if (e->n_attrs == sizeof(e->attrs) / sizeof(e->attrs[0]) || !child(n) || !is(child(n), "ref"))
        return -EIO;
    at->name = attr(l, n, "name");
    at->value_name = attr(l, child(n), "name");
    at->required = required;
    e->n_attrs++;
    return at->name && at->value_name ? 0 : -EIO;
}

/* `n` is a ref or a choice of refs. */
static int load_item(struct loader *l, xmlNode *n, int required, int many, struct scn_element *e)
{
    struct scn_item *it = &e->items[e->n_items];
    xmlNode *ref = n && is(n, "choice") ? child(n) : n;

    if (e->n_items == sizeof(e->items) / sizeof(e->items[0]))
        return -EIO;
    it->required = required;
    it->many = many;
    for (; ref; ref = is(n, "choice") ? after(ref) : NULL) {
        if (!is(ref, "ref") || it->n == sizeof(it->names) / sizeof(it->names[0]))
            return -EIO;
        it->names[it->n] = attr(l, ref, "name");
        if (!it->names[it->n++])
            return -EIO;
    }
    e->n_items++;
    return it->n ? 0 : -EIO;
}

static int load_part(struct loader *l, xmlNode *n, struct scn_element *e)
{
    xmlNode *inner = child(n);

    if (is(n, "attribute"))
        return load_attr(l, n, 1, e);
    if (is(n, "optional") && inner && is(inner, "attribute"))
        return load_attr(l, inner, 0, e);
    if (is(n, "ref") || is(n, "choice"))
        return load_item(l, n, 1, 0, e);
    if (is(n, "optional"))
        return load_item(l, inner, 0, 0, e);
    if (is(n, "zeroOrMore"))
        return load_item(l, inner, 0, 1, e);
    if (is(n, "oneOrMore"))
        return load_item(l, inner, 1, 1, e);
    if (is(n, "text")) {
        e->has_text = 1;
        return 0;
    }
    return is(n, "empty") ? 0 : -EIO;
}

static int load_element(struct loader *l, xmlNode *n)
{
    struct scn_element *e = &l->m->elements[l->m->n_elements++];

    e->name = attr(l, n, "name");
    if (!e->name)
        return -EIO;
    for (xmlNode *c = child(n); c; c = after(c)) {
        int r = load_part(l, c, e);

        if (r < 0)
            return r;
    }
    return 0;
}

static const struct scn_element *find_element(const struct scn_model *m, const char *name)
{
    for (size_t i = 0; i < m->n_elements; i++)
        if (!strcmp(m->elements[i].name, name))
            return &m->elements[i];
    return NULL;
}

static const struct scn_value *find_value(const struct scn_model *m, const char *name)
{
    for (size_t i = 0; i < m->n_values; i++)
        if (!strcmp(m->values[i].name, name))
            return &m->values[i];
    return NULL;
}

static int resolve(struct scn_element *e, const struct scn_model *m)
{
    for (size_t i = 0; i < e->n_attrs; i++) {
        e->attrs[i].value = find_value(m, e->attrs[i].value_name);
        if (!e->attrs[i].value)
            return -EIO;
    }
    for (size_t i = 0; i < e->n_items; i++)
        for (size_t j = 0; j < e->items[i].n; j++) {
            e->items[i].elements[j] = find_element(m, e->items[i].names[j]);
            if (!e->items[i].elements[j])
                return -EIO;
        }
    return 0;
}

/* A define and the element in it have the same name, so that references resolve by either. */
static int load_define(struct loader *l, xmlNode *n)
{
    xmlNode *inner = child(n);
    char *name = attr(l, n, "name"), *element;

    if (!name || !inner)
        return -EIO;
    if (!is(inner, "element"))
        return load_value(l, name, inner);
    element = attr(l, inner, "name");
    if (!element || strcmp(element, name))
        return -EIO;
    return load_element(l, inner);
}

static int load_grammar(struct loader *l, xmlNode *grammar)
{
    const char *root = NULL;
    int r;

    for (xmlNode *n = child(grammar); n; n = after(n)) {
        if (is(n, "start") && child(n) && is(child(n), "ref"))
            root = attr(l, child(n), "name");
        else if (!is(n, "define"))
            return -EIO;
        else if ((r = load_define(l, n)) < 0)
            return r;
    }
    for (size_t i = 0; i < l->m->n_elements; i++) {
        r = resolve(&l->m->elements[i], l->m);
        if (r < 0)
            return r;
    }
    l->m->root = root ? find_element(l->m, root) : NULL;
    return l->m->root ? 0 : -EIO;
}

int scn_model_load(struct scn_arena *a, xmlDoc *rng, struct scn_model **ret)
{
    xmlNode *grammar = xmlDocGetRootElement(rng);
    struct loader l = {a, scn_alloc(a, sizeof(struct scn_model))};
    size_t n = grammar ? xmlChildElementCount(grammar) : 0;
    int r;

    if (!grammar || !is(grammar, "grammar"))
        return -EIO;
    if (!l.m)
        return -ENOMEM;
    l.m->elements = scn_alloc(a, n * sizeof(*l.m->elements));
    l.m->values = scn_alloc(a, n * sizeof(*l.m->values));
    if (!l.m->elements || !l.m->values)
        return -ENOMEM;
    r = load_grammar(&l, grammar);
    if (r < 0)
        return r;
    *ret = l.m;
    return 0;
}

static int fits_pattern(const char *pattern, const char *s)
{
    xmlRegexp *re = xmlRegexpCompile((const xmlChar *)pattern);
    int fits = re && xmlRegexpExec(re, (const xmlChar *)s) == 1;

    xmlRegFreeRegexp(re);
    return fits;
}

static int fits_type(const char *name, const char *s)
{
    xmlSchemaType *t = xmlSchemaGetPredefinedType(
        (const xmlChar *)name, (const xmlChar *)"http://www.w3.org/2001/XMLSchema");

    return t && !xmlSchemaValidatePredefinedType(t, (const xmlChar *)s, NULL);
}

int scn_value_fits(const struct scn_value *v, const char *text)
{
    size_t len = (size_t)xmlUTF8Strlen((const xmlChar *)text);

    if (v->n_words) {
        for (size_t i = 0; i < v->n_words; i++)
            if (!strcmp(v->words[i], text))
                return 1;
        return 0;
    }
    if (v->type && !fits_type(v->type, text))
        return 0;
    if (v->pattern && !fits_pattern(v->pattern, text))
        return 0;
    if (v->min && strtoull(text, NULL, 10) < strtoull(v->min, NULL, 10))
        return 0;
    if (v->max && strtoull(text, NULL, 10) > strtoull(v->max, NULL, 10))
        return 0;
    if (v->min_length && len < strtoull(v->min_length, NULL, 10))
        return 0;
    return !v->max_length || len <= strtoull(v->max_length, NULL, 10);
}
