/* SPDX-License-Identifier: MIT
 *
 * Calls about the caller itself: names, time, log, trace, exit, random.
 */
#include "call.h"

#include "death.h"
#include "inspect.h"
#include "log.h"
#include "random.h"
#include "timer.h"
#include "usermem.h"

#define LOG_MAX 256u

long call_lookup(struct call *c)
{
    char name[LU_NAME_MAX];
    const struct slot *t;

    if (user_read(c->s->body, name, c->arg[0], sizeof(name)))
        return -LU_EFAULT;
    if (slot_check_name(name))
        return -LU_EINVAL;
    t = slot_by_name(name);
    if (!t || !slot_alive(t))
        return -LU_ENOENT;
    return slot_may_send(c->s, t) ? (long)t->ep : -LU_EPERM;
}

long call_self(struct call *c)
{
    struct lu_self self = {
        .ep = c->s->ep, .supervisor = slot_supervisor->ep, .start = c->s->body->start};

    memcpy(self.name, c->s->name, sizeof(self.name));
    return user_write(c->s->body, c->arg[0], &self, sizeof(self));
}

long call_clock(struct call *c)
{
    (void)c;
    return (long)arch_time_ns();
}

long call_alarm(struct call *c)
{
    if (c->arg[0] > INT64_MAX)
        return -LU_EINVAL;
    timer_set_alarm(c->s, c->arg[0]);
    return 0;
}

long call_log(struct call *c)
{
    char text[LOG_MAX];

    if (c->arg[1] > LOG_MAX)
        return -LU_EINVAL;
    if (user_read(c->s->body, text, c->arg[0], c->arg[1]))
        return -LU_EFAULT;
    log_component(c->s->name, text, c->arg[1]);
    return 0;
}

long call_trace(struct call *c)
{
    trace_put(LU_TRACE_USER, c->s->ep, c->arg[0], c->arg[1]);
    return 0;
}

long call_exit(struct call *c)
{
    struct lu_exit e = {.reason = LU_EXIT_CODE, .code = (int32_t)c->arg[0]};
    uint64_t len = c->arg[2] < LU_EXIT_TEXT ? c->arg[2] : LU_EXIT_TEXT - 1;

    if (user_read(c->s->body, e.text, c->arg[1], len))
        e.text[0] = '\0'; /* it ends all the same */
    for (char *t = e.text; *t; t++)
        if (*t < ' ' || *t > '~')
            *t = '?';
    death_of_current(&e);
    return CALL_NO_RESULT;
}

long call_random(struct call *c)
{
    uint8_t bytes[RANDOM_MAX];

    if (c->arg[1] > sizeof(bytes))
        return -LU_EINVAL;
    if (user_check(c->s->body, c->arg[0], c->arg[1], SPACE_WRITE))
        return -LU_EFAULT;
    random_get(bytes, c->arg[1]);
    return user_write(c->s->body, c->arg[0], bytes, c->arg[1]);
}

long call_clock_set(struct call *c)
{
    if (c->arg[0] < arch_time_ns() || c->arg[0] > INT64_MAX)
        return -LU_EINVAL;
    arch_time_advance(c->arg[0]);
    return 0;
}

long call_entropy(struct call *c)
{
    uint8_t bytes[RANDOM_MAX];

    if (c->arg[1] > sizeof(bytes))
        return -LU_EINVAL;
    if (user_read(c->s->body, bytes, c->arg[0], c->arg[1]))
        return -LU_EFAULT;
    random_mix(bytes, c->arg[1]);
    return 0;
}
