/* SPDX-License-Identifier: MIT
 *
 * State annotations: what types alone can't tell the state engine.  They reach
 * the component's description through debug information (the pass reads the
 * "lu:..." tags) and cost nothing at run time.  Usage:
 *
 *     union IXFER(my_u) u;      copied bit for bit, whatever is in it
 *     PXFER(uintptr_t) addr;    an integer that may hold a pointer: relocated
 *     NOXFER int cache;         not transferred: the initial value stays
 *     SXFER void *cookie;       plain data: the pointer is not followed
 *     union { ... } u LU_TAG("kind");             sibling `kind` selects by index
 *     struct item *LU_LEN("n_items") items;       sibling `n_items` counts elements
 *     LU_INVARIANT(name, "n_items <= 10")         must hold before and after an update
 */
#pragma once

#define LU_ANNOTATION(text) __attribute__((btf_decl_tag("lu:" text)))

#define IXFER(x) x LU_ANNOTATION("ixfer")
#define PXFER(type) type LU_ANNOTATION("pxfer")
#define NOXFER LU_ANNOTATION("noxfer")
#define SXFER LU_ANNOTATION("sxfer")

/* On a member: the member of the same structure whose value selects the
 * union's member ("kind"), or selects this one when it equals ("kind=VALUE"). */
#define LU_TAG(member) LU_ANNOTATION("tag:" member)
/* On a pointer: it is null, or leads to at least as many elements of its type (bytes, if
 * it is void *) as the named member of the same structure holds; anything else is an
 * error.  An object that was allocated without a known type is an array of such elements,
 * if the pointer leads to its start; what lies behind them must hold no pointers.  On a
 * flexible array: the array is that long.  The old version's annotation counts, or else
 * the new one's, if the counting member has been there before. */
#define LU_LEN(member) LU_ANNOTATION("len:" member)

/* The same under the ABI's prefix, for code that must not use the short names. */
#define LU_IXFER(x) IXFER(x)
#define LU_PXFER(type) PXFER(type)
#define LU_NOXFER NOXFER
#define LU_SXFER SXFER

/* At file scope: a condition on the component's globals, in the language of state filters
 * (st/filter.h), that holds whenever the component stands at its update point.  It is
 * compiled when the component is linked, and checked before an update (of the old
 * version) and after it (of the new one, when init_live_update is done): an update that
 * breaks it is undone.  The text is one string literal, or several in a row. */
#define LU_INVARIANT(name, text)                                                                   \
    __asm__(".pushsection .lu.invariants,\"\",@progbits\n"                                         \
            ".asciz \"" #name "\"\n"                                                               \
            ".ascii " #text "\n.byte 0\n"                                                          \
            ".asciz \"" __FILE__ ":" LU_LINE_TEXT(__LINE__) "\"\n"                                 \
                                                            ".popsection")
#define LU_LINE_TEXT(line) LU_LINE_TEXT_(line)
#define LU_LINE_TEXT_(line) #line
