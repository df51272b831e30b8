/* SPDX-License-Identifier: MIT
 *
 * The pump under every wait.  Reads at most POLL_MS at a time, so that the
 * guest's health is looked at even when nothing comes.
 */
#include "talk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"

#define POLL_MS 20
#define LOOK_NS 50000000ull /* between looks at the introspection block */
#define LEASE_NS (LU_LEASE_MS * 1000000ull / 5)
#define SEND_MS 3000
#define RESTORED_MS 10000u
#define TOLD_ALL 200u
#define TOLD_EVERY 1000u

uint64_t hva_deadline(unsigned ms)
{
    return hva_now_ns() + ms * 1000000ull;
}

static void take_status(struct hva_guest *g, const struct hva_frame *f)
{
    const uint8_t *at = f->payload + sizeof(struct lu_ch_status);
    size_t n = (f->head.len - sizeof(struct lu_ch_status)) / sizeof(struct lu_ch_component);

    if (n > HVA_STATUS_MAX)
        n = HVA_STATUS_MAX;
    pthread_mutex_lock(&g->lock);
    memcpy(&g->status, f->payload, sizeof(g->status));
    memcpy(g->components, at, n * sizeof(g->components[0]));
    for (size_t i = 0; i < n; i++)
        g->components[i].name[LU_NAME_MAX - 1] = '\0';
    g->n_components = n;
    g->reported = true;
    if (g->state == HVA_GUEST_STARTING || g->state == HVA_GUEST_SILENT)
        g->state = HVA_GUEST_RUNNING;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

static void take_heartbeat(struct hva_guest *g, const struct hva_frame *f)
{
    struct lu_ch_heartbeat beat;

    memcpy(&beat, f->payload, sizeof(beat));
    pthread_mutex_lock(&g->lock);
    g->status.mem = beat.mem;
    if (g->state == HVA_GUEST_SILENT)
        g->state = HVA_GUEST_RUNNING;
    pthread_mutex_unlock(&g->lock);
}

/* A guest may say what it likes as often as it likes; the log need not hold all of it. */
static bool worth_telling(struct hva_guest *g)
{
    g->told++;
    return g->told <= TOLD_ALL || g->told % TOLD_EVERY == 0;
}

static void take_event(struct hva_guest *g, const struct hva_frame *f)
{
    struct lu_ch_event ev;
    char name[LU_NAME_MAX + 1], why[LU_EXIT_TEXT + 1];

    if (!worth_telling(g))
        return;
    memcpy(&ev, f->payload, sizeof(ev));
    hva_text_copy(name, sizeof(name), ev.exit.name, LU_NAME_MAX, false);
    hva_text_copy(why, sizeof(why), ev.exit.text, LU_EXIT_TEXT, false);
    hva_warn(g->link.area,
             "component %s ended (reason %u, vector %u, code %d, rip %#llx, address "
             "%#llx%s%s); %s, restarts so far: %u",
             name, ev.exit.reason, ev.exit.vector, ev.exit.code, (unsigned long long)ev.exit.rip,
             (unsigned long long)ev.exit.addr, *why ? ": " : "", why,
             ev.new_ep == LU_EP_NONE ? "not restarted" : "restarted", ev.restarts);
}

static void take_error(struct hva_guest *g, const struct hva_frame *f)
{
    struct lu_ch_failed failed;
    char text[sizeof(failed.text) + 1];

    if (!worth_telling(g))
        return;
    memcpy(&failed, f->payload, sizeof(failed));
    hva_text_copy(text, sizeof(text), failed.text, sizeof(failed.text), false);
    hva_warn(g->link.area, "the guest dropped a %s frame: %s", hva_frame_word(failed.frame_type),
             text);
}

void hva_talk_hear(struct hva_guest *g, const struct hva_frame *f)
{
    switch (f->head.type) {
    case LU_CH_STATUS:
        take_status(g, f);
        break;
    case LU_CH_HEARTBEAT:
        take_heartbeat(g, f);
        break;
    case LU_CH_EVENT:
        take_event(g, f);
        break;
    case LU_CH_ERROR:
        take_error(g, f);
        break;
    default:
        hva_debug(g->link.area, "unasked %s frame", hva_frame_word(f->head.type));
    }
}

/* The transaction that a frame speaks of; all answers about one start with it. */
static bool of_txn(const struct hva_frame *f, uint64_t txn)
{
    uint64_t id;

    if (txn == 0 || f->head.type == LU_CH_OK || f->head.type == LU_CH_STATUS)
        return true;
    if (f->head.len < sizeof(id))
        return false;
    memcpy(&id, f->payload, sizeof(id));
    return id == txn;
}

static bool wanted(const struct hva_wait *w, const struct hva_frame *f)
{
    for (size_t i = 0; i < 3; i++)
        if (w->want[i] && w->want[i] == f->head.type)
            return of_txn(f, w->txn);
    return false;
}

static int look_at_health(struct hva_guest *g, const struct hva_wait *w, struct lu_err *err)
{
    unsigned silent_ms = w->silent_ms ? w->silent_ms : HVA_TXN_SILENT_MS;
    uint64_t now = hva_now_ns();
    char text[256];

    if (now - g->last_look_ns < LOOK_NS)
        return 0;
    g->last_look_ns = now;
    if (hva_guest_epitaph(g, text, sizeof(text)))
        return lu_err_set(err, -ENOTRECOVERABLE, "the guest's kernel panicked: %s", text);
    if (g->site->ops->vm_resets(g->vm) != g->resets)
        return lu_err_set(err, -ECONNRESET, "the guest reset itself");
    if (now - g->last_heard_ns > silent_ms * 1000000ull)
        return lu_err_set(err, -EHOSTDOWN, "the guest fell silent for %u ms", silent_ms);
    return 0;
}

static int renew_lease(struct hva_guest *g, const struct hva_wait *w, struct lu_err *err)
{
    uint64_t now = hva_now_ns();

    if (!w->lease || now - g->last_lease_ns < LEASE_NS)
        return 0;
    g->last_lease_ns = now;
    return hva_link_send(&g->link, LU_CH_LEASE, &w->txn, sizeof(w->txn), SEND_MS, err);
}

static void take_progress(const struct hva_wait *w, const struct hva_frame *f)
{
    struct lu_ch_progress p;

    memcpy(&p, f->payload, sizeof(p));
    if (w->progress && p.txn == w->txn)
        w->progress(w->arg, &p);
}

/* 1: `ret` is what was waited for. */
static int step(struct hva_guest *g, const struct hva_wait *w, int ms, struct hva_frame *ret,
                struct lu_err *err)
{
    int r = hva_link_recv(&g->link, ms, ret, err);

    if (r <= 0)
        return r;
    g->last_heard_ns = hva_now_ns();
    if (ret->head.type == LU_CH_STATUS)
        take_status(g, ret);
    if (wanted(w, ret))
        return 1;
    if (ret->head.type == LU_CH_PROGRESS)
        take_progress(w, ret);
    else if (ret->head.type != LU_CH_STATUS)
        hva_talk_hear(g, ret);
    return 0;
}

/* 1: `ret` is what was waited for, for at most `ms`. */
static int turn(struct hva_guest *g, const struct hva_wait *w, int ms, struct hva_frame *ret,
                struct lu_err *err)
{
    int r = step(g, w, ms, ret, err);

    if (r == 1)
        return 1;
    if (!g->site->ops->vm_alive(g->vm))
        return lu_err_set(err, -ENODEV, "the guest's virtual machine ended");
    if (r == 0 && w->health)
        r = look_at_health(g, w, err);
    return r == 0 ? renew_lease(g, w, err) : r;
}

int hva_talk_tend(struct hva_guest *g, const struct hva_wait *w, struct hva_frame *ret,
                  struct lu_err *err)
{
    return turn(g, w, 0, ret, err);
}

int hva_talk_wait(struct hva_guest *g, const struct hva_wait *w, struct hva_frame *ret,
                  struct lu_err *err)
{
    for (;;) {
        int r = turn(g, w, POLL_MS, ret, err);

        if (r != 0)
            return r < 0 ? r : 0;
        if (hva_now_ns() >= w->deadline_ns)
            return lu_err_set(err, -ETIMEDOUT, "no %s frame from the guest in time",
                              hva_frame_word(w->want[0]));
    }
}

int hva_talk_connect(struct hva_guest *g, struct lu_err *err)
{
    uint64_t dropped = g->link.dropped;
    int fd, r;

    hva_link_close(&g->link);
    r = g->site->ops->vm_channel(g->vm, &fd, err);
    if (r < 0)
        return r;
    hva_link_open(&g->link, fd, g->spec.name);
    g->link.dropped = dropped;
    return 0;
}

int hva_talk_hello(struct hva_guest *g, struct lu_err *err)
{
    struct lu_ch_hello hello = {
        .version = LU_CHANNEL_VERSION, .epoch = g->link.epoch, .wall_ns = hva_wall_ns()};

    if (hva_random(hello.entropy, sizeof(hello.entropy)) < 0)
        return lu_err_set(err, -EIO, "no random numbers");
    g->last_hello_ns = hva_now_ns();
    return hva_link_send(&g->link, LU_CH_HELLO, &hello, sizeof(hello), SEND_MS, err);
}

int hva_talk_status(struct hva_guest *g, bool hello, int timeout_ms, struct lu_err *err)
{
    /* A silent guest gets the whole time, a dead one none. */
    struct hva_wait w = {.want = {LU_CH_STATUS},
                         .deadline_ns = hva_deadline((unsigned)timeout_ms),
                         .health = true,
                         .silent_ms = UINT32_MAX};
    struct hva_frame f;
    int r = 0;

    if (g->link.fd < 0)
        r = hva_talk_connect(g, err);
    if (r == 0)
        r = hello ? hva_talk_hello(g, err)
                  : hva_link_send(&g->link, LU_CH_QUERY, NULL, 0, SEND_MS, err);
    if (r == 0)
        r = hva_talk_wait(g, &w, &f, err);
    return r != -ETIMEDOUT ? r
                           : lu_err_set(err, r, "the guest does not answer: no status within %d ms",
                                        timeout_ms);
}

int hva_talk_restored(struct hva_guest *g, uint64_t txn, uint64_t taken_ns, struct lu_err *err)
{
    struct lu_ch_restored restored = {.txn = txn};
    struct hva_wait w = {.want = {LU_CH_UNDONE}, .txn = txn};
    struct hva_frame f;
    int r = g->link.fd < 0 ? hva_talk_connect(g, err) : 0;

    if (r == 0 && hva_random(restored.entropy, sizeof(restored.entropy)) < 0)
        r = lu_err_set(err, -EIO, "no random numbers");
    if (r < 0)
        return r;
    restored.epoch = g->link.epoch;
    restored.mono_advance_ns = hva_now_ns() - taken_ns;
    restored.wall_ns = hva_wall_ns();
    w.deadline_ns = hva_deadline(RESTORED_MS);
    r = hva_link_send(&g->link, LU_CH_RESTORED, &restored, sizeof(restored), SEND_MS, err);
    return r < 0 ? r : hva_talk_wait(g, &w, &f, err);
}
