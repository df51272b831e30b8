/* SPDX-License-Identifier: MIT
 *
 * Component images by build id.  Looks in the image directory and in the
 * agent's own store, which keeps a copy of every image that was ever staged, so
 * that the description of what runs in a guest is found again even when the
 * image directory has moved on.  Thread-safe: no state but the file system.
 */
#pragma once

#include "base/err.h"

#include <host/image.h>

struct hva_store {
    const char *image_dir; /* borrowed; may be NULL */
    const char *copy_dir;  /* borrowed */
};

/* The image of that build.  `name` (a component) only makes the search faster. -ENOENT. */
int hva_store_find(const struct hva_store *s, const char *name, const uint8_t *build_id,
                   struct st_image **ret, struct lu_err *err);

/* Opens `image` as a scenario names it: relative to base_dir (may be NULL), else in the image
 * directory.  Names with ".." are refused. */
int hva_store_open(const struct hva_store *s, const char *base_dir, const char *image,
                   struct st_image **ret, struct lu_err *err);

/* Keeps a copy under its build id. */
int hva_store_keep(const struct hva_store *s, const struct st_image *image, struct lu_err *err);
