/* SPDX-License-Identifier: MIT
 *
 * transaction-test IMAGES CASE: one transaction against a guest that behaves, or
 * misbehaves in the way the case is named after; which rung is used, what the
 * guest is left with, what the journal says.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The guest runs as if nothing had been: no pause, no hold, no snapshot, nothing open. */
static void check_clean(struct bench *b, bool runs_new)
{
    struct fake_seen seen;
    json_t *info;

    fake_seen(b->fake, &seen);
    CHECK(fake_runs_new(b->fake) == runs_new);
    CHECK(!seen.paused && !seen.net_on && !seen.net_armed && seen.snapshots == 0);
    info = bench_call(b, "agent.info", NULL);
    CHECK(json_integer_value(json_object_get(info, "open_transactions")) == 0);
    json_decref(info);
}

/* Applies, checks the outcome and the rung, and that the journal keeps the same report. */
static json_t *apply_expecting(struct bench *b, const char *inside, const char *after,
                               const char *outcome, const char *rung)
{
    json_t *report = bench_apply(b, inside, after), *kept;

    CHECK_TEXT(text_of(report, "outcome"), outcome);
    CHECK_TEXT(text_of(report, "rung"), rung);
    CHECK(b->progress > 0);
    kept =
        bench_call(b, "history.report", json_pack("{s:O}", "txn", json_object_get(report, "txn")));
    CHECK(json_equal(kept, report));
    json_decref(kept);
    return report;
}

static bool has_step(json_t *report, const char *step)
{
    json_t *item;
    size_t i;

    json_array_foreach(json_object_get(report, "steps"), i,
                       item) if (strcmp(text_of(item, "step"), step) == 0) return true;
    return false;
}

static json_int_t number(json_t *doc, const char *key)
{
    json_t *value = json_object_get(doc, key);

    CHECK(json_is_integer(value));
    return json_integer_value(value);
}

static void check_moved(struct bench *b, json_t *figures)
{
    struct lu_moved moved;

    fake_moves(b->fake, &moved);
    CHECK(moved.objects > 10 && moved.bytes > 1000);
    CHECK(number(figures, "objects") == (json_int_t)moved.objects);
    CHECK(number(figures, "bytes") == (json_int_t)moved.bytes);
    CHECK(number(figures, "pointers") == (json_int_t)moved.pointers);
    CHECK(number(figures, "unreached") == 0 && number(figures, "unreached_bytes") == 0);
    CHECK(number(figures, "handled") == 0);
    CHECK(number(figures, "allowed") == (json_int_t)moved.allowed);
}

/* Of a component without handlers: there, back again, and audited. */
static void check_rehearsal(json_t *rehearsal)
{
    json_t *reverse = json_object_get(rehearsal, "reverse");

    CHECK_TEXT(text_of(rehearsal, "mode"), "reverse");
    CHECK(json_is_true(json_object_get(rehearsal, "passed")));
    CHECK(json_is_true(json_object_get(rehearsal, "audited")));
    CHECK(json_real_value(json_object_get(rehearsal, "ms")) > 0);
    CHECK(number(rehearsal, "invariants_due") == 0);
    CHECK(number(reverse, "objects") > 10 && number(reverse, "bytes") > 1000);
    CHECK(number(reverse, "exempt") > 0 && number(reverse, "allowed") == 0);
}

static void committed(struct bench *b)
{
    json_t *report =
        apply_expecting(b, "<state-filter>num_pending_writes == 0</state-filter>",
                        "<expect outcome=\"committed\" rung=\"none\"/>", "committed", "none");
    json_t *c = json_array_get(json_object_get(report, "components"), 0);
    static const char *const steps[] = {"validate", "plan",     "stage",  "prepare",
                                        "snapshot", "metadata", "trace",  "transfer",
                                        "init",     "check",    "commit", "cleanup"};

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        CHECK(has_step(report, steps[i]));
    CHECK(json_is_true(json_object_get(report, "expected_outcome_met")));
    check_moved(b, c);
    check_moved(b, json_object_get(c, "rehearsal"));
    check_rehearsal(json_object_get(c, "rehearsal"));
    CHECK(strcmp(text_of(c, "old_build_id"), text_of(c, "new_build_id")) != 0);
    json_decref(report);
    check_clean(b, true);
}

