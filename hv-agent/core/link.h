/* SPDX-License-Identifier: MIT
 *
 * One guest's channel: frames out, frames in, over a non-blocking stream
 * socket.  What comes in is hostile: what is not a frame of this epoch, of a
 * type that a guest may send and of a fitting length is dropped and counted.
 * Used by the guest's worker thread only.
 */
#pragma once

#include "base/err.h"

#include <lu/frame.h>
#include <stdbool.h>

struct hva_link {
    int fd;        /* -1: not connected */
    char area[48]; /* for log lines */
    uint32_t epoch, seq;
    uint64_t dropped;
    struct lu_frame_reader reader;
    uint8_t in[4096]; /* received, not yet fed */
    size_t in_len, in_at;
};

/* A frame that came in.  Payload is valid until the next hva_link_recv. */
struct hva_frame {
    struct lu_frame head;
    const uint8_t *payload;
};

/* Takes over fd.  Epochs are random, so that two agents never share one. */
void hva_link_open(struct hva_link *link, int fd, const char *guest);
void hva_link_close(struct hva_link *link);

/* A new epoch: frames of older ones are dropped from now on. */
void hva_link_new_epoch(struct hva_link *link);

/* Sends one frame; waits at most timeout_ms for room.  -EPIPE, -ETIMEDOUT: the link is
 * closed then, for a half-sent frame spoils what follows. */
int hva_link_send(struct hva_link *link, uint16_t type, const void *payload, uint32_t len,
                  int timeout_ms, struct lu_err *err);

/* 1: a frame.  0: none within timeout_ms.  -EPIPE: the other end is gone. */
int hva_link_recv(struct hva_link *link, int timeout_ms, struct hva_frame *ret, struct lu_err *err);

const char *hva_frame_word(unsigned type);
