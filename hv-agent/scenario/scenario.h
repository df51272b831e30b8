/* SPDX-License-Identifier: MIT
 *
 * A scenario: the XML document that describes one live update transaction.
 * lu_scenario_parse reads it from memory (libxml2: no network, no DTD, no
 * entities, bounded size and depth), checks it against schemas/scenario.rng and
 * then against what a schema can't say, and hands out plain structures.
 * Everything in a struct lu_scenario belongs to it and lives until
 * lu_scenario_free.  The parser opens no files but the one lu_scenario_load is
 * given; images are the caller's business (see image.h).  Thread-safe as long
 * as two threads do not share one struct lu_scenario.
 */
#pragma once

#include "base/err.h"

#include <lu/call.h>
#include <lu/step.h>

#include <stddef.h>
#include <stdint.h>

#define LU_SCN_MAX_BYTES (1u << 20)
#define LU_SCN_MAX_DEPTH 16u
#define LU_SCN_MAX_COMPONENTS 8u /* LU_TXN_MAX_COMPONENTS */
#define LU_SCN_MAX_RANGES 4u     /* lu_ch_stage.extra */
#define LU_SCN_MAX_RULES 256u    /* per component */
#define LU_SCN_MAX_FILTER 4096u  /* bytes of a state filter's text */

/* A place in the document: line and column of its first character, from 1
 * (columns count characters, a tab is one), and the element's path, with `/@name`
 * for an attribute: "/scenario/component[2]/@image". */
struct lu_scn_pos {
    unsigned line, col;
    const char *path;
};

/* What is wrong with a document, in parts, for those who want to show them
 * apart.  lu_err gets all of it in one line. */
struct lu_scn_diag {
    char file[256];
    unsigned line, col; /* 0: the document as a whole */
    char path[256];     /* "" when not known */
    char text[512];     /* what is wrong */
    char expected[512]; /* what would be right, "" when `text` says it */
    char hint[128];     /* the word that was probably meant, or "" */
};

/* Text with the place of each of its characters in the file; surrounding white
 * space is cut off and entities are resolved. */
struct lu_scn_text {
    const char *text;
    size_t len;
    struct lu_scn_pos pos;      /* of text[0] */
    const unsigned (*place)[2]; /* len + 1 pairs {line, col} */
};

/* Interface filter: <hold> and <pass>, in document order; a message is held if
 * the last entry that fits it is a <hold>. */
struct lu_scn_hold {
    const char *from; /* component, NULL = everybody */
    uint32_t type;    /* message type (LU_MSG), 0 = every type */
    uint32_t allow;   /* 1: <pass> */
    struct lu_scn_pos pos;
};

/* Transfer rules: kind, names and value as in st/rules.h, whose enum st_rule_kind
 * has the same numbers. */
enum lu_scn_rule_kind {
    LU_SCN_RENAME_TYPE = 1, /* <rename kind= from= to=>: a = from, b = to */
    LU_SCN_RENAME_MEMBER,
    LU_SCN_RENAME_GLOBAL,
    LU_SCN_RENAME_FUNCTION,
    LU_SCN_RENAME_ENUMERATOR,
    LU_SCN_DROP,     /* <drop object=>: a = object */
    LU_SCN_TRUNCATE, /* <truncate object=> */
    LU_SCN_SKIP,     /* <skip object=> */
    LU_SCN_VALUE,    /* <value object= is=>: value = is */
    LU_SCN_COPY,     /* <copy object=> */
    LU_SCN_INITIAL,  /* <initial object= hash=>: value = hash, as bits */
};

struct lu_scn_rule {
    enum lu_scn_rule_kind kind;
    const char *a, *b; /* b: NULL but for renames */
    int64_t value;
    struct lu_scn_pos pos;
};

struct lu_scn_range { /* <grant-memory>: physical addresses, inclusive */
    uint64_t first, last;
    struct lu_scn_pos pos;
};

/* <rehearse mode=>: what the agent tries out on the frozen state before the guest does. */
enum lu_rehearse {
    LU_REHEARSE_OFF = 0,
    LU_REHEARSE_TRANSFER, /* transfer, audit, invariants */
    LU_REHEARSE_REVERSE,  /* and back again: is anything lost? */
};

