/* SPDX-License-Identifier: MIT
 *
 * Ports, device memory, DMA memory, interrupts.  The devices are those of every
 * q35: the real-time clock (ports 0x70, IRQ 8) and the HPET's registers.
 */
#include "world.h"

#include <lu/inspect.h>

int main(void);

#define RTC_INDEX 0x70
#define RTC_DATA 0x71
#define RTC_REG_A 0x0a
#define RTC_REG_B 0x0b
#define RTC_REG_C 0x0c
#define RTC_PIE 0x40
#define RTC_IRQ 8
#define HPET_PHYS 0xfed00000ull

static struct lu_rights driver_rights(void)
{
    struct lu_rights r = puppet_rights();

    r.flags = LU_RIGHT_DMA;
    r.n_ranges = 5;
    r.ranges[0] = (struct lu_range){.kind = LU_RANGE_PORT, .first = RTC_INDEX, .last = RTC_DATA};
    r.ranges[1] =
        (struct lu_range){.kind = LU_RANGE_MEM, .first = HPET_PHYS, .last = HPET_PHYS + 0xfff};
    r.ranges[2] = (struct lu_range){.kind = LU_RANGE_IRQ, .first = RTC_IRQ, .last = RTC_IRQ};
    r.ranges[3] = (struct lu_range){.kind = LU_RANGE_MEM, .first = 0x2000000, .last = 0x2000fff};
    r.ranges[4] = (struct lu_range){
        .kind = LU_RANGE_MEM, .first = LU_INSPECT_PHYS - 0x1000, .last = LU_INSPECT_PHYS + 0xfff};
    return r;
}

static lu_ep driver(const char *name)
{
    struct lu_rights r = driver_rights();
    lu_ep ep = puppet_create(name, &r);

    EQUAL(puppet_start(ep, LU_START_FRESH), 0);
    return ep;
}

static int64_t rtc_read(lu_ep ep, uint8_t reg)
{
    EQUAL(order_call(ep, LU_SYS_PORT_OUT, RTC_INDEX, 1, reg, 0), 0);
    return order_call(ep, LU_SYS_PORT_IN, RTC_DATA, 1, 0, 0);
}

static void rtc_write(lu_ep ep, uint8_t reg, uint8_t value)
{
    EQUAL(order_call(ep, LU_SYS_PORT_OUT, RTC_INDEX, 1, reg, 0), 0);
    EQUAL(order_call(ep, LU_SYS_PORT_OUT, RTC_DATA, 1, value, 0), 0);
}

static void ports(void)
{
    lu_ep a = driver("a"), b = puppet_new("b");

    CHECK(rtc_read(a, 0x0d) & 0x80);                                    /* valid RAM and time */
    EQUAL(order_call(a, LU_SYS_PORT_IN, RTC_DATA, 2, 0, 0), -LU_EPERM); /* reaches 0x72 */
    EQUAL(order_call(a, LU_SYS_PORT_IN, 0x3f8, 1, 0, 0), -LU_EPERM);
    EQUAL(order_call(a, LU_SYS_PORT_OUT, 0x20, 1, 0, 0), -LU_EPERM);
    EQUAL(order_call(a, LU_SYS_PORT_IN, RTC_DATA, 3, 0, 0), -LU_EINVAL);
    EQUAL(order_call(a, LU_SYS_PORT_IN, 0x10000 + RTC_DATA, 1, 0, 0), -LU_EINVAL);
    EQUAL(order_call(b, LU_SYS_PORT_IN, RTC_DATA, 1, 0, 0), -LU_EPERM);
    puppet_end(a);
    puppet_end(b);
}

