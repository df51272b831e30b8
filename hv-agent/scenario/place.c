/* SPDX-License-Identifier: MIT
 *
 * See place.h.  Relies on well-formedness only for meaning, never for memory
 * safety: every step is bounded by the end of the bytes.
 */
#define _GNU_SOURCE /* memmem */
#include "place.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

struct cursor {
    const char *p, *end;
    struct scn_at at;
};

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void step(struct cursor *c)
{
    char ch = *c->p++;

    if (ch == '\n' || (ch == '\r' && !(c->p < c->end && *c->p == '\n'))) {
        c->at.line++;
        c->at.col = 1;
    } else if (((unsigned char)ch & 0xc0) != 0x80) {
        c->at.col++;
    }
}

static int looking_at(const struct cursor *c, const char *s)
{
    size_t n = strlen(s);

    return (size_t)(c->end - c->p) >= n && !memcmp(c->p, s, n);
}

static void steps(struct cursor *c, size_t n)
{
    while (n-- && c->p < c->end)
        step(c);
}

/* Stands behind `s` afterwards; false when it never comes. */
static int skip_past(struct cursor *c, const char *s)
{
    while (c->p < c->end && !looking_at(c, s))
        step(c);
    if (c->p == c->end)
        return 0;
    steps(c, strlen(s));
    return 1;
}

static void skip_blank(struct cursor *c)
{
    while (c->p < c->end && is_blank(*c->p))
        step(c);
}

/* "<!-->" opens one, and does not end it. */
static int skip_comment(struct cursor *c)
{
    return skip_past(c, "<!--") && skip_past(c, "-->");
}

static size_t skip_name(struct cursor *c)
{
    const char *from = c->p;

    while (c->p < c->end && !is_blank(*c->p) && !strchr("=/>", *c->p))
        step(c);
    return (size_t)(c->p - from);
}

/* At the attribute's name; stands behind the closing quote afterwards. */
static int scan_attr(struct scn_arena *a, struct cursor *c, struct scn_attr_place ***tail)
{
    struct scn_attr_place *at = scn_alloc(a, sizeof(*at));
    char quote;

    if (!at)
        return -ENOMEM;
    at->at = c->at;
    at->name = c->p;
    at->name_len = skip_name(c);
    skip_blank(c);
    if (c->p == c->end || *c->p != '=')
        return -EIO;
    step(c);
    skip_blank(c);
    if (c->p == c->end || (*c->p != '"' && *c->p != '\''))
        return -EIO;
    quote = *c->p;
    step(c);
    at->value_at = c->at;
    while (c->p < c->end && *c->p != quote)
        step(c);
    if (c->p == c->end)
        return -EIO;
    step(c);
    **tail = at;
    *tail = &at->next;
    return 0;
}

/* At '<' of a start tag; *ret_empty tells <a/> from <a>. */
static int scan_start(struct scn_arena *a, struct cursor *c, struct scn_place *p, int *ret_empty)
{
    struct scn_attr_place **tail = &p->attrs;

    p->at = c->at;
    step(c);
    p->name = c->p;
    p->name_len = skip_name(c);
    for (;;) {
        int r;

        skip_blank(c);
        if (c->p == c->end)
            return -EIO;
        if (*c->p == '>')
            break;
        if (looking_at(c, "/>")) {
            steps(c, 2);
            *ret_empty = 1;
            return 0;
        }
        r = scan_attr(a, c, &tail);
        if (r < 0)
            return r;
    }
    step(c);
    p->content = c->p;
    p->content_at = c->at;
    *ret_empty = 0;
    return 0;
}

static int scan_text(struct cursor *c, struct scn_place *open)
{
    int cdata = looking_at(c, "<![CDATA[");
    struct scn_at at = c->at;
    int blank = 1;

    if (cdata) {
        if (!skip_past(c, "]]>"))
            return -EIO;
        blank = 0;
    } else {
        blank = is_blank(*c->p);
        step(c);
    }
    if (!blank && open && !open->text_at.line)
        open->text_at = at;
    return 0;
}

