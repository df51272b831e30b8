/* SPDX-License-Identifier: MIT
 *
 * luctl(1) from the command table, in man(7) macros.
 */
#include "help.h"

#include <ctype.h>
#include <string.h>

/* Text with what roff would take for its own made harmless. */
static void roff(FILE *to, const char *text)
{
    int line_start = 1;

    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            fputs("\\&", to);
        if (*text == '\\')
            fputs("\\e", to);
        else if (*text == '-')
            fputs("\\-", to);
        else if (*text == '\n' && text[1] == '\n')
            fputs("\n.PP", to);
        else
            fputc(*text, to);
        line_start = *text == '\n';
    }
}

static void options(FILE *to, const struct cmd_option *o)
{
    for (; o->name; o++) {
        if (o->flags & CMD_HIDDEN)
            continue;
        fputs(".TP\n.B ", to);
        if (o->letter)
            fprintf(to, "\\-%c\\fR, \\fB", o->letter);
        fputs("\\-\\-", to);
        roff(to, o->name);
        if (o->arg)
            fprintf(to, "\\fR \\fI%s", o->arg);
        fputs("\n", to);
        roff(to, o->help);
        fputs(o->flags & CMD_REPEAT ? "; may be given several times.\n" : ".\n", to);
    }
}

/* Like cmd_synopsis, with fonts. */
static void synopsis(FILE *to, const struct command *c)
{
    fprintf(to, ".SS \"luctl %s\"\n.B luctl %s", c->name, c->name);
    for (const struct cmd_operand *o = c->operands; o->name; o++)
        fprintf(to, o->flags & CMD_OPTIONAL ? "\\fR [\\fI%s\\fR]" : " \\fI%s\\fR", o->name);
    for (const struct cmd_option *o = c->options; o->name; o++) {
        fputs(o->flags & CMD_REQUIRED ? " \\fB\\-\\-" : "\\fR [\\fB\\-\\-", to);
        roff(to, o->name);
        if (o->arg)
            fprintf(to, "\\fR \\fI%s", o->arg);
        fputs(o->flags & CMD_REQUIRED ? "\\fR" : "\\fR]", to);
        fputs(o->flags & CMD_REPEAT ? "..." : "", to);
    }
    fputs("\n.PP\n", to);
}

static void verb(FILE *to, const struct command *c)
{
    synopsis(to, c);
    roff(to, c->summary);
    fputs(".\n", to);
    if (c->details) {
        fputs(".PP\n", to);
        roff(to, c->details);
        fputc('\n', to);
    }
    options(to, c->options);
}

static const char tail[] =
    ".SH FILES\n"
    ".TP\n.I STATE_DIR/agent.sock\nThe agent's socket.\n"
    ".SH ENVIRONMENT\n"
    ".TP\n.B PROTEAN_STATE_DIR\n"
    "The state directory when neither \\fB\\-\\-connect\\fR nor \\fB\\-\\-state\\-dir\\fR is "
    "given; "
    "without it, /var/lib/protean for root, else $XDG_STATE_HOME/protean or "
    "~/.local/state/protean.\n"
    ".TP\n.B PROTEAN_IMAGE_DIR\nWhere \\fBluctl validate\\fR looks for images that do not lie "
    "beside the scenario.\n"
    ".TP\n.B NO_COLOR\nIf set to anything but the empty string: no colours, unless "
    "\\fB\\-\\-color always\\fR is given.\n"
    ".SH SEE ALSO\n.BR hv\\-agent (8),\n.BR protean\\-scenario (5)\n";

void man_print(FILE *to)
{
    fputs(
        ".\\\" SPDX-License-Identifier: MIT\n.\\\" Made from luctl's command table.\n"
        ".TH LUCTL 1 \"\" \"Protean " LUCTL_VERSION "\" \"User Commands\"\n"
        ".SH NAME\nluctl \\- update the components of running guests\n"
        ".SH SYNOPSIS\n.B luctl\n[\\fIOPTIONS\\fR] \\fIVERB\\fR ...\n"
        ".SH DESCRIPTION\n"
        "Speaks to the host agent, \\fBhv\\-agent\\fR(8), which owns the guests: starts and stops "
        "them, replaces their drivers and servers while they run, as a scenario says "
        "(\\fBprotean\\-scenario\\fR(5)), and undoes every update that goes wrong.\n"
        ".SH OPTIONS\nThese may stand before or after the verb.\n",
        to);
    options(to, cmd_global_options);
    fputs(".SH VERBS\n", to);
    for (const struct command *const *c = cmd_table; *c; c++)
        verb(to, *c);
    fputs(".SH EXIT STATUS\n", to);
#define LUCTL_X(name, number, text)                                                                \
    fprintf(to, ".TP\n.B %d\n", number);                                                           \
    roff(to, text);                                                                                \
    fputs(".\n", to);
    LUCTL_EXITS(LUCTL_X)
#undef LUCTL_X
    fputs("A scenario that states an expected outcome does not change the code.\n", to);
    fputs(tail, to);
}
