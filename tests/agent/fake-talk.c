/* SPDX-License-Identifier: MIT
 *
 * What a fake guest answers to each frame: as the update server does, except
 * where its fault says otherwise.
 */
#include "fake-private.h"

#include "base/util.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

void fake_reply(struct fake *f, uint16_t type, const void *payload, uint32_t len)
{
    struct lu_frame head;

    lu_frame_make(&head, type, f->epoch, ++f->seq, 0, payload, len);
    if (send(f->channel, &head, sizeof(head), MSG_NOSIGNAL) < 0 ||
        (len && send(f->channel, payload, len, MSG_NOSIGNAL) < 0))
        return; /* the agent went away */
}

static void reply_txn(struct fake *f, uint16_t type)
{
    struct lu_ch_txn t = {.txn = fake_ram_state(&f->ram)->txn};

    fake_reply(f, type, &t, sizeof(t));
}

static void send_garbage(struct fake *f)
{
    struct lu_frame bad;
    char junk[300];

    memset(junk, 'x', sizeof(junk));
    lu_frame_make(&bad, LU_CH_COMMIT, f->epoch, ++f->seq, 0, NULL, 0); /* not a guest's */
    send(f->channel, &bad, sizeof(bad), MSG_NOSIGNAL);
    lu_frame_make(&bad, LU_CH_INITED, f->epoch, ++f->seq, 0, junk, 7); /* wrong length */
    send(f->channel, &bad, sizeof(bad), MSG_NOSIGNAL);
    send(f->channel, junk, 7, MSG_NOSIGNAL);
    send(f->channel, junk, sizeof(junk), MSG_NOSIGNAL);            /* no frame at all */
    lu_frame_make(&bad, LU_CH_READY, f->epoch + 1, 1, 0, junk, 8); /* another epoch */
    send(f->channel, &bad, sizeof(bad), MSG_NOSIGNAL);
    send(f->channel, junk, 8, MSG_NOSIGNAL);
}

static void send_status(struct fake *f)
{
    const struct fake_state *s = fake_ram_state(&f->ram);
    const struct lu_inspect_slot *slot = fake_ram_slot(&f->ram);
    struct {
        struct lu_ch_status status;
        struct lu_ch_component c;
    } p = {.status = {.abi_version = LU_ABI_VERSION,
                      .n_components = 1,
                      .txn = s->txn,
                      .last_txn = s->last_txn,
                      .last_outcome = s->last_outcome,
                      .last_rung = s->last_rung,
                      .mem = {.total_pages = 8192, .free_pages = 4096}},
           .c = {.ep = slot->ep, .run_state = LU_RUN_RECEIVING}};

    memcpy(p.c.name, slot->name, LU_NAME_MAX);
    memcpy(p.c.build_id, slot->build_id, LU_BUILD_ID_SIZE);
    fake_reply(f, LU_CH_STATUS, &p, sizeof(p));
}

/* Old version back in its slot, transaction over. */
static enum lu_rung undo(struct fake *f)
{
    struct fake_state *s = fake_ram_state(&f->ram);
    enum lu_rung rung = s->swapped ? LU_RUNG_ROLLBACK : LU_RUNG_CANCEL;

    fake_ram_run(&f->ram, &f->old_body);
    *s = (struct fake_state){
        .last_txn = s->txn ? s->txn : s->last_txn, .last_outcome = 2, .last_rung = rung};
    return rung;
}

static void send_failed(struct fake *f, enum lu_step step, bool really_undo)
{
    struct lu_ch_failed failed = {.txn = fake_ram_state(&f->ram)->txn,
                                  .step = step,
                                  .rung = LU_RUNG_ROLLBACK,
                                  .error = -LU_EMISMATCH,
                                  .path = "my_s.u",
                                  .text = "made to fail"};

    memcpy(failed.component, f->name, LU_NAME_MAX);
    if (really_undo)
        failed.rung = undo(f);
    fake_reply(f, LU_CH_FAILED, &failed, sizeof(failed));
}

void fake_swap_in(struct fake *f)
{
    fake_ram_run(&f->ram, &f->new_body);
    fake_ram_state(&f->ram)->swapped = 1;
}

static void panic(struct fake *f)
{
    fake_ram_panic(&f->ram, "made to panic");
    f->silent = true;
}

static void on_prepare(struct fake *f)
{
    f->seen.prepares++;
    if (f->fault == FAKE_PREPARE_STALLS)
        f->stalled_until = hva_now_ns() + FAKE_STALL_MS * 1000000ull;
    else if (f->fault == FAKE_PREPARE_PANICS)
        panic(f);
    if (f->fault == FAKE_PREPARE_STALLS || f->fault == FAKE_PREPARE_PANICS ||
        f->fault == FAKE_PREPARE_NEVER)
        return;
    if (f->fault == FAKE_PREPARE_FAILS)
        send_failed(f, LU_STEP_PREPARE, true);
    else
        reply_txn(f, LU_CH_READY);
    if (f->fault == FAKE_READY_DIES)
        send_failed(f, LU_STEP_SNAPSHOT, true);
}

