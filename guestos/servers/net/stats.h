/* SPDX-License-Identifier: MIT
 *
 * Counters of the network server since its first start; they travel with the
 * state.  Order and meaning for clients: enum lu_net_counter.
 */
#pragma once

#include <lu/net.h>

struct net_stats {
    uint32_t rx_frames, tx_frames;
    uint32_t rx_dropped, tx_dropped;
    uint32_t accepted;
    uint64_t rx_bytes, tx_bytes;
};

extern struct net_stats net_stats;
