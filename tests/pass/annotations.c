/* SPDX-License-Identifier: MIT
 *
 * Annotations on members, variables, statics of functions, types and typedefs,
 * through the macros of lu/annotate.h, in every place where C lets them stand.
 *
 * RUN: %lucc --hosted -I%abi -I%abi/../lib/include -Wall -Wextra -Werror -c %s -o %t.o
 * RUN: %lucc --hosted --component a -o %t.elf %t.o
 * RUN: %lu-desc dump %t.elf >%t.dump; %FileCheck %s <%t.dump
 * RUN: %FileCheck --check-prefix=TYPEDEF %s <%t.dump
 *
 * TYPEDEF: struct typedefs size
 * TYPEDEF-NEXT: +0 to: unsigned long{{$}}
 * TYPEDEF-NEXT: +8.0:3 narrow: unsigned int noxfer{{$}}
 * TYPEDEF-NEXT: +16 seal: void *{{$}}
 * TYPEDEF: unsigned long size 8 align 8 pxfer
 *
 * CHECK: struct opaque_blob size 8 align 8 ixfer
 * CHECK: struct conn size
 * CHECK-NEXT: +0 kind: int{{$}}
 * CHECK-NEXT: +8 raw: union any ixfer{{$}}
 * CHECK-NEXT: +16 u: union any tag(kind){{$}}
 * CHECK-NEXT: +24 arms: union (anonymous){{$}}
 * CHECK-NEXT: +32 address: unsigned long pxfer{{$}}
 * CHECK-NEXT: +40 hash: unsigned int noxfer{{$}}
 * CHECK-NEXT: +48 cookie: void * sxfer{{$}}
 * CHECK-NEXT: +56 n: unsigned int{{$}}
 * CHECK-NEXT: +64 items: struct conn ** len(n){{$}}
 * CHECK-NEXT: +72 tail: char[] len(n){{$}}
 * CHECK: union (anonymous) size 8
 * CHECK-NEXT: +0 number: long tag(kind=0){{$}}
 * CHECK-NEXT: +0 next: struct conn * tag(kind=1){{$}}
 * CHECK: globals
 * CHECK-DAG: cache: int noxfer
 * CHECK-DAG: secret [annotations.c]: unsigned long pxfer static
 * CHECK-DAG: calls [annotations.c:main]: int sxfer static
 * CHECK-DAG: conn: struct conn *{{$}}
 */
#include <lu/annotate.h>
#include <stdint.h>

union any {
    long number;
    void *pointer;
};

struct conn {
    int kind;
    union IXFER(any) raw;
    union any u LU_TAG("kind");
    union {
        long number LU_TAG("kind=0");
        struct conn *next LU_TAG("kind=1");
    } arms;
    PXFER(uintptr_t) address;
    NOXFER unsigned hash;
    SXFER void *cookie;
    unsigned n;
    struct conn **LU_LEN("n") items;
    char tail[] LU_LEN("n");
};

struct LU_ANNOTATION("ixfer") opaque_blob {
    void *words[1];
};

typedef PXFER(uintptr_t) address_t;
typedef NOXFER unsigned cache_t;
typedef void *seal_t LU_SXFER;
struct typedefs {
    address_t to;
    cache_t narrow : 3;
    seal_t seal;
} typedefs;

NOXFER int cache;
static PXFER(uintptr_t) secret;
struct conn *conn;
struct opaque_blob blob;

int main(void)
{
    static int calls LU_SXFER;

    secret += (uintptr_t)&blob;
    calls++;
    typedefs.to = secret;
    return conn && secret && cache++ && calls;
}
