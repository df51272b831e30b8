/* SPDX-License-Identifier: MIT
 *
 * A member that became two: a transfer handler fills what rules can't express, after
 * the rest was converted.  The rule says that the old member may go.
 * rule: drop person.name
 * allowed: 2
 */
#include "case.h"

struct person {
    int age;
#ifdef OLD
    char name[24];
#else
    char first[12], last[12];
#endif
    struct person *friend;
} *people;

void setup(void)
{
    people = calloc(1, sizeof(*people));
    people->age = 36;
    people->friend = calloc(1, sizeof(*people));
    people->friend->age = 41;
    people->friend->friend = people;
#ifdef OLD
    memcpy(people->name, "Ada Lovelace", 13);
    memcpy(people->friend->name, "Alan Turing", 12);
#endif
}

#ifndef OLD
#include <st/transfer.h>

/* Of the old version: name[24] behind the age. */
static int person_convert(struct st_xfer *x, const struct st_object *o)
{
    const char *name = (const char *)o->old_data + 4;
    const char *space = memchr(name, ' ', 24);
    struct person *p = o->new_data;

    if (!space)
        return st_xfer_fail(x, -LU_EINVAL, "a name without a space");
    memcpy(p->first, name, (size_t)(space - name));
    memcpy(p->last, space + 1, strlen(space + 1));
    return 0;
}

const struct st_handler lu_transfer_handlers[] = {
    {.kind = ST_HANDLER_TYPE, .name = "person", .convert = person_convert}, {0}};

int check(void)
{
    EXPECT(people->age == 36 && people->friend->age == 41 && people->friend->friend == people);
    EXPECT(strcmp(people->first, "Ada") == 0 && strcmp(people->last, "Lovelace") == 0);
    EXPECT(strcmp(people->friend->first, "Alan") == 0);
    EXPECT(strcmp(people->friend->last, "Turing") == 0);
    return 0;
}
#endif
