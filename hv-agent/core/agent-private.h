/* SPDX-License-Identifier: MIT
 *
 * What the agent's files share.  The list of guests changes on the RPC thread
 * (removal) and on starter threads (adding), under the lock; a guest that is
 * in the list and pinned is not freed.
 */
#pragma once

#include "agent.h"
#include "rpc.h"

struct hva_entry {
    struct hva_entry *next;
    struct hva_guest *guest; /* NULL while it is being started, or unreachable */
    char name[HVA_GUEST_NAME_MAX + 1];
    unsigned pins;
    struct hva_request *stop; /* guest.stop that waits for the end */
    bool reap;                /* its virtual machine was stopped: remove it */
    char *unreachable;        /* runs, but could not be taken over: why */
};

struct hva_follower {
    struct hva_follower *next;
    struct hva_request *req;
    char name[HVA_GUEST_NAME_MAX + 1], path[HVA_GUEST_NAME_MAX + 600];
    off_t at;
};

struct hva_agent {
    struct hva_agent_config config;
    struct hva_site site;
    char copy_dir[512];
    struct hva_rpc *rpc;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct hva_entry *entries;
    unsigned starters;              /* threads under way */
    struct hva_follower *followers; /* the RPC thread's */
};

/* Found and pinned, or NULL with err (-ENOENT, -EAGAIN while it starts). */
struct hva_entry *hva_agent_find(struct hva_agent *a, const char *name, struct lu_err *err);
void hva_agent_unpin(struct hva_agent *a, struct hva_entry *e);

/* Takes the name: an entry without a guest. NULL with err: -EEXIST. */
struct hva_entry *hva_agent_reserve(struct hva_agent *a, const char *name, struct lu_err *err);
/* Out of the list; nobody may hold it. */
void hva_agent_release(struct hva_agent *a, struct hva_entry *e);

/* agent-start.c */
void hva_agent_start_guest(struct hva_agent *a, struct hva_request *req, json_t *params);

/* agent-adopt.c: guests of an earlier agent */
int hva_agent_recover(struct hva_agent *a, struct lu_err *err);

/* agent-jobs.c: methods that run on a guest's worker */
void hva_agent_stop_guest(struct hva_agent *a, struct hva_request *req, json_t *params);
void hva_agent_plan(struct hva_agent *a, struct hva_request *req, json_t *params);
void hva_agent_apply(struct hva_agent *a, struct hva_request *req, json_t *params);
void hva_agent_snapshot(struct hva_agent *a, struct hva_request *req, const char *verb,
                        json_t *params);
/* The first job after an agent's end: settles the transactions that it left open (takes the
 * array over), and lets the guest run on.  NULL: no memory. */
struct hva_job *hva_settle_job(json_t *entries);

/* agent-console.c */
void hva_agent_console(struct hva_agent *a, struct hva_request *req, json_t *params);
void hva_agent_follow(struct hva_agent *a);                     /* on every tick */
void hva_agent_unfollow(struct hva_agent *a, const char *name); /* NULL: all; ends them */

/* methods.c */
extern const struct hva_rpc_ops hva_agent_rpc;
void hva_agent_fail(struct hva_request *req, const struct lu_err *err);
const char *hva_param_text(json_t *params, const char *key);
