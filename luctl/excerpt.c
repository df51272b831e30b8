/* SPDX-License-Identifier: MIT
 *
 * See excerpt.h.
 */
#define _GNU_SOURCE /* getline */
#include "excerpt.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH 72u /* characters of a long line that are shown */

static int is_continued(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Start of character `n`, from 0; the end of the text if it is shorter. */
static const char *character(const char *text, unsigned n)
{
    while (*text && (is_continued(*text) || n--))
        text++;
    return text;
}

static int place_of(const char *document, const char *where, unsigned *ret_line, unsigned *ret_col)
{
    size_t len = document ? strlen(document) : 0;
    int end = 0;

    return len && where && !strncmp(where, document, len) &&
           sscanf(where + len, ":%u:%u%n", ret_line, ret_col, &end) == 2 &&
           !where[len + (size_t)end] && *ret_line && *ret_col;
}

static char *read_line(const char *path, unsigned line)
{
    FILE *in = fopen(path, "r");
    char *text = NULL;
    size_t room = 0;
    ssize_t n = in ? 0 : -1;

    for (unsigned i = 0; n >= 0 && i < line; i++)
        n = getline(&text, &room, in);
    if (in)
        fclose(in);
    if (n < 0) {
        free(text);
        return NULL;
    }
    text[strcspn(text, "\r\n")] = '\0';
    return text;
}

void excerpt_print(FILE *to, const char *document, const char *where)
{
    unsigned line, col, skip;
    char *text = place_of(document, where, &line, &col) ? read_line(document, line) : NULL;
    const char *from, *end;

    if (!text)
        return;
    skip = col > WIDTH ? col - WIDTH / 2 : 0;
    from = character(text, skip);
    end = character(from, WIDTH);
    fprintf(to, "%6u | ", line);
    for (const char *p = from; p < end; p++)
        fputc((unsigned char)*p < 0x20 || *p == 0x7f ? ' ' : *p, to);
    fprintf(to, "\n       | %*s\n", (int)(col - skip), "^");
    free(text);
}
