/* SPDX-License-Identifier: MIT
 *
 * TAP and puppets.
 */
#include "world.h"

#include <lu/archive.h>

#define POWER_PORT 0x604 /* q35: ACPI PM1a control; firmware put the block at 0x600 */
#define SLEEP_ENABLE 0x2000

struct segment {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

static unsigned n_cases, n_failed;
static const struct lu_archive *archive;

struct line {
    char text[256];
    unsigned len;
};

static void add(struct line *l, const char *s)
{
    while (*s && l->len < sizeof(l->text) - 1)
        l->text[l->len++] = *s++;
}

static void add_number(struct line *l, int64_t v)
{
    char digits[24];
    unsigned n = 0;
    uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;

    do
        digits[n++] = (char)('0' + u % 10);
    while (u /= 10);
    if (v < 0)
        add(l, "-");
    while (n--)
        add(l, (char[]){digits[n], 0});
}

static void say(const struct line *l)
{
    sys_log(l->text, l->len);
}

void tap_plan(unsigned n)
{
    struct line l = {.len = 0};
    struct lu_map map = {0};

    add(&l, "1..");
    add_number(&l, n);
    say(&l);
    if (sys_archive_map(&map) == 0)
        archive = (const struct lu_archive *)map.va;
}

static void failed(const char *what, const char *file, int line, int64_t got, int is_number)
{
    struct line l = {.len = 0};

    n_failed++;
    add(&l, "# ");
    add(&l, file);
    add(&l, ":");
    add_number(&l, line);
    add(&l, ": ");
    add(&l, what);
    if (is_number) {
        add(&l, ", got ");
        add_number(&l, got);
    }
    say(&l);
}

void tap_check(int good, const char *what, const char *file, int line)
{
    if (!good)
        failed(what, file, line, 0, 0);
}

void tap_equal(int64_t got, int64_t expected, const char *what, const char *file, int line)
{
    if (got != expected)
        failed(what, file, line, got, 1);
}

void tap_note(const char *text, uint64_t number)
{
    struct line l = {.len = 0};

    add(&l, "# ");
    add(&l, text);
    add(&l, ": ");
    add_number(&l, (int64_t)number);
    say(&l);
}

void tap_done(void)
{
    sys_port_out(POWER_PORT, 2, SLEEP_ENABLE);
    for (;;) /* QEMU may take its time */
        wait_note(LU_NOTE_ALARM);
}

static uint64_t free_pages(void)
{
    struct lu_kmem_info k = {0};

    return sys_kmem_info(&k) < 0 ? 0 : k.free_pages;
}

void test_case(const char *name, void (*run)(void))
{
    struct line l = {.len = 0};
    uint64_t before = free_pages();

    n_failed = 0;
    run();
    drain_deaths();
    EQUAL(free_pages(), before);
    for (char puppet[2] = "a"; puppet[0] <= 'd'; puppet[0]++)
        EQUAL(sys_lookup(puppet), -LU_ENOENT);
    add(&l, n_failed ? "not ok " : "ok ");
    add_number(&l, ++n_cases);
    add(&l, " - ");
    add(&l, name);
    say(&l);
}

struct lu_rights puppet_rights(void)
{
    return (struct lu_rights){
        .priority = 3, .mem_pages = 256, .n_peers = 5, .peers = {"update", "a", "b", "c", "d"}};
}

static const struct lu_archive_entry *puppet_image(void)
{
    for (uint32_t i = 0; i < archive->n_entries; i++)
        if (!memcmp(archive->entries[i].name, "puppet", 7))
            return &archive->entries[i];
    return NULL;
}

static const uint8_t *image_bytes(void)
{
    return (const uint8_t *)archive + puppet_image()->offset;
}

int puppet_load(lu_ep ep)
{
    const uint8_t *image = image_bytes();
    const struct segment *s = (const struct segment *)(image + *(const uint64_t *)(image + 32));
    int ret = 0;

    for (unsigned n = *(const uint16_t *)(image + 56); n > 0 && ret == 0; n--, s++) {
        uint64_t first = s->vaddr & ~4095ull;
        uint64_t len = ((s->vaddr + s->memsz + 4095) & ~4095ull) - first;

        if (s->type != 1 || !s->memsz)
            continue;
        ret = sys_proc_map(ep, first, len,
                           LU_PROT_READ | (s->flags & 2 ? LU_PROT_WRITE : 0) |
                               (s->flags & 1 ? LU_PROT_EXEC : 0));
        if (ret == 0)
            ret = sys_proc_write(ep, s->vaddr, image + s->offset, s->filesz);
    }
    return ret;
}

lu_ep puppet_create(const char *name, const struct lu_rights *rights)
{
    char padded[LU_NAME_MAX] = {0};
    long ep;

    for (unsigned i = 0; i < LU_NAME_MAX - 1 && name[i]; i++)
        padded[i] = name[i];
    ep = sys_proc_create(padded, rights);
    if (ep < 0)
        return LU_EP_NONE;
    return puppet_load((lu_ep)ep) == 0 ? (lu_ep)ep : LU_EP_NONE;
}

int puppet_start(lu_ep ep, uint32_t start)
{
    static const uint8_t build_id[LU_BUILD_ID_SIZE] = {1, 2, 3};

    return sys_proc_start(ep, *(const uint64_t *)(image_bytes() + 24), start, build_id);
}

lu_ep puppet_new(const char *name)
{
    struct lu_rights r = puppet_rights();
    lu_ep ep = puppet_create(name, &r);

    CHECK(ep != LU_EP_NONE);
    EQUAL(puppet_start(ep, LU_START_FRESH), 0);
    return ep;
}

void drain_deaths(void)
{
    struct lu_exit e;
    struct lu_msg m;

    while (sys_proc_wait(&e) == 0)
        ;
    (void)sys_receive_from(LU_EP_KERNEL, &m, LU_RECV_NONBLOCK); /* LU_NOTE_CHILD */
}

void puppet_end(lu_ep ep)
{
    EQUAL(sys_proc_kill(ep), 0);
    drain_deaths();
}

static void command(struct lu_msg *m, uint32_t op, uint64_t a, uint64_t b)
{
    *m = (struct lu_msg){.type = op, .arg = {a, b}};
}

struct puppet_info puppet_info(lu_ep ep)
{
    struct lu_msg m;