static void mmio(void)
{
    lu_ep a = driver("a");
    int64_t va = order_call(a, LU_SYS_MMIO_MAP, HPET_PHYS, 4096, 0, 0), ram;

    CHECK(va >= (int64_t)LU_VA_MMIO && va < (int64_t)LU_VA_MMIO_END);
    EQUAL((uint64_t)order(a, P_PEEK, (uint64_t)va, 0) >> 16 & 0xffff, 0x8086); /* vendor */
    EQUAL(order_call(a, LU_SYS_MMIO_MAP, HPET_PHYS + 8, 8, 0, 0), va + 8);     /* the same page */
    EQUAL(order_call(a, LU_SYS_MMIO_MAP, HPET_PHYS, 4097, 0, 0), -LU_EPERM);
    EQUAL(order_call(a, LU_SYS_MMIO_MAP, HPET_PHYS - 8, 8, 0, 0), -LU_EPERM);
    EQUAL(order_call(a, LU_SYS_MMIO_MAP, 0x101000, 4096, 0, 0), -LU_EPERM);
    EQUAL(order_call(a, LU_SYS_MMIO_MAP, HPET_PHYS, 0, 0, 0), -LU_EINVAL);
    EQUAL(order_call(a, LU_SYS_MMIO_MAP, HPET_PHYS, UINT64_MAX, 0, 0), -LU_EINVAL);
    EQUAL(order_call(a, LU_SYS_MMIO_MAP, UINT64_MAX, 2, 0, 0), -LU_EINVAL);
    EQUAL(order_call(a, LU_SYS_SELF, (uint64_t)va, 0, 0, 0), -LU_EFAULT); /* no kernel access */
    ram = order_call(a, LU_SYS_MMIO_MAP, 0x2000000, 4096, 0, 0); /* RAM, if rights say so */
    CHECK(ram > 0 && ram != va);
    /* the kernel's own memory, too, if rights say so; ROM and RAM in one request */
    ram = order_call(a, LU_SYS_MMIO_MAP, LU_INSPECT_PHYS - 0x1000, 8192, 0, 0);
    EQUAL(order(a, P_PEEK, (uint64_t)ram + 0x1000, 0), LU_INSPECT_MAGIC);
    order(a, P_POKE, (uint64_t)ram + 0x1ff8, 4711); /* behind the block: harmless */
    EQUAL(order(a, P_PEEK, (uint64_t)ram + 0x1ff8, 0), 4711);
    puppet_end(a);
}

static void dma(void)
{
    lu_ep a = driver("a");
    struct puppet_info info = puppet_info(a);
    struct lu_self self = {0};
    struct lu_dma d[3] = {0};
    int64_t id;

    EQUAL(sys_self(&self), 0);
    id = order_call(a, LU_SYS_GRANT_NEW, self.ep, info.scratch, sizeof(d), LU_GRANT_READ);
    for (int i = 0; i < 3; i++)
        EQUAL(
            order_call(a, LU_SYS_DMA_ALLOC, 5000, info.scratch + (uint64_t)i * sizeof(d[0]), 0, 0),
            0);
    EQUAL(sys_grant_read(a, (uint32_t)id, 0, d, sizeof(d)), 0);
    for (int i = 0; i < 3; i++) {
        EQUAL(d[i].len, 8192);
        EQUAL(d[i].phys % 4096, 0);
        CHECK(d[i].va >= LU_VA_DMA && d[i].va + d[i].len <= LU_VA_DMA_END);
        EQUAL(order(a, P_PEEK, d[i].va + 8184, 0), 0);
        order(a, P_POKE, d[i].va, 100 + (uint64_t)i);
    }
    CHECK(d[0].phys + 8192 <= d[1].phys || d[1].phys + 8192 <= d[0].phys);
    EQUAL(order_call(a, LU_SYS_DMA_FREE, d[1].va, 0, 0, 0), 0);
    EQUAL(order_call(a, LU_SYS_DMA_FREE, d[1].va, 0, 0, 0), -LU_ENOENT);
    EQUAL(order_call(a, LU_SYS_DMA_ALLOC, 4096, info.scratch, 0, 0), 0);
    EQUAL(sys_grant_read(a, (uint32_t)id, 0, d, sizeof(d[0])), 0);
    EQUAL(order(a, P_PEEK, d[0].va, 0), 0); /* zeroed again, no stale translation */
    EQUAL(order(a, P_PEEK, d[2].va, 0), 102);
    EQUAL(order_call(a, LU_SYS_DMA_ALLOC, 0, info.scratch, 0, 0), -LU_EINVAL);
    EQUAL(order_call(a, LU_SYS_DMA_ALLOC, 1 << 30, info.scratch, 0, 0), -LU_EINVAL);
    EQUAL(order_call(a, LU_SYS_DMA_ALLOC, 4 << 20, info.scratch, 0, 0), -LU_ENOMEM); /* quota */
    EQUAL(order_call(a, LU_SYS_DMA_ALLOC, 4096, 8, 0, 0), -LU_EFAULT);
    puppet_end(a);
}

/* --- what a reader of frozen memory sees --- */

/* May map the memory that the kernel and its tables lie in. */
static lu_ep reader(void)
{
    struct lu_rights r = driver_rights();
    lu_ep ep;

    r.ranges[3] = (struct lu_range){.kind = LU_RANGE_MEM, .first = 0x100000, .last = 0x3ffffff};
    ep = puppet_create("c", &r);
    EQUAL(puppet_start(ep, LU_START_FRESH), 0);
    return ep;
}