static void prepare_fails(struct bench *b)
{
    json_t *report;

    fake_set_fault(b->fake, FAKE_PREPARE_FAILS);
    report = apply_expecting(b, "", "", "undone", "cancel");
    CHECK_TEXT(text_of(report, "path"), "my_s.u");
    CHECK_TEXT(text_of(report, "component"), "net");
    CHECK_TEXT(text_of(report, "step"), "prepare");
    json_decref(report);
    check_clean(b, false);
}

static void prepare_never(struct bench *b)
{
    struct fake_seen seen;
    json_t *report;

    fake_set_fault(b->fake, FAKE_PREPARE_NEVER);
    report = apply_expecting(b, "", "<deadlines prepare=\"100\"/>", "undone", "cancel");
    json_decref(report);
    fake_seen(b->fake, &seen);
    CHECK(seen.undos == 1 && seen.leases > 0);
    check_clean(b, false);
}

/* Nothing was saved yet: all depends on the guest's own undo, and it gets the time for it. */
static void prepare_stalls(struct bench *b)
{
    json_t *report;

    fake_set_fault(b->fake, FAKE_PREPARE_STALLS);
    report = apply_expecting(b, "", "", "undone", "cancel");
    CHECK(strstr(text_of(report, "reason"), "fell silent"));
    json_decref(report);
    check_clean(b, false);
}

static void prepare_panics(struct bench *b)
{
    json_t *report;

    fake_set_fault(b->fake, FAKE_PREPARE_PANICS);
    report = apply_expecting(b, "", "", "not-undone", "none");
    CHECK(strstr(text_of(report, "reason"), "made to panic"));
    CHECK(json_real_value(json_object_get(report, "ms")) < 3000); /* nobody waits for the dead */
    json_decref(report);
    check_clean(b, false);
}

static uint64_t address_in(struct bench *b, const char *file, const char *name)
{
    char path[512];
    struct st_image *image;
    const struct lu_global *global;
    uint64_t addr;

    snprintf(path, sizeof(path), "%s/%s", b->images, file);
    CHECK(st_image_open(&image, path, NULL) == 0);
    global = st_desc_global(st_image_desc(image), name, NULL, NULL);
    CHECK(global);
    addr = global->addr;
    st_image_close(image);
    return addr;
}

static uint64_t address_of(struct bench *b, const char *name)
{
    return address_in(b, "net.elf", name);
}

/* The guest says it is ready; the agent looks for itself. */
static void filter_lie(struct bench *b)
{
    uint32_t five = 5;
    json_t *report;

    fake_poke(b->fake, address_of(b, "num_pending_writes"), &five, sizeof(five));
    report = apply_expecting(b, "<state-filter>num_pending_writes == 0</state-filter>", "",
                             "undone", "cancel");
    CHECK_TEXT(text_of(report, "step"), "snapshot");
    CHECK(strstr(text_of(report, "reason"), "frozen memory"));
    json_decref(report);
    check_clean(b, false);
}

/* What the old version calls broken is not carried over. */
static void invariant_old(struct bench *b)
{
    uint32_t five = 5;
    struct fake_seen seen;
    json_t *report;

    fake_poke(b->fake, address_of(b, "num_pending_writes"), &five, sizeof(five));
    report = apply_expecting(b, "", "", "undone", "cancel");
    CHECK_TEXT(text_of(report, "step"), "snapshot");
    CHECK_TEXT(text_of(report, "component"), "net");
    CHECK_TEXT(text_of(report, "path"), "pending_writes");
    CHECK(strstr(text_of(report, "reason"), "before the update already: invariant (iface.c:"));
    CHECK(strstr(text_of(report, "reason"), "num_pending_writes == count("));
    json_decref(report);
    fake_seen(b->fake, &seen);
    CHECK(seen.proceeds == 0);
    check_clean(b, false);
}

