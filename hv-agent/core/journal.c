/* SPDX-License-Identifier: MIT
 *
 * The journal on SQLite.  One connection behind one lock; every function is one
 * statement or one transaction.
 */
#include "journal.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

static const char schema[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA foreign_keys = ON;"
    "CREATE TABLE IF NOT EXISTS guests(name TEXT PRIMARY KEY, spec TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS txns(id INTEGER PRIMARY KEY AUTOINCREMENT, guest TEXT NOT NULL,"
    " scenario TEXT NOT NULL, started_ns INTEGER NOT NULL,"
    " state TEXT NOT NULL DEFAULT '{}', outcome TEXT, report TEXT);"
    "CREATE INDEX IF NOT EXISTS txns_open ON txns(id) WHERE outcome IS NULL;"
    "CREATE TABLE IF NOT EXISTS steps(txn INTEGER NOT NULL REFERENCES txns(id) ON DELETE CASCADE,"
    " step INTEGER NOT NULL, at_ns INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS snapshots(guest TEXT NOT NULL, name TEXT NOT NULL,"
    " info TEXT NOT NULL, PRIMARY KEY(guest, name));";

struct hva_journal {
    sqlite3 *db;
    pthread_mutex_t lock;
};

static int fail(struct hva_journal *j, struct lu_err *err)
{
    return lu_err_set(err, -EIO, "journal: %s", sqlite3_errmsg(j->db));
}

int hva_journal_open(const char *path, struct hva_journal **ret, struct lu_err *err)
{
    struct hva_journal *j = calloc(1, sizeof(*j));
    int r = 0;

    if (!j)
        return lu_err_set(err, -ENOMEM, "out of memory");
    pthread_mutex_init(&j->lock, NULL);
    if (sqlite3_open_v2(path, &j->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
                        NULL) != SQLITE_OK ||
        sqlite3_exec(j->db, schema, NULL, NULL, NULL) != SQLITE_OK)
        r = lu_err_set(err, -EIO, "journal %s: %s", path, sqlite3_errmsg(j->db));
    if (r < 0) {
        hva_journal_close(j);
        return r;
    }
    *ret = j;
    return 0;
}

void hva_journal_close(struct hva_journal *j)
{
    if (!j)
        return;
    sqlite3_close(j->db);
    pthread_mutex_destroy(&j->lock);
    free(j);
}

/* Binds by format: 's' text (NULL allowed), 'i' int64_t. */
static int bind_all(sqlite3_stmt *st, const char *format, va_list ap)
{
    int r = SQLITE_OK;

    for (int i = 0; format[i] && r == SQLITE_OK; i++) {
        if (format[i] == 's')
            r = sqlite3_bind_text(st, i + 1, va_arg(ap, const char *), -1, SQLITE_TRANSIENT);
        else
            r = sqlite3_bind_int64(st, i + 1, va_arg(ap, int64_t));
    }
    return r;
}

/* Runs a statement; `row` is called for each row under the lock. */
static int query_v(struct hva_journal *j, struct lu_err *err,
                   int (*row)(void *arg, sqlite3_stmt *st), void *arg, const char *sql,
                   const char *format, va_list ap)
{
    sqlite3_stmt *st = NULL;
    int r = sqlite3_prepare_v2(j->db, sql, -1, &st, NULL), result = 0;

    if (r == SQLITE_OK)
        r = bind_all(st, format, ap);
    while (r == SQLITE_OK && result == 0) {
        int s = sqlite3_step(st);

        if (s == SQLITE_ROW && row)
            result = row(arg, st);
        else if (s == SQLITE_DONE)
            break;
        else if (s != SQLITE_ROW)
            r = s;
    }
    if (r == SQLITE_CONSTRAINT || (r & 0xff) == SQLITE_CONSTRAINT)
        result = lu_err_set(err, -EEXIST, "journal: %s", sqlite3_errmsg(j->db));
    else if (r != SQLITE_OK)
        result = fail(j, err);
    else if (result < 0)
        lu_err_errno(err, result, "reading the journal");
    sqlite3_finalize(st);
    return result;
}

static int run(struct hva_journal *j, struct lu_err *err, int (*row)(void *arg, sqlite3_stmt *st),
               void *arg, const char *sql, const char *format, ...)
{
    va_list ap;
    int r;

    va_start(ap, format);
    pthread_mutex_lock(&j->lock);
    r = query_v(j, err, row, arg, sql, format, ap);
    pthread_mutex_unlock(&j->lock);
    va_end(ap);
    return r;
}

static const char *column_text(sqlite3_stmt *st, int i)
{
    const unsigned char *text = sqlite3_column_text(st, i);

    return text ? (const char *)text : "";
}

static json_t *column_json(sqlite3_stmt *st, int i)
{
    json_t *doc = json_loads(column_text(st, i), JSON_DECODE_ANY, NULL);

    return doc ? doc : json_null();
}

static int append(json_t *array, json_t *item)
{
    return item && json_array_append_new(array, item) == 0 ? 0 : -ENOMEM;
}

/* Runs a query whose rows go into a new array. */
static int collect(struct hva_journal *j, json_t **ret, struct lu_err *err,
                   int (*row)(void *arg, sqlite3_stmt *st), const char *sql, const char *key)
{
    json_t *array = json_array();
    int r = run(j, err, row, array, sql, key ? "s" : "", key);

    if (r < 0) {
        json_decref(array);
        return r;
    }
    *ret = array;
    return 0;
}

/* Runs a statement with a JSON value as its last text parameter. */
static int with_json(struct hva_journal *j, json_t *doc, struct lu_err *err, const char *sql,
                     const char *a, const char *b)
{
    HVA_FREE char *text = json_dumps(doc, JSON_COMPACT);

    if (!text)
        return lu_err_set(err, -ENOMEM, "out of memory");
    if (b)
        return run(j, err, NULL, NULL, sql, "sss", a, b, text);
    return run(j, err, NULL, NULL, sql, "ss", a, text);
}

int hva_journal_guest_add(struct hva_journal *j, const char *name, json_t *spec, struct lu_err *err)
{
    return with_json(j, spec, err, "INSERT OR REPLACE INTO guests VALUES(?, ?)", name, NULL);
}

int hva_journal_guest_drop(struct hva_journal *j, const char *name, struct lu_err *err)
{
    int r = run(j, err, NULL, NULL, "DELETE FROM snapshots WHERE guest = ?", "s", name);

    return r < 0 ? r : run(j, err, NULL, NULL, "DELETE FROM guests WHERE name = ?", "s", name);
}

static int guest_row(void *arg, sqlite3_stmt *st)
{
    return append(arg,
                  json_pack("{s:s, s:o}", "name", column_text(st, 0), "spec", column_json(st, 1)));
}

int hva_journal_guests(struct hva_journal *j, json_t **ret, struct lu_err *err)
{
    return collect(j, ret, err, guest_row, "SELECT name, spec FROM guests ORDER BY name", NULL);
}

static int id_row(void *arg, sqlite3_stmt *st)
{
    *(uint64_t *)arg = (uint64_t)sqlite3_column_int64(st, 0);
    return 0;
}

int hva_journal_txn_begin(struct hva_journal *j, const char *guest, const char *scenario,
                          uint64_t wall_ns, uint64_t *ret_txn, struct lu_err *err)
{
    uint64_t id = 0;
    int r = run(j, err, id_row, &id,
                "INSERT INTO txns(guest, scenario, started_ns) VALUES(?, ?, ?) RETURNING id", "ssi",
                guest, scenario, (int64_t)wall_ns);

    if (r == 0)
        *ret_txn = id;
    return r;
}

int hva_journal_txn_step(struct hva_journal *j, uint64_t txn, enum lu_step step, uint64_t wall_ns,
                         struct lu_err *err)
{
    return run(j, err, NULL, NULL, "INSERT INTO steps VALUES(?, ?, ?)", "iii", (int64_t)txn,
               (int64_t)step, (int64_t)wall_ns);
}

int hva_journal_txn_state(struct hva_journal *j, uint64_t txn, json_t *state, struct lu_err *err)
{
    HVA_FREE char *text = json_dumps(state, JSON_COMPACT);

    if (!text)
        return lu_err_set(err, -ENOMEM, "out of memory");
    return run(j, err, NULL, NULL, "UPDATE txns SET state = ? WHERE id = ?", "si", text,
               (int64_t)txn);
}

int hva_journal_txn_settle(struct hva_journal *j, uint64_t txn, const char *outcome, json_t *report,
                           struct lu_err *err)
{
    HVA_FREE char *text = json_dumps(report, JSON_COMPACT);

    if (!text)
        return lu_err_set(err, -ENOMEM, "out of memory");
    return run(j, err, NULL, NULL, "UPDATE txns SET outcome = ?, report = ? WHERE id = ?", "ssi",
               outcome, text, (int64_t)txn);
}

static int open_row(void *arg, sqlite3_stmt *st)
{
    return append(arg, json_pack("{s:I, s:s, s:s, s:I, s:i, s:o}", "txn",
                                 (json_int_t)sqlite3_column_int64(st, 0), "guest",
                                 column_text(st, 1), "scenario", column_text(st, 2), "started_ns",
                                 (json_int_t)sqlite3_column_int64(st, 3), "step",
                                 sqlite3_column_int(st, 4), "state", column_json(st, 5)));
}

int hva_journal_txn_open(struct hva_journal *j, json_t **ret, struct lu_err *err)
{
    return collect(j, ret, err, open_row,
                   "SELECT id, guest, scenario, started_ns, (SELECT step FROM steps WHERE txn = id"
                   " ORDER BY steps.rowid DESC LIMIT 1), state FROM txns"
                   " WHERE outcome IS NULL ORDER BY id",
                   NULL);
}

static json_t *head_of(sqlite3_stmt *st)
{
    json_t *report = column_json(st, 5), *head;
    static const char *const keys[] = {"rung", "step", "reason", "ms"};
    bool open = sqlite3_column_type(st, 4) == SQLITE_NULL;
    char started[32];

    hva_iso_time((uint64_t)sqlite3_column_int64(st, 3), started, sizeof(started));
    head = json_pack("{s:I, s:s, s:s, s:s, s:s}", "txn", (json_int_t)sqlite3_column_int64(st, 0),
                     "guest", column_text(st, 1), "scenario", column_text(st, 2), "started",
                     started, "outcome", open ? "open" : column_text(st, 4));
    for (size_t i = 0; head && i < sizeof(keys) / sizeof(keys[0]); i++) {
        json_t *value = json_object_get(report, keys[i]);

        if (value)
            json_object_set(head, keys[i], value);
    }
    json_decref(report);
    return head;
}

static int head_row(void *arg, sqlite3_stmt *st)
{
    return append(arg, head_of(st));
}

#define HEAD_COLUMNS "SELECT id, guest, scenario, started_ns, outcome, report FROM txns "

int hva_journal_history(struct hva_journal *j, const char *guest, uint32_t limit, json_t **ret,
                        struct lu_err *err)
{
    json_t *array = json_array();
    int r = run(j, err, head_row, array,
                HEAD_COLUMNS "WHERE ?1 IS NULL OR guest = ?1 ORDER BY id DESC LIMIT ?2", "si",
                guest, (int64_t)limit);

    if (r < 0) {
        json_decref(array);
        return r;
    }
    *ret = array;
    return 0;
}

static int report_row(void *arg, sqlite3_stmt *st)
{
    bool open = sqlite3_column_type(st, 4) == SQLITE_NULL;

    *(json_t **)arg = open ? head_of(st) : column_json(st, 5);
    return 0;
}

int hva_journal_report(struct hva_journal *j, uint64_t txn, json_t **ret, struct lu_err *err)
{
    json_t *report = NULL;
    int r = run(j, err, report_row, &report, HEAD_COLUMNS "WHERE id = ?", "i", (int64_t)txn);

    if (r < 0)
        return r;
    if (!report)
        return lu_err_set(err, -ENOENT, "no transaction %llu", (unsigned long long)txn);
    *ret = report;
    return 0;
}

int hva_journal_snapshot_add(struct hva_journal *j, const char *guest, const char *name,
                             json_t *info, struct lu_err *err)
{
    return with_json(j, info, err, "INSERT INTO snapshots VALUES(?, ?, ?)", guest, name);
}

int hva_journal_snapshot_set(struct hva_journal *j, const char *guest, const char *name,
                             json_t *info, struct lu_err *err)
{
    return with_json(j, info, err, "UPDATE snapshots SET info = ?3 WHERE guest = ?1 AND name = ?2",
                     guest, name);
}

int hva_journal_snapshot_drop(struct hva_journal *j, const char *guest, const char *name,
                              struct lu_err *err)
{
    return run(j, err, NULL, NULL, "DELETE FROM snapshots WHERE guest = ? AND name = ?", "ss",
               guest, name);
}

static int snapshot_row(void *arg, sqlite3_stmt *st)
{
    return append(arg,
                  json_pack("{s:s, s:o}", "name", column_text(st, 0), "info", column_json(st, 1)));
}

int hva_journal_snapshots(struct hva_journal *j, const char *guest, json_t **ret,
                          struct lu_err *err)
{
    return collect(j, ret, err, snapshot_row,
                   "SELECT name, info FROM snapshots WHERE guest = ? ORDER BY rowid", guest);
}
