/* SPDX-License-Identifier: MIT
 *
 * The report of a transaction, as `apply`, `report` and `history TXN` show it.
 */
#pragma once

#include "command.h"

/* Exit code that goes with a report's outcome; LUCTL_EXIT_NOT_UNDONE when it is open
 * or makes no sense. */
int report_exit(const json_t *report);

/* How it ended, for people: the end of what `apply` prints. */
void report_print_end(const struct output *o, const json_t *report);
/* All of it. */
void report_print(const struct output *o, const json_t *report);

/* Fetches a report and prints it: `txn` is a number, or NULL for the newest. */
int report_show(struct cmd_call *call, const char *txn);
