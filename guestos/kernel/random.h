/* SPDX-License-Identifier: MIT
 *
 * The kernel's random generator: ChaCha20 (RFC 8439) whose key is replaced
 * after every request ("fast key erasure").
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define RANDOM_MAX 256u

void random_init(void);
void random_mix(const void *data, size_t len);
void random_get(void *buf, size_t len); /* at most RANDOM_MAX bytes */
