/* SPDX-License-Identifier: MIT
 *
 * Step stage: images come in, are checked and loaded as stopped processes beside
 * the running ones.  Whatever is wrong refuses the whole transaction; nothing of
 * the running system was touched.
 */
#include "txn.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <lu/desc.h>
#include <lu/handover.h>
#include <lu/log.h>
#include <lu/sys.h>

#include "link.h"

static struct txn_member *current(void)
{
    return txn.phase == TXN_STAGING && txn.n_staged < txn.n_members &&
                   txn.members[txn.n_staged].component
               ? &txn.members[txn.n_staged]
               : NULL;
}

static void ask(const struct request *rq)
{
    txn.request = rq->seq;
    txn.request_type = rq->type;
}

__attribute__((format(printf, 3, 4))) static void refuse(const struct txn_member *m, int error,
                                                         const char *fmt, ...)
{
    char text[sizeof(((struct lu_ch_failed *)0)->text)];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    txn_fail(m, LU_STEP_STAGE, error, NULL, "%s", text);
}

/* ---- begin ---- */

static bool already_member(const struct component *c)
{
    for (uint32_t i = 0; i < txn.n_staged; i++)
        if (txn.members[i].component == c)
            return true;
    return false;
}

/* NULL if this component can be updated to what the agent announces, else why not. */
static const char *stage_judge(const struct component *c, const struct lu_ch_stage *s)
{
    if (c->pinned)
        return "this component cannot be updated";
    if (!c->running)
        return "it is not running";
    if (already_member(c))
        return "it is in the transaction twice";
    if (memcmp(c->image.build_id, s->old_build_id, LU_BUILD_ID_SIZE) != 0)
        return "another version is running than the plan was made for";
    if (!c->image.desc)
        return "its running version has no state description";
    if (s->image_size == 0 || s->image_size > LU_IMAGE_MAX)
        return "the image is empty or too large";
    if (s->rules_size > LU_CHANNEL_MAX)
        return "the transfer rules are too long";
    if (s->n_extra > sizeof(s->extra) / sizeof(s->extra[0]) ||
        c->rights.n_ranges + s->n_extra > LU_MAX_RANGES)
        return "too many extra ranges";
    return NULL;
}

static void rights_extend(struct lu_rights *r, const struct lu_ch_stage *s)
{
    for (uint32_t i = 0; i < s->n_extra; i++)
        r->ranges[r->n_ranges++] = s->extra[i];
}

static int memory_take(struct txn_member *m, const struct lu_ch_stage *s)
{
    int ret = region_new(s->image_size, &m->image_mem);

    if (ret == 0 && s->rules_size > 0)
        ret = region_new(s->rules_size, &m->rules_mem);
    return ret;
}

static void member_begin(const struct lu_ch_stage *s)
{
    struct txn_member *m = &txn.members[txn.n_staged];
    char name[LU_NAME_MAX];
    struct component *c;
    const char *why;
    int ret;

    memcpy(name, s->component, sizeof(name));
    name[LU_NAME_MAX - 1] = '\0';
    c = component_by_name(name);
    if (!c) {
        refuse(NULL, -LU_ENOENT, "there is no component named '%s'", name);
        return;
    }
    *m = (struct txn_member){.component = c};
    why = stage_judge(c, s);
    if (why) {
        refuse(m, c->running && !c->pinned ? -LU_EMISMATCH : -LU_EINVAL, "%s", why);
        return;
    }
    m->image_crc = s->image_crc;
    m->rules_due = s->rules_size > 0;
    m->n_extra = s->n_extra;
    m->rights = c->rights;
    rights_extend(&m->rights, s);
    ret = memory_take(m, s);
    if (ret < 0) {
        refuse(m, ret, "no memory for an image of %llu bytes", (unsigned long long)s->image_size);
        return;
    }
    link_send(LU_CH_OK, txn.request, NULL, 0);
}

void stage_begin(const struct request *rq, const struct lu_ch_stage *s)
{
    bool first = txn.phase == TXN_NONE;

    if (s->txn == 0 || s->count == 0 || s->count > LU_TXN_MAX_COMPONENTS) {
        link_send_error(rq->type, rq->seq, -LU_EINVAL, "transaction %llu of %u components",
                        (unsigned long long)s->txn, s->count);
        return;
    }
    if (!first && !txn_expect(rq, s->txn, TXN_STAGING, "STAGE_BEGIN"))
        return;
    if (s->index != (first ? 0 : txn.n_staged) || (!first && s->count != txn.n_members) ||
        current()) {
        link_send_error(rq->type, rq->seq, -LU_EPROTO,
                        "STAGE_BEGIN of component %u of %u out of place", s->index, s->count);
        return;
    }
    if (first)
        txn = (struct txn){.id = s->txn, .phase = TXN_STAGING, .n_members = s->count};
    txn_lease();
    ask(rq);
    member_begin(s);
}

/* ---- data ---- */

/* The agent streams data without waiting: after a refusal the rest of it is no news. */
static struct txn_member *member_expect(const struct request *rq, const char *what)
{
    struct txn_member *m = current();

    if (!m && !(txn.phase == TXN_NONE && txn_last.rung == LU_RUNG_REFUSE))
        link_send_error(rq->type, rq->seq, -LU_EPROTO, "%s is out of place", what);
    if (m)
        ask(rq);
    return m;
}

