/* SPDX-License-Identifier: MIT
 *
 * Completion script for bash, from the command table.  Guest names are asked of
 * the agent while completing.
 */
#include "help.h"

#include <string.h>

#define MAX_OPTIONS 64

static const char head[] =
    "# bash completion of luctl, made from its command table.\n"
    "_luctl_names()\n{\n" /* of what a list holds, not of what is inside that */
    "    \"$@\" 2>/dev/null | sed -n 's/^ \\{6\\}\"name\": \"\\(.*\\)\".*/\\1/p'\n}\n\n"
    "_luctl()\n{\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    local -a words=() ask=(\"${COMP_WORDS[0]}\" --json)\n"
    "    local i word option= guest=\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        [[ $word == = ]] && continue\n"
    "        case $option in\n"
    "            --guest|-g) guest=$word ;;\n"
    "            --connect|-c|--state-dir) ask+=(\"$option\" \"$word\") ;;\n"
    "        esac\n"
    "        if [[ -n $option ]]; then option=; continue; fi\n"
    "        case $word in\n";

static const char middle[] = "            -*) ;;\n"
                             "            *) words+=(\"$word\") ;;\n"
                             "        esac\n"
                             "    done\n"
                             "    [[ $cur == = ]] && cur=\n"
                             "    [[ -n $option ]] && prev=$option\n"
                             "    COMPREPLY=()\n";

/* "--name|-l", once for each option of `o` that takes an argument. */
static void with_args(FILE *to, const struct cmd_option *o, const char **seen, size_t *n)
{
    for (; o->name; o++) {
        size_t i = 0;

        while (i < *n && strcmp(seen[i], o->name))
            i++;
        if (!o->arg || i < *n || *n == MAX_OPTIONS)
            continue;
        fprintf(to, "%s--%s", *n ? "|" : "", o->name);
        if (o->letter)
            fprintf(to, "|-%c", o->letter);
        seen[(*n)++] = o->name;
    }
}

/* Options that take an argument, of all verbs, as a case pattern. */
static void options_with_args(FILE *to)
{
    const char *seen[MAX_OPTIONS];
    size_t n = 0;

    fputs("            ", to);
    with_args(to, cmd_global_options, seen, &n);
    for (const struct command *const *c = cmd_table; *c; c++)
        with_args(to, (*c)->options, seen, &n);
    fputs(") option=$word ;;\n", to);
}

static void reply(FILE *to, enum cmd_completes what, const char *words)
{
    switch (what) {
    case CMD_FILES:
        fputs("COMPREPLY=($(compgen -f -- \"$cur\"))", to);
        break;
    case CMD_DIRS:
        fputs("COMPREPLY=($(compgen -d -- \"$cur\"))", to);
        break;
    case CMD_GUESTS:
        fputs("COMPREPLY=($(compgen -W \"$(_luctl_names \"${ask[@]}\" guest list)\" -- "
              "\"$cur\"))",
              to);
        break;
    case CMD_SNAPSHOTS:
        fputs("COMPREPLY=($(compgen -W \"$(_luctl_names \"${ask[@]}\" snapshot list "
              "--guest \"$guest\")\" -- \"$cur\"))",
              to);
        break;
    case CMD_WORDS:
        fprintf(to, "COMPREPLY=($(compgen -W '%s' -- \"$cur\"))", words);
        break;
    case CMD_NOTHING:
        fputs(":", to);
        break;
    }
}

/* `verb` is a shell pattern for what stands before the option. */
static void argument_cases(FILE *to, const struct cmd_option *o, const char *verb)
{
    for (; o->name; o++) {
        if (!o->arg)
            continue;
        fprintf(to, "        %s--%s", verb, o->name);
        if (o->letter)
            fprintf(to, "|%s-%c", verb, o->letter);
        fputs(") ", to);
        reply(to, o->completes, o->words);
        fputs("; return ;;\n", to);
    }
}

static void option_names(FILE *to, const struct cmd_option *o)
{
    for (; o->name; o++)
        if (!(o->flags & CMD_HIDDEN))
            fprintf(to, "--%s ", o->name);
}

static size_t verb_words(const struct command *c)
{
    return strchr(c->name, ' ') ? 2 : 1;
}

static void verb(FILE *to, const struct command *c)
{
    fprintf(to,
            "        '%s'|'%s '*)\n            if [[ $cur == -* ]]; then\n"
            "                COMPREPLY=($(compgen -W '",
            c->name, c->name);
    option_names(to, c->options);
    option_names(to, cmd_global_options);
    fputs("' -- \"$cur\"))\n                return\n            fi\n"
          "            case ${#words[@]} in\n",
          to);
    for (size_t i = 0; i < CMD_MAX_OPERANDS && c->operands[i].name; i++) {
        fprintf(to, "                %zu) ", verb_words(c) + i);
        reply(to, c->operands[i].completes, c->operands[i].words);
        fputs(" ;;\n", to);
    }
    fputs("            esac\n            return ;;\n", to);
}

static void first_words(FILE *to)
{
    const char *firsts[32], *seconds[32];
    size_t n = cmd_words(NULL, firsts, 32);

    for (size_t i = 0; i < n; i++) {
        size_t m = cmd_words(firsts[i], seconds, 32);

        if (!m)
            continue;
        fprintf(to, "        '%s') COMPREPLY=($(compgen -W '", firsts[i]);
        for (size_t j = 0; j < m; j++)
            fprintf(to, "%s%s", j ? " " : "", seconds[j]);
        fputs("' -- \"$cur\")); return ;;\n", to);
    }
    fputs("        '') COMPREPLY=($(compgen -W '", to);
    for (size_t i = 0; i < n; i++)
        fprintf(to, "%s ", firsts[i]);
    option_names(to, cmd_global_options);
    fputs("' -- \"$cur\")); return ;;\n", to);
}

void completion_print_bash(FILE *to)
{
    fputs(head, to);
    options_with_args(to);
    fputs(middle, to);
    fputs("    case \"${words[*]} $prev\" in\n", to);
    for (const struct command *const *c = cmd_table; *c; c++) {
        char pattern[48];

        snprintf(pattern, sizeof(pattern), "'%s '*", (*c)->name);
        argument_cases(to, (*c)->options, pattern);
    }
    argument_cases(to, cmd_global_options, "*");
    fputs("    esac\n    case \"${words[*]}\" in\n", to);
    for (const struct command *const *c = cmd_table; *c; c++)
        verb(to, *c);
    first_words(to);
    fputs("    esac\n}\ncomplete -o filenames -F _luctl luctl\n", to);
}
