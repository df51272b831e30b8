/* SPDX-License-Identifier: MIT
 *
 * The parser's way through a document: bytes -> libxml2's tree (DTDs, depth and
 * size refused on the way) -> RELAX NG -> places -> structures -> checks.
 */
#include "scenario.h"

#include "base/util.h"
#include "explain.h"
#include "read.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/relaxng.h>
#include <libxml/SAX2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
static const char schema[] = {
#embed "../../schemas/scenario.rng" suffix(, 0)
};
#pragma clang diagnostic pop

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_libxml2(void)
{
    xmlInitParser();
}

/* --- bytes to tree --- */

struct parse {
    struct lu_scn_diag *d;
    int too_deep;
};

static void here(struct parse *p, xmlParserCtxt *ctxt)
{
    p->d->line = (unsigned)xmlSAX2GetLineNumber(ctxt);
    p->d->col = (unsigned)xmlSAX2GetColumnNumber(ctxt);
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
    xmlParserCtxt *ctxt = ctx;
    struct parse *p = ctxt->_private;

    (void)name;
    (void)id;
    (void)system;
    if (p->d->text[0])
        return;
    here(p, ctxt);
    snprintf(p->d->text, sizeof(p->d->text), "a document type declaration is not allowed");
    xmlStopParser(ctxt);
}

static void on_element(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                       int n_ns, const xmlChar **ns, int n_attrs, int n_default,
                       const xmlChar **attrs)
{
    xmlParserCtxt *ctxt = ctx;
    struct parse *p = ctxt->_private;

    if ((unsigned)ctxt->nodeNr >= LU_SCN_MAX_DEPTH && !p->d->text[0]) {
        here(p, ctxt);
        snprintf(p->d->text, sizeof(p->d->text), "elements are nested more than %u deep",
                 LU_SCN_MAX_DEPTH);
        p->too_deep = 1;
        xmlStopParser(ctxt);
        return;
    }
    xmlSAX2StartElementNs(ctx, name, prefix, uri, n_ns, ns, n_attrs, n_default, attrs);
}

static void on_error(void *ctx, xmlError *e)
{
    xmlParserCtxt *ctxt = ctx;
    struct parse *p = ctxt->_private;

    if (p->d->text[0] || e->level < XML_ERR_ERROR)
        return;
    p->d->line = e->line > 0 ? (unsigned)e->line : 0;
    p->d->col = e->int2 > 0 ? (unsigned)e->int2 : 1;
    snprintf(p->d->text, sizeof(p->d->text), "not well-formed XML: %s",
             e->message ? e->message : "unknown error");
    p->d->text[strcspn(p->d->text, "\n")] = '\0';
}

static int parse_tree(const char *xml, size_t len, struct lu_scn_diag *d, xmlDoc **ret)
{
    xmlParserCtxt *ctxt = xmlNewParserCtxt();
    struct parse p = {.d = d};
    xmlDoc *doc;

    if (!ctxt)
        return -ENOMEM;
    ctxt->_private = &p;
    ctxt->sax->internalSubset = on_doctype;
    ctxt->sax->startElementNs = on_element;
    ctxt->sax->serror = on_error;
    doc = xmlCtxtReadMemory(ctxt, xml, (int)len, NULL, "UTF-8",
                            XML_PARSE_NONET | XML_PARSE_BIG_LINES);
    xmlFreeParserCtxt(ctxt);
    if (doc && !d->text[0]) {
        *ret = doc;
        return 0;
    }
    xmlFreeDoc(doc);
    if (!d->text[0])
        snprintf(d->text, sizeof(d->text), "the document is empty");
    return p.too_deep ? -E2BIG : -EINVAL;
}

/* --- tree against schema --- */

struct complaint {
    int line;
    char text[256];
};

static void on_invalid(void *arg, xmlError *e)
{
    struct complaint *c = arg;

    if (c->text[0] || !e->message)
        return;
    c->line = e->line;
    snprintf(c->text, sizeof(c->text), "%s", e->message);
    c->text[strcspn(c->text, "\n")] = '\0';
}

/* 0 = valid, > 0 = not (c says what libxml2 thinks), -EIO = no schema. */
static int validate(xmlDoc *doc, struct complaint *c)
{
    xmlRelaxNGParserCtxt *pc = xmlRelaxNGNewMemParserCtxt(schema, (int)sizeof(schema) - 1);
    xmlRelaxNG *rng = NULL;
    xmlRelaxNGValidCtxt *vc = NULL;
    int r = -EIO;

    if (pc) {
        xmlRelaxNGSetParserStructuredErrors(pc, on_invalid, c);
        rng = xmlRelaxNGParse(pc);
    }
    if (rng)
        vc = xmlRelaxNGNewValidCtxt(rng);
    if (vc) {
        xmlRelaxNGSetValidStructuredErrors(vc, on_invalid, c);
        r = xmlRelaxNGValidateDoc(vc, doc);
        if (r < 0)
            r = -EIO;
    }
    xmlRelaxNGFreeValidCtxt(vc);
    xmlRelaxNGFree(rng);
    xmlRelaxNGFreeParserCtxt(pc);
    return r;
}

