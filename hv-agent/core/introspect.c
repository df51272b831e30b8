/* SPDX-License-Identifier: MIT
 *
 * The introspection block and what hangs from it.
 */
#include "introspect.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int hva_phys_read(const struct hva_ram *ram, uint64_t phys, void *buf, size_t len)
{
    uint8_t *out = buf;

    if (phys > ram->size || len > ram->size - phys)
        return -EFAULT;
    while (len > 0) {
        size_t n = LU_PAGE_SIZE - phys % LU_PAGE_SIZE;

        n = !ram->present || n > len ? len : n;
        if (!ram->present || ram->present[phys / LU_PAGE_SIZE])
            memcpy(out, ram->base + phys, n);
        else
            memset(out, 0, n);
        out += n;
        phys += n;
        len -= n;
    }
    return 0;
}

int hva_inspect_read(const struct hva_ram *ram, struct lu_inspect *ret, struct lu_err *err)
{
    struct lu_inspect block;

    if (hva_phys_read(ram, LU_INSPECT_PHYS, &block, sizeof(block)) < 0)
        return lu_err_set(err, -ENODATA, "guest has only %llu bytes of memory",
                          (unsigned long long)ram->size);
    if (block.magic != LU_INSPECT_MAGIC)
        return lu_err_set(err, -ENODATA, "no introspection block at %#llx", LU_INSPECT_PHYS);
    if (block.version != LU_INSPECT_VERSION || block.size != sizeof(block))
        return lu_err_set(err, -EBADMSG,
                          "introspection block: version %u, %u bytes; expected %u, %zu",
                          block.version, block.size, LU_INSPECT_VERSION, sizeof(block));
    if (block.n_slots > LU_MAX_SLOTS)
        return lu_err_set(err, -EBADMSG, "introspection block: %u slots, at most %u expected",
                          block.n_slots, LU_MAX_SLOTS);
    block.epitaph.text[sizeof(block.epitaph.text) - 1] = '\0';
    *ret = block;
    return 0;
}

static int slot_read(const struct hva_ram *ram, const struct lu_inspect *block, uint32_t i,
                     struct lu_inspect_slot *ret, struct lu_err *err)
{
    uint64_t phys = block->slots + (uint64_t)i * sizeof(*ret);

    if (phys < block->slots || hva_phys_read(ram, phys, ret, sizeof(*ret)) < 0)
        return lu_err_set(err, -EBADMSG, "introspection block: slot table at %#llx is not in RAM",
                          (unsigned long long)block->slots);
    ret->name[LU_NAME_MAX - 1] = '\0';
    return 0;
}

int hva_inspect_slots(const struct hva_ram *ram, const struct lu_inspect *block,
                      void (*fn)(void *arg, const struct lu_inspect_slot *slot), void *arg,
                      struct lu_err *err)
{
    struct lu_inspect_slot slot = {0};

    for (uint32_t i = 0; i < block->n_slots; i++) {
        int ret = slot_read(ram, block, i, &slot, err);

        if (ret < 0)
            return ret;
        if (slot.ep != 0)
            fn(arg, &slot);
    }
    return 0;
}

static bool within(uint64_t addr, uint64_t len, uint64_t first, uint64_t end)
{
    return addr >= first && addr <= end && len <= end - addr;
}

static const struct lu_map *outside(const struct lu_map *maps, uint32_t n, uint64_t first,
                                    uint64_t end)
{
    for (uint32_t i = 0; i < n; i++)
        if (maps[i].len && !within(maps[i].va, maps[i].len, first, end))
            return &maps[i];
    return NULL;
}

