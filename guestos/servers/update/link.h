/* SPDX-License-Identifier: MIT
 *
 * The server's end of the channel: windows shared with the driver, the frame
 * reader, a queue of outgoing bytes.  Knows epochs and sequence numbers; what
 * frames mean is for session.c.  Never waits for the driver or the host.
 */
#pragma once

#include <stdbool.h>

#include <lu/frame.h>

/* Called for each frame that is whole and in order. */
typedef void link_frame_fn(const struct lu_frame *frame, const uint8_t *payload);

/* Looks up the channel driver and gives it the windows; again after its restart. */
void link_attach(void);
/* A message of protocol LU_PROTO_CHANNEL. */
void link_message(const struct lu_msg *m, link_frame_fn *on_frame);

/* The frame is queued, or dropped with a note in the log if the host has not
 * read for a long time.  reply_to = seq of the request, 0 = unsolicited. */
void link_send(uint16_t type, uint32_t reply_to, const void *payload, uint32_t len);
/* LU_CH_ERROR about something that was dropped. */
void link_send_error(uint16_t frame_type, uint32_t reply_to, int error, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The agent began a new epoch (LU_CH_HELLO, LU_CH_RESTORED, with their own seq). */
void link_set_epoch(uint32_t epoch, uint32_t seq);
bool link_has_epoch(void);
/* True if nothing waits to be sent: what may be dropped may be sent. */
bool link_idle(void);

/* When the rest of a half frame is overdue; 0 = none is pending. */
uint64_t link_deadline(void);
void link_timeout(uint64_t now, link_frame_fn *on_frame);
