/* SPDX-License-Identifier: MIT
 *
 * The line of a document that an error speaks of, with a caret under the place.
 */
#pragma once

#include <stdio.h>

/* `where` is "FILE:LINE:COLUMN", from 1, columns counted in characters.  Prints nothing if
 * it speaks of another file than `document` (may be NULL), or the file has no such
 * place.  Control characters, tabs among them, are shown as one blank each. */
void excerpt_print(FILE *to, const char *document, const char *where);
