/* SPDX-License-Identifier: MIT
 *
 * Runs one transfer case: state-case OLD.elf NEW.elf CASE.c [WORLD]...  Both images
 * are executed in this process, one after the other, at their own addresses (this
 * program is position-independent and lies elsewhere).  The old one's memory is
 * kept in a simulated one; the new one is written in place, as in the guest, and
 * its transfer handlers run; the result is audited, checked to have lost nothing, and
 * checked by the case itself.
 */
#include "low-image.h"

#include <st/audit.h>
#include <st/reverse.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const rule_names[] = {
    [ST_RULE_RENAME_TYPE] = "rename-type",
    [ST_RULE_RENAME_MEMBER] = "rename-member",
    [ST_RULE_RENAME_GLOBAL] = "rename-global",
    [ST_RULE_RENAME_FUNCTION] = "rename-function",
    [ST_RULE_RENAME_ENUMERATOR] = "rename-enumerator",
    [ST_RULE_DROP] = "drop",
    [ST_RULE_TRUNCATE] = "truncate",
    [ST_RULE_SKIP] = "skip",
    [ST_RULE_VALUE] = "value",
    [ST_RULE_COPY] = "copy",
};

static const struct st_range dma = {LU_VA_DMA, 0x10000};

struct expected {
    bool plan, transfer, reverse; /* which step must fail */
    char code[32], path[128], text[192];
    long unreached, allowed; /* -1: any */
};

struct test_case {
    struct st_rule rules[ST_MAX_RULES];
    char words[ST_MAX_RULES][2][128];
    uint32_t n_rules;
    struct expected expected;
    struct st_image *old_image, *new_image;
    struct st_sim *old_sim, *new_sim;
    struct case_entry *entry; /* of the new image */
    void *rules_blob;
    long world;
};

static void fail(const char *what, const struct st_err *err)
{
    fprintf(stderr, "%s: %s: %s: %s\n", what, st_err_name(err->code), err->path, err->text);
    exit(1);
}

/* --- the comment of the case --- */

static void parse_rule(struct test_case *c, const char *line)
{
    char kind[32], a[128], b[128] = "";
    struct st_rule *r = &c->rules[c->n_rules];

    if (c->n_rules == ST_MAX_RULES || sscanf(line, "%31s %127s %127s", kind, a, b) < 2) {
        fprintf(stderr, "malformed rule: %s", line);
        exit(1);
    }
    for (uint32_t k = 1; k < sizeof(rule_names) / sizeof(rule_names[0]); k++)
        if (rule_names[k] && strcmp(rule_names[k], kind) == 0)
            r->kind = k;
    r->value = strtoll(b, NULL, 0);
    strcpy(c->words[c->n_rules][0], a);
    strcpy(c->words[c->n_rules][1], r->kind <= ST_RULE_RENAME_ENUMERATOR ? b : "");
    r->a = c->words[c->n_rules][0];
    r->b = c->words[c->n_rules][1];
    c->n_rules++;
}

/* "transfer: ...", or "transfer@WORLD: ..." for one of several. */
static bool is_transfer(const struct test_case *c, const char *line)
{
    char *end;

    if (strncmp(line, " * transfer", 11) != 0)
        return false;
    return line[11] == ':' || (line[11] == '@' && strtol(line + 12, &end, 10) == c->world);
}

static void parse_line(struct test_case *c, const char *line)
{
    struct expected *e = &c->expected;
    bool plan = strncmp(line, " * plan: ", 9) == 0;
    bool reverse = strncmp(line, " * reverse: ", 12) == 0;

    if (strncmp(line, " * rule: ", 9) == 0)
        parse_rule(c, line + 9);
    if (strncmp(line, " * unreached: ", 14) == 0)
        e->unreached = atol(line + 14);
    if (strncmp(line, " * allowed: ", 12) == 0)
        e->allowed = atol(line + 12);
    if (plan || reverse || is_transfer(c, line)) {
        e->plan = plan;
        e->reverse = reverse;
        e->transfer = !plan && !reverse;
        sscanf(strchr(line, ':') + 1, " %31s %127s %191[^\n]", e->code, e->path, e->text);
    }
}

static void parse_case(struct test_case *c, const char *file)
{
    FILE *f = fopen(file, "r");
    char line[512];

    c->n_rules = 0;
    c->expected = (struct expected){.unreached = -1, .allowed = -1};
    if (!f) {
        perror(file);
        exit(1);
    }
    while (fgets(line, sizeof(line), f) && strncmp(line, " */", 3) != 0)
        parse_line(c, line);
    fclose(f);
}

