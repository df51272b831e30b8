/* SPDX-License-Identifier: MIT
 *
 * See why.h.  Names of exceptions: Intel SDM volume 3, table 6-1.
 */
#include "why.h"

#include <stdio.h>
#include <string.h>

#include <lu/log.h>
#include <lu/sys.h>

#define CHAIN_MAX 8u

static void append(char *buf, size_t size, const char *text)
{
    size_t at = strlen(buf);

    snprintf(buf + at, size - at, "%s", text);
}

/* Follows waits_for; a name that comes twice closes a cycle. */
static void wait_chain(const struct lu_proc_info *first, char path[WHY_PATH_MAX])
{
    struct lu_proc_info info = *first;
    lu_ep seen[CHAIN_MAX];

    path[0] = '\0';
    if (info.waits_for == LU_EP_NONE)
        return;
    for (unsigned n = 0; n < CHAIN_MAX; n++) {
        append(path, WHY_PATH_MAX, info.name);
        for (unsigned i = 0; i < n; i++)
            if (seen[i] == info.ep) {
                append(path, WHY_PATH_MAX, " (a cycle)");
                return;
            }
        seen[n] = info.ep;
        if (info.waits_for == LU_EP_NONE || sys_proc_info(info.waits_for, &info) < 0)
            return;
        append(path, WHY_PATH_MAX, " -> ");
    }
    append(path, WHY_PATH_MAX, "...");
}

static const char *doing(const struct lu_proc_info *info)
{
    switch (info->run_state) {
    case LU_RUN_CALLING:
        return "waits for a reply";
    case LU_RUN_SENDING:
        return "waits for its message to be received";
    case LU_RUN_RECEIVING:
        return "waits for a message";
    case LU_RUN_DEAD:
        return "is dead";
    default:
        return "is busy";
    }
}

void why_not_ready(lu_ep ep, char path[WHY_PATH_MAX], char text[WHY_MAX])
{
    struct lu_proc_info info = {0};

    path[0] = '\0';
    if (sys_proc_info(ep, &info) < 0) {
        snprintf(text, WHY_MAX, "is gone");
        return;
    }
    wait_chain(&info, path);
    switch (info.prep_state) {
    case LU_PREP_FILTER_FALSE:
        snprintf(text, WHY_MAX, "its state filter was false all %llu times at the update point",
                 (unsigned long long)info.prep_detail);
        break;
    case LU_PREP_FILTER_ERROR:
        snprintf(text, WHY_MAX, "its state filter cannot be evaluated: %s",
                 lu_strerror((int)info.prep_detail));
        break;
    case LU_PREP_REFUSED:
        snprintf(text, WHY_MAX, "its prepare handler refused: %s",
                 lu_strerror((int)info.prep_detail));
        break;
    default:
        snprintf(text, WHY_MAX, "did not come to its update point: it %s", doing(&info));
        break;
    }
}

static const char *vector_name(uint32_t vector)
{
    static const char *const names[] = {
        [0] = "divide error",
        [1] = "debug exception",
        [3] = "breakpoint",
        [4] = "overflow",
        [6] = "invalid opcode",
        [7] = "device not available",
        [8] = "double fault",
        [12] = "stack fault",
        [13] = "general protection fault",
        [14] = "page fault",
        [16] = "x87 error",
        [17] = "alignment check",
        [19] = "SIMD floating-point error",
    };

    return vector < sizeof(names) / sizeof(names[0]) && names[vector] ? names[vector] : "exception";
}

void why_died(const struct lu_exit *e, char text[WHY_MAX])
{
    switch (e->reason) {
    case LU_EXIT_CODE:
        snprintf(text, WHY_MAX, "exited with code %d%s%.*s", e->code, e->text[0] ? ": " : "",
                 (int)sizeof(e->text) - 1, e->text);
        break;
    case LU_EXIT_FAULT:
        snprintf(text, WHY_MAX, "crashed: %s (vector %u) at rip %#llx, address %#llx",
                 vector_name(e->vector), e->vector, (unsigned long long)e->rip,
                 (unsigned long long)e->addr);
        break;
    case LU_EXIT_ABUSE:
        snprintf(text, WHY_MAX, "crashed: broke the kernel's rules at rip %#llx",
                 (unsigned long long)e->rip);
        break;
    default:
        snprintf(text, WHY_MAX, "was killed");
        break;
    }
}
