/* SPDX-License-Identifier: MIT
 *
 * See daemon.h.  The child's word is one line over a pipe: empty, or the error.
 */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"

static int word = -1; /* the pipe's end in the child */

static void wait_for_word(int fd, const char *log)
{
    char line[LU_ERR_TEXT] = "";
    size_t n = 0;

    while (n + 1 < sizeof(line) && !memchr(line, '\n', n)) {
        ssize_t got = read(fd, line + n, sizeof(line) - 1 - n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    if (line[0] == '\n')
        exit(EXIT_SUCCESS);
    if (n > 0)
        fprintf(stderr, "hv-agent: %.*s\n", (int)strcspn(line, "\n"), line);
    else
        fprintf(stderr, "hv-agent: ended before it served; its log is %s\n", log);
    exit(EXIT_FAILURE);
}

static int redirect(const char *path, int flags, int to)
{
    HVA_CLOSE int fd = open(path, flags | O_CLOEXEC, 0600);

    return fd < 0 || dup2(fd, to) < 0 ? -errno : 0;
}

/* Whoever waits for the end of a pipe that the starter left open must not wait for us. */
static void drop_inherited(int keep)
{
    if (keep > STDERR_FILENO + 1)
        close_range(STDERR_FILENO + 1, (unsigned)keep - 1, 0);
    close_range((unsigned)keep + 1, ~0u, 0);
}

int hva_daemon_begin(const char *log, struct lu_err *err)
{
    int ends[2], r;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return lu_err_errno(err, -errno, "pipe");
    pid = fork();
    if (pid < 0)
        return lu_err_errno(err, -errno, "going to the background");
    if (pid > 0) {
        close(ends[1]);
        wait_for_word(ends[0], log);
    }
    close(ends[0]);
    word = ends[1];
    drop_inherited(word);
    setsid();
    r = redirect("/dev/null", O_RDONLY, STDIN_FILENO);
    if (r == 0)
        r = redirect(log, O_WRONLY | O_CREAT | O_APPEND, STDOUT_FILENO);
    if (r == 0 && dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
        r = -errno;
    return r < 0 ? lu_err_errno(err, r, "%s", log) : 0;
}

void hva_daemon_ready(const struct lu_err *failed)
{
    if (word < 0)
        return;
    dprintf(word, "%s\n", failed ? failed->text : "");
    hva_close_fd(&word);
}
