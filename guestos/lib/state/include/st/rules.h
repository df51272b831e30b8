/* SPDX-License-Identifier: MIT
 *
 * Transfer rules: what a scenario states because types can't tell.  The host
 * collects them in a struct st_rule_list, encodes them, and the compact checked
 * binary form travels to the guest, where st_rules_open reads it (hostile).
 *
 * Names: a type by its tag ("conn", "enum state"); a member as "TAG.member" (old
 * version's tag); a global as "name", "file.c:name" or "file.c:function:name".
 */
#pragma once

#include <st/err.h>

#define ST_RULES_MAGIC 0x4c55524cu
#define ST_RULES_VERSION 1u
#define ST_MAX_RULES 1024u

enum st_rule_kind {
    ST_RULE_RENAME_TYPE = 1,   /* a = old tag, b = new tag */
    ST_RULE_RENAME_MEMBER,     /* a = "OLDTAG.member", b = new member */
    ST_RULE_RENAME_GLOBAL,     /* a = old global, b = new global */
    ST_RULE_RENAME_FUNCTION,   /* a = old function, b = new function */
    ST_RULE_RENAME_ENUMERATOR, /* a = "OLDTAG.ENUMERATOR" or "ENUMERATOR", b = new enumerator */
    ST_RULE_DROP,              /* a = member or global: may vanish although it holds a value */
    ST_RULE_TRUNCATE,          /* a = member or global: may lose array elements or high bits */
    ST_RULE_SKIP,              /* a = member or global: not transferred, new initial value stays */
    ST_RULE_VALUE,             /* a = new member or global of integer type: gets `value` */
    ST_RULE_COPY,              /* a = member or global: bits are copied, as IXFER */
    ST_RULE_INITIAL, /* a = old global: fine to drop when its bytes hash (FNV-1a 64) to `value` */
};
#define ST_RULE_KINDS 11

/* One rule.  `a` and `b` point into the blob, or to the caller's strings. */
struct st_rule {
    uint32_t kind;
    uint32_t source; /* where the rule stands in the scenario (line), for messages */
    const char *a, *b;
    int64_t value;
};

/* --- reading --- */
struct st_handler;

struct st_rules {
    const void *blob;
    uint32_t n;
    /* The new version's transfer handlers (st/transfer.h), or NULL: what a handler replaces
     * needs no other rule.  Set by the caller after st_rules_open. */
    const struct st_handler *handlers;
};

/* Checks a blob of `size` bytes (size 0 is an empty set).  -LU_EFORMAT. */
int st_rules_open(struct st_rules *ret, const void *p, size_t size, struct st_err *err);

/* Rule number i, i < rules->n. */
struct st_rule st_rules_get(const struct st_rules *rules, uint32_t i);

/* Rule of a kind whose `a` is exactly that name.  Index, or -1. */
int st_rules_find(const struct st_rules *rules, uint32_t kind, const char *a);

/* --- writing --- */

/* Bytes that encoding n rules takes. */
size_t st_rules_size(const struct st_rule *rules, uint32_t n);

/* Encodes into buf (at least st_rules_size bytes, 8-byte aligned).  Checks the shape
 * of every name: -LU_EINVAL with err->offset = index of the rule. */
int st_rules_encode(const struct st_rule *rules, uint32_t n, void *buf, size_t size,
                    struct st_err *err);
