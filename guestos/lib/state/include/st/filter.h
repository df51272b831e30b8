/* SPDX-License-Identifier: MIT
 *
 * State filters: expressions over a version's globals, as C writes them.
 *
 *     num_pending_writes == 0
 *     queue.head == queue.tail && !busy
 *     all(c in conns: c->state != SYN_RECEIVED)      array: c points to an element
 *     any(e in array(vec->items, vec->n): e->dirty)  elements behind a pointer
 *     all(p in list(tcp_active_pcbs, next): p->unsent == NULL)
 *     count(p in pool: p->used) < 10
 *     count(p in heap(struct pbuf)) == 0             live heap objects of a type, each
 *                                                    element of arrays of it
 *     ((struct tcp_pcb *)netif.state)->rcv_nxt != 0  casts
 *
 * Operators: . -> [] * & ! ~ - + (unary), casts, sizeof, * / % + - << >> < <= > >= ==
 * != & ^ | && || and parentheses; integer and character literals, enumerators, NULL,
 * true, false; addresses of functions.  Grammar, precedence and the types of
 * integers are C's (C17: 6.5, 6.3.1): -1 < 1u is false.  What C leaves undefined wraps
 * around, except division by zero or of the least number by -1 and shifts by a
 * negative or too large number, which are errors of the evaluation.  A pointer
 * compares with a pointer to the same type, to void, or with NULL.  No assignment, no
 * calls, no floating point, no `?:`, no loops but the quantifiers.
 *
 * A list ends at NULL or where it comes back to its head; its link may be a member of
 * a member (node.next).  Types in casts are C's integers, <stdint.h>'s, and what the
 * description knows by its tag, or by the typedef that names it.  Statics are named
 * "name", or "file.c:name" when two files have one.
 *
 * Compiled on the host to bytecode of at most LU_FILTER_MAX bytes; verified
 * again wherever it arrives; evaluated over a view in bounded work.
 */
#pragma once

#include <lu/call.h>
#include <st/view.h>

#define ST_FILTER_STEPS (1u << 20) /* instructions that one evaluation may take */

/* Compiles `text`.  Fills buf (at least LU_FILTER_MAX bytes) and *ret_len.  -LU_EINVAL
 * (syntax), -LU_ENOENT (no such name), -LU_EMISMATCH (types), -LU_ELIMIT (too long,
 * too deep) with err->offset = byte of `text` where the offending token starts
 * and err->text = what is wrong, with a hint ("'=' assigns; did you mean '=='?"). */
int st_filter_compile(const struct st_desc *d, const char *text, uint8_t *buf, size_t *ret_len,
                      struct st_err *err);

/* Checks bytecode from an untrusted source: jumps, stack depth, slots.  -LU_EFORMAT. */
int st_filter_verify(const uint8_t *code, size_t len, struct st_err *err);

/* Evaluates verified bytecode (verifies it again: cheap).  *ret_true = 0 or 1.
 * -LU_EFAULT (a pointer led nowhere), -LU_ERANGE (division by zero), -LU_ELIMIT (more than
 * ST_FILTER_STEPS, e.g. a list that does not end), -LU_EFORMAT.  Never reads
 * memory but through the view. */
int st_filter_eval(const uint8_t *code, size_t len, const struct st_view *view, int *ret_true,
                   struct st_err *err);