static int windows_check(const struct lu_inspect_windows *w, const char *name, struct lu_err *err)
{
    const struct lu_map *m = outside(w->dma, LU_INSPECT_DMA, LU_VA_DMA, LU_VA_DMA_END);

    if (!m)
        m = outside(w->mmio, LU_INSPECT_MMIO, LU_VA_MMIO, LU_VA_MMIO_END);
    if (m)
        return lu_err_set(err, -EBADMSG,
                          "introspection block: device memory of %s at %#llx+%#llx, where none is",
                          name, (unsigned long long)m->va, (unsigned long long)m->len);
    for (uint32_t i = 0; i < LU_MAX_GRANTS; i++)
        if (w->grants[i].addr + w->grants[i].len < w->grants[i].addr)
            return lu_err_set(err, -EBADMSG,
                              "introspection block: grant %u of %s at %#llx+%#llx has no end",
                              w->grants[i].id, name, (unsigned long long)w->grants[i].addr,
                              (unsigned long long)w->grants[i].len);
    return 0;
}

int hva_inspect_windows(const struct hva_ram *ram, const struct lu_inspect *block,
                        const struct lu_inspect_slot *slot, struct lu_inspect_windows *ret,
                        struct lu_err *err)
{
    uint64_t index = LU_EP_SLOT(slot->ep), phys = block->windows + index * sizeof(*ret);
    struct lu_inspect_windows windows;
    int r;

    if (index >= block->n_slots || phys < block->windows ||
        hva_phys_read(ram, phys, &windows, sizeof(windows)) < 0)
        return lu_err_set(err, -EBADMSG,
                          "introspection block: windows of slot %llu at %#llx are not in RAM",
                          (unsigned long long)index, (unsigned long long)phys);
    r = windows_check(&windows, slot->name, err);
    if (r == 0)
        *ret = windows;
    return r;
}

struct slot_search {
    const char *name;
    struct lu_inspect_slot *ret;
    bool found;
};

static void slot_match(void *arg, const struct lu_inspect_slot *slot)
{
    struct slot_search *search = arg;

    if (!search->found && strcmp(slot->name, search->name) == 0) {
        *search->ret = *slot;
        search->found = true;
    }
}

int hva_inspect_slot(const struct hva_ram *ram, const struct lu_inspect *block, const char *name,
                     struct lu_inspect_slot *ret, struct lu_err *err)
{
    struct lu_inspect_slot slot;
    struct slot_search search = {.name = name, .ret = &slot};
    int r = hva_inspect_slots(ram, block, slot_match, &search, err);

    if (r < 0)
        return r;
    if (!search.found)
        return lu_err_set(err, -ENOENT, "guest has no component '%s'", name);
    *ret = slot;
    return 0;
}

int hva_inspect_trace(const struct hva_ram *ram, const struct lu_inspect *block,
                      struct lu_trace_event *events, size_t max, size_t *ret_n, struct lu_err *err)
{
    uint64_t n = block->next_event < block->n_events ? block->next_event : block->n_events;
    uint64_t bytes = (uint64_t)block->n_events * sizeof(*events);

    if (block->n_events > 0 && (block->events > ram->size || bytes > ram->size - block->events))
        return lu_err_set(err, -EBADMSG, "introspection block: trace ring at %#llx is not in RAM",
                          (unsigned long long)block->events);
    if (n > max)
        n = max;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t at = (block->next_event - n + i) % block->n_events;

        hva_phys_read(ram, block->events + at * sizeof(*events), &events[i], sizeof(*events));
    }
    *ret_n = n;
    return 0;
}

void hva_epitaph_text(const struct lu_inspect *block, char *buf, size_t size)
{
    const struct lu_epitaph *e = &block->epitaph;
    uint32_t n = e->n_frames < 16 ? e->n_frames : 16;
    size_t used;

    buf[0] = '\0';
    if (e->valid != LU_EPITAPH_VALID)
        return;
    used = (size_t)snprintf(buf, size,
                            "kernel panic: %s\nvector %u error %#llx rip %#llx rsp %#llx cr2 %#llx "
                            "current %#x, %.3f s after boot\nreturn addresses:",
                            e->text, e->vector, (unsigned long long)e->error,
                            (unsigned long long)e->rip, (unsigned long long)e->rsp,
                            (unsigned long long)e->cr2, e->current, (double)e->uptime_ns / 1e9);
    for (uint32_t i = 0; i < n && used < size; i++)
        used +=
            (size_t)snprintf(buf + used, size - used, " %#llx", (unsigned long long)e->frames[i]);
}