struct lu_scn_component {
    const char *name;  /* shorter than LU_NAME_MAX */
    const char *image; /* as written */
    struct lu_scn_pos pos, name_pos, image_pos;
    struct lu_scn_text filter; /* len 0: no state filter, always true */
    struct lu_scn_hold holds[LU_MAX_HOLDS];
    size_t n_holds;
    const struct lu_scn_rule *rules;
    size_t n_rules;
    struct lu_scn_range ranges[LU_SCN_MAX_RANGES];
    size_t n_ranges;
    enum lu_rehearse rehearse; /* its own, or the scenario's */
    int has_rehearse;          /* its own */
};

enum lu_outcome {
    LU_OUTCOME_NONE = 0,
    LU_OUTCOME_COMMITTED,
    LU_OUTCOME_REFUSED,
    LU_OUTCOME_UNDONE,
    LU_OUTCOME_NOT_UNDONE, /* never expected by a scenario */
};

enum lu_scn_fault_kind { LU_SCN_KILL_AGENT = 1 };

struct lu_scn_fault { /* tests only: at the start of step `at`, before it does anything */
    enum lu_scn_fault_kind kind;
    enum lu_step at;
    struct lu_scn_pos pos;
};

struct lu_scenario {
    const char *name, *description; /* description may be "" */
    const char *file;               /* as given to the parser, for messages */
    struct lu_scn_component components[LU_SCN_MAX_COMPONENTS];
    size_t n_components;                                     /* at least 1, names are distinct */
    unsigned prepare_ms, rehearse_ms, transfer_ms, check_ms; /* 1 .. 600000 */
    enum lu_rehearse rehearse; /* of components that do not say: LU_REHEARSE_REVERSE by default */
    enum lu_rung undo_from;    /* first rung tried once the snapshot stands: LU_RUNG_ROLLBACK
                                  (default) or LU_RUNG_RESTORE */
    const struct lu_scn_fault *faults;
    size_t n_faults;
    enum lu_outcome expect;   /* LU_OUTCOME_NONE: the scenario does not say */
    enum lu_rung expect_rung; /* valid when has_expect_rung */
    int has_expect_rung;
    struct lu_scn_pos expect_pos;
    void *arena; /* owner of all the above */
};

/* `file` names the document in messages and may be any text.  Returns 0, -EINVAL
 * (document is wrong: diag is filled in), -E2BIG (too large or too deep: diag
 * too), -ENOMEM or -EIO (the built-in schema is broken).  `ret_diag` may be NULL. */
int lu_scenario_parse(const char *xml, size_t len, const char *file, struct lu_scenario **ret,
                      struct lu_scn_diag *ret_diag, struct lu_err *err);

/* Reads `path` (a regular file, at most LU_SCN_MAX_BYTES) and parses it; also
 * hands out the bytes (malloc'ed, NUL after them) if `ret_xml` is not NULL. */
int lu_scenario_load(const char *path, struct lu_scenario **ret, char **ret_xml, size_t *ret_len,
                     struct lu_scn_diag *ret_diag, struct lu_err *err);

void lu_scenario_free(struct lu_scenario *s);

/* A diagnosis by others (planner, filter compiler) in the same form.  `offset`
 * is a byte offset into the text, anything beyond its end means the end. */
void lu_scn_diag_at(struct lu_scn_diag *d, const struct lu_scenario *s,
                    const struct lu_scn_pos *pos, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void lu_scn_diag_in_text(struct lu_scn_diag *d, const struct lu_scenario *s,
                         const struct lu_scn_text *t, size_t offset, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* "FILE:LINE:COL" (or "FILE") into buf. */
void lu_scn_diag_where(const struct lu_scn_diag *d, char *buf, size_t size);
/* "FILE:LINE:COL: PATH: text; expected ...; did you mean '...'?" into buf. */
void lu_scn_diag_format(const struct lu_scn_diag *d, char *buf, size_t size);

/* Words <-> numbers.  The _from_word functions return 0 (no such word) otherwise
 * the value; rungs and rehearsals: -1 when there is no such word. */
const char *lu_step_word(enum lu_step step);
enum lu_step lu_step_from_word(const char *word);
const char *lu_rung_word(enum lu_rung rung);
int lu_rung_from_word(const char *word);
const char *lu_rehearse_word(enum lu_rehearse mode);
int lu_rehearse_from_word(const char *word);
const char *lu_outcome_word(enum lu_outcome outcome);
enum lu_outcome lu_outcome_from_word(const char *word);
