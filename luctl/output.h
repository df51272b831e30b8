/* SPDX-License-Identifier: MIT
 *
 * What luctl prints: aligned tables, colours on a terminal, one JSON document,
 * errors.  Text that came from a guest or a file is printed without its control
 * characters: line ends and tabs as a blank, others as '?'.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct output {
    bool json;
    bool color;           /* stdout */
    bool terminal;        /* stdout is one */
    const char *document; /* file that errors may speak of, or NULL */
};

enum paint { PAINT_PLAIN = 0, PAINT_BOLD, PAINT_GREEN, PAINT_YELLOW, PAINT_RED, PAINT_DIM };

/* `mode`: auto, always, never.  Auto: stdout is a terminal, NO_COLOR is unset or empty,
 * TERM is not "dumb". */
void output_init(struct output *o, bool json, const char *mode);

/* Prints text in a colour (PAINT_PLAIN: none), without control characters. */
void output_paint(const struct output *o, enum paint p, const char *text);
/* Colour that goes with a word for an outcome or a state. */
enum paint output_mood(const char *word);

/* The JSON document, then a line end; `compact`: on one line. */
void output_json(const json_t *doc, bool compact);

#define TABLE_MAX_COLUMNS 10

struct table {
    const char *heads[TABLE_MAX_COLUMNS]; /* NULL ends */
    bool right[TABLE_MAX_COLUMNS];        /* numbers: aligned to the right */
    char ***rows;
    size_t n_rows, n_columns;
};

/* Adds one row, one `const char *` per column (NULL is shown as "-"). */
void table_add(struct table *t, const char *const *cells);
void table_print(const struct output *o, const struct table *t);
void table_free(struct table *t);

/* "12.3", "1234": milliseconds; "-" when the value is no number.  buf is returned. */
const char *text_ms(const json_t *v, char *buf, size_t size);
const char *text_int(const json_t *v, char *buf, size_t size);
/* Can it stand in JSON? */
bool text_is_utf8(const char *text);
/* String of an object's member, or "" when it is absent or no string. */
const char *text_of(const json_t *object, const char *key);

/* An error: "luctl: ..." on stderr, or {"error": ...} on stdout with --json.  `kind`,
 * `where`, `path` may be "" or NULL.  Where it is a place in the document, the line follows
 * with a caret under it.  Returns exit_code. */
int output_error(const struct output *o, int exit_code, const char *kind, const char *where,
                 const char *path, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
