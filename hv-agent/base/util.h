/* SPDX-License-Identifier: MIT
 *
 * Small things that all of the agent needs: clocks, hex, files and paths.
 */
#pragma once

#include "err.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define HVA_PATH_MAX 1024

uint64_t hva_now_ns(void);  /* CLOCK_MONOTONIC */
uint64_t hva_wall_ns(void); /* CLOCK_REALTIME */
double hva_ms_since(uint64_t start_ns);

/* A condition whose waits end by CLOCK_MONOTONIC: no set clock makes them longer. */
void hva_cond_init(pthread_cond_t *cond);
struct timespec hva_cond_deadline(unsigned ms);

/* "2025-01-31T12:00:00Z" */
void hva_iso_time(uint64_t wall_ns, char *buf, size_t size);

/* Lower-case hex of n bytes; buf holds 2 n + 1 characters. */
void hva_hex(const void *bytes, size_t n, char *buf);

/* A name that may become a file name: 1 to max letters, digits, '-', '_' and '.', not
 * starting with '.' or '-'. */
bool hva_name_ok(const char *name, size_t max);

/* Copies text of at most `size` bytes from an untrusted source: ends at its NUL, printable
 * ASCII stays, everything else becomes '?' (newlines stay with `lines`). */
void hva_text_copy(char *to, size_t to_size, const void *from, size_t size, bool lines);

int hva_path(char *buf, size_t size, struct lu_err *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
int hva_mkdir_p(const char *path, mode_t mode, struct lu_err *err);

/* Whole regular file of at most `max` bytes; *ret is malloc'ed with a NUL after it. */
int hva_read_file(const char *path, size_t max, void **ret, size_t *ret_len, struct lu_err *err);
/* Writes through a temporary file and rename. */
int hva_write_file(const char *path, const void *data, size_t len, mode_t mode, struct lu_err *err);
/* A log that another process appends to: once it is longer than `max`, its last `kept` bytes go to
 * the file `old`, and it becomes empty.  What is written at that moment may be lost. */
int hva_cut_log(const char *path, const char *old, off_t max, size_t kept, struct lu_err *err);
/* Removes a directory and the plain files in it; one that is not there is fine. */
void hva_remove_dir(const char *path);
int hva_random(void *buf, size_t len);

static inline void hva_free_ptr(void *p)
{
    void *v;

    __builtin_memcpy(&v, p, sizeof(v));
    __builtin_free(v);
}
void hva_close_fd(int *fd); /* fd < 0 is fine */
int hva_take_fd(int *fd);   /* out of HVA_CLOSE's care: the caller's now */

#define HVA_FREE __attribute__((cleanup(hva_free_ptr)))
#define HVA_CLOSE __attribute__((cleanup(hva_close_fd)))
