/* SPDX-License-Identifier: MIT
 *
 * lu-mkarchive: compiles a system manifest and the components' images into the
 * boot archive (lu/archive.h).
 *
 *     lu-mkarchive --schema system.rng --manifest system.xml --out boot.arc IMAGE...
 *
 * The manifest is checked against its RELAX NG schema and then for what a schema
 * cannot say (peers that exist, ranges the right way round, limits of the ABI).
 * A component's image is the IMAGE whose file name is NAME.elf, or what its `image`
 * attribute says.  Exit status 0, or 1 with "FILE:LINE: what" on stderr.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <libxml/tree.h>

#include <lu/archive.h>

struct builder {
    const char *manifest, *schema, *out;
    char **paths; /* of the images, NULL-terminated */
    struct lu_archive archive;
    char images[LU_ARCHIVE_MAX_FILES][256];
    unsigned lines[LU_ARCHIVE_MAX_FILES];
    unsigned errors;
};

__attribute__((format(printf, 3, 4))) static void complain(struct builder *b, long line,
                                                           const char *fmt, ...)
{
    va_list ap;

    b->errors++;
    fprintf(stderr, "%s:%ld: ", b->manifest, line);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

static void on_xml_error(void *ctx, xmlErrorPtr error)
{
    size_t len = strlen(error->message);

    while (len > 0 && error->message[len - 1] == '\n')
        len--;
    complain(ctx, error->line, "%.*s", (int)len, error->message);
}

static const char *attribute(xmlNode *node, const char *name, char *buf, size_t size)
{
    xmlChar *value = xmlGetNoNsProp(node, BAD_CAST name);

    if (!value)
        return NULL;
    snprintf(buf, size, "%s", (const char *)value);
    xmlFree(value);
    return buf;
}

static uint64_t number(xmlNode *node, const char *name)
{
    char buf[64];
    const char *text = attribute(node, name, buf, sizeof(buf));

    return text ? strtoull(text, NULL, 0) : 0;
}

static int is_yes(xmlNode *node, const char *name, int otherwise)
{
    char buf[8];
    const char *text = attribute(node, name, buf, sizeof(buf));

    return text ? strcmp(text, "yes") == 0 : otherwise;
}

static uint32_t right_flag(const char *name)
{
    static const struct {
        const char *name;
        uint32_t flag;
    } rights[] = {
        {"proc", LU_RIGHT_PROC},
        {"dma", LU_RIGHT_DMA},
        {"archive", LU_RIGHT_ARCHIVE},
        {"peers-any", LU_RIGHT_PEERS_ANY},
    };

    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
        if (strcmp(rights[i].name, name) == 0)
            return rights[i].flag;
    return 0;
}

static void add_range(struct builder *b, struct lu_rights *rights, xmlNode *node, uint32_t kind)
{
    static const uint64_t highest[] = {
        [LU_RANGE_PORT] = 0xffff, [LU_RANGE_MEM] = UINT64_MAX, [LU_RANGE_IRQ] = 15};
    struct lu_range range = {
        .kind = kind, .first = number(node, "first"), .last = number(node, "last")};

    if (range.first > range.last || range.last > highest[kind])
        complain(b, xmlGetLineNo(node), "%s: range %#llx..%#llx: expected first <= last <= %#llx",
                 (const char *)node->name, (unsigned long long)range.first,
                 (unsigned long long)range.last, (unsigned long long)highest[kind]);
    else if (rights->n_ranges == LU_MAX_RANGES)
        complain(b, xmlGetLineNo(node), "more than %u ranges", LU_MAX_RANGES);
    else
        rights->ranges[rights->n_ranges++] = range;
}

static void add_peer(struct builder *b, struct lu_rights *rights, xmlNode *node)
{
    if (rights->n_peers == LU_MAX_PEERS)
        complain(b, xmlGetLineNo(node), "more than %u peers", LU_MAX_PEERS);
    else
        attribute(node, "name", rights->peers[rights->n_peers++], LU_NAME_MAX);
}

static void add_authority(struct builder *b, struct lu_rights *rights, xmlNode *node)
{
    const char *kind = (const char *)node->name;
    char buf[32];

    if (strcmp(kind, "right") == 0)
        rights->flags |= right_flag(attribute(node, "name", buf, sizeof(buf)));
    else if (strcmp(kind, "peer") == 0)
        add_peer(b, rights, node);
    else if (strcmp(kind, "ports") == 0)
        add_range(b, rights, node, LU_RANGE_PORT);
    else if (strcmp(kind, "memory") == 0)
        add_range(b, rights, node, LU_RANGE_MEM);
    else
        add_range(b, rights, node, LU_RANGE_IRQ);
}

static int find_entry(const struct builder *b, const char *name)
{
    for (uint32_t i = 0; i < b->archive.n_entries; i++)
        if (strcmp(b->archive.entries[i].name, name) == 0)
            return (int)i;
    return -1;
}

static void add_component(struct builder *b, xmlNode *node)
{
    uint32_t n = b->archive.n_entries;
    struct lu_archive_entry entry = {.start = (uint32_t)is_yes(node, "start", 1)};

    attribute(node, "name", entry.name, sizeof(entry.name));
    if (n == LU_ARCHIVE_MAX_FILES) {
        complain(b, xmlGetLineNo(node), "more than %u components", LU_ARCHIVE_MAX_FILES);
        return;
    }
    if (find_entry(b, entry.name) >= 0) {
        complain(b, xmlGetLineNo(node), "component '%s' stands twice", entry.name);
        return;
    }
    entry.rights.priority = (uint32_t)number(node, "priority");
    entry.rights.mem_pages = (uint32_t)number(node, "pages");
    entry.rights.restart = (uint32_t)is_yes(node, "restart", 0);
    for (xmlNode *child = node->children; child; child = child->next)
        if (child->type == XML_ELEMENT_NODE)
            add_authority(b, &entry.rights, child);
    if (!attribute(node, "image", b->images[n], sizeof(b->images[n])))
        snprintf(b->images[n], sizeof(b->images[n]), "%s.elf", entry.name);
    b->lines[n] = (unsigned)xmlGetLineNo(node);
    b->archive.entries[n] = entry;
    b->archive.n_entries++;
}

static void check_peers(struct builder *b)
{
    for (uint32_t i = 0; i < b->archive.n_entries; i++) {
        const struct lu_archive_entry *entry = &b->archive.entries[i];

        for (uint32_t p = 0; p < entry->rights.n_peers; p++)
            if (find_entry(b, entry->rights.peers[p]) < 0)
                complain(b, b->lines[i], "component '%s': peer '%s' is no component", entry->name,
                         entry->rights.peers[p]);
    }
    if (find_entry(b, "update") < 0)
        complain(b, 1, "no component 'update': the kernel starts it first");
}

static int validate(struct builder *b, xmlDoc *doc)
{
    xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewParserCtxt(b->schema);
    xmlRelaxNG *schema = parser ? xmlRelaxNGParse(parser) : NULL;
    xmlRelaxNGValidCtxt *valid = schema ? xmlRelaxNGNewValidCtxt(schema) : NULL;
    int ret = -1;

    if (!valid) {
        fprintf(stderr, "%s: cannot be read as a RELAX NG schema\n", b->schema);
    } else {
        xmlRelaxNGSetValidStructuredErrors(valid, on_xml_error, b);
        ret = xmlRelaxNGValidateDoc(valid, doc);
    }
    xmlRelaxNGFreeValidCtxt(valid);
    xmlRelaxNGFree(schema);
    xmlRelaxNGFreeParserCtxt(parser);
    return ret == 0 && b->errors == 0 ? 0 : -1;
}

static int read_manifest(struct builder *b)
{
    xmlDoc *doc;
    int ret;

    xmlSetStructuredErrorFunc(b, on_xml_error);
    doc = xmlReadFile(b->manifest, NULL, XML_PARSE_NONET);
    if (!doc) {
        if (b->errors == 0)
            fprintf(stderr, "%s: cannot be read\n", b->manifest);
        return -1;
    }
    ret = validate(b, doc);
    if (ret == 0) {
        for (xmlNode *node = xmlDocGetRootElement(doc)->children; node; node = node->next)
            if (node->type == XML_ELEMENT_NODE)
                add_component(b, node);
        check_peers(b);
    }
    xmlFreeDoc(doc);
    return b->errors == 0 ? ret : -1;
}

static const char *find_image(const struct builder *b, const char *name)
{
    for (char **path = b->paths; *path; path++) {
        const char *slash = strrchr(*path, '/');

        if (strcmp(slash ? slash + 1 : *path, name) == 0)
            return *path;
    }
    return NULL;
}

static int copy_file(FILE *in, FILE *out, uint64_t *ret_size)
{
    static char buf[65536];
    size_t n;

    do {
        n = fread(buf, 1, sizeof(buf), in);
        if (ferror(in) || fwrite(buf, 1, n, out) != n)
            return -1;
        *ret_size += n;
    } while (n == sizeof(buf));
    return 0;
}

/* Copies one image to the next page boundary of `out`. */
static int append_image(struct builder *b, FILE *out, unsigned i, uint64_t *offset)
{
    struct lu_archive_entry *entry = &b->archive.entries[i];
    const char *path = find_image(b, b->images[i]);
    FILE *in = path ? fopen(path, "rb") : NULL;
    int r;

    if (!in) {
        complain(b, b->lines[i], "component '%s': image %s: %s", entry->name, b->images[i],
                 path ? strerror(errno) : "not among the images given");
        return -1;
    }
    *offset = (*offset + LU_PAGE_SIZE - 1) & ~(uint64_t)(LU_PAGE_SIZE - 1);
    entry->offset = *offset;
    r = fseek(out, (long)*offset, SEEK_SET);
    if (r == 0)
        r = copy_file(in, out, &entry->size);
    if (r < 0)
        complain(b, b->lines[i], "component '%s': copying image %s: %s", entry->name, path,
                 strerror(errno));
    else if (entry->size == 0)
        complain(b, b->lines[i], "component '%s': image %s is empty", entry->name, path);
    *offset += entry->size;
    fclose(in);
    return r < 0 || entry->size == 0 ? -1 : 0;
}

static int write_archive(struct builder *b)
{
    uint64_t offset = sizeof(b->archive);
    FILE *out = fopen(b->out, "wb");
    int ret = 0;

    if (!out) {
        fprintf(stderr, "%s: %s\n", b->out, strerror(errno));
        return -1;
    }
    for (uint32_t i = 0; i < b->archive.n_entries && ret == 0; i++)
        ret = append_image(b, out, i, &offset);
    b->archive.magic = LU_ARCHIVE_MAGIC;
    b->archive.version = LU_ARCHIVE_VERSION;
    b->archive.size = offset;
    if (ret == 0 &&
        (fseek(out, 0, SEEK_SET) != 0 || fwrite(&b->archive, sizeof(b->archive), 1, out) != 1))
        ret = -1;
    if (fclose(out) != 0)
        ret = -1;
    if (ret < 0) {
        fprintf(stderr, "%s: not written\n", b->out);
        remove(b->out);
    }
    return ret;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"schema", required_argument, NULL, 's'},
        {"manifest", required_argument, NULL, 'm'},
        {"out", required_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    static struct builder b;
    int opt;

    while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
        const char **target = opt == 's'   ? &b.schema
                              : opt == 'm' ? &b.manifest
                              : opt == 'o' ? &b.out
                                           : NULL;
        if (!target)
            return 1;
        *target = optarg;
    }
    if (!b.schema || !b.manifest || !b.out) {
        fprintf(stderr, "usage: lu-mkarchive --schema RNG --manifest XML --out FILE IMAGE...\n");
        return 1;
    }
    b.paths = argv + optind;
    return read_manifest(&b) < 0 || write_archive(&b) < 0;
}
