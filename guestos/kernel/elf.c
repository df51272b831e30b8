/* SPDX-License-Identifier: MIT
 *
 * ELF64 as far as the kernel needs it (System V ABI, chapter 4 and 5).
 */
#include "elf.h"

#include "mem.h"
#include "usermem.h"

#define PT_LOAD 1u
#define PT_NOTE 4u
#define PF_X 1u
#define PF_W 2u
#define NT_GNU_BUILD_ID 3u
#define MAX_SEGMENTS 32u

struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

static int check_header(const struct elf_header *h, uint64_t size)
{
    static const uint8_t ident[7] = {0x7f, 'E', 'L', 'F', 2, 1, 1};

    if (size < sizeof(*h) || memcmp(h->ident, ident, sizeof(ident)))
        return -LU_EFORMAT;
    if (h->type != 2 || h->machine != 62 || h->phentsize != sizeof(struct elf_segment))
        return -LU_EFORMAT;
    if (h->phnum > MAX_SEGMENTS || h->phoff % 8 || h->phoff > size ||
        h->phnum * sizeof(struct elf_segment) > size - h->phoff)
        return -LU_EFORMAT;
    return 0;
}

static int load_segment(struct slot *s, const uint8_t *image, uint64_t size,
                        const struct elf_segment *p)
{
    const uint64_t first = p->vaddr & ~(uint64_t)(LU_PAGE_SIZE - 1);
    uint32_t prot = LU_PROT_READ;
    int ret;

    if (!p->memsz)
        return 0;
    if (p->filesz > p->memsz || p->offset > size || p->filesz > size - p->offset ||
        p->vaddr < LU_VA_IMAGE || p->vaddr >= LU_VA_IMAGE_END ||
        p->memsz > LU_VA_IMAGE_END - p->vaddr)
        return -LU_EFORMAT;
    if (p->flags & PF_W)
        prot |= LU_PROT_WRITE;
    if (p->flags & PF_X)
        prot |= LU_PROT_EXEC;
    ret = mem_map(s, first, page_align(p->vaddr + p->memsz) - first, prot);
    for (uint64_t off = 0; ret == 0 && off < p->filesz;) {
        uint64_t va = p->vaddr + off, n = LU_PAGE_SIZE - (va & (LU_PAGE_SIZE - 1));

        if (n > p->filesz - off)
            n = p->filesz - off;
        memcpy(space_translate(&s->body->space, va, SPACE_FORCE), image + p->offset + off, n);
        off += n;
    }
    return ret;
}

static void find_build_id(struct slot *s, const uint8_t *note, uint64_t size)
{
    uint32_t h[3]; /* size of name, size of descriptor, type */

    while (size >= sizeof(h)) {
        uint64_t name, total;

        memcpy(h, note, sizeof(h));
        name = ((uint64_t)h[0] + 3) & ~3ull;
        total = sizeof(h) + name + (((uint64_t)h[1] + 3) & ~3ull);
        if (total > size)
            return;
        if (h[2] == NT_GNU_BUILD_ID && h[0] == 4 && !memcmp(note + sizeof(h), "GNU", 4) &&
            h[1] == LU_BUILD_ID_SIZE)
            memcpy(s->body->build_id, note + sizeof(h) + name, LU_BUILD_ID_SIZE);
        note += total;
        size -= total;
    }
}

int elf_load(struct slot *s, const uint8_t *image, uint64_t size, uint64_t *ret_entry)
{
    const struct elf_header *h = (const struct elf_header *)image;
    const struct elf_segment *p;
    int ret = check_header(h, size);

    if (ret < 0)
        return ret;
    p = (const struct elf_segment *)(image + h->phoff);
    for (unsigned i = 0; i < h->phnum && ret == 0; i++, p++) {
        if (p->type == PT_LOAD)
            ret = load_segment(s, image, size, p);
        else if (p->type == PT_NOTE && p->offset <= size && p->filesz <= size - p->offset)
            find_build_id(s, image + p->offset, p->filesz);
    }
    if (ret == 0)
        *ret_entry = h->entry;
    return ret;
}
