/* SPDX-License-Identifier: MIT
 *
 * The other end of the IPC benchmark: answers calls and posts.
 */
#include <lu/sys.h>

int main(void)
{
    struct lu_msg m;

    while (sys_receive_from(LU_EP_ANY, &m, 0) == 0) {
        if (m.flags & LU_MSGF_CALL)
            sys_reply(m.source, &m);
        else if (m.source != LU_EP_KERNEL)
            sys_post(m.source, &m);
    }
    return 1;
}