/* Cancelled by the rehearsal: the guest was not asked to do anything. */
static void check_rehearsed(struct bench *b, json_t *report, const char *path, const char *reason)
{
    json_t *c = json_array_get(json_object_get(report, "components"), 0);
    struct fake_seen seen;

    CHECK_TEXT(text_of(report, "step"), "snapshot");
    CHECK_TEXT(text_of(report, "component"), "net");
    CHECK_TEXT(text_of(report, "path"), path);
    if (!strstr(text_of(report, "reason"), reason))
        fprintf(stderr, "reason: %s\n", text_of(report, "reason"));
    CHECK(strstr(text_of(report, "reason"), reason));
    if (strncmp(reason, "rehearsal", 9) == 0)
        CHECK(json_is_false(json_object_get(json_object_get(c, "rehearsal"), "passed")));
    fake_seen(b->fake, &seen);
    CHECK(seen.prepares == 1 && seen.proceeds == 0);
    json_decref(report);
    check_clean(b, false);
}

/* What the guest's own transfer would stumble over. */
static void rehearsal_transfer(struct bench *b)
{
    uint64_t nowhere = 0x2badd00d;

    fake_poke(b->fake, address_of(b, "netif_list"), &nowhere, sizeof(nowhere));
    check_rehearsed(b, apply_expecting(b, "", "", "undone", "cancel"), "netif_list",
                    "rehearsal, transfer: leads to freed memory (0x2badd00d)");
}

/* ... and is left to it. */
static void rehearsal_off(struct bench *b)
{
    uint64_t nowhere = 0x2badd00d;
    json_t *report, *rehearsal;

    fake_poke(b->fake, address_of(b, "netif_list"), &nowhere, sizeof(nowhere));
    fake_set_fault(b->fake, FAKE_TRANSFER_FAILS);
    report = apply_expecting(b, "", "<rehearse mode=\"off\"/>", "undone", "hot rollback");
    rehearsal =
        json_object_get(json_array_get(json_object_get(report, "components"), 0), "rehearsal");
    CHECK_TEXT(text_of(rehearsal, "mode"), "off");
    CHECK(json_object_size(rehearsal) == 1);
    json_decref(report);
    check_clean(b, false);
}

/* Offset of a member, by names, in an image's structure. */
static uint64_t offset_in(struct bench *b, const char *file, const char *tag, const char *member)
{
    char path[512];
    struct st_image *image;
    const struct st_desc *d;
    const struct lu_type *t;
    uint64_t offset = UINT64_MAX;

    snprintf(path, sizeof(path), "%s/%s", b->images, file);
    CHECK(st_image_open(&image, path, NULL) == 0);
    d = st_image_desc(image);
    t = &d->types[st_desc_type(d, LU_T_STRUCT, tag)];
    for (uint32_t i = 0; i < t->count; i++)
        if (strcmp(st_desc_string(d, d->members[t->first + i].name), member) == 0)
            offset = d->members[t->first + i].bit_offset / 8;
    st_image_close(image);
    CHECK(offset != UINT64_MAX);
    return offset;
}

#define MERGED                                                                                     \
    "<rules><rename kind=\"enumerator\" from=\"net_request_state.NET_REQUEST_WAITING\" "           \
    "to=\"NET_REQUEST_DONE\"/></rules>"

/* A connection has data that its client was not told of. */
static void let_be_done(struct bench *b)
{
    uint32_t done = 2;
    uint64_t at = address_of(b, "conns") + offset_in(b, "net.elf", "net_conn", "recv") +
                  offset_in(b, "net.elf", "net_request", "state");

    fake_poke(b->fake, at, &done, sizeof(done));
}

