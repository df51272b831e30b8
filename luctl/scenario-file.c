/* SPDX-License-Identifier: MIT
 *
 * See scenario-file.h.
 */
#include "scenario-file.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int scenario_file_diag(struct cmd_call *call, const struct lu_scn_diag *d)
{
    char where[300], text[LU_ERR_TEXT];

    lu_scn_diag_where(d, where, sizeof(where));
    lu_scn_diag_format(d, text, sizeof(text));
    return output_error(&call->out, LUCTL_EXIT_REFUSED, "refused", where, d->path, "%s", text);
}

int scenario_file_open(struct cmd_call *call, const char *path, struct scenario_file *ret)
{
    struct lu_scn_diag diag = {0};
    struct lu_err err = {0};
    char *real;
    size_t len;

    memset(ret, 0, sizeof(*ret));
    ret->path = path;
    call->out.document = path;
    if (lu_scenario_load(path, &ret->scenario, &ret->xml, &len, &diag, &err) < 0) {
        if (diag.text[0])
            return scenario_file_diag(call, &diag);
        return output_error(&call->out, LUCTL_EXIT_ERROR, NULL, NULL, NULL, "%s", err.text);
    }
    real = realpath(path, NULL);
    snprintf(ret->base_dir, sizeof(ret->base_dir), "%s", real ? dirname(real) : ".");
    free(real);
    if (!text_is_utf8(ret->base_dir))
        return output_error(&call->out, LUCTL_EXIT_ERROR, NULL, NULL, NULL,
                            "%s: the name of its folder is no UTF-8 text", path);
    return LUCTL_EXIT_OK;
}

void scenario_file_close(struct scenario_file *f)
{
    lu_scenario_free(f->scenario);
    free(f->xml);
}

json_t *scenario_file_params(const struct scenario_file *f, const char *guest)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "guest", guest, "xml", f->xml, "base_dir", f->base_dir,
                     "file", f->path);
}
