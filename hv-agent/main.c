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
#include <sys/resource.h>
#include <unistd.h>

#include "backend/libvirt.h"
#include "base/log.h"
#include "base/util.h"
#include "core/agent.h"
#include "daemon.h"
#include "hva/client.h"
#include "options.h"

#define FILES 65536u

const char *argp_program_version = "hv-agent 0.1.0";

static struct hva_agent *running; /* for the signal handler only */
static volatile sig_atomic_t told_to_end;

/* The second time it ends as SIGKILL would: the next agent settles what is left open. */
static void on_signal(int sig)
{
    (void)sig;
    if (told_to_end)
        _exit(EXIT_FAILURE);
    told_to_end = 1;
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

/* A guest takes half a dozen files; the usual soft limit is for programs that use select().
 * Not without any limit: libvirt keeps tables of that size. */
static void allow_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    if (limit.rlim_cur < FILES)
        limit.rlim_cur = limit.rlim_max < FILES ? limit.rlim_max : FILES;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        hva_warn("agent", "limit of open files: %s", strerror(errno));
}

static void probe(struct hva_accel_probe *ret)
{
    hva_accel_probe(ret);
    hva_info("agent", "accelerator: %s (%s)", ret->kvm ? "kvm" : "tcg", ret->why);
}

static void run(struct hva_agent *agent, const struct hva_options *o, const char *uri)
{
    running = agent;
    catch_signals();
    hva_info("agent", "serving in %s, guests through %s", o->state_dir, uri);
    hva_daemon_ready(NULL);
    hva_agent_run(agent);
    hva_info("agent", "ending");
    running = NULL;
    hva_agent_close(agent, o->stop_guests);
}

static int serve(const struct hva_options *o, struct lu_err *err)
{
    struct hva_agent_config config = {
        .state_dir = o->state_dir, .image_dir = o->image_dir, .ops = &hva_libvirt_ops};
    struct hva_agent *agent;
    int r;

    allow_files();
    probe(&config.probe);
    r = hva_libvirt_open(o->uri, o->state_dir, &config.be, err);
    if (r < 0)
        return r;
    config.uri = hva_libvirt_uri(config.be);
    r = hva_agent_open(&config, &agent, err);
    if (r == 0)
        run(agent, o, config.uri);
    hva_libvirt_close(config.be);
    return r;
}

static int go_to_background(const struct hva_options *o, struct lu_err *err)
{
    char log[HVA_PATH_MAX];
    int r = hva_mkdir_p(o->state_dir, 0700, err);

    if (r == 0)
        r = hva_path(log, sizeof(log), err, "%s/agent.log", o->state_dir);
    return r < 0 ? r : hva_daemon_begin(log, err);
}

int main(int argc, char **argv)
{
    struct hva_options options = {0};
    struct lu_err err = {0};
    int lock, r;

    r = hva_options_parse(argc, argv, &options, &err);
    if (r == 0 && !options.foreground)
        r = go_to_background(&options, &err);
    if (r == 0)
        r = hva_agent_lock(options.state_dir, &lock, &err);
    if (r == 0)
        r = serve(&options, &err);
    if (r < 0) {
        fprintf(stderr, "hv-agent: %s\n", err.text);
        hva_daemon_ready(&err);
    }
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
