/* SPDX-License-Identifier: MIT
 *
 * Texts made from the command table: help, the manual page, shell completion.
 */
#pragma once

#include "command.h"

#include <stdio.h>

void help_all(FILE *to);
void help_verb(FILE *to, const struct command *c);
void man_print(FILE *to); /* luctl(1), roff with man(7) macros */
void completion_print_bash(FILE *to);
