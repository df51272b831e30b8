/* SPDX-License-Identifier: MIT
 *
 * rehearsal-test IMAGES CASE: the rehearsal alone, over the memory of a fake guest: ended at
 * every place where it can be, with every amount of memory, with handlers that it cannot
 * call, and with images that lie about theirs.
 */
#include "bench.h"
#include "core/rehearse.h"
#include "fake-ram.h"

#include <lu/heap.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct stage {
    const char *images;
    struct hva_ram ram;
    struct hva_plan_component component;
    struct hva_frozen frozen;
    unsigned ticks, last; /* the tick that ends it; 0: none */
};

static struct st_image *open_image(const struct stage *s, const char *name)
{
    char path[512];
    struct st_image *image;
    struct st_err err = {0};

    snprintf(path, sizeof(path), "%s/%s", s->images, name);
    if (st_image_open(&image, path, &err) < 0) {
        fprintf(stderr, "%s: %s\n", path, err.text);
        exit(1);
    }
    return image;
}

static void make_plan(struct stage *s)
{
    static struct st_rule rules[ST_MAX_RULES];
    struct hva_plan_component *c = &s->component;
    uint32_t n = st_image_initial_rules(c->old_image, c->new_image, rules, ST_MAX_RULES);

    c->rules_size = st_rules_size(rules, n);
    c->rules_blob = malloc(c->rules_size);
    CHECK(c->rules_blob && st_rules_encode(rules, n, c->rules_blob, c->rules_size, NULL) == 0);
    CHECK(st_rules_open(&c->opened, c->rules_blob, c->rules_size, NULL) == 0);
    CHECK(st_image_handlers(c->new_image, &c->handlers, NULL) == 0);
    c->opened.handlers = c->handlers;
    CHECK(st_plan_make(&c->plan, st_image_desc(c->old_image), st_image_desc(c->new_image),
                       &c->opened, &st_host_mem, NULL) == 0);
}

