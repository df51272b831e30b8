/* SPDX-License-Identifier: MIT
 *
 * How a guest is shown to people.
 */
#pragma once

#include "command.h"

/* "Guest g runs: KVM is not used: ..." */
void guest_print_started(const struct output *o, const json_t *info);
void guest_print_info(const struct output *o, const json_t *info);
void guest_print_list(const struct output *o, const json_t *list);
