/* SPDX-License-Identifier: MIT
 *
 * Layout and constants: System V ABI, gABI chapter 4 and 5; the build-id note is
 * the GNU toolchain's.
 */
#include "image.h"

#include <elf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <lu/desc.h>

#define MAX_HEADERS 64u

struct parser {
    struct image image;
    char *why;
};

__attribute__((format(printf, 2, 3))) static int wrong(struct parser *p, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(p->why, IMAGE_WHY_MAX, fmt, ap);
    va_end(ap);
    return -LU_EFORMAT;
}

/* Is [offset, offset + len) inside the file? */
static int inside(const struct parser *p, uint64_t offset, uint64_t len)
{
    return offset <= p->image.size && len <= p->image.size - offset;
}

static int header_check(struct parser *p, const Elf64_Ehdr *h)
{
    if (memcmp(h->e_ident, ELFMAG, SELFMAG) != 0)
        return wrong(p, "not an ELF file");
    if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB ||
        h->e_machine != EM_X86_64)
        return wrong(p, "ELF header: not for x86-64 (class %u, data %u, machine %u)",
                     h->e_ident[EI_CLASS], h->e_ident[EI_DATA], h->e_machine);
    if (h->e_type != ET_EXEC)
        return wrong(p, "ELF header: type %u, expected a static executable", h->e_type);
    if (h->e_phnum == 0 || h->e_phnum > MAX_HEADERS || h->e_phentsize != sizeof(Elf64_Phdr) ||
        !inside(p, h->e_phoff, (uint64_t)h->e_phnum * sizeof(Elf64_Phdr)))
        return wrong(p, "ELF header: %u program headers at %#llx of a %llu byte file", h->e_phnum,
                     (unsigned long long)h->e_phoff, (unsigned long long)p->image.size);
    return 0;
}

static int segment_add(struct parser *p, unsigned i, const Elf64_Phdr *ph)
{
    struct image *image = &p->image;
    struct image_segment *s = &image->segments[image->n_segments];
    uint64_t start = ph->p_vaddr & ~(uint64_t)(LU_PAGE_SIZE - 1);

    if (image->n_segments == IMAGE_MAX_SEGMENTS)
        return wrong(p, "program header %u: more than %u segments", i, IMAGE_MAX_SEGMENTS);
    if (!inside(p, ph->p_offset, ph->p_filesz) || ph->p_filesz > ph->p_memsz)
        return wrong(p, "program header %u: %llu bytes at %#llx, beyond the end of the file", i,
                     (unsigned long long)ph->p_filesz, (unsigned long long)ph->p_offset);
    if (ph->p_vaddr < LU_VA_IMAGE || ph->p_vaddr > LU_VA_IMAGE_END ||
        ph->p_memsz > LU_VA_IMAGE_END - ph->p_vaddr)
        return wrong(p, "program header %u: address %#llx is outside the image window", i,
                     (unsigned long long)ph->p_vaddr);
    if ((ph->p_flags & PF_W) && (ph->p_flags & PF_X))
        return wrong(p, "program header %u: writable and executable", i);
    for (uint32_t k = 0; k < image->n_segments; k++)
        if (start < image->segments[k].va + image->segments[k].mem_size &&
            image->segments[k].va < ph->p_vaddr + ph->p_memsz)
            return wrong(p, "program header %u: shares a page with another segment", i);
    *s = (struct image_segment){
        .va = start,
        .lead = (uint32_t)(ph->p_vaddr - start),
        .offset = ph->p_offset,
        .file_size = ph->p_filesz,
        .prot = LU_PROT_READ | (ph->p_flags & PF_W ? LU_PROT_WRITE : 0) |
                (ph->p_flags & PF_X ? LU_PROT_EXEC : 0),
    };
    s->mem_size = (s->lead + ph->p_memsz + LU_PAGE_SIZE - 1) & ~(uint64_t)(LU_PAGE_SIZE - 1);
    image->n_segments++;
    return 0;
}

