/* SPDX-License-Identifier: MIT
 *
 * One guest: its virtual machine, its channel and the worker thread that owns
 * both.  Others ask for work (one job at a time, -EBUSY otherwise) and read the
 * guest's last known status.  A guest outlives the agent: closing forgets it,
 * stopping is a job.
 */
#pragma once

#include "backend/backend.h"
#include "journal.h"
#include "link.h"
#include "store.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

#define HVA_STATUS_MAX LU_MAX_SLOTS

enum hva_guest_state {
    HVA_GUEST_STARTING = 0, /* has not reported in */
    HVA_GUEST_RUNNING,
    HVA_GUEST_SILENT, /* no heartbeat for HVA_SILENT_MS */
    HVA_GUEST_PANICKED,
    HVA_GUEST_UPDATING,
    HVA_GUEST_LOST, /* its virtual machine ended */
};
const char *hva_guest_state_word(enum hva_guest_state state);

#define HVA_SILENT_MS 5000u
#define HVA_TXN_SILENT_MS 3000u /* in a transaction: six heartbeats */

/* What all guests of an agent share; constant while guests exist. */
struct hva_site {
    const struct hva_backend_ops *ops;
    struct hva_backend *be;
    struct hva_journal *journal;
    struct hva_store store;
    const char *state_dir;
    size_t hold_limit; /* bytes of network output held in a transaction */
};

struct hva_guest;

/* A job runs on the guest's worker.  `done` is called once the guest is free for the next one:
 * it answers whoever asked, so that an answered client never finds its own job in the way,
 * and frees the job. */
struct hva_job {
    void (*run)(struct hva_guest *g, struct hva_job *job);
    void (*done)(struct hva_job *job);
    const char *what; /* "update", "snapshot", ...: for the busy message */
    bool patient;     /* nobody asked for it: one other job may wait behind it */
};

struct hva_guest {
    const struct hva_site *site;
    struct hva_vm_spec spec;
    char dir[512];
    char accel_why[192];
    uint64_t started_wall_ns;
    struct hva_vm *vm; /* set before the worker starts, closed after it ended */
    struct hva_ram ram;
    pthread_t worker;
    int wake;

    pthread_mutex_t lock; /* guards from here ... */
    pthread_cond_t changed;
    enum hva_guest_state state;
    struct hva_job *job;  /* in hand */
    struct hva_job *next; /* waits behind a patient one */
    struct hva_job *last; /* stops the guest: after the others, and none is taken on any more */
    bool quit, stopped;
    bool reported; /* status is valid */
    struct lu_ch_status status;
    struct lu_ch_component components[HVA_STATUS_MAX];
    size_t n_components;
    uint64_t dropped, txn;
    /* ... to here */

    struct hva_link link; /* the worker's, as everything below */
    uint64_t last_heard_ns, last_hello_ns, last_lease_ns, last_look_ns;
    unsigned resets;
    uint64_t told; /* log lines that the guest caused */
    uint64_t last_cut_ns;
};

/* Takes over `vm`.  `first` (may be NULL) is the first job. */
int hva_guest_new(const struct hva_site *site, const struct hva_vm_spec *spec,
                  const char *accel_why, struct hva_vm *vm, struct hva_job *first,
                  struct hva_guest **ret, struct lu_err *err);
/* Ends the worker (after the job in hand).  The virtual machine goes on, unless `stop` or a job
 * stopped it: then true, and its files are gone. */
bool hva_guest_close(struct hva_guest *g, bool stop);

/* -EBUSY (with what it is busy with), -ENODEV when the guest is lost or being stopped. */
int hva_guest_submit(struct hva_guest *g, struct hva_job *job, struct lu_err *err);
/* A job that calls hva_guest_stop.  A lost guest is fine.  With `force` so is a busy one: its
 * virtual machine is killed now, and the job runs when the one in hand has failed over that.
 * -EALREADY: another such job waits, and has been helped along like this. */
int hva_guest_submit_stop(struct hva_guest *g, struct hva_job *job, bool force, struct lu_err *err);
/* Waits until the guest reported in.  -ETIMEDOUT, -ENODEV, -EIO (it panicked). */
int hva_guest_wait_ready(struct hva_guest *g, int timeout_ms, struct lu_err *err);

json_t *hva_guest_json(struct hva_guest *g, bool components);
json_t *hva_guest_trace_json(struct hva_guest *g, struct lu_err *err);
enum hva_guest_state hva_guest_state(struct hva_guest *g);

/* --- for jobs, on the worker --- */

/* Stops the virtual machine for good. */
int hva_guest_stop(struct hva_guest *g, struct lu_err *err);
void hva_guest_set_state(struct hva_guest *g, enum hva_guest_state state);
/* Epitaph as one line; false when there is none. */
bool hva_guest_epitaph(struct hva_guest *g, char *buf, size_t size);
/* Copies the last status; false when the guest never reported. */
bool hva_guest_status(struct hva_guest *g, struct lu_ch_status *ret,
                      struct lu_ch_component *components, size_t *ret_n);
