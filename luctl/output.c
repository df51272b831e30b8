/* SPDX-License-Identifier: MIT
 *
 * See output.h.  Columns are counted in UTF-8 characters.
 */
#define _GNU_SOURCE /* vasprintf */
#include "output.h"

#include "excerpt.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void output_init(struct output *o, bool json, const char *mode)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    o->json = json;
    o->terminal = isatty(STDOUT_FILENO);
    if (!strcmp(mode, "always"))
        o->color = true;
    else if (!strcmp(mode, "never"))
        o->color = false;
    else
        o->color = o->terminal && !(no && *no) && !(term && !strcmp(term, "dumb"));
}

static void put_clean(const char *text, FILE *to)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        fputc(*p == '\n' || *p == '\t' ? ' ' : *p < 0x20 || *p == 0x7f ? '?' : *p, to);
}

void output_paint(const struct output *o, enum paint p, const char *text)
{
    static const char *const codes[] = {[PAINT_BOLD] = "1",
                                        [PAINT_GREEN] = "32",
                                        [PAINT_YELLOW] = "33",
                                        [PAINT_RED] = "31",
                                        [PAINT_DIM] = "2"};

    if (p == PAINT_PLAIN || !o->color) {
        put_clean(text, stdout);
        return;
    }
    printf("\033[%sm", codes[p]);
    put_clean(text, stdout);
    fputs("\033[0m", stdout);
}

enum paint output_mood(const char *word)
{
    static const struct {
        const char *word;
        enum paint paint;
    } moods[] = {{"committed", PAINT_GREEN}, {"running", PAINT_GREEN},  {"undone", PAINT_YELLOW},
                 {"refused", PAINT_YELLOW},  {"silent", PAINT_YELLOW},  {"updating", PAINT_YELLOW},
                 {"starting", PAINT_YELLOW}, {"not-undone", PAINT_RED}, {"lost", PAINT_RED},
                 {"panicked", PAINT_RED}};

    for (size_t i = 0; i < sizeof(moods) / sizeof(moods[0]); i++)
        if (!strcmp(word, moods[i].word))
            return moods[i].paint;
    return PAINT_PLAIN;
}

void output_json(const json_t *doc, bool compact)
{
    json_dumpf(doc, stdout, JSON_REAL_PRECISION(12) | (compact ? JSON_COMPACT : JSON_INDENT(2)));
    putchar('\n');
    fflush(stdout);
}

static size_t width(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static void *must(void *p)
{
    if (!p) {
        fputs("luctl: out of memory\n", stderr);
        exit(1);
    }
    return p;
}

void table_add(struct table *t, const char *const *cells)
{
    char **row;

    for (t->n_columns = 0; t->n_columns < TABLE_MAX_COLUMNS && t->heads[t->n_columns];)
        t->n_columns++;
    row = must(calloc(TABLE_MAX_COLUMNS, sizeof(*row)));
    for (size_t i = 0; i < t->n_columns; i++)
        row[i] = must(strdup(cells[i] && cells[i][0] ? cells[i] : "-"));
    t->rows = must(realloc(t->rows, (t->n_rows + 1) * sizeof(*t->rows)));
    t->rows[t->n_rows++] = row;
}

static void print_cell(const struct output *o, enum paint p, const char *text, size_t room,
                       bool right, bool last)
{
    size_t pad = room - width(text);

    if (right)
        printf("%*s", (int)pad, "");
    output_paint(o, p, text);
    if (!right && !last)
        printf("%*s", (int)pad, "");
    fputs(last ? "\n" : "  ", stdout);
}

void table_print(const struct output *o, const struct table *t)
{
    size_t room[TABLE_MAX_COLUMNS] = {0}, n = 0;

    while (n < TABLE_MAX_COLUMNS && t->heads[n])
        n++;
    for (size_t c = 0; c < n; c++) {
        room[c] = width(t->heads[c]);
        for (size_t r = 0; r < t->n_rows; r++)
            if (width(t->rows[r][c]) > room[c])
                room[c] = width(t->rows[r][c]);
    }
    for (size_t c = 0; c < n; c++)
        print_cell(o, PAINT_BOLD, t->heads[c], room[c], t->right[c], c + 1 == n);
    for (size_t r = 0; r < t->n_rows; r++)
        for (size_t c = 0; c < n; c++)
            print_cell(o, output_mood(t->rows[r][c]), t->rows[r][c], room[c], t->right[c],
                       c + 1 == n);
}

void table_free(struct table *t)
{
    for (size_t r = 0; r < t->n_rows; r++) {
        for (size_t c = 0; c < t->n_columns; c++)
            free(t->rows[r][c]);
        free(t->rows[r]);
    }
    free(t->rows);
    t->rows = NULL;
    t->n_rows = 0;
}

const char *text_ms(const json_t *v, char *buf, size_t size)
{
    double ms = json_number_value(v);

    if (!json_is_number(v))
        snprintf(buf, size, "-");
    else
        snprintf(buf, size, ms < 99.95 ? "%.1f" : "%.0f", ms);
    return buf;
}

const char *text_int(const json_t *v, char *buf, size_t size)
{
    if (json_is_integer(v))
        snprintf(buf, size, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    else
        snprintf(buf, size, "-");
    return buf;
}

bool text_is_utf8(const char *text)
{
    json_t *string = json_string(text);
    bool is = string;

    json_decref(string);
    return is;
}

const char *text_of(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    return s ? s : "";
}

static void set_if(json_t *o, const char *key, const char *value)
{
    if (value && *value)
        json_object_set_new(o, key, json_string(value));
}

static void error_json(int exit_code, const char *kind, const char *where, const char *path,
                       const char *message)
{
    json_t *e = json_pack("{s:s, s:i}", "message", message, "exit_code", exit_code);
    json_t *doc = json_pack("{s:o}", "error", e);

    set_if(e, "kind", kind);
    set_if(e, "where", where);
    set_if(e, "path", path);
    output_json(doc, false);
    json_decref(doc);
}

/* `part` before the message, unless the message says it already. */
static void put_part(const char *part, const char *message)
{
    if (!part || !*part || strstr(message, part))
        return;
    put_clean(part, stderr);
    fputs(": ", stderr);
}

int output_error(const struct output *o, int exit_code, const char *kind, const char *where,
                 const char *path, const char *fmt, ...)
{
    char *message = NULL;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vasprintf(&message, fmt, ap);
    va_end(ap);
    must(n < 0 ? NULL : message);
    fflush(stdout);
    if (o->json) {
        error_json(exit_code, kind, where, path, message);
    } else {
        fputs("luctl: ", stderr);
        put_part(where, message);
        put_part(path, message);
        put_clean(message, stderr);
        fputc('\n', stderr);
        excerpt_print(stderr, o->document, where);
    }
    free(message);
    return exit_code;
}
