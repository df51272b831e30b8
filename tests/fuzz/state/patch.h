/* SPDX-License-Identifier: MIT
 *
 * Fuzz input as a list of patches on something valid: eight bytes each, of which
 * the first four choose the place and the others what is written there.
 */
#pragma once

#include <stdint.h>
#include <string.h>

struct patch {
    uint32_t place; /* bits 0..27; bits 28..31: operation */
    uint32_t value;
};

/* Number of whole patches in `size` bytes. */
static inline size_t patch_count(size_t size)
{
    return size / sizeof(struct patch);
}

static inline struct patch patch_get(const uint8_t *data, size_t i)
{
    struct patch p;

    memcpy(&p, data + i * sizeof(p), sizeof(p));
    return p;
}

/* Changes the 4 (or 8) bytes at p. */
static inline void patch_apply(struct patch patch, uint8_t *p, size_t room)
{
    uint64_t v = 0;
    size_t n = patch.place >> 28 & 1 ? 4 : 8;

    n = n < room ? n : room;
    memcpy(&v, p, n);
    switch (patch.place >> 29) {
    case 0:
        v = patch.value;
        break;
    case 1:
        v += (int32_t)patch.value;
        break;
    case 2:
        v ^= 1ull << (patch.value & 63);
        break;
    case 3:
        v = (v & ~0xffull) | (patch.value & 0xff);
        break;
    case 4:
        v = (uint64_t)patch.value << 32 | (uint32_t)v;
        break;
    case 5:
        v = patch.value & 15;
        break;
    default:
        v += patch.value & 255;
        break;
    }
    memcpy(p, &v, n);
}