/* Takes the build id if this note segment has one. */
static void note_scan(struct parser *p, const Elf64_Phdr *ph)
{
    uint64_t at = ph->p_offset, end = ph->p_offset + ph->p_filesz;

    while (end - at >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr note;
        uint64_t name, desc;

        memcpy(&note, p->image.data + at, sizeof(note));
        name = at + sizeof(note);
        desc = name + ((note.n_namesz + 3ull) & ~3ull);
        if (desc > end || note.n_descsz > end - desc)
            return;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            memcmp(p->image.data + name, "GNU", 4) == 0 && note.n_descsz == LU_BUILD_ID_SIZE)
            memcpy(p->image.build_id, p->image.data + desc, LU_BUILD_ID_SIZE);
        at = desc + ((note.n_descsz + 3ull) & ~3ull);
        if (at > end)
            return;
    }
}

static int segments_read(struct parser *p, const Elf64_Ehdr *h)
{
    for (unsigned i = 0; i < h->e_phnum; i++) {
        Elf64_Phdr ph;
        int ret = 0;

        memcpy(&ph, p->image.data + h->e_phoff + i * sizeof(ph), sizeof(ph));
        if (ph.p_type == PT_LOAD && ph.p_memsz > 0)
            ret = segment_add(p, i, &ph);
        else if (ph.p_type == PT_NOTE && inside(p, ph.p_offset, ph.p_filesz))
            note_scan(p, &ph);
        else if (ph.p_type == PT_INTERP || ph.p_type == PT_DYNAMIC || ph.p_type == PT_TLS)
            ret = wrong(p, "program header %u: dynamic linking or thread-local storage", i);
        if (ret < 0)
            return ret;
    }
    return 0;
}

static int entry_check(struct parser *p, uint64_t entry)
{
    for (uint32_t i = 0; i < p->image.n_segments; i++) {
        const struct image_segment *s = &p->image.segments[i];

        if ((s->prot & LU_PROT_EXEC) && entry >= s->va && entry < s->va + s->mem_size) {
            p->image.entry = entry;
            return 0;
        }
    }
    return wrong(p, "ELF header: entry point %#llx is in no executable segment",
                 (unsigned long long)entry);
}

static int section_read(struct parser *p, const Elf64_Ehdr *h, unsigned i, Elf64_Shdr *ret)
{
    memcpy(ret, p->image.data + h->e_shoff + (uint64_t)i * sizeof(*ret), sizeof(*ret));
    if (ret->sh_type != SHT_NOBITS && !inside(p, ret->sh_offset, ret->sh_size))
        return wrong(p, "section %u: %llu bytes at %#llx, beyond the end of the file", i,
                     (unsigned long long)ret->sh_size, (unsigned long long)ret->sh_offset);
    return 0;
}

/* Finds the description; an image without sections simply has none. */
static int description_find(struct parser *p, const Elf64_Ehdr *h)
{
    static const char wanted[] = LU_DESC_SECTION;
    Elf64_Shdr names, s;
    int ret;

    if (h->e_shnum == 0 || h->e_shstrndx >= h->e_shnum)
        return 0;
    if (h->e_shentsize != sizeof(Elf64_Shdr) ||
        !inside(p, h->e_shoff, (uint64_t)h->e_shnum * sizeof(Elf64_Shdr)))
        return wrong(p, "ELF header: section headers beyond the end of the file");
    ret = section_read(p, h, h->e_shstrndx, &names);
    for (unsigned i = 1; i < h->e_shnum && ret == 0; i++) {
        ret = section_read(p, h, i, &s);
        if (ret < 0 || s.sh_type == SHT_NOBITS || names.sh_type == SHT_NOBITS ||
            s.sh_name > names.sh_size || names.sh_size - s.sh_name < sizeof(wanted) ||
            memcmp(p->image.data + names.sh_offset + s.sh_name, wanted, sizeof(wanted)) != 0)
            continue;
        p->image.desc = p->image.data + s.sh_offset;
        p->image.desc_size = s.sh_size;
        return 0;
    }
    return ret;
}

int image_parse(const void *data, uint64_t size, struct image *ret, char why[IMAGE_WHY_MAX])
{
    struct parser p = {.image = {.data = data, .size = size}, .why = why};
    Elf64_Ehdr h;
    int r;

    if (size < sizeof(h))
        return wrong(&p, "%llu bytes, too short for an ELF header", (unsigned long long)size);
    memcpy(&h, data, sizeof(h));
    r = header_check(&p, &h);
    if (r == 0)
        r = segments_read(&p, &h);
    if (r == 0)
        r = entry_check(&p, h.e_entry);
    if (r == 0)
        r = description_find(&p, &h);
    if (r == 0)
        *ret = p.image;
    return r;
}