    command(&m, P_INFO, 0, 0);
    EQUAL(sys_sendrec(ep, &m), 0);
    return *(struct puppet_info *)m.arg;
}

int64_t order(lu_ep ep, uint32_t op, uint64_t a, uint64_t b)
{
    struct lu_msg m;
    int ret;

    command(&m, op, a, b);
    ret = sys_sendrec(ep, &m);
    return ret < 0 ? ret : (int64_t)m.arg[0];
}

void order_async(lu_ep ep, uint32_t op, uint64_t a, uint64_t b)
{
    struct lu_msg m;

    command(&m, op, a, b);
    EQUAL(sys_send(ep, &m), 0);
}

static void call_command(struct lu_msg *m, uint64_t nr, const uint64_t a[4])
{
    *m = (struct lu_msg){.type = P_CALL, .arg = {nr, a[0], a[1], a[2], a[3]}};
}

int64_t order_call(lu_ep ep, uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    struct lu_msg m;
    int ret;

    call_command(&m, nr, (uint64_t[]){a, b, c, d});
    ret = sys_sendrec(ep, &m);
    return ret < 0 ? ret : (int64_t)m.arg[0];
}

void order_call_async(lu_ep ep, uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    struct lu_msg m;

    call_command(&m, nr, (uint64_t[]){a, b, c, d});
    EQUAL(sys_send(ep, &m), 0);
}

uint64_t wait_note(uint64_t bits)
{
    uint64_t seen = 0;
    struct lu_msg m = {0};

    while (!(seen & bits)) {
        if (sys_receive_from(LU_EP_KERNEL, &m, 0) < 0)
            return 0;
        seen |= m.arg[0];
    }
    return seen;
}

void sleep_ms(unsigned ms)
{
    sys_alarm(sys_clock() + ms * 1000000ull);
    wait_note(LU_NOTE_ALARM);
}

struct lu_exit wait_death(void)
{
    struct lu_exit e;

    while (sys_proc_wait(&e) < 0)
        wait_note(LU_NOTE_CHILD);
    return e;
}

struct lu_proc_info info_of(lu_ep ep)
{
    struct lu_proc_info i;

    memset(&i, 0, sizeof(i));
    EQUAL(sys_proc_info(ep, &i), 0);
    return i;
}

int wait_state(lu_ep ep, enum lu_run_state state)
{
    for (int i = 0; i < 200; i++) {
        if (info_of(ep).run_state == state)
            return 1;
        sleep_ms(1);
    }
    return 0;
}
