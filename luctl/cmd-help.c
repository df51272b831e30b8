/* SPDX-License-Identifier: MIT
 *
 * luctl help: all verbs, or one.
 */
#include "help.h"
#include "parse.h"

#include <string.h>

static int run(struct cmd_call *call)
{
    char *words[2] = {(char *)call->operands[0], (char *)call->operands[1]};
    const struct command *c;
    size_t used = 0;

    if (!call->n_operands) {
        help_all(stdout);
        return LUCTL_EXIT_OK;
    }
    c = cmd_find(words, call->n_operands, &used);
    if (!c)
        return parse_unknown_verb(&call->out, words, call->n_operands);
    help_verb(stdout, c);
    return LUCTL_EXIT_OK;
}

const struct command cmd_help = {
    .name = "help",
    .summary = "Explain luctl, or one verb",
    .operands = {{.name = "VERB", .flags = CMD_OPTIONAL}, {.name = "WORD", .flags = CMD_OPTIONAL}},
    .run = run,
};
