/* SPDX-License-Identifier: MIT
 *
 * Names of the accelerators, for the core and every backend.
 */
#include "backend.h"

const char *hva_accel_word(enum hva_accel accel)
{
    static const char *const words[] = {"auto", "kvm", "tcg"};

    return words[accel];
}
