/* SPDX-License-Identifier: MIT
 *
 * Writes the domain document with libxml2's writer, which escapes.  What
 * libvirt has no element for (user networking with a known id, the disk that
 * holds device state) goes through qemu:commandline.  Devices sit on the root
 * bus, so that the guest needs no bridge support.
 */
#include "domxml.h"

#include <errno.h>
#include <libxml/xmlwriter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

#define QEMU_NS "http://libvirt.org/schemas/domain/qemu/1.0"

/* Collects the writer's errors: after the first the rest does nothing. */
struct out {
    xmlTextWriterPtr w;
    int failed;
};

static void check(struct out *o, int r)
{
    if (r < 0)
        o->failed = 1;
}

static void open_element(struct out *o, const char *name)
{
    check(o, xmlTextWriterStartElement(o->w, (const xmlChar *)name));
}

static void close_element(struct out *o)
{
    check(o, xmlTextWriterEndElement(o->w));
}

static void attr(struct out *o, const char *name, const char *value)
{
    check(o, xmlTextWriterWriteAttribute(o->w, (const xmlChar *)name, (const xmlChar *)value));
}

static void text_element(struct out *o, const char *name, const char *value)
{
    check(o, xmlTextWriterWriteElement(o->w, (const xmlChar *)name, (const xmlChar *)value));
}

/* <name a1="v1" a2="v2"/>; the list ends with NULL. */
static void leaf(struct out *o, const char *name, ...)
{
    va_list ap;
    const char *key;

    open_element(o, name);
    va_start(ap, name);
    while ((key = va_arg(ap, const char *)))
        attr(o, key, va_arg(ap, const char *));
    va_end(ap);
    close_element(o);
}

static void put_machine(struct out *o, const struct hva_vm_spec *spec)
{
    char num[32];

    text_element(o, "name", spec->name);
    snprintf(num, sizeof(num), "%u", spec->memory_mib);
    open_element(o, "memory");
    attr(o, "unit", "MiB");
    check(o, xmlTextWriterWriteString(o->w, (const xmlChar *)num));
    close_element(o);
    open_element(o, "memoryBacking");
    leaf(o, "source", "type", "memfd", NULL);
    leaf(o, "access", "mode", "shared", NULL);
    close_element(o);
    text_element(o, "vcpu", "1");
    open_element(o, "os");
    open_element(o, "type");
    attr(o, "arch", "x86_64");
    attr(o, "machine", "q35");
    check(o, xmlTextWriterWriteString(o->w, (const xmlChar *)"hvm"));
    close_element(o);
    text_element(o, "kernel", spec->kernel);
    if (spec->initrd)
        text_element(o, "initrd", spec->initrd);
    close_element(o);
    open_element(o, "features");
    leaf(o, "acpi", NULL);
    close_element(o);
    leaf(o, "cpu", "mode", spec->accel == HVA_ACCEL_KVM ? "host-passthrough" : "maximum", NULL);
    text_element(o, "on_poweroff", "destroy");
    /* A guest that resets itself in a transaction must stay, to be restored. */
    text_element(o, "on_reboot", "restart");
    text_element(o, "on_crash", "preserve");
}

static void put_pci_address(struct out *o, const char *slot)
{
    leaf(o, "address", "type", "pci", "domain", "0x0000", "bus", "0x00", "slot", slot, "function",
         "0x0", NULL);
}

static int put_devices(struct out *o, const struct hva_vm_spec *spec, struct lu_err *err)
{
    char path[HVA_PATH_MAX];
    int r;

    open_element(o, "devices");
    leaf(o, "controller", "type", "usb", "model", "none", NULL);
    open_element(o, "controller");
    attr(o, "type", "virtio-serial");
    attr(o, "index", "0");
    put_pci_address(o, "0x11");
    close_element(o);
    r = hva_path(path, sizeof(path), err, "%s/" HVA_CONSOLE_FILE, spec->dir);
    if (r < 0)
        return r;
    open_element(o, "serial");
    attr(o, "type", "file");
    leaf(o, "source", "path", path, NULL);
    leaf(o, "target", "type", "isa-serial", "port", "0", NULL);
    close_element(o);
    r = hva_path(path, sizeof(path), err, "%s/" HVA_CHANNEL_FILE, spec->dir);
    if (r < 0)
        return r;
    open_element(o, "channel");
    attr(o, "type", "unix");
    leaf(o, "source", "mode", "bind", "path", path, NULL);
    leaf(o, "target", "type", "virtio", "name", "org.protean.channel.0", NULL);
    close_element(o);
    leaf(o, "memballoon", "model", "none", NULL);
    close_element(o);
    return 0;
}

