/* SPDX-License-Identifier: MIT
 *
 * What lwIP needs from its system: time, random numbers, initial sequence
 * numbers (RFC 6528: a keyed hash of the connection plus a clock of 4 us; the hash
 * is SipHash-2-4 of Aumasson and Bernstein) and a way to fail.
 */
#include <lwip/sys.h>
#include <stdbool.h>

#include <lu/sys.h>

#include "hooks.h"

static uint64_t isn_key[2];
static bool isn_key_set;

u32_t sys_now(void)
{
    return (u32_t)(sys_clock() / 1000000u);
}

unsigned net_random(void)
{
    unsigned value = 0;

    sys_random(&value, sizeof(value));
    return value;
}

void net_assert_failed(const char *what, const char *file)
{
    lu_log("%s: lwIP: %s", file, what);
    sys_exit(134);
}

static inline uint64_t rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static void sip_rounds(uint64_t v[4], unsigned n)
{
    while (n-- > 0) {
        v[0] += v[1], v[1] = rotl(v[1], 13) ^ v[0], v[0] = rotl(v[0], 32);
        v[2] += v[3], v[3] = rotl(v[3], 16) ^ v[2];
        v[0] += v[3], v[3] = rotl(v[3], 21) ^ v[0];
        v[2] += v[1], v[1] = rotl(v[1], 17) ^ v[2], v[2] = rotl(v[2], 32);
    }
}

/* SipHash-2-4 of two words (16 bytes). */
static uint64_t sip_hash(const uint64_t key[2], uint64_t a, uint64_t b)
{
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575ull, key[1] ^ 0x646f72616e646f6dull,
                     key[0] ^ 0x6c7967656e657261ull, key[1] ^ 0x7465646279746573ull};
    const uint64_t words[3] = {a, b, (uint64_t)16 << 56};

    for (unsigned i = 0; i < 3; i++) {
        v[3] ^= words[i];
        sip_rounds(v, 2);
        v[0] ^= words[i];
    }
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

u32_t net_isn(const ip_addr_t *local, u16_t local_port, const ip_addr_t *remote, u16_t remote_port)
{
    uint64_t addresses, ports = (uint64_t)local_port << 16 | remote_port;

    if (!isn_key_set) {
        sys_random(isn_key, sizeof(isn_key));
        isn_key_set = true;
    }
    addresses =
        (uint64_t)ip4_addr_get_u32(ip_2_ip4(local)) << 32 | ip4_addr_get_u32(ip_2_ip4(remote));
    return (u32_t)(sip_hash(isn_key, addresses, ports) + sys_clock() / 4000u);
}
