/* SPDX-License-Identifier: MIT
 *
 * lwIP's tcp_in.c as it is, with annotations: its variables describe the segment
 * that tcp_input works on.  At the update point there is none, and some of them
 * still point into a buffer that was freed long ago, so they stay behind.
 */
#include <lwip/priv/tcp_priv.h>

#include <lu/annotate.h>

NOXFER static struct tcp_seg inseg;
NOXFER static struct tcp_hdr *tcphdr;
NOXFER static u8_t *tcphdr_opt2;
NOXFER static struct pbuf *recv_data;
NOXFER extern struct tcp_pcb *tcp_input_pcb;

#include <core/tcp_in.c> /* NOLINT(bugprone-suspicious-include): to annotate what it keeps */
