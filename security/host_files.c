#include "security/host_files.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "base/file.h"
#include "base/text.h"
#include "base/thread.h"

enum {
    FILE_HOST,
    FILE_REGISTRY,
    FILE_ACCOUNTS, /* the last: settings are all before it */
    FILE_COUNT
};
static const char *const file_names[FILE_COUNT] = { "host.json", "registry.reg", "accounts.json" };

struct counted_view {
    struct host_view view; /* first: callers hold its address */
    atomic_uint references;
    struct host *host;
    struct accounts *accounts;
    struct reg *registry;
    struct dcom_settings settings;
};

struct host_files {
    char *paths[FILE_COUNT]; /* (RO) */
    char *folder;            /* (RO) */
    int file_count;          /* (RO) those that are read */
    struct mutex lock;
    struct file_stamp stamps[FILE_COUNT]; /* (LOCK lock) */
    struct counted_view *current;         /* (LOCK lock) holds a reference */
};

static struct counted_view *counted(const struct host_view *view)
{
    return (struct counted_view *)((char *)view - offsetof(struct counted_view, view));
}

static void view_release(struct counted_view *v)
{
    if (!v || atomic_fetch_sub(&v->references, 1) != 1)
        return;
    host_destroy(v->host);
    accounts_destroy(v->accounts);
    reg_destroy(v->registry);
    dcom_settings_cleanup(&v->settings);
    free(v);
}

/* A missing file is an empty one. */
static enum err load_accounts(const char *path, struct accounts **out, char complaint[JSON_COMPLAINT])
{
    static const char nobody[] = "{\"users\":[]}";
    enum err e = accounts_load(path, out, complaint);
    return e == ERR_NOT_FOUND ? accounts_parse(path, nobody, sizeof nobody - 1, out, complaint) : e;
}

static enum err load_registry(const char *path, struct reg **out, char complaint[JSON_COMPLAINT])
{
    char reg_complaint[REG_COMPLAINT];
    enum err e = reg_load(path, out, reg_complaint);
    if (e == ERR_NOT_FOUND)
        return reg_create(out);
    if (e)
        snprintf(complaint, JSON_COMPLAINT, "%s", reg_complaint);
    return e;
}

static enum err load_settings(struct counted_view *v, char complaint[JSON_COMPLAINT])
{
    enum err e = dcom_settings_read(v->registry, &v->settings);
    if (e)
        snprintf(complaint, JSON_COMPLAINT, "%s", err_text(e));
    return e;
}

static enum err load(const struct host_files *f, struct counted_view **out, char complaint[JSON_COMPLAINT])
{
    struct counted_view *v = calloc(1, sizeof *v);
    if (!v) {
        snprintf(complaint, JSON_COMPLAINT, "out of memory");
        return ERR_MEMORY;
    }
    atomic_init(&v->references, 1);
    enum err e = host_load(f->folder, &v->host, complaint);
    if (!e && f->file_count > FILE_ACCOUNTS)
        e = load_accounts(f->paths[FILE_ACCOUNTS], &v->accounts, complaint);
    if (!e)
        e = load_registry(f->paths[FILE_REGISTRY], &v->registry, complaint);
    if (!e)
        e = load_settings(v, complaint);
    if (e) {
        view_release(v);
        return e;
    }
    v->view = (struct host_view){ v->host, v->accounts, v->registry, &v->settings };
    *out = v;
    return ERR_OK;
}

/* Whether a file differs from what was last looked at; remembers the new state. */
static bool stamps_changed(struct host_files *f)
{
    bool changed = false;
    for (int i = 0; i < f->file_count; i++) {
        struct file_stamp now = file_stamp_of(f->paths[i]);
        if (file_stamp_equal(now, f->stamps[i]))
            continue;
        f->stamps[i] = now;
        changed = true;
    }
    return changed;
}

static enum err open_files(const char *folder, int file_count, struct host_files **out, char complaint[JSON_COMPLAINT])
{
    *out = NULL;
    struct host_files *f = calloc(1, sizeof *f);
    bool complete = f != NULL;
    if (f) {
        mutex_init(&f->lock);
        f->file_count = file_count;
        f->folder = text_format("%s", folder);
        complete = f->folder != NULL;
        for (int i = 0; i < FILE_COUNT; i++) {
            f->paths[i] = text_format("%s/%s", folder, file_names[i]);
            complete = complete && f->paths[i];
        }
    }
    enum err e = ERR_MEMORY;
    snprintf(complaint, JSON_COMPLAINT, "out of memory");
    if (complete) {
        stamps_changed(f);
        e = load(f, &f->current, complaint);
    }
    if (e) {
        host_files_close(f);
        return e;
    }
    complaint[0] = 0;
    *out = f;
    return ERR_OK;
}

enum err host_files_open(const char *folder, struct host_files **out, char complaint[JSON_COMPLAINT])
{
    return open_files(folder, FILE_COUNT, out, complaint);
}

enum err host_files_open_settings(const char *folder, struct host_files **out, char complaint[JSON_COMPLAINT])
{
    return open_files(folder, FILE_ACCOUNTS, out, complaint);
}

void host_files_close(struct host_files *f)
{
    if (!f)
        return;
    view_release(f->current);
    for (int i = 0; i < FILE_COUNT; i++)
        free(f->paths[i]);
    free(f->folder);
    mutex_cleanup(&f->lock);
    free(f);
}

const struct host_view *host_files_get(struct host_files *f)
{
    char complaint[JSON_COMPLAINT];
    struct counted_view *fresh = NULL, *old = NULL;
    mutex_lock(&f->lock);
    if (stamps_changed(f)) {
        if (load(f, &fresh, complaint)) {
            fprintf(stderr, "%s; the last good state stays in force\n", complaint);
            event("bad_file", EV_TEXT("complaint", complaint));
        } else {
            old = f->current;
            f->current = fresh;
        }
    }
    struct counted_view *v = f->current;
    atomic_fetch_add(&v->references, 1);
    mutex_unlock(&f->lock);
    view_release(old);
    return &v->view;
}

void host_files_put(const struct host_view *view)
{
    if (view)
        view_release(counted(view));
}
