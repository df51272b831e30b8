/* SPDX-License-Identifier: MIT
 *
 * A way to spoil the state of audit-world.c or reverse-world.c, and the finding that
 * it must lead to.  The table `corruptions` lies in the image; the test reads it where
 * the image is mapped.
 */
#pragma once

struct corruption {
    void (*apply)(void); /* NULL ends the table */
    int code;            /* 0: still sound */
    const char *path;    /* as fnmatch(3) matches it */
    const char *text;    /* part of what is said */
};
