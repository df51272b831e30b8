/* SPDX-License-Identifier: MIT
 *
 * A RELAX NG schema as the diagnosing walker sees it.  libxml2 decides whether
 * a document is valid; this model, read from the same schema, finds out where
 * and why it is not.  It understands the subset that schemas/scenario.rng
 * describes and refuses to load anything else, so the two cannot drift apart
 * silently.
 */
#pragma once

#include "arena.h"

#include <libxml/tree.h>
#include <stddef.h>

struct scn_value { /* the define of an attribute's value */
    const char *name;
    const char *doc;    /* what is expected, or NULL: the words */
    const char **words; /* a choice of values */
    size_t n_words;
    const char *type;    /* a datatype of XML Schema, NULL: any text or words */
    const char *pattern; /* facets, NULL where absent */
    const char *min, *max, *min_length, *max_length;
};

struct scn_attr_model {
    const char *name;
    const char *value_name;
    const struct scn_value *value;
    int required;
};

struct scn_item { /* one position in the sequence of children */
    const char *names[8];
    const struct scn_element *elements[8]; /* any of these */
    size_t n;
    int required, many;
};

struct scn_element {
    const char *name;
    struct scn_attr_model attrs[8];
    size_t n_attrs;
    struct scn_item items[12];
    size_t n_items;
    int has_text;
};

struct scn_model {
    struct scn_element *elements;
    size_t n_elements;
    struct scn_value *values;
    size_t n_values;
    const struct scn_element *root;
};

/* 0, -ENOMEM, or -EIO when the schema is outside the subset. */
int scn_model_load(struct scn_arena *a, xmlDoc *rng, struct scn_model **ret);

/* Is `text` such a value? */
int scn_value_fits(const struct scn_value *v, const char *text);
