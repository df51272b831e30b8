/* SPDX-License-Identifier: MIT
 *
 * Looks through /proc/PID/fd for the memory backend's memfd.  The same user can
 * open it there, read and write.
 */
#include "ram-map.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

#define MEMFD_NAME "/memfd:memory-backend-memfd"

static int open_if_ram(const char *path, uint64_t size)
{
    char link[256];
    ssize_t n = readlink(path, link, sizeof(link) - 1);
    struct stat st;
    int fd;

    if (n < 0)
        return -1;
    link[n] = '\0';
    if (strncmp(link, MEMFD_NAME, strlen(MEMFD_NAME)) != 0)
        return -1;
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || (uint64_t)st.st_size != size)
        hva_close_fd(&fd);
    return fd;
}

static bool same_file(int a, int b)
{
    struct stat sa, sb;

    return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_ino == sb.st_ino &&
           sa.st_dev == sb.st_dev;
}

static int find_ram(long pid, uint64_t size, int *ret_fd, struct lu_err *err)
{
    char dirname[64], path[384];
    HVA_CLOSE int found = -1;
    struct dirent *entry;
    DIR *dir;

    snprintf(dirname, sizeof(dirname), "/proc/%ld/fd", pid);
    dir = opendir(dirname);
    if (!dir)
        return lu_err_errno(err, -errno, "%s", dirname);
    while ((entry = readdir(dir))) {
        HVA_CLOSE int fd = -1;

        snprintf(path, sizeof(path), "%s/%s", dirname, entry->d_name);
        fd = open_if_ram(path, size);
        if (fd < 0 || (found >= 0 && same_file(fd, found)))
            continue;
        if (found >= 0) {
            closedir(dir);
            return lu_err_set(err, -EEXIST, "process %ld has two memory areas of %llu bytes", pid,
                              (unsigned long long)size);
        }
        found = hva_take_fd(&fd);
    }
    closedir(dir);
    if (found < 0)
        return lu_err_set(err, -ENOENT, "process %ld has no shared guest memory of %llu bytes", pid,
                          (unsigned long long)size);
    *ret_fd = hva_take_fd(&found);
    return 0;
}

int hva_ram_map(long pid, uint64_t size, struct hva_ram *ret, struct lu_err *err)
{
    HVA_CLOSE int fd = -1;
    void *base;
    int r = find_ram(pid, size, &fd, err);

    if (r < 0)
        return r;
    base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return lu_err_errno(err, -errno, "mapping guest memory");
    ret->base = base;
    ret->size = size;
    return 0;
}

void hva_ram_unmap(struct hva_ram *ram)
{
    if (ram->base)
        munmap(ram->base, ram->size);
    ram->base = NULL;
    ram->size = 0;
}
