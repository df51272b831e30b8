/* SPDX-License-Identifier: MIT
 *
 * Command line of hv-agent.  A test compares what --help says with the manual
 * page.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>

struct hva_options {
    char state_dir[512], image_dir_buf[512];
    const char *image_dir; /* NULL: none given */
    const char *uri;       /* NULL: the embedded driver */
    bool foreground, stop_guests;
};

/* Prints usage and exits for --help, --version and --usage, as argp does. */
int hva_options_parse(int argc, char **argv, struct hva_options *ret, struct lu_err *err);
