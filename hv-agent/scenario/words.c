/* SPDX-License-Identifier: MIT
 *
 * The words of steps and rungs, from the one list in lu/step.h, of outcomes and
 * rehearsals.
 */
#include "scenario.h"

#include <string.h>

static const char *const step_words[LU_STEP_COUNT] = {[LU_STEP_NONE] = "none",
#define LU_X(name, word) [LU_STEP_##name] = word,
                                                      LU_STEPS(LU_X)
#undef LU_X
};

static const char *const rung_words[LU_RUNG_COUNT] = {
#define LU_X(name, word) [LU_RUNG_##name] = word,
    LU_RUNGS(LU_X)
#undef LU_X
};

static const char *const outcome_words[] = {
    [LU_OUTCOME_NONE] = "none",
    [LU_OUTCOME_COMMITTED] = "committed",
    [LU_OUTCOME_REFUSED] = "refused",
    [LU_OUTCOME_UNDONE] = "undone",
    [LU_OUTCOME_NOT_UNDONE] = "not-undone",
};

static const char *const rehearse_words[] = {
    [LU_REHEARSE_OFF] = "off",
    [LU_REHEARSE_TRANSFER] = "transfer",
    [LU_REHEARSE_REVERSE] = "reverse",
};

const char *lu_step_word(enum lu_step step)
{
    return (unsigned)step < LU_STEP_COUNT ? step_words[step] : "unknown";
}

enum lu_step lu_step_from_word(const char *word)
{
    for (unsigned i = 1; i < LU_STEP_COUNT; i++)
        if (!strcmp(step_words[i], word))
            return (enum lu_step)i;
    return LU_STEP_NONE;
}

const char *lu_rung_word(enum lu_rung rung)
{
    return (unsigned)rung < LU_RUNG_COUNT ? rung_words[rung] : "unknown";
}

int lu_rung_from_word(const char *word)
{
    for (unsigned i = 0; i < LU_RUNG_COUNT; i++)
        if (!strcmp(rung_words[i], word))
            return (int)i;
    return -1;
}

const char *lu_rehearse_word(enum lu_rehearse mode)
{
    return (unsigned)mode <= LU_REHEARSE_REVERSE ? rehearse_words[mode] : "unknown";
}

int lu_rehearse_from_word(const char *word)
{
    for (unsigned i = 0; i <= LU_REHEARSE_REVERSE; i++)
        if (!strcmp(rehearse_words[i], word))
            return (int)i;
    return -1;
}

const char *lu_outcome_word(enum lu_outcome outcome)
{
    return (unsigned)outcome <= LU_OUTCOME_NOT_UNDONE ? outcome_words[outcome] : "unknown";
}

enum lu_outcome lu_outcome_from_word(const char *word)
{
    for (unsigned i = 1; i <= LU_OUTCOME_NOT_UNDONE; i++)
        if (!strcmp(outcome_words[i], word))
            return (enum lu_outcome)i;
    return LU_OUTCOME_NONE;
}
