/* SPDX-License-Identifier: MIT
 *
 * lwip-load REQUESTS FILE: the wire and the clock between server and peer, until so
 * many requests were answered.  Frames wait DELAY_US on the wire; one in a few
 * hundred is lost, one in a hundred overtakes the one before it.  FILE gets what the
 * variant writes: the recorder its trace, the others how long each of the server's
 * steps took (uint64_t, nanoseconds).  Every run makes the same steps.
 */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEP_US 50
#define DELAY_US 150
#define WIRE_FRAMES 2048u
#define LOSE_ONE_IN 300u
#define SWAP_ONE_IN 100u
#define PATIENCE_US 3600000000ull /* virtual; a load that has stopped is a failure */

struct frame {
    uint64_t due_us;
    uint32_t len;
    uint8_t data[LOAD_FRAME_MAX];
};

struct wire {
    struct frame frames[WIRE_FRAMES];
    uint32_t first, n;
};

static struct wire to_server, to_peer;
static uint64_t now_us, server_frames;
static uint64_t *step_ns, n_steps, steps_room;

static uint32_t rnd(uint32_t below)
{
    static uint64_t seed = 5;

    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((seed >> 33) * below >> 31);
}

static struct frame *wire_at(struct wire *w, uint32_t i)
{
    return &w->frames[(w->first + i) % WIRE_FRAMES];
}

static void wire_put(struct wire *w, const uint8_t *data, uint32_t len)
{
    struct frame *f;

    if (w->n == WIRE_FRAMES || rnd(LOSE_ONE_IN) == 0)
        return;
    f = wire_at(w, w->n++);
    f->len = len;
    memcpy(f->data, data, len);
    f->due_us = now_us + DELAY_US;
    if (w->n > 1 && rnd(SWAP_ONE_IN) == 0) {
        struct frame swap = *f;

        *f = *wire_at(w, w->n - 2);
        *wire_at(w, w->n - 2) = swap;
    }
}

static void send_to_server(const uint8_t *frame, uint32_t len)
{
    wire_put(&to_server, frame, len);
}

static void send_to_peer(const uint8_t *frame, uint32_t len)
{
    wire_put(&to_peer, frame, len);
}

/* The oldest frame if it has arrived; valid until the next frame is put. */
static struct frame *wire_take(struct wire *w)
{
    struct frame *f = wire_at(w, 0);

    if (w->n == 0 || f->due_us > now_us)
        return NULL;
    w->first = (w->first + 1) % WIRE_FRAMES;
    w->n--;
    return f;
}

static uint64_t clock_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void step_note(uint64_t ns)
{
    if (n_steps == steps_room) {
        uint64_t *grown;

        steps_room = steps_room ? steps_room * 2 : 1u << 16;
        grown = realloc(step_ns, steps_room * sizeof(*step_ns));
        if (!grown)
            abort();
        step_ns = grown;
    }
    step_ns[n_steps++] = ns;
}

static void run_server(void)
{
    uint64_t start = clock_ns();
    struct frame *f;

    while ((f = wire_take(&to_server))) {
        server_frame(f->data, f->len);
        server_frames++;
    }
    server_step();
    step_note(clock_ns() - start);
}

static void run_peer(void)
{
    struct frame *f;

    while ((f = wire_take(&to_peer)))
        peer_frame(f->data, f->len);
    peer_step();
}

int main(int argc, char **argv)
{
    const struct load_end server_end = {send_to_peer, &now_us},
                          peer_end = {send_to_server, &now_us};
    uint64_t wanted = argc == 3 ? strtoull(argv[1], NULL, 10) : 0;

    if (wanted == 0) {
        fprintf(stderr, "usage: lwip-load REQUESTS FILE\n");
        return 2;
    }
    server_start(&server_end);
    peer_start(&peer_end);
    while (peer_answered() < wanted) {
        now_us += STEP_US;
        run_server();
        run_peer();
        if (now_us > PATIENCE_US) {
            fprintf(stderr, "lwip-load: %llu of %llu requests answered in an hour\n",
                    (unsigned long long)peer_answered(), (unsigned long long)wanted);
            return 1;
        }
    }
    printf("%llu requests, %llu frames in %.1f s of virtual time; ", (unsigned long long)wanted,
           (unsigned long long)server_frames, (double)now_us / 1e6);
    return load_done(argv[2], step_ns, n_steps);
}
