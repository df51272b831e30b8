/* SPDX-License-Identifier: MIT
 *
 * Command line to struct cmd_call, by getopt_long over the command table.
 * Options that every verb has may stand before or after the verb.
 */
#pragma once

#include "command.h"

enum parse_result {
    PARSE_RUN,  /* call->command is to be run */
    PARSE_HELP, /* help on call->command, or on all when it is NULL */
    PARSE_VERSION,
    PARSE_DUMP_MAN,
    PARSE_WRONG, /* the error has been told */
};

enum parse_result parse_command_line(int argc, char **argv, struct cmd_call *call);

/* Tells that no verb is called like that, with the one that was probably meant. */
int parse_unknown_verb(const struct output *o, char *const *words, size_t n);
