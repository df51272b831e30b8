/* SPDX-License-Identifier: MIT
 *
 * Clocks, hex, files and paths.  No state.
 */
#include "util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static uint64_t clock_ns(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t hva_now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t hva_wall_ns(void)
{
    return clock_ns(CLOCK_REALTIME);
}

double hva_ms_since(uint64_t start_ns)
{
    return (double)(hva_now_ns() - start_ns) / 1e6;
}

void hva_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

struct timespec hva_cond_deadline(unsigned ms)
{
    uint64_t end = hva_now_ns() + ms * 1000000ull;

    return (struct timespec){.tv_sec = (time_t)(end / 1000000000u),
                             .tv_nsec = (long)(end % 1000000000u)};
}

void hva_iso_time(uint64_t wall_ns, char *buf, size_t size)
{
    time_t t = (time_t)(wall_ns / 1000000000u);
    struct tm tm;

    gmtime_r(&t, &tm);
    if (!strftime(buf, size, "%Y-%m-%dT%H:%M:%SZ", &tm))
        buf[0] = '\0';
}

void hva_hex(const void *bytes, size_t n, char *buf)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *b = bytes;

    for (size_t i = 0; i < n; i++) {
        buf[2 * i] = digits[b[i] >> 4];
        buf[2 * i + 1] = digits[b[i] & 15];
    }
    buf[2 * n] = '\0';
}

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

bool hva_name_ok(const char *name, size_t max)
{
    size_t n = name ? strnlen(name, max + 1) : 0;

    if (n == 0 || n > max || name[0] == '.' || name[0] == '-')
        return false;
    for (size_t i = 0; i < n; i++)
        if (!name_char(name[i]))
            return false;
    return true;
}

void hva_text_copy(char *to, size_t to_size, const void *from, size_t size, bool lines)
{
    const char *text = from;
    size_t n = 0;

    for (; n < size && n + 1 < to_size && text[n]; n++) {
        bool keep =
            (text[n] >= ' ' && text[n] < 0x7f) || (lines && (text[n] == '\n' || text[n] == '\t'));

        to[n] = keep ? text[n] : '?';
    }
    to[n] = '\0';
}

int hva_path(char *buf, size_t size, struct lu_err *err, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(buf, size, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= size)
        return lu_err_set(err, -ENAMETOOLONG, "path too long: %.200s...", buf);
    return 0;
}

int hva_mkdir_p(const char *path, mode_t mode, struct lu_err *err)
{
    char part[HVA_PATH_MAX];
    int r = hva_path(part, sizeof(part), err, "%s", path);
    struct stat st;

    if (r < 0)
        return r;
    for (char *p = part + 1;; p++) {
        char c = *p;

        if (c != '/' && c != '\0')
            continue;
        *p = '\0';
        if (mkdir(part, mode) < 0 && errno != EEXIST)
            return lu_err_errno(err, -errno, "making directory %s", part);
        *p = c;
        if (c == '\0')
            break;
    }
    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
        return lu_err_set(err, -ENOTDIR, "%s is no directory", path);
    return 0;
}

static int read_all(int fd, char *buf, size_t size)
{
    size_t n = 0;

    while (n < size) {
        ssize_t got = read(fd, buf + n, size - n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            return -EIO; /* became shorter */
        n += (size_t)got;
    }
    return 0;
}

int hva_read_file(const char *path, size_t max, void **ret, size_t *ret_len, struct lu_err *err)
{
    HVA_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    char *buf;
    int r;

    if (fd < 0)
        return lu_err_errno(err, -errno, "%s", path);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return lu_err_set(err, -EINVAL, "%s is no regular file", path);
    if ((uint64_t)st.st_size > max)
        return lu_err_set(err, -EFBIG, "%s is larger than %zu bytes", path, max);
    buf = malloc((size_t)st.st_size + 1);
    if (!buf)
        return lu_err_set(err, -ENOMEM, "out of memory");
    r = read_all(fd, buf, (size_t)st.st_size);
    if (r < 0) {
        free(buf);
        return lu_err_errno(err, r, "reading %s", path);
    }
    buf[st.st_size] = '\0';
    *ret = buf;
    *ret_len = (size_t)st.st_size;
    return 0;
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

int hva_write_file(const char *path, const void *data, size_t len, mode_t mode, struct lu_err *err)
{
    HVA_CLOSE int fd = -1;
    char tmp[HVA_PATH_MAX];
    int r = hva_path(tmp, sizeof(tmp), err, "%s.tmp", path);

    if (r < 0)
        return r;
    fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0)
        return lu_err_errno(err, -errno, "creating %s", tmp);
    r = write_all(fd, data, len);
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    if (r == 0 && rename(tmp, path) < 0)
        r = -errno;
    if (r < 0) {
        unlink(tmp);
        return lu_err_errno(err, r, "writing %s", path);
    }
    return 0;
}

static int keep_end(int fd, off_t size, const char *old, size_t kept, struct lu_err *err)
{
    HVA_FREE char *end = malloc(kept);
    ssize_t n;

    if (!end)
        return lu_err_set(err, -ENOMEM, "out of memory");
    n = pread(fd, end, kept, size - (off_t)kept);
    if (n < 0)
        return lu_err_errno(err, -errno, "reading the log");
    return hva_write_file(old, end, (size_t)n, 0600, err);
}

int hva_cut_log(const char *path, const char *old, off_t max, size_t kept, struct lu_err *err)
{
    HVA_CLOSE int fd = open(path, O_RDWR | O_CLOEXEC);
    struct stat st;
    int r;

    if (fd < 0)
        return errno == ENOENT ? 0 : lu_err_errno(err, -errno, "%s", path);
    if (fstat(fd, &st) < 0 || st.st_size <= max)
        return 0;
    r = keep_end(fd, st.st_size, old, kept, err);
    if (ftruncate(fd, 0) < 0 && r == 0)
        r = lu_err_errno(err, -errno, "%s", path);
    return r;
}

void hva_remove_dir(const char *path)
{
    DIR *dir = opendir(path);
    int fd = dir ? dirfd(dir) : -1;
    struct dirent *entry;

    if (fd < 0)
        return;
    while ((entry = readdir(dir)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            unlinkat(fd, entry->d_name, 0);
    closedir(dir);
    rmdir(path);
}

int hva_random(void *buf, size_t len)
{
    return getrandom(buf, len, 0) == (ssize_t)len ? 0 : -EIO;
}

int hva_take_fd(int *fd)
{
    int taken = *fd;

    *fd = -1;
    return taken;
}

void hva_close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}
