/* SPDX-License-Identifier: MIT
 *
 * Codec of the channel's frames (lu/channel.h): pure logic, no allocation, the
 * same source in the guest's update server and in the host's agent.  The
 * decoder takes a hostile byte stream in pieces of any size; whatever is not a
 * frame is dropped, reported once, and the search goes on at the next magic.
 */
#pragma once

#include <lu/channel.h>

/* CRC-32 as in zlib: start with 0, feed pieces one after another. */
uint32_t lu_crc32(uint32_t crc, const void *data, size_t len);

/* --- encoding --- */

/* Fills `ret` (magic, version, both checksums included) for a payload of `len` <=
 * LU_CHANNEL_MAX bytes.  On the wire: the header, then the payload. */
void lu_frame_make(struct lu_frame *ret, uint16_t type, uint32_t epoch, uint32_t seq,
                   uint32_t reply_to, const void *payload, uint32_t len);

/* --- decoding --- */

/* Why bytes were dropped. */
enum lu_frame_fault {
    LU_FRAME_GARBAGE = 1, /* no magic: everything up to the next one */
    LU_FRAME_HEADER,      /* magic, but the header's checksum is wrong */
    LU_FRAME_VERSION,     /* another protocol version */
    LU_FRAME_LENGTH,      /* longer than LU_CHANNEL_MAX */
    LU_FRAME_PAYLOAD,     /* payload's checksum is wrong */
    LU_FRAME_CUT,         /* the rest never came (lu_frame_cut) */
};

struct lu_frame_reader {
    uint32_t have, skip; /* bytes in buf; of these, to be dropped before the next look */
    uint32_t in_garbage; /* the current run of garbage was reported */
    uint8_t buf[sizeof(struct lu_frame) + LU_CHANNEL_MAX];
};

void lu_frame_reset(struct lu_frame_reader *r);

/* Takes as many of the bytes as there is room for; returns how many.  Call
 * lu_frame_next until it returns 0, then feed the rest. */
size_t lu_frame_feed(struct lu_frame_reader *r, const void *data, size_t len);

/* 1: a frame; *ret_payload (ret_frame->len bytes) is valid until the next call on
 * this reader.  0: feed more.  -LU_EBADMSG: something was dropped, *ret_fault says
 * why; call again. */
int lu_frame_next(struct lu_frame_reader *r, struct lu_frame *ret_frame,
                  const uint8_t **ret_payload, enum lu_frame_fault *ret_fault);

/* 1: stands in the middle of a frame and waits for the rest of it. */
int lu_frame_pending(const struct lu_frame_reader *r);

/* The rest of the pending frame will not come: drops its start.  1 if there was
 * one (fault LU_FRAME_CUT); then call lu_frame_next, there may be frames behind it. */
int lu_frame_cut(struct lu_frame_reader *r);

/* One sentence for a person. */
const char *lu_frame_fault_text(enum lu_frame_fault fault);
