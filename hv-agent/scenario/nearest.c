/* SPDX-License-Identifier: MIT
 *
 * Optimal string alignment distance over three rows; words longer than
 * WORD_MAX are not guessed at.
 */
#include "nearest.h"

#include <ctype.h>
#include <string.h>

#define WORD_MAX 64u

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;

    return m < c ? m : c;
}

static int same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
    unsigned rows[3][WORD_MAX + 1];
    size_t i, j;

    for (j = 0; j <= nb; j++)
        rows[0][j] = (unsigned)j;
    for (i = 1; i <= na; i++) {
        unsigned *cur = rows[i % 3], *prev = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

        cur[0] = (unsigned)i;
        for (j = 1; j <= nb; j++) {
            cur[j] = min3(prev[j] + 1, cur[j - 1] + 1, prev[j - 1] + !same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]) &&
                before[j - 2] + 1 < cur[j])
                cur[j] = before[j - 2] + 1;
        }
    }
    return rows[na % 3][nb];
}

const char *nearest_word(const char *typed, const char *const *words, size_t n)
{
    size_t typed_len = strlen(typed);
    const char *best = NULL;
    unsigned best_d = ~0u;

    if (!typed_len || typed_len > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(words[i]);
        size_t longer = len > typed_len ? len : typed_len;
        unsigned d;

        if (!len || len > WORD_MAX)
            continue;
        d = distance(typed, typed_len, words[i], len);
        if (d <= (longer + 2) / 3 && d < longer && d < best_d) {
            best = words[i];
            best_d = d;
        }
    }
    return best;
}