int scn_places(struct scn_arena *a, const char *xml, size_t len, struct scn_place **ret)
{
    struct cursor c = {xml, xml + len, {1, 1}};
    struct scn_place *root = NULL, **tail = &root, *open = NULL;
    int r, empty;

    if (looking_at(&c, "\xef\xbb\xbf")) /* byte order mark: no column */
        c.p += 3;
    while (c.p < c.end) {
        if (looking_at(&c, "<!--")) {
            if (!skip_comment(&c))
                return -EIO;
        } else if (looking_at(&c, "<?")) {
            if (!skip_past(&c, "?>"))
                return -EIO;
        } else if (looking_at(&c, "</")) {
            if (!open || !skip_past(&c, ">"))
                return -EIO;
            open = open->parent;
        } else if (*c.p == '<' && !looking_at(&c, "<![CDATA[")) {
            struct scn_place *p = scn_alloc(a, sizeof(*p));

            if (!p)
                return -ENOMEM;
            p->parent = open;
            r = scan_start(a, &c, p, &empty);
            if (r < 0)
                return r;
            *tail = p;
            tail = &p->next;
            if (!empty)
                open = p;
        } else {
            r = scan_text(&c, open);
            if (r < 0)
                return r;
        }
    }
    if (!root)
        return -EIO;
    *ret = root;
    return 0;
}

static int siblings_alike(const struct scn_place *p, const struct scn_place *q)
{
    return p->parent == q->parent && p->name_len == q->name_len &&
           !memcmp(p->name, q->name, p->name_len);
}

const char *scn_place_path(struct scn_arena *a, const struct scn_place *p)
{
    const char *above = p->parent ? scn_place_path(a, p->parent) : "";
    const struct scn_place *first = p->parent ? p->parent : p;
    unsigned nth = 0, same = 0;

    if (!above)
        return NULL;
    for (const struct scn_place *q = first; q; q = q->next) {
        if (!siblings_alike(p, q))
            continue;
        same++;
        if (q == p)
            nth = same;
    }
    if (same > 1)
        return scn_printf(a, "%s/%.*s[%u]", above, (int)p->name_len, p->name, nth);
    return scn_printf(a, "%s/%.*s", above, (int)p->name_len, p->name);
}

const struct scn_attr_place *scn_place_attr(const struct scn_place *p, const char *name)
{
    size_t n = strlen(name);

    for (const struct scn_attr_place *at = p->attrs; at; at = at->next)
        if (at->name_len == n && !memcmp(at->name, name, n))
            return at;
    return NULL;
}

/* Text with places being built. */
struct text_buf {
    char *text;
    unsigned (*at)[2];
    size_t len;
};

static void put(struct text_buf *t, char ch, struct scn_at at)
{
    t->text[t->len] = ch;
    t->at[t->len][0] = at.line;
    t->at[t->len][1] = at.col;
    t->len++;
}

static void put_utf8(struct text_buf *t, uint32_t cp, struct scn_at at)
{
    if (cp < 0x80) {
        put(t, (char)cp, at);
    } else if (cp < 0x800) {
        put(t, (char)(0xc0 | cp >> 6), at);
        put(t, (char)(0x80 | (cp & 0x3f)), at);
    } else {
        if (cp < 0x10000) {
            put(t, (char)(0xe0 | cp >> 12), at);
        } else {
            put(t, (char)(0xf0 | (cp >> 18 & 7)), at);
            put(t, (char)(0x80 | (cp >> 12 & 0x3f)), at);
        }
        put(t, (char)(0x80 | (cp >> 6 & 0x3f)), at);
        put(t, (char)(0x80 | (cp & 0x3f)), at);
    }
}

static uint32_t reference_number(const char *p, const char *semi, unsigned base)
{
    uint32_t n = 0;

    for (; p < semi && n <= 0x10ffff; p++)
        n = n * base + (unsigned)(*p <= '9' ? *p - '0' : (*p | 0x20) - 'a' + 10);
    return n;
}

