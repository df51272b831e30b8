/* SPDX-License-Identifier: MIT
 *
 * The agent: its guests, its journal, its RPC server.  One per state directory.
 */
#pragma once

#include "backend/accel.h"
#include "guest.h"

struct hva_agent_config {
    const char *state_dir, *image_dir; /* image_dir may be NULL: no guest can be started */
    const char *uri;                   /* for agent.info */
    const struct hva_backend_ops *ops;
    struct hva_backend *be;
    struct hva_accel_probe probe;
    size_t hold_limit; /* 0: the default, 16 MiB */
    unsigned ready_ms; /* 0: the default, 30 s for a guest to report in */
};

struct hva_agent;

/* Locks the state directory.  -EBUSY naming the other agent's pid.  *ret_lock is a file
 * descriptor to keep open. */
int hva_agent_lock(const char *state_dir, int *ret_lock, struct lu_err *err);

/* Opens the journal, finds the guests again and lets their workers settle what is open. */
int hva_agent_open(const struct hva_agent_config *config, struct hva_agent **ret,
                   struct lu_err *err);
/* Serves until hva_agent_stop (async-signal-safe). */
void hva_agent_run(struct hva_agent *agent);
void hva_agent_stop(struct hva_agent *agent);
/* Guests go on, unless stop_guests. */
void hva_agent_close(struct hva_agent *agent, bool stop_guests);
