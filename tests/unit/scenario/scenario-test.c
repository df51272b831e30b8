/* SPDX-License-Identifier: MIT
 *
 * The scenario library against files: good.xml, whose every value is checked, and
 * bad/NAME.xml, whose message must be, to the letter, what bad/NAME.txt says.
 * `--write` prints the messages instead, for a new file.
 */
#include "scenario/nearest.h"
#include "scenario/scenario.h"

#include <dirent.h>
#include <errno.h>
#include <st/rules.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

static int failures;

#define CHECK(what)                                                                                \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            printf("%s:%d: not true: %s\n", __FILE__, __LINE__, #what);                            \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

static int same(const char *a, const char *b)
{
    return a && b && !strcmp(a, b);
}

static int parse(const char *xml, struct lu_scenario **ret, struct lu_scn_diag *d)
{
    return lu_scenario_parse(xml, strlen(xml), "t.xml", ret, d, NULL);
}

static void check_rule(const struct lu_scn_rule *r, int kind, const char *a, const char *b,
                       int64_t value)
{
    CHECK((int)r->kind == kind);
    CHECK(same(r->a, a));
    CHECK(b ? same(r->b, b) : !r->b);
    CHECK(r->value == value);
}

static void check_rules(const struct lu_scn_component *c)
{
    CHECK(c->n_rules == 11);
    if (c->n_rules != 11)
        return;
    check_rule(&c->rules[0], ST_RULE_RENAME_TYPE, "conn", "connection", 0);
    check_rule(&c->rules[1], ST_RULE_RENAME_MEMBER, "conn.state", "status", 0);
    check_rule(&c->rules[2], ST_RULE_RENAME_GLOBAL, "file.c:counter", "count", 0);
    check_rule(&c->rules[3], ST_RULE_RENAME_FUNCTION, "f", "g", 0);
    check_rule(&c->rules[4], ST_RULE_RENAME_ENUMERATOR, "OLD", "NEW", 0);
    check_rule(&c->rules[5], ST_RULE_DROP, "conn.userdata", NULL, 0);
    check_rule(&c->rules[6], ST_RULE_TRUNCATE, "conn.name", NULL, 0);
    check_rule(&c->rules[7], ST_RULE_SKIP, "cache", NULL, 0);
    check_rule(&c->rules[8], ST_RULE_VALUE, "limit", NULL, -12);
    check_rule(&c->rules[9], ST_RULE_COPY, "conn.u", NULL, 0);
    check_rule(&c->rules[10], ST_RULE_INITIAL, "table", NULL, -1);
    CHECK(c->rules[1].pos.line == 13 && c->rules[1].pos.col == 7);
    CHECK(same(c->rules[1].pos.path, "/scenario/component[1]/rules/rename[2]"));
}

static void check_filter(const struct lu_scenario *s)
{
    const struct lu_scn_text *f = &s->components[0].filter;
    struct lu_scn_diag d;

    CHECK(same(f->text, "queue.head < 10 && done < 5"));
    CHECK(f->len == strlen(f->text));
    CHECK(f->pos.line == 6 && f->pos.col == 7);
    CHECK(same(f->pos.path, "/scenario/component[1]/state-filter"));
    lu_scn_diag_in_text(&d, s, f, 11, "here"); /* the '<', written &lt; */
    CHECK(d.line == 6 && d.col == 18);
    lu_scn_diag_in_text(&d, s, f, 12, "here"); /* what comes after it */
    CHECK(d.line == 6 && d.col == 22);
    lu_scn_diag_in_text(&d, s, f, 19, "here"); /* 'done', behind a comment */
    CHECK(d.line == 6 && d.col == 55);
    lu_scn_diag_in_text(&d, s, f, 24, "here"); /* the '<' in CDATA */
    CHECK(d.line == 6 && d.col == 69);
    lu_scn_diag_in_text(&d, s, f, 9999, "here");
    CHECK(d.line == 6 && d.col == 75);
}

static void check_holds(const struct lu_scn_component *c)
{
    CHECK(c->n_holds == 3);
    CHECK(same(c->holds[0].from, "echo") && c->holds[0].type == LU_MSG(LU_PROTO_NET, 3));
    CHECK(!c->holds[0].allow);
    CHECK(!c->holds[1].from && c->holds[1].type == 0x04000004 && c->holds[1].allow == 1);
    CHECK(!c->holds[2].from && c->holds[2].type == 0 && !c->holds[2].allow);
    CHECK(same(c->holds[2].pos.path, "/scenario/component[1]/hold[2]"));
}

