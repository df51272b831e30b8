/* SPDX-License-Identifier: MIT
 *
 * Tables whose entries lead to other entries: of the same table (the states of a machine),
 * of another one, and of two that lead to each other.
 */
#include "case.h"

static const struct state {
    const char *name;
    const struct state *next;
} states[] = {
#ifdef OLD
    {"idle", &states[1]},
    {"run", &states[2]},
    {"stop", &states[0]},
#else
    {"idle", &states[1]},
    {"wait", &states[2]},
    {"run", &states[3]},
    {"stop", &states[0]},
#endif
};
#ifdef OLD
static const struct state *const order[] = {&states[1], &states[2], &states[0]};
#else
static const struct state *const order[] = {&states[3], &states[2], &states[1], &states[0]};
#endif

struct right;
struct left {
    int key;
    const struct right *right;
};
struct right {
    int key;
    const struct left *left;
};
extern const struct left lefts[];
extern const struct right rights[];
const struct left lefts[] = {
#ifndef OLD
    {9, &rights[0]},
#endif
    {1, &rights[0]},
    {2, &rights[1]},
};
const struct right rights[] = {
    {1, &lefts[0]},
#ifndef OLD
    {9, &lefts[0]},
#endif
    {2, &lefts[1]},
};
const struct state *state, *const *at;
const struct left *left;
const struct right *right;

void setup(void)
{
    state = &states[1];
    at = &order[1];
    left = &lefts[1];
    right = &rights[1];
    KEEP(at);
}

#ifndef OLD
int check(void)
{
    EXPECT(state == &states[2] && state->next == &states[3]);
    EXPECT(at == &order[0] && *at == &states[3]);
    EXPECT(left == &lefts[2] && right == &rights[2]);
    return 0;
}
#endif
