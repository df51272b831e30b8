/* SPDX-License-Identifier: MIT
 *
 * Virtio console device with several ports (VIRTIO 1.1, 5.3): constants and the
 * control message.
 */
#pragma once

#include <stdint.h>

#define CONSOLE_ID_MODERN 0x1043u
#define CONSOLE_ID_TRANSITIONAL 0x1003u
#define CONSOLE_F_MULTIPORT (1ull << 1)

/* Queue numbers; port 0's pair comes before the control pair. */
#define QUEUE_CONTROL_RX 2u
#define QUEUE_CONTROL_TX 3u
#define QUEUE_PORT_RX(port) ((uint16_t)((port) == 0 ? 0 : 2 + 2 * (port)))
#define QUEUE_PORT_TX(port) ((uint16_t)(QUEUE_PORT_RX(port) + 1))

enum control_event {
    CONTROL_DEVICE_READY = 0,
    CONTROL_PORT_ADD = 1,
    CONTROL_PORT_REMOVE = 2,
    CONTROL_PORT_READY = 3,
    CONTROL_CONSOLE_PORT = 4,
    CONTROL_RESIZE = 5,
    CONTROL_PORT_OPEN = 6,
    CONTROL_PORT_NAME = 7,
};

struct control_msg {
    uint32_t port;
    uint16_t event, value;
    char name[56]; /* PORT_NAME: not terminated, as long as the message says */
};
#define CONTROL_HEADER 8u
