/* SPDX-License-Identifier: MIT
 *
 * Own memory, quotas, grants.
 */
#include "world.h"

int main(void);

static char window[12288] __attribute__((aligned(4096)));

static uint64_t free_pages(void)
{
    struct lu_kmem_info k = {0};

    return sys_kmem_info(&k) < 0 ? 0 : k.free_pages;
}

static void map_and_unmap(void)
{
    const uint64_t va = LU_VA_HEAP + 0x100000;
    volatile uint64_t *p = (volatile uint64_t *)va;
    uint64_t before;

    EQUAL(sys_mem_map(va, 4096, LU_PROT_READ | LU_PROT_WRITE), 0);
    before = free_pages();
    EQUAL(sys_mem_map(va + 4096, 8192, LU_PROT_READ | LU_PROT_WRITE), 0);
    EQUAL(before - free_pages(), 2);
    for (int i = 0; i < 3 * 512; i++)
        EQUAL(p[i], 0);
    p[600] = 5;
    EQUAL(sys_mem_map(va + 8192, 8192, LU_PROT_READ), -LU_EEXIST);
    EQUAL(before - free_pages(), 2);
    EQUAL(sys_mem_unmap(va + 4096, 8192), 0);
    EQUAL(sys_mem_map(va + 4096, 4096, LU_PROT_READ | LU_PROT_WRITE), 0);
    EQUAL(p[600], 0); /* neither the old page nor a stale translation */
    EQUAL(sys_mem_unmap(va, 0x200000), 0);
    EQUAL(free_pages(), before + 1);
}

static void map_refuses(void)
{
    const uint32_t rw = LU_PROT_READ | LU_PROT_WRITE;
    const uint64_t before = free_pages();

    EQUAL(sys_mem_map(LU_VA_HEAP, 0, rw), -LU_EINVAL);
    EQUAL(sys_mem_map(LU_VA_HEAP + 8, 4096, rw), -LU_EINVAL);
    EQUAL(sys_mem_map(LU_VA_HEAP, 4095, rw), -LU_EINVAL);
    EQUAL(sys_mem_map(LU_VA_HEAP, 4096, LU_PROT_WRITE | LU_PROT_EXEC | LU_PROT_READ), -LU_EINVAL);
    EQUAL(sys_mem_map(LU_VA_HEAP, 4096, 0), -LU_EINVAL);
    EQUAL(sys_mem_map(LU_VA_HEAP, 4096, 8 | rw), -LU_EINVAL);
    EQUAL(sys_mem_map(0, 4096, rw), -LU_EINVAL);
    EQUAL(sys_mem_map(LU_VA_DMA, 4096, rw), -LU_EINVAL);
    EQUAL(sys_mem_map(LU_VA_MMIO, 4096, rw), -LU_EINVAL);
    EQUAL(sys_mem_map(LU_VA_DMA - 4096, 8192, rw), -LU_EINVAL);
    EQUAL(sys_mem_map(LU_VA_STACK_TOP - 4096, 4096, rw), -LU_EINVAL);
    EQUAL(sys_mem_map(0x80000000ull, 4096, rw), -LU_EINVAL);
    EQUAL(sys_mem_map(0xffffffff80100000ull, 4096, rw), -LU_EINVAL);
    EQUAL(sys_mem_map(LU_VA_HEAP, 0xfffffffffffff000ull, rw), -LU_EINVAL);
    EQUAL(sys_mem_map(0xfffffffffffff000ull, 8192, rw), -LU_EINVAL);
    EQUAL(sys_mem_map(LU_VA_HEAP, LU_VA_HEAP_END - LU_VA_HEAP, rw), -LU_ENOMEM);
    EQUAL(sys_mem_unmap(LU_VA_STACK_TOP - 4096, 4096), -LU_EINVAL);
    EQUAL(sys_mem_unmap(LU_VA_DMA, 4096), -LU_EINVAL);
    EQUAL(free_pages(), before);
}

