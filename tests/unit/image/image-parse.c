/* SPDX-License-Identifier: MIT
 *
 * The parser of component images: a sound image is understood, and each way in
 * which a header can lie is refused with words that say where.
 */
#include "image.h"

#include <elf.h>
#include <lu/desc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: failed: %s (%s)\n", __FILE__, __LINE__, #cond, why);           \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

enum { RODATA, TEXT, DATA, NOTE, N_HEADERS };
enum { NAMES = 1, DESC, N_SECTIONS };

/* A file as the linker makes it, small. */
struct file {
    Elf64_Ehdr e;
    Elf64_Phdr ph[N_HEADERS];
    Elf64_Shdr sh[N_SECTIONS];
    struct {
        Elf64_Nhdr head;
        char name[4];
        uint8_t id[LU_BUILD_ID_SIZE];
    } note;
    char names[32];
    uint64_t desc[4];
    uint8_t code[64], data[40];
};

static struct file f;
static struct image image;
static char why[IMAGE_WHY_MAX];

static Elf64_Phdr load(uint64_t va, uint32_t flags, uint64_t offset, uint64_t size, uint64_t mem)
{
    return (Elf64_Phdr){.p_type = PT_LOAD,
                        .p_flags = flags,
                        .p_offset = offset,
                        .p_vaddr = va,
                        .p_filesz = size,
                        .p_memsz = mem,
                        .p_align = LU_PAGE_SIZE};
}

static void file_make(void)
{
    memset(&f, 0, sizeof(f));
    memcpy(f.e.e_ident, ELFMAG, SELFMAG);
    f.e.e_ident[EI_CLASS] = ELFCLASS64;
    f.e.e_ident[EI_DATA] = ELFDATA2LSB;
    f.e.e_machine = EM_X86_64;
    f.e.e_type = ET_EXEC;
    f.e.e_entry = LU_VA_IMAGE + 0x1010;
    f.e.e_phoff = offsetof(struct file, ph);
    f.e.e_phnum = N_HEADERS;
    f.e.e_phentsize = sizeof(Elf64_Phdr);
    f.e.e_shoff = offsetof(struct file, sh);
    f.e.e_shnum = N_SECTIONS;
    f.e.e_shentsize = sizeof(Elf64_Shdr);
    f.e.e_shstrndx = NAMES;
    f.ph[RODATA] = load(LU_VA_IMAGE, PF_R, 0, 64, 64);
    f.ph[TEXT] = load(LU_VA_IMAGE + 0x1010, PF_R | PF_X, offsetof(struct file, code), 64, 64);
    f.ph[DATA] = load(LU_VA_IMAGE + 0x2008, PF_R | PF_W, offsetof(struct file, data), 40, 9000);
    f.ph[NOTE] = (Elf64_Phdr){
        .p_type = PT_NOTE, .p_offset = offsetof(struct file, note), .p_filesz = sizeof(f.note)};
    f.note.head = (Elf64_Nhdr){4, LU_BUILD_ID_SIZE, NT_GNU_BUILD_ID};
    memcpy(f.note.name, "GNU", 4);
    memset(f.note.id, 0xab, sizeof(f.note.id));
    strcpy(f.names + 1, LU_DESC_SECTION);
    f.sh[NAMES] = (Elf64_Shdr){.sh_type = SHT_STRTAB,
                               .sh_offset = offsetof(struct file, names),
                               .sh_size = sizeof(f.names)};
    f.sh[DESC] = (Elf64_Shdr){.sh_name = 1,
                              .sh_type = SHT_PROGBITS,
                              .sh_offset = offsetof(struct file, desc),
                              .sh_size = sizeof(f.desc)};
}

static int parse(uint64_t size)
{
    /* in memory of exactly that size, for the sanitizer */
    uint8_t *copy = malloc(size); /* NOLINT(clang-analyzer-optin.portability.UnixAPI) */
    int ret;

    why[0] = '\0';
    memcpy(copy, &f, size);
    ret = image_parse(copy, size, &image, why);
    if (ret == 0 && image.desc)
        CHECK(image.desc >= copy && image.desc + image.desc_size <= copy + size);
    free(copy);
    return ret;
}

static void refused(const char *words)
{
    int ret = parse(sizeof(f));

    CHECK(ret == -LU_EFORMAT);
    if (!strstr(why, words)) {
        fprintf(stderr, "'%s' does not say '%s'\n", why, words);
        exit(1);
    }
    file_make();
}