static void check_rest(const struct lu_scenario *s)
{
    const struct lu_scn_component *c = s->components;

    CHECK(same(s->name, "everything"));
    CHECK(same(s->description, "Every element once."));
    CHECK(s->n_components == 2);
    CHECK(same(c[0].name, "net") && same(c[0].image, "net-v2.elf"));
    CHECK(c[0].image_pos.line == 4 && c[0].image_pos.col == 32);
    CHECK(same(c[0].image_pos.path, "/scenario/component[1]/@image"));
    CHECK(same(c[1].name, "e1000") && same(c[1].image, "sub/e1000-v2.elf"));
    CHECK(!c[1].filter.len && !c[1].n_holds && !c[1].n_rules && !c[1].n_ranges);
    CHECK(c[0].n_ranges == 2);
    CHECK(c[0].ranges[0].first == 0x100000 && c[0].ranges[0].last == 0x1fffff);
    CHECK(c[0].ranges[1].first == 0x400000 && c[0].ranges[1].last == 0x7fffff);
    CHECK(s->prepare_ms == 1 && s->transfer_ms == 5000 && s->check_ms == 600000);
    CHECK(s->rehearse_ms == 77 && s->rehearse == LU_REHEARSE_OFF);
    CHECK(c[0].rehearse == LU_REHEARSE_TRANSFER && c[1].rehearse == LU_REHEARSE_OFF);
    CHECK(s->undo_from == LU_RUNG_RESTORE);
    CHECK(s->n_faults == 2);
    CHECK(s->faults[0].at == LU_STEP_TRANSFER && s->faults[1].at == LU_STEP_COMMIT);
    CHECK(s->expect == LU_OUTCOME_UNDONE && s->has_expect_rung);
    CHECK(s->expect_rung == LU_RUNG_ROLLBACK);
}

static void test_good(const char *dir)
{
    struct lu_scenario *s = NULL;
    struct lu_err err = {0};
    char path[512], *xml = NULL;
    size_t len = 0;

    snprintf(path, sizeof(path), "%s/good.xml", dir);
    CHECK(lu_scenario_load(path, &s, &xml, &len, NULL, &err) == 0);
    if (!s) {
        printf("%s\n", err.text);
        return;
    }
    CHECK(strlen(xml) == len);
    check_rest(s);
    check_filter(s);
    check_holds(&s->components[0]);
    check_rules(&s->components[0]);
    lu_scenario_free(s);
    free(xml);
}

static void test_defaults(void)
{
    struct lu_scenario *s = NULL;

    CHECK(parse("<scenario name='d'><component name='net' image='n.elf'/></scenario>", &s, NULL) ==
          0);
    CHECK(s && s->prepare_ms == 5000 && s->transfer_ms == 5000 && s->check_ms == 2000);
    CHECK(s && s->rehearse_ms == 5000 && s->rehearse == LU_REHEARSE_REVERSE);
    CHECK(s && s->components[0].rehearse == LU_REHEARSE_REVERSE);
    CHECK(s && s->undo_from == LU_RUNG_ROLLBACK && s->expect == LU_OUTCOME_NONE);
    CHECK(s && !s->n_faults && same(s->description, ""));
    lu_scenario_free(s);
}

static void test_line_ends_and_bom(void)
{
    struct lu_scenario *s = NULL;
    const struct lu_scn_text *f;

    CHECK(parse("\xef\xbb\xbf<scenario name='d'>\r\n<component name='net' image='n.elf'>\r\n"
                "<state-filter>a ==\r\n &#x30;&#0000000000000000000038;&#38;</state-filter>"
                "</component></scenario>",
                &s, NULL) == 0);
    if (!s)
        return;
    f = &s->components[0].filter;
    CHECK(same(f->text, "a ==\n 0&&"));
    CHECK(f->place[6][0] == 4 && f->place[6][1] == 2); /* the 0 */
    CHECK(f->place[7][0] == 4 && f->place[7][1] == 8); /* the first & */
    CHECK(s->components[0].pos.line == 2 && s->components[0].pos.col == 1);
    lu_scenario_free(s);
}

static void test_bounds(void)
{
    size_t n = LU_SCN_MAX_BYTES + 1;
    char *big = malloc(n), deep[1024] = "";
    struct lu_scenario *s = NULL;
    struct lu_scn_diag d;

    memset(big, ' ', n);
    CHECK(lu_scenario_parse(big, n, "t.xml", &s, &d, NULL) == -E2BIG);
    CHECK(same(d.text, "the document has 1048577 bytes; at most 1048576 are allowed"));
    free(big);
    for (int i = 0; i < 40; i++)
        strcat(deep, "<a>\n");
    CHECK(parse(deep, &s, &d) == -E2BIG);
    CHECK(same(d.text, "elements are nested more than 16 deep"));
    CHECK(d.line == 17);
    CHECK(lu_scenario_parse("", 0, "t.xml", &s, &d, NULL) == -EINVAL);
    CHECK(!s);
}

