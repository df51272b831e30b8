/* SPDX-License-Identifier: MIT
 *
 * Reverse check: does an update lose nothing?  What a transfer made of an old state is
 * transferred back, by the inverse of the plan, into a second image of the old version,
 * and compared with the old state as graphs: pointers are equal when they lead to the
 * same place of objects that correspond, of which the heap's may lie elsewhere; to
 * literals, by content.  Padding is not looked at.
 *
 * An address can have several meanings in the new layout, where an object starts with another
 * or follows an array.  If one of them is what the pointer was, nothing is lost.
 *
 * Exempt is what the update is allowed to change: members and globals that it drops
 * (the transfer has seen that they hold nothing, or a rule allows it), that a rule or
 * an annotation keeps out (skip, NOXFER), that a rule gives a value, what a transfer
 * handler touches, and heap objects of a type that the new version never allocates.  Where a rule
 * allows that values are cut (truncate), a difference is counted as allowed.
 *
 * Work lists, no recursion; about 20 bytes of scratch memory per heap object.
 */
#pragma once

#include <st/transfer.h>

struct st_reverse_args {
    const struct st_plan *plan;      /* of the update; its rules too */
    const struct st_view *old_view;  /* the state before it */
    const struct st_view *new_view;  /* what the transfer made of it */
    const struct st_target *back;    /* the old version as loaded, no heap: written */
    const struct st_view *back_view; /* the same, to be read */
    const struct st_mem *mem;
    /* Called now and then with the number of objects done, in either half.  Non-zero ends the
     * check with that error.  May be NULL. */
    int (*progress)(void *ctx, uint64_t done);
    void *progress_ctx;
};

struct st_reverse_stats {
    uint64_t objects; /* globals and heap objects compared */
    uint64_t bytes;   /* of them */
    uint64_t exempt;  /* globals, members and heap objects that were not compared */
    uint64_t allowed; /* differences that a rule allows */
};

/* 0: nothing is lost.  -LU_ELOSS: the first difference, with the object's path, its value
 * before and as it would come back.  Others: the check could not be made (-LU_ENOMEM,
 * -LU_EFAULT, -LU_EFORMAT, what `progress` said). */
int st_reverse_check(const struct st_reverse_args *args, struct st_reverse_stats *ret_stats,
                     struct st_err *err);
