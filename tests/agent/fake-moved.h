/* SPDX-License-Identifier: MIT
 *
 * What a fake guest's transfer is said to have moved.
 */
#pragma once

#include <host/image.h>
#include <lu/call.h>

/* From the initial state of image `a` to image `b`. */
void fake_moved(const struct st_image *a, const struct st_image *b, struct lu_moved *ret);
