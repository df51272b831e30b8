/* SPDX-License-Identifier: MIT
 *
 * lucc: compiler wrapper for components.
 *   lucc [options] -c a.c -o a.o       clang with the pass
 *   lucc [options] -o net.elf --component net *.o *.a
 * Own options:
 *   --no-instrument            compile without the pass
 *   --hosted                   for programs of the build machine (tests)
 *   --alloc-wrapper=W,...      NAME[:SIZE[*COUNT]][@OUT]: what hands on allocations.  NAME is
 *                              a function, a variable, or TAG.MEMBER; the others are numbers
 *                              of arguments from 0; SIZE is "-" if there is none, "*" if
 *                              the result is an array without any
 *   --untyped-sites=error      an allocation whose type is not known is an error
 *   --component NAME           link: name in the description
 *   --keep-debug               link: leave DWARF in the image too
 * Everything else goes to clang or ld.lld.  Beside NAME.elf the link writes
 * NAME.debug, for gdb, and NAME.sites: all allocation sites with the type of each,
 * or why it has none.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "elf-file.h"
#include "tu-format.h"

#define PATH_ROOM 4096

struct args {
    const char **v;
    size_t n, room;
};

struct job {
    struct args rest;   /* what is not ours */
    struct args wrap;   /* --alloc-wrapper lists */
    const char *output; /* -o */
    const char *source; /* last .c argument */
    const char *component;
    int compile; /* stops before linking */
    int object;  /* -c */
    int instrument, hosted, keep_debug, verbose, untyped_error;
};

static void args_add(struct args *a, const char *s)
{
    if (a->n + 2 > a->room) {
        size_t room = a->room ? a->room * 2 : 64;
        const char **grown = realloc(a->v, room * sizeof(*a->v));

        if (!grown) {
            fprintf(stderr, "lucc: out of memory\n");
            exit(1);
        }
        a->v = grown;
        a->room = room;
    }
    a->v[a->n++] = s;
    a->v[a->n] = NULL;
}

static void args_add_list(struct args *a, const char *const *list)
{
    for (; *list; list++)
        args_add(a, *list);
}

/* Runs a command; its exit status, or 1. */
static int run(const struct job *j, const struct args *a)
{
    pid_t pid;
    int status;

    if (!a->v || !a->v[0])
        return 1;

    if (j->verbose) {
        for (size_t i = 0; i < a->n; i++)
            fprintf(stderr, "%s%c", a->v[i], i + 1 < a->n ? ' ' : '\n');
    }
    pid = a->v && a->v[0] ? fork() : -1;
    if (pid == 0) {
        execvp(a->v[0], (char *const *)a->v);
        fprintf(stderr, "lucc: %s: %s\n", a->v[0], strerror(errno));
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0) {
        fprintf(stderr, "lucc: %s\n", strerror(errno));
        return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* A file that lies beside this program. */
static const char *beside(const char *name)
{
    static char dir[PATH_ROOM];
    char *path;

    if (!dir[0]) {
        ssize_t n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);

        dir[n > 0 ? n : 0] = 0;
        if (strrchr(dir, '/'))
            *strrchr(dir, '/') = 0;
    }
    if (asprintf(&path, "%s/%s", dir, name) < 0)
        exit(1);
    return path;
}

/* PATH with what follows the last dot of its last part replaced. */
static char *with_suffix(const char *path, const char *suffix)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    char *out;

    if (asprintf(&out, "%.*s%s", (int)(dot ? dot - path : (long)strlen(path)), path, suffix) < 0)
        exit(1);
    return out;
}

static int starts(const char *s, const char *with)
{
    return !strncmp(s, with, strlen(with));
}

static int parse_untyped(struct job *j, const char *word)
{
    j->untyped_error = !strcmp(word, "error");
    if (j->untyped_error || !strcmp(word, "ignore"))
        return 0;
    fprintf(stderr, "lucc: --untyped-sites=%s: expected error or ignore\n", word);
    return -1;
}

