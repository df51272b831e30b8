/* SPDX-License-Identifier: MIT
 *
 * The table of verbs and of the options that every verb has.  A new verb: a file
 * cmd-NAME.c with one struct command, a line in LUCTL_VERBS, a line in meson.build.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>

#define LUCTL_VERBS(X)                                                                             \
    X(guest_start)                                                                                 \
    X(guest_stop)                                                                                  \
    X(guest_list)                                                                                  \
    X(guest_info)                                                                                  \
    X(guest_console)                                                                               \
    X(guest_trace)                                                                                 \
    X(validate)                                                                                    \
    X(plan)                                                                                        \
    X(apply)                                                                                       \
    X(history)                                                                                     \
    X(report)                                                                                      \
    X(snapshot_take)                                                                               \
    X(snapshot_list)                                                                               \
    X(snapshot_restore)                                                                            \
    X(snapshot_drop)                                                                               \
    X(agent_info)                                                                                  \
    X(completion)                                                                                  \
    X(help)

#define LUCTL_X(verb) extern const struct command cmd_##verb;
LUCTL_VERBS(LUCTL_X)
#undef LUCTL_X

const struct command *const cmd_table[] = {
#define LUCTL_X(verb) &cmd_##verb,
    LUCTL_VERBS(LUCTL_X)
#undef LUCTL_X
        NULL,
};

const struct cmd_option cmd_global_options[] = {
    {.name = "connect", .letter = 'c', .arg = "URI", .help = "the agent's socket, as unix:PATH"},
    {.name = "state-dir",
     .arg = "DIR",
     .completes = CMD_DIRS,
     .help = "the agent's state directory; its socket is DIR/agent.sock"},
    {.name = "json", .letter = 'j', .help = "print one JSON document instead of text"},
    {.name = "progress", .help = "with --json: print events too, one JSON object per line"},
    {.name = "color",
     .arg = "WHEN",
     .completes = CMD_WORDS,
     .words = "auto always never",
     .help = "colours: auto (on a terminal), always or never"},
    {.name = "yes", .letter = 'y', .help = "do not ask before something is lost"},
    {.name = "help", .letter = 'h', .help = "explain the verb"},
    {.name = "version", .letter = 'V', .help = "print luctl's version"},
    {.name = "dump-man", .flags = CMD_HIDDEN, .help = "print luctl's manual page"},
    {0},
};

const struct command *cmd_find(char *const *words, size_t n, size_t *ret_used)
{
    for (const struct command *const *c = cmd_table; *c; c++) {
        const char *space = strchr((*c)->name, ' ');
        size_t first = space ? (size_t)(space - (*c)->name) : strlen((*c)->name);

        if (!n || strncmp((*c)->name, words[0], first) || words[0][first])
            continue;
        if (space && (n < 2 || strcmp(space + 1, words[1])))
            continue;
        *ret_used = space ? 2 : 1;
        return *c;
    }
    return NULL;
}

size_t cmd_words(const char *group, const char **ret, size_t max)
{
    static char firsts[32][24];
    size_t n = 0, group_len = group ? strlen(group) : 0;

    for (const struct command *const *c = cmd_table; *c && n < max; c++) {
        size_t first = strcspn((*c)->name, " ");

        if (group) {
            if (first == group_len && !strncmp((*c)->name, group, first) && (*c)->name[first])
                ret[n++] = (*c)->name + first + 1;
            continue;
        }
        if (n && !strncmp(firsts[n - 1], (*c)->name, first) && !firsts[n - 1][first])
            continue; /* verbs of one group stand together */
        snprintf(firsts[n], sizeof(firsts[n]), "%.*s", (int)first, (*c)->name);
        ret[n] = firsts[n];
        n++;
    }
    return n;
}

void cmd_synopsis(const struct command *c, char *buf, size_t size)
{
    size_t used = 0;

    buf[0] = '\0';
    for (const struct cmd_operand *o = c->operands; o->name && used < size; o++)
        used += (size_t)snprintf(buf + used, size - used, "%s%s%s%s", used ? " " : "",
                                 o->flags & CMD_OPTIONAL ? "[" : "", o->name,
                                 o->flags & CMD_OPTIONAL ? "]" : "");
    for (const struct cmd_option *o = c->options; o->name && used < size; o++)
        used += (size_t)snprintf(buf + used, size - used, "%s%s--%s%s%s%s%s", used ? " " : "",
                                 o->flags & CMD_REQUIRED ? "" : "[", o->name, o->arg ? " " : "",
                                 o->arg ? o->arg : "", o->flags & CMD_REQUIRED ? "" : "]",
                                 o->flags & CMD_REPEAT ? "..." : "");
}

const char *cmd_value(const struct cmd_call *call, const char *name)
{
    const char *found = NULL;

    for (size_t i = 0; i < call->n_values; i++)
        if (!strcmp(call->values[i].option->name, name))
            found = call->values[i].text;
    return found;
}

bool cmd_given(const struct cmd_call *call, const char *name)
{
    return cmd_value(call, name) != NULL;
}
