/* SPDX-License-Identifier: MIT
 *
 * lwIP's configuration: one thread (NO_SYS), raw API, IPv4, TCP, ICMP, ARP.  All
 * of its objects come from malloc, so that they lie in the component's typed heap
 * and the state engine finds each with its type.
 */
#pragma once

#define NO_SYS 1
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0
#define SYS_LIGHTWEIGHT_PROT 0

#define MEM_LIBC_MALLOC 1
#define MEMP_MEM_MALLOC 1
#define MEM_ALIGNMENT 8

#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define LWIP_ARP 1
#define ARP_QUEUEING 1
#define LWIP_ICMP 1
#define LWIP_UDP 0
#define LWIP_TCP 1
#define LWIP_RAW 0
#define LWIP_DHCP 0
#define LWIP_DNS 0
#define IP_REASSEMBLY 0
#define IP_FRAG 0

#define TCP_MSS 1460
#define TCP_WND (16 * TCP_MSS)
#define TCP_SND_BUF (16 * TCP_MSS)
#define TCP_SND_QUEUELEN 64
#define MEMP_NUM_TCP_SEG 1024 /* a sanity check only: segments come from malloc */
#define TCP_LISTEN_BACKLOG 1
#define TCP_MSL 10000UL /* ms */
#define SO_REUSE 1

#define LWIP_STATS 0
#define LWIP_CHKSUM_ALGORITHM 3

#define LWIP_HOOK_FILENAME "hooks.h"