/* The rules make two states one: nothing that a transfer could see, and yet a loss. */
static void rehearsal_loss(struct bench *b)
{
    let_be_done(b);
    check_rehearsed(b, apply_expecting(b, MERGED, "", "undone", "cancel"),
                    "conn.c:conns[0].recv.state",
                    "rehearsal, reverse check: is NET_REQUEST_DONE, and would come back as "
                    "NET_REQUEST_WAITING");
}

static void rehearsal_loss_accepted(struct bench *b)
{
    json_t *report, *rehearsal;

    let_be_done(b);
    report = apply_expecting(b, MERGED "<rehearse mode=\"transfer\"/>",
                             "<rehearse mode=\"reverse\"/>", "committed", "none");
    rehearsal =
        json_object_get(json_array_get(json_object_get(report, "components"), 0), "rehearsal");
    CHECK_TEXT(text_of(rehearsal, "mode"), "transfer");
    CHECK(json_is_true(json_object_get(rehearsal, "passed")));
    CHECK(!json_object_get(rehearsal, "reverse"));
    json_decref(report);
    check_clean(b, true);
}

/* Standing grants are roots, as in the guest. */
static void rehearsal_grant(struct bench *b)
{
    fake_share(b->fake, address_of(b, "conn_chunk") + 16, 64);
    json_decref(apply_expecting(b, "", "", "committed", "none"));
}

static void rehearsal_grant_foreign(struct bench *b)
{
    fake_share(b->fake, LU_VA_HEAP + 4096, 64);
    check_rehearsed(b, apply_expecting(b, "", "", "undone", "cancel"), "",
                    "rehearsal, transfer: grant 69 gives away memory that is no known object");
}

/* A component that dies in its park ends the rehearsal, too. */
static void rehearsal_death(struct bench *b)
{
    fake_set_fault(b->fake, FAKE_READY_DIES);
    check_rehearsed(b, apply_expecting(b, "", "", "undone", "cancel"), "my_s.u", "made to fail");
}

/* The introspection block is a guest's word, too. */
static void rehearsal_windows(struct bench *b)
{
    fake_map_dma(b->fake, LU_VA_DMA_END - 4096, 8192);
    check_rehearsed(b, apply_expecting(b, "", "", "undone", "cancel"), "",
                    "introspection block: device memory of net at 0x5bfff000+0x2000");
}

/* A guest that claims what can't be: it is not believed anything. */
static void figures_lie(struct bench *b)
{
    struct lu_moved moved;
    char says[64], was[64];
    json_t *report;

    fake_moves(b->fake, &moved);
    snprintf(says, sizeof(says), "says that its transfer moved %llu objects",
             (unsigned long long)moved.objects);
    snprintf(was, sizeof(was), "%llu pointers", (unsigned long long)moved.pointers + 1);
    fake_set_fault(b->fake, FAKE_FIGURES_LIE);
    report = apply_expecting(b, "", "", "undone", "hot rollback");
    CHECK_TEXT(text_of(report, "step"), "check");
    CHECK_TEXT(text_of(report, "component"), "net");
    CHECK(strstr(text_of(report, "reason"), says) && strstr(text_of(report, "reason"), was));
    CHECK(strstr(text_of(report, "reason"), "the rehearsal with the same state moved"));
    json_decref(report);
    check_clean(b, false);
    json_decref(apply_expecting(b, "", "<rehearse mode=\"off\"/>", "committed", "none"));
}

