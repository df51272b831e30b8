/* SPDX-License-Identifier: MIT
 *
 * Transfer rules in their binary form: a header, fixed records, then names.
 */
#include <st/rules.h>
#include <stdbool.h>
#include <string.h>

struct blob_rule {
    uint32_t kind, source;
    uint32_t a, b; /* offsets of names from the start of the blob */
    int64_t value;
};

struct blob {
    uint32_t magic, version;
    uint32_t n, size;
    struct blob_rule rules[];
};

static size_t names_start(uint32_t n)
{
    return sizeof(struct blob) + n * sizeof(struct blob_rule);
}

static bool rename_kind(uint32_t kind)
{
    return kind >= ST_RULE_RENAME_TYPE && kind <= ST_RULE_RENAME_ENUMERATOR;
}

static bool name_shape_ok(uint32_t kind, const char *a, const char *b)
{
    if (!*a || strlen(a) > 255 || strlen(b) > 255)
        return false;
    if (kind == ST_RULE_RENAME_MEMBER && !strchr(a, '.'))
        return false;
    return rename_kind(kind) ? *b != '\0' : *b == '\0';
}

int st_rules_open(struct st_rules *ret, const void *p, size_t size, struct st_err *err)
{
    const struct blob *blob = p;

    *ret = (struct st_rules){0};
    if (!size)
        return 0;
    if ((uintptr_t)p % 8 || size < sizeof(*blob) || blob->magic != ST_RULES_MAGIC)
        return st_err_at(err, -LU_EFORMAT, 0, "these are no transfer rules");
    if (blob->version != ST_RULES_VERSION)
        return st_err_at(err, -LU_EFORMAT, 4, "transfer rules of version %u", blob->version);
    if (blob->n > ST_MAX_RULES || blob->size > size || names_start(blob->n) > blob->size)
        return st_err_at(err, -LU_EFORMAT, 8, "transfer rules are truncated");
    if (blob->n && ((const char *)p)[blob->size - 1])
        return st_err_at(err, -LU_EFORMAT, 12, "names of the rules are not terminated");
    for (uint32_t i = 0; i < blob->n; i++) {
        const struct blob_rule *r = &blob->rules[i];
        if (!r->kind || r->kind > ST_RULE_KINDS || r->a < names_start(blob->n) ||
            r->b < names_start(blob->n) || r->a >= blob->size || r->b >= blob->size ||
            !name_shape_ok(r->kind, (const char *)p + r->a, (const char *)p + r->b))
            return st_err_at(err, -LU_EFORMAT, (unsigned)(sizeof(*blob) + i * sizeof(*r)),
                             "rule %u is malformed", i);
    }
    *ret = (struct st_rules){.blob = p, .n = blob->n};
    return 0;
}

struct st_rule st_rules_get(const struct st_rules *rules, uint32_t i)
{
    const struct blob *blob = rules->blob;
    const struct blob_rule *r = &blob->rules[i];

    return (struct st_rule){
        .kind = r->kind,
        .source = r->source,
        .a = (const char *)blob + r->a,
        .b = (const char *)blob + r->b,
        .value = r->value,
    };
}

int st_rules_find(const struct st_rules *rules, uint32_t kind, const char *a)
{
    const struct blob *blob = rules->blob;

    for (uint32_t i = 0; i < rules->n; i++)
        if (blob->rules[i].kind == kind && strcmp((const char *)blob + blob->rules[i].a, a) == 0)
            return (int)i;
    return -1;
}

static size_t name_size(const char *s)
{
    return s ? strlen(s) + 1 : 1;
}

size_t st_rules_size(const struct st_rule *rules, uint32_t n)
{
    size_t size = names_start(n);

    for (uint32_t i = 0; i < n; i++)
        size += name_size(rules[i].a) + name_size(rules[i].b);
    return (size + 7) & ~(size_t)7;
}

static uint32_t name_put(char *blob, uint32_t at, const char *s, uint32_t *ret_next)
{
    memcpy(blob + at, s ? s : "", name_size(s));
    *ret_next = at + (uint32_t)name_size(s);
    return at;
}

int st_rules_encode(const struct st_rule *rules, uint32_t n, void *buf, size_t size,
                    struct st_err *err)
{
    struct blob *blob = buf;
    uint32_t at = (uint32_t)names_start(n);

    if (n > ST_MAX_RULES || size < st_rules_size(rules, n))
        return st_err_at(err, -LU_ELIMIT, n, "more than %u transfer rules", ST_MAX_RULES);
    for (uint32_t i = 0; i < n; i++)
        if (!rules[i].kind || rules[i].kind > ST_RULE_KINDS || !rules[i].a ||
            !name_shape_ok(rules[i].kind, rules[i].a, rules[i].b ? rules[i].b : ""))
            return st_err_at(err, -LU_EINVAL, i, "rule for '%s': not a name of that kind",
                             rules[i].a ? rules[i].a : "");
    memset(buf, 0, st_rules_size(rules, n));
    *blob = (struct blob){.magic = ST_RULES_MAGIC,
                          .version = ST_RULES_VERSION,
                          .n = n,
                          .size = (uint32_t)st_rules_size(rules, n)};
    for (uint32_t i = 0; i < n; i++) {
        struct blob_rule *r = &blob->rules[i];

        r->kind = rules[i].kind;
        r->source = rules[i].source;
        r->value = rules[i].value;
        r->a = name_put(buf, at, rules[i].a, &at);
        r->b = name_put(buf, at, rules[i].b, &at);
    }
    return 0;
}