static void test_encoding(void)
{
    static const char utf16[] = "\xff\xfe<\0s\0/\0>";
    struct lu_scenario *s = NULL;
    struct lu_scn_diag d;

    CHECK(parse("<scenario name='x'>\n<description>\xff\xfe</description></scenario>", &s, &d) ==
          -EINVAL);
    CHECK(d.line == 2 && d.col == 14);
    CHECK(!strncmp(d.text, "not well-formed XML: Input is not proper UTF-8", 46));
    CHECK(parse("<?xml version='1.0' encoding='ISO-8859-1'?><s>\xe4</s>", &s, &d) == -EINVAL);
    CHECK(lu_scenario_parse(utf16, sizeof(utf16), "t.xml", &s, &d, NULL) == -EINVAL);
    CHECK(same(d.text, "the document is no UTF-8 text: it has NUL bytes"));
    CHECK(!s);
}

static void test_nearest(void)
{
    static const char *const words[] = {"component", "deadlines", "expect", "hold"};

    CHECK(same(nearest_word("compnent", words, 4), "component"));
    CHECK(same(nearest_word("epxect", words, 4), "expect"));
    CHECK(same(nearest_word("Hold", words, 4), "hold"));
    CHECK(!nearest_word("zebra", words, 4));
    CHECK(!nearest_word("", words, 4));
    CHECK(!nearest_word("x", words, 4));
}

static void test_words(void)
{
    for (int i = 1; i < LU_STEP_COUNT; i++)
        CHECK((int)lu_step_from_word(lu_step_word((enum lu_step)i)) == i);
    for (int i = 0; i < LU_RUNG_COUNT; i++)
        CHECK(lu_rung_from_word(lu_rung_word((enum lu_rung)i)) == i);
    for (int i = 1; i <= LU_OUTCOME_NOT_UNDONE; i++)
        CHECK((int)lu_outcome_from_word(lu_outcome_word((enum lu_outcome)i)) == i);
    for (int i = 0; i <= LU_REHEARSE_REVERSE; i++)
        CHECK(lu_rehearse_from_word(lu_rehearse_word((enum lu_rehearse)i)) == i);
    CHECK(lu_rehearse_from_word("on") == -1);
    CHECK(lu_step_from_word("tarnsfer") == LU_STEP_NONE && lu_rung_from_word("x") == -1);
    CHECK(same(lu_step_word((enum lu_step)99), "unknown"));
}

/* The message for bad/NAME.xml, as it names the file "NAME.xml". */
static int message(const char *dir, const char *name, char *buf, size_t size)
{
    struct lu_scenario *s = NULL;
    struct lu_err err = {0};
    char path[512];
    void *xml = NULL;
    size_t len = 0;
    int r;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    if (hva_read_file(path, LU_SCN_MAX_BYTES, &xml, &len, &err) < 0) {
        printf("%s\n", err.text);
        exit(1);
    }
    r = lu_scenario_parse(xml, len, name, &s, NULL, &err);
    snprintf(buf, size, "%s", r ? err.text : "is accepted");
    lu_scenario_free(s);
    free(xml);
    return r;
}

static void check_message(const char *dir, const char *name)
{
    char got[LU_ERR_TEXT], path[512];
    void *want = NULL;
    size_t len;

    message(dir, name, got, sizeof(got));
    snprintf(path, sizeof(path), "%s/%.*s.txt", dir, (int)strlen(name) - 4, name);
    if (hva_read_file(path, sizeof(got), &want, &len, NULL) < 0) {
        printf("%s is not there\n", path);
        failures++;
        return;
    }
    ((char *)want)[strcspn(want, "\n")] = '\0';
    if (strcmp(got, want)) {
        printf("%s\n  got  %s\n  want %s\n", name, got, (char *)want);
        failures++;
    }
    free(want);
}

static int test_bad(const char *dir, int write)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    int n = 0;

    while (d && (e = readdir(d))) {
        char text[LU_ERR_TEXT];
        size_t len = strlen(e->d_name);

        if (len < 5 || strcmp(e->d_name + len - 4, ".xml"))
            continue;
        n++;
        if (write) {
            message(dir, e->d_name, text, sizeof(text));
            printf("%s\n", text);
        } else {
            check_message(dir, e->d_name);
        }
    }
    if (d)
        closedir(d);
    return n;
}

int main(int argc, char **argv)
{
    char bad[512];

    if (argc < 2)
        return 1;
    snprintf(bad, sizeof(bad), "%s/bad", argv[1]);
    if (argc > 2 && !strcmp(argv[2], "--write"))
        return test_bad(bad, 1) == 0;
    test_good(argv[1]);
    test_defaults();
    test_line_ends_and_bom();
    test_bounds();
    test_encoding();
    test_nearest();
    test_words();
    CHECK(test_bad(bad, 0) >= 60);
    printf("%d failures\n", failures);
    return failures != 0;
}
