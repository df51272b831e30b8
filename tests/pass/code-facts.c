/* SPDX-License-Identifier: MIT
 *
 * The hash of a function changes with what it does or what its local callees do, with
 * the layout that it relies on and the text that it uses, not with names of locals,
 * places in the file or other functions.  Lines of transfer code are counted where
 * they are written for transfer alone.
 *
 * RUN: %lucc --hosted -c %s -o %t.o && %lucc --hosted --component a -o %t.elf %t.o
 * RUN: %lucc --hosted -DOTHER -c %s -o %t.o && %lucc --hosted --component a -o %t2.elf %t.o
 * RUN: %lu-desc dump %t.elf | sed -n 's/.* \([a-z_]*\): .* code /\1 /p' | sort >%t.one
 * RUN: %lu-desc dump %t2.elf | sed -n 's/.* \([a-z_]*\): .* code /\1 /p' | sort >%t.two
 * RUN: join %t.one %t.two | awk '{print $1, $2 == $3 ? "same" : "other"}' | %FileCheck %s
 * RUN: %lu-desc stat %t.elf | %FileCheck --check-prefix=LINES %s
 * RUN: sed '/^struct st_object {/,$d' %s >%t.plain.c; echo 'int main(void) { return 0; }' >>%t.plain.c
 * RUN: %lucc --hosted -c %t.plain.c -o %t.o && %lucc --hosted --component a -o %t.elf %t.o
 * RUN: %lu-desc stat %t.elf | %FileCheck --check-prefix=NOLINES %s
 *
 * CHECK-DAG: caller_of_changed other
 * CHECK-DAG: caller_of_same same
 * CHECK-DAG: main same
 * CHECK-DAG: order other
 * CHECK-DAG: renamed_local same
 * CHECK-DAG: struct_user other
 * CHECK-DAG: text_user other
 *
 * convert has 6 lines, to its last statement, helper and convert_other 3 each, the
 * table has 1 entry and factors 2.  shared serves others too.
 * LINES: transfer lines 15
 * NOLINES: transfer lines 0
 */
#include <stdint.h>

struct pair {
#ifdef OTHER
    int added;
#endif
    int a, b;
} pair;

#ifdef OTHER
static int callee(int x)
{
    return x + 2;
}
#else
static int callee(int x)
{
    return x + 1;
}
#endif

static int steady(int x)
{
    return x * 3;
}

int caller_of_changed(int x);
int caller_of_changed(int x)
{
    return callee(x);
}

int caller_of_same(int x);
int caller_of_same(int x)
{
    return steady(x);
}

int order(int x, int y);
int order(int x, int y)
{
#ifdef OTHER
    return y - x;
#else
    return x - y;
#endif
}

int renamed_local(int x);
int renamed_local(int x)
{
#ifdef OTHER
    int last = x, first = 2;

    return first + last;
#else
    int a = x, b = 2;
    return b + a;
#endif
}

int struct_user(void);
int struct_user(void)
{
    return pair.b;
}

const char *text_user(void);
const char *text_user(void)
{
#ifdef OTHER
    return "a new text";
#else
    return "an old text";
#endif
}

struct st_object {
    int *new_data;
};
struct st_xfer;
struct st_handler {
    uint32_t kind, instead;
    const char *name;
    int (*convert)(struct st_xfer *x, const struct st_object *o);
};

static const int factors[3] = {0, 2, 3};

static int helper(int x)
{
    return factors[x];
}

static int shared(int x)
{
    return x ^ 1;
}

static int convert(struct st_xfer *x, const struct st_object *o)
{
    (void)x;
    *o->new_data = helper(shared(*o->new_data));

    return 0;
}

int convert_other(const struct st_object *o);
int convert_other(const struct st_object *o)
{
    return *o->new_data;
}

const struct st_handler lu_transfer_handlers[] = {
    {.kind = 1, .name = "pair", .convert = convert},
    {0},
};

const void *volatile kept[] = {
    (void *)caller_of_changed, (void *)caller_of_same, (void *)order,     lu_transfer_handlers,
    (void *)renamed_local,     (void *)struct_user,    (void *)text_user,
};

int main(void)
{
    return shared(kept[0] != kept[1]);
}