static uint64_t peek_phys(lu_ep by, uint64_t phys)
{
    uint64_t page = phys & ~(uint64_t)(LU_PAGE_SIZE - 1);
    int64_t va = order_call(by, LU_SYS_MMIO_MAP, page, LU_PAGE_SIZE, 0, 0);

    CHECK(va > 0);
    return (uint64_t)order(by, P_PEEK, (uint64_t)va + phys - page, 0);
}

#define WINDOW_OF(slot, member)                                                                    \
    peek_phys(by, table + LU_EP_SLOT(slot) * sizeof(struct lu_inspect_windows) +                   \
                      offsetof(struct lu_inspect_windows, member))

/* Device memory and standing grants are told at once, and taken back when they end. */
static void windows(void)
{
    lu_ep a = driver("a"), by = reader();
    struct puppet_info info = puppet_info(a);
    uint64_t table = peek_phys(by, LU_INSPECT_PHYS + offsetof(struct lu_inspect, windows));
    struct lu_self self = {0};
    int64_t id, va;

    EQUAL(sys_self(&self), 0);
    EQUAL(WINDOW_OF(a, dma[0].len), 0);
    EQUAL(WINDOW_OF(a, mmio[0].len), 0);
    EQUAL(WINDOW_OF(a, grants[0].len), 0);
    EQUAL(order_call(a, LU_SYS_DMA_ALLOC, 5000, info.scratch, 0, 0), 0);
    EQUAL(WINDOW_OF(a, dma[0].va), order(a, P_PEEK, info.scratch, 0));
    EQUAL(WINDOW_OF(a, dma[0].len), 8192);
    va = order_call(a, LU_SYS_MMIO_MAP, HPET_PHYS, 4096, 0, 0);
    EQUAL(WINDOW_OF(a, mmio[0].va), va);
    EQUAL(WINDOW_OF(a, mmio[0].len), 4096);
    id = order_call(a, LU_SYS_GRANT_NEW, self.ep, info.scratch + 8, 100, LU_GRANT_READ);
    EQUAL(WINDOW_OF(a, grants[0].id), id | (int64_t)LU_GRANT_READ << 32);
    EQUAL(WINDOW_OF(a, grants[0].addr), info.scratch + 8);
    EQUAL(WINDOW_OF(a, grants[0].len), 100);
    EQUAL(order_call(a, LU_SYS_GRANT_END, (uint64_t)id, 0, 0, 0), 0);
    EQUAL(WINDOW_OF(a, grants[0].len), 0);
    EQUAL(order_call(a, LU_SYS_DMA_FREE, WINDOW_OF(a, dma[0].va), 0, 0, 0), 0);
    EQUAL(WINDOW_OF(a, dma[0].len), 0);
    order_call(a, LU_SYS_GRANT_NEW, self.ep, info.scratch, 8, LU_GRANT_READ);
    EQUAL(WINDOW_OF(a, grants[0].len), 8);
    puppet_end(a); /* with all that is left */
    EQUAL(WINDOW_OF(a, mmio[0].len), 0);
    EQUAL(WINDOW_OF(a, grants[0].len), 0);
    puppet_end(by);
}

static void interrupts(void)
{
    lu_ep a = driver("a"), b = driver("b");

    EQUAL(order_call(a, LU_SYS_IRQ_ATTACH, RTC_IRQ, 16, 0, 0), -LU_EINVAL);
    EQUAL(order_call(a, LU_SYS_IRQ_ATTACH, 0, 1, 0, 0), -LU_EINVAL);
    EQUAL(order_call(a, LU_SYS_IRQ_ATTACH, 16, 1, 0, 0), -LU_EINVAL);
    EQUAL(order_call(a, LU_SYS_IRQ_ATTACH, 5, 1, 0, 0), -LU_EPERM);
    EQUAL(order_call(a, LU_SYS_IRQ_ACK, RTC_IRQ, 0, 0, 0), -LU_EPERM);
    EQUAL(order_call(a, LU_SYS_IRQ_ATTACH, RTC_IRQ, 3, 0, 0), 0);
    rtc_write(a, RTC_REG_A, 0x26); /* 1024 Hz */
    rtc_write(a, RTC_REG_B, (uint8_t)(rtc_read(a, RTC_REG_B) | RTC_PIE));
    rtc_read(a, RTC_REG_C);
    sleep_ms(20);
    EQUAL(order(a, P_NOTES, 0, 0), LU_NOTE_IRQ(3));
    rtc_read(a, RTC_REG_C);
    sleep_ms(20);
    EQUAL(order(a, P_NOTES, 0, 0), 0); /* masked until acknowledged */
    for (int i = 0; i < 3; i++) {
        rtc_read(a, RTC_REG_C);
        EQUAL(order_call(a, LU_SYS_IRQ_ACK, RTC_IRQ, 0, 0, 0), 0);
        sleep_ms(20);
        EQUAL(order(a, P_NOTES, 0, 0), LU_NOTE_IRQ(3));
    }
    /* a second driver on the line is served although the first does not acknowledge */
    EQUAL(order_call(b, LU_SYS_IRQ_ATTACH, RTC_IRQ, 7, 0, 0), 0);
    for (int i = 0; i < 3; i++) {
        sleep_ms(10);
        rtc_read(b, RTC_REG_C);
        sleep_ms(20);
        EQUAL(order(b, P_NOTES, 0, 0), LU_NOTE_IRQ(7));
        EQUAL(order_call(b, LU_SYS_IRQ_ACK, RTC_IRQ, 0, 0, 0), 0);
    }
    puppet_end(a);
    rtc_read(b, RTC_REG_C);
    sleep_ms(30);
    EQUAL(order(b, P_NOTES, 0, 0), LU_NOTE_IRQ(7));
    rtc_write(b, RTC_REG_B, (uint8_t)(rtc_read(b, RTC_REG_B) & ~RTC_PIE));
    puppet_end(b);
}

