/* SPDX-License-Identifier: MIT
 *
 * Explanations for people: why a component is not ready, how one died.
 */
#pragma once

#include <lu/call.h>

#define WHY_MAX 192u
#define WHY_PATH_MAX 128u

/* path = what it waits for ("net -> e1000 -> net"), "" = nothing. */
void why_not_ready(lu_ep ep, char path[WHY_PATH_MAX], char text[WHY_MAX]);
/* "crashed: page fault at rip 0x401234, address 0x0" */
void why_died(const struct lu_exit *e, char text[WHY_MAX]);
