/* SPDX-License-Identifier: MIT
 *
 * The plan of an update: two descriptions compared under the scenario's rules.
 * Every global, every type reachable from one by value or by pointer, every
 * allocation site and every function of the old version gets a counterpart and
 * a conversion; what cannot be converted is an error here, before anything is
 * touched.  What depends on values (a dropped member that holds something, a
 * number that does not fit) is decided by the transfer.
 */
#pragma once

#include <st/desc.h>
#include <st/rules.h>

struct st_plan; /* opaque; keeps pointers to both descriptions and the rules' blob */

enum st_subject { ST_SUBJECT_GLOBAL = 1, ST_SUBJECT_TYPE, ST_SUBJECT_FUNCTION, ST_SUBJECT_SITE };
enum st_change {
    ST_SAME = 0,
    ST_ADDED,
    ST_REMOVED,
    ST_CHANGED, /* same name, other layout, type or code */
    ST_RENAMED, /* paired by a rule */
};

/* One line of `luctl plan`. */
struct st_plan_item {
    uint32_t subject;                /* enum st_subject */
    uint32_t change;                 /* enum st_change */
    const char *old_name, *new_name; /* "" where there is none */
    const char *scope;               /* statics: "file.c:function", else "" */
    const char *detail;              /* "id: short -> int, moved from 8 to 4; userdata dropped" */
};

struct st_plan_counts {
    uint32_t same, added, removed, changed, renamed;
};

/* Makes the plan.  -LU_EMISMATCH with err->path = the object ("conns[].rx_state") and
 * err->text = "'struct foo *' cannot become 'int'"; -LU_ENOENT for a rule that
 * names nothing; -LU_ENOMEM.  `rules` may be NULL. */
int st_plan_make(struct st_plan **ret, const struct st_desc *old_desc,
                 const struct st_desc *new_desc, const struct st_rules *rules,
                 const struct st_mem *mem, struct st_err *err);
void st_plan_free(struct st_plan *plan);

/* Calls fn for every item that is not ST_SAME (or all, with `all`), grouped by
 * subject, in order of name.  Strings are valid during the call.  A non-zero
 * result of fn ends the walk and is returned. */
int st_plan_list(const struct st_plan *plan, int all,
                 int (*fn)(void *ctx, const struct st_plan_item *item), void *ctx);

/* How many of each, by enum st_subject. */
void st_plan_count(const struct st_plan *plan, uint32_t subject, struct st_plan_counts *ret);
