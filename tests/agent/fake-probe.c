/* SPDX-License-Identifier: MIT
 *
 * What a test sees of a fake guest, and does to it behind the agent's back.
 */
#include "fake-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fake_go(struct fake *f)
{
    pthread_mutex_lock(&f->lock);
    f->fault = FAKE_GOOD;
    pthread_mutex_unlock(&f->lock);
}

void fake_poke(struct fake *f, uint64_t va, const void *bytes, size_t len)
{
    pthread_mutex_lock(&f->lock);
    memcpy(fake_ram_at(&f->ram, fake_ram_slot(&f->ram)->root, va), bytes, len);
    pthread_mutex_unlock(&f->lock);
}

void fake_poke_new(struct fake *f, uint64_t va, const void *bytes, size_t len)
{
    pthread_mutex_lock(&f->lock);
    memcpy(fake_ram_at(&f->ram, f->new_body.root, va), bytes, len);
    pthread_mutex_unlock(&f->lock);
}

void fake_moves(struct fake *f, struct lu_moved *ret)
{
    *ret = f->moved; /* never changes */
}

void fake_share(struct fake *f, uint64_t addr, uint64_t len)
{
    pthread_mutex_lock(&f->lock);
    fake_ram_windows(&f->ram)->grants[5] =
        (struct lu_inspect_grant){.id = 69, .flags = LU_GRANT_READ, .addr = addr, .len = len};
    pthread_mutex_unlock(&f->lock);
}

void fake_map_dma(struct fake *f, uint64_t addr, uint64_t len)
{
    pthread_mutex_lock(&f->lock);
    fake_ram_windows(&f->ram)->dma[3] = (struct lu_map){addr, len};
    pthread_mutex_unlock(&f->lock);
}

void fake_seen(struct fake *f, struct fake_seen *ret)
{
    pthread_mutex_lock(&f->lock);
    *ret = f->seen;
    ret->paused = f->paused;
    ret->alive = f->alive;
    ret->snapshots = 0;
    for (size_t i = 0; i < TAGS; i++)
        ret->snapshots += f->saved[i].tag[0] != '\0';
    pthread_mutex_unlock(&f->lock);
}

bool fake_runs_new(struct fake *f)
{
    bool is_new;

    pthread_mutex_lock(&f->lock);
    is_new = memcmp(fake_ram_slot(&f->ram)->build_id, f->new_body.build_id, LU_BUILD_ID_SIZE) == 0;
    pthread_mutex_unlock(&f->lock);
    return is_new;
}

uint64_t fake_open_txn(struct fake *f)
{
    uint64_t txn;

    pthread_mutex_lock(&f->lock);
    txn = fake_ram_state(&f->ram)->txn;
    pthread_mutex_unlock(&f->lock);
    return txn;
}

uint64_t fake_memory_sum(struct fake *f)
{
    uint64_t sum = 0;

    pthread_mutex_lock(&f->lock);
    for (uint64_t i = 0; i < FAKE_SPOIL_SIZE; i++)
        sum += f->ram.base[FAKE_SPOIL_PHYS + i];
    pthread_mutex_unlock(&f->lock);
    return sum;
}

void fake_stand(struct fake *f, uint64_t txn, bool swapped)
{
    pthread_mutex_lock(&f->lock);
    fake_ram_state(&f->ram)->txn = txn;
    if (swapped)
        fake_swap_in(f);
    pthread_mutex_unlock(&f->lock);
}

void fake_pause(struct fake *f)
{
    pthread_mutex_lock(&f->lock);
    f->paused = true;
    pthread_mutex_unlock(&f->lock);
}

void fake_hang(struct fake *f)
{
    pthread_mutex_lock(&f->lock);
    fake_spoil(f);
    pthread_mutex_unlock(&f->lock);
}

void fake_wake(struct fake *f)
{
    pthread_mutex_lock(&f->lock);
    f->silent = false;
    fake_ram_run(&f->ram, &f->old_body);
    fake_ram_state(&f->ram)->swapped = 0;
    pthread_mutex_unlock(&f->lock);
}

void fake_end(struct fake *f)
{
    pthread_mutex_lock(&f->lock);
    f->alive = false;
    pthread_mutex_unlock(&f->lock);
}

void fake_snapshot(struct fake *f, const char *tag, const char *ram_file)
{
    FILE *file = fopen(ram_file, "we");

    pthread_mutex_lock(&f->lock);
    fake_save_devices(f, tag);
    if (!file || fwrite(f->ram.base, f->ram.size, 1, file) != 1 || fclose(file) != 0)
        abort();
    pthread_mutex_unlock(&f->lock);
}

void fake_settled(struct fake *f, uint64_t txn, uint32_t outcome, enum lu_rung rung)
{
    pthread_mutex_lock(&f->lock);
    *fake_ram_state(&f->ram) =
        (struct fake_state){.last_txn = txn, .last_outcome = outcome, .last_rung = rung};
    pthread_mutex_unlock(&f->lock);
}
