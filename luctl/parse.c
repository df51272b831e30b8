/* SPDX-License-Identifier: MIT
 *
 * Two passes of getopt_long: up to the verb with the common options only, then
 * the rest with the verb's own as well.
 */
#include "parse.h"
#include "scenario/nearest.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_OPTIONS 24
#define LONG_BASE 256 /* getopt's value of option number 0 */

struct option_set {
    const struct cmd_option *all[MAX_OPTIONS];
    size_t n;
    struct option longs[MAX_OPTIONS + 1];
    char shorts[2 * MAX_OPTIONS + 3];
};

static void set_add(struct option_set *s, const struct cmd_option *o)
{
    for (; o->name && s->n < MAX_OPTIONS; o++) {
        size_t len = strlen(s->shorts);

        s->all[s->n] = o;
        s->longs[s->n] = (struct option){o->name, o->arg ? required_argument : no_argument, NULL,
                                         LONG_BASE + (int)s->n};
        s->n++;
        if (o->letter) {
            s->shorts[len++] = o->letter;
            if (o->arg)
                s->shorts[len] = ':';
        }
    }
}

/* `mode`: "+" stops at the first operand. */
static struct option_set set_make(const char *mode, const struct command *c)
{
    struct option_set s = {0};

    snprintf(s.shorts, sizeof(s.shorts), "%s:", mode);
    set_add(&s, cmd_global_options);
    if (c)
        set_add(&s, c->options);
    return s;
}

static const struct cmd_option *set_get(const struct option_set *s, int value)
{
    if (value >= LONG_BASE)
        return s->all[value - LONG_BASE];
    for (size_t i = 0; i < s->n; i++)
        if (s->all[i]->letter == value)
            return s->all[i];
    return NULL;
}

static enum parse_result wrong(const struct cmd_call *call, const char *text, const char *word,
                               const char *near)
{
    const char *verb = call->command ? call->command->name : NULL;

    output_error(&call->out, LUCTL_EXIT_ERROR, "usage", NULL, NULL,
                 "%s%s%s '%s'%s%s%s (see 'luctl help%s%s')", verb ? verb : "", verb ? ": " : "",
                 text, word, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "",
                 verb ? " " : "", verb ? verb : "");
    return PARSE_WRONG;
}

static enum parse_result wrong_option(const struct cmd_call *call, const struct option_set *s,
                                      const char *word)
{
    const char *names[MAX_OPTIONS], *near;
    char typed[64], meant[72];

    for (size_t i = 0; i < s->n; i++)
        names[i] = s->all[i]->name;
    snprintf(typed, sizeof(typed), "%s", word + strspn(word, "-"));
    typed[strcspn(typed, "=")] = '\0';
    near = strncmp(word, "--", 2) ? NULL : nearest_word(typed, names, s->n);
    snprintf(meant, sizeof(meant), "--%s", near ? near : "");
    return wrong(call, "no option", word, near ? meant : NULL);
}

static bool word_among(const char *word, const char *words)
{
    size_t len = strlen(word);

    for (const char *p = words; *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");

        if (n == len && !strncmp(p, word, n))
            return true;
        p += n;
    }
    return false;
}

static bool set_common(struct cmd_call *call, const struct cmd_option *o, const char *text,
                       const char **color, enum parse_result *result)
{
    if (!strcmp(o->name, "connect"))
        call->connect = text;
    else if (!strcmp(o->name, "state-dir"))
        call->state_dir = text;
    else if (!strcmp(o->name, "json"))
        call->out.json = true;
    else if (!strcmp(o->name, "progress"))
        call->progress = true;
    else if (!strcmp(o->name, "yes"))
        call->yes = true;
    else if (!strcmp(o->name, "color"))
        *color = text;
    else if (!strcmp(o->name, "help"))
        *result = PARSE_HELP;
    else if (!strcmp(o->name, "version"))
        *result = PARSE_VERSION;
    else if (!strcmp(o->name, "dump-man"))
        *result = PARSE_DUMP_MAN;
    else
        return false;
    return true;
}

static enum parse_result take(struct cmd_call *call, const struct cmd_option *o, const char **color,
                              enum parse_result result)
{
    const char *text = o->arg ? optarg : "";

    if (o->completes == CMD_WORDS && !word_among(text, o->words)) {
        char what[128];

        snprintf(what, sizeof(what), "--%s is one of %s, not", o->name, o->words);
        return wrong(call, what, text, NULL);
    }
    if (set_common(call, o, text, color, &result))
        return result;
    if (call->n_values == CMD_MAX_VALUES)
        return wrong(call, "too many options, from", o->name, NULL);
    call->values[call->n_values++] = (struct cmd_value){o, text};
    return result;
}