static int code_of(const char *name)
{
#define LU_X(n, num, text)                                                                         \
    if (strcmp(name, #n) == 0)                                                                     \
        return -LU_##n;
    LU_ERRORS(LU_X)
#undef LU_X
    return 1;
}

/* Ends the program: right error, or not. */
static void judge(const struct expected *e, const char *step, bool expected,
                  const struct st_err *err)
{
    const char *path = strcmp(e->path, "-") == 0 ? "" : e->path;

    if (expected && code_of(e->code) == err->code &&
        (strcmp(path, "*") == 0 || strcmp(path, err->path) == 0) && strstr(err->text, e->text))
        exit(0);
    if (*e->code)
        fprintf(stderr, "expected %s at '%s', %s\n", e->code, e->path, e->text);
    fail(step, err);
}

/* --- the case --- */

static void open_images(struct test_case *c, char **argv)
{
    struct st_err err = {0};

    if (st_image_open(&c->old_image, argv[1], &err) < 0 ||
        st_image_open(&c->new_image, argv[2], &err) < 0 ||
        st_sim_new(&c->old_sim, c->old_image, &err) < 0 || st_sim_new(&c->new_sim, NULL, &err) < 0)
        fail("images", &err);
    if (!st_image_desc(c->old_image) || !st_image_desc(c->new_image)) {
        fprintf(stderr, "an image has no description\n");
        exit(1);
    }
}

static void run_setup(struct test_case *c)
{
    low_load(c->old_image);
    low_enter(c->old_image, CASE_SETUP, c->world);
    low_keep(c->old_sim);
    low_drop();
}

static void load_new(struct test_case *c)
{
    low_load(c->new_image);
    c->entry = (struct case_entry *)low_enter(c->new_image, CASE_ENTRY, 0);
    c->entry->xfer_read = st_xfer_read;
    c->entry->xfer_pointer = st_xfer_pointer;
    c->entry->xfer_member = st_xfer_member;
    c->entry->xfer_fail = st_xfer_fail;
}

static struct st_plan *make_plan(struct test_case *c, struct st_rules *rules, void **ret_blob)
{
    struct st_err err = {0};
    struct st_plan *plan;
    uint32_t n = c->n_rules;
    size_t size;

    n += st_image_initial_rules(c->old_image, c->new_image, c->rules + n, ST_MAX_RULES - n);
    size = st_rules_size(c->rules, n);
    *ret_blob = malloc(size);
    if (st_rules_encode(c->rules, n, *ret_blob, size, &err) < 0 ||
        st_rules_open(rules, *ret_blob, size, &err) < 0)
        fail("rules", &err);
    rules->handlers = c->entry->handlers;
    if (st_plan_make(&plan, st_image_desc(c->old_image), st_image_desc(c->new_image), rules,
                     &st_host_mem, &err) < 0)
        judge(&c->expected, "plan", c->expected.plan, &err);
    return plan;
}

static int on_progress(void *ctx, enum lu_step step, uint64_t done)
{
    (void)done;
    *(enum lu_step *)ctx = step;
    return 0;
}

static void expect_count(const char *what, uint64_t is, long expected)
{
    if (expected < 0 || is == (uint64_t)expected)
        return;
    fprintf(stderr, "%s: %llu, not %ld\n", what, (unsigned long long)is, expected);
    exit(1);
}

static void view_of(struct st_sim *sim, struct st_view *ret)
{
    st_sim_view(sim, ret);
    ret->dma = &dma;
    ret->n_dma = 1;
}

static void run_audit(struct test_case *c)
{
    struct st_err err = {0};
    struct st_view view;

    low_keep(c->new_sim);
    view_of(c->new_sim, &view);
    if (st_audit(st_image_desc(c->new_image), &view, &st_host_mem, NULL, &err) < 0)
        fail("audit", &err);
}

static void run_transfer(struct test_case *c, struct st_plan *plan)
{
    enum lu_step seen = LU_STEP_NONE;
    struct st_view old_view, new_view;
    struct st_target target;
    struct st_err err = {0};
    struct st_stats stats;
    struct st_transfer_args args = {.plan = plan,
                                    .old_view = &old_view,
                                    .new_view = &new_view,
                                    .target = &target,
                                    .handlers = c->entry->handlers,
                                    .mem = &st_host_mem,
                                    .progress = on_progress,
                                    .progress_ctx = &seen};

    view_of(c->old_sim, &old_view);
    low_view(&new_view, c->new_image);
    low_target(&target, c->entry);
    if (st_transfer_run(&args, &stats, NULL, &err) < 0)
        judge(&c->expected, "transfer", c->expected.transfer, &err);
    expect_count("unreached", stats.unreached, c->expected.unreached);
    expect_count("allowed", stats.allowed, c->expected.allowed);
    if (seen != LU_STEP_TRANSFER) {
        fprintf(stderr, "the transfer did not say its steps\n");
        exit(1);
    }
    if (c->expected.plan || c->expected.transfer) {
        fprintf(stderr, "the update should have been refused (%s)\n", c->expected.code);
        exit(1);
    }
}

/* Back into a second image of the old version: is anything lost that no rule allows? */
static void run_reverse(struct test_case *c, struct st_plan *plan)
{
    struct st_view old_view, new_view, back_view;
    struct st_reverse_stats stats;
    struct st_target back;
    struct st_err err = {0};
    struct st_sim *sim;
    const struct st_reverse_args args = {.plan = plan,
                                         .old_view = &old_view,
                                         .new_view = &new_view,
                                         .back = &back,
                                         .back_view = &back_view,
                                         .mem = &st_host_mem};

    if (st_sim_new(&sim, c->old_image, &err) < 0)
        fail("images", &err);
    view_of(c->old_sim, &old_view);
    view_of(c->new_sim, &new_view);
    view_of(sim, &back_view);
    st_sim_target(sim, &back);
    if (st_reverse_check(&args, &stats, &err) < 0)
        judge(&c->expected, "reverse", c->expected.reverse, &err);
    st_sim_free(sim);
    if (c->expected.reverse) {
        fprintf(stderr, "the reverse check should have found a loss\n");
        exit(1);
    }
}

static void run_check(struct test_case *c)
{
    long line = low_enter(c->new_image, CASE_CHECK, c->world);

    low_drop();
    if (!line)
        return;
    fprintf(stderr, "the new version's state is wrong: check, line %ld\n", line);
    exit(1);
}

/* The plan does not depend on the state.  The new image's handlers keep their addresses. */
static struct st_plan *prepare(struct test_case *c, char **argv)
{
    static struct st_rules rules;
    struct st_plan *plan;

    parse_case(c, argv[3]);
    open_images(c, argv);
    load_new(c);
    plan = make_plan(c, &rules, &c->rules_blob);
    low_drop();
    return plan;
}

static void run_world(struct test_case *c, struct st_plan *plan)
{
    run_setup(c);
    load_new(c);
    run_transfer(c, plan);
    run_audit(c);
    run_reverse(c, plan);
    run_check(c);
}

/* Each in a process of its own.  1 if one failed. */
static int run_worlds(struct test_case *c, struct st_plan *plan, char **argv, int n)
{
    int failed = 0;

    for (int i = 0; i < n; i++) {
        int status;
        pid_t pid;

        fflush(NULL);
        c->world = atol(argv[4 + i]);
        pid = fork();
        if (pid == 0) {
            parse_case(c, argv[3]);
            run_world(c, plan);
            exit(0);
        }
        if (pid < 0 || waitpid(pid, &status, 0) < 0) {
            perror("fork");
            exit(1);
        }
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            continue;
        fprintf(stderr, "world %ld failed\n", c->world);
        failed = 1;
    }
    return failed;
}

static void finish(struct test_case *c, struct st_plan *plan)
{
    st_plan_free(plan);
    free(c->rules_blob);
    st_sim_free(c->old_sim);
    st_sim_free(c->new_sim);
    st_image_close(c->old_image);
    st_image_close(c->new_image);
}

int main(int argc, char **argv)
{
    static struct test_case c;
    struct st_plan *plan;
    int failed = 0;

    if (argc < 4) {
        fprintf(stderr, "usage: state-case OLD.elf NEW.elf CASE.c [WORLD]...\n");
        return 2;
    }
    plan = prepare(&c, argv);
    if (argc > 4)
        failed = run_worlds(&c, plan, argv, argc - 4);
    else
        run_world(&c, plan);
    finish(&c, plan);
    return failed;
}
