/* SPDX-License-Identifier: MIT
 *
 * Cost of IPC: stands where the update server stands, starts `pong` from the
 * archive, and times calls side by side in one run.  Prints one line per figure,
 * as multiples of a null kernel call, so that accelerators and machines compare.
 */
#include <string.h>

#include <lu/archive.h>
#include <lu/event.h>
#include <lu/log.h>

#include "../../../guestos/servers/update/image.h"

#define ROUNDS 20000u
#define REPEATS 5u

static const struct lu_archive_entry *entry_find(const struct lu_archive *archive, const char *name)
{
    for (uint32_t i = 0; i < archive->n_entries; i++)
        if (strcmp(archive->entries[i].name, name) == 0)
            return &archive->entries[i];
    return NULL;
}

static lu_ep pong_start(void)
{
    char why[IMAGE_WHY_MAX];
    const struct lu_archive_entry *entry;
    struct image image;
    struct lu_map map;
    long ep;

    if (sys_archive_map(&map) < 0)
        return LU_EP_NONE;
    entry = entry_find((const struct lu_archive *)map.va, "pong");
    if (!entry || image_parse((const void *)(map.va + entry->offset), entry->size, &image, why) < 0)
        return LU_EP_NONE;
    ep = sys_proc_create(entry->name, &entry->rights);
    for (uint32_t i = 0; i < image.n_segments && ep > 0; i++) {
        const struct image_segment *s = &image.segments[i];

        if (sys_proc_map((lu_ep)ep, s->va, s->mem_size, s->prot) < 0 ||
            (s->file_size > 0 &&
             sys_proc_write((lu_ep)ep, s->va + s->lead, image.data + s->offset, s->file_size) < 0))
            return LU_EP_NONE;
    }
    if (ep < 0 || sys_proc_start((lu_ep)ep, image.entry, LU_START_FRESH, image.build_id) < 0)
        return LU_EP_NONE;
    return (lu_ep)ep;
}

enum bench { BENCH_NULL, BENCH_CALL, BENCH_POST, BENCH_COUNT };

static int bench_once(enum bench what, lu_ep pong)
{
    struct lu_msg m = {.type = LU_MSG(9, 1)};
    int ret;

    switch (what) {
    case BENCH_NULL:
        return sys_clock() == 0;
    case BENCH_CALL:
        return sys_sendrec(pong, &m);
    default: /* one message there, one back, both queued */
        m.type = LU_MSG(9, 2);
        ret = sys_post(pong, &m);
        return ret < 0 ? ret : sys_receive_from(pong, &m, 0);
    }
}

/* Best of several runs, in nanoseconds for ROUNDS calls; 0 on failure. */
static uint64_t bench_run(enum bench what, lu_ep pong)
{
    uint64_t best = UINT64_MAX;

    for (unsigned repeat = 0; repeat < REPEATS; repeat++) {
        uint64_t start = sys_clock(), ns;

        for (unsigned i = 0; i < ROUNDS; i++)
            if (bench_once(what, pong) < 0)
                return 0;
        ns = sys_clock() - start;
        if (ns < best)
            best = ns;
    }
    return best;
}

int main(void)
{
    static const char *const names[] = {"null kernel call", "call and reply",
                                        "posted message and answer"};
    lu_ep pong = pong_start();
    uint64_t ns[BENCH_COUNT];

    for (int i = 0; i < BENCH_COUNT; i++) {
        ns[i] = pong == LU_EP_NONE ? 0 : bench_run((enum bench)i, pong);
        if (ns[i] == 0) {
            lu_log("BENCH failed: %s", names[i]);
            return 1;
        }
        lu_log("BENCH %s: %llu ns, %llu.%02llu x a null call", names[i],
               (unsigned long long)(ns[i] / ROUNDS), (unsigned long long)(ns[i] / ns[0]),
               (unsigned long long)(ns[i] * 100 / ns[0] % 100));
    }
    lu_log("BENCH done");
    return 0;
}
