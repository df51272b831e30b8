/* SPDX-License-Identifier: MIT
 *
 * Bounds from samples.  The counter is read around the interval's start and around
 * every look at its end: what lies surely inside is the least that it can have
 * taken, what lies surely around it the most.  All samples measure the same thing,
 * so the truth is in the intersection of their bounds; two must agree at least.
 */
#include "calibrate.h"

#define LOOKS_MAX 10000000u
#define TOLERANCE 2048u /* after n samples the bounds may be n parts in so many apart */

struct bounds {
    uint64_t least, most;
};

/* False if the interval never ended. */
static bool sample(const struct calibrate_ops *ops, void *ctx, struct bounds *ret)
{
    uint64_t before = ops->counter(ctx), after, look, next;

    ops->begin(ctx);
    after = look = next = ops->counter(ctx);
    for (uint32_t looks = 0; !ops->ended(ctx); looks++) {
        if (looks == LOOKS_MAX)
            return false;
        look = next; /* it was still running then */
        next = ops->counter(ctx);
    }
    *ret = (struct bounds){.least = look - after, .most = ops->counter(ctx) - before};
    return true;
}

uint64_t calibrate(const struct calibrate_ops *ops, void *ctx)
{
    struct bounds all = {0, UINT64_MAX}, one;

    for (uint64_t n = 1; sample(ops, ctx, &one); n++) {
        uint64_t least = one.least > all.least ? one.least : all.least;
        uint64_t most = one.most < all.most ? one.most : all.most;
        uint64_t low = least < most ? least : most, high = least < most ? most : least;

        if (n > 1 && (high - low) * TOLERANCE <= high * n)
            return low + (high - low) / 2;
        all = (struct bounds){least, most};
        if (least > most) /* a clock stood still meanwhile: which of the two, nobody knows */
            all = one;
    }
    return 0;
}
