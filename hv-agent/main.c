/* SPDX-License-Identifier: MIT
 *
 * hv-agent: the host agent.  Options, lock, backend, then serving until a
 * signal ends it.
 */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/libvirt.h"
#include "base/log.h"
#include "base/util.h"
#include "core/agent.h"
#include "hva/client.h"
#include "options.h"

const char *argp_program_version = "hv-agent 0.1.0";

static struct hva_agent *running; /* for the signal handler only */

static void on_signal(int sig)
{
    (void)sig;
    if (running)
        hva_agent_stop(running);
}

static void catch_signals(void)
{
    struct sigaction end = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};

    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

static void probe(struct hva_accel_probe *ret)
{
    hva_accel_probe(ret);
    hva_info("agent", "accelerator: %s (%s)", ret->kvm ? "kvm" : "tcg", ret->why);
}

static int serve(const struct hva_options *o, struct lu_err *err)
{
    struct hva_agent_config config = {
        .state_dir = o->state_dir, .image_dir = o->image_dir, .ops = &hva_libvirt_ops};
    int r;

    probe(&config.probe);
    r = hva_libvirt_open(o->uri, o->state_dir, &config.be, err);
    if (r < 0)
        return r;
    config.uri = hva_libvirt_uri(config.be);
    r = hva_agent_open(&config, &running, err);
    if (r == 0) {
        struct hva_agent *agent = running;

        catch_signals();
        hva_info("agent", "serving in %s, guests through %s", o->state_dir, config.uri);
        hva_agent_run(agent);
        hva_info("agent", "ending");
        running = NULL;
        hva_agent_close(agent, o->stop_guests);
    }
    hva_libvirt_close(config.be);
    return r;
}

int main(int argc, char **argv)
{
    struct hva_options options = {0};
    struct lu_err err = {0};
    int lock, r;

    r = hva_options_parse(argc, argv, &options, &err);
    if (r == 0)
        r = hva_agent_lock(options.state_dir, &lock, &err);
    if (r == 0 && !options.foreground && daemon(1, 0) < 0)
        r = lu_err_errno(&err, -errno, "going to the background");
    if (r == 0)
        r = serve(&options, &err);
    if (r < 0)
        fprintf(stderr, "hv-agent: %s\n", err.text);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
