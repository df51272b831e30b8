/* SPDX-License-Identifier: MIT
 *
 * Reading, checking and rewriting ELF files.
 */
#include "elf-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTION_ALIGN 8u

static int fail(const char *path, int code, const char *what)
{
    fprintf(stderr, "%s: %s\n", path, what);
    return code;
}

static int file_read(const char *path, uint8_t **ret, size_t *ret_size)
{
    FILE *in = fopen(path, "rb");
    struct stat st;
    uint8_t *data = NULL;
    size_t size = 0;
    int done;

    if (!in)
        return fail(path, -errno, strerror(errno));
    if (fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode)) {
        size = (size_t)st.st_size;
        data = malloc(size + 1);
    }
    done = data && fread(data, 1, size, in) == size;
    fclose(in);
    if (!done) {
        free(data);
        return fail(path, -EIO, "cannot be read");
    }
    *ret = data;
    *ret_size = size;
    return 0;
}

static int inside(const struct elf_file *f, uint64_t offset, uint64_t size)
{
    return offset <= f->size && size <= f->size - offset;
}

static int check_tables(struct elf_file *f)
{
    const Elf64_Ehdr *e = f->ehdr;

    if (!inside(f, e->e_shoff, (uint64_t)e->e_shnum * sizeof(Elf64_Shdr)) || e->e_shoff % 8 ||
        e->e_shentsize != sizeof(Elf64_Shdr) || e->e_shstrndx >= e->e_shnum)
        return fail(f->path, -EINVAL, "malformed ELF section table");
    if (e->e_phnum && (!inside(f, e->e_phoff, (uint64_t)e->e_phnum * sizeof(Elf64_Phdr)) ||
                       e->e_phoff % 8 || e->e_phentsize != sizeof(Elf64_Phdr)))
        return fail(f->path, -EINVAL, "malformed ELF program headers");
    f->shdrs = (Elf64_Shdr *)(f->data + e->e_shoff);
    f->phdrs = (Elf64_Phdr *)(f->data + e->e_phoff);
    return 0;
}

static int check_sections(struct elf_file *f)
{
    const Elf64_Shdr *names = &f->shdrs[f->ehdr->e_shstrndx];

    for (unsigned i = 0; i < f->ehdr->e_shnum; i++) {
        const Elf64_Shdr *s = &f->shdrs[i];

        if (s->sh_type != SHT_NOBITS && s->sh_type != SHT_NULL &&
            !inside(f, s->sh_offset, s->sh_size))
            return fail(f->path, -EINVAL, "ELF section lies outside the file");
        if (s->sh_name >= names->sh_size)
            return fail(f->path, -EINVAL, "ELF section without a name");
    }
    f->names = (const char *)f->data + names->sh_offset;
    f->names_size = names->sh_size;
    if (names->sh_type == SHT_NOBITS || !f->names_size || f->names[f->names_size - 1])
        return fail(f->path, -EINVAL, "malformed ELF section names");
    return 0;
}

int elf_open(struct elf_file *f, const char *path)
{
    static const unsigned char magic[] = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB};
    int r;

    memset(f, 0, sizeof(*f));
    f->path = path;
    r = file_read(path, &f->data, &f->size);
    if (r)
        return r;
    f->ehdr = (Elf64_Ehdr *)f->data;
    if (f->size < sizeof(*f->ehdr) || memcmp(f->data, magic, sizeof(magic)) ||
        f->ehdr->e_machine != EM_X86_64)
        r = fail(path, -EINVAL, "not an x86-64 ELF file");
    if (!r)
        r = check_tables(f);
    if (!r)
        r = check_sections(f);
    if (r)
        elf_close(f);
    return r;
}

void elf_close(struct elf_file *f)
{
    free(f->data);
    memset(f, 0, sizeof(*f));
}

const char *elf_section_name(const struct elf_file *f, unsigned index)
{
    return f->names + f->shdrs[index].sh_name;
}

Elf64_Shdr *elf_find(const struct elf_file *f, const char *name)
{
    for (unsigned i = 1; i < f->ehdr->e_shnum; i++)
        if (!strcmp(elf_section_name(f, i), name))
            return &f->shdrs[i];
    return NULL;
}

int file_write(const char *path, const void *data, size_t size, unsigned mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    const char *p = data;

    if (fd < 0)
        return fail(path, -errno, strerror(errno));
    while (size) {
        ssize_t n = write(fd, p, size);

        if (n < 0) {
            int code = -errno;

            close(fd);
            return fail(path, code, strerror(-code));
        }
        p += n;
        size -= (size_t)n;
    }
    return close(fd) ? fail(path, -errno, strerror(errno)) : 0;
}

int elf_unalloc(const char *path, const char *section)
{
    struct elf_file f;
    Elf64_Shdr *s;
    int r = elf_open(&f, path);

    if (r)
        return r;
    s = elf_find(&f, section);
    if (s) {
        s->sh_flags &= ~(uint64_t)SHF_ALLOC;
        r = file_write(path, f.data, f.size, 0666);
    }
    elf_close(&f);
    return r;
}

/* The copy under construction. */
struct copy {
    const struct elf_file *from;
    uint8_t *data;
    size_t size, room;
    Elf64_Shdr *shdrs;
    unsigned n;
    unsigned *new_index; /* by old index; 0 = dropped */
    char *names;
    size_t names_size;
};

