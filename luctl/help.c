/* SPDX-License-Identifier: MIT
 *
 * Help texts, wrapped at 78 columns.
 */
#include "help.h"

#include <string.h>

#define COLUMNS 78

/* One paragraph per "\n\n", words wrapped. */
static void wrap(FILE *to, const char *text)
{
    size_t col = 0;

    while (*text) {
        size_t n = strcspn(text, " \n");

        if (!strncmp(text, "\n\n", 2)) {
            fputs("\n\n", to);
            col = 0;
            text += 2;
            continue;
        }
        if (n == 0) {
            text++;
            continue;
        }
        if (col && col + 1 + n > COLUMNS) {
            fputc('\n', to);
            col = 0;
        }
        fprintf(to, "%s%.*s", col ? " " : "", (int)n, text);
        col += n + (col ? 1 : 0);
        text += n;
    }
    fputc('\n', to);
}

static void options(FILE *to, const struct cmd_option *o)
{
    for (; o->name; o++) {
        char left[48];
        char letter[8] = "    ";

        if (o->flags & CMD_HIDDEN)
            continue;
        if (o->letter)
            snprintf(letter, sizeof(letter), "-%c, ", o->letter);
        snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name, o->arg ? " " : "",
                 o->arg ? o->arg : "");
        fprintf(to, "  %-26s %s\n", left, o->help);
    }
}

void help_all(FILE *to)
{
    fputs("Usage: luctl [OPTIONS] VERB ...\n\n"
          "Updates the components of running guests, and undoes what goes wrong.\n\nVerbs:\n",
          to);
    for (const struct command *const *c = cmd_table; *c; c++)
        fprintf(to, "  %-18s %s\n", (*c)->name, (*c)->summary);
    fputs("\nOptions:\n", to);
    options(to, cmd_global_options);
    fputs("\nExit status:\n", to);
#define LUCTL_X(name, number, text) fprintf(to, "  %d  %s\n", number, text);
    LUCTL_EXITS(LUCTL_X)
#undef LUCTL_X
    fputs("\n'luctl help VERB' explains a verb.\n", to);
}

void help_verb(FILE *to, const struct command *c)
{
    char synopsis[256];

    cmd_synopsis(c, synopsis, sizeof(synopsis));
    fprintf(to, "Usage: luctl %s%s%s\n\n", c->name, synopsis[0] ? " " : "", synopsis);
    fprintf(to, "%s.\n", c->summary);
    if (c->details) {
        fputc('\n', to);
        wrap(to, c->details);
    }
    if (c->options[0].name) {
        fputs("\nOptions:\n", to);
        options(to, c->options);
    }
    fputs("\nOptions of every verb:\n", to);
    options(to, cmd_global_options);
}
