/* SPDX-License-Identifier: MIT
 *
 * A guest as others see it: guest.info, guest.list, guest.trace.  Texts that
 * come from the guest are made printable.
 */
#include "guest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "introspect.h"

#define TRACE_MAX 4096u

static const char *run_state_word(uint32_t state)
{
    static const char *const words[] = {"free",    "stopped", "ready",  "receiving",
                                        "sending", "calling", "parked", "dead"};

    return state < sizeof(words) / sizeof(words[0]) ? words[state] : "unknown";
}

static json_t *component_json(const struct lu_ch_component *c)
{
    char name[LU_NAME_MAX + 1], hex[2 * LU_BUILD_ID_SIZE + 1];

    hva_text_copy(name, sizeof(name), c->name, LU_NAME_MAX, false);
    hva_hex(c->build_id, LU_BUILD_ID_SIZE, hex);
    return json_pack("{s:s, s:I, s:s, s:I, s:I, s:s}", "name", name, "endpoint", (json_int_t)c->ep,
                     "run_state", run_state_word(c->run_state), "pages", (json_int_t)c->pages,
                     "restarts", (json_int_t)c->restarts, "build_id", hex);
}

static json_t *components_json(struct hva_guest *g)
{
    json_t *list = json_array();

    for (size_t i = 0; i < g->n_components; i++)
        json_array_append_new(list, component_json(&g->components[i]));
    return list;
}

static json_t *forwards_json(const struct hva_vm_spec *spec)
{
    json_t *list = json_array();

    for (size_t i = 0; i < spec->n_forwards; i++)
        json_array_append_new(list,
                              json_pack("{s:i, s:i}", "host_port", (int)spec->forwards[i].host_port,
                                        "guest_port", (int)spec->forwards[i].guest_port));
    return list;
}

static void add_introspection(struct hva_guest *g, json_t *info)
{
    struct lu_inspect block;
    char text[2048], clean[2048];

    if (!g->site->ops->vm_alive(g->vm) || hva_inspect_read(&g->ram, &block, NULL) < 0)
        return;
    json_object_set_new(info, "upd_count", json_integer((json_int_t)block.upd_count));
    hva_epitaph_text(&block, text, sizeof(text));
    hva_text_copy(clean, sizeof(clean), text, sizeof(text), true);
    if (clean[0])
        json_object_set_new(info, "epitaph", json_string(clean));
}

json_t *hva_guest_json(struct hva_guest *g, bool components)
{
    const struct lu_kmem_info *mem = &g->status.mem;
    enum hva_guest_state state = hva_guest_state(g);
    json_t *info;

    pthread_mutex_lock(&g->lock);
    info = json_pack("{s:s, s:s, s:I, s:i, s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:I}", "name",
                     g->spec.name, "state", hva_guest_state_word(state), "pid",
                     (json_int_t)g->site->ops->vm_pid(g->vm), "memory_mib", (int)g->spec.memory_mib,
                     "accel", hva_accel_word(g->spec.accel), "accel_why", g->accel_why, "forwards",
                     forwards_json(&g->spec), "uptime_ms", (json_int_t)(mem->uptime_ns / 1000000u),
                     "free_pages", (json_int_t)mem->free_pages, "total_pages",
                     (json_int_t)mem->total_pages, "hypervisor_ebx",
                     (json_int_t)g->status.cpu_hypervisor, "frames_dropped", (json_int_t)g->dropped,
                     "txn", (json_int_t)g->txn);
    if (components)
        json_object_set_new(info, "components", components_json(g));
    pthread_mutex_unlock(&g->lock);
    add_introspection(g, info);
    return info;
}

static const char *trace_word(uint32_t kind)
{
    static const char *const words[] = {"none",  "switch", "call", "ipc", "irq",
                                        "fault", "upd",    "park", "user"};

    return kind < sizeof(words) / sizeof(words[0]) ? words[kind] : "unknown";
}

static json_t *events_json(const struct lu_trace_event *events, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(
            list, json_pack("{s:I, s:s, s:I, s:I, s:I}", "ns", (json_int_t)events[i].ns, "kind",
                            trace_word(events[i].kind), "who", (json_int_t)events[i].who, "a",
                            (json_int_t)events[i].a, "b", (json_int_t)events[i].b));
    return list;
}

json_t *hva_guest_trace_json(struct hva_guest *g, struct lu_err *err)
{
    struct lu_trace_event *events = calloc(TRACE_MAX, sizeof(*events));
    struct lu_inspect block;
    json_t *result = NULL;
    size_t n = 0;

    if (!events)
        lu_err_set(err, -ENOMEM, "out of memory");
    else if (hva_inspect_read(&g->ram, &block, err) == 0 &&
             hva_inspect_trace(&g->ram, &block, events, TRACE_MAX, &n, err) == 0)
        result = json_pack("{s:o, s:I}", "events", events_json(events, n), "written",
                           (json_int_t)block.next_event);
    free(events);
    return result;
}
