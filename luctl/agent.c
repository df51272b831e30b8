/* SPDX-License-Identifier: MIT
 *
 * See agent.h.  --connect comes before --state-dir, that before the environment.
 */
#include "agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int agent_socket(struct cmd_call *call, char *buf, size_t size)
{
    struct lu_err err = {0};
    char dir[1024];
    int r;

    if (call->connect) {
        if (strncmp(call->connect, "unix:", 5))
            return output_error(&call->out, LUCTL_EXIT_ERROR, "usage", NULL, NULL,
                                "--connect wants unix:PATH, not '%s'", call->connect);
        snprintf(buf, size, "%s", call->connect + 5);
        return LUCTL_EXIT_OK;
    }
    snprintf(dir, sizeof(dir), "%s", call->state_dir ? call->state_dir : "");
    r = call->state_dir ? 0 : hva_default_state_dir(dir, sizeof(dir), &err);
    if (!r)
        r = hva_client_socket(dir, buf, size, &err);
    if (r < 0)
        return output_error(&call->out, LUCTL_EXIT_ERROR, NULL, NULL, NULL, "%s", err.text);
    return LUCTL_EXIT_OK;
}

int agent_open(struct cmd_call *call, struct hva_client **ret)
{
    struct lu_err err = {0};
    char path[1024];
    int code = agent_socket(call, path, sizeof(path));

    if (code)
        return code;
    if (hva_client_open(path, ret, &err) < 0)
        return output_error(&call->out, LUCTL_EXIT_NO_AGENT, "no-agent", NULL, NULL,
                            "%s; is hv-agent running?", err.text);
    return LUCTL_EXIT_OK;
}

static int exit_of_kind(const char *kind)
{
    if (!strcmp(kind, "refused"))
        return LUCTL_EXIT_REFUSED;
    if (!strcmp(kind, "not-found"))
        return LUCTL_EXIT_NOT_FOUND;
    if (!strcmp(kind, "lost"))
        return LUCTL_EXIT_NOT_UNDONE;
    return LUCTL_EXIT_ERROR;
}

static int broken(struct cmd_call *call, int r, const struct lu_err *err, struct lu_err *ret)
{
    if (ret) {
        *ret = *err;
        return LUCTL_EXIT_NO_AGENT;
    }
    if (r == -EPROTO)
        return output_error(&call->out, LUCTL_EXIT_ERROR, "protocol", NULL, NULL, "%s", err->text);
    return output_error(&call->out, LUCTL_EXIT_NO_AGENT, "no-agent", NULL, NULL, "%s", err->text);
}

int agent_call_on(struct cmd_call *call, struct hva_client *c, const char *method, json_t *params,
                  int timeout_ms, hva_notify_fn *notify, void *arg, json_t **ret,
                  struct lu_err *ret_broken)
{
    struct hva_fault fault = {0};
    struct lu_err err = {0};
    int code = LUCTL_EXIT_OK;
    int r = hva_client_call(c, method, params, timeout_ms, notify, arg, ret, &fault, &err);

    if (r == -EREMOTEIO)
        code = output_error(&call->out, exit_of_kind(fault.kind), fault.kind, fault.where,
                            fault.path, "%s", err.text);
    else if (r < 0)
        code = broken(call, r, &err, ret_broken);
    else if (!json_is_object(*ret)) {
        json_decref(*ret);
        *ret = NULL;
        lu_err_set(&err, -EPROTO, "the agent's answer to %s is no object", method);
        code = broken(call, -EPROTO, &err, ret_broken);
    }
    hva_fault_clear(&fault);
    return code;
}

int agent_call(struct cmd_call *call, const char *method, json_t *params, json_t **ret)
{
    struct hva_client *c = NULL;
    int code = agent_open(call, &c);

    if (code) {
        json_decref(params);
        return code;
    }
    code = agent_call_on(call, c, method, params, AGENT_TIMEOUT_MS, NULL, NULL, ret, NULL);
    hva_client_close(c);
    return code;
}
