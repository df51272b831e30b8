/* SPDX-License-Identifier: MIT
 *
 * Equal inputs give equal images, bit for bit, wherever they are built, and the
 * description does not depend on how the source's path was written.
 *
 * RUN: mkdir -p one/src two; cp %s one/src/file.c; cp %s two/file.c
 * RUN: (cd one && %lucc --hosted -ffile-prefix-map=$PWD/= -c src/file.c -o file.o && %lucc --hosted --component a -o a.elf file.o)
 * RUN: (cd two && %lucc --hosted -c $PWD/file.c -o file.o && %lucc --hosted --component a -o a.elf file.o && cp a.elf b.elf && %lucc --hosted --component a -o a.elf file.o && cmp a.elf b.elf)
 * RUN: %lu-desc dump one/a.elf >one/dump; %lu-desc dump two/a.elf >two/dump; cmp one/dump two/dump
 * RUN: %FileCheck %s <one/dump
 *
 * CHECK: counter [file.c:main]: int static
 */
static struct pair {
    struct pair *other;
    int n;
} first, second;

int main(void)
{
    static int counter;

    first.other = &second;
    second.n = counter++;
    return first.other->n;
}
