/* SPDX-License-Identifier: MIT
 *
 * "Did you mean": the word of a list that is nearest to what was typed, by edit
 * distance (insertions, deletions, replacements, swapped neighbours).
 */
#pragma once

#include <stddef.h>

/* Returns the nearest of words[0..n), or NULL when none is near enough to be
 * worth a guess (more than a third of the longer word would have to change). */
const char *nearest_word(const char *typed, const char *const *words, size_t n);
