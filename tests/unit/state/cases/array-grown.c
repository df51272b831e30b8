/* SPDX-License-Identifier: MIT
 *
 * Arrays that grew and one that shrank to what it holds.
 */
#include "case.h"

#ifdef OLD
#define CONNS 4
#define LOG 8
#else
#define CONNS 6
#define LOG 5
#endif
struct conn {
    int fd;
    char name[CONNS * 2];
} conns[CONNS], *current;
int history[LOG];
int grid[CONNS][3];

void setup(void)
{
    for (int i = 0; i < 4; i++) {
        conns[i].fd = i + 10;
        memcpy(conns[i].name, "conn", 5);
        grid[i][i % 3] = i;
    }
    current = &conns[3];
    history[4] = 44;
}

#ifndef OLD
int check(void)
{
    for (int i = 0; i < 4; i++)
        EXPECT(conns[i].fd == i + 10 && strcmp(conns[i].name, "conn") == 0 && grid[i][i % 3] == i);
    EXPECT(conns[4].fd == 0 && conns[5].fd == 0);
    EXPECT(current == &conns[3] && history[4] == 44);
    return 0;
}
#endif
