/* SPDX-License-Identifier: MIT
 *
 * Errors of the state engine, and the memory it is given to work in.  Functions
 * return 0 or -LU_E... and fill `struct st_err` (may be NULL) only on failure;
 * outputs stay untouched then.  Nothing here allocates.
 */
#pragma once

#include <lu/types.h>

#define ST_PATH_MAX 128
#define ST_TEXT_MAX 192

struct st_err {
    int code;               /* -LU_E..., 0 = no error */
    char path[ST_PATH_MAX]; /* the object: "my_s.u", "tcp_active_pcbs->next[3]"; "" = none */
    char text[ST_TEXT_MAX]; /* one sentence without the path */
    unsigned offset;        /* filters: byte offset of the offending token; blobs: offset */
};

/* Sets everything and returns `code`.  `path` may be NULL; texts are cut, never overrun. */
int st_err_set(struct st_err *err, int code, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* As st_err_set, for errors that have a place in a text or blob. */
int st_err_at(struct st_err *err, int code, unsigned offset, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#ifdef __clang_analyzer__ /* which does not see that `code` comes back */
#define st_err_set(err, code, ...) ((void)st_err_set(err, code, __VA_ARGS__), (code))
#define st_err_at(err, code, ...) ((void)st_err_at(err, code, __VA_ARGS__), (code))
#endif

/* What error -LU_E... means, in the words of lu/types.h. */
const char *st_err_name(int code);

/* Where the engine's own tables live.  alloc returns NULL when there is no more
 * memory (the engine then fails with -LU_ENOMEM); 16-byte aligned, content
 * undefined.  free gets the size that was asked for and may be a no-op (arena). */
struct st_mem {
    void *(*alloc)(void *ctx, size_t size);
    void (*free)(void *ctx, void *p, size_t size);
    void *ctx;
};
