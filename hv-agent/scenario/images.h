/* SPDX-License-Identifier: MIT
 *
 * What can be said of a scenario's images and state filters without an agent:
 * the images exist, are what lucc builds and hold the component that the scenario
 * says, and each filter fits the version that a new guest would boot.
 */
#pragma once

#include "scenario.h"

struct lu_scn_image {
    char path[1024];
    char build_id[41];  /* lower-case hex */
    int filter_checked; /* against NAME.elf of the image directory */
};

/* Images are looked up relative to base_dir, then in image_dir (may be NULL).  Fills
 * ret[0 .. s->n_components).  -EINVAL with *ret_diag for the first that is wrong. */
int lu_scenario_check_images(const struct lu_scenario *s, const char *base_dir,
                             const char *image_dir, struct lu_scn_image *ret,
                             struct lu_scn_diag *ret_diag);
