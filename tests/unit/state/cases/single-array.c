/* SPDX-License-Identifier: MIT
 *
 * A single object becomes the first of an array; an array of which only the first is
 * in use becomes a single object.  Pointers to them follow.
 */
#include "case.h"

struct conn {
    int fd;
#ifndef OLD
    int state;
#endif
};
#ifdef OLD
struct conn conn, many[4];
struct {
    short level;
    char *names[3];
    int grid[2][2];
} s;
#else
struct conn conn[3], many;
struct {
    int grid;
    int level[2];
    char *names;
} s;
#endif
struct conn *current, *first;
#ifdef OLD
short *level;
#else
int *level;
#endif

void setup(void)
{
#ifdef OLD
    conn.fd = 5;
    many[0].fd = 6;
    current = &conn;
    first = &many[0];
    s.level = -3;
    level = &s.level;
    s.names[0] = "zero";
    s.grid[0][0] = 17;
#endif
}

#ifndef OLD
int check(void)
{
    EXPECT(conn[0].fd == 5 && conn[1].fd == 0 && many.fd == 6);
    EXPECT(current == &conn[0] && first == &many);
    EXPECT(s.level[0] == -3 && s.level[1] == 0 && level == &s.level[0]);
    EXPECT(strcmp(s.names, "zero") == 0 && s.grid == 17);
    return 0;
}
#endif
