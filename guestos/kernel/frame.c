/* SPDX-License-Identifier: MIT
 *
 * One struct frame per page of physical address space up to the top of RAM;
 * free frames form a doubly linked list of indices, so that a run can be taken
 * out of its middle.  Runs are taken from the top of memory, single frames
 * from the list's head, which starts at the bottom.
 */
#include "frame.h"

#include "inspect.h"
#include "klib.h"
#include "panic.h"
#include "x86/paging.h"

enum frame_state { FRAME_HOLE = 0, FRAME_RESERVED, FRAME_FREE, FRAME_USED };

struct frame {
    uint32_t next, prev;
    uint32_t state;
};

#define NONE 0xffffffffu
#define LIMIT_4G (1u << 20)

extern char kernel_end[];

static struct frame *frames;
static uint32_t n_frames, head = NONE;
static uint64_t total;

static void push(uint32_t i)
{
    frames[i] = (struct frame){.next = head, .prev = NONE, .state = FRAME_FREE};
    if (head != NONE)
        frames[head].prev = i;
    head = i;
    kernel_inspect.free_pages++;
}

static void take(uint32_t i)
{
    struct frame *f = &frames[i];

    if (f->prev != NONE)
        frames[f->prev].next = f->next;
    else
        head = f->next;
    if (f->next != NONE)
        frames[f->next].prev = f->prev;
    f->state = FRAME_USED;
    kernel_inspect.free_pages--;
}

void frame_init(const struct boot_info *info)
{
    uint64_t table = page_align((uint64_t)kernel_end - KERNEL_BASE);
    uint64_t first;

    n_frames = (uint32_t)(info->ram_top >> 12);
    first = page_align(table + n_frames * sizeof(struct frame));
    if (info->archive_size && info->archive < first)
        panic("boot archive lies where the kernel keeps its frame table");
    frames = direct(table);
    memset(frames, 0, n_frames * sizeof(struct frame));
    for (uint32_t r = info->n_ram; r-- > 0;)
        for (uint64_t p = info->ram[r].end; p > info->ram[r].first;) {
            p -= LU_PAGE_SIZE;
            frames[p >> 12].state = FRAME_RESERVED;
            total++;
            if (p < first ||
                (p + LU_PAGE_SIZE > info->archive && p < info->archive + info->archive_size))
                continue;
            push((uint32_t)(p >> 12));
        }
    if (total == 0 || first > info->ram_top || head == NONE)
        panic("not enough memory");
}

uint64_t frame_total(void)
{
    return total;
}

uint64_t frame_free_count(void)
{
    return kernel_inspect.free_pages;
}

bool frame_is_ram(uint64_t phys)
{
    uint64_t i = phys >> 12;

    return i < n_frames && frames[i].state != FRAME_HOLE;
}

uint64_t frame_alloc(void)
{
    uint32_t i = head;

    if (i == NONE)
        panic("frame_alloc: none left, a caller did not check");
    take(i);
    return (uint64_t)i << 12;
}

uint64_t frame_alloc_zeroed(void)
{
    uint64_t phys = frame_alloc();

    memset(direct(phys), 0, LU_PAGE_SIZE);
    return phys;
}

void frame_free(uint64_t phys)
{
    uint64_t i = phys >> 12;

    if (i >= n_frames || frames[i].state != FRAME_USED)
        panic("frame_free: frame %lx is not in use", phys);
    push((uint32_t)i);
}

uint64_t frame_alloc_run(uint32_t n)
{
    uint32_t i = n_frames < LIMIT_4G ? n_frames : LIMIT_4G;
    uint32_t run = 0;

    while (run < n && i-- > 0)
        run = frames[i].state == FRAME_FREE ? run + 1 : 0;
    if (run < n || n == 0)
        return 0;
    for (uint32_t k = 0; k < n; k++)
        take(i + k);
    memset(direct((uint64_t)i << 12), 0, (uint64_t)n * LU_PAGE_SIZE);
    return (uint64_t)i << 12;
}

void frame_free_run(uint64_t phys, uint32_t n)
{
    while (n-- > 0)
        frame_free(phys + (uint64_t)n * LU_PAGE_SIZE);
}
