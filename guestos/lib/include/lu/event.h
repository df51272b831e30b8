/* SPDX-License-Identifier: MIT
 *
 * The event loop of a component:
 *
 *     int main(void)
 *     {
 *         static const struct event_handlers handlers = {.init = my_init};
 *         struct lu_msg m;
 *
 *         sys_startup(&handlers);
 *         while (sys_receive(&m) == 0)
 *             dispatch(&m);
 *         return 1;
 *     }
 *
 * sys_receive is the update point: here, and only here, the component can be
 * replaced by another version of itself.
 */
#pragma once

#include <lu/sys.h>

/* Handlers return 0 or -LU_E...; all are optional but an init. */
struct event_handlers {
    union {
        int (*init_fresh)(void); /* first start in this slot */
        int (*init)(void);       /* the same, by its short name */
    };
    int (*init_restart)(void);     /* after a crash; default: init_fresh */
    int (*init_live_update)(void); /* state was transferred; no message is handled yet */
    int (*prepare)(void); /* at the update point, before the filter: an error says "not now" */
    /* Kernel notifications about others (LU_NOTE_PEER); default: delivered as messages. */
    void (*signal)(uint64_t bits);
};

/* Runs the handler that fits how this body was started, after the transfer of
 * the state if it is a new version.  `handlers` must stay valid.  Does not
 * return on failure: reports and exits. */
void sys_startup(const struct event_handlers *handlers);

/* Waits for the next message.  0, or -LU_E... of the receive itself. */
int sys_receive(struct lu_msg *m);

/* How and as whom this body was started. */
const struct lu_self *sys_whoami(void);
