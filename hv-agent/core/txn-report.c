/* SPDX-License-Identifier: MIT
 *
 * The report of a transaction: what scenario.apply answers and the journal keeps.
 */
#include "txn-private.h"

#include <string.h>

#include "base/util.h"

static json_t *steps_json(const struct hva_txn *t)
{
    uint64_t end = hva_now_ns();
    json_t *list = json_array();

    for (size_t i = 0; i < t->n_steps; i++) {
        uint64_t next = i + 1 < t->n_steps ? t->steps[i + 1].start_ns : end;

        json_array_append_new(list, json_pack("{s:s, s:f}", "step", lu_step_word(t->steps[i].step),
                                              "ms", (double)(next - t->steps[i].start_ns) / 1e6));
    }
    return list;
}

/* What its plan says of the update; nothing for a transaction that another agent began. */
static void add_effort(const struct hva_txn *t, size_t i, json_t *component)
{
    const struct hva_plan_component *c = &t->plan.components[i];

    if (i < t->plan.n && c->plan)
        json_object_update_new(component, hva_plan_effort_json(c));
}

static json_t *moved_json(const struct lu_moved *m)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "objects", (json_int_t)m->objects,
                     "bytes", (json_int_t)m->bytes, "pointers", (json_int_t)m->pointers,
                     "unreached", (json_int_t)m->unreached, "unreached_bytes",
                     (json_int_t)m->unreached_bytes, "handled", (json_int_t)m->handled, "allowed",
                     (json_int_t)m->allowed);
}

static json_t *reverse_json(const struct st_reverse_stats *s)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "objects", (json_int_t)s->objects, "bytes",
                     (json_int_t)s->bytes, "exempt", (json_int_t)s->exempt, "allowed",
                     (json_int_t)s->allowed);
}

/* Figures only of one that went through. */
static json_t *rehearsal_json(const struct hva_rehearsal *r)
{
    const struct lu_moved moved = {.objects = r->moved.objects,
                                   .bytes = r->moved.bytes,
                                   .pointers = r->moved.pointers,
                                   .unreached = r->moved.unreached,
                                   .unreached_bytes = r->moved.unreached_bytes,
                                   .handled = r->moved.handled,
                                   .allowed = r->moved.allowed};
    json_t *one = json_pack("{s:s}", "mode", lu_rehearse_word(r->mode));

    if (r->mode == LU_REHEARSE_OFF)
        return one;
    json_object_set_new(one, "passed", json_boolean(r->done));
    json_object_set_new(one, "ms", json_real(r->ms));
    if (!r->done)
        return one;
    json_object_set_new(one, "audited", json_boolean(r->audited));
    json_object_set_new(one, "invariants_due", json_integer(r->invariants_due));
    json_object_update_new(one, moved_json(&moved));
    if (r->mode == LU_REHEARSE_REVERSE)
        json_object_set_new(one, "reverse", reverse_json(&r->back));
    return one;
}

static json_t *components_json(const struct hva_txn *t)
{
    char old_hex[2 * LU_BUILD_ID_SIZE + 1], new_hex[2 * LU_BUILD_ID_SIZE + 1];
    json_t *list = json_array();

    for (size_t i = 0; i < t->n; i++) {
        const struct hva_txn_component *c = &t->components[i];
        json_t *one;

        hva_hex(c->old_id, LU_BUILD_ID_SIZE, old_hex);
        hva_hex(c->new_id, LU_BUILD_ID_SIZE, new_hex);
        one = json_pack("{s:s, s:s, s:s}", "name", c->name, "old_build_id", old_hex, "new_build_id",
                        new_hex);
        json_object_update_new(one, moved_json(&c->result.moved));
        if (c->rehearsed)
            json_object_set_new(one, "rehearsal", rehearsal_json(&c->rehearsal));
        add_effort(t, i, one);
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *expectation_met(const struct hva_txn *t)
{
    const struct lu_scenario *scn = t->order ? t->order->scn : NULL;
    bool met;

    if (!scn || scn->expect == LU_OUTCOME_NONE)
        return json_null();
    met = strcmp(lu_outcome_word(scn->expect), t->outcome) == 0;
    if (scn->has_expect_rung)
        met = met && scn->expect_rung == t->rung;
    return json_boolean(met);
}

json_t *hva_txn_report(struct hva_txn *t)
{
    char started[32];
    json_t *report;

    hva_iso_time(t->start_wall_ns, started, sizeof(started));
    report = json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:f, s:I}", "txn",
        (json_int_t)t->id, "guest", t->g->spec.name, "started", started, "outcome", t->outcome,
        "rung", lu_rung_word(t->rung), "step", lu_step_word(t->step), "component", t->component,
        "reason", t->reason, "where", t->where, "path", t->path, "pause_ms", t->pause_ms, "hold_ms",
        t->hold_ms, "rehearse_ms", t->rehearse_ms, "ms", hva_ms_since(t->start_ns), "held_frames",
        (json_int_t)t->held_frames);
    json_object_set_new(report, "scenario", json_string(t->order ? t->order->scn->name : ""));
    json_object_set_new(report, "steps", steps_json(t));
    json_object_set_new(report, "components", components_json(t));
    json_object_set_new(report, "expected_outcome_met", expectation_met(t));
    return report;
}
