/* SPDX-License-Identifier: MIT
 *
 * A 64-bit little-endian ELF file in memory, checked once when it is opened:
 * afterwards the headers and every section that is not NOBITS lie inside it.
 * Functions return 0 or a negative errno and print what is wrong.
 */
#pragma once

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

struct elf_file {
    const char *path;
    uint8_t *data;
    size_t size;
    Elf64_Ehdr *ehdr;
    Elf64_Phdr *phdrs; /* ehdr->e_phnum */
    Elf64_Shdr *shdrs; /* ehdr->e_shnum */
    const char *names; /* section names, NUL-terminated */
    size_t names_size;
};

/* Owned by the caller: elf_close. */
int elf_open(struct elf_file *f, const char *path);
void elf_close(struct elf_file *f);

const char *elf_section_name(const struct elf_file *f, unsigned index);

/* Section of that name, or NULL. */
Elf64_Shdr *elf_find(const struct elf_file *f, const char *name);

/* Takes SHF_ALLOC off a section of an object file, in place.  0 when the file
 * has no such section. */
int elf_unalloc(const char *path, const char *section);

/* A changed copy of `f`: sections that `drop` says yes to are gone, section
 * `name` with `data` is added (not loaded, 8-byte aligned).  Segments and all
 * addresses stay. */
int elf_write_copy(const struct elf_file *f, const char *path,
                   int (*drop)(const char *section, void *arg), void *arg, const char *name,
                   const void *data, size_t size);

/* Whole file, with its mode. */
int file_write(const char *path, const void *data, size_t size, unsigned mode);