static void stage_open(struct stage *s, const char *images, const char *old, const char *new_)
{
    struct lu_inspect_slot slot;
    struct fake_body body;
    uint64_t pool = FAKE_POOL_PHYS;

    *s = (struct stage){.images = images, .ram.size = (uint64_t)FAKE_RAM_MIB << 20};
    s->ram.base =
        mmap(NULL, s->ram.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(s->ram.base != MAP_FAILED);
    s->component.old_image = open_image(s, old);
    s->component.new_image = open_image(s, new_);
    make_plan(s);
    fake_ram_load(&s->ram, s->component.old_image, &pool, &body);
    fake_ram_boot(&s->ram, "net", &body);
    slot = *fake_ram_slot(&s->ram);
    hva_frozen_open(&s->ram, &slot, fake_ram_windows(&s->ram), &s->frozen);
}

static void stage_close(struct stage *s)
{
    st_plan_free(s->component.plan);
    free(s->component.rules_blob);
    free(s->component.handlers);
    st_image_close(s->component.old_image);
    st_image_close(s->component.new_image);
    munmap(s->ram.base, s->ram.size);
}

static int tick(void *arg)
{
    struct stage *s = arg;

    return ++s->ticks == s->last;
}

static int rehearse(struct stage *s, uint64_t memory, struct hva_rehearsal *ret, struct st_err *err)
{
    const struct hva_rehearsal_order order = {
        .component = &s->component, .frozen = &s->frozen, .memory = memory, .tick = tick, .arg = s};
    const char *what = NULL;
    int r;

    s->ticks = 0;
    *err = (struct st_err){0};
    r = hva_rehearse(&order, LU_REHEARSE_REVERSE, ret, &what, err);
    CHECK(what && *what && ret->done == (r == 0) && ret->mode == LU_REHEARSE_REVERSE);
    return r;
}

/* Stops where it is told to, everywhere, and holds nothing any more (a leak ends the test). */
static void ticks(const char *images)
{
    struct stage s;
    struct hva_rehearsal r;
    struct st_err err;
    unsigned all;

    stage_open(&s, images, "net.elf", "net-v2.elf");
    CHECK(rehearse(&s, s.ram.size, &r, &err) == 0);
    all = s.ticks;
    CHECK(all > 5);
    for (s.last = 1; s.last <= all; s.last++) {
        CHECK(rehearse(&s, s.ram.size, &r, &err) == -LU_ECANCELED && err.code == -LU_ECANCELED);
        CHECK(s.ticks == s.last); /* and is not asked again */
    }
    CHECK(rehearse(&s, s.ram.size, &r, &err) == 0);
    stage_close(&s);
}

/* With any amount of memory it either works or says that there is not enough. */
static void memory(const char *images)
{
    struct stage s;
    struct hva_rehearsal r;
    struct st_err err;
    unsigned short_of = 0;
    int ret;

    stage_open(&s, images, "net.elf", "net-v2.elf");
    for (uint64_t size = 0; size <= s.ram.size; size = size * 5 / 4 + 64) {
        ret = rehearse(&s, size, &r, &err);
        CHECK(ret == 0 || (ret == -LU_ENOMEM && err.code == -LU_ENOMEM));
        short_of += ret < 0;
    }
    CHECK(ret == 0 && short_of > 20);
    stage_close(&s);
}

#define UNITS_VA (LU_VA_HEAPMETA + 0x100000)
#define SPANS_VA (LU_VA_HEAPMETA + 0x910000)

/* One live object of `size` bytes, known to a peer, all of whose pages are the same one. */
static void alias_heap(struct stage *s, uint32_t size)
{
    uint64_t pool = 24ull << 20, header = pool, span = pool + 4096, ones = pool + 8192;
    uint32_t n_units = size / LU_HEAP_UNIT, *unit = (uint32_t *)(s->ram.base + ones);

    pool += 16384;
    memcpy(s->ram.base + header,
           &(struct lu_heap){.magic = LU_HEAP_MAGIC,
                             .units = UNITS_VA,
                             .spans = SPANS_VA,
                             .n_units = n_units,
                             .n_spans = 2},
           sizeof(struct lu_heap));
    memcpy(s->ram.base + span + sizeof(struct lu_heap_span),
           &(struct lu_heap_span){.live = {1},
                                  .base = LU_VA_HEAP,
                                  .stride = size,
                                  .n_units = n_units,
                                  .req = size - 16,
                                  .n_objs = 1},
           sizeof(struct lu_heap_span));
    for (uint32_t i = 0; i < 1024; i++)
        unit[i] = 1;
    fake_ram_alias(&s->ram, s->frozen.root, LU_VA_HEAPMETA, 4096, header, &pool);
    fake_ram_alias(&s->ram, s->frozen.root, SPANS_VA, 4096, span, &pool);
    fake_ram_alias(&s->ram, s->frozen.root, UNITS_VA, n_units * 4 + 4096, ones, &pool);
    fake_ram_alias(&s->ram, s->frozen.root, LU_VA_HEAP, size, ones + 4096, &pool);
    s->frozen.grants[0] =
        (struct st_grant){.id = 64, .flags = LU_GRANT_READ, .addr = LU_VA_HEAP, .len = 100};
    s->frozen.n_grants = 1;
}

/* A heap larger than the guest's memory can only be made of lies. */
static void aliased_heap(const char *images)
{
    struct stage s;
    struct hva_rehearsal r;
    struct st_err err;

    for (uint32_t mib = 8; mib <= 512; mib *= 4) {
        stage_open(&s, images, "net.elf", "net-v2.elf");
        alias_heap(&s, mib << 20);
        if (mib < FAKE_RAM_MIB / 2) {
            CHECK(rehearse(&s, s.ram.size, &r, &err) == 0);
            CHECK(r.moved.bytes > mib << 20);
            s.last = 20;
            CHECK(rehearse(&s, s.ram.size, &r, &err) == -LU_ECANCELED);
        } else {
            CHECK(rehearse(&s, s.ram.size, &r, &err) == -LU_ENOMEM);
            CHECK_TEXT(err.text, "no memory for the new version's heap");
        }
        stage_close(&s);
    }
}

/* Makes a part of the old version's variable nothing that a bool may be. */
static void poke(struct stage *s, const char *name, size_t at, size_t len)
{
    const struct lu_global *g =
        st_desc_global(st_image_desc(s->component.old_image), name, NULL, NULL);

    CHECK(g && at + len <= g->size);
    for (size_t i = at; i < at + len; i++)
        memset(fake_ram_at(&s->ram, s->frozen.root, g->addr + i), 0xee, 1);
}

/* Counted, not called; nobody can say what they would have left. */
static void handlers(const char *images)
{
    struct stage s;
    struct hva_rehearsal r;
    struct st_err err;

    stage_open(&s, images, "net-v2.elf", "net-crash.elf");
    CHECK(s.component.handlers && s.component.handlers[0].kind == ST_HANDLER_TYPE);
    CHECK_TEXT(s.component.handlers[0].name, "net_conn");
    CHECK(!s.component.handlers[0].convert && !s.component.handlers[1].kind);
    CHECK(rehearse(&s, s.ram.size, &r, &err) == 0);
    CHECK(r.moved.handled == 96 && !r.audited); /* one for each place in the table */
    CHECK(r.back.exempt >= 96);
    poke(&s, "conns", 160, 4); /* flags of a connection, the handler's: not looked into */
    CHECK(rehearse(&s, s.ram.size, &r, &err) == 0 && r.moved.handled == 96);
    poke(&s, "isn_key_set", 0, 1); /* the rest is */
    CHECK(rehearse(&s, s.ram.size, &r, &err) == -LU_ERANGE);
    CHECK_TEXT(err.path, "port.c:isn_key_set");
    stage_close(&s);
    stage_open(&s, images, "net.elf", "net-v2.elf");
    CHECK(!s.component.handlers);
    stage_close(&s);
}

/* Where the image's bytes hold what lies at an address. */
static uint8_t *byte_at(const struct st_image *image, uint8_t *bytes, uint64_t addr)
{
    const struct st_image_segment *segments;
    uint32_t n = st_image_segments(image, &segments);
    size_t size;
    const uint8_t *file = st_image_bytes(image, &size);

    for (uint32_t i = 0; i < n; i++)
        if (addr >= segments[i].addr && addr - segments[i].addr < segments[i].file_size)
            return bytes + ((const uint8_t *)segments[i].data - file) + (addr - segments[i].addr);
    fprintf(stderr, "%#llx is not in the image\n", (unsigned long long)addr);
    exit(1);
}

static void expect_bad(const uint8_t *bytes, size_t size, const char *text)
{
    struct st_handler *table = NULL;
    struct st_image *image;
    struct st_err err = {0};

    CHECK(st_image_parse(&image, bytes, size, &err) == 0);
    CHECK(st_image_handlers(image, &table, &err) == -LU_EFORMAT && !table);
    CHECK_TEXT(err.text, text);
    CHECK_TEXT(err.path, "lu_transfer_handlers");
    st_image_close(image);
}

/* A table that is not one. */
static void bad_handlers(const char *images)
{
    static const struct {
        unsigned at;
        uint64_t value;
        const char *text;
    } cases[] = {
        {0, 7, "a handler of unknown kind"},
        {8, 0x10, "a handler's name lies outside the image"},
        {8, UINT64_MAX, "a handler's name lies outside the image"},
        {sizeof(struct st_handler), 9, "a handler of unknown kind"},
        {sizeof(struct st_handler), ST_HANDLER_GLOBAL, "a handler's name lies outside the image"},
    };
    struct stage s = {.images = images};
    struct st_image *image = open_image(&s, "net-crash.elf");
    const struct lu_global *g =
        st_desc_global(st_image_desc(image), "lu_transfer_handlers", NULL, NULL);
    size_t size;
    const void *file = st_image_bytes(image, &size);
    uint8_t *bytes = malloc(size);
    uint64_t name;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memcpy(bytes, file, size);
        memcpy(byte_at(image, bytes, g->addr + cases[i].at), &cases[i].value, 8);
        expect_bad(bytes, size, cases[i].text);
    }
    memcpy(bytes, file, size); /* both entries are handlers: nothing ends them */
    memcpy(&name, byte_at(image, bytes, g->addr), 8);
    memcpy(byte_at(image, bytes, g->addr + sizeof(struct st_handler)), &name, 8);
    memcpy(&name, byte_at(image, bytes, g->addr + 8), 8);
    memcpy(byte_at(image, bytes, g->addr + sizeof(struct st_handler) + 8), &name, 8);
    expect_bad(bytes, size, "the table has no end");
    *byte_at(image, bytes, name) = '\0';
    expect_bad(bytes, size, "a handler has an empty name");
    free(bytes);
    st_image_close(image);
}

static const struct {
    const char *name;
    void (*run)(const char *images);
} cases[] = {
    {"ticks", ticks},
    {"memory", memory},
    {"aliased-heap", aliased_heap},
    {"handlers", handlers},
    {"bad-handlers", bad_handlers},
};

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (strcmp(argv[2], cases[i].name) == 0) {
            cases[i].run(argv[1]);
            return 0;
        }
    fprintf(stderr, "no case '%s'\n", argv[2]);
    return 1;
}
