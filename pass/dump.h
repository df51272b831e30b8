/* SPDX-License-Identifier: MIT
 *
 * Prints a description for people and for tests.
 */
#pragma once

#include "world.h"

#include <stdio.h>

void dump_world(const struct world *w, FILE *out);

/* "struct tcp_pcb *", "int[4]", "void (*)(int)" of a type. */
void dump_type_name(const struct world *w, uint32_t type, FILE *out);

/* What a site allocates: "struct tcp_pcb tail", "untyped". */
void dump_site_type(const struct world *w, const struct lu_site *s, FILE *out);
