/* SPDX-License-Identifier: MIT
 *
 * luctl: the operator's command.  Parses, runs one verb, exits with its code
 * (LUCTL_EXITS).
 */
#include "command.h"
#include "help.h"
#include "parse.h"

#include <locale.h>
#include <stdio.h>

/* A verb's work is lost if nobody could read it. */
static int finish(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    perror("luctl: standard output");
    return code == LUCTL_EXIT_OK ? LUCTL_EXIT_ERROR : code;
}

int main(int argc, char **argv)
{
    struct cmd_call call = {0};

    setlocale(LC_CTYPE, "");
    switch (parse_command_line(argc, argv, &call)) {
    case PARSE_WRONG:
        return LUCTL_EXIT_ERROR;
    case PARSE_VERSION:
        puts("luctl " LUCTL_VERSION);
        return finish(LUCTL_EXIT_OK);
    case PARSE_DUMP_MAN:
        man_print(stdout);
        return finish(LUCTL_EXIT_OK);
    case PARSE_HELP:
        if (call.command)
            help_verb(stdout, call.command);
        else
            help_all(argc > 1 ? stdout : stderr);
        return finish(argc > 1 ? LUCTL_EXIT_OK : LUCTL_EXIT_ERROR);
    case PARSE_RUN:
        break;
    }
    return finish(call.command->run(&call));
}