/* The guest says that all is well; its memory says otherwise. */
static void invariant_new(struct bench *b)
{
    uint32_t five = 5;
    json_t *report;

    fake_poke_new(b->fake, address_in(b, "net-v2.elf", "num_pending_writes"), &five, sizeof(five));
    report = apply_expecting(b, "", "", "undone", "hot rollback");
    CHECK_TEXT(text_of(report, "step"), "check");
    CHECK_TEXT(text_of(report, "component"), "net");
    CHECK_TEXT(text_of(report, "path"), "pending_writes");
    CHECK(strstr(text_of(report, "reason"), "check of the new state: invariant (iface.c:"));
    json_decref(report);
    check_clean(b, false);
}

/* A pointer in the new state that leads nowhere. */
static void audit_fails(struct bench *b)
{
    uint64_t nowhere = 0x2badd00d;
    json_t *report;

    fake_poke_new(b->fake, address_in(b, "net-v2.elf", "netif_list"), &nowhere, sizeof(nowhere));
    report = apply_expecting(b, "", "", "undone", "hot rollback");
    CHECK_TEXT(text_of(report, "step"), "check");
    CHECK_TEXT(text_of(report, "path"), "netif_list");
    CHECK(strstr(text_of(report, "reason"), "audit of the new state: 0x2badd00d points to"));
    json_decref(report);
    check_clean(b, false);
}

static void transfer_fails(struct bench *b)
{
    json_t *report;

    fake_set_fault(b->fake, FAKE_TRANSFER_FAILS);
    report = apply_expecting(b, "", "<expect outcome=\"committed\"/>", "undone", "hot rollback");
    CHECK(json_is_false(json_object_get(report, "expected_outcome_met")));
    CHECK_TEXT(text_of(report, "reason"), "made to fail");
    json_decref(report);
    check_clean(b, false);
}

static void restored(struct bench *b, enum fake_fault fault)
{
    struct fake_seen before, after;
    uint64_t sum = fake_memory_sum(b->fake);

    fake_set_fault(b->fake, fault);
    fake_seen(b->fake, &before);
    json_decref(apply_expecting(b, "", "", "undone", "restore"));
    fake_seen(b->fake, &after);
    CHECK(after.restores == 1);
    CHECK(fake_memory_sum(b->fake) == sum);
    check_clean(b, false);
    fake_set_fault(b->fake, FAKE_GOOD); /* and it can be updated again */
    json_decref(apply_expecting(b, "", "", "committed", "none"));
}

static void transfer_hangs(struct bench *b)
{
    restored(b, FAKE_TRANSFER_HANGS);
}

static void transfer_panics(struct bench *b)
{
    restored(b, FAKE_TRANSFER_PANICS);
}

static void transfer_resets(struct bench *b)
{
    restored(b, FAKE_TRANSFER_RESETS);
}

static void undo_lies(struct bench *b)
{
    restored(b, FAKE_UNDO_LIES);
}

static void commit_never(struct bench *b)
{
    restored(b, FAKE_COMMIT_NEVER);
}

static void init_lies(struct bench *b)
{
    json_t *report;

    fake_set_fault(b->fake, FAKE_INIT_LIES);
    report = apply_expecting(b, "", "", "undone", "cancel");
    CHECK_TEXT(text_of(report, "step"), "check");
    json_decref(report);
    check_clean(b, false);
}

static void restore_deaf(struct bench *b)
{
    uint64_t sum = fake_memory_sum(b->fake);

    fake_set_fault(b->fake, FAKE_RESTORE_DEAF);
    json_decref(apply_expecting(b, "", "", "not-undone", "none"));
    CHECK(fake_memory_sum(b->fake) == sum);
    check_clean(b, false);
}

static void restore_first(struct bench *b)
{
    struct fake_seen seen;

    fake_set_fault(b->fake, FAKE_TRANSFER_FAILS);
    json_decref(apply_expecting(b, "", "<undo from=\"restore\"/>", "undone", "restore"));
    fake_seen(b->fake, &seen);
    CHECK(seen.undos == 0 && seen.restores == 1);
    check_clean(b, false);
}

