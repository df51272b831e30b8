/* SPDX-License-Identifier: MIT
 *
 * Inside the scenario library: from the tree of a schema-valid document to
 * struct lu_scenario, and the checks that a schema can't express.
 */
#pragma once

#include "place.h"
#include "scenario.h"

#include <libxml/tree.h>

struct scn_reader {
    struct scn_arena *a;
    struct lu_scenario *s;
    struct lu_scn_diag *d;
    const char *end; /* of the document's bytes */
};

/* Both: 0, -EINVAL with *r->d filled in, -ENOMEM, or -EIO when tree and places
 * disagree. */
int scn_read(struct scn_reader *r, xmlDoc *doc);
int scn_check(struct scn_reader *r);