void stage_data(const struct request *rq, uint64_t offset, const uint8_t *bytes, uint32_t len)
{
    struct txn_member *m = member_expect(rq, "STAGE_DATA");

    if (!m)
        return;
    if (offset != m->received || len > m->image_mem.size - m->received) {
        refuse(m, -LU_EPROTO, "image data: %u bytes at %llu, expected the byte at %llu of %llu",
               len, (unsigned long long)offset, (unsigned long long)m->received,
               (unsigned long long)m->image_mem.size);
        return;
    }
    memcpy(m->image_mem.data + offset, bytes, len);
    m->received += len;
}

void stage_rules(const struct request *rq, const uint8_t *bytes, uint32_t len)
{
    struct txn_member *m = member_expect(rq, "STAGE_RULES");

    if (!m)
        return;
    if (!m->rules_due || len != m->rules_mem.size) {
        refuse(m, -LU_EPROTO, "transfer rules: %u bytes, announced were %llu", len,
               (unsigned long long)m->rules_mem.size);
        return;
    }
    memcpy(m->rules_mem.data, bytes, len);
    m->rules_due = false;
}

/* ---- end ---- */

static int image_judge(struct txn_member *m, char why[IMAGE_WHY_MAX])
{
    int ret = -LU_EBADMSG;

    if (m->received != m->image_mem.size || m->rules_due)
        snprintf(why, IMAGE_WHY_MAX, "%llu of %llu bytes arrived%s",
                 (unsigned long long)m->received, (unsigned long long)m->image_mem.size,
                 m->rules_due ? ", no transfer rules" : "");
    else if (lu_crc32(0, m->image_mem.data, m->received) != m->image_crc)
        snprintf(why, IMAGE_WHY_MAX, "damaged on the way: wrong checksum");
    else
        ret = image_parse(m->image_mem.data, m->image_mem.size, &m->image, why);
    if (ret == 0 && !m->image.desc) {
        snprintf(why, IMAGE_WHY_MAX, "no section " LU_DESC_SECTION ": not built with lucc");
        ret = -LU_EFORMAT;
    }
    return ret;
}

/* The new body may touch nothing but its own memory and what the scenario adds,
 * until it runs in the old one's slot. */
static int temp_create(struct txn_member *m)
{
    const struct lu_rights *slot = &m->rights;
    struct lu_rights r = {
        .priority = slot->priority, .mem_pages = slot->mem_pages, .n_ranges = m->n_extra};
    char name[LU_NAME_MAX] = {0};
    long ep;

    memcpy(r.ranges, &slot->ranges[slot->n_ranges - m->n_extra], m->n_extra * sizeof(r.ranges[0]));
    snprintf(name, sizeof(name), "%.11s.new", m->component->name);
    ep = sys_proc_create(name, &r);
    if (ep < 0)
        return (int)ep;
    m->temp = (lu_ep)ep;
    return 0;
}

static uint64_t align(uint64_t n, uint64_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* Both descriptions and the rules, for the new version's state engine. */
static int handover_lay(const struct txn_member *m)
{
    const struct image *old = &m->component->image, *new_ = &m->image;
    struct lu_handover h = {.magic = LU_HANDOVER_MAGIC, .txn = txn.id};
    int ret;

    h.old_desc = LU_VA_HANDOVER + align(sizeof(h), 64);
    h.old_desc_size = old->desc_size;
    h.new_desc = align(h.old_desc + old->desc_size, 64);
    h.new_desc_size = new_->desc_size;
    h.rules = align(h.new_desc + new_->desc_size, 64);
    h.rules_size = m->rules_mem.size;
    ret = sys_proc_map(m->temp, LU_VA_HANDOVER,
                       align(h.rules + h.rules_size, LU_PAGE_SIZE) - LU_VA_HANDOVER, LU_PROT_READ);
    if (ret == 0)
        ret = sys_proc_write(m->temp, LU_VA_HANDOVER, &h, sizeof(h));
    if (ret == 0)
        ret = sys_proc_write(m->temp, h.old_desc, old->desc, old->desc_size);
    if (ret == 0)
        ret = sys_proc_write(m->temp, h.new_desc, new_->desc, new_->desc_size);
    if (ret == 0 && h.rules_size > 0)
        ret = sys_proc_write(m->temp, h.rules, m->rules_mem.data, h.rules_size);
    return ret;
}

static int member_load(struct txn_member *m, char why[IMAGE_WHY_MAX])
{
    int ret = temp_create(m);

    if (ret < 0) {
        snprintf(why, IMAGE_WHY_MAX, "no process for it: %s", lu_strerror(ret));
        return ret;
    }
    ret = image_load(&m->image, m->temp, why);
    if (ret < 0)
        return ret;
    ret = handover_lay(m);
    if (ret < 0)
        snprintf(why, IMAGE_WHY_MAX, "no room for the descriptions: %s", lu_strerror(ret));
    return ret;
}

void stage_end(const struct request *rq)
{
    struct txn_member *m = member_expect(rq, "STAGE_END");
    char why[IMAGE_WHY_MAX] = "";
    int ret;

    if (!m)
        return;
    ret = image_judge(m, why);
    if (ret == 0)
        ret = member_load(m, why);
    if (ret < 0) {
        refuse(m, ret, "image: %s", why);
        return;
    }
    m->loaded = true;
    region_free(&m->rules_mem);
    if (++txn.n_staged == txn.n_members)
        txn.phase = TXN_STAGED;
    link_send(LU_CH_OK, rq->seq, NULL, 0);
}
