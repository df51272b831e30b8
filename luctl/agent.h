/* SPDX-License-Identifier: MIT
 *
 * luctl's way to the agent: finds the socket, calls, and turns what goes wrong
 * into a printed error and an exit code.
 */
#pragma once

#include "command.h"
#include "hva/client.h"

/* Silence of the agent that ends an ordinary call. */
#define AGENT_TIMEOUT_MS 120000

/* Both return enum luctl_exit; anything but LUCTL_EXIT_OK has been told. */
int agent_open(struct cmd_call *call, struct hva_client **ret);
int agent_call(struct cmd_call *call, const char *method, json_t *params, json_t **ret);

/* As agent_call, over an open connection and with notifications.  When the
 * connection breaks, nothing is told and *ret_broken (may be NULL: told) holds why. */
int agent_call_on(struct cmd_call *call, struct hva_client *c, const char *method, json_t *params,
                  int timeout_ms, hva_notify_fn *notify, void *arg, json_t **ret,
                  struct lu_err *ret_broken);

/* The socket that would be used, for messages. */
int agent_socket(struct cmd_call *call, char *buf, size_t size);
