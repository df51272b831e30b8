/* SPDX-License-Identifier: MIT
 *
 * ELF executables on the host (System V ABI, gABI chapters 4 and 5).  Parsed once;
 * every offset is checked against the size of the file before it is followed.
 */
#include "image.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lu/call.h>

struct st_image {
    uint8_t *bytes;
    size_t size;
    uint64_t entry;
    uint32_t n_segments;
    struct st_image_segment segments[ST_IMAGE_SEGMENTS];
    uint8_t build_id[LU_BUILD_ID_SIZE];
    void *blob; /* 8-byte aligned copy of the description, or NULL */
    size_t blob_size;
    struct st_desc desc;
    char **scoped; /* "scope:name" per global, NULL without a scope */
};

static void *host_alloc(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size ? size : 1);
}

static void host_free(void *ctx, void *p, size_t size)
{
    (void)ctx;
    (void)size;
    free(p);
}

const struct st_mem st_host_mem = {.alloc = host_alloc, .free = host_free};

static int inside(const struct st_image *image, uint64_t offset, uint64_t len)
{
    return offset <= image->size && len <= image->size - offset;
}

static int header_read(const struct st_image *image, Elf64_Ehdr *h, struct st_err *err)
{
    if (image->size < sizeof(*h) || memcmp(image->bytes, ELFMAG, SELFMAG) != 0)
        return st_err_at(err, -LU_EFORMAT, 0, "not an ELF file");
    memcpy(h, image->bytes, sizeof(*h));
    if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB ||
        h->e_machine != EM_X86_64)
        return st_err_at(err, -LU_EFORMAT, EI_CLASS, "an ELF file, but not for x86-64");
    if (h->e_type != ET_EXEC)
        return st_err_at(err, -LU_EFORMAT, 16, "ELF type %u, expected a static executable (%u)",
                         h->e_type, ET_EXEC);
    if (h->e_phentsize != sizeof(Elf64_Phdr) ||
        !inside(image, h->e_phoff, (uint64_t)h->e_phnum * sizeof(Elf64_Phdr)))
        return st_err_at(err, -LU_EFORMAT, 32,
                         "truncated: %u program headers at %#llx of %zu bytes", h->e_phnum,
                         (unsigned long long)h->e_phoff, image->size);
    if (h->e_shnum && (h->e_shentsize != sizeof(Elf64_Shdr) || h->e_shstrndx >= h->e_shnum ||
                       !inside(image, h->e_shoff, (uint64_t)h->e_shnum * sizeof(Elf64_Shdr))))
        return st_err_at(err, -LU_EFORMAT, 40,
                         "truncated: %u section headers at %#llx of %zu bytes", h->e_shnum,
                         (unsigned long long)h->e_shoff, image->size);
    return 0;
}

static void note_read(struct st_image *image, const Elf64_Phdr *ph)
{
    uint64_t at = ph->p_offset, end = ph->p_offset + ph->p_filesz;

    while (at <= end && end - at >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr note;
        uint64_t desc;

        memcpy(&note, image->bytes + at, sizeof(note));
        desc = at + sizeof(note) + ((note.n_namesz + 3ull) & ~3ull);
        if (desc > end || note.n_descsz > end - desc)
            return;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            note.n_descsz == LU_BUILD_ID_SIZE &&
            memcmp(image->bytes + at + sizeof(note), "GNU", 4) == 0)
            memcpy(image->build_id, image->bytes + desc, LU_BUILD_ID_SIZE);
        at = desc + ((note.n_descsz + 3ull) & ~3ull);
    }
}

static int segment_add(struct st_image *image, unsigned i, const Elf64_Phdr *ph, struct st_err *err)
{
    if (image->n_segments == ST_IMAGE_SEGMENTS)
        return st_err_set(err, -LU_EFORMAT, NULL, "program header %u: more than %u segments", i,
                          ST_IMAGE_SEGMENTS);
    if (ph->p_filesz > ph->p_memsz || ph->p_vaddr < LU_VA_IMAGE || ph->p_vaddr > LU_VA_IMAGE_END ||
        ph->p_memsz > LU_VA_IMAGE_END - ph->p_vaddr)
        return st_err_set(err, -LU_EFORMAT, NULL,
                          "program header %u: %#llx..+%#llx is outside the image window "
                          "%#llx..%#llx: not linked as a component",
                          i, (unsigned long long)ph->p_vaddr, (unsigned long long)ph->p_memsz,
                          LU_VA_IMAGE, LU_VA_IMAGE_END);
    image->segments[image->n_segments++] = (struct st_image_segment){
        .addr = ph->p_vaddr,
        .mem_size = ph->p_memsz,
        .data = image->bytes + ph->p_offset,
        .file_size = ph->p_filesz,
        .prot = (ph->p_flags & PF_R ? LU_PROT_READ : 0) | (ph->p_flags & PF_W ? LU_PROT_WRITE : 0) |
                (ph->p_flags & PF_X ? LU_PROT_EXEC : 0),
    };
    return 0;
}

