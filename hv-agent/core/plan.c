/* SPDX-License-Identifier: MIT
 *
 * Scenario in, plan out.  Every refusal names the place in the document that
 * it is about, and the object's path when types are to blame.
 */
#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

#define MAX_RULES 1024u

/* Refuses with `text` at `pos`. */
static int refuse(struct hva_refusal *refusal, const struct hva_plan *plan,
                  const struct lu_scn_component *c, const struct lu_scn_pos *pos, const char *path,
                  struct lu_err *err, const char *text)
{
    refusal->component = c ? c->name : NULL;
    lu_scn_diag_at(&refusal->diag, plan->scn, pos, "%s", text);
    snprintf(refusal->path, sizeof(refusal->path), "%s", path ? path : "");
    return lu_err_set(err, -EINVAL, "%s%s%s", path ? path : "", path && *path ? ": " : "", text);
}

static int open_one(struct hva_plan *plan, struct hva_plan_component *c, const char *base_dir,
                    const struct hva_store *store, struct hva_refusal *refusal, struct lu_err *err)
{
    struct lu_err cause = {0};
    const struct st_desc *desc;
    char text[256];

    if (hva_store_open(store, base_dir, c->scn->image, &c->new_image, &cause) < 0)
        return refuse(refusal, plan, c->scn, &c->scn->image_pos, NULL, err, cause.text);
    desc = st_image_desc(c->new_image);
    if (!desc) {
        snprintf(text, sizeof(text),
                 "image %s carries no state description: it was not built by "
                 "lucc",
                 c->scn->image);
        return refuse(refusal, plan, c->scn, &c->scn->image_pos, NULL, err, text);
    }
    if (strncmp(desc->header->component, c->scn->name, LU_NAME_MAX) != 0) {
        snprintf(text, sizeof(text), "image %s holds component '%.16s', not '%s'", c->scn->image,
                 desc->header->component, c->scn->name);
        return refuse(refusal, plan, c->scn, &c->scn->image_pos, NULL, err, text);
    }
    return 0;
}

int hva_plan_open(struct hva_plan *plan, const struct lu_scenario *scn, const char *base_dir,
                  const struct hva_store *store, struct hva_refusal *refusal, struct lu_err *err)
{
    plan->scn = scn;
    for (plan->n = 0; plan->n < scn->n_components; plan->n++) {
        struct hva_plan_component *c = &plan->components[plan->n];
        int r;

        c->scn = &scn->components[plan->n];
        r = open_one(plan, c, base_dir, store, refusal, err);
        if (r < 0) {
            plan->n++;
            return r;
        }
    }
    return 0;
}

static const struct lu_ch_component *find_running(const struct lu_ch_component *running, size_t n,
                                                  const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strncmp(running[i].name, name, LU_NAME_MAX) == 0)
            return &running[i];
    return NULL;
}

/* The scenario's rules, then those that let globals go which still have their initial value. */
static int collect_rules(struct hva_plan_component *c, uint32_t *ret_n, struct lu_err *err)
{
    uint32_t n = 0;

    c->rules = calloc(MAX_RULES, sizeof(*c->rules));
    if (!c->rules)
        return lu_err_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < c->scn->n_rules && n < MAX_RULES; i++) {
        const struct lu_scn_rule *r = &c->scn->rules[i];

        c->rules[n++] = (struct st_rule){.kind = (uint32_t)r->kind,
                                         .source = r->pos.line,
                                         .a = r->a,
                                         .b = r->b,
                                         .value = r->value};
    }
    n += st_image_initial_rules(c->old_image, c->new_image, c->rules + n, MAX_RULES - n);
    *ret_n = n;
    return 0;
}

static int encode_rules(struct hva_plan *plan, struct hva_plan_component *c,
                        struct hva_refusal *refusal, struct lu_err *err)
{
    struct st_err serr = {0};
    uint32_t n = 0;
    int r = collect_rules(c, &n, err);

    if (r < 0)
        return r;
    if (n > 0) {
        c->rules_size = st_rules_size(c->rules, n);
        c->rules_blob = calloc(1, c->rules_size);
        if (!c->rules_blob)
            return lu_err_set(err, -ENOMEM, "out of memory");
        if (st_rules_encode(c->rules, n, c->rules_blob, c->rules_size, &serr) < 0) {
            const struct lu_scn_pos *pos =
                serr.offset < c->scn->n_rules ? &c->scn->rules[serr.offset].pos : &c->scn->pos;

            return refuse(refusal, plan, c->scn, pos, serr.path, err, serr.text);
        }
    }
    if (st_rules_open(&c->opened, c->rules_blob, c->rules_size, &serr) < 0)
        return refuse(refusal, plan, c->scn, &c->scn->pos, serr.path, err, serr.text);
    return 0;
}

static int make_plan(struct hva_plan *plan, struct hva_plan_component *c,
                     struct hva_refusal *refusal, struct lu_err *err)
{
    struct st_err serr = {0};

    if (st_image_handlers(c->new_image, &c->handlers, &serr) < 0)
        return refuse(refusal, plan, c->scn, &c->scn->image_pos, serr.path, err, serr.text);
    c->opened.handlers = c->handlers;
    if (st_plan_make(&c->plan, st_image_desc(c->old_image), st_image_desc(c->new_image), &c->opened,
                     &st_host_mem, &serr) < 0)
        return refuse(refusal, plan, c->scn, &c->scn->pos, serr.path, err, serr.text);
    return 0;
}

static int compile_filter(struct hva_plan *plan, struct hva_plan_component *c,
                          struct hva_refusal *refusal, struct lu_err *err)
{
    struct st_err serr = {0};
    size_t len = 0;