static void quota(void)
{
    struct lu_rights r = puppet_rights();
    const uint32_t rw = LU_PROT_READ | LU_PROT_WRITE;
    uint32_t used;
    lu_ep a;

    r.mem_pages = 100;
    a = puppet_create("a", &r);
    EQUAL(puppet_start(a, LU_START_FRESH), 0);
    used = info_of(a).pages;
    CHECK(used < 100);
    EQUAL(order_call(a, LU_SYS_MEM_MAP, LU_VA_HEAP, (100 - used) * 4096, rw, 0), -LU_ENOMEM);
    EQUAL(info_of(a).pages, used);
    /* one page of the quota is the page table */
    EQUAL(order_call(a, LU_SYS_MEM_MAP, LU_VA_HEAP, (99 - used) * 4096, rw, 0), 0);
    EQUAL(info_of(a).pages, 100);
    EQUAL(order_call(a, LU_SYS_MEM_MAP, LU_VA_HEAP + 0x100000, 4096, rw, 0), -LU_ENOMEM);
    EQUAL(order_call(a, LU_SYS_MEM_UNMAP, LU_VA_HEAP, 4096, 0, 0), 0);
    EQUAL(order_call(a, LU_SYS_MEM_MAP, LU_VA_HEAP + 0x100000, 4096, rw, 0), 0);
    r.mem_pages = 5;
    EQUAL(sys_proc_rights(a, &r), 0);
    EQUAL(order_call(a, LU_SYS_MEM_MAP, LU_VA_HEAP, 4096, rw, 0), -LU_ENOMEM);
    puppet_end(a);
    r.mem_pages = 3;
    EQUAL(sys_proc_create("b\0\0\0\0\0\0\0\0\0\0\0\0\0\0", &r), -LU_ENOMEM);
}

static void memory_runs_out(void)
{
    struct lu_rights r = puppet_rights();
    const uint32_t rw = LU_PROT_READ | LU_PROT_WRITE;
    uint64_t left;
    lu_ep a, b = puppet_new("b");

    r.mem_pages = 1u << 20;
    a = puppet_create("a", &r);
    EQUAL(puppet_start(a, LU_START_FRESH), 0);
    left = free_pages();
    for (uint64_t va = LU_VA_HEAP, len = 1 << 24; len >= 4096; len /= 2)
        while (order_call(a, LU_SYS_MEM_MAP, va, len, rw, 0) == 0)
            va += len;
    CHECK(free_pages() < 2);
    CHECK(left > 4096);
    EQUAL(order_call(b, LU_SYS_MEM_MAP, LU_VA_HEAP, 4096, rw, 0), -LU_ENOMEM);
    EQUAL(sys_proc_create("c\0\0\0\0\0\0\0\0\0\0\0\0\0\0", &r), -LU_ENOMEM);
    EQUAL(order(b, P_COUNT, 0, 0), 1);
    puppet_end(a);
    EQUAL(free_pages() > left, 1);
    puppet_end(b);
}

static int64_t copy(lu_ep by, uint64_t scratch, struct lu_grant_copy c)
{
    EQUAL(sys_proc_write(by, scratch, &c, sizeof(c)), 0);
    return order_call(by, LU_SYS_GRANT_COPY, scratch, 0, 0, 0);
}

static void grants(void)
{
    struct lu_self self;
    lu_ep a = puppet_new("a"), b = puppet_new("b");
    struct puppet_info info = puppet_info(a);
    struct lu_grant_copy c;
    int id, ro;

    EQUAL(sys_self(&self), 0);
    for (unsigned i = 0; i < sizeof(window); i++)
        window[i] = (char)(i % 251);
    id = sys_grant_new(a, window + 100, 5000, LU_GRANT_READ | LU_GRANT_WRITE);
    ro = sys_grant_new(a, window, 8, LU_GRANT_READ);
    CHECK(id >= 0 && ro >= 0 && id != ro);
    c = (struct lu_grant_copy){self.ep, (uint32_t)id, 10, info.scratch + 1000, 4990, 0, 0};
    EQUAL(copy(a, info.scratch, c), 0);
    EQUAL((uint8_t)order(a, P_PEEK, info.scratch + 1000, 0), 110);
    EQUAL((uint8_t)order(a, P_PEEK, info.scratch + 1000 + 4989, 0), (110 + 4989) % 251);
    c.to_grant = 1;
    c.offset = 0;
    EQUAL(copy(a, info.scratch, c), 0);
    EQUAL(window[99], 99);
    EQUAL(window[100], 110);
    EQUAL((uint8_t)window[100 + 4989], (110 + 4989) % 251);
    EQUAL((uint8_t)window[100 + 4990], (100 + 4990) % 251);

    c.len = 5000, c.offset = 1;
    EQUAL(copy(a, info.scratch, c), -LU_ERANGE);
    c.offset = UINT64_MAX;
    EQUAL(copy(a, info.scratch, c), -LU_ERANGE);
    c.len = UINT64_MAX, c.offset = 1;
    EQUAL(copy(a, info.scratch, c), -LU_ERANGE);
    c.len = 8, c.offset = 0, c.local = 0xffffffff80100000ull;
    EQUAL(copy(a, info.scratch, c), -LU_EFAULT);
    c.local = info.scratch + 1000, c.id = (uint32_t)ro;
    EQUAL(copy(a, info.scratch, c), -LU_EPERM); /* read only */
    c.to_grant = 0;
    EQUAL(copy(a, info.scratch, c), 0);
    EQUAL(copy(b, info.scratch, c), -LU_EPERM); /* not b's */
    c.id = 12345;
    EQUAL(copy(a, info.scratch, c), -LU_ENOENT);
    c.id = (uint32_t)ro;
    EQUAL(sys_grant_end((uint32_t)ro), 0);
    EQUAL(sys_grant_end((uint32_t)ro), -LU_ENOENT);
    EQUAL(copy(a, info.scratch, c), -LU_ENOENT);
    CHECK(sys_grant_new(a, window, 8, LU_GRANT_READ) != ro); /* same entry, other id */
    EQUAL(copy(a, info.scratch, c), -LU_ENOENT);
    EQUAL(sys_grant_end((uint32_t)id), 0);
    puppet_end(a);
    puppet_end(b);
}

