/* SPDX-License-Identifier: MIT
 *
 * Wraps virDomainQemuMonitorCommand: builds the request, takes the answer
 * apart, turns both libvirt's and QEMU's errors into ours.
 */
#include "qmp.h"

#include <errno.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int hva_virt_error(struct lu_err *err, const char *fmt, ...)
{
    const char *why = virGetLastErrorMessage();
    char text[256];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return lu_err_set(err, -EIO, "%s: %s", text, why ? why : "no reason given");
}

static int take_answer(const char *command, const char *text, json_t **ret, struct lu_err *err)
{
    json_t *doc = json_loads(text, 0, NULL), *error = json_object_get(doc, "error");
    json_t *result = json_object_get(doc, "return");
    int r = 0;

    if (error) {
        const char *desc = json_string_value(json_object_get(error, "desc"));

        r = lu_err_set(err, -EREMOTEIO, "QEMU refused %s: %s", command, desc ? desc : "no reason");
    } else if (!result) {
        r = lu_err_set(err, -EPROTO, "QEMU's answer to %s cannot be read", command);
    } else if (ret) {
        *ret = json_incref(result);
    }
    json_decref(doc);
    return r;
}

int hva_qmp(virDomainPtr dom, const char *command, json_t *args, json_t **ret, struct lu_err *err)
{
    json_t *req =
        json_pack("{s:s, s:o}", "execute", command, "arguments", args ? args : json_object());
    char *text = req ? json_dumps(req, JSON_COMPACT) : NULL, *answer = NULL;
    int r;

    json_decref(req);
    if (!text)
        return lu_err_set(err, -ENOMEM, "out of memory");
    if (virDomainQemuMonitorCommand(dom, text, &answer, 0) < 0)
        r = hva_virt_error(err, "QEMU monitor command %s", command);
    else
        r = take_answer(command, answer, ret, err);
    free(answer);
    free(text);
    return r;
}

int hva_hmp_quiet(virDomainPtr dom, struct lu_err *err, const char *fmt, ...)
{
    char line[256];
    const char *said;
    json_t *out;
    va_list ap;
    int r;

    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    r = hva_qmp(dom, "human-monitor-command", json_pack("{s:s}", "command-line", line), &out, err);
    if (r < 0)
        return r;
    said = json_string_value(out);
    if (said && *said) {
        size_t n = strcspn(said, "\r\n");

        r = lu_err_set(err, -EREMOTEIO, "QEMU refused '%s': %.*s", line, (int)n, said);
    }
    json_decref(out);
    return r;
}
