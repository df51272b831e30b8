/* SPDX-License-Identifier: MIT
 *
 * Going to the background.  The process that was started stays until the agent
 * serves or has failed, so that its exit status and its error are the agent's.
 */
#pragma once

#include "base/err.h"

/* Returns in the child only, with its output going to `log` (appended to).  The parent waits for
 * hva_daemon_ready or the child's end, and exits. */
int hva_daemon_begin(const char *log, struct lu_err *err);
/* Lets the parent exit: with success, or with the error told.  Nothing happens in the foreground,
 * or the second time. */
void hva_daemon_ready(const struct lu_err *failed);
