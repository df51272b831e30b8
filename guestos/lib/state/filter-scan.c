/* SPDX-License-Identifier: MIT
 *
 * Scanner of the filter language.
 */
#include "filter-parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void filter_fail(struct filter_parser *p, int code, unsigned at, const char *fmt, ...)
{
    char text[ST_TEXT_MAX];
    va_list ap;

    if (p->error)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    p->error = st_err_at(p->err, code, at, "%s", text);
    p->token = TOK_END;
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "file.c:name", "file.c:function:name": taken as one name if the description has it. */
static bool scan_scoped(struct filter_parser *p)
{
    const char *s = p->text + p->at;
    size_t n = 0, colon = 0;
    char scope[FILTER_MAX_NAME], name[FILTER_MAX_NAME];

    while (is_alpha(s[n]) || is_digit(s[n]) || (n && strchr("./:-", s[n]) && s[n])) {
        if (s[n] == '-' && s[n + 1] == '>')
            break;
        if (s[n] == ':')
            colon = n;
        n++;
    }
    /* The longest name that exists; a quantifier's ':' or a member may follow it. */
    while (colon) {
        size_t end = colon + 1;

        while (is_alpha(s[end]) || (end > colon + 1 && is_digit(s[end])))
            end++;
        if (colon < sizeof(scope) && end - colon - 1 < sizeof(name) && end > colon + 1) {
            memcpy(scope, s, colon);
            scope[colon] = '\0';
            memcpy(name, s + colon + 1, end - colon - 1);
            name[end - colon - 1] = '\0';
            if (st_desc_global(p->d, name, scope, NULL) || st_desc_func(p->d, name, scope, NULL)) {
                strcpy(p->scope, scope);
                strcpy(p->name, name);
                p->at += (unsigned)end;
                return true;
            }
        }
        do
            colon--;
        while (colon && s[colon] != ':');
    }
    return false;
}

static void scan_name(struct filter_parser *p)
{
    unsigned n = 0;

    p->token = TOK_NAME;
    p->scope[0] = '\0';
    if (scan_scoped(p))
        return;
    while (is_alpha(p->text[p->at]) || is_digit(p->text[p->at])) {
        if (n + 1 < sizeof(p->name))
            p->name[n++] = p->text[p->at];
        p->at++;
    }
    p->name[n] = '\0';
}

static int digit_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

/* "u", "l", "ll" in either order; true if it is well formed. */
static bool scan_suffix(struct filter_parser *p)
{
    unsigned u = 0, l = 0;
    const char *s = p->text;

    for (; s[p->at] && strchr("uUlL", s[p->at]); p->at++) {
        if (s[p->at] == 'u' || s[p->at] == 'U') {
            u++;
        } else {
            l++;
            if (s[p->at + 1] == s[p->at])
                p->at++;
        }
    }
    p->number_unsigned = u;
    p->number_wide = l;
    return u <= 1 && l <= 1;
}

/* The first type of C's list that the number fits (C11 6.4.4.1). */
static void type_number(struct filter_parser *p, bool decimal)
{
    uint64_t v = p->number;

    if (!p->number_wide && v > (p->number_unsigned ? UINT32_MAX : INT32_MAX)) {
        if (decimal || v > UINT32_MAX)
            p->number_wide = true;
        else
            p->number_unsigned = true;
    }
    if (p->number_wide && v > INT64_MAX)
        p->number_unsigned = true;
}

static void scan_number(struct filter_parser *p)
{
    const char *s = p->text;
    int base = 10;
    uint64_t v = 0;
    bool overflow = false, well_formed;
    unsigned digits = 0;

    p->token = TOK_NUMBER;
    if (s[p->at] == '0' && (s[p->at + 1] == 'x' || s[p->at + 1] == 'X')) {
        base = 16;
        p->at += 2;
    } else if (s[p->at] == '0') {
        base = 8;
    }
    for (; digit_value(s[p->at]) < base; p->at++, digits++)
        overflow |= __builtin_mul_overflow(v, (uint64_t)base, &v) ||
                    __builtin_add_overflow(v, (uint64_t)digit_value(s[p->at]), &v);
    well_formed = scan_suffix(p);
    p->number = v;
    type_number(p, base == 10);
    if (!digits || !well_formed || is_alpha(s[p->at]) || is_digit(s[p->at]) || s[p->at] == '.')
        filter_fail(p, -LU_EINVAL, p->token_at, "malformed number (integers only)");
    else if (overflow)
        filter_fail(p, -LU_ERANGE, p->token_at, "number does not fit 64 bits");
}

/* What follows a backslash, behind *s; -1 = malformed. */
static int scan_escape(const char **s)
{
    static const char names[] = "n\nt\tr\r\\\\''\"\"a\ab\bf\fv\v??";
    const char *escape;
    int v = 0, digits = 0;

    for (escape = names; escape < names + sizeof(names) - 1; escape += 2)
        if (*escape == **s) {
            ++*s;
            return (unsigned char)escape[1];
        }
    if (**s == 'x') {
        for (++*s; digit_value(**s) < 16 && digits < 2; ++*s, digits++)
            v = v * 16 + digit_value(**s);
        return digits ? v : -1;
    }
    for (; digit_value(**s) < 8 && digits < 3; ++*s, digits++)
        v = v * 8 + digit_value(**s);
    return digits && v < 256 ? v : -1;
}

static void scan_char(struct filter_parser *p)
{
    const char *s = p->text + p->at + 1;
    int v = -1;

    p->token = TOK_NUMBER;
    p->number_unsigned = p->number_wide = false;
    if (*s == '\\') {
        s++;
        v = scan_escape(&s);
    } else if (*s && *s != '\'' && *s != '\n') {
        v = (unsigned char)*s++;
    }
    if (v < 0 || *s != '\'') {
        filter_fail(p, -LU_EINVAL, p->token_at, "malformed character literal");
        return;
    }
    p->number = (uint64_t)(int64_t)(signed char)v;
    p->at = (unsigned)(s + 1 - p->text);
}

static void scan_punct(struct filter_parser *p)
{
    static const char *const two[] = {"->", "==", "!=", "<=", ">=", "&&", "||", "<<", ">>", "++",
                                      "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="};
    char c = p->text[p->at];

    p->token = TOK_PUNCT;
    for (size_t i = 0; i < sizeof(two) / sizeof(two[0]); i++) {
        if (strncmp(p->text + p->at, two[i], 2) == 0) {
            strcpy(p->punct, two[i]);
            p->at += 2;
            return;
        }
    }
    if (!strchr("()[].*&!~-+/%<>=^|:,?;", c)) {
        if (c > ' ' && c < 0x7f)
            filter_fail(p, -LU_EINVAL, p->token_at, "unexpected character '%c'", c);
        else
            filter_fail(p, -LU_EINVAL, p->token_at, "unexpected character 0x%02x",
                        (unsigned)(unsigned char)c);
        return;
    }
    p->punct[0] = c;
    p->punct[1] = '\0';
    p->at++;
}

void filter_next(struct filter_parser *p)
{
    char c;

    if (p->error)
        return;
    while (p->text[p->at] && strchr(" \t\r\n", p->text[p->at]))
        p->at++;
    p->token_at = p->at;
    c = p->text[p->at];
    if (!c)
        p->token = TOK_END;
    else if (is_alpha(c))
        scan_name(p);
    else if (is_digit(c))
        scan_number(p);
    else if (c == '\'')
        scan_char(p);
    else
        scan_punct(p);
}

bool filter_is(const struct filter_parser *p, const char *punct)
{
    return !p->error && p->token == TOK_PUNCT && strcmp(p->punct, punct) == 0;
}

bool filter_take(struct filter_parser *p, const char *punct)
{
    if (!filter_is(p, punct))
        return false;
    filter_next(p);
    return true;
}

void filter_expect(struct filter_parser *p, const char *punct, const char *after)
{
    if (!filter_take(p, punct))
        filter_fail(p, -LU_EINVAL, p->token_at, "expected '%s' after %s", punct, after);
}

bool filter_calls(const struct filter_parser *p)
{
    unsigned at = p->at;

    while (p->text[at] && strchr(" \t\r\n", p->text[at]))
        at++;
    return p->text[at] == '(';
}
