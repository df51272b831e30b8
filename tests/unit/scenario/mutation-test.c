/* SPDX-License-Identifier: MIT
 *
 * Bounded fuzzing of the scenario parser: documents with bytes, words and tags
 * changed at random (fixed seed, or the one given).  Under the sanitizers; besides,
 * whatever is refused must be refused in our own words with a place, which shows
 * that schema, walker and position scanner agree.
 */
#include "scenario/scenario.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

static uint64_t state;

static uint32_t rnd(uint32_t below)
{
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((state >> 33) % below);
}

static const char *const words[] = {"component",
                                    "net",
                                    "\"",
                                    "<",
                                    ">",
                                    "/>",
                                    "=",
                                    " ",
                                    "-",
                                    "<!--",
                                    "-->",
                                    "<![CDATA[",
                                    "]]>",
                                    "&lt;",
                                    "&#65;",
                                    "\r\n",
                                    "0x",
                                    "expect",
                                    "fault",
                                    "<hold/>",
                                    "<rules>",
                                    "</rules>",
                                    "name=",
                                    "<?p?>",
                                    "\xc3\xa4",
                                    "\xff",
                                    "99999999999999999999",
                                    "hot rollback",
                                    "''",
                                    "<a b='c'/>"};

static size_t mutate(char *buf, size_t len, size_t size)
{
    for (uint32_t n = 1 + rnd(4); n--;) {
        size_t at = rnd((uint32_t)len + 1), cut = rnd(12);
        const char *word = words[rnd(sizeof(words) / sizeof(words[0]))];
        size_t add = rnd(3) ? strlen(word) : 0;

        if (cut > len - at)
            cut = len - at;
        if (rnd(2))
            cut = 0;
        if (len - cut + add > size)
            continue;
        memmove(buf + at + add, buf + at + cut, len - at - cut);
        for (size_t i = 0; i < add; i++)
            buf[at + i] = word[i];
        len = len - cut + add;
    }
    return len;
}

/* 0, or 1 after telling what is wrong with the refusal. */
static int try(const char *xml, size_t len)
{
    char *copy = malloc(len ? len : 1); /* exact size: an overrun is seen */
    struct lu_scenario *s = NULL;
    struct lu_scn_diag d = {0};
    struct lu_err err = {0};
    int r, bad = 0;

    memcpy(copy, xml, len);
    r = lu_scenario_parse(copy, len, "m.xml", &s, &d, &err);
    if (r < 0 && (!d.text[0] || strstr(d.text, "does not fit the schema") ||
                  (!d.line && !strstr(d.text, "NUL")) || (r != -EINVAL && r != -E2BIG))) {
        printf("refused (%d) with \"%s\":\n%.*s\n", r, err.text, (int)len, copy);
        bad = 1;
    }
    lu_scenario_free(s);
    free(copy);
    return bad;
}

int main(int argc, char **argv)
{
    void *good = NULL;
    char buf[16384];
    size_t len = 0;
    long runs;

    if (argc < 3 || hva_read_file(argv[1], sizeof(buf) / 2, &good, &len, NULL) < 0)
        return 1;
    runs = strtol(argv[2], NULL, 10);
    state = argc > 3 ? strtoull(argv[3], NULL, 0) : 1;
    for (long i = 0; i < runs; i++) {
        memcpy(buf, good, len);
        if (try(buf, mutate(buf, len, sizeof(buf))))
            return 1;
    }
    free(good);
    printf("%ld documents\n", runs);
    return 0;
}
