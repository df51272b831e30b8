/* SPDX-License-Identifier: MIT
 *
 * See session.h.  Every payload is copied into a struct of its own after its
 * length was checked, so nothing below sees more than the frame held.
 */
#include "session.h"

#include <cpuid.h>
#include <stdio.h>
#include <string.h>

#include <lu/log.h>
#include <lu/sys.h>

#include "link.h"
#include "txn.h"

#define HEARTBEAT_NS (LU_HEARTBEAT_MS * 1000000ull)
#define MAX_HELD 8u

struct session {
    uint64_t next_heartbeat;
    struct lu_ch_event held[MAX_HELD]; /* events of the quiet time */
    uint32_t n_held;
};

static struct session session;

/* ---- what the guest says ---- */

/* "KVMK" of KVMKVMKVM, "TCGT" of TCGTCGTCGTCG, ... (first register of leaf 0x40000000) */
static uint32_t hypervisor_signature(void)
{
    uint32_t a, b, c, d;

    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & 1u << 31))
        return 0;
    __cpuid(0x40000000, a, b, c, d);
    return b;
}

static void fill_component(const struct component *c, struct lu_ch_component *ret)
{
    struct lu_proc_info info = {.run_state = LU_RUN_DEAD};

    (void)sys_proc_info(c->ep, &info);
    *ret = (struct lu_ch_component){
        .ep = c->ep, .run_state = info.run_state, .pages = info.pages, .restarts = c->restarts};
    memcpy(ret->name, c->name, sizeof(ret->name));
    memcpy(ret->build_id, c->image.build_id, sizeof(ret->build_id));
}

static void send_status(uint32_t reply_to)
{
    static struct {
        struct lu_ch_status status;
        struct lu_ch_component components[MAX_COMPONENTS];
    } s;

    s.status = (struct lu_ch_status){
        .abi_version = LU_ABI_VERSION,
        .n_components = n_components,
        .txn = txn.id,
        .txn_step = txn_step(),
        .cpu_hypervisor = hypervisor_signature(),
        .last_txn = txn_last.id,
        .last_outcome = txn_last.outcome,
        .last_rung = txn_last.rung,
    };
    (void)sys_kmem_info(&s.status.mem);
    for (uint32_t i = 0; i < n_components; i++)
        fill_component(&components[i], &s.components[i]);
    link_send(LU_CH_STATUS, reply_to, &s,
              (uint32_t)(sizeof(s.status) + n_components * sizeof(s.components[0])));
}

static void events_release(void)
{
    for (uint32_t i = 0; i < session.n_held; i++)
        link_send(LU_CH_EVENT, 0, &session.held[i], sizeof(session.held[i]));
    session.n_held = 0;
}

void session_event(const struct lu_exit *e, const struct component *c)
{
    struct lu_ch_event event = {
        .exit = *e, .new_ep = c->running ? c->ep : LU_EP_NONE, .restarts = c->restarts};

    if (!link_has_epoch())
        return;
    if (!txn_quiet())
        link_send(LU_CH_EVENT, 0, &event, sizeof(event));
    else if (session.n_held < MAX_HELD)
        session.held[session.n_held++] = event;
}

void session_settled(void)
{
    events_release();
    send_status(0);
}

uint64_t session_deadline(void)
{
    return link_has_epoch() && !txn_quiet() ? session.next_heartbeat : 0;
}

void session_timeout(uint64_t now)
{
    struct lu_ch_heartbeat h = {.txn = txn.id};

    if (session_deadline() == 0 || now < session.next_heartbeat)
        return;
    session.next_heartbeat = now + HEARTBEAT_NS;
    events_release();
    if (!link_idle())
        return; /* the host does not read: heartbeats must not fill the queue */
    (void)sys_kmem_info(&h.mem);
    link_send(LU_CH_HEARTBEAT, 0, &h, sizeof(h));
}

/* ---- what the agent says ---- */

static void on_hello(const struct request *rq, const void *payload, uint32_t len)
{
    struct lu_ch_hello h;

    (void)len;
    memcpy(&h, payload, sizeof(h));
    if (h.version != LU_CHANNEL_VERSION) {
        link_send_error(rq->type, rq->seq, -LU_EPROTO, "protocol version %u, this guest speaks %u",
                        h.version, LU_CHANNEL_VERSION);
        return;
    }
    link_set_epoch(h.epoch, rq->seq);
    session.next_heartbeat = sys_clock() + HEARTBEAT_NS;
    sys_entropy(h.entropy, sizeof(h.entropy));
    send_status(rq->seq);
}

/* The snapshot still believes in the transaction that was undone by restoring it. */
static void on_restored(const struct request *rq, const void *payload, uint32_t len)
{
    struct lu_ch_undone u = {.rung = LU_RUNG_RESTORE};
    struct lu_ch_restored r;
    bool open = txn.phase != TXN_NONE;

    (void)len;
    memcpy(&r, payload, sizeof(r));
    link_set_epoch(r.epoch, rq->seq);
    if (open)
        txn_unwind();
    sys_clock_set(sys_clock() + r.mono_advance_ns);
    sys_entropy(r.entropy, sizeof(r.entropy));
    session.next_heartbeat = sys_clock() + HEARTBEAT_NS;
    u.txn = r.txn;
    link_send(LU_CH_UNDONE, rq->seq, &u, sizeof(u));
    if (!open && r.txn == 0)
        return;
    if (r.txn != 0)
        txn.id = r.txn;
    txn_settle(2, LU_RUNG_RESTORE);
}