/* Our own words for what libxml2 found; its words only if we find nothing. */
static int explain(struct scn_arena *a, xmlDoc *doc, const struct complaint *c,
                   struct lu_scn_diag *d)
{
    xmlDoc *rng = xmlReadMemory(schema, (int)sizeof(schema) - 1, NULL, NULL, XML_PARSE_NONET);
    struct scn_model *m = NULL;
    int r = rng ? scn_model_load(a, rng, &m) : -ENOMEM;

    xmlFreeDoc(rng);
    if (r < 0)
        return r;
    r = scn_explain(a, m, doc, d);
    if (r < 0)
        return r;
    if (!r) {
        d->line = c->line > 0 ? (unsigned)c->line : 1;
        d->col = 1;
        snprintf(d->text, sizeof(d->text), "does not fit the schema: %s", c->text);
    }
    return -EINVAL;
}

/* --- places --- */

/* Gives each element of the tree its place: both are in document order. */
static int attach(xmlNode *n, struct scn_place **next)
{
    for (; n; n = xmlNextElementSibling(n)) {
        struct scn_place *p = *next;
        int r;

        if (!p)
            return -EIO;
        n->_private = p;
        *next = p->next;
        r = attach(xmlFirstElementChild(n), next);
        if (r < 0)
            return r;
    }
    return 0;
}

static int place_tree(struct scn_arena *a, const char *xml, size_t len, xmlDoc *doc)
{
    struct scn_place *p = NULL;
    int r = scn_places(a, xml, len, &p);

    if (!r)
        r = attach(xmlDocGetRootElement(doc), &p);
    return r < 0 ? r : p ? -EIO : 0;
}

/* --- all of it --- */

static int read_tree(struct scn_arena *a, const char *xml, size_t len, xmlDoc *doc,
                     struct lu_scenario *s, struct lu_scn_diag *d)
{
    struct scn_reader reader = {a, s, d, xml + len};
    struct complaint c = {0};
    int r = place_tree(a, xml, len, doc);

    if (r < 0)
        return r;
    r = validate(doc, &c);
    if (r > 0)
        return explain(a, doc, &c, d);
    if (!r)
        r = scn_read(&reader, doc);
    return r < 0 ? r : scn_check(&reader);
}

static int parse_into(struct lu_scenario *s, struct scn_arena *a, const char *xml, size_t len,
                      const char *file, struct lu_scn_diag *d)
{
    xmlDoc *doc = NULL;
    int r;

    s->arena = a;
    s->file = scn_strndup(a, file, strlen(file));
    if (!s->file)
        return -ENOMEM;
    snprintf(d->file, sizeof(d->file), "%s", file);
    if (len > LU_SCN_MAX_BYTES) {
        snprintf(d->text, sizeof(d->text), "the document has %zu bytes; at most %u are allowed",
                 len, LU_SCN_MAX_BYTES);
        return -E2BIG;
    }
    if (memchr(xml, '\0', len)) {
        snprintf(d->text, sizeof(d->text), "the document is no UTF-8 text: it has NUL bytes");
        return -EINVAL;
    }
    r = parse_tree(xml, len, d, &doc);
    if (!r)
        r = read_tree(a, xml, len, doc, s, d);
    xmlFreeDoc(doc);
    return r;
}

static int report(const struct lu_scn_diag *d, const char *file, int r, struct lu_err *err)
{
    char text[LU_ERR_TEXT];

    if (!d->text[0])
        return lu_err_errno(err, r, "%s", file);
    lu_scn_diag_format(d, text, sizeof(text));
    return lu_err_set(err, r, "%s", text);
}

int lu_scenario_parse(const char *xml, size_t len, const char *file, struct lu_scenario **ret,
                      struct lu_scn_diag *ret_diag, struct lu_err *err)
{
    struct scn_arena *a = scn_arena_new();
    struct lu_scenario *s = a ? scn_alloc(a, sizeof(*s)) : NULL;
    struct lu_scn_diag d = {0};
    int r = -ENOMEM;

    pthread_once(&once, init_libxml2);
    if (s)
        r = parse_into(s, a, xml, len, file, &d);
    if (r < 0) {
        scn_arena_free(a);
        if (ret_diag)
            *ret_diag = d;
        return report(&d, file, r, err);
    }
    *ret = s;
    return 0;
}

int lu_scenario_load(const char *path, struct lu_scenario **ret, char **ret_xml, size_t *ret_len,
                     struct lu_scn_diag *ret_diag, struct lu_err *err)
{
    void *xml = NULL;
    size_t len = 0;
    int r;

    if (ret_diag)
        memset(ret_diag, 0, sizeof(*ret_diag));
    r = hva_read_file(path, LU_SCN_MAX_BYTES, &xml, &len, err);
    if (r < 0)
        return r;
    r = lu_scenario_parse(xml, len, path, ret, ret_diag, err);
    if (r < 0 || !ret_xml) {
        free(xml);
        return r;
    }
    *ret_xml = xml;
    *ret_len = len;
    return 0;
}

void lu_scenario_free(struct lu_scenario *s)
{
    if (s)
        scn_arena_free(s->arena);
}