/* A reference is never shorter than what it stands for, so `put` has room. */
static int put_reference(struct text_buf *t, struct cursor *c)
{
    static const struct {
        const char *ref;
        char ch;
    } known[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};
    const char *semi = memchr(c->p, ';', (size_t)(c->end - c->p));
    struct scn_at at = c->at;
    int hex;

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (looking_at(c, known[i].ref)) {
            put(t, known[i].ch, at);
            steps(c, strlen(known[i].ref));
            return 0;
        }
    if (!looking_at(c, "&#") || !semi)
        return -EIO;
    hex = c->p[2] == 'x';
    put_utf8(t, reference_number(c->p + 2 + hex, semi, hex ? 16 : 10), at);
    steps(c, (size_t)(semi - c->p) + 1);
    return 0;
}

static void put_char(struct text_buf *t, struct cursor *c)
{
    struct scn_at at = c->at;
    char ch = *c->p;

    step(c);
    if (ch == '\r') { /* line ends become \n, as XML asks */
        if (c->p < c->end && *c->p == '\n')
            return;
        ch = '\n';
    }
    put(t, ch, at);
}

static int decode(struct text_buf *t, struct cursor *c)
{
    int cdata = 0;

    while (c->p < c->end) {
        if (cdata) {
            if (looking_at(c, "]]>")) {
                steps(c, 3);
                cdata = 0;
            } else {
                put_char(t, c);
            }
        } else if (looking_at(c, "<![CDATA[")) {
            steps(c, 9);
            cdata = 1;
        } else if (looking_at(c, "<!--")) {
            if (!skip_comment(c))
                return -EIO;
        } else if (looking_at(c, "<?")) {
            if (!skip_past(c, "?>"))
                return -EIO;
        } else if (*c->p == '<') {
            return 0;
        } else if (*c->p == '&') {
            int r = put_reference(t, c);

            if (r < 0)
                return r;
        } else {
            put_char(t, c);
        }
    }
    return -EIO;
}

static void trim(struct text_buf *t)
{
    size_t from = 0;

    while (t->len && is_blank(t->text[t->len - 1]))
        t->len--;
    while (from < t->len && is_blank(t->text[from]))
        from++;
    t->text[t->len] = '\0';
    t->text += from;
    t->at += from;
    t->len -= from;
}

/* Bytes from the start tag to the next "</": an upper bound of the text. */
static size_t raw_length(const struct scn_place *p, const char *end)
{
    struct cursor c = {p->content, end, {1, 1}};

    while (c.p < c.end && !looking_at(&c, "</"))
        c.p++;
    return (size_t)(c.p - p->content);
}

int scn_place_text(struct scn_arena *a, const struct scn_place *p, const char *end,
                   const char **ret_text, size_t *ret_len, const unsigned (**ret_at)[2])
{
    struct text_buf t = {0};
    size_t room = p->content ? raw_length(p, end) : 0;
    struct cursor c = {p->content, end, p->content_at};
    int r;

    /* "</" may stand in a comment or CDATA: then the bound is the whole rest */
    if (p->content &&
        (memmem(p->content, room, "<!--", 4) || memmem(p->content, room, "<![CDATA[", 9) ||
         memmem(p->content, room, "<?", 2)))
        room = (size_t)(end - p->content);
    t.text = scn_alloc(a, room + 5);
    t.at = scn_alloc(a, (room + 5) * sizeof(*t.at));
    if (!t.text || !t.at)
        return -ENOMEM;
    if (p->content) {
        r = decode(&t, &c);
        if (r < 0)
            return r;
        t.at[t.len][0] = c.at.line;
        t.at[t.len][1] = c.at.col;
        trim(&t);
    } else {
        t.at[0][0] = p->at.line;
        t.at[0][1] = p->at.col;
    }
    *ret_text = t.text;
    *ret_len = t.len;
    *ret_at = (const unsigned(*)[2])t.at;
    return 0;
}
