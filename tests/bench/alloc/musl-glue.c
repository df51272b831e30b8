/* SPDX-License-Identifier: MIT
 *
 * What musl's malloc sources expect of the rest of musl, under the prefix that the
 * build gives their symbols (MUSL_PREFIX).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define MUSL(name) JOIN(MUSL_PREFIX, name)

/* struct __libc of musl 1.2: one thread, and no auxiliary vector to read a secret from. */
struct musl_libc {
    char flags[4];
    int threads_minus_1;
    size_t *auxv;
    char rest[256];
};
static size_t no_auxv[2];
extern struct musl_libc MUSL(__libc);
struct musl_libc MUSL(__libc) = {.auxv = no_auxv};

extern int MUSL(__malloc_replaced), MUSL(__aligned_alloc_replaced);
int MUSL(__malloc_replaced), MUSL(__aligned_alloc_replaced);

int *MUSL(___errno_location)(void);
void MUSL(__lock)(volatile int *l);
void MUSL(__unlock)(volatile int *l);
void MUSL(__wait)(volatile int *addr, volatile int *waiters, int val, int priv);
void *MUSL(__mmap)(void *addr, size_t len, int prot, int flags, int fd, off_t off);
void *MUSL(__mremap)(void *old, size_t old_len, size_t len, int flags);
int MUSL(__madvise)(void *p, size_t len, int advice);
int MUSL(mprotect)(void *p, size_t len, int prot);
int MUSL(munmap)(void *p, size_t len);
int MUSL(__munmap)(void *p, size_t len);
void *MUSL(memcpy)(void *to, const void *from, size_t n);
void *MUSL(memset)(void *p, int c, size_t n);

int *MUSL(___errno_location)(void)
{
    return &errno;
}

void MUSL(__lock)(volatile int *l)
{
    (void)l;
}

void MUSL(__unlock)(volatile int *l)
{
    (void)l;
}

void MUSL(__wait)(volatile int *addr, volatile int *waiters, int val, int priv)
{
    (void)addr, (void)waiters, (void)val, (void)priv;
}

void *MUSL(__mmap)(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
    return mmap(addr, len, prot, flags, fd, off);
}

void *MUSL(__mremap)(void *old, size_t old_len, size_t len, int flags)
{
    return mremap(old, old_len, len, flags);
}

int MUSL(__madvise)(void *p, size_t len, int advice)
{
    return madvise(p, len, advice);
}

int MUSL(mprotect)(void *p, size_t len, int prot)
{
    return mprotect(p, len, prot);
}

int MUSL(munmap)(void *p, size_t len)
{
    return munmap(p, len);
}

int MUSL(__munmap)(void *p, size_t len)
{
    return munmap(p, len);
}

void *MUSL(memcpy)(void *to, const void *from, size_t n)
{
    return memcpy(to, from, n);
}

void *MUSL(memset)(void *p, int c, size_t n)
{
    return memset(p, c, n);
}
