/* SPDX-License-Identifier: MIT
 *
 * Annotations that cannot mean anything are errors, each named.
 *
 * RUN: %not %lucc --hosted -c %s -o %t.o 2>%t.err
 * RUN: %FileCheck %s <%t.err
 * RUN: test ! -e %t.o
 *
 * CHECK-DAG: malformed annotation 'lu:ixfre' on member 'misspelt' of 'struct s'
 * CHECK-DAG: malformed annotation 'lu:tag' on member 'no_argument' of 'struct s'
 * CHECK-DAG: malformed annotation 'lu:noxfer:x' on member 'an_argument' of 'struct s'
 * CHECK-DAG: contradicting transfer annotations on member 'both' of 'struct s'
 * CHECK-DAG: annotation on member 'u' of 'struct s' names 'nowhere', which is no member of it
 * CHECK-DAG: annotation on member 'p' of 'struct s' names 'size', which is no member of it
 * CHECK-DAG: lu:tag on member 'no_union' of 'struct s', which is no union and no member of one
 * CHECK-DAG: lu:len on member 'no_pointer' of 'struct s', which is no pointer and no flexible array
 * CHECK-DAG: lu:pxfer on member 'narrow' of 'struct s', which cannot hold a pointer
 * CHECK-DAG: lu:tag and lu:len belong on members, not on variable 'global'
 */
#define TAG(text) __attribute__((btf_decl_tag(text)))

struct s {
    int kind;
    TAG("lu:ixfre") int misspelt;
    TAG("lu:tag") union {
        int a;
    } no_argument;
    TAG("lu:noxfer:x") int an_argument;
    TAG("lu:ixfer") TAG("lu:noxfer") int both;
    TAG("lu:tag:nowhere") union {
        int a;
    } u;
    TAG("lu:len:size") int *p;
    TAG("lu:tag:kind") int no_union;
    TAG("lu:len:kind") int no_pointer;
    TAG("lu:pxfer") short narrow;
    TAG("somebody else's") int fine;
};

struct s s;
TAG("lu:len:n") int *global;
