/* SPDX-License-Identifier: MIT
 *
 * guest.console: the end of the guest's console log, and what comes after it
 * for those who follow.  The log is written by QEMU; a follower is served on
 * the RPC thread's ticks.
 */
#include "agent-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/domxml.h"
#include "base/util.h"

#define PIECE 16384
#define BYTES_DEFAULT 16384
#define BYTES_MAX (4 << 20)

/* Line ends are "\r\n" on a serial line; a NUL must not end the text. Returns what is left. */
static size_t clean_piece(char *raw, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (raw[i] != '\r')
            raw[kept++] = raw[i] ? raw[i] : '?';
    return kept;
}

/* Sends what the log holds from `at` on; moves `at`. */
static int send_from(struct hva_request *req, const char *name, const char *path, off_t *at)
{
    HVA_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    char raw[PIECE], text[PIECE + 1];
    struct stat st;
    ssize_t n;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) == 0 && st.st_size < *at)
        *at = 0; /* it was cut */
    while ((n = pread(fd, raw, sizeof(raw), *at)) > 0) {
        hva_text_copy(text, sizeof(text), raw, clean_piece(raw, (size_t)n), true);
        hva_rpc_notify(req, "console", json_pack("{s:s, s:s}", "name", name, "data", text));
        *at += n;
    }
    return 0;
}

static void add_follower(struct hva_agent *a, struct hva_request *req, const char *name,
                         const char *path, off_t at)
{
    struct hva_follower *f = calloc(1, sizeof(*f));

    if (!f) {
        hva_rpc_result(req, NULL);
        return;
    }
    f->req = req;
    f->at = at;
    snprintf(f->name, sizeof(f->name), "%s", name);
    snprintf(f->path, sizeof(f->path), "%s", path);
    f->next = a->followers;
    a->followers = f;
}

void hva_agent_console(struct hva_agent *a, struct hva_request *req, json_t *params)
{
    const char *name = hva_param_text(params, "name");
    json_t *bytes = json_object_get(params, "bytes");
    json_int_t max = bytes ? json_integer_value(bytes) : BYTES_DEFAULT;
    struct lu_err err = {0};
    struct hva_entry *e = name ? hva_agent_find(a, name, &err) : NULL;
    char path[HVA_PATH_MAX];
    struct stat st;
    off_t at = 0;

    if (!e || hva_path(path, sizeof(path), &err, "%s/" HVA_CONSOLE_FILE, e->guest->dir) < 0) {
        if (!name)
            lu_err_set(&err, -EINVAL, "which guest?");
        hva_agent_fail(req, &err);
        return;
    }
    hva_agent_unpin(a, e);
    if (max < 0 || max > BYTES_MAX)
        max = BYTES_MAX;
    if (stat(path, &st) == 0 && st.st_size > max)
        at = st.st_size - (off_t)max;
    send_from(req, name, path, &at);
    if (json_is_true(json_object_get(params, "follow")))
        add_follower(a, req, name, path, at);
    else
        hva_rpc_result(req, NULL);
}

static bool ended(struct hva_agent *a, const char *name)
{
    struct hva_entry *e = hva_agent_find(a, name, NULL);
    bool lost = !e || hva_guest_state(e->guest) == HVA_GUEST_LOST;

    if (e)
        hva_agent_unpin(a, e);
    return lost;
}

void hva_agent_follow(struct hva_agent *a)
{
    for (struct hva_follower **p = &a->followers; *p;) {
        struct hva_follower *f = *p;
        bool over = ended(a, f->name);

        send_from(f->req, f->name, f->path, &f->at);
        if (!over && !hva_rpc_gone(f->req)) {
            p = &f->next;
            continue;
        }
        *p = f->next;
        hva_rpc_result(f->req, NULL);
        free(f);
    }
}

void hva_agent_unfollow(struct hva_agent *a, const char *name)
{
    for (struct hva_follower **p = &a->followers; *p;) {
        struct hva_follower *f = *p;

        if (name && strcmp(f->name, name) != 0) {
            p = &f->next;
            continue;
        }
        *p = f->next;
        hva_rpc_result(f->req, NULL);
        free(f);
    }
}
