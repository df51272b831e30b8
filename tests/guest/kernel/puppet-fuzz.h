/* SPDX-License-Identifier: MIT
 *
 * Random kernel calls with hostile arguments.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Returns how many of the `n` calls succeeded. */
uint64_t puppet_fuzz(uint64_t seed, uint64_t n, char *scratch, size_t size);