/* One of our own options?  1 yes, 0 no, -1 malformed. */
static int parse_own(struct job *j, const char *arg)
{
    if (!strcmp(arg, "--no-instrument"))
        j->instrument = 0;
    else if (!strcmp(arg, "--hosted"))
        j->hosted = 1;
    else if (!strcmp(arg, "--keep-debug"))
        j->keep_debug = 1;
    else if (starts(arg, "--alloc-wrapper="))
        args_add(&j->wrap, strchr(arg, '=') + 1);
    else if (starts(arg, "--untyped-sites="))
        return parse_untyped(j, strchr(arg, '=') + 1) ? -1 : 1;
    else if (starts(arg, "--component="))
        j->component = strchr(arg, '=') + 1;
    else
        return 0;
    return 1;
}

static void note_mode(struct job *j, const char *arg)
{
    static const char *const stops[] = {"-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", NULL};
    size_t len = strlen(arg);

    for (size_t i = 0; stops[i]; i++)
        if (!strcmp(arg, stops[i]))
            j->compile = 1;
    if (!strcmp(arg, "-c"))
        j->object = 1;
    if (!strcmp(arg, "-v") || !strcmp(arg, "-###"))
        j->verbose = 1;
    if (len > 2 && arg[0] != '-' && (!strcmp(arg + len - 2, ".c") || !strcmp(arg + len - 2, ".S")))
        j->source = arg;
}

/* Options of clang whose argument is the next word: never taken for a file. */
static int takes_word(const char *arg)
{
    static const char *const list[] = {
        "-I",  "-D",   "-U", "-include", "-isystem", "-iquote", "-idirafter", "-MF",
        "-MT", "-MQ",  "-x", "-Xclang",  "-mllvm",   "-T",      "-L",         "-l",
        "-z",  "-Map", "-e", "-m",       "-target",  NULL};

    for (size_t i = 0; list[i]; i++)
        if (!strcmp(arg, list[i]))
            return 1;
    return 0;
}

static int parse(struct job *j, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int own = parse_own(j, argv[i]);

        if (own < 0)
            return -1;
        if (own)
            continue;
        if (!strcmp(argv[i], "--component") && i + 1 < argc) {
            j->component = argv[++i];
        } else if (!strcmp(argv[i], "-o") && i + 1 < argc) {
            j->output = argv[++i];
        } else {
            note_mode(j, argv[i]);
            args_add(&j->rest, argv[i]);
            if (takes_word(argv[i]) && i + 1 < argc)
                args_add(&j->rest, argv[++i]);
        }
    }
    return 0;
}

/* Defaults come first, so that the user's flags win. */
static void add_compile_flags(const struct job *j, struct args *a)
{
    static const char *const common[] = {
        "-O2", "-g", "-fno-pic", "-fno-stack-protector", "-ffunction-sections", "-fdata-sections",
        NULL};
    static const char *const freestanding[] = {"-ffreestanding", "-fno-asynchronous-unwind-tables",
                                               "-fno-unwind-tables", "-fcf-protection=none", NULL};

    args_add_list(a, common);
    if (!j->hosted)
        args_add_list(a, freestanding);
}

static void add_mllvm(struct args *a, const char *option)
{
    args_add(a, "-mllvm");
    args_add(a, option);
}

static const char *joined(const char *a, const char *b)
{
    char *s;

    if (asprintf(&s, "%s%s", a, b) < 0)
        exit(1);
    return s;
}

static void add_pass(const struct job *j, struct args *a)
{
    const char *plugin = beside("lu-pass.so");

    /* A type that is only measured with sizeof counts too. */
    args_add(a, "-fno-eliminate-unused-debug-types");
    args_add(a, "-Xclang");
    args_add(a, "-load");
    args_add(a, "-Xclang");
    args_add(a, plugin);
    args_add(a, joined("-fpass-plugin=", plugin));
    for (size_t i = 0; i < j->wrap.n; i++)
        add_mllvm(a, joined("-lu-alloc-wrapper=", j->wrap.v[i]));
    if (j->untyped_error)
        add_mllvm(a, "-lu-untyped-error");
}

/* Where clang writes when there is no -o. */
static const char *default_object(const char *source)
{
    const char *slash = strrchr(source, '/');

    return with_suffix(slash ? slash + 1 : source, ".o");
}

