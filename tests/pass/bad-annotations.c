/* SPDX-License-Identifier: MIT
 *
 * Annotations that cannot mean anything are errors, each named with its place.
 *
 * RUN: %not %lucc --hosted -ferror-limit=0 -c %s -o %t.o 2>%t.err
 * RUN: %FileCheck %s <%t.err
 * RUN: test ! -e %t.o
 *
 * CHECK-DAG: bad-annotations.c:[[#MISSPELT:]]: malformed annotation 'lu:ixfre' on member 'misspelt' of 'struct s'
 * CHECK-DAG: malformed annotation 'lu:tag' on member 'no_argument' of 'struct s'
 * CHECK-DAG: malformed annotation 'lu:noxfer:x' on member 'an_argument' of 'struct s'
 * CHECK-DAG: contradicting transfer annotations on member 'both' of 'struct s'
 * CHECK-DAG: annotation on member 'u' of 'struct s' names 'nowhere', which is no member of 'struct s'
 * CHECK-DAG: annotation on member 'p' of 'struct s' names 'size', which is no member of 'struct s'
 * CHECK-DAG: annotation on member 'v' of 'struct s' names 'next', which is no integer
 * CHECK-DAG: annotation on member 'q' of 'struct s' names 'next', which is no integer
 * CHECK-DAG: lu:tag on member 'no_union' of 'struct s', which is no union and no member of one
 * CHECK-DAG: lu:tag on member 'valued' of 'struct s', which is a union: expected lu:tag:MEMBER
 * CHECK-DAG: lu:tag on member 'i' of 'union variants': 'THREE' is no value of 'kind'
 * CHECK-DAG: lu:tag on member 'other' of 'union variants' names 'sort', the union's names 'kind'
 * CHECK-DAG: lu:tag on member 'unvalued' of 'union variants' selects nothing: expected lu:tag:MEMBER=VALUE
 * CHECK-DAG: annotation on member 'a' of 'union by_members' names 'lost', which is no member of 'struct s'
 * CHECK-DAG: lu:len on member 'no_pointer' of 'struct s', which is no pointer and no flexible array
 * CHECK-DAG: lu:len on member 'arm' of 'union v', which has no sibling that is there too
 * CHECK-DAG: lu:pxfer on member 'narrow' of 'struct s', which cannot hold a pointer
 * CHECK-DAG: lu:pxfer on member 'numbers' of 'struct s', which cannot hold a pointer
 * CHECK-DAG: lu:tag and lu:len belong on members, not on variable 'global'
 * CHECK-DAG: what cannot hold a pointer is annotated lu:pxfer: variable 'number'
 * CHECK-DAG: what cannot hold a pointer is annotated lu:pxfer: typedef 'fraction'
 * CHECK-DAG: malformed annotation 'lu:xfer' on typedef 'odd'
 * CHECK-DAG: lu:tag and lu:len belong on members, not on 'struct selected'
 * CHECK-DAG: annotation 'lu:ixfer' on function 'f' has no effect
 * CHECK-DAG: annotation 'lu:noxfer' on parameter 'parameter' of 'f' has no effect
 * CHECK-NOT: fine
 */
#define TAG(text) __attribute__((btf_decl_tag(text)))

enum kind { ONE, TWO };
typedef double fraction TAG("lu:pxfer");
typedef int odd TAG("lu:xfer");

union variants {
    int fine TAG("lu:tag:kind=ONE");
    int i TAG("lu:tag:kind=THREE");
    int other TAG("lu:tag:sort=1");
    int unvalued TAG("lu:tag:kind");
    int fine_too TAG("lu:tag:kind=0x7");
};

union by_members {
    int a TAG("lu:tag:lost=1");
};

struct s {
    struct {
        enum kind kind;
    };
    int sort;
    struct s *next;
    TAG("lu:ixfre") int misspelt;
    TAG("lu:tag") union {
        int a;
    } no_argument;
    TAG("lu:noxfer:x") int an_argument;
    TAG("lu:ixfer") TAG("lu:noxfer") int both;
    TAG("lu:tag:nowhere") union {
        int a;
    } u;
    TAG("lu:tag:next") union {
        int a;
    } v;
    TAG("lu:tag:kind=1") union {
        int a;
    } valued;
    TAG("lu:tag:kind") union variants variants;
    union by_members by_members;
    TAG("lu:len:size") int *p;
    TAG("lu:len:next") int *q;
    TAG("lu:tag:kind") int no_union;
    TAG("lu:len:kind") int no_pointer;
    TAG("lu:pxfer") short narrow;
    TAG("lu:pxfer") double numbers[2];
    TAG("lu:pxfer") struct s *fine_pointer;
    TAG("somebody else's") int fine;
    fraction of;
    odd one;
};

struct TAG("lu:tag:kind") selected {
    int kind;
};

union v {
    int n;
    TAG("lu:len:n") int *arm;
};

struct s s;
struct selected selected;
union v v;
TAG("lu:len:n") int *global;
TAG("lu:pxfer") float number;

TAG("lu:ixfer") int f(int parameter TAG("lu:noxfer"));
int f(int parameter TAG("lu:noxfer"))
{
    return parameter;
}
