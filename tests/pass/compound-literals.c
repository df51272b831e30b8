/* SPDX-License-Identifier: MIT
 *
 * Unnamed objects: compound literals have no debug information; they get the
 * type of the pointer that reaches them.
 *
 * RUN: %lucc --hosted -c %s -o %t.o && %lucc --hosted --component a -o %t.elf %t.o
 * RUN: %lu-desc dump %t.elf | %FileCheck %s
 *
 * CHECK: globals
 * CHECK-DAG: size 24 root.literal0 [compound-literals.c]: struct node static{{$}}
 * CHECK-DAG: size 24 root.literal0.literal0 [compound-literals.c]: struct node static{{$}}
 * CHECK-DAG: size 24 root.literal0.literal1 [compound-literals.c]: char *[3] static{{$}}
 * CHECK-DAG: size 12 root.literal0.literal2 [compound-literals.c]: int[3] static{{$}}
 * CHECK-DAG: size 16 names.literal0 [compound-literals.c]: char *[2] const static{{$}}
 * CHECK-DAG: size 8 root: struct node *{{$}}
 * CHECK: literals 4
 */
struct node {
    struct node *next;
    const char **names;
    int *values;
};

struct node *root = &(struct node){
    .next = &(struct node){0},
    .names = (const char *[]){"x", "y", 0},
    .values = (int[]){1, 2, 3},
};
const char *const *names = (const char *const[]){"one", "two"};

int main(int argc, char **argv)
{
    (void)argv;
    return names[argc] == root->names[0];
}
