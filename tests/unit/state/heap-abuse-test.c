/* SPDX-License-Identifier: MIT
 *
 * What the hardened heap must catch: each case runs in a child process, which has
 * to end with the heap's own message, or by a fault where memory was given back.
 */
#include "check.h"

#include <lu/alloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct lu_site_cell site;

static void double_free(void)
{
    void *p = lu_heap_alloc(40, &site), *q = lu_heap_alloc(40, &site);

    lu_heap_free(p);
    lu_heap_free(p);
    lu_heap_free(q);
}

/* With many others in between: the place is not cached any more. */
static void double_free_late(void)
{
    void *p[600];

    for (unsigned i = 0; i < 600; i++)
        p[i] = lu_heap_alloc(40, &site);
    for (unsigned i = 0; i < 600; i += 2)
        lu_heap_free(p[i]);
    lu_heap_free(p[100]);
}

static void double_free_large(void)
{
    void *p = lu_heap_alloc(100000, NULL), *q = lu_heap_alloc(100000, NULL);

    lu_heap_free(p);
    lu_heap_free(p);
    lu_heap_free(q);
}

static void double_free_spare(void)
{
    void *p[20];

    for (unsigned i = 0; i < 20; i++)
        p[i] = lu_heap_alloc(2000, &site);
    for (unsigned i = 0; i < 20; i++)
        lu_heap_free(p[i]);
    lu_heap_free(p[10]);
}

static void foreign(void)
{
    static int x;

    lu_heap_free(lu_heap_alloc(1, NULL));
    lu_heap_free(&x);
}

static void foreign_stack(void)
{
    int x;

    lu_heap_free(lu_heap_alloc(1, NULL));
    lu_heap_free(&x);
}

static void beyond(void)
{
    lu_heap_free((char *)lu_heap_alloc(1, NULL) + 0x1000000);
}

static void never_allocated(void)
{
    lu_heap_free((void *)(uintptr_t)LU_VA_HEAP);
}

static void middle(void)
{
    lu_heap_free((char *)lu_heap_alloc(64, &site) + 16);
}

static void middle_odd(void)
{
    lu_heap_free((char *)lu_heap_alloc(64, &site) + 1);
}

static void middle_large(void)
{
    lu_heap_free((char *)lu_heap_alloc(64000, NULL) + LU_PAGE_SIZE);
}

static void end(void)
{
    lu_heap_free((char *)lu_heap_alloc(64, &site) + 64);
}

/* Behind the last place of a span there may be some bytes. */
static void behind(void)
{
    char *p = lu_heap_alloc(170, &site);

    lu_heap_free(p + 176 + 176);
}

static void unused_place(void)
{
    lu_heap_free((char *)lu_heap_alloc(40, &site) + 48);
}

static void realloc_freed(void)
{
    void *p = lu_heap_alloc(64, NULL), *beside = lu_heap_alloc(64, NULL);

    lu_heap_free(p);
    lu_heap_free(lu_heap_realloc(p, 100, NULL));
    lu_heap_free(beside);
}

static void realloc_middle(void)
{
    lu_heap_free(lu_heap_realloc((char *)lu_heap_alloc(640, &site) + 32, 1000, &site));
}

static void write_unmapped(void)
{
    char *p = lu_heap_alloc(4000000, NULL);

    lu_heap_free(p);
    *(volatile char *)(p + 2000000) = 1;
}

static void read_unmapped(void)
{
    char *p = lu_heap_alloc(4000000, NULL);

    lu_heap_free(p);
    (void)*(volatile char *)(p + 2000000);
}

/* Memory that was given back, but is still mapped: found when it is used again. */
static void write_kept(void)
{
    char *p = lu_heap_alloc(20000, NULL);

    lu_heap_free(p);
    *(volatile char *)(p + 12345) = 1;
    lu_heap_free(lu_heap_alloc(20000, NULL));
}

static void write_kept_small(void)
{
    char *p[40];

    for (unsigned i = 0; i < 40; i++)
        p[i] = lu_heap_alloc(300, &site);
    CHECK(lu_heap_alloc(100, NULL)); /* behind them */
    for (unsigned i = 0; i < 40; i++)
        lu_heap_free(p[i]);
    CHECK(lu_heap_alloc(100000, NULL)); /* needs more than there is */
    p[30][17] = 1;
    for (unsigned i = 0; i < 40; i++)
        p[i] = lu_heap_alloc(400, &site);
}

#define FAULT "" /* killed by SIGSEGV */

static const struct {
    const char *name, *message;
    void (*run)(void);
} cases[] = {
    {"double free", "heap: double free: 0x10000000, object 0x10000000 of 40 bytes, site 0x",
     double_free},
    {"double free, long ago", "heap: double free: 0x1", double_free_late},
    {"double free of a large object", "heap: free of a pointer to freed memory", double_free_large},
    {"double free, nothing else there", "heap: free of a pointer to freed memory",
     double_free_spare},
    {"foreign pointer", "heap: free of a pointer that is not from the heap", foreign},
    {"pointer into the stack", "heap: free of a pointer that is not from the heap", foreign_stack},
    {"beyond the heap", "heap: free of a pointer that is not from the heap", beyond},
    {"nothing was allocated", "heap: free of a pointer that is not from the heap", never_allocated},
    {"into the middle", "heap: free of a pointer into the middle", middle},
    {"into the middle, odd", "heap: free of a pointer into the middle", middle_odd},
    {"into the middle of a large object", "heap: free of a pointer into the middle", middle_large},
    {"end of an object", "heap: free of a pointer into the middle", end},
    {"behind the last place", "heap: free of a pointer behind", behind},
    {"place that was not given out", "heap: double free", unused_place},
    {"realloc after free", "heap: double free", realloc_freed},
    {"realloc of the middle", "heap: free of a pointer into the middle", realloc_middle},
    {"write to unmapped memory", FAULT, write_unmapped},
    {"read of unmapped memory", FAULT, read_unmapped},
    {"write to freed memory", "heap: freed memory was written to: 0x1000", write_kept},
    {"write to a freed small object", "heap: freed memory was written to: 0x100", write_kept_small},
};

static void run_case(size_t i)
{
    char out[200] = "";
    int fds[2], status;
    pid_t pid;
    bool ok;

    if (pipe(fds) < 0)
        abort();
    pid = fork();
    if (pid == 0) {
        dup2(fds[1], 2);
        if (!cases[i].message[0])
            signal(SIGSEGV, SIG_DFL);
        cases[i].run();
        _exit(0);
    }
    close(fds[1]);
    ssize_t n = read(fds[0], out, sizeof(out) - 1);
    out[n > 0 ? n : 0] = '\0';
    close(fds[0]);
    waitpid(pid, &status, 0);
    ok = WIFSIGNALED(status) && strncmp(out, cases[i].message, strlen(cases[i].message)) == 0 &&
         WTERMSIG(status) == (cases[i].message[0] ? SIGABRT : SIGSEGV);
    if (!ok) {
        fprintf(stderr, "%s: status %#x, said \"%s\"\n", cases[i].name, (unsigned)status, out);
        check_failures++;
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        run_case(i);
    return CHECK_RESULT();
}
