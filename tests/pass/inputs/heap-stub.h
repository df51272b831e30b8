/* SPDX-License-Identifier: MIT
 *
 * The typed allocator's entry points over the host's malloc; remembers the cell
 * that each object was allocated for, as lib/heap would tell from its page.
 */
#pragma once

#include <stddef.h>

struct lu_site_cell;

/* The cell of an object, or NULL. */
const struct lu_site_cell *heap_cell_of(const void *object);