static void garbage(struct bench *b)
{
    json_t *info;

    fake_set_fault(b->fake, FAKE_GARBAGE);
    json_decref(apply_expecting(b, "", "", "committed", "none"));
    check_clean(b, true);
    fake_set_fault(b->fake, FAKE_GOOD);
    do { /* the count is published when the worker is idle again */
        info = bench_call(b, "guest.info", json_pack("{s:s}", "name", "g"));
        CHECK_TEXT(text_of(info, "state"), "running");
        if (json_integer_value(json_object_get(info, "frames_dropped")) > 10)
            break;
        json_decref(info);
    } while (true);
    json_decref(info);
}

/* Three frames each way while the output is held. */
static void send_three(struct bench *b)
{
    for (int i = 0; i < 3; i++) {
        char out[8] = "out 0", in[8] = "in 0";

        out[4] = in[3] = (char)('0' + i);
        fake_net_send(b->fake, out, 5);
        fake_net_deliver(b->fake, in, 4);
    }
}

static bool at_metadata(const char *step, const char *text)
{
    return strcmp(step, "metadata") == 0 && strcmp(text, "begins") == 0;
}

static void send_and_go(struct bench *b, const char *step, const char *text)
{
    if (!at_metadata(step, text))
        return;
    send_three(b);
    fake_go(b->fake);
}

static void send_only(struct bench *b, const char *step, const char *text)
{
    if (at_metadata(step, text))
        send_three(b);
}

static void expect_frames(const uint8_t *buf, size_t n, const char *word, size_t len)
{
    CHECK(n == 3 * (4 + len));
    for (size_t i = 0; i < 3; i++) {
        const uint8_t *frame = buf + i * (4 + len);

        CHECK(frame[3] == len);
        CHECK(memcmp(frame + 4, word, len - 1) == 0 && frame[4 + len - 1] == '0' + i);
    }
}

static void hold_released(struct bench *b)
{
    uint8_t buf[4096];
    json_t *report;

    fake_set_fault(b->fake, FAKE_WAITS);
    b->on_progress = send_and_go;
    report = apply_expecting(b, "", "", "committed", "none");
    CHECK(json_integer_value(json_object_get(report, "held_frames")) == 3);
    json_decref(report);
    expect_frames(buf, fake_net_sent(b->fake, buf, sizeof(buf)), "out 0", 5);
    CHECK(fake_net_replayed(b->fake, buf, sizeof(buf)) == 0);
}

static void hold_discarded(struct bench *b)
{
    uint8_t buf[4096];

    fake_set_fault(b->fake, FAKE_TRANSFER_HANGS);
    b->on_progress = send_only;
    json_decref(apply_expecting(b, "", "", "undone", "restore"));
    CHECK(fake_net_sent(b->fake, buf, sizeof(buf)) == 0);
    expect_frames(buf, fake_net_replayed(b->fake, buf, sizeof(buf)), "in 0", 4);
}

static void hold_overflows(struct bench *b)
{
    json_t *report;

    fake_set_fault(b->fake, FAKE_FLOOD);
    report = apply_expecting(b, "", "", "undone", "hot rollback");
    CHECK(strstr(text_of(report, "reason"), "held"));
    json_decref(report);
    check_clean(b, false);
}

static void refused_without_touching(struct bench *b, const char *xml, const char *reason)
{
    json_t *report = bench_call(b, "scenario.apply",
                                json_pack("{s:s, s:s, s:s, s:s}", "guest", "g", "xml", xml, "file",
                                          "bad.xml", "base_dir", b->dir));
    struct fake_seen seen;

    CHECK(report);
    CHECK_TEXT(text_of(report, "outcome"), "refused");
    CHECK_TEXT(text_of(report, "rung"), "refuse");
    CHECK(strncmp(text_of(report, "where"), "bad.xml:", 8) == 0);
    if (!strstr(text_of(report, "reason"), reason))
        fprintf(stderr, "reason: %s\n", text_of(report, "reason"));
    CHECK(strstr(text_of(report, "reason"), reason));
    json_decref(report);
    fake_seen(b->fake, &seen);
    CHECK(seen.stages == 0);
    check_clean(b, false);
}

