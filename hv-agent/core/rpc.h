/* SPDX-License-Identifier: MIT
 *
 * JSON-RPC 2.0 server on a UNIX socket, one JSON object per line.  One thread
 * runs the loop and the handler; answers and notifications may come from any
 * thread.  Clients are hostile: requests are bounded, and one that does not
 * read its answers is cut off.
 */
#pragma once

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>

struct hva_rpc;
struct hva_request; /* must be answered once, by hva_rpc_result or hva_rpc_error */

struct hva_rpc_ops {
    /* `params` is borrowed.  Must not block. */
    void (*call)(void *arg, struct hva_request *req, const char *method, json_t *params);
    void (*tick)(void *arg); /* about every 100 ms, and after hva_rpc_wake */
};

#define HVA_RPC_LINE_MAX (4u << 20)
#define HVA_RPC_OUT_MAX (16u << 20)
#define HVA_RPC_CLIENTS_MAX 64u

/* Makes the socket (mode 0600), replacing a stale one. */
int hva_rpc_open(const char *path, const struct hva_rpc_ops *ops, void *arg, struct hva_rpc **ret,
                 struct lu_err *err);
/* Until hva_rpc_stop (async-signal-safe). */
void hva_rpc_run(struct hva_rpc *rpc);
void hva_rpc_stop(struct hva_rpc *rpc);
void hva_rpc_wake(struct hva_rpc *rpc);
/* No request may be open.  Answers that wait are still delivered, for at most a second. */
void hva_rpc_close(struct hva_rpc *rpc);

/* `result` is consumed.  Both end the request. */
void hva_rpc_result(struct hva_request *req, json_t *result);
/* kind, where and path may be NULL. */
void hva_rpc_error(struct hva_request *req, int code, const char *kind, const char *where,
                   const char *path, const char *message);
/* `params` is consumed. */
void hva_rpc_notify(struct hva_request *req, const char *method, json_t *params);
bool hva_rpc_gone(struct hva_request *req); /* its client has left */
