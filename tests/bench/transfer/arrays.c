/* SPDX-License-Identifier: MIT
 *
 * 64 MiB of arrays whose type both versions share, beside a structure that changed.
 */
#include "case.h"

#define N ((64u << 20) / sizeof(struct sample))

struct sample {
    uint64_t at;
    uint32_t value;
    uint8_t kind, flags[3];
};

struct sample samples[N];
#ifdef OLD
struct {
    int runs;
} stats;
#else
struct {
    long runs;
    int more;
} stats;
#endif

void setup(void)
{
    stats.runs = 7;
    for (uint32_t i = 0; i < N; i++)
        samples[i] = (struct sample){.at = i, .value = i * 7, .kind = (uint8_t)i};
}

#ifndef OLD
int check(void)
{
    EXPECT(stats.runs == 7 && stats.more == 0);
    for (uint32_t i = 0; i < N; i++)
        EXPECT(samples[i].at == i && samples[i].value == i * 7 && samples[i].kind == (uint8_t)i);
    return 0;
}
#endif
