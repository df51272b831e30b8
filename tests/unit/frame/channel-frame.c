/* SPDX-License-Identifier: MIT
 *
 * The channel's frame codec: every frame comes back whatever the pieces it
 * arrives in, and garbage, truncation, damage and over-long frames are reported
 * and skipped without losing the good frames around them.
 */
#include <lu/frame.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #cond);                     \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#define STREAM_MAX (256 * 1024)

struct stream {
    uint8_t bytes[STREAM_MAX];
    size_t len;
};

struct seen {
    unsigned frames, faults;
    uint16_t types[64];
    enum lu_frame_fault last_fault;
};

static struct stream stream;
static struct lu_frame_reader reader;

static void put_bytes(const void *data, size_t len)
{
    CHECK(stream.len + len <= STREAM_MAX);
    memcpy(stream.bytes + stream.len, data, len);
    stream.len += len;
}

/* Appends a frame whose payload is `len` bytes that `type` determines. */
static size_t put_frame(uint16_t type, uint32_t len)
{
    static uint8_t payload[LU_CHANNEL_MAX];
    struct lu_frame f;
    size_t at = stream.len;

    for (uint32_t i = 0; i < len; i++)
        payload[i] = (uint8_t)(type * 31u + i * 7u);
    lu_frame_make(&f, type, 5, type, 0, payload, len);
    put_bytes(&f, sizeof(f));
    put_bytes(payload, len);
    return at;
}

static void drain(struct seen *seen)
{
    struct lu_frame f;
    const uint8_t *payload;
    enum lu_frame_fault fault;
    int ret;

    while ((ret = lu_frame_next(&reader, &f, &payload, &fault)) != 0) {
        if (ret < 0) {
            CHECK(ret == -LU_EBADMSG);
            seen->faults++;
            seen->last_fault = fault;
            continue;
        }
        CHECK(f.epoch == 5 && f.seq == f.type && f.len <= LU_CHANNEL_MAX);
        for (uint32_t i = 0; i < f.len; i++)
            CHECK(payload[i] == (uint8_t)(f.type * 31u + i * 7u));
        CHECK(seen->frames < 64);
        seen->types[seen->frames++] = f.type;
    }
}

static struct seen run(size_t piece)
{
    struct seen seen = {0};
    size_t at = 0;

    lu_frame_reset(&reader);
    while (at < stream.len) {
        size_t n = stream.len - at < piece ? stream.len - at : piece;

        at += lu_frame_feed(&reader, stream.bytes + at, n);
        drain(&seen);
    }
    return seen;
}

static void crc_is_zlibs(void)
{
    CHECK(lu_crc32(0, "123456789", 9) == 0xcbf43926u);
    CHECK(lu_crc32(lu_crc32(0, "1234", 4), "56789", 5) == 0xcbf43926u);
    CHECK(lu_crc32(0, NULL, 0) == 0);
}

static void pieces_of_any_size(void)
{
    static const size_t pieces[] = {1, 3, 31, 32, 33, 4096, STREAM_MAX};

    stream.len = 0;
    put_frame(1, 0);
    put_frame(2, 1);
    put_frame(3, LU_CHANNEL_MAX);
    put_frame(4, 100);
    for (unsigned i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct seen s = run(pieces[i]);

        CHECK(s.frames == 4 && s.faults == 0);
        CHECK(s.types[0] == 1 && s.types[1] == 2 && s.types[2] == 3 && s.types[3] == 4);
        CHECK(!lu_frame_pending(&reader));
    }
}

static void garbage_is_one_fault(void)
{
    struct seen s;

    stream.len = 0;
    put_frame(1, 10);
    put_bytes("GET / HTTP/1.0\r\n\r\nHCU HCULHCUL----HCUL", 39);
    put_frame(2, 10);
    s = run(7);
    CHECK(s.frames == 2 && s.faults == 1 && s.last_fault == LU_FRAME_GARBAGE);
}

static void damaged_header(void)
{
    struct seen s;
    size_t at;

    stream.len = 0;
    put_frame(1, 10);
    at = put_frame(2, 64);
    put_frame(3, 10);
    stream.bytes[at + 20] ^= 1; /* the length */
    s = run(STREAM_MAX);
    CHECK(s.frames == 2 && s.types[1] == 3);
    CHECK(s.faults == 1 && s.last_fault == LU_FRAME_HEADER);
}

static void damaged_payload(void)
{
    struct seen s;
    size_t at;

    stream.len = 0;
    at = put_frame(1, 64);
    put_frame(2, 10);
    stream.bytes[at + sizeof(struct lu_frame) + 5] ^= 0x80;
    s = run(1);
    CHECK(s.frames == 1 && s.types[0] == 2);
    CHECK(s.faults == 1 && s.last_fault == LU_FRAME_PAYLOAD);
}

/* A header that is right in itself, with one field changed. */
static void put_header(uint16_t version, uint32_t len)
{
    struct lu_frame f;

    lu_frame_make(&f, 1, 5, 1, 0, "", 0);
    f.version = version;
    f.len = len;
    f.header_crc = lu_crc32(0, &f, offsetof(struct lu_frame, header_crc));
    put_bytes(&f, sizeof(f));
}

static void genuine_but_unacceptable(void)
{
    struct seen s;

    stream.len = 0;
    put_header(LU_CHANNEL_VERSION, LU_CHANNEL_MAX + 1);
    put_frame(2, 10);
    s = run(STREAM_MAX);
    CHECK(s.frames == 1 && s.faults == 1 && s.last_fault == LU_FRAME_LENGTH);

    stream.len = 0;
    put_header(LU_CHANNEL_VERSION, UINT32_MAX);
    put_header(LU_CHANNEL_VERSION + 1, 0);
    put_frame(2, 10);
    s = run(STREAM_MAX);
    CHECK(s.frames == 1 && s.faults == 2 && s.last_fault == LU_FRAME_VERSION);
}

static void cut_frame_gives_back_what_it_swallowed(void)
{
    struct seen s;
    size_t at;

    stream.len = 0;
    at = put_frame(1, 1000);
    stream.len = at + 100;
    put_frame(2, 10);
    s = run(STREAM_MAX);
    CHECK(s.frames == 0 && s.faults == 0 && lu_frame_pending(&reader));
    CHECK(lu_frame_cut(&reader) == 1);
    drain(&s);
    CHECK(s.frames == 1 && s.types[0] == 2);
    CHECK(!lu_frame_pending(&reader) && !lu_frame_cut(&reader));
}

static void random_damage_never_breaks_the_next_frame(void)
{
    uint32_t random = 12345;

    for (unsigned round = 0; round < 2000; round++) {
        struct seen s;
        size_t damage;

        stream.len = 0;
        put_frame(1, round % 300);
        damage = stream.len;
        random = random * 1664525u + 1013904223u;
        stream.bytes[(random >> 8) % damage] ^= (uint8_t)(1u << (random & 7));
        put_frame(2, LU_CHANNEL_MAX); /* enough to end whatever the first claims */
        put_frame(3, 5);
        s = run(1 + (random >> 4) % 5000);
        CHECK(s.frames == 2 && s.types[0] == 2 && s.types[1] == 3);
        CHECK(s.faults >= 1);
    }
}

int main(void)
{
    crc_is_zlibs();
    pieces_of_any_size();
    garbage_is_one_fault();
    damaged_header();
    damaged_payload();
    genuine_but_unacceptable();
    cut_frame_gives_back_what_it_swallowed();
    random_damage_never_breaks_the_next_frame();
    return 0;
}
