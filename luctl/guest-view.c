/* SPDX-License-Identifier: MIT
 *
 * See guest-view.h; the members are those of guest.info.
 */
#include "guest-view.h"

#include <stdio.h>
#include <string.h>

static void print_forwards(const struct output *o, const json_t *info)
{
    const json_t *f;
    size_t i;

    (void)o;
    json_array_foreach(json_object_get(info, "forwards"), i, f)
    {
        char host[32], guest[32];

        printf("  %-12s 127.0.0.1:%s to the guest's port %s\n", "forward",
               text_int(json_object_get(f, "host_port"), host, sizeof(host)),
               text_int(json_object_get(f, "guest_port"), guest, sizeof(guest)));
    }
}

static void line(const struct output *o, const char *label, const char *text)
{
    if (!*text)
        return;
    printf("  %-12s ", label);
    output_paint(o, output_mood(text), text);
    putchar('\n');
}

static void line_int(const char *label, const json_t *v, const char *unit)
{
    char buf[32];

    if (json_is_integer(v))
        printf("  %-12s %s%s\n", label, text_int(v, buf, sizeof(buf)), unit);
}

static void print_accel(const struct output *o, const json_t *info)
{
    const char *accel = text_of(info, "accel"), *why = text_of(info, "accel_why");

    if (!*accel)
        return;
    printf("  %-12s ", "accelerator");
    output_paint(o, PAINT_PLAIN, accel);
    if (*why) {
        fputs(" (", stdout);
        output_paint(o, PAINT_PLAIN, why);
        fputs(")", stdout);
    }
    putchar('\n');
}

void guest_print_started(const struct output *o, const json_t *info)
{
    fputs("Guest ", stdout);
    output_paint(o, PAINT_BOLD, text_of(info, "name"));
    fputs(" started.\n", stdout);
    line(o, "state", text_of(info, "state"));
    print_accel(o, info);
    print_forwards(o, info);
}

static void print_components(const struct output *o, const json_t *info)
{
    struct table t = {.heads = {"COMPONENT", "STATE", "PAGES", "RESTARTS", "BUILD"},
                      .right = {false, false, true, true, false}};
    const json_t *c;
    size_t i;

    json_array_foreach(json_object_get(info, "components"), i, c)
    {
        char pages[32], restarts[32], build[16];

        snprintf(build, sizeof(build), "%.12s", text_of(c, "build_id"));
        table_add(&t,
                  (const char *const[]){
                      text_of(c, "name"), text_of(c, "run_state"),
                      text_int(json_object_get(c, "pages"), pages, sizeof(pages)),
                      text_int(json_object_get(c, "restarts"), restarts, sizeof(restarts)), build});
    }
    if (t.n_rows)
        table_print(o, &t);
    table_free(&t);
}

static void print_uptime(const json_t *info)
{
    const json_t *ms = json_object_get(info, "uptime_ms");

    if (json_is_number(ms))
        printf("  %-12s %.1f s\n", "uptime", json_number_value(ms) / 1000.0);
}

void guest_print_info(const struct output *o, const json_t *info)
{
    fputs("Guest ", stdout);
    output_paint(o, PAINT_BOLD, text_of(info, "name"));
    putchar('\n');
    line(o, "state", text_of(info, "state"));
    line(o, "epitaph", text_of(info, "epitaph"));
    print_accel(o, info);
    print_uptime(info);
    line_int("process", json_object_get(info, "pid"), "");
    line_int("memory", json_object_get(info, "memory_mib"), " MiB");
    line_int("free pages", json_object_get(info, "free_pages"), "");
    line_int("swaps", json_object_get(info, "upd_count"), "");
    if (json_integer_value(json_object_get(info, "txn")))
        line_int("transaction", json_object_get(info, "txn"), " (open)");
    print_forwards(o, info);
    print_components(o, info);
}

void guest_print_list(const struct output *o, const json_t *list)
{
    struct table t = {.heads = {"NAME", "STATE", "ACCEL", "MIB", "UPTIME", "FREE PAGES", "PID"},
                      .right = {false, false, false, true, true, true, true}};
    const json_t *g;
    size_t i;

    json_array_foreach(json_object_get(list, "guests"), i, g)
    {
        char mib[32], uptime[32] = "", pages[32], pid[32];

        if (json_is_number(json_object_get(g, "uptime_ms")))
            snprintf(uptime, sizeof(uptime), "%.1f s",
                     json_number_value(json_object_get(g, "uptime_ms")) / 1000.0);
        table_add(&t, (const char *const[]){
                          text_of(g, "name"), text_of(g, "state"), text_of(g, "accel"),
                          text_int(json_object_get(g, "memory_mib"), mib, sizeof(mib)), uptime,
                          text_int(json_object_get(g, "free_pages"), pages, sizeof(pages)),
                          text_int(json_object_get(g, "pid"), pid, sizeof(pid))});
    }
    table_print(o, &t);
    table_free(&t);
}