static void sound_image(void)
{
    file_make();
    CHECK(parse(sizeof(f)) == 0);
    CHECK(image.entry == LU_VA_IMAGE + 0x1010 && image.n_segments == 3);
    CHECK(image.segments[1].va == LU_VA_IMAGE + 0x1000 && image.segments[1].lead == 0x10);
    CHECK(image.segments[1].prot == (LU_PROT_READ | LU_PROT_EXEC));
    CHECK(image.segments[2].mem_size == 0x3000 && image.segments[2].file_size == 40);
    CHECK(image.segments[2].prot == (LU_PROT_READ | LU_PROT_WRITE));
    CHECK(image.build_id[0] == 0xab && image.build_id[19] == 0xab);
    CHECK(image.desc && image.desc_size == sizeof(f.desc));

    f.names[3] = 'x'; /* another section */
    CHECK(parse(sizeof(f)) == 0 && !image.desc);
    file_make();
    f.e.e_shnum = 0;
    CHECK(parse(sizeof(f)) == 0 && !image.desc);
    file_make();
    f.note.head.n_descsz = 1000; /* a note that is none */
    CHECK(parse(sizeof(f)) == 0 && image.build_id[0] == 0);
    file_make();
}

static void lying_elf_header(void)
{
    f.e.e_ident[0] = 'X';
    refused("not an ELF file");
    f.e.e_machine = EM_AARCH64;
    refused("not for x86-64");
    f.e.e_ident[EI_CLASS] = ELFCLASS32;
    refused("not for x86-64");
    f.e.e_type = ET_DYN;
    refused("type 3");
    f.e.e_phnum = 0;
    refused("0 program headers");
    f.e.e_phnum = 65535;
    refused("65535 program headers");
    f.e.e_phoff = UINT64_MAX - 8;
    refused("program headers at 0xfff");
    f.e.e_phentsize = 1;
    refused("program headers");
    f.e.e_entry = LU_VA_IMAGE + 0x2010; /* data */
    refused("entry point");
    f.e.e_shoff = sizeof(f) - 10;
    refused("section headers");
    f.e.e_shentsize = 3;
    refused("section headers");
}

static void lying_program_header(void)
{
    f.ph[TEXT].p_offset = sizeof(f);
    refused("program header 1: 64 bytes");
    f.ph[TEXT].p_offset = UINT64_MAX - 3;
    refused("program header 1");
    f.ph[TEXT].p_filesz = UINT64_MAX;
    refused("program header 1");
    f.ph[TEXT].p_memsz = 63; /* less than in the file */
    refused("program header 1");
    f.ph[DATA].p_memsz = UINT64_MAX;
    refused("program header 2: address");
    f.ph[DATA].p_memsz = LU_VA_IMAGE_END - LU_VA_IMAGE;
    refused("outside the image window");
    f.ph[RODATA].p_vaddr = LU_VA_IMAGE - 1;
    refused("program header 0: address 0x3fffff");
    f.ph[RODATA].p_vaddr = LU_VA_HEAP;
    refused("outside the image window");
    f.ph[TEXT].p_flags = PF_R | PF_W | PF_X;
    refused("program header 1: writable and executable");
    f.ph[DATA].p_vaddr = LU_VA_IMAGE + 0x1800;
    refused("program header 2: shares a page");
    f.ph[NOTE].p_type = PT_INTERP;
    refused("program header 3: dynamic");
    f.ph[NOTE].p_type = PT_TLS;
    refused("thread-local");
}

static void lying_section_header(void)
{
    f.sh[DESC].sh_size = sizeof(f);
    refused("section 2");
    f.sh[DESC].sh_offset = UINT64_MAX;
    refused("section 2");
    f.sh[NAMES].sh_offset = UINT64_MAX - 4;
    refused("section 1");
    f.sh[DESC].sh_name = UINT32_MAX; /* has no name: not the description */
    CHECK(parse(sizeof(f)) == 0 && !image.desc);
    file_make();
    f.sh[NAMES].sh_size = 6; /* the name is cut off */
    CHECK(parse(sizeof(f)) == 0 && !image.desc);
    file_make();
}

static void every_truncation(void)
{
    for (uint64_t size = 0; size < sizeof(f); size++)
        if (parse(size) == 0)
            CHECK(size >= offsetof(struct file, data) + sizeof(f.data));
}

int main(void)
{
    sound_image();
    lying_elf_header();
    lying_program_header();
    lying_section_header();
    every_truncation();
    return 0;
}
