/* SPDX-License-Identifier: MIT
 *
 * sys_startup and sys_receive.  Kernel notifications that concern the runtime
 * are taken out here; a component sees only the bits that are left.
 */
#include "rt.h"

#include <lu/log.h>

static const struct event_handlers *rt_handlers;
static struct lu_self rt_self;

const struct lu_self *sys_whoami(void)
{
    return &rt_self;
}

static void run_init(int (*init)(void), const char *what)
{
    int ret = init ? init() : -LU_ENOSYS;

    if (ret >= 0)
        return;
    lu_log("%s failed: %s (%d)", what, lu_strerror(ret), -ret);
    sys_exit(-ret);
}

void sys_startup(const struct event_handlers *handlers)
{
    rt_handlers = handlers;
    if (sys_self(&rt_self) < 0)
        sys_exit(LU_EINVAL);
    switch (rt_self.start) {
    case LU_START_UPDATE:
        rt_live_update(handlers);
        break;
    case LU_START_RESTART:
        run_init(handlers->init_restart ? handlers->init_restart : handlers->init_fresh,
                 "init_restart");
        break;
    default:
        run_init(handlers->init_fresh, "init");
        break;
    }
}

/* Takes the runtime's bits out of a kernel notification; 1 = something is left. */
static int take_notes(struct lu_msg *m)
{
    if (m->arg[0] & LU_NOTE_PREPARE) {
        m->arg[0] &= ~LU_NOTE_PREPARE;
        rt_prepare_begin();
    }
    if (rt_handlers->signal && (m->arg[0] & LU_NOTE_PEER)) {
        m->arg[0] &= ~LU_NOTE_PEER;
        rt_handlers->signal(LU_NOTE_PEER);
    }
    return m->arg[0] != 0;
}

int sys_receive(struct lu_msg *m)
{
    for (;;) {
        int ret;

        rt_update_point(rt_handlers);
        ret = sys_receive_from(LU_EP_ANY, m, 0);
        if (ret < 0)
            return ret;
        if (m->source != LU_EP_KERNEL || !(m->flags & LU_MSGF_NOTIFY) || take_notes(m))
            return 0;
    }
}
