/* SPDX-License-Identifier: MIT
 *
 * Page-wise comparison and copy.  A page that is zero in RAM and a hole in the
 * file compares equal, so zero pages take no room.
 */
#include "ram-copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

#define PAGE 4096u

static const uint8_t zero_page[PAGE];

/* Notes which pages are no holes. */
static int find_present(int fd, uint64_t size, bool *present)
{
    off_t at = 0;

    while ((uint64_t)at < size) {
        off_t data = lseek(fd, at, SEEK_DATA), hole;

        if (data < 0)
            return errno == ENXIO ? 0 : -errno;
        hole = lseek(fd, data, SEEK_HOLE);
        if (hole < 0)
            return -errno;
        for (uint64_t p = (uint64_t)data / PAGE; p < size / PAGE && p * PAGE < (uint64_t)hole; p++)
            present[p] = true;
        at = hole;
    }
    return 0;
}

/* The file, or a negative error. */
static int open_sized(const char *path, uint64_t size, struct lu_err *err)
{
    HVA_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return lu_err_errno(err, -errno, "opening memory copy %s", path);
    if ((uint64_t)st.st_size != size && (ftruncate(fd, 0) < 0 || ftruncate(fd, (off_t)size) < 0))
        return lu_err_errno(err, -errno, "sizing memory copy %s", path);
    return hva_take_fd(&fd);
}

int hva_ram_copy_open(const char *path, uint64_t size, struct hva_ram_copy *ret, struct lu_err *err)
{
    struct hva_ram_copy copy = {.present = calloc(size / PAGE, sizeof(*copy.present)),
                                .size = size};
    void *map;
    int r;

    if (!copy.present)
        return lu_err_set(err, -ENOMEM, "out of memory");
    copy.fd = open_sized(path, size, err);
    r = copy.fd < 0 ? copy.fd : find_present(copy.fd, size, copy.present);
    if (copy.fd >= 0 && r < 0)
        lu_err_errno(err, r, "looking through memory copy %s", path);
    map = r < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_SHARED, copy.fd, 0);
    if (r == 0 && map == MAP_FAILED)
        r = lu_err_errno(err, -errno, "mapping memory copy %s", path);
    if (r < 0) {
        hva_close_fd(&copy.fd);
        free(copy.present);
        return r;
    }
    copy.map = map;
    *ret = copy;
    return 0;
}

void hva_ram_copy_close(struct hva_ram_copy *copy)
{
    if (!copy->map)
        return;
    munmap((void *)(uintptr_t)copy->map, copy->size);
    hva_close_fd(&copy->fd);
    free(copy->present);
    copy->map = NULL;
}

static uint64_t common_size(const struct hva_ram_copy *copy, const struct hva_ram *ram)
{
    return copy->size < ram->size ? copy->size : ram->size;
}

static const uint8_t *page_at(const struct hva_ram_copy *copy, uint64_t at)
{
    return copy->present[at / PAGE] ? copy->map + at : zero_page;
}

/* End of the run of pages from `at` on that differ (`differ`) or not. */
static uint64_t run_end(const struct hva_ram_copy *copy, const struct hva_ram *ram, uint64_t at,
                        bool differ)
{
    uint64_t end = common_size(copy, ram);

    while (at < end && (memcmp(page_at(copy, at), ram->base + at, PAGE) != 0) == differ)
        at += PAGE;
    return at;
}

static int write_run(int fd, const uint8_t *from, uint64_t len, uint64_t at)
{
    while (len) {
        ssize_t n = pwrite(fd, from, len, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        from += n;
        at += (uint64_t)n;
        len -= (uint64_t)n;
    }
    return 0;
}

/* Half a copy is worth nothing, and on a full disk others need the room. */
static void forget(struct hva_ram_copy *copy)
{
    memset(copy->present, false, copy->size / PAGE);
    if (ftruncate(copy->fd, 0) < 0 || ftruncate(copy->fd, (off_t)copy->size) < 0)
        copy->size = 0;
}

int hva_ram_copy_take(struct hva_ram_copy *copy, const struct hva_ram *ram, struct lu_err *err)
{
    uint64_t size = common_size(copy, ram), at = run_end(copy, ram, 0, false);

    while (at < size) {
        uint64_t end = run_end(copy, ram, at, true);
        int r = write_run(copy->fd, ram->base + at, end - at, at);

        if (r < 0) {
            forget(copy);
            return lu_err_errno(err, r, "writing the copy of the guest's memory");
        }
        memset(copy->present + at / PAGE, true, (end - at) / PAGE);
        at = run_end(copy, ram, end, false);
    }
    return 0;
}

uint64_t hva_ram_copy_apply(const struct hva_ram_copy *copy, const struct hva_ram *ram)
{
    uint64_t size = common_size(copy, ram), pages = 0;

    for (uint64_t at = 0; at < size; at += PAGE) {
        if (memcmp(ram->base + at, page_at(copy, at), PAGE) == 0)
            continue;
        memcpy(ram->base + at, page_at(copy, at), PAGE);
        pages++;
    }
    return pages;
}
