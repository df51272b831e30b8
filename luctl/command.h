/* SPDX-License-Identifier: MIT
 *
 * luctl's command table.  A verb is one struct command in a file of its own;
 * parsing, help, shell completion and the manual page are all made from the
 * table, so what they say is what is parsed.
 */
#pragma once

#include "output.h"

#include <stdbool.h>
#include <stddef.h>

/* X(NAME, number, what it means) */
#define LUCTL_EXITS(X)                                                                             \
    X(OK, 0, "done: for an update, committed")                                                     \
    X(ERROR, 1, "wrong usage, or an error that no other code names")                               \
    X(REFUSED, 2, "refused: the guest was not touched")                                            \
    X(UNDONE, 3, "undone: cancelled, rolled back or restored; the old versions run")               \
    X(NOT_UNDONE, 4, "not undone: the guest is lost, or the outcome is not decided yet")           \
    X(NO_AGENT, 5, "the agent can't be reached")                                                   \
    X(NOT_FOUND, 6, "no such guest, transaction or snapshot")

enum luctl_exit {
#define LUCTL_X(name, number, text) LUCTL_EXIT_##name = number,
    LUCTL_EXITS(LUCTL_X)
#undef LUCTL_X
};

#define CMD_REQUIRED 1u /* option: must be given */
#define CMD_REPEAT 2u   /* option: may be given several times */
#define CMD_OPTIONAL 4u /* operand: may be left out */
#define CMD_HIDDEN 8u   /* not in help, completion and manual */

enum cmd_completes { CMD_NOTHING = 0, CMD_FILES, CMD_DIRS, CMD_GUESTS, CMD_SNAPSHOTS, CMD_WORDS };

struct cmd_option {
    const char *name; /* long name; NULL ends an array */
    const char *arg;  /* name of its argument, NULL: a switch */
    const char *help; /* one line, no full stop */
    unsigned flags;
    enum cmd_completes completes;
    const char *words; /* CMD_WORDS: "auto kvm tcg" */
    char letter;       /* short form, or 0 */
};

/* --guest, of verbs that need one. */
#define CMD_OPTION_GUEST                                                                           \
    {.name = "guest",                                                                              \
     .arg = "NAME",                                                                                \
     .letter = 'g',                                                                                \
     .flags = CMD_REQUIRED,                                                                        \
     .completes = CMD_GUESTS,                                                                      \
     .help = "the guest"}

struct cmd_operand {
    const char *name; /* NULL ends an array */
    unsigned flags;
    enum cmd_completes completes;
    const char *words;
};

#define CMD_MAX_VALUES 32
#define CMD_MAX_OPERANDS 4

struct cmd_value {
    const struct cmd_option *option;
    const char *text; /* "" for a switch */
};

/* One run of luctl, as parsed. */
struct cmd_call {
    const struct command *command;
    const char *connect, *state_dir; /* NULL: not given */
    bool yes;
    bool progress; /* --json: events as lines */
    struct output out;
    const char *operands[CMD_MAX_OPERANDS];
    size_t n_operands;
    struct cmd_value values[CMD_MAX_VALUES];
    size_t n_values;
};

struct command {
    const char *name; /* "guest start" */
    const char *summary;
    const char *details; /* paragraphs for help and manual, parted by "\n\n"; or NULL */
    struct cmd_operand operands[CMD_MAX_OPERANDS];
    struct cmd_option options[8];
    int (*run)(struct cmd_call *call); /* returns enum luctl_exit */
};

extern const struct command *const cmd_table[]; /* ends with NULL */
extern const struct cmd_option cmd_global_options[];

/* Value of the option, the last one if it was given several times; NULL: not given. */
const char *cmd_value(const struct cmd_call *call, const char *name);
bool cmd_given(const struct cmd_call *call, const char *name);
/* Whole decimal number of an option or operand; false after a usage error was told. */
bool cmd_number(struct cmd_call *call, const char *what, const char *text, long long min,
                long long max, long long *ret);
/* Asks on a terminal unless --yes; true: go on. */
bool cmd_confirm(const struct cmd_call *call, const char *question);

/* The file of commands.c: looks `words[0..n)` up.  *ret_used = how many words name the
 * verb.  NULL when there is none. */
const struct command *cmd_find(char *const *words, size_t n, size_t *ret_used);
/* First words of verbs, or second words of those that start with `group`. */
size_t cmd_words(const char *group, const char **ret, size_t max);

/* "SCENARIO --guest G": what follows the verb in a synopsis. */
void cmd_synopsis(const struct command *c, char *buf, size_t size);
