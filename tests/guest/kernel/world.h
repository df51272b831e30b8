/* SPDX-License-Identifier: MIT
 *
 * What a kernel test is written with: TAP over the console, and puppets.  The
 * test itself is the component `update` of its guest.  Every test case ends
 * with a check that no page and no slot leaked.
 */
#pragma once

#include "puppet.h"

/* TAP.  `plan` first; `done` powers the machine off. */
void tap_plan(unsigned n);
void tap_check(int good, const char *what, const char *file, int line);
void tap_equal(int64_t got, int64_t expected, const char *what, const char *file, int line);
void tap_note(const char *text, uint64_t number);
_Noreturn void tap_done(void);

#define CHECK(x) tap_check((x) != 0, #x, __FILE__, __LINE__)
#define EQUAL(got, expected)                                                                       \
    tap_equal((int64_t)(got), (int64_t)(expected), #got " == " #expected, __FILE__, __LINE__)

/* One test case: its failed checks make one "not ok". */
void test_case(const char *name, void (*run)(void));

/* Puppets.  All may send to the supervisor and to every puppet "a" .. "d". */
struct lu_rights puppet_rights(void);
lu_ep puppet_create(const char *name, const struct lu_rights *rights); /* stopped, loaded */
int puppet_start(lu_ep ep, uint32_t start);
lu_ep puppet_new(const char *name); /* created and started */
int puppet_load(lu_ep ep);          /* image into an empty stopped body */
void puppet_end(lu_ep ep);          /* killed, its slot free, its death records read */
struct puppet_info puppet_info(lu_ep ep);

/* Commands.  `order` waits for the result, `order_async` only until it is received. */
int64_t order(lu_ep ep, uint32_t op, uint64_t a, uint64_t b);
void order_async(lu_ep ep, uint32_t op, uint64_t a, uint64_t b);
int64_t order_call(lu_ep ep, uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
void order_call_async(lu_ep ep, uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d);

/* Blocks until one of the notification bits came; returns all that came. */
uint64_t wait_note(uint64_t bits);
/* Waits for the next death record. */
struct lu_exit wait_death(void);
struct lu_proc_info info_of(lu_ep ep);
/* Lets others run until `ep` is in that run state; 0 if it does not get there. */
int wait_state(lu_ep ep, enum lu_run_state state);
void sleep_ms(unsigned ms);
void drain_deaths(void);

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
