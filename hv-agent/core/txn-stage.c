/* SPDX-License-Identifier: MIT
 *
 * Images into the guest, components to their update points, state across.
 */
#include "txn-private.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"

#define CHUNK 16384u
#define LOAD_MS 20000u /* for the guest to take one image in */
#define SLACK_MS 2000u /* the guest's own deadline comes first */

static int begin(struct hva_txn *t, size_t i, const void *bytes, size_t size, struct lu_err *err)
{
    const struct hva_plan_component *c = &t->plan.components[i];
    struct lu_ch_stage stage = {.txn = t->id,
                                .index = (uint32_t)i,
                                .count = (uint32_t)t->n,
                                .image_size = size,
                                .image_crc = lu_crc32(0, bytes, size),
                                .rules_size = (uint32_t)c->rules_size,
                                .n_extra = (uint32_t)c->scn->n_ranges};
    struct hva_frame f;
    int r;

    memcpy(stage.component, t->components[i].name, LU_NAME_MAX);
    memcpy(stage.old_build_id, t->components[i].old_id, LU_BUILD_ID_SIZE);
    for (size_t k = 0; k < c->scn->n_ranges; k++)
        stage.extra[k] = (struct lu_range){
            .kind = LU_RANGE_MEM, .first = c->scn->ranges[k].first, .last = c->scn->ranges[k].last};
    r = hva_link_send(&t->g->link, LU_CH_STAGE_BEGIN, &stage, sizeof(stage), HVA_SEND_MS, err);
    return r < 0 ? r : hva_txn_wait(t, LU_CH_OK, HVA_ANSWER_MS, &f, err);
}

static int send_bytes(struct hva_txn *t, const uint8_t *bytes, size_t size, struct lu_err *err)
{
    uint8_t frame[8 + CHUNK];

    for (uint64_t at = 0; at < size; at += CHUNK) {
        size_t n = size - at < CHUNK ? size - at : CHUNK;
        int r;

        memcpy(frame, &at, 8);
        memcpy(frame + 8, bytes + at, n);
        r = hva_link_send(&t->g->link, LU_CH_STAGE_DATA, frame, (uint32_t)(8 + n), LOAD_MS, err);
        if (r < 0)
            return r;
    }
    return 0;
}

static int stage_one(struct hva_txn *t, size_t i, struct lu_err *err)
{
    const struct hva_plan_component *c = &t->plan.components[i];
    struct hva_frame f;
    size_t size;
    const void *bytes = st_image_bytes(c->new_image, &size);
    int r;

    if (size > LU_IMAGE_MAX)
        return lu_err_set(err, -EFBIG, "image of %s is larger than %u bytes", t->components[i].name,
                          LU_IMAGE_MAX);
    if (c->rules_size > LU_CHANNEL_MAX)
        return lu_err_set(err, -EFBIG, "rules of %s are larger than %u bytes",
                          t->components[i].name, LU_CHANNEL_MAX);
    hva_txn_tell(t, t->components[i].name, "%zu bytes", size);
    r = begin(t, i, bytes, size, err);
    if (r == 0)
        r = send_bytes(t, bytes, size, err);
    if (r == 0 && c->rules_size)
        r = hva_link_send(&t->g->link, LU_CH_STAGE_RULES, c->rules_blob, (uint32_t)c->rules_size,
                          HVA_SEND_MS, err);
    if (r == 0)
        r = hva_link_send(&t->g->link, LU_CH_STAGE_END, NULL, 0, HVA_SEND_MS, err);
    return r < 0 ? r : hva_txn_wait(t, LU_CH_OK, LOAD_MS, &f, err);
}

/* Everything that can fail without the guest. */
static int get_ready(struct hva_txn *t, struct lu_err *err)
{
    int r = hva_txn_copy_ahead(t, err);

    for (size_t i = 0; i < t->n && r == 0; i++) {
        r = hva_store_keep(&t->g->site->store, t->plan.components[i].old_image, err);
        if (r == 0)
            r = hva_store_keep(&t->g->site->store, t->plan.components[i].new_image, err);
    }
    if (r < 0)
        return r;
    t->touched = true;
    r = hva_txn_journal_state(t, err);
    if (r < 0)
        t->touched = false;
    return r;
}

int hva_txn_stage(struct hva_txn *t, struct lu_err *err)
{
    int r = get_ready(t, err);

    for (size_t i = 0; i < t->n && r == 0; i++) {
        r = stage_one(t, i, err);
        if (r < 0 && !t->component[0])
            memcpy(t->component, t->components[i].name, LU_NAME_MAX);
    }
    return r;
}

int hva_txn_prepare(struct hva_txn *t, struct lu_err *err)
{
    const struct lu_scenario *scn = t->order->scn;
    struct lu_ch_prepare p = {
        .txn = t->id, .deadline_ms = scn->prepare_ms, .count = (uint32_t)t->n};
    struct hva_frame f;
    int r = hva_txn_arm(t, err);

    for (size_t i = 0; i < t->n; i++) {
        p.components[i].transfer_deadline_ms = scn->transfer_ms;
        p.components[i].prepare = t->plan.components[i].prepare;
    }
    if (r == 0)
        r = hva_link_send(
            &t->g->link, LU_CH_PREPARE, &p,
            (uint32_t)(offsetof(struct lu_ch_prepare, components) + t->n * sizeof(p.components[0])),
            HVA_SEND_MS, err);
    return r < 0 ? r : hva_txn_wait(t, LU_CH_READY, scn->prepare_ms + SLACK_MS, &f, err);
}

static void take_results(struct hva_txn *t, const struct hva_frame *f)
{
    size_t n = (f->head.len - sizeof(struct lu_ch_txn)) / sizeof(struct lu_ch_result);

    for (size_t i = 0; i < n; i++) {
        struct lu_ch_result result;

        memcpy(&result, f->payload + sizeof(struct lu_ch_txn) + i * sizeof(result), sizeof(result));
        for (size_t k = 0; k < t->n; k++)
            if (strncmp(result.component, t->components[k].name, LU_NAME_MAX) == 0)
                t->components[k].result = result;
    }
}

int hva_txn_proceed(struct hva_txn *t, struct lu_err *err)
{
    struct hva_frame f;
    int r = hva_txn_send(t, LU_CH_PROCEED, err);

    t->g->last_heard_ns = hva_now_ns();
    if (r == 0)
        r = hva_txn_wait(t, LU_CH_INITED, t->order->scn->transfer_ms + SLACK_MS, &f, err);
    if (r == 0)
        take_results(t, &f);
    return r;
}
