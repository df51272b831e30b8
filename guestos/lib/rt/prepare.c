/* SPDX-License-Identifier: MIT
 *
 * The update point.  While a prepare is pending it is decided anew each time
 * the event loop comes by: prepare handler first, then the state filter, which
 * was verified when the prepare arrived.  The kernel may have forgotten the
 * prepare meanwhile (cancelled); it says so in the result of its calls.
 */
#include "rt.h"

#include <st/filter.h>

#include <lu/alloc.h>
#include <lu/log.h>

static struct lu_prepare asked;
static int pending;
static int filter_error;   /* of the verification */
static uint64_t evaluated; /* times, in this prepare */

void rt_prepare_begin(void)
{
    struct st_err err = {0};

    pending = sys_prepare_info(&asked) == 0;
    evaluated = 0;
    filter_error = 0;
    if (!pending || asked.filter_len == 0)
        return;
    if (asked.filter_len > sizeof(asked.filter))
        filter_error = -LU_EFORMAT;
    else
        filter_error = st_filter_verify(asked.filter, asked.filter_len, &err);
    if (filter_error < 0)
        lu_log("state filter: %s", err.text);
}

/* Image, stack, and the heap once there is one. */
static int evaluate(int *ret_true)
{
    const struct st_range ranges[] = {
        {LU_VA_IMAGE, LU_ADDR(__lu_image_end) - LU_VA_IMAGE},
        {LU_VA_STACK_TOP - LU_STACK_SIZE, LU_STACK_SIZE},
    };
    struct st_self self = {.ranges = ranges, .n_ranges = 2};
    struct lu_heap_usage usage;
    struct st_view view;
    struct st_err err = {0};
    int ret;

    lu_heap_usage(&usage);
    self.heap = usage.meta_bytes > 0;
    st_view_self(&view, &self);
    evaluated++;
    ret = st_filter_eval(asked.filter, asked.filter_len, &view, ret_true, &err);
    if (ret < 0 && evaluated == 1)
        lu_log("state filter: %s%s%s", err.path, *err.path ? ": " : "", err.text);
    return ret;
}

/* LU_PREP_PARKED = ready to park, else what to say. */
static enum lu_prep_state judge(const struct event_handlers *handlers, uint64_t *ret_detail)
{
    int ret = handlers->prepare ? handlers->prepare() : 0, is_true = 1;

    if (ret < 0) {
        *ret_detail = (uint64_t)-(int64_t)ret;
        return LU_PREP_REFUSED;
    }
    ret = filter_error;
    if (ret == 0 && asked.filter_len > 0)
        ret = evaluate(&is_true);
    if (ret < 0) {
        *ret_detail = (uint64_t)-(int64_t)ret;
        return LU_PREP_FILTER_ERROR;
    }
    *ret_detail = evaluated;
    return is_true ? LU_PREP_PARKED : LU_PREP_FILTER_FALSE;
}

void rt_update_point(const struct event_handlers *handlers)
{
    uint64_t detail = 0;
    enum lu_prep_state state;

    if (!pending)
        return;
    state = judge(handlers, &detail);
    if (state == LU_PREP_PARKED) {
        sys_park();
        pending = 0;
    } else if (sys_prepare_say(state, detail) < 0) {
        pending = 0;
    }
}
