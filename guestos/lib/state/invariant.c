/* SPDX-License-Identifier: MIT
 *
 * Evaluates the bytecode that stands in the description.
 */
#include <st/filter.h>
#include <st/invariant.h>

int st_invariant_check(const struct st_desc *d, uint32_t i, const struct st_view *view,
                       struct st_err *err)
{
    const struct lu_invariant *v = &d->invariants[i];
    const char *name = st_desc_string(d, v->name), *text = st_desc_string(d, v->text);
    const char *place = st_desc_string(d, v->place);
    struct st_err why = {0};
    int holds = 0, r = st_filter_eval(d->code + v->code, v->code_len, view, &holds, &why);

    if (r < 0)
        return st_err_set(err, r, name, "invariant (%s) cannot be evaluated: %s: %s", place,
                          why.text, text);
    if (holds)
        return 0;
    return st_err_set(err, -LU_EINVARIANT, name, "invariant (%s) does not hold: %s", place, text);
}

int st_invariants_check(const struct st_desc *d, const struct st_view *view, struct st_err *err)
{
    for (uint32_t i = 0; i < d->n_invariants; i++) {
        int r = st_invariant_check(d, i, view, err);

        if (r < 0)
            return r;
    }
    return 0;
}
