/* SPDX-License-Identifier: MIT
 *
 * First and last code of a component.  The kernel enters _start on an empty
 * stack of unknown alignment; main's result is the exit code.  Also what the C
 * library expects from its system: errno of the one thread, exit, abort.
 */
#include <lu/log.h>
#include <lu/sys.h>
#include <stdio.h>
#include <string.h>

int main(void);

_Noreturn void rt_main(void);
_Noreturn void exit(int code);
_Noreturn void abort(void);
int *__errno_location(void);
_Noreturn void __assert_fail(const char *expr, const char *file, int line, const char *func);

__asm__(".text\n"
        ".globl _start\n"
        ".type _start, @function\n"
        "_start:\n"
        "    xorl %ebp, %ebp\n"
        "    andq $-16, %rsp\n"
        "    call rt_main\n"
        "    ud2\n"
        ".size _start, . - _start\n");

static int rt_errno;

_Noreturn void rt_main(void)
{
    sys_exit(main());
}

int *__errno_location(void)
{
    return &rt_errno;
}

_Noreturn void exit(int code)
{
    sys_exit(code);
}

_Noreturn void abort(void)
{
    sys_exit(134);
}

_Noreturn void __assert_fail(const char *expr, const char *file, int line, const char *func)
{
    char text[LU_EXIT_TEXT];

    snprintf(text, sizeof(text), "%s:%d: %s: assertion failed: %s", file, line, func, expr);
    lu_log("%s", text);
    sys_exit_because(134, text, strlen(text));
}
