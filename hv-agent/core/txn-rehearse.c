/* SPDX-License-Identifier: MIT
 *
 * Between snapshot and transfer: what the old versions hold is looked at in the
 * snapshot's copy of memory, while the guest runs on and its components stand
 * parked.  A state that its own version calls broken is not carried over; then the
 * transfer is rehearsed, one component after the other.  The guest's lease and
 * health are minded meanwhile: nobody else does.
 */
#include "txn-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"

#include <st/invariant.h>

#define LOOK_NS 20000000ull /* between looks at the guest */

struct course {
    struct hva_txn *t;
    struct hva_ram ram;              /* the snapshot's copy: only read, through views */
    uint64_t deadline_ns, looked_ns; /* looked at the guest: 0 = not yet */
    struct lu_err stopped;           /* why */
};

static int check_old(struct hva_txn *t, size_t i, const struct st_view *view, struct lu_err *err)
{
    const struct st_desc *desc = st_image_desc(t->plan.components[i].old_image);
    struct st_err serr = {0};

    if (st_invariants_check(desc, view, &serr) == 0)
        return 0;
    snprintf(t->path, sizeof(t->path), "%s", serr.path);
    return lu_err_set(err, -EBADMSG, "before the update already: %s", serr.text);
}

static int tick(void *arg)
{
    struct course *c = arg;
    const struct hva_wait w = {.want = {LU_CH_FAILED},
                               .txn = c->t->id,
                               .lease = true,
                               .health = true,
                               .silent_ms = UINT32_MAX}; /* as it must be until PROCEED */
    uint64_t now = hva_now_ns();
    struct hva_frame f;
    int r;

    if (now >= c->deadline_ns)
        return lu_err_set(&c->stopped, -ETIMEDOUT, "the rehearsal took longer than %u ms",
                          c->t->order->scn->rehearse_ms);
    if (now - c->looked_ns < LOOK_NS)
        return 0;
    c->looked_ns = now;
    r = hva_talk_tend(c->t->g, &w, &f, &c->stopped);
    return r == 1 ? hva_txn_failed(c->t, &f, &c->stopped) : r;
}

static void tell(struct hva_txn *t, size_t i)
{
    const struct hva_rehearsal *r = &t->components[i].rehearsal;
    char back[48] = "", handled[64] = "";

    if (r->mode == LU_REHEARSE_REVERSE)
        snprintf(back, sizeof(back), ", %llu back again", (unsigned long long)r->back.objects);
    if (r->moved.handled > 0)
        snprintf(handled, sizeof(handled), ", %llu for handlers",
                 (unsigned long long)r->moved.handled);
    hva_txn_tell(t, t->components[i].name, "rehearsed in %.1f ms: %llu objects%s%s", r->ms,
                 (unsigned long long)r->moved.objects, back, handled);
}

static int failed(struct course *c, const char *what, const struct st_err *serr, struct lu_err *err)
{
    struct hva_txn *t = c->t;

    if (c->stopped.code)
        return lu_err_set(err, c->stopped.code, "%s", c->stopped.text);
    snprintf(t->path, sizeof(t->path), "%s", serr->path);
    if (serr->code == -LU_ENOMEM)
        return lu_err_set(err, -ENOMEM,
                          "rehearsal, %s: %s; it gets as much memory as the guest has, %llu MiB",
                          what, serr->text, (unsigned long long)(t->g->ram.size >> 20));
    return lu_err_set(err, -EBADMSG, "rehearsal, %s: %s", what, serr->text);
}

static int try_out(struct course *c, size_t i, struct hva_frozen *frozen, struct lu_err *err)
{
    struct hva_txn_component *component = &c->t->components[i];
    const struct hva_rehearsal_order order = {.component = &c->t->plan.components[i],
                                              .frozen = frozen,
                                              .memory = c->t->g->ram.size,
                                              .tick = tick,
                                              .arg = c};
    const char *what = "";
    struct st_err serr = {0};

    if (hva_rehearse(&order, order.component->scn->rehearse, &component->rehearsal, &what, &serr))
        return failed(c, what, &serr, err);
    tell(c->t, i);
    return 0;
}

static int rehearse_one(struct course *c, size_t i, struct lu_err *err)
{
    struct hva_txn *t = c->t;
    struct hva_frozen frozen;
    struct st_view view;
    int r = hva_txn_view(t, &c->ram, i, &frozen, &view, err);

    memcpy(t->component, t->components[i].name, LU_NAME_MAX);
    if (r == 0)
        r = check_old(t, i, &view, err);
    t->components[i].rehearsed = r == 0;
    if (r == 0 && t->plan.components[i].scn->rehearse != LU_REHEARSE_OFF)
        r = try_out(c, i, &frozen, err);
    if (r == 0)
        t->component[0] = '\0';
    return r;
}

int hva_txn_rehearse(struct hva_txn *t, struct lu_err *err)
{
    uint64_t start = hva_now_ns();
    struct course c = {.t = t,
                       .ram = {.base = (uint8_t *)(uintptr_t)t->copy.map,
                               .size = t->copy.size,
                               .present = t->copy.present},
                       .deadline_ns = hva_deadline(t->order->scn->rehearse_ms)};
    int r = 0;

    for (size_t i = 0; i < t->n && r == 0; i++)
        r = rehearse_one(&c, i, err);
    t->rehearse_ms = hva_ms_since(start);
    t->g->last_heard_ns = hva_now_ns(); /* the guest had to be silent */
    return r;
}

/* --- the guest's own figures --- */

static void print_moved(const struct lu_moved *m, char *buf, size_t size)
{
    snprintf(buf, size,
             "%llu objects, %llu bytes, %llu pointers, %llu unreached (%llu bytes), %llu handled",
             (unsigned long long)m->objects, (unsigned long long)m->bytes,
             (unsigned long long)m->pointers, (unsigned long long)m->unreached,
             (unsigned long long)m->unreached_bytes, (unsigned long long)m->handled);
}

/* What depends on nothing but the frozen state.  Not `allowed`: a peer that writes to a window of
 * the component while it stands may make a value that is left behind zero, or not. */
static bool figures_agree(const struct lu_moved *a, const struct st_stats *b)
{
    return a->objects == b->objects && a->bytes == b->bytes && a->pointers == b->pointers &&
           a->unreached == b->unreached && a->unreached_bytes == b->unreached_bytes &&
           a->handled == b->handled;
}

static int check_figures(struct hva_txn *t, size_t i, struct lu_err *err)
{
    const struct lu_moved *moved = &t->components[i].result.moved;
    const struct hva_rehearsal *r = &t->components[i].rehearsal;
    const struct lu_moved rehearsed = {.objects = r->moved.objects,
                                       .bytes = r->moved.bytes,
                                       .pointers = r->moved.pointers,
                                       .unreached = r->moved.unreached,
                                       .unreached_bytes = r->moved.unreached_bytes};
    char says[256], was[256];

    if (!r->done || r->moved.handled > 0 || figures_agree(moved, &r->moved))
        return 0; /* handlers may reach more than the rehearsal can know */
    print_moved(moved, says, sizeof(says));
    print_moved(&rehearsed, was, sizeof(was));
    memcpy(t->component, t->components[i].name, LU_NAME_MAX);
    return lu_err_set(err, -EBADMSG,
                      "the guest says that its transfer moved %s; the rehearsal with the same "
                      "state moved %s",
                      says, was);
}

int hva_txn_check_figures(struct hva_txn *t, struct lu_err *err)
{
    int r = 0;

    for (size_t i = 0; i < t->n && r == 0; i++)
        r = check_figures(t, i, err);
    return r;
}
