/* SPDX-License-Identifier: MIT
 *
 * The channel's frame reader under a hostile stream: never reads or writes beyond
 * its buffer, always gets on, and finds a good frame that follows.  The first
 * byte of the input says in pieces of which size the rest arrives.
 */
#include <lu/frame.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct lu_frame_reader reader;

/* Returns the number of frames; `*ret_last` is the type of the latest. */
static unsigned drain(uint16_t *ret_last)
{
    struct lu_frame f;
    const uint8_t *payload;
    enum lu_frame_fault fault;
    unsigned n = 0;
    int ret;

    while ((ret = lu_frame_next(&reader, &f, &payload, &fault)) != 0) {
        if (ret < 0) {
            if (ret != -LU_EBADMSG || !lu_frame_fault_text(fault))
                abort();
            continue;
        }
        if (f.len > LU_CHANNEL_MAX || lu_crc32(0, payload, f.len) != f.payload_crc)
            abort();
        *ret_last = f.type;
        n++;
    }
    return n;
}

static unsigned feed(const void *data, size_t size, size_t piece, uint16_t *ret_last)
{
    unsigned n = 0;

    for (size_t at = 0; at < size;) {
        size_t took = lu_frame_feed(&reader, (const uint8_t *)data + at,
                                    size - at < piece ? size - at : piece);

        n += drain(ret_last);
        if (took == 0)
            abort(); /* full, and yet nothing to take out */
        at += took;
    }
    return n;
}

/* Input made of pieces that are nearly frames: 'F' makes a header genuine. */
static size_t improve(uint8_t *data, size_t size)
{
    for (size_t i = 0; i + sizeof(struct lu_frame) < size; i++) {
        struct lu_frame f;

        if (data[i] != 'F')
            continue;
        memcpy(&f, data + i, sizeof(f));
        f.magic = LU_CHANNEL_MAGIC;
        f.version = LU_CHANNEL_VERSION;
        f.len %= (uint32_t)(size - i - sizeof(f) + 1) + 8; /* at times a little too long */
        if (f.len <= size - i - sizeof(f) && !(f.seq & 1))
            f.payload_crc = lu_crc32(0, data + i + sizeof(f), f.len);
        f.header_crc = lu_crc32(0, &f, offsetof(struct lu_frame, header_crc));
        memcpy(data + i, &f, sizeof(f));
        i += sizeof(f);
    }
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t payload[LU_CHANNEL_MAX];
    struct lu_frame last;
    uint16_t type = 0;
    uint8_t *copy;

    if (size < 2)
        return 0;
    copy = malloc(size);
    memcpy(copy, data, size);
    improve(copy + 1, size - 1);
    lu_frame_reset(&reader);
    feed(copy + 1, size - 1, 1u + data[0] * 8u, &type);
    free(copy);
    lu_frame_cut(&reader);
    drain(&type);
    /* two at most are lost to what came before: the longest claim ends in the first */
    for (uint32_t seq = 1; seq <= 2; seq++) {
        lu_frame_make(&last, 0x7eef, 1, seq, 0, payload, seq == 1 ? LU_CHANNEL_MAX : 0);
        feed(&last, sizeof(last), sizeof(last), &type);
        feed(payload, last.len, 4096, &type);
    }
    if (type != 0x7eef || lu_frame_pending(&reader))
        abort();
    return 0;
}