    if (c->scn->filter.len == 0)
        return 0;
    if (st_filter_compile(st_image_desc(c->old_image), c->scn->filter.text, c->prepare.filter, &len,
                          &serr) < 0) {
        refusal->component = c->scn->name;
        lu_scn_diag_in_text(&refusal->diag, plan->scn, &c->scn->filter, serr.offset, "%s",
                            serr.text);
        return lu_err_set(err, -EINVAL, "state filter '%.200s': %s", c->scn->filter.text,
                          serr.text);
    }
    c->prepare.filter_len = (uint32_t)len;
    return 0;
}

static int translate_holds(struct hva_plan *plan, struct hva_plan_component *c,
                           const struct lu_ch_component *running, size_t n_running,
                           struct hva_refusal *refusal, struct lu_err *err)
{
    for (size_t i = 0; i < c->scn->n_holds; i++) {
        const struct lu_scn_hold *h = &c->scn->holds[i];
        const struct lu_ch_component *from =
            h->from ? find_running(running, n_running, h->from) : NULL;
        char text[128];

        if (h->from && !from) {
            snprintf(text, sizeof(text), "the guest has no component '%s' to hold messages of",
                     h->from);
            return refuse(refusal, plan, c->scn, &h->pos, NULL, err, text);
        }
        c->prepare.holds[i] = (struct lu_hold){
            .source = from ? from->ep : LU_EP_ANY, .type = h->type, .allow = h->allow};
    }
    c->prepare.n_holds = (uint32_t)c->scn->n_holds;
    return 0;
}

static int make_one(struct hva_plan *plan, struct hva_plan_component *c,
                    const struct lu_ch_component *running, size_t n_running,
                    const struct hva_store *store, struct hva_refusal *refusal, struct lu_err *err)
{
    const struct lu_ch_component *now = find_running(running, n_running, c->scn->name);
    struct lu_err cause = {0};
    char text[128];
    int r;

    if (!now) {
        snprintf(text, sizeof(text), "the guest has no component '%s'", c->scn->name);
        return refuse(refusal, plan, c->scn, &c->scn->name_pos, NULL, err, text);
    }
    if (hva_store_find(store, c->scn->name, now->build_id, &c->old_image, &cause) < 0)
        return refuse(refusal, plan, c->scn, &c->scn->name_pos, NULL, err, cause.text);
    if (!st_image_desc(c->old_image))
        return refuse(refusal, plan, c->scn, &c->scn->name_pos, NULL, err,
                      "the running version carries no state description");
    r = encode_rules(plan, c, refusal, err);
    if (r == 0)
        r = make_plan(plan, c, refusal, err);
    if (r == 0)
        r = compile_filter(plan, c, refusal, err);
    return r < 0 ? r : translate_holds(plan, c, running, n_running, refusal, err);
}

int hva_plan_make(struct hva_plan *plan, const struct lu_ch_component *running, size_t n_running,
                  const struct hva_store *store, struct hva_refusal *refusal, struct lu_err *err)
{
    for (size_t i = 0; i < plan->n; i++) {
        int r = make_one(plan, &plan->components[i], running, n_running, store, refusal, err);

        if (r < 0)
            return r;
    }
    return 0;
}

static int add_item(void *ctx, const struct st_plan_item *item)
{
    static const char *const subjects[] = {"", "global", "type", "function", "site"};
    static const char *const changes[] = {"same", "added", "removed", "changed", "renamed"};
    json_t *list = ctx;

    if (item->subject >= 5 || item->change >= 5)
        return 0;
    json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "subject",
                                          subjects[item->subject], "change", changes[item->change],
                                          "old", item->old_name, "new", item->new_name, "scope",
                                          item->scope, "detail", item->detail));
    return 0;
}

static void build_id_text(const struct st_image *image, char *hex)
{
    hva_hex(st_image_build_id(image), LU_BUILD_ID_SIZE, hex);
}

static json_t *component_json(const struct hva_plan_component *c)
{
    char old_hex[2 * LU_BUILD_ID_SIZE + 1], new_hex[2 * LU_BUILD_ID_SIZE + 1], text[256];
    json_t *items = json_array(), *all;

    build_id_text(c->old_image, old_hex);
    build_id_text(c->new_image, new_hex);
    st_plan_list(c->plan, 0, add_item, items);
    hva_plan_effort_text(c, text, sizeof(text));
    all = json_pack("{s:s, s:s, s:s, s:s, s:b, s:o, s:s, s:s}", "name", c->scn->name, "image",
                    c->scn->image, "old_build_id", old_hex, "new_build_id", new_hex, "identical",
                    strcmp(old_hex, new_hex) == 0, "items", items, "text", text, "rehearse",
                    lu_rehearse_word(c->scn->rehearse));
    json_object_update_new(all, hva_plan_effort_json(c));
    return all;
}

json_t *hva_plan_json(const struct hva_plan *plan)
{
    json_t *list = json_array();

    for (size_t i = 0; i < plan->n; i++)
        json_array_append_new(list, component_json(&plan->components[i]));
    return list;
}

void hva_plan_free(struct hva_plan *plan)
{
    for (size_t i = 0; i < plan->n; i++) {
        struct hva_plan_component *c = &plan->components[i];

        if (c->plan)
            st_plan_free(c->plan);
        st_image_close(c->new_image);
        st_image_close(c->old_image);
        free(c->handlers);
        free(c->rules_blob);
        free(c->rules);
    }
    memset(plan, 0, sizeof(*plan));
}
