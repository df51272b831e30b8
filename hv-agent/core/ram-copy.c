/* SPDX-License-Identifier: MIT
 *
 * Page-wise comparison and copy.  A page that is zero in RAM and a hole in the
 * file compares equal, so zero pages take no room.
 */
#include "ram-copy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

#define PAGE 4096u

int hva_ram_copy_open(const char *path, uint64_t size, struct hva_ram_copy *ret, struct lu_err *err)
{
    HVA_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat st;
    void *map;

    if (fd < 0 || fstat(fd, &st) < 0)
        return lu_err_errno(err, -errno, "opening memory copy %s", path);
    if ((uint64_t)st.st_size != size && (ftruncate(fd, 0) < 0 || ftruncate(fd, (off_t)size) < 0))
        return lu_err_errno(err, -errno, "sizing memory copy %s", path);
    map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return lu_err_errno(err, -errno, "mapping memory copy %s", path);
    ret->map = map;
    ret->size = size;
    return 0;
}

void hva_ram_copy_close(struct hva_ram_copy *copy)
{
    if (copy->map)
        munmap(copy->map, copy->size);
    copy->map = NULL;
}

static uint64_t copy_pages(uint8_t *to, const uint8_t *from, uint64_t size)
{
    uint64_t n = 0;

    for (uint64_t at = 0; at < size; at += PAGE) {
        if (memcmp(to + at, from + at, PAGE) == 0)
            continue;
        memcpy(to + at, from + at, PAGE);
        n++;
    }
    return n;
}

uint64_t hva_ram_copy_take(struct hva_ram_copy *copy, const struct hva_ram *ram)
{
    return copy_pages(copy->map, ram->base, copy->size < ram->size ? copy->size : ram->size);
}

uint64_t hva_ram_copy_apply(const struct hva_ram_copy *copy, const struct hva_ram *ram)
{
    return copy_pages(ram->base, copy->map, copy->size < ram->size ? copy->size : ram->size);
}
