/* SPDX-License-Identifier: MIT
 *
 * Every request mixes in the machine's entropy again, so that two restores of
 * one snapshot part ways as soon as the clock or the agent's seed differs.
 */
#include "random.h"

#include "klib.h"
#include "x86/arch.h"

static uint32_t key[8];
static uint64_t counter;

static void quarter(uint32_t *x, int a, int b, int c, int d)
{
#define ROT(v, n) ((v) << (n) | (v) >> (32 - (n)))
    x[a] += x[b], x[d] = ROT(x[d] ^ x[a], 16);
    x[c] += x[d], x[b] = ROT(x[b] ^ x[c], 12);
    x[a] += x[b], x[d] = ROT(x[d] ^ x[a], 8);
    x[c] += x[d], x[b] = ROT(x[b] ^ x[c], 7);
#undef ROT
}

static void block(uint32_t out[16])
{
    uint32_t in[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

    memcpy(in + 4, key, sizeof(key));
    in[12] = (uint32_t)counter;
    in[13] = (uint32_t)(counter >> 32);
    counter++;
    memcpy(out, in, sizeof(in));
    for (int i = 0; i < 10; i++) {
        for (int k = 0; k < 4; k++)
            quarter(out, k, 4 + k, 8 + k, 12 + k);
        for (int k = 0; k < 4; k++)
            quarter(out, k, 4 + (k + 1) % 4, 8 + (k + 2) % 4, 12 + (k + 3) % 4);
    }
    for (int i = 0; i < 16; i++)
        out[i] += in[i];
}

static void replace_key(void)
{
    uint32_t out[16];

    block(out);
    memcpy(key, out, sizeof(key));
    memset(out, 0, sizeof(out));
}

void random_mix(const void *data, size_t len)
{
    const uint8_t *d = data;

    while (len) {
        size_t n = len < sizeof(key) ? len : sizeof(key);

        for (size_t i = 0; i < n; i++)
            ((uint8_t *)key)[i] ^= d[i];
        replace_key();
        d += n;
        len -= n;
    }
}

void random_init(void)
{
    for (int i = 0; i < 8; i++) {
        uint64_t e = arch_entropy();

        random_mix(&e, sizeof(e));
    }
}

void random_get(void *buf, size_t len)
{
    uint64_t e = arch_entropy();
    uint8_t *d = buf;
    uint32_t out[16];

    random_mix(&e, sizeof(e));
    while (len) {
        size_t n = len < sizeof(out) ? len : sizeof(out);

        block(out);
        memcpy(d, out, n);
        d += n;
        len -= n;
    }
    memset(out, 0, sizeof(out));
    replace_key();
}