/* Runs getopt over argv from its start; stops at the first operand or at the end. */
static enum parse_result scan(int argc, char **argv, const char *mode, struct cmd_call *call,
                              const char **color, enum parse_result result)
{
    struct option_set s = set_make(mode, call->command);
    int value;

    optind = 0; /* glibc: start afresh */
    opterr = 0;
    while ((value = getopt_long(argc, argv, s.shorts, s.longs, NULL)) != -1) {
        const struct cmd_option *o;

        if (value == ':')
            return wrong(call, "an argument is missing after", argv[optind - 1], NULL);
        o = value == '?' ? NULL : set_get(&s, value);
        if (!o) {
            char one[3] = {'-', (char)optopt, '\0'};
            bool is_short = optopt > 0 && optopt < LONG_BASE;

            return wrong_option(call, &s, is_short ? one : argv[optind - 1]);
        }
        result = take(call, o, color, result);
        if (result == PARSE_WRONG)
            return result;
    }
    return result;
}

static enum parse_result check_operands(struct cmd_call *call)
{
    const struct cmd_operand *o = call->command->operands;
    size_t n = 0;

    for (; o[n].name; n++)
        if (n >= call->n_operands && !(o[n].flags & CMD_OPTIONAL))
            return wrong(call, "this must be given:", o[n].name, NULL);
    for (const struct cmd_option *x = call->command->options; x->name; x++)
        if (x->flags & CMD_REQUIRED && !cmd_given(call, x->name)) {
            char what[48];

            snprintf(what, sizeof(what), "--%s %s", x->name, x->arg);
            return wrong(call, "this must be given:", what, NULL);
        }
    return PARSE_RUN;
}

static size_t count_operands(const struct command *c)
{
    size_t n = 0;

    while (n < CMD_MAX_OPERANDS && c->operands[n].name)
        n++;
    return n;
}

static enum parse_result take_operands(int argc, char **argv, struct cmd_call *call)
{
    for (int i = optind; i < argc; i++) {
        if (call->n_operands == count_operands(call->command))
            return wrong(call, "one word too many:", argv[i], NULL);
        call->operands[call->n_operands++] = argv[i];
    }
    return check_operands(call);
}

int parse_unknown_verb(const struct output *o, char *const *words, size_t n)
{
    const char *known[32], *near, *group = NULL;
    size_t count = cmd_words(n ? words[0] : "", known, 32);
    char list[256] = "";

    if (count) {
        group = words[0];
    } else {
        count = cmd_words(NULL, known, 32);
    }
    for (size_t i = 0; i < count; i++)
        snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "", known[i]);
    if (group && n < 2)
        return output_error(o, LUCTL_EXIT_ERROR, "usage", NULL, NULL, "'%s' wants one of: %s",
                            group, list);
    near = nearest_word(words[group ? 1 : 0], known, count);
    if (near)
        return output_error(o, LUCTL_EXIT_ERROR, "usage", NULL, NULL,
                            "no verb '%s%s%s'; did you mean '%s%s%s'?", group ? group : "",
                            group ? " " : "", words[group ? 1 : 0], group ? group : "",
                            group ? " " : "", near);
    return output_error(o, LUCTL_EXIT_ERROR, "usage", NULL, NULL, "no verb '%s%s%s'; there are: %s",
                        group ? group : "", group ? " " : "", words[group ? 1 : 0], list);
}

/* Which word JSON could not hold; 0: none. */
static int find_not_text(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!text_is_utf8(argv[i]))
            return i;
    return 0;
}

enum parse_result parse_command_line(int argc, char **argv, struct cmd_call *call)
{
    const char *color = "auto";
    enum parse_result result = scan(argc, argv, "+", call, &color, PARSE_RUN);
    size_t used = 0;
    int from = optind, odd = find_not_text(argc, argv);

    output_init(&call->out, call->out.json, color);
    if (odd) {
        output_error(&call->out, LUCTL_EXIT_ERROR, "usage", NULL, NULL,
                     "word %d of the command line is no UTF-8 text", odd);
        return PARSE_WRONG;
    }
    if (result == PARSE_WRONG || result == PARSE_VERSION || result == PARSE_DUMP_MAN)
        return result;
    if (from == argc)
        return PARSE_HELP;
    call->command = cmd_find(argv + from, (size_t)(argc - from), &used);
    if (!call->command) {
        parse_unknown_verb(&call->out, argv + from, (size_t)(argc - from));
        return PARSE_WRONG;
    }
    from += (int)used - 1; /* the verb's last word stands for argv[0] */
    result = scan(argc - from, argv + from, "", call, &color, result);
    output_init(&call->out, call->out.json, color);
    if (result != PARSE_RUN)
        return result;
    return take_operands(argc - from, argv + from, call);
}

bool cmd_number(struct cmd_call *call, const char *what, const char *text, long long min,
                long long max, long long *ret)
{
    char *end;
    long long v;

    errno = 0;
    v = strtoll(text, &end, 10);
    if (end == text || *end || errno || v < min || v > max) {
        output_error(&call->out, LUCTL_EXIT_ERROR, "usage", NULL, NULL,
                     "%s: %s is a whole number from %lld to %lld, not '%s'", call->command->name,
                     what, min, max, text);
        return false;
    }
    *ret = v;
    return true;
}

bool cmd_confirm(const struct cmd_call *call, const char *question)
{
    char answer[16];

    if (call->yes || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return true;
    fprintf(stderr, "%s [y/N] ", question);
    if (!fgets(answer, sizeof(answer), stdin))
        return false;
    return answer[0] == 'y' || answer[0] == 'Y';
}
