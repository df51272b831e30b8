/* SPDX-License-Identifier: MIT
 *
 * What an update changes and what it took, for plans and reports: counted by the
 * engine from the two descriptions and from the scenario.
 */
#include "plan.h"

#include <stdio.h>

static json_t *changes_json(const struct st_plan *plan, uint32_t subject)
{
    struct st_plan_counts n;

    st_plan_count(plan, subject, &n);
    return json_pack("{s:I, s:I, s:I, s:I}", "same", (json_int_t)n.same, "changed",
                     (json_int_t)n.changed + n.renamed, "added", (json_int_t)n.added, "removed",
                     (json_int_t)n.removed);
}

json_t *hva_plan_effort_json(const struct hva_plan_component *c)
{
    const struct st_desc *desc = st_image_desc(c->new_image);

    return json_pack("{s:o, s:o, s:o, s:I, s:I, s:I}", "functions",
                     changes_json(c->plan, ST_SUBJECT_FUNCTION), "types",
                     changes_json(c->plan, ST_SUBJECT_TYPE), "globals",
                     changes_json(c->plan, ST_SUBJECT_GLOBAL), "transfer_lines",
                     (json_int_t)desc->header->transfer_lines, "annotations",
                     (json_int_t)st_desc_annotations(desc), "rules", (json_int_t)c->scn->n_rules);
}

void hva_plan_effort_text(const struct hva_plan_component *c, char *buf, size_t size)
{
    static const struct {
        uint32_t subject;
        const char *name;
    } subjects[] = {{ST_SUBJECT_GLOBAL, "globals"},
                    {ST_SUBJECT_TYPE, "types"},
                    {ST_SUBJECT_FUNCTION, "functions"}};
    size_t at = 0;

    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]) && at < size; i++) {
        struct st_plan_counts n;

        st_plan_count(c->plan, subjects[i].subject, &n);
        at += (size_t)snprintf(buf + at, size - at,
                               "%s%s: %u same, %u changed, %u added, "
                               "%u removed",
                               i ? "; " : "", subjects[i].name, n.same, n.changed + n.renamed,
                               n.added, n.removed);
    }
}
