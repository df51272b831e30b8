/* SPDX-License-Identifier: MIT
 *
 * The guest's libc.a at work, linked freestanding: what a component has of the C
 * library, with the system underneath (exit, errno, memory) supplied here by raw
 * Linux system calls.  A failed expectation is named on stdout; exit status 1.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int errno_of_test;
static int failures;
static char arena[65536];
static size_t arena_used;

int *__errno_location(void)
{
    return &errno_of_test;
}

void *malloc(size_t size)
{
    void *p = arena + arena_used;

    arena_used += (size + 15) & ~(size_t)15;
    return arena_used <= sizeof(arena) ? p : NULL;
}

void free(void *p)
{
    (void)p;
}

void *realloc(void *p, size_t size)
{
    (void)p;
    (void)size;
    return NULL;
}

static long system_call(long number, long a, long b, long c)
{
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

static void check(int ok, const char *what, int line)
{
    char text[256];

    if (ok)
        return;
    failures++;
    snprintf(text, sizeof(text), "libc-test.c:%d: not true: %s\n", line, what);
    system_call(1, 1, (long)text, (long)strlen(text));
}
#define CHECK(expr) check(!!(expr), #expr, __LINE__)

__attribute__((format(printf, 2, 3))) static int formats(const char *want, const char *format, ...)
{
    char got[128];
    va_list ap;

    va_start(ap, format);
    vsnprintf(got, sizeof(got), format, ap);
    va_end(ap);
    return strcmp(got, want) == 0;
}

static void test_format(void)
{
    char small[4];

    CHECK(formats("-1 4294967295 ff 0x1F", "%d %u %x 0x%X", -1, UINT_MAX, 255, 31));
    CHECK(formats("[   ab][ab   ][00042]", "[%5s][%-5s][%05d]", "ab", "ab", 42));
    CHECK(formats("18446744073709551615 -9223372036854775808", "%llu %lld", ULLONG_MAX, LLONG_MIN));
    CHECK(formats("1.500 -0.25 1e+10", "%.3f %g %g", 1.5, -0.25, 1e10));
    CHECK(formats("abc%", "%.3s%%", "abcdef"));
    CHECK(snprintf(small, sizeof(small), "%s", "abcdef") == 6);
    CHECK(strcmp(small, "abc") == 0);
}

static void test_scan(void)
{
    char word[8];
    int a, b;

    CHECK(sscanf("12 0x1f end", "%d %i %7s", &a, &b, word) == 3);
    CHECK(a == 12 && b == 31 && strcmp(word, "end") == 0);
    CHECK(sscanf("x", "%d", &a) == 0);
}

static void test_convert(void)
{
    char *end;

    CHECK(strtol("-123abc", &end, 10) == -123 && strcmp(end, "abc") == 0);
    CHECK(strtoul("ffff", NULL, 16) == 65535);
    errno = 0;
    CHECK(strtoll("99999999999999999999", NULL, 10) == LLONG_MAX && errno == ERANGE);
    CHECK(strtod("2.5e3", NULL) == 2500.0);
    CHECK(atoi(" 77") == 77);
}

static int compare_ints(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void test_sort(void)
{
    int v[100], key = 40;

    for (int i = 0; i < 100; i++)
        v[i] = (i * 37) % 100;
    qsort(v, 100, sizeof(v[0]), compare_ints);
    for (int i = 0; i < 100; i++)
        CHECK(v[i] == i);
    CHECK(bsearch(&key, v, 100, sizeof(v[0]), compare_ints) == &v[40]);
}

static void test_memory(void)
{
    char buf[600];

    for (size_t n = 0; n < 300; n++) {
        memset(buf, 'x', sizeof(buf));
        memset(buf + 1, 0, n);
        CHECK(buf[0] == 'x' && buf[n + 1] == 'x' && (n == 0 || buf[n] == 0));
    }
    for (size_t i = 0; i < sizeof(buf); i++)
        buf[i] = (char)i;
    memmove(buf + 3, buf, 500);
    CHECK(buf[3] == 0 && buf[502] == (char)499);
    memmove(buf, buf + 3, 500);
    CHECK(buf[0] == 0 && buf[499] == (char)499);
    CHECK(memcmp("abc", "abd", 3) < 0 && memchr("abc", 'c', 3) != NULL);
}

static void test_string(void)
{
    char buf[16] = "a,b,,c";
    char *rest = buf;

    CHECK(strcmp(strsep(&rest, ","), "a") == 0 && strcmp(rest, "b,,c") == 0);
    CHECK(strlcpy(buf, "0123456789abcdefgh", sizeof(buf)) == 18 && strlen(buf) == 15);
    CHECK(strstr("the needle here", "needle") != NULL && strstr("abc", "d") == NULL);
    CHECK(strcmp(strdup("copy"), "copy") == 0);
    CHECK(strcmp(strerror(ENOENT), "No such file or directory") == 0);
    CHECK(isalpha('a') && !isalpha('1') && isxdigit('F') && toupper('q') == 'Q');
}

__attribute__((used)) static void run(void)
{
    test_format();
    test_scan();
    test_convert();
    test_sort();
    test_memory();
    test_string();
    system_call(231, failures != 0, 0, 0);
}

__asm__(".globl _start\n_start:\n  xorl %ebp, %ebp\n  andq $-16, %rsp\n  call run\n  ud2\n");
