/* SPDX-License-Identifier: MIT
 *
 * Checked copies, page by page.
 */
#include "usermem.h"

static uint64_t left_in_page(uint64_t va)
{
    return LU_PAGE_SIZE - (va & (LU_PAGE_SIZE - 1));
}

static uint64_t min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

int user_check(const struct body *b, uint64_t va, uint64_t len, enum space_access access)
{
    if (len > USER_END || va > USER_END - len)
        return -LU_EFAULT;
    while (len) {
        uint64_t n = min(len, left_in_page(va));

        if (!space_translate(&b->space, va, access))
            return -LU_EFAULT;
        va += n;
        len -= n;
    }
    return 0;
}

int user_read(const struct body *b, void *dst, uint64_t va, uint64_t len)
{
    char *d = dst;

    if (user_check(b, va, len, SPACE_READ))
        return -LU_EFAULT;
    while (len) {
        uint64_t n = min(len, left_in_page(va));

        memcpy(d, space_translate(&b->space, va, SPACE_READ), n);
        va += n;
        d += n;
        len -= n;
    }
    return 0;
}

int user_write(const struct body *b, uint64_t va, const void *src, uint64_t len)
{
    const char *s = src;

    if (user_check(b, va, len, SPACE_WRITE))
        return -LU_EFAULT;
    while (len) {
        uint64_t n = min(len, left_in_page(va));

        memcpy(space_translate(&b->space, va, SPACE_WRITE), s, n);
        va += n;
        s += n;
        len -= n;
    }
    return 0;
}

int user_copy(const struct body *to, uint64_t to_va, enum space_access to_access,
              const struct body *from, uint64_t from_va, enum space_access from_access,
              uint64_t len)
{
    if (user_check(to, to_va, len, to_access) || user_check(from, from_va, len, from_access))
        return -LU_EFAULT;
    while (len) {
        uint64_t n = min(len, min(left_in_page(to_va), left_in_page(from_va)));

        memmove(space_translate(&to->space, to_va, to_access),
                space_translate(&from->space, from_va, from_access), n);
        to_va += n;
        from_va += n;
        len -= n;
    }
    return 0;
}
