/* SPDX-License-Identifier: MIT
 *
 * The scenario named on the command line: read and checked here, before the
 * agent is asked, and packed for it.
 */
#pragma once

#include "command.h"
#include "scenario/scenario.h"

struct scenario_file {
    struct lu_scenario *scenario;
    char *xml;
    char base_dir[4096]; /* absolute folder of the file */
    const char *path;    /* as given */
};

/* LUCTL_EXIT_OK, LUCTL_EXIT_REFUSED (wrong document) or LUCTL_EXIT_ERROR (not to be
 * read); told. */
int scenario_file_open(struct cmd_call *call, const char *path, struct scenario_file *ret);
void scenario_file_close(struct scenario_file *f);

/* Parameters of scenario.plan and scenario.apply. */
json_t *scenario_file_params(const struct scenario_file *f, const char *guest);

/* Tells a diagnosis; returns LUCTL_EXIT_REFUSED. */
int scenario_file_diag(struct cmd_call *call, const struct lu_scn_diag *d);