/* Device memory belongs to the endpoint: the new version finds it in place. */
static void swap_keeps_devices(void)
{
    struct lu_rights r = puppet_rights();
    static struct lu_prepare p;
    lu_ep a = driver("a"), n;
    struct puppet_info info = puppet_info(a);
    int64_t va = order_call(a, LU_SYS_MMIO_MAP, HPET_PHYS, 4096, 0, 0);
    struct lu_pair pair;

    EQUAL(order_call(a, LU_SYS_DMA_ALLOC, 8192, info.scratch, 0, 0), 0);
    order(a, P_POKE, LU_VA_DMA + 4096, 31337);
    for (int round = 0; round < 2; round++) { /* committed, then rolled back */
        EQUAL(sys_prepare(a, &p), 0);
        CHECK(wait_state(a, LU_RUN_PARKED));
        n = puppet_create("c", &r);
        EQUAL(sys_view_grant(a, n), 0);
        EQUAL(puppet_start(n, LU_START_UPDATE), 0);
        CHECK(wait_state(n, LU_RUN_PARKED));
        pair = (struct lu_pair){a, n};
        EQUAL(sys_upd(&pair, 1), 0);
        EQUAL(sys_unprepare(a), 0);
        CHECK(wait_state(a, LU_RUN_PARKED));
        if (round == 1)
            EQUAL(sys_upd(&pair, 1), 0);
        puppet_end(n);
        EQUAL(sys_unprepare(a), 0);
        EQUAL(order(a, P_PEEK, LU_VA_DMA + 4096, 0), 31337);
        EQUAL((uint64_t)order(a, P_PEEK, (uint64_t)va, 0) >> 16 & 0xffff, 0x8086);
        EQUAL(order(a, P_COUNT, 0, 0), round + 1);
    }
    EQUAL(order_call(a, LU_SYS_DMA_FREE, LU_VA_DMA, 0, 0, 0), 0);
    puppet_end(a);
}

/* DMA memory of a driver that crashed is not reused before the next life ends. */
static void crashed_driver(void)
{
    struct lu_rights r = driver_rights();
    struct lu_kmem_info k = {0};
    uint64_t before;
    lu_ep a;
    long again;

    r.restart = 1;
    a = puppet_create("a", &r);
    EQUAL(sys_kmem_info(&k), 0);
    before = k.free_pages;
    EQUAL(puppet_start(a, LU_START_FRESH), 0);
    EQUAL(order_call(a, LU_SYS_DMA_ALLOC, 40960, puppet_info(a).scratch, 0, 0), 0);
    EQUAL(order(a, P_FAULT, FAULT_ILLEGAL, 0), -LU_EDEAD);
    again = sys_proc_restart(a);
    EQUAL(puppet_load((lu_ep)again), 0);
    EQUAL(sys_kmem_info(&k), 0);
    EQUAL(before - k.free_pages, 10);
    r.restart = 0;
    EQUAL(sys_proc_rights((lu_ep)again, &r), 0);
    puppet_end((lu_ep)again);
}

int main(void)
{
    tap_plan(7);
    test_case("ports", ports);
    test_case("device memory", mmio);
    test_case("DMA memory", dma);
    test_case("what is shared, for readers of memory", windows);
    test_case("interrupts", interrupts);
    test_case("a swap keeps device memory", swap_keeps_devices);
    test_case("DMA memory of a crashed driver", crashed_driver);
    tap_done();
}
