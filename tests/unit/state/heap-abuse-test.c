/* SPDX-License-Identifier: MIT
 *
 * What the hardened heap must catch: each case runs in a child process, which
 * has to end with the heap's own message.
 */
#include "check.h"

#include <lu/alloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void double_free(void)
{
    void *p = lu_heap_alloc(40, NULL), *q = lu_heap_alloc(40, NULL);

    lu_heap_free(p);
    lu_heap_free(p);
    lu_heap_free(q);
}

static void double_free_large(void)
{
    void *p = lu_heap_alloc(100000, NULL), *q = lu_heap_alloc(100000, NULL);

    lu_heap_free(p);
    lu_heap_free(p);
    lu_heap_free(q);
}

static void foreign(void)
{
    static int x;

    lu_heap_free(lu_heap_alloc(1, NULL));
    lu_heap_free(&x);
}

static void never_allocated(void)
{
    lu_heap_free((void *)(uintptr_t)LU_VA_HEAP);
}

static void middle(void)
{
    lu_heap_free((char *)lu_heap_alloc(64, NULL) + 16);
}

static void middle_large(void)
{
    lu_heap_free((char *)lu_heap_alloc(64000, NULL) + LU_PAGE_SIZE);
}

static void realloc_freed(void)
{
    void *p = lu_heap_alloc(64, NULL), *q = lu_heap_alloc(64, NULL);

    lu_heap_free(p);
    q = lu_heap_realloc(p, 100, NULL);
    lu_heap_free(q);
}

static const struct {
    const char *name, *message;
    void (*run)(void);
} cases[] = {
    {"double free", "heap: double free", double_free},
    {"double free of a large object", "heap: free of a pointer to a freed page", double_free_large},
    {"foreign pointer", "heap: free of a pointer that is not from the heap", foreign},
    {"nothing was allocated", "heap: free of a pointer that is not from the heap", never_allocated},
    {"into the middle", "heap: free of a pointer into the middle", middle},
    {"into the middle of a large object", "heap: free of a pointer into the middle", middle_large},
    {"realloc after free", "heap: double free", realloc_freed},
};

static void run_case(size_t i)
{
    char out[200] = "";
    int fds[2], status;
    pid_t pid;

    if (pipe(fds) < 0)
        abort();
    pid = fork();
    if (pid == 0) {
        dup2(fds[1], 2);
        cases[i].run();
        _exit(0);
    }
    close(fds[1]);
    ssize_t n = read(fds[0], out, sizeof(out) - 1);
    out[n > 0 ? n : 0] = '\0';
    close(fds[0]);
    waitpid(pid, &status, 0);
    if (!WIFSIGNALED(status) || strncmp(out, cases[i].message, strlen(cases[i].message)) != 0) {
        fprintf(stderr, "%s: status %#x, said \"%s\"\n", cases[i].name, status, out);
        check_failures++;
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        run_case(i);
    return CHECK_RESULT();
}
