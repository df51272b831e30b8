/* SPDX-License-Identifier: MIT
 *
 * A component's state for the filter tests: only its globals' initial values count.
 */
#include "case.h"

enum state { IDLE, SYN_RECEIVED = 3, ESTABLISHED };

struct conn {
    enum state state;
    unsigned flags : 3, urgent : 1;
    int level : 4;
    struct conn *next;
    unsigned char name[4];
    union {
        long number;
        char *text;
    };
};

extern struct conn third;
struct conn second = {.state = IDLE, .next = &third, .number = 20};
struct conn first = {
    .state = ESTABLISHED, .flags = 5, .level = -3, .next = &second, .name = "ab", .number = 10};
struct conn third = {.state = ESTABLISHED, .urgent = 1, .number = 30};
struct conn *head = &first, *nobody, *wild = (struct conn *)0x9000000000;
struct conn ring_a, ring_b = {.next = &ring_a, .number = 2}, *ring = &ring_a;
struct conn ring_a = {.next = &ring_b, .number = 1};
struct conn rho_b, rho_a = {.next = &rho_b}, *rho = &rho_a;
struct conn rho_b = {.next = &rho_b};

int num_pending_writes, minus = -2, zero;
unsigned big = 4000000000u;
unsigned long huge = ~0ul;
signed char small = -1;
unsigned char byte = 200;
_Bool ready = 1;
double ratio = 0.5;
int least = (int)0x80000000, most = 0x7fffffff;
long least_long = (long)0x8000000000000000;
unsigned short half = 65535;
enum flags { LOW = 1, HIGH = 0x80000000 } flags = HIGH;
struct {
    unsigned narrow : 5, all : 32;
    long wide : 40;
    unsigned long wider : 40;
    enum flags flag : 32;
    char letter : 3;
} fields = {31, 0xffffffff, -1, 0xffffffffff, HIGH, -1};
struct conn conns[3] = {{.state = IDLE}, {.state = ESTABLISHED}, {.state = IDLE, .number = 7}};
int table[2][3] = {{1, 2, 3}, {4, 5, 6}};
int *cursor = &table[1][1];
void *opaque = &zero;
static int hidden = 11;
struct item {
    int key;
    struct item *next;
} *items, *rows;
struct linked {
    int key;
    struct {
        struct linked *next;
        void *other;
    } link;
} last_linked = {.key = 3}, *linked = &last_linked;
struct vector {
    unsigned n;
    struct conn *elements;
} vector = {3, conns}, negative = {-1, conns};
void *untyped = &second;
static int answer(void);
int (*callback)(void) = answer;

static int answer(void)
{
    return 42;
}

static int other_answer(void)
{
    return 43;
}

static int counter(void)
{
    static int calls = 12;
    return calls++;
}

void setup(void)
{
    KEEP(first);
    KEEP(nobody);
    KEEP(wild);
    KEEP(ring);
    KEEP(rho);
    KEEP(head);
    KEEP(num_pending_writes);
    KEEP(minus);
    KEEP(zero);
    KEEP(big);
    KEEP(huge);
    KEEP(small);
    KEEP(byte);
    KEEP(ready);
    KEEP(ratio);
    KEEP(conns);
    KEEP(table);
    KEEP(cursor);
    KEEP(opaque);
    KEEP(hidden);
    KEEP(least);
    KEEP(most);
    KEEP(least_long);
    KEEP(half);
    KEEP(flags);
    KEEP(fields);
    KEEP(linked);
    KEEP(vector);
    KEEP(negative);
    KEEP(untyped);
    callback = answer;
    callback = hidden ? callback : other_answer;
    items = malloc(sizeof(*items));
    rows = calloc(3, sizeof(*rows));
    items->key = counter();
}
