/* SPDX-License-Identifier: MIT
 *
 * A component's image: a static ELF64 executable for LU_VA_IMAGE, from the boot
 * archive or from the agent.  The bytes are hostile; image_parse checks every
 * field that anything later relies on.  Pure logic, built for the host's tests too.
 */
#pragma once

#include <lu/call.h>

#define IMAGE_MAX_SEGMENTS 8u
#define IMAGE_WHY_MAX 160u

struct image_segment {
    uint64_t va, mem_size;      /* page-aligned start, bytes */
    uint64_t offset, file_size; /* what is copied to va + lead */
    uint32_t lead;              /* bytes between the page's start and the first byte of the file */
    uint32_t prot;              /* LU_PROT_*, never write and execute */
};

struct image {
    const uint8_t *data; /* borrowed */
    uint64_t size, entry;
    uint32_t n_segments;
    struct image_segment segments[IMAGE_MAX_SEGMENTS];
    uint8_t build_id[LU_BUILD_ID_SIZE];
    const uint8_t *desc; /* LU_DESC_SECTION in data, or NULL: the component can't be updated */
    uint64_t desc_size;
};

/* 0, or -LU_EFORMAT with why = what is wrong and where ("program header 2: ..."). */
int image_parse(const void *data, uint64_t size, struct image *ret, char why[IMAGE_WHY_MAX]);
