/* SPDX-License-Identifier: MIT
 *
 * The boot archive: what QEMU loads beside the kernel (PVH module).  Holds the
 * compiled system manifest and every component's image, descriptions included.
 * Written by guestos/image, read by the kernel (which starts the component
 * `update` from it) and by the update server (which starts the others).
 */
#pragma once

#include <lu/call.h>

#define LU_ARCHIVE_MAGIC 0x4856524155ull
#define LU_ARCHIVE_VERSION 1u
#define LU_ARCHIVE_MAX_FILES 64u

/* One component of the manifest; the image lies at `offset`, page aligned. */
struct lu_archive_entry {
    char name[LU_NAME_MAX];
    uint64_t offset, size; /* bytes from the start of the archive */
    uint32_t start;        /* 1: started at boot, in the order of the table */
    uint32_t pad;
    struct lu_rights rights;
};

struct lu_archive {
    uint64_t magic;
    uint32_t version, n_entries;
    uint64_t size; /* of the whole archive */
    struct lu_archive_entry entries[LU_ARCHIVE_MAX_FILES];
};
