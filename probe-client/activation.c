#include "probe-client/activation.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/thread.h"

#define LOOK_NS  (50 * NS_PER_MS)
/* How long a cancelled activation may take to come back before it is abandoned. */
#define GRACE_NS (2 * NS_PER_S)

struct activation {
    CLSID clsid;
    WCHAR *host; /* owned; NULL for this host */
    struct login login;
    unsigned level;
    struct mutex lock;
    struct condition changed;
    uint32_t thread_id; /* (LOCK lock) 0 until the thread runs */
    bool done;          /* (LOCK lock) */
    bool abandoned;     /* (LOCK lock) whoever comes last frees */
    HRESULT hr;         /* (LOCK lock) */
    IUnknown *object;   /* (LOCK lock) owned */
};

static void activation_destroy(struct activation *a)
{
    if (a->object)
        IUnknown_Release(a->object);
    condition_cleanup(&a->changed);
    mutex_cleanup(&a->lock);
    login_cleanup(&a->login);
    free(a->host);
    free(a);
}

static HRESULT create_instance(struct activation *a, IUnknown **object)
{
    COAUTHINFO authinfo = login_authinfo(&a->login, a->level);
    COSERVERINFO server = { .pwszName = a->host, .pAuthInfo = &authinfo };
    MULTI_QI query = { .pIID = &IID_IUnknown };
    DWORD where = a->host ? CLSCTX_LOCAL_SERVER | CLSCTX_REMOTE_SERVER : CLSCTX_LOCAL_SERVER;
    HRESULT hr = CoCreateInstanceEx(&a->clsid, NULL, where, a->host ? &server : NULL, 1, &query);
    if (SUCCEEDED(hr))
        hr = query.hr;
    *object = SUCCEEDED(hr) ? query.pItf : NULL;
    return hr;
}

static void run(void *argument)
{
    struct activation *a = argument;
    mutex_lock(&a->lock);
    a->thread_id = GetCurrentThreadId();
    condition_signal(&a->changed);
    mutex_unlock(&a->lock);
    IUnknown *object = NULL;
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(hr)) {
        /* Without it the call cannot be cancelled, which the grace period then covers. */
        (void)CoEnableCallCancellation(NULL);
        hr = create_instance(a, &object);
        (void)CoDisableCallCancellation(NULL);
        CoUninitialize();
    }
    mutex_lock(&a->lock);
    a->done = true;
    a->hr = hr;
    a->object = object;
    bool abandoned = a->abandoned;
    condition_signal(&a->changed);
    mutex_unlock(&a->lock);
    if (abandoned)
        activation_destroy(a);
}

static struct activation *activation_create(const CLSID *clsid, const char *host, const struct login *login,
                                            unsigned level)
{
    struct activation *a = calloc(1, sizeof(*a));
    if (!a)
        return NULL;
    mutex_init(&a->lock);
    condition_init(&a->changed);
    a->clsid = *clsid;
    a->level = level;
    login_copy(&a->login, login);
    a->host = host ? (WCHAR *)utf16_dup(host) : NULL;
    if (host && !a->host) {
        activation_destroy(a);
        return NULL;
    }
    return a;
}

/* Waits for the thread's end, the lock held; false when it must be abandoned. */
static bool wait_done(struct activation *a, struct watchdog *watchdog)
{
    int64_t give_up_ns = CLOCK_NEVER;
    while (!a->done) {
        if (clock_left_ns(give_up_ns) == 0)
            return false;
        condition_wait(&a->changed, &a->lock, clock_deadline_ns(LOOK_NS));
        if (give_up_ns == CLOCK_NEVER && watchdog_state(watchdog) != WATCHDOG_IN_TIME)
            give_up_ns = clock_deadline_ns(GRACE_NS);
    }
    return true;
}

enum err activation_run(const CLSID *clsid, const char *host, const struct login *login, unsigned level,
                        struct watchdog *watchdog, int64_t allowed_ns, struct activation_result *out)
{
    *out = (struct activation_result){ .hr = E_FAIL };
    struct activation *a = activation_create(clsid, host, login, level);
    if (!a)
        return ERR_MEMORY;
    enum err e = thread_start_detached(run, a);
    if (e != ERR_OK) {
        activation_destroy(a);
        return e;
    }
    mutex_lock(&a->lock);
    while (a->thread_id == 0)
        condition_wait(&a->changed, &a->lock, CLOCK_NEVER);
    watchdog_begin(watchdog, a->thread_id, allowed_ns, true);
    bool done = wait_done(a, watchdog);
    out->end = watchdog_end(watchdog);
    if (done) {
        out->hr = a->hr;
        out->object = a->object;
        a->object = NULL;
    }
    out->abandoned = a->abandoned = !done;
    mutex_unlock(&a->lock);
    if (done)
        activation_destroy(a);
    return ERR_OK;
}
