/* SPDX-License-Identifier: MIT
 *
 * Frame codec, see lu/frame.h.  The reader keeps at most one frame's worth of
 * bytes.  After a fault only the magic is dropped: a good frame that a cut one
 * swallowed is found again.
 */
#include <lu/frame.h>

#include <string.h>

#define HEADER_SIZE ((uint32_t)sizeof(struct lu_frame))
#define HEADER_CRC_SIZE ((size_t)offsetof(struct lu_frame, header_crc))
#define MAGIC_SIZE 4u

void lu_frame_make(struct lu_frame *ret, uint16_t type, uint32_t epoch, uint32_t seq,
                   uint32_t reply_to, const void *payload, uint32_t len)
{
    *ret = (struct lu_frame){
        .magic = LU_CHANNEL_MAGIC,
        .version = LU_CHANNEL_VERSION,
        .type = type,
        .epoch = epoch,
        .seq = seq,
        .reply_to = reply_to,
        .len = len,
        .payload_crc = lu_crc32(0, payload, len),
    };
    ret->header_crc = lu_crc32(0, ret, HEADER_CRC_SIZE);
}

void lu_frame_reset(struct lu_frame_reader *r)
{
    r->have = r->skip = r->in_garbage = 0;
}

static void drop_skipped(struct lu_frame_reader *r)
{
    if (r->skip == 0)
        return;
    memmove(r->buf, r->buf + r->skip, r->have - r->skip);
    r->have -= r->skip;
    r->skip = 0;
}

size_t lu_frame_feed(struct lu_frame_reader *r, const void *data, size_t len)
{
    drop_skipped(r);
    if (len > sizeof(r->buf) - r->have)
        len = sizeof(r->buf) - r->have;
    if (len > 0)
        memcpy(r->buf + r->have, data, len);
    r->have += (uint32_t)len;
    return len;
}

/* Offset of the first place where a magic stands or may be beginning. */
static uint32_t find_magic(const struct lu_frame_reader *r)
{
    const uint32_t magic = LU_CHANNEL_MAGIC;
    uint32_t at = 0;

    while (at < r->have) {
        uint32_t left = r->have - at;

        if (memcmp(r->buf + at, &magic, left < MAGIC_SIZE ? left : MAGIC_SIZE) == 0)
            break;
        at++;
    }
    return at;
}

/* What is wrong with the header at the front; 0 = nothing. */
static unsigned check_header(const struct lu_frame *f)
{
    if (lu_crc32(0, f, HEADER_CRC_SIZE) != f->header_crc)
        return LU_FRAME_HEADER;
    if (f->version != LU_CHANNEL_VERSION)
        return LU_FRAME_VERSION;
    if (f->len > LU_CHANNEL_MAX)
        return LU_FRAME_LENGTH;
    return 0;
}

/* The state of the front: 1 frame, 0 incomplete, else a fault (negated). */
static int look(const struct lu_frame_reader *r, struct lu_frame *ret_frame)
{
    unsigned fault;

    if (r->have < HEADER_SIZE)
        return 0;
    memcpy(ret_frame, r->buf, HEADER_SIZE);
    fault = check_header(ret_frame);
    if (fault)
        return -(int)fault;
    if (r->have - HEADER_SIZE < ret_frame->len)
        return 0;
    if (lu_crc32(0, r->buf + HEADER_SIZE, ret_frame->len) != ret_frame->payload_crc)
        return -(int)LU_FRAME_PAYLOAD;
    return 1;
}

/* Drops `n` bytes; 1 if this is to be reported: once per run of garbage, but
 * always when a header was genuine. */
static int drop_bad(struct lu_frame_reader *r, uint32_t n, enum lu_frame_fault fault)
{
    int report = !r->in_garbage || (fault != LU_FRAME_GARBAGE && fault != LU_FRAME_HEADER);

    r->skip = n;
    r->in_garbage = 1;
    return report;
}

int lu_frame_next(struct lu_frame_reader *r, struct lu_frame *ret_frame,
                  const uint8_t **ret_payload, enum lu_frame_fault *ret_fault)
{
    for (;;) {
        struct lu_frame frame;
        uint32_t garbage;
        int state;

        drop_skipped(r);
        garbage = find_magic(r);
        if (garbage > 0) {
            *ret_fault = LU_FRAME_GARBAGE;
            if (drop_bad(r, garbage, LU_FRAME_GARBAGE))
                return -LU_EBADMSG;
            continue;
        }
        state = look(r, &frame);
        if (state == 0)
            return 0;
        if (state > 0) {
            r->skip = HEADER_SIZE + frame.len;
            r->in_garbage = 0;
            *ret_frame = frame;
            *ret_payload = r->buf + HEADER_SIZE;
            return 1;
        }
        *ret_fault = (enum lu_frame_fault) - state;
        if (drop_bad(r, MAGIC_SIZE, *ret_fault))
            return -LU_EBADMSG;
    }
}

int lu_frame_pending(const struct lu_frame_reader *r)
{
    return r->have > r->skip;
}

int lu_frame_cut(struct lu_frame_reader *r)
{
    drop_skipped(r);
    if (r->have == 0)
        return 0;
    return drop_bad(r, r->have < MAGIC_SIZE ? r->have : MAGIC_SIZE, LU_FRAME_CUT);
}

const char *lu_frame_fault_text(enum lu_frame_fault fault)
{
    switch (fault) {
    case LU_FRAME_GARBAGE:
        return "bytes that are no frame";
    case LU_FRAME_HEADER:
        return "frame with a damaged header";
    case LU_FRAME_VERSION:
        return "frame of another protocol version";
    case LU_FRAME_LENGTH:
        return "frame longer than the protocol allows";
    case LU_FRAME_PAYLOAD:
        return "frame with a damaged payload";
    case LU_FRAME_CUT:
        return "frame that was cut short";
    }
    return "unknown fault";
}