static void flood(struct fake *f)
{
    uint32_t head = __builtin_bswap32(1500);
    char frame[1504] = "";

    memcpy(frame, &head, 4);
    for (int i = 0; i < 200; i++)
        send(f->net.out, frame, sizeof(frame), MSG_NOSIGNAL);
}

static void progress(struct fake *f, enum lu_step step)
{
    struct lu_ch_progress p = {.txn = fake_ram_state(&f->ram)->txn, .step = step, .index = ~0u};

    fake_reply(f, LU_CH_PROGRESS, &p, sizeof(p));
}

static void send_inited(struct fake *f)
{
    struct {
        struct lu_ch_txn txn;
        struct lu_ch_result result;
    } p = {.txn = {fake_ram_state(&f->ram)->txn}, .result = {.moved = f->moved}};

    if (f->fault == FAKE_FIGURES_LIE)
        p.result.moved.pointers++;
    memcpy(p.result.component, f->name, LU_NAME_MAX);
    fake_reply(f, LU_CH_INITED, &p, sizeof(p));
}

void fake_spoil(struct fake *f)
{
    memset(f->ram.base + FAKE_SPOIL_PHYS, 0xee, FAKE_SPOIL_SIZE);
    fake_swap_in(f);
    f->silent = true;
}

void fake_finish_transfer(struct fake *f)
{
    f->waits = false;
    fake_swap_in(f);
    progress(f, LU_STEP_INIT);
    send_inited(f);
}

static void on_proceed(struct fake *f)
{
    f->seen.proceeds++;
    progress(f, LU_STEP_TRACE);
    progress(f, LU_STEP_TRANSFER);
    switch (f->fault) {
    case FAKE_WAITS:
        f->waits = true;
        return;
    case FAKE_TRANSFER_FAILS:
        fake_swap_in(f);
        send_failed(f, LU_STEP_TRANSFER, true);
        return;
    case FAKE_UNDO_LIES:
        fake_swap_in(f);
        send_failed(f, LU_STEP_CONTROL, false);
        return;
    case FAKE_TRANSFER_HANGS:
    case FAKE_RESTORE_DEAF:
        fake_spoil(f);
        return;
    case FAKE_TRANSFER_PANICS:
        fake_spoil(f);
        panic(f);
        return;
    case FAKE_TRANSFER_RESETS:
        fake_spoil(f);
        f->resets++;
        return;
    case FAKE_INIT_LIES:
        send_inited(f);
        return;
    case FAKE_FLOOD:
        flood(f);
        break;
    default:
        break;
    }
    fake_finish_transfer(f);
}

static void on_commit(struct fake *f)
{
    struct fake_state *s = fake_ram_state(&f->ram);

    f->seen.commits++;
    if (f->fault == FAKE_COMMIT_NEVER) {
        f->silent = true;
        return;
    }
    reply_txn(f, LU_CH_COMMITTED);
    *s = (struct fake_state){.last_txn = s->txn, .last_outcome = 1};
}

static void on_undo(struct fake *f, bool restored)
{
    struct fake_state *s = fake_ram_state(&f->ram);
    struct lu_ch_undone undone = {.txn = s->txn ? s->txn : s->last_txn};

    if (f->fault == FAKE_UNDO_LIES && !restored)
        undone.rung = LU_RUNG_ROLLBACK;
    else
        undone.rung = undo(f);
    fake_reply(f, LU_CH_UNDONE, &undone, sizeof(undone));
}

static void on_restored(struct fake *f, const struct lu_frame *head)
{
    f->seen.restores++;
    f->epoch = head->epoch;
    if (f->fault == FAKE_RESTORE_DEAF)
        return;
    on_undo(f, true);
}

static void on_stage(struct fake *f, const uint8_t *payload)
{
    struct lu_ch_stage stage;

    memcpy(&stage, payload, sizeof(stage));
    fake_ram_state(&f->ram)->txn = stage.txn;
    f->seen.stages++;
    fake_reply(f, LU_CH_OK, NULL, 0);
}

static void on_hello(struct fake *f, const struct lu_frame *head)
{
    f->seen.hellos++;
    if (f->fault == FAKE_MUTE)
        return;
    f->epoch = head->epoch;
    f->seen.epoch = head->epoch;
    send_status(f);
}

void fake_handle(struct fake *f, const struct lu_frame *head, const uint8_t *payload)
{
    if (f->fault == FAKE_GARBAGE)
        send_garbage(f);
    switch (head->type) {
    case LU_CH_HELLO:
        on_hello(f, head);
        break;
    case LU_CH_QUERY:
        send_status(f);
        break;
    case LU_CH_STAGE_BEGIN:
        on_stage(f, payload);
        break;
    case LU_CH_STAGE_END:
        fake_reply(f, LU_CH_OK, NULL, 0);
        break;
    case LU_CH_PREPARE:
        on_prepare(f);
        break;
    case LU_CH_PROCEED:
        on_proceed(f);
        break;
    case LU_CH_COMMIT:
        on_commit(f);
        break;
    case LU_CH_UNDO:
        f->seen.undos++;
        on_undo(f, false);
        break;
    case LU_CH_RESTORED:
        on_restored(f, head);
        break;
    case LU_CH_LEASE:
        f->seen.leases++;
        break;
    }
}