static int compile(struct job *j)
{
    const char *output = j->output;
    struct args a = {0};
    int r;

    if (!output && j->object && j->source)
        output = default_object(j->source);
    args_add(&a, LUCC_CLANG);
    add_compile_flags(j, &a);
    if (j->instrument)
        add_pass(j, &a);
    args_add_list(&a, j->rest.v ? j->rest.v : (const char *[]){NULL});
    if (j->output) {
        args_add(&a, "-o");
        args_add(&a, j->output);
    }
    r = run(j, &a);
    free((void *)a.v);
    if (!r && j->object && output && j->instrument)
        r = elf_unalloc(output, LU_TU_SECTION) ? 1 : 0;
    return r;
}

/* A flag of the compiler that means nothing to ld.lld. */
static int compiler_only(const char *s)
{
    return starts(s, "-O") || starts(s, "-g") || starts(s, "-f") || starts(s, "-D") ||
           starts(s, "-I") || starts(s, "-std=") || !strcmp(s, "-m64") ||
           (starts(s, "-W") && !starts(s, "-Wl,"));
}

/* "a,b" -> "a" "b" */
static void add_linker_words(struct args *a, const char *words)
{
    for (size_t n; *words; words += n + (words[n] == ',')) {
        char *word;

        n = strcspn(words, ",");
        if (asprintf(&word, "%.*s", (int)n, words) < 0)
            exit(1);
        args_add(a, word);
    }
}

static void add_link_rest(const struct job *j, struct args *a)
{
    for (size_t i = 0; i < j->rest.n; i++) {
        const char *s = j->rest.v[i];

        if (!j->hosted && starts(s, "-Wl,"))
            add_linker_words(a, s + 4);
        else if (j->hosted || !compiler_only(s))
            args_add(a, s);
    }
}

/* References to what the linker threw away read as LU_TU_DEAD. */
#define DEAD_RELOC "dead-reloc-in-nonalloc=" LU_TU_SECTION "=0xffffffffffffffff"

static int link_image(struct job *j, const char *linked)
{
    static const char *const guest[] = {LUCC_LLD,        "-static", "-nostdlib", "--build-id=sha1",
                                        "--gc-sections", "-z",      DEAD_RELOC,  NULL};
    static const char *const host[] = {
        LUCC_CLANG,          "-fuse-ld=lld",       "-no-pie", "-Wl,--build-id=sha1",
        "-Wl,--gc-sections", "-Wl,-z," DEAD_RELOC, NULL};
    struct args a = {0};
    int r;

    args_add_list(&a, j->hosted ? host : guest);
    add_link_rest(j, &a);
    args_add(&a, "-o");
    args_add(&a, linked);
    r = run(j, &a);
    free((void *)a.v);
    return r;
}

static int keep_debug_file(struct job *j, const char *linked)
{
    const char *const words[] = {LUCC_OBJCOPY, "--only-keep-debug",
                                 "-R",         LU_TU_SECTION,
                                 linked,       with_suffix(j->output, ".debug"),
                                 NULL};
    struct args a = {0};
    int r;

    args_add_list(&a, words);
    r = run(j, &a);
    free((void *)a.v);
    return r;
}

static int merge(struct job *j, const char *linked)
{
    struct args a = {0};
    int r;

    args_add(&a, beside("lu-desc"));
    args_add(&a, "merge");
    if (j->keep_debug)
        args_add(&a, "--keep-debug");
    args_add(&a, "--component");
    args_add(&a, j->component);
    args_add(&a, "--sites");
    args_add(&a, with_suffix(j->output, ".sites"));
    args_add(&a, linked);
    args_add(&a, j->output);
    r = run(j, &a);
    free((void *)a.v);
    return r;
}

static int link_component(struct job *j)
{
    const char *linked;
    int r;

    if (!j->component || !j->output || j->source) {
        fprintf(stderr, "lucc: a link needs -o FILE and --component NAME, and objects only "
                        "(compile sources with -c)\n");
        return 2;
    }
    linked = joined(j->output, ".linked");
    r = link_image(j, linked);
    if (!r)
        r = keep_debug_file(j, linked);
    if (!r)
        r = merge(j, linked);
    unlink(linked);
    if (r)
        unlink(j->output);
    return r;
}

int main(int argc, char **argv)
{
    struct job j = {.instrument = 1};
    int r = 2;

    if (!parse(&j, argc, argv))
        r = j.compile ? compile(&j) : link_component(&j);
    free(j.rest.v);
    free(j.wrap.v);
    return r;
}