static void copy_append(struct copy *c, const void *data, size_t size, size_t align)
{
    size_t at = (c->size + align - 1) / align * align;

    memset(c->data + c->size, 0, at - c->size);
    memcpy(c->data + at, data, size);
    c->size = at + size;
}

static uint32_t copy_name(struct copy *c, const char *name)
{
    uint32_t at = (uint32_t)c->names_size;

    strcpy(c->names + at, name);
    c->names_size += strlen(name) + 1;
    return at;
}

/* Everything that is loaded stays where it is in the file. */
static size_t loaded_end(const struct elf_file *f)
{
    size_t end = sizeof(Elf64_Ehdr) + f->ehdr->e_phnum * sizeof(Elf64_Phdr);

    for (unsigned i = 0; i < f->ehdr->e_phnum; i++) {
        size_t e = f->phdrs[i].p_offset + f->phdrs[i].p_filesz;

        if (inside(f, f->phdrs[i].p_offset, f->phdrs[i].p_filesz) && e > end)
            end = e;
    }
    for (unsigned i = 1; i < f->ehdr->e_shnum; i++) {
        const Elf64_Shdr *s = &f->shdrs[i];

        if (s->sh_flags & SHF_ALLOC && s->sh_type != SHT_NOBITS && s->sh_offset + s->sh_size > end)
            end = s->sh_offset + s->sh_size;
    }
    return end;
}

static void copy_sections(struct copy *c, int (*drop)(const char *, void *), void *arg)
{
    const struct elf_file *f = c->from;

    c->n = 1;
    for (unsigned i = 1; i < f->ehdr->e_shnum; i++) {
        const char *name = elf_section_name(f, i);
        Elf64_Shdr *s = &c->shdrs[c->n];

        if (i == f->ehdr->e_shstrndx || drop(name, arg))
            continue;
        c->new_index[i] = c->n++;
        *s = f->shdrs[i];
        s->sh_name = copy_name(c, name);
        if (s->sh_flags & SHF_ALLOC || s->sh_type == SHT_NOBITS)
            continue;
        copy_append(c, f->data + f->shdrs[i].sh_offset, s->sh_size,
                    s->sh_addralign ? s->sh_addralign : 1);
        s->sh_offset = c->size - s->sh_size;
    }
}

static void copy_renumber(struct copy *c)
{
    for (unsigned i = 1; i < c->n; i++) {
        Elf64_Shdr *s = &c->shdrs[i];

        if (s->sh_link < c->from->ehdr->e_shnum)
            s->sh_link = c->new_index[s->sh_link];
        if (s->sh_type != SHT_SYMTAB)
            continue;
        for (uint64_t at = 0; at + sizeof(Elf64_Sym) <= s->sh_size; at += sizeof(Elf64_Sym)) {
            Elf64_Sym *sym = (Elf64_Sym *)(c->data + s->sh_offset + at);

            if (sym->st_shndx < c->from->ehdr->e_shnum)
                sym->st_shndx = (uint16_t)c->new_index[sym->st_shndx];
        }
    }
}

static void copy_add(struct copy *c, const char *name, uint32_t type, const void *data, size_t size)
{
    Elf64_Shdr *s = &c->shdrs[c->n++];

    *s = (Elf64_Shdr){.sh_name = copy_name(c, name),
                      .sh_type = type,
                      .sh_size = size,
                      .sh_addralign = type == SHT_STRTAB ? 1 : SECTION_ALIGN};
    if (type == SHT_STRTAB) /* its own name is the last one in it */
        s->sh_size = size = c->names_size;
    copy_append(c, data, size, s->sh_addralign);
    s->sh_offset = c->size - size;
}

static void copy_finish(struct copy *c)
{
    Elf64_Ehdr *e = (Elf64_Ehdr *)c->data;

    copy_append(c, c->shdrs, c->n * sizeof(Elf64_Shdr), SECTION_ALIGN);
    e->e_shoff = c->size - c->n * sizeof(Elf64_Shdr);
    e->e_shnum = (uint16_t)c->n;
    e->e_shstrndx = (uint16_t)(c->n - 1);
}

int elf_write_copy(const struct elf_file *f, const char *path, int (*drop)(const char *, void *),
                   void *arg, const char *name, const void *data, size_t size)
{
    size_t shnum = f->ehdr->e_shnum + 2u;
    struct copy c = {.from = f, .room = f->size + size + f->names_size + 256 + shnum * 128};
    int r = -ENOMEM;

    c.data = calloc(1, c.room);
    c.shdrs = calloc(shnum, sizeof(*c.shdrs));
    c.new_index = calloc(shnum, sizeof(*c.new_index));
    c.names = calloc(1, c.room);
    if (c.data && c.shdrs && c.new_index && c.names) {
        c.names_size = 1;
        c.size = loaded_end(f);
        memcpy(c.data, f->data, c.size);
        copy_sections(&c, drop, arg);
        copy_renumber(&c);
        copy_add(&c, name, SHT_PROGBITS, data, size);
        copy_add(&c, ".shstrtab", SHT_STRTAB, c.names, 0);
        copy_finish(&c);
        r = file_write(path, c.data, c.size, 0777);
    }
    free(c.data);
    free(c.shdrs);
    free(c.new_index);
    free(c.names);
    return r;
}
