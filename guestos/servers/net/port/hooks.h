/* SPDX-License-Identifier: MIT
 *
 * Hooks that lwIP calls by macro.
 */
#pragma once

#include <lwip/ip_addr.h>

u32_t net_isn(const ip_addr_t *local, u16_t local_port, const ip_addr_t *remote, u16_t remote_port);

#define LWIP_HOOK_TCP_ISN net_isn