static void write_text(struct bench *b, const char *name, const char *text)
{
    char path[256];
    FILE *f;

    bench_path(b, path, sizeof(path), name);
    f = fopen(path, "we");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void refusals(struct bench *b)
{
    write_text(b, "text.elf", "this is no ELF file");
    refused_without_touching(b,
                             "<scenario name=\"a\"><component name=\"net\" image=\"text.elf\"/>"
                             "</scenario>",
                             "ELF");
    refused_without_touching(b,
                             "<scenario name=\"a\"><component name=\"net\" image=\"none.elf\"/>"
                             "</scenario>",
                             "none.elf");
    refused_without_touching(b,
                             "<scenario name=\"a\"><component name=\"net\" image=\"echo.elf\"/>"
                             "</scenario>",
                             "holds component 'echo'");
    refused_without_touching(b,
                             "<scenario name=\"a\"><component name=\"echo\" image=\"echo.elf\"/>"
                             "</scenario>",
                             "no component 'echo'");
    refused_without_touching(b,
                             "<scenario name=\"a\"><component name=\"net\" image=\"net-v2.elf\">"
                             "<state-filter>no_such == 0</state-filter></component></scenario>",
                             "no_such");
    CHECK(!bench_call(b, "scenario.apply", json_pack("{s:s, s:s}", "guest", "g", "xml", "<x/>")));
    CHECK_TEXT(b->fault.kind, "refused");
    CHECK(b->fault.where[0]);
}

static const struct {
    const char *name;
    void (*run)(struct bench *b);
    size_t hold_limit;
} cases[] = {
    {"committed", committed, 0},
    {"prepare-fails", prepare_fails, 0},
    {"prepare-never", prepare_never, 0},
    {"prepare-stalls", prepare_stalls, 0},
    {"prepare-panics", prepare_panics, 0},
    {"filter-lie", filter_lie, 0},
    {"invariant-old", invariant_old, 0},
    {"invariant-new", invariant_new, 0},
    {"audit-fails", audit_fails, 0},
    {"rehearsal-transfer", rehearsal_transfer, 0},
    {"rehearsal-off", rehearsal_off, 0},
    {"rehearsal-loss", rehearsal_loss, 0},
    {"rehearsal-loss-accepted", rehearsal_loss_accepted, 0},
    {"rehearsal-grant", rehearsal_grant, 0},
    {"rehearsal-grant-foreign", rehearsal_grant_foreign, 0},
    {"rehearsal-death", rehearsal_death, 0},
    {"rehearsal-windows", rehearsal_windows, 0},
    {"figures-lie", figures_lie, 0},
    {"transfer-fails", transfer_fails, 0},
    {"transfer-hangs", transfer_hangs, 0},
    {"transfer-panics", transfer_panics, 0},
    {"transfer-resets", transfer_resets, 0},
    {"undo-lies", undo_lies, 0},
    {"init-lies", init_lies, 0},
    {"commit-never", commit_never, 0},
    {"restore-deaf", restore_deaf, 0},
    {"restore-first", restore_first, 0},
    {"garbage", garbage, 0},
    {"hold-released", hold_released, 0},
    {"hold-discarded", hold_discarded, 0},
    {"hold-overflows", hold_overflows, 100000},
    {"refusals", refusals, 0},
};

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench b = {.hold_limit = cases[i].hold_limit};

        if (strcmp(argv[2], cases[i].name) != 0)
            continue;
        bench_open(&b, argv[1]);
        cases[i].run(&b);
        bench_close(&b);
        return 0;
    }
    fprintf(stderr, "no case '%s'\n", argv[2]);
    return 1;
}