static void qemu_arg(struct out *o, const char *value)
{
    open_element(o, "qemu:arg");
    attr(o, "value", value);
    close_element(o);
}

/* QEMU's option parser takes ",," for a comma. */
static int double_commas(const char *from, char *to, size_t size)
{
    size_t n = 0;

    for (; *from; from++) {
        if (n + 2 >= size)
            return -ENAMETOOLONG;
        to[n++] = *from;
        if (*from == ',')
            to[n++] = ',';
    }
    to[n] = '\0';
    return 0;
}

static int put_qemu(struct out *o, const struct hva_vm_spec *spec, struct lu_err *err)
{
    char dir[HVA_PATH_MAX], arg[HVA_PATH_MAX + 128];
    size_t n;

    if (double_commas(spec->dir, dir, sizeof(dir)) < 0)
        return lu_err_set(err, -ENAMETOOLONG, "path too long: %s", spec->dir);
    open_element(o, "qemu:commandline");
    qemu_arg(o, "-netdev");
    n = (size_t)snprintf(arg, sizeof(arg), "user,id=" HVA_NETDEV_ID);
    for (size_t i = 0; i < spec->n_forwards; i++)
        n += (size_t)snprintf(arg + n, sizeof(arg) - n, ",hostfwd=tcp:127.0.0.1:%u-:%u",
                              spec->forwards[i].host_port, spec->forwards[i].guest_port);
    qemu_arg(o, arg);
    qemu_arg(o, "-device");
    qemu_arg(o, "e1000,netdev=" HVA_NETDEV_ID ",id=nic0,mac=52:54:00:12:34:56,bus=pcie.0,"
                "addr=0x10,romfile=");
    qemu_arg(o, "-drive");
    snprintf(arg, sizeof(arg), "if=none,id=vmstate,format=qcow2,cache=unsafe,file=%s/%s", dir,
             HVA_VMSTATE_FILE);
    qemu_arg(o, arg);
    close_element(o);
    return 0;
}

static int put_domain(struct out *o, const struct hva_vm_spec *spec, struct lu_err *err)
{
    int r;

    check(o, xmlTextWriterStartDocument(o->w, NULL, "UTF-8", NULL));
    open_element(o, "domain");
    attr(o, "type", spec->accel == HVA_ACCEL_KVM ? "kvm" : "qemu");
    attr(o, "xmlns:qemu", QEMU_NS);
    put_machine(o, spec);
    r = put_devices(o, spec, err);
    if (r == 0)
        r = put_qemu(o, spec, err);
    if (r < 0)
        return r;
    close_element(o);
    check(o, xmlTextWriterEndDocument(o->w));
    return o->failed ? lu_err_set(err, -ENOMEM, "writing the domain document failed") : 0;
}

int hva_domain_xml(const struct hva_vm_spec *spec, char **ret_xml, struct lu_err *err)
{
    xmlBufferPtr buf = xmlBufferCreate();
    struct out o = {.w = buf ? xmlNewTextWriterMemory(buf, 0) : NULL};
    char *xml = NULL;
    int r;

    if (!o.w) {
        xmlBufferFree(buf);
        return lu_err_set(err, -ENOMEM, "out of memory");
    }
    r = put_domain(&o, spec, err);
    xmlFreeTextWriter(o.w);
    if (r == 0) {
        xml = strdup((const char *)xmlBufferContent(buf));
        if (!xml)
            r = lu_err_set(err, -ENOMEM, "out of memory");
    }
    xmlBufferFree(buf);
    if (r == 0)
        *ret_xml = xml;
    return r;
}