static void on_query(const struct request *rq, const void *payload, uint32_t len)
{
    (void)payload;
    (void)len;
    send_status(rq->seq);
}

static void on_stage(const struct request *rq, const void *payload, uint32_t len)
{
    struct lu_ch_stage s;

    (void)len;
    memcpy(&s, payload, sizeof(s));
    stage_begin(rq, &s);
}

static void on_stage_data(const struct request *rq, const void *payload, uint32_t len)
{
    uint64_t offset;

    memcpy(&offset, payload, sizeof(offset));
    stage_data(rq, offset, (const uint8_t *)payload + sizeof(offset), len - sizeof(offset));
}

static void on_stage_rules(const struct request *rq, const void *payload, uint32_t len)
{
    stage_rules(rq, payload, len);
}

static void on_stage_end(const struct request *rq, const void *payload, uint32_t len)
{
    (void)payload;
    (void)len;
    stage_end(rq);
}

static void on_prepare(const struct request *rq, const void *payload, uint32_t len)
{
    static struct lu_ch_prepare p; /* 9 KiB */
    const uint32_t head = offsetof(struct lu_ch_prepare, components);

    memcpy(&p, payload, head);
    if (p.count > LU_TXN_MAX_COMPONENTS || len != head + p.count * sizeof(p.components[0])) {
        link_send_error(rq->type, rq->seq, -LU_EBADMSG, "PREPARE of %u bytes for %u components",
                        len, p.count);
        return;
    }
    memcpy(p.components, (const uint8_t *)payload + head, len - head);
    txn_prepare(rq, &p);
}

static uint64_t txn_id(const void *payload)
{
    struct lu_ch_txn t;

    memcpy(&t, payload, sizeof(t));
    return t.txn;
}

static void on_proceed(const struct request *rq, const void *payload, uint32_t len)
{
    (void)len;
    txn_proceed(rq, txn_id(payload));
}

static void on_commit(const struct request *rq, const void *payload, uint32_t len)
{
    (void)len;
    txn_commit(rq, txn_id(payload));
}

static void on_undo(const struct request *rq, const void *payload, uint32_t len)
{
    (void)len;
    txn_undo(rq, txn_id(payload));
}

static void on_lease(const struct request *rq, const void *payload, uint32_t len)
{
    (void)rq;
    (void)payload;
    (void)len; /* any frame extends the lease */
}

static const struct {
    uint32_t min, max; /* bytes of payload */
    void (*run)(const struct request *rq, const void *payload, uint32_t len);
} frames[] = {
    [LU_CH_HELLO] = {sizeof(struct lu_ch_hello), sizeof(struct lu_ch_hello), on_hello},
    [LU_CH_QUERY] = {0, 0, on_query},
    [LU_CH_STAGE_BEGIN] = {sizeof(struct lu_ch_stage), sizeof(struct lu_ch_stage), on_stage},
    [LU_CH_STAGE_DATA] = {sizeof(uint64_t), LU_CHANNEL_MAX, on_stage_data},
    [LU_CH_STAGE_RULES] = {0, LU_CHANNEL_MAX, on_stage_rules},
    [LU_CH_STAGE_END] = {0, 0, on_stage_end},
    [LU_CH_PREPARE] = {offsetof(struct lu_ch_prepare, components), sizeof(struct lu_ch_prepare),
                       on_prepare},
    [LU_CH_PROCEED] = {sizeof(struct lu_ch_txn), sizeof(struct lu_ch_txn), on_proceed},
    [LU_CH_COMMIT] = {sizeof(struct lu_ch_txn), sizeof(struct lu_ch_txn), on_commit},
    [LU_CH_UNDO] = {sizeof(struct lu_ch_txn), sizeof(struct lu_ch_txn), on_undo},
    [LU_CH_RESTORED] = {sizeof(struct lu_ch_restored), sizeof(struct lu_ch_restored), on_restored},
    [LU_CH_LEASE] = {sizeof(uint64_t), sizeof(uint64_t), on_lease},
};

void session_frame(const struct lu_frame *f, const uint8_t *payload)
{
    const struct request rq = {.seq = f->seq, .type = f->type};

    if (f->type >= sizeof(frames) / sizeof(frames[0]) || !frames[f->type].run) {
        link_send_error(f->type, f->seq, -LU_ENOSYS, "no frame of the agent has type %u", f->type);
        return;
    }
    if (f->len < frames[f->type].min || f->len > frames[f->type].max) {
        link_send_error(f->type, f->seq, -LU_EBADMSG, "frame of type %u with %u bytes", f->type,
                        f->len);
        return;
    }
    txn_lease();
    frames[f->type].run(&rq, payload, f->len);
}
