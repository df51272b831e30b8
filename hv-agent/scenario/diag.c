/* SPDX-License-Identifier: MIT
 *
 * Diagnoses as text: "FILE:LINE:COL: PATH: text; expected ...; did you mean '...'?".
 */
#include "scenario.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void diag_set(struct lu_scn_diag *d, const struct lu_scenario *s, unsigned line,
                     unsigned col, const char *path)
{
    memset(d, 0, sizeof(*d));
    snprintf(d->file, sizeof(d->file), "%s", s->file);
    snprintf(d->path, sizeof(d->path), "%s", path ? path : "");
    d->line = line;
    d->col = col;
}

void lu_scn_diag_at(struct lu_scn_diag *d, const struct lu_scenario *s,
                    const struct lu_scn_pos *pos, const char *fmt, ...)
{
    va_list ap;

    diag_set(d, s, pos->line, pos->col, pos->path);
    va_start(ap, fmt);
    vsnprintf(d->text, sizeof(d->text), fmt, ap);
    va_end(ap);
}

void lu_scn_diag_in_text(struct lu_scn_diag *d, const struct lu_scenario *s,
                         const struct lu_scn_text *t, size_t offset, const char *fmt, ...)
{
    size_t i = offset < t->len ? offset : t->len;
    va_list ap;

    diag_set(d, s, t->place[i][0], t->place[i][1], t->pos.path);
    va_start(ap, fmt);
    vsnprintf(d->text, sizeof(d->text), fmt, ap);
    va_end(ap);
}

void lu_scn_diag_where(const struct lu_scn_diag *d, char *buf, size_t size)
{
    if (d->line)
        snprintf(buf, size, "%s:%u:%u", d->file, d->line, d->col);
    else
        snprintf(buf, size, "%s", d->file);
}

void lu_scn_diag_format(const struct lu_scn_diag *d, char *buf, size_t size)
{
    char where[300];

    lu_scn_diag_where(d, where, sizeof(where));
    snprintf(buf, size, "%s: %s%s%s%s%s%s%s%s", where, d->path, d->path[0] ? ": " : "", d->text,
             d->expected[0] ? "; expected " : "", d->expected, d->hint[0] ? "; did you mean '" : "",
             d->hint, d->hint[0] ? "'?" : "");
}