static void grant_limits(void)
{
    lu_ep a = puppet_new("a");
    struct puppet_info info = puppet_info(a);
    struct lu_self self = {0};
    int id = -1;

    EQUAL(sys_self(&self), 0);
    EQUAL(sys_grant_new(a, window, 0, LU_GRANT_READ), -LU_EINVAL);
    EQUAL(sys_grant_new(a, window, 8, 0), -LU_EINVAL);
    EQUAL(sys_grant_new(a, window, 8, 4), -LU_EINVAL);
    EQUAL(sys_grant_new(a, (void *)0xffffffff80100000ull, 8, LU_GRANT_READ), -LU_EINVAL);
    EQUAL(sys_grant_new(a, window, UINT64_MAX, LU_GRANT_READ), -LU_EINVAL);
    for (unsigned i = 0; i < LU_MAX_GRANTS; i++) {
        id = (int)order_call(a, LU_SYS_GRANT_NEW, self.ep, info.scratch, 16, LU_GRANT_READ);
        CHECK(id >= 0);
    }
    EQUAL(order_call(a, LU_SYS_GRANT_NEW, self.ep, info.scratch, 16, LU_GRANT_READ), -LU_ENOSPC);
    order(a, P_POKE, info.scratch, 4711);
    EQUAL(sys_grant_read(a, (uint32_t)id, 0, window, 16), 0);
    EQUAL(*(uint64_t *)window, 4711);
    puppet_end(a);
    EQUAL(sys_grant_read(a, (uint32_t)id, 0, window, 16), -LU_EDEAD);
}

/* A window over memory that is not there is refused when it is used. */
static void grant_of_nothing(void)
{
    lu_ep a = puppet_new("a");
    struct puppet_info info = puppet_info(a);
    struct lu_self self = {0};
    int64_t id;

    EQUAL(sys_self(&self), 0);
    id = order_call(a, LU_SYS_GRANT_NEW, self.ep, LU_VA_HEAP, 8192, 3);
    EQUAL(sys_grant_read(a, (uint32_t)id, 0, window, 16), -LU_EFAULT);
    EQUAL(order_call(a, LU_SYS_MEM_MAP, LU_VA_HEAP, 4096, 1, 0), 0);
    EQUAL(sys_grant_read(a, (uint32_t)id, 0, window, 16), 0);
    EQUAL(sys_grant_read(a, (uint32_t)id, 4090, window, 16), -LU_EFAULT);
    EQUAL(sys_grant_write(a, (uint32_t)id, 0, window, 16), -LU_EFAULT); /* mapped read only */
    id = order_call(a, LU_SYS_GRANT_NEW, self.ep, info.scratch, 16, LU_GRANT_READ);
    EQUAL(sys_grant_read(a, (uint32_t)id, 0, (void *)&main, 16), -LU_EFAULT);
    puppet_end(a);
}

int main(void)
{
    tap_plan(7);
    EQUAL(sys_mem_map(LU_VA_HEAP + 0x100000, 4096, 3), 0); /* its page table stays */
    EQUAL(sys_mem_unmap(LU_VA_HEAP + 0x100000, 4096), 0);
    test_case("map and unmap", map_and_unmap);
    test_case("bad ranges are refused", map_refuses);
    test_case("quota of a process", quota);
    test_case("memory runs out", memory_runs_out);
    test_case("grants", grants);
    test_case("limits of grants", grant_limits);
    test_case("a grant of what is not there", grant_of_nothing);
    tap_done();
}