static int segments_read(struct st_image *image, const Elf64_Ehdr *h, struct st_err *err)
{
    for (unsigned i = 0; i < h->e_phnum; i++) {
        Elf64_Phdr ph;
        int ret = 0;

        memcpy(&ph, image->bytes + h->e_phoff + i * sizeof(ph), sizeof(ph));
        if (ph.p_type != PT_LOAD && ph.p_type != PT_NOTE)
            continue;
        if (!inside(image, ph.p_offset, ph.p_filesz))
            return st_err_at(err, -LU_EFORMAT, (unsigned)ph.p_offset,
                             "truncated: program header %u ends at %#llx of %zu bytes", i,
                             (unsigned long long)ph.p_offset + ph.p_filesz, image->size);
        if (ph.p_type == PT_NOTE)
            note_read(image, &ph);
        else if (ph.p_memsz > 0)
            ret = segment_add(image, i, &ph, err);
        if (ret < 0)
            return ret;
    }
    image->entry = h->e_entry;
    return image->n_segments ? 0 : st_err_set(err, -LU_EFORMAT, NULL, "no loadable segments");
}

static void section_header(const struct st_image *image, const Elf64_Ehdr *h, unsigned i,
                           Elf64_Shdr *ret)
{
    memcpy(ret, image->bytes + h->e_shoff + (uint64_t)i * sizeof(*ret), sizeof(*ret));
}

static int desc_open(struct st_image *image, const Elf64_Shdr *s, struct st_err *err)
{
    int ret;

    image->blob = malloc(s->sh_size ? s->sh_size : 1);
    if (!image->blob)
        return st_err_set(err, -LU_ENOMEM, NULL, "out of memory");
    memcpy(image->blob, image->bytes + s->sh_offset, s->sh_size);
    ret = st_desc_open(&image->desc, image->blob, s->sh_size, &st_host_mem, err);
    if (ret < 0) {
        free(image->blob);
        image->blob = NULL;
        return ret;
    }
    image->blob_size = s->sh_size;
    return 0;
}

static int sections_read(struct st_image *image, const Elf64_Ehdr *h, struct st_err *err)
{
    static const char wanted[] = LU_DESC_SECTION;
    Elf64_Shdr names, s;

    if (!h->e_shnum)
        return 0;
    section_header(image, h, h->e_shstrndx, &names);
    if (names.sh_type == SHT_NOBITS || !inside(image, names.sh_offset, names.sh_size))
        return st_err_set(err, -LU_EFORMAT, NULL, "truncated: the section names are not there");
    for (unsigned i = 1; i < h->e_shnum; i++) {
        section_header(image, h, i, &s);
        if (s.sh_type == SHT_NOBITS || s.sh_name > names.sh_size ||
            names.sh_size - s.sh_name < sizeof(wanted) ||
            memcmp(image->bytes + names.sh_offset + s.sh_name, wanted, sizeof(wanted)) != 0)
            continue;
        if (!inside(image, s.sh_offset, s.sh_size))
            return st_err_at(err, -LU_EFORMAT, (unsigned)s.sh_offset,
                             "truncated: section %s ends at %#llx of %zu bytes", wanted,
                             (unsigned long long)s.sh_offset + s.sh_size, image->size);
        return desc_open(image, &s, err);
    }
    return 0;
}

static int names_make(struct st_image *image, struct st_err *err)
{
    const struct st_desc *d = &image->desc;

    if (!image->blob)
        return 0;
    image->scoped = calloc(d->n_globals ? d->n_globals : 1, sizeof(*image->scoped));
    for (uint32_t i = 0; image->scoped && i < d->n_globals; i++) {
        const struct lu_global *g = &d->globals[i];

        if (g->scope && asprintf(&image->scoped[i], "%s:%s", st_desc_string(d, g->scope),
                                 st_desc_string(d, g->name)) < 0) {
            image->scoped[i] = NULL;
            return st_err_set(err, -LU_ENOMEM, NULL, "out of memory");
        }
    }
    return image->scoped ? 0 : st_err_set(err, -LU_ENOMEM, NULL, "out of memory");
}

