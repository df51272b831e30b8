/* SPDX-License-Identifier: MIT
 *
 * Options with argp; defaults from the environment; paths made absolute, for
 * libvirt and a daemon need them so.
 */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "hva/client.h"

static const struct argp_option option_table[] = {
    {"state-dir", 's', "DIR", 0,
     "Where the agent keeps its socket, journal, snapshots and guests' files. Default: "
     "$PROTEAN_STATE_DIR, else /var/lib/protean for root, else $XDG_STATE_HOME/protean or "
     "~/.local/state/protean. One agent per directory; keep the path short.",
     0},
    {"image-dir", 'i', "DIR", 0,
     "Where kernel.elf, boot.arc and the component images are. Default: $PROTEAN_IMAGE_DIR.", 0},
    {"connect", 'c', "URI", 0,
     "libvirt connection to run guests through. Default: libvirt's embedded driver with its "
     "files under the state directory.",
     0},
    {"foreground", 'f', NULL, 0, "Do not go to the background.", 0},
    {"stop-guests", 'k', NULL, 0, "When told to end, stop the guests too.", 0},
    {"verbose", 'v', NULL, 0, "Log more.", 0},
    {0},
};

struct parse {
    struct hva_options *o;
    const char *state_dir, *image_dir;
};

static error_t parse_one(int key, char *arg, struct argp_state *state)
{
    struct parse *p = state->input;

    switch (key) {
    case 's':
        p->state_dir = arg;
        return 0;
    case 'i':
        p->image_dir = arg;
        return 0;
    case 'c':
        p->o->uri = arg;
        return 0;
    case 'f':
        p->o->foreground = true;
        return 0;
    case 'k':
        p->o->stop_guests = true;
        return 0;
    case 'v':
        hva_log_level(HVA_LOG_DEBUG);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument '%s'", arg);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = option_table,
    .parser = parse_one,
    .doc = "The host agent of Protean: starts and owns guests, drives their live updates.",
};

static int absolute(const char *path, char *ret, size_t size, struct lu_err *err)
{
    char cwd[PATH_MAX];

    if (path[0] == '/')
        return hva_path(ret, size, err, "%s", path);
    if (!getcwd(cwd, sizeof(cwd)))
        return lu_err_errno(err, -errno, "current directory");
    return hva_path(ret, size, err, "%s/%s", cwd, path);
}

int hva_options_parse(int argc, char **argv, struct hva_options *ret, struct lu_err *err)
{
    struct parse p = {.o = ret};
    char dir[512];
    int r = 0;

    if (argp_parse(&parser, argc, argv, 0, NULL, &p) != 0)
        return lu_err_set(err, -EINVAL, "bad options");
    if (!p.state_dir) {
        r = hva_default_state_dir(dir, sizeof(dir), err);
        p.state_dir = dir;
    }
    if (!p.image_dir)
        p.image_dir = getenv("PROTEAN_IMAGE_DIR");
    if (r == 0)
        r = absolute(p.state_dir, ret->state_dir, sizeof(ret->state_dir), err);
    if (r == 0 && p.image_dir && *p.image_dir) {
        r = absolute(p.image_dir, ret->image_dir_buf, sizeof(ret->image_dir_buf), err);
        ret->image_dir = ret->image_dir_buf;
    }
    return r;
}
