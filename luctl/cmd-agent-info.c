/* SPDX-License-Identifier: MIT
 *
 * luctl agent info: the host agent itself.
 */
#include "agent.h"

#include <stdio.h>

static void line(const struct output *o, const char *label, const char *text)
{
    if (!*text)
        return;
    printf("  %-14s ", label);
    output_paint(o, PAINT_PLAIN, text);
    putchar('\n');
}

static void print(const struct output *o, const json_t *info)
{
    const json_t *probe = json_object_get(info, "probe");
    char buf[32];

    fputs("hv-agent ", stdout);
    output_paint(o, PAINT_BOLD, text_of(info, "version"));
    putchar('\n');
    line(o, "process", text_int(json_object_get(info, "pid"), buf, sizeof(buf)));
    line(o, "state", text_of(info, "state_dir"));
    line(o, "images", text_of(info, "image_dir"));
    line(o, "libvirt", text_of(info, "uri"));
    if (json_is_object(probe)) {
        printf("  %-14s %s: ", "KVM",
               json_is_true(json_object_get(probe, "kvm")) ? "used" : "not used");
        output_paint(o, PAINT_PLAIN, text_of(probe, "why"));
        putchar('\n');
    }
    line(o, "guests", text_int(json_object_get(info, "guests"), buf, sizeof(buf)));
    line(o, "open updates", text_int(json_object_get(info, "open_transactions"), buf, sizeof(buf)));
    line(o, "memory (KiB)", text_int(json_object_get(info, "rss_kib"), buf, sizeof(buf)));
}

static int run(struct cmd_call *call)
{
    json_t *info = NULL;
    int code = agent_call(call, "agent.info", NULL, &info);

    if (code)
        return code;
    if (call->out.json)
        output_json(info, false);
    else
        print(&call->out, info);
    json_decref(info);
    return LUCTL_EXIT_OK;
}

const struct command cmd_agent_info = {
    .name = "agent info",
    .summary = "Show the host agent",
    .run = run,
};
