/* SPDX-License-Identifier: MIT
 *
 * Where things stand in a document: libxml2's tree knows lines at best, people
 * want columns and attributes too.  The scanner walks the bytes of a document
 * that libxml2 has already found well-formed and free of a DTD, and notes the
 * places of elements, attributes and text in document order.
 */
#pragma once

#include "arena.h"

#include <stddef.h>

struct scn_at {
    unsigned line, col; /* from 1; columns count characters */
};

struct scn_attr_place {
    const char *name; /* into the document, not terminated */
    size_t name_len;
    struct scn_at at, value_at;
    struct scn_attr_place *next;
};

struct scn_place {
    const char *name; /* into the document, not terminated */
    size_t name_len;
    struct scn_at at;      /* of the '<' */
    struct scn_at text_at; /* first character of text that is no white space; line 0: none */
    struct scn_attr_place *attrs;
    const char *content; /* first byte after the start tag, NULL: <empty/> */
    struct scn_at content_at;
    struct scn_place *parent, *next; /* next in document order */
};

/* Returns 0 and the root's place, -ENOMEM, or -EIO when the bytes are not what
 * libxml2 has seen. */
int scn_places(struct scn_arena *a, const char *xml, size_t len, struct scn_place **ret);

/* "/scenario/component[2]" (numbered when a sibling has the same name), in the
 * arena; NULL: out of memory. */
const char *scn_place_path(struct scn_arena *a, const struct scn_place *p);

/* The place of attribute `name`, or NULL. */
const struct scn_attr_place *scn_place_attr(const struct scn_place *p, const char *name);

/* Decodes the text of an element without children: *ret_text gets the text
 * without surrounding white space, *ret_at one place per byte and one for the
 * end.  -ENOMEM, or -EIO as above. */
int scn_place_text(struct scn_arena *a, const struct scn_place *p, const char *end,
                   const char **ret_text, size_t *ret_len, const unsigned (**ret_at)[2]);