/* Takes over `bytes` (malloc'ed), also on failure. */
static int image_take(struct st_image **ret, uint8_t *bytes, size_t size, struct st_err *err)
{
    struct st_image *image = calloc(1, sizeof(*image));
    Elf64_Ehdr h;
    int r;

    if (!image) {
        free(bytes);
        return st_err_set(err, -LU_ENOMEM, NULL, "out of memory");
    }
    image->bytes = bytes;
    image->size = size;
    r = header_read(image, &h, err);
    if (r == 0)
        r = segments_read(image, &h, err);
    if (r == 0)
        r = sections_read(image, &h, err);
    if (r == 0)
        r = names_make(image, err);
    if (r < 0) {
        st_image_close(image);
        return r;
    }
    *ret = image;
    return 0;
}

int st_image_parse(struct st_image **ret, const void *bytes, size_t size, struct st_err *err)
{
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        return st_err_set(err, -LU_ENOMEM, NULL, "out of memory");
    memcpy(copy, bytes, size);
    return image_take(ret, copy, size, err);
}

/* Reads the rest of `f` into *ret_bytes (malloc'ed). */
static int stream_read(FILE *f, uint8_t **ret_bytes, size_t *ret_size, struct st_err *err)
{
    size_t size = 0, room = 1u << 16;
    uint8_t *bytes = malloc(room);

    while (bytes) {
        uint8_t *grown;

        size += fread(bytes + size, 1, room - size, f);
        if (size < room || size > ST_MAX_IMAGE_FILE)
            break; /* its end, an error, or enough of it */
        grown = realloc(bytes, room *= 2);
        if (!grown)
            free(bytes);
        bytes = grown;
    }
    if (!bytes)
        return st_err_set(err, -LU_ENOMEM, NULL, "out of memory");
    if (ferror(f) || size > ST_MAX_IMAGE_FILE) {
        free(bytes);
        return ferror(f)
                   ? st_err_set(err, -LU_EIO, NULL, "cannot be read: %s", strerror(errno))
                   : st_err_set(err, -LU_EFORMAT, NULL, "larger than %u bytes", ST_MAX_IMAGE_FILE);
    }
    *ret_bytes = bytes;
    *ret_size = size;
    return 0;
}

int st_image_open(struct st_image **ret, const char *file, struct st_err *err)
{
    FILE *f = fopen(file, "rbe");
    uint8_t *bytes;
    size_t size;
    int r;

    if (!f)
        return st_err_set(err, errno == ENOENT ? -LU_ENOENT : -LU_EIO, NULL, "%s", strerror(errno));
    r = stream_read(f, &bytes, &size, err);
    fclose(f);
    return r < 0 ? r : image_take(ret, bytes, size, err);
}

void st_image_close(struct st_image *image)
{
    if (!image)
        return;
    for (uint32_t i = 0; image->scoped && i < image->desc.n_globals; i++)
        free(image->scoped[i]);
    free(image->scoped);
    if (image->blob)
        st_desc_close(&image->desc);
    free(image->blob);
    free(image->bytes);
    free(image);
}

const char *st_image_global_name(const struct st_image *image, uint32_t i)
{
    return image->scoped[i] ? image->scoped[i]
                            : st_desc_string(&image->desc, image->desc.globals[i].name);
}

const struct st_desc *st_image_desc(const struct st_image *image)
{
    return image->blob ? &image->desc : NULL;
}

const void *st_image_blob(const struct st_image *image, size_t *ret_size)
{
    *ret_size = image->blob_size;
    return image->blob;
}

const uint8_t *st_image_build_id(const struct st_image *image)
{
    return image->build_id;
}

uint64_t st_image_entry(const struct st_image *image)
{
    return image->entry;
}

uint32_t st_image_segments(const struct st_image *image, const struct st_image_segment **ret)
{
    *ret = image->segments;
    return image->n_segments;
}

const void *st_image_bytes(const struct st_image *image, size_t *ret_size)
{
    *ret_size = image->size;
    return image->bytes;
}

static const struct st_image_segment *segment_at(const struct st_image *image, uint64_t addr,
                                                 size_t len)
{
    for (uint32_t i = 0; i < image->n_segments; i++) {
        const struct st_image_segment *s = &image->segments[i];

        if (addr >= s->addr && addr - s->addr <= s->mem_size &&
            len <= s->mem_size - (addr - s->addr))
            return s;
    }
    return NULL;
}

int st_image_read(const struct st_image *image, uint64_t addr, void *buf, size_t len)
{
    const struct st_image_segment *s = segment_at(image, addr, len);
    uint64_t offset, from_file;

    if (!s)
        return -LU_EFAULT;
    offset = addr - s->addr;
    from_file = offset < s->file_size ? s->file_size - offset : 0;
    if (from_file > len)
        from_file = len;
    memcpy(buf, (const uint8_t *)s->data + offset, from_file);
    memset((uint8_t *)buf + from_file, 0, len - from_file);
    return 0;
}
