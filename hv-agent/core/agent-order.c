/* SPDX-License-Identifier: MIT
 *
 * See agent-order.h.
 */
#include "agent-order.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MEMORY_DEFAULT 64
#define MEMORY_MIN 16
#define MEMORY_MAX 2048 /* all below 2 GiB: guest physical addresses are offsets */

static int guest_dir(struct hva_agent *a, struct hva_order *o, struct lu_err *err)
{
    o->spec.dir = o->dir;
    return hva_path(o->dir, sizeof(o->dir), err, "%s/guests/%s", a->config.state_dir, o->spec.name);
}

static int parse_forward(json_t *item, struct hva_forward *ret, struct lu_err *err)
{
    json_int_t host = json_integer_value(json_object_get(item, "host_port"));
    json_int_t guest = json_integer_value(json_object_get(item, "guest_port"));

    if (host < 1 || host > 65535 || guest < 1 || guest > 65535)
        return lu_err_set(err, -EINVAL, "a forward needs host_port and guest_port, 1 to 65535");
    *ret = (struct hva_forward){(uint16_t)host, (uint16_t)guest};
    return 0;
}

static int parse_forwards(json_t *list, struct hva_vm_spec *spec, struct lu_err *err)
{
    json_t *item;
    size_t i;

    if (json_array_size(list) > HVA_MAX_FORWARDS)
        return lu_err_set(err, -EINVAL, "at most %u forwards", HVA_MAX_FORWARDS);
    json_array_foreach(list, i, item)
    {
        int r = parse_forward(item, &spec->forwards[i], err);

        if (r < 0)
            return r;
    }
    spec->n_forwards = json_array_size(list);
    return 0;
}

static int parse_accel(const char *word, enum hva_accel *ret, struct lu_err *err)
{
    static const enum hva_accel all[] = {HVA_ACCEL_AUTO, HVA_ACCEL_KVM, HVA_ACCEL_TCG};

    for (size_t i = 0; i < 3; i++) {
        if (strcmp(word, hva_accel_word(all[i])) != 0)
            continue;
        *ret = all[i];
        return 0;
    }
    return lu_err_set(err, -EINVAL, "accel is auto, kvm or tcg, not '%s'", word);
}

static int choose_accel(const struct hva_accel_probe *probe, struct hva_order *o,
                        struct lu_err *err)
{
    if (o->spec.accel == HVA_ACCEL_KVM && !probe->kvm)
        return lu_err_set(err, -ENOTSUP, "KVM was asked for but is not usable here: %s",
                          probe->why);
    if (o->spec.accel == HVA_ACCEL_AUTO) {
        o->spec.accel = probe->kvm ? HVA_ACCEL_KVM : HVA_ACCEL_TCG;
        snprintf(o->why, sizeof(o->why), "%s", probe->why);
    } else {
        snprintf(o->why, sizeof(o->why), "asked for; %s", probe->why);
    }
    return 0;
}

static int parse_memory(json_t *value, struct hva_vm_spec *spec, struct lu_err *err)
{
    json_int_t mib = value ? json_integer_value(value) : MEMORY_DEFAULT;

    if (mib < MEMORY_MIN || mib > MEMORY_MAX)
        return lu_err_set(err, -EINVAL, "a guest's memory is %d to %d MiB, not %lld", MEMORY_MIN,
                          MEMORY_MAX, (long long)mib);
    spec->memory_mib = (unsigned)mib;
    return 0;
}

static int find_images(struct hva_agent *a, struct hva_order *o, struct lu_err *err)
{
    const char *dir = a->config.image_dir;
    int r;

    if (!dir)
        return lu_err_set(err, -EINVAL, "no image directory was given to the agent");
    r = hva_path(o->kernel, sizeof(o->kernel), err, "%s/kernel.elf", dir);
    if (r == 0)
        r = hva_path(o->initrd, sizeof(o->initrd), err, "%s/boot.arc", dir);
    if (r < 0)
        return r;
    if (access(o->kernel, R_OK) < 0)
        return lu_err_set(err, -EINVAL, "the agent's image directory: %s: %s", o->kernel,
                          strerror(errno));
    o->spec.kernel = o->kernel;
    o->spec.initrd = access(o->initrd, R_OK) == 0 ? o->initrd : NULL;
    return 0;
}

static int parse_name(const char *name, struct hva_vm_spec *spec, struct lu_err *err)
{
    char shown[48];

    hva_text_copy(shown, sizeof(shown), name, strlen(name), false);
    if (!hva_name_ok(name, HVA_GUEST_NAME_MAX))
        return lu_err_set(err, -EINVAL,
                          "a guest's name is 1 to %u letters, digits, '-', '_' or "
                          "'.', not starting with '-' or '.'; '%s' is none",
                          HVA_GUEST_NAME_MAX, shown);
    snprintf(spec->name, sizeof(spec->name), "%s", name);
    return 0;
}

int hva_order_parse(struct hva_agent *a, json_t *params, struct hva_order *ret, struct lu_err *err)
{
    const char *name = hva_param_text(params, "name"), *accel = hva_param_text(params, "accel");
    int r = parse_name(name ? name : "", &ret->spec, err);

    ret->wait = !json_is_false(json_object_get(params, "wait"));
    if (r == 0)
        r = parse_memory(json_object_get(params, "memory_mib"), &ret->spec, err);
    if (r == 0)
        r = parse_accel(accel ? accel : "auto", &ret->spec.accel, err);
    if (r == 0)
        r = parse_forwards(json_object_get(params, "forwards"), &ret->spec, err);
    if (r == 0)
        r = choose_accel(&a->config.probe, ret, err);
    if (r == 0)
        r = guest_dir(a, ret, err);
    return r < 0 ? r : find_images(a, ret, err);
}

json_t *hva_order_json(struct hva_agent *a, const struct hva_order *o, bool starting)
{
    json_t *list = json_array();

    for (size_t i = 0; i < o->spec.n_forwards; i++)
        json_array_append_new(list, json_pack("{s:i, s:i}", "host_port",
                                              (int)o->spec.forwards[i].host_port, "guest_port",
                                              (int)o->spec.forwards[i].guest_port));
    return json_pack("{s:s?, s:i, s:s, s:s, s:o, s:b}", "uri", a->config.uri, "memory_mib",
                     (int)o->spec.memory_mib, "accel", hva_accel_word(o->spec.accel), "accel_why",
                     o->why, "forwards", list, "starting", starting);
}

int hva_order_from(struct hva_agent *a, const char *name, json_t *doc, struct hva_order *ret,
                   struct lu_err *err)
{
    const char *accel = hva_param_text(doc, "accel"), *why = hva_param_text(doc, "accel_why");
    int r = parse_name(name, &ret->spec, err);

    snprintf(ret->why, sizeof(ret->why), "%s", why ? why : "");
    if (r == 0)
        r = guest_dir(a, ret, err);
    if (r == 0)
        r = parse_memory(json_object_get(doc, "memory_mib"), &ret->spec, err);
    if (r == 0)
        r = parse_accel(accel ? accel : "", &ret->spec.accel, err);
    if (r == 0)
        r = parse_forwards(json_object_get(doc, "forwards"), &ret->spec, err);
    return r;
}
