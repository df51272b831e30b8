/* SPDX-License-Identifier: MIT
 *
 * Client library of hv-agent: JSON-RPC 2.0 over the agent's UNIX socket, one
 * JSON object per line.  One connection is used by one thread at a time; a call
 * blocks until its answer came, notifications that arrive meanwhile go to the
 * call's handler.  The methods, their parameters and results are described in
 * hv-agent/client/methods.md.
 */
#pragma once

#include "base/err.h"

#include <jansson.h>

struct hva_client;

/* A notification ("progress", "console") that came before the call's answer.
 * `params` is borrowed.  Return 0 to go on, anything else to stop waiting: the
 * call then returns -ECANCELED. */
typedef int hva_notify_fn(void *arg, const char *method, json_t *params);

/* What the agent answered instead of a result. */
struct hva_fault {
    int code;        /* negative errno */
    char kind[32];   /* "refused", "usage", "not-found", "busy", ..., "" when not told */
    char where[512]; /* "file:line:col" or "" */
    char path[256];  /* element or object path or "" */
    json_t *data;    /* the whole error data, or NULL; owned by the fault */
};

/* Socket of the agent that uses this state directory: STATE_DIR/agent.sock. */
int hva_client_socket(const char *state_dir, char *ret_path, size_t size, struct lu_err *err);
/* $PROTEAN_STATE_DIR, else root: /var/lib/protean, else $XDG_STATE_HOME/protean or
 * ~/.local/state/protean. */
int hva_default_state_dir(char *ret_path, size_t size, struct lu_err *err);

/* -ENOENT or -ECONNREFUSED when no agent answers there. */
int hva_client_open(const char *socket_path, struct hva_client **ret, struct lu_err *err);
void hva_client_close(struct hva_client *c); /* NULL is fine */

/* Calls `method`; `params` (object or NULL) is consumed in any case.  timeout_ms
 * counts from the last byte heard from the agent, -1 = for ever.  Returns 0 with
 * *ret_result (a new reference); -ETIMEDOUT, -ECONNRESET, -EPROTO, -ECANCELED; or
 * -EREMOTEIO when the agent answered with an error: then err->text is the agent's
 * message and *fault (may be NULL) the rest of it. */
int hva_client_call(struct hva_client *c, const char *method, json_t *params, int timeout_ms,
                    hva_notify_fn *notify, void *arg, json_t **ret_result, struct hva_fault *fault,
                    struct lu_err *err);
void hva_fault_clear(struct hva_fault *fault);
