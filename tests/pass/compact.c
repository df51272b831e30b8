/* SPDX-License-Identifier: MIT
 *
 * What no object can reach is left out: types of which only functions speak whose
 * address nobody takes; equal types of several units are there once; a string that
 * ends another one lies inside it.  A function whose address is taken is described
 * even where its own unit was not compiled with the pass.
 *
 * RUN: for u in A B; do %lucc --hosted -D$u -c %s -o %t-$u.o; done
 * RUN: %lucc --hosted --no-instrument -DPLAIN -c %s -o %t-plain.o
 * RUN: %lucc --hosted --component c -o %t.elf %t-A.o %t-B.o %t-plain.o
 * RUN: %lu-desc dump %t.elf >%t.dump; %FileCheck %s <%t.dump
 * RUN: test $(grep -c '^  struct shared size' %t.dump) = 1
 * RUN: %llvm/llvm-objcopy -O binary --only-section=.lu.state --set-section-flags .lu.state=alloc %t.elf %t.blob
 * RUN: test $(grep -ao '[a-z_]*_of_a_name' %t.blob | sort | tr '\n' ' ') = the_end_of_a_name
 *
 * CHECK: types
 * CHECK-NOT: only_passed
 * CHECK: struct shared size
 * CHECK-NOT: only_passed
 * CHECK: globals
 * CHECK-DAG: size 4 end_of_a_name: int
 * CHECK-DAG: size 4 the_end_of_a_name: int
 * CHECK: functions
 * CHECK-DAG: called_only: function{{( code [0-9a-f]+)?}}{{$}}
 * CHECK-DAG: taken_elsewhere: int(struct shared *)
 * CHECK-DAG: plain: function
 */
struct shared {
    struct shared *next;
    int n;
};

struct only_passed {
    int n;
};

int taken_elsewhere(struct shared *s);
int called_only(struct only_passed *p);
int plain(void);

#ifdef A
int the_end_of_a_name, end_of_a_name;
struct shared shared;
int (*pointer)(struct shared *);
int (*foreign)(void) = plain;

int main(void)
{
    struct only_passed p = {0};

    pointer = taken_elsewhere;
    return pointer(&shared) + foreign() + called_only(&p) + the_end_of_a_name + end_of_a_name;
}
#elif defined(B)
struct shared other;

int taken_elsewhere(struct shared *s)
{
    return s == &other;
}

int called_only(struct only_passed *p)
{
    return p->n;
}
#else
int plain(void)
{
    return 0;
}
#endif
