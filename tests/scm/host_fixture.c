#include "tests/scm/host_fixture.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/socket.h"
#include "base/text.h"
#include "dcom/orpc/activation.h"

#define WAIT_NS (20 * NS_PER_S)

void host_fixture_program(const char *name, char out[512])
{
    const char *folder = getenv("OPCPROBE_BIN");
    snprintf(out, 512, "%s/%s", folder ? folder : "build/dev/bin", name);
}

void host_fixture_write(struct host_fixture *h, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", h->folder, name);
    ck_assert_int_eq(file_replace(path, text, strlen(text), false), ERR_OK);
}

static uint16_t free_port(const char *address)
{
    socket_t s;
    uint16_t port = 0;
    ck_assert_int_eq(socket_listen_tcp(address, &port, &s), ERR_OK);
    socket_close(s);
    return port;
}

static void make_account(struct host_fixture *h)
{
    char program[512];
    int exit_code;
    struct process p;
    host_fixture_program("probe-scm", program);
    const char *const arguments[] = { program, "account", h->folder, "opcuser", "--group", "Administrators", NULL };
    const char *const environment[] = { "OPCPROBE_PASSWORD=right", NULL };
    const struct process_options options = { .arguments = arguments, .environment = environment };
    ck_assert_int_eq(process_start(&options, &p), ERR_OK);
    ck_assert_int_eq(process_wait(&p, clock_deadline_ns(WAIT_NS), &exit_code), ERR_OK);
    ck_assert_int_eq(exit_code, 0);
}

/* Whether a file of the folder holds the text by then. */
static bool file_says(const struct host_fixture *h, const char *name, const char *text, int64_t deadline_ns)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", h->folder, name);
    for (;;) {
        void *data;
        size_t size;
        bool found = false;
        if (file_read(path, 1 << 20, &data, &size) == ERR_OK)
            found = strstr(data, text) != NULL;
        free(data);
        if (found || clock_left_ns(deadline_ns) == 0)
            return found;
        clock_sleep_until_ns(clock_deadline_ns(5 * NS_PER_MS));
    }
}

static void start_program(struct host_fixture *h)
{
    char program[512], host[128], events[128], out[128], error[128];
    host_fixture_program("probe-scm", program);
    snprintf(host, sizeof host, "OPCPROBE_HOST=%s", h->folder);
    snprintf(events, sizeof events, "OPCPROBE_EVENTS=%s", h->folder);
    snprintf(out, sizeof out, "%s/out", h->folder);
    snprintf(error, sizeof error, "%s/error", h->folder);
    const char *const arguments[] = { program, "run", NULL };
    const char *const environment[] = { host, events, NULL };
    const struct process_options options = { .arguments = arguments,
                                             .environment = environment,
                                             .output_path = out,
                                             .error_path = error,
                                             .die_with_parent = true };
    ck_assert_int_eq(process_start(&options, &h->scm), ERR_OK);
    ck_assert_msg(file_says(h, "out", "ready\n", clock_deadline_ns(WAIT_NS)), "probe-scm does not get ready; see %s",
                  h->folder);
}

void host_fixture_start(struct host_fixture *h, const char *members, const char *registry)
{
    if (!h->name) {
        h->name = "BETA";
        h->address = HOST_FIXTURE_ADDRESS;
    }
    strcpy(h->folder, "/tmp/opcprobe-scm-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(h->folder));
    h->port = free_port(h->address);
    char *json = text_format("{ \"name\": \"%s\", \"machine_sid\": \"S-1-5-21-1-2-3\", "
                             "\"addresses\": [\"%s\"], \"resolver_port\": %u%s%s }",
                             h->name, h->address, h->port, members ? ", " : "", members ? members : "");
    char *reg = text_format("Windows Registry Editor Version 5.00\n%s", registry);
    ck_assert(json && reg);
    host_fixture_write(h, "host.json", json);
    host_fixture_write(h, "registry.reg", reg);
    free(json);
    free(reg);
    make_account(h);
    start_program(h);
}

static void remove_folder(const char *folder)
{
    DIR *d = opendir(folder);
    const struct dirent *entry;
    while (d && (entry = readdir(d))) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    if (d)
        closedir(d);
    rmdir(folder);
}

/* What probe-scm, or a server that it started, said to its end. */
static void assert_no_sanitizer(const struct host_fixture *h, const char *file)
{
    char path[128];
    void *errors;
    size_t size;
    snprintf(path, sizeof path, "%s/%s", h->folder, file);
    if (file_read(path, 1 << 20, &errors, &size))
        return;
    ck_assert_msg(!strstr(errors, "Sanitizer") && !strstr(errors, "runtime error"), "%s", (char *)errors);
    free(errors);
}

void host_fixture_stop(struct host_fixture *h)
{
    process_end(&h->scm, WAIT_NS);
    assert_no_sanitizer(h, "error");
    assert_no_sanitizer(h, "launched.log");
    remove_folder(h->folder);
}

static bool line_holds(const char *line, size_t size, const char *const *pieces)
{
    for (; *pieces; pieces++)
        if (!memmem(line, size, *pieces, strlen(*pieces)))
            return false;
    return true;
}

/* Whole lines of the text that hold the pieces. */
static unsigned count_lines(const char *text, const char *const *pieces)
{
    unsigned count = 0;
    for (size_t size; *text; text += size) {
        size = strcspn(text, "\n");
        if (!text[size])
            break;
        count += line_holds(text, size, pieces);
        size++;
    }
    return count;
}

static unsigned count_in_file(const char *path, const char *const *pieces)
{
    void *data;
    size_t size;
    unsigned count = 0;
    if (file_read(path, 1 << 24, &data, &size) == ERR_OK)
        count = count_lines(data, pieces);
    free(data);
    return count;
}

unsigned host_fixture_count(struct host_fixture *h, const char *const *pieces)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s-probe-scm-%lld.jsonl", h->folder, h->name, (long long)h->scm.pid);
    return count_in_file(path, pieces);
}

static unsigned count_in_folder(const char *folder, const char *const *pieces)
{
    unsigned count = 0;
    DIR *d = opendir(folder);
    const struct dirent *entry;
    while (d && (entry = readdir(d))) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (strstr(entry->d_name, ".jsonl"))
            count += count_in_file(path, pieces);
    }
    if (d)
        closedir(d);
    return count;
}

bool host_fixture_event_of_any(struct host_fixture *h, const char *const *pieces, int64_t timeout_ns)
{
    const int64_t deadline_ns = clock_deadline_ns(timeout_ns);
    while (count_in_folder(h->folder, pieces) == 0) {
        if (clock_left_ns(deadline_ns) == 0)
            return false;
        clock_sleep_until_ns(clock_deadline_ns(5 * NS_PER_MS));
    }
    return true;
}

bool host_fixture_event(struct host_fixture *h, const char *const *pieces, int64_t timeout_ns)
{
    const int64_t deadline_ns = clock_deadline_ns(timeout_ns);
    while (host_fixture_count(h, pieces) == 0) {
        if (clock_left_ns(deadline_ns) == 0)
            return false;
        clock_sleep_until_ns(clock_deadline_ns(5 * NS_PER_MS));
    }
    return true;
}

struct rpc_connection *host_fixture_local(const struct host_fixture *h)
{
    struct rpc_endpoint endpoint = { .protseq = RPC_LOCAL };
    const struct rpc_syntax syntax = plain_syntax(&IID_ILocalScm);
    const struct rpc_security security = { .mechanism = AUTH_NONE, .level = AUTH_LEVEL_NONE };
    struct rpc_connection *c;
    struct rpc_failure why;
    snprintf(endpoint.address, sizeof endpoint.address, "%s/scm.sock", h->folder);
    ck_assert_int_eq(rpc_connection_open(&endpoint, clock_deadline_ns(WAIT_NS), &c, &why), ERR_OK);
    ck_assert_int_eq(rpc_connection_bind(c, &syntax, 1, &security, clock_deadline_ns(WAIT_NS), &why), ERR_OK);
    return c;
}

struct rpc_connection *host_fixture_remote(const struct host_fixture *h, const IID *iid, const char *user,
                                           const char *password, enum auth_level level)
{
    struct rpc_endpoint endpoint = { .protseq = RPC_TCP, .port = h->port };
    const struct rpc_syntax syntax = plain_syntax(iid);
    struct auth_identity identity = { .domain = "" };
    struct rpc_connection *c;
    struct rpc_failure why;
    snprintf(endpoint.address, sizeof endpoint.address, "%s", h->address);
    if (user && *user)
        snprintf(identity.domain, sizeof identity.domain, "BETA"); /* a null session has no domain */
    snprintf(identity.user, sizeof identity.user, "%s", user ? user : "");
    snprintf(identity.password, sizeof identity.password, "%s", password ? password : "");
    const struct rpc_security security = { .mechanism = user ? AUTH_NTLM : AUTH_NONE,
                                           .level = user ? level : AUTH_LEVEL_NONE,
                                           .impersonation = 3,
                                           .identity = &identity };
    ck_assert_int_eq(rpc_connection_open(&endpoint, clock_deadline_ns(WAIT_NS), &c, &why), ERR_OK);
    ck_assert_int_eq(rpc_connection_bind(c, &syntax, 1, &security, clock_deadline_ns(WAIT_NS), &why), ERR_OK);
    return c;
}

HRESULT host_fixture_call(struct rpc_connection *c, const IID *iid, unsigned method, uintptr_t *arguments)
{
    HRESULT hresult;
    struct rpc_failure why;
    enum err e = plain_call(c, iid, method, arguments, clock_deadline_ns(WAIT_NS), &hresult, &why);
    ck_assert_msg(e == ERR_OK, "%s, status 0x%08x", err_text(e), why.status);
    return hresult;
}

MInterfacePointer *activation_blob(void)
{
    return activation_blob_with(0, ACTIVATION_ANY_SESSION, false);
}

MInterfacePointer *activation_blob_with(DWORD flags, DWORD session, bool console)
{
    static const IID unknown = { 0, 0, 0, { 0xC0, 0, 0, 0, 0, 0, 0, 0x46 } };
    IID iid = unknown;
    struct activation_request request = { .iids = &iid,
                                          .iid_count = 1,
                                          .client_version = { 5, 7 },
                                          .protseqs = { RPC_TCP },
                                          .protseq_count = 1,
                                          .flags = flags,
                                          .session_id = session,
                                          .console_session = console };
    struct writer w;
    ck_assert(guid_parse(TEST_CLASS, &request.clsid));
    writer_init(&w, ACTIVATION_BLOB_MAXIMUM);
    ck_assert_int_eq(activation_request_put(&request, &w), ERR_OK);
    MInterfacePointer *blob = malloc(sizeof *blob + w.size);
    ck_assert_ptr_nonnull(blob);
    blob->ulCntData = (ULONG)w.size;
    memcpy(blob->abData, w.data, w.size);
    writer_cleanup(&w);
    return blob;
}

void host_fixture_log_on(const struct host_fixture *h, const char *account)
{
    struct rpc_connection *c = host_fixture_local(h);
    LOCAL_TOKEN *token = NULL;
    uint16_t *name = utf16_dup(account);
    uintptr_t arguments[] = { 0, (uintptr_t)name, (uintptr_t)&token };
    ck_assert_int_eq(host_fixture_call(c, &IID_ILocalScm, SCM_OPEN_SESSION, arguments), S_OK);
    ck_assert_uint_eq(token->ntstatus, 0);
    free(name);
    local_token_free(token);
    rpc_connection_destroy(c);
}

HRESULT host_fixture_activate(const struct host_fixture *h, MInterfacePointer *request)
{
    MInterfacePointer *reply = NULL;
    uintptr_t arguments[] = { 0, 0, (uintptr_t)request, (uintptr_t)&reply };
    struct rpc_connection *c = host_fixture_local(h);
    HRESULT hr = host_fixture_call(c, &IID_ILocalScm, SCM_ACTIVATE, arguments);
    ck_assert(SUCCEEDED(hr) == (reply != NULL));
    CoTaskMemFree(reply);
    free(request);
    rpc_connection_destroy(c);
    return hr;
}

#define SETTINGS 12

void host_fixture_registry(struct host_fixture *h, const char *const *settings)
{
    const char *arguments[SETTINGS + 3] = { "registry", h->folder };
    struct program_result r;
    for (size_t i = 0; settings[i]; i++) {
        ck_assert_uint_lt(i, SETTINGS);
        arguments[i + 2] = settings[i];
    }
    host_fixture_run(h, arguments, NULL, &r);
    ck_assert_msg(r.exit_code == 0, "%s", r.error);
}

static void take_output(const char *path, char out[4096])
{
    void *data;
    size_t size;
    out[0] = 0;
    if (file_read(path, 4095, &data, &size) == ERR_OK)
        memcpy(out, data, size + 1);
    free(data);
    unlink(path);
}

void host_fixture_run(struct host_fixture *h, const char *const *arguments, const char *const *environment,
                      struct program_result *result)
{
    char program[512], out[128], error[128];
    const char *all[16] = { program };
    struct process p;
    size_t count = 1;
    host_fixture_program("probe-scm", program);
    snprintf(out, sizeof out, "%s/run-out", h->folder);
    snprintf(error, sizeof error, "%s/run-error", h->folder);
    for (; arguments[count - 1] && count < 15; count++)
        all[count] = arguments[count - 1];
    const struct process_options options = {
        .arguments = all, .environment = environment, .output_path = out, .error_path = error, .die_with_parent = true
    };
    ck_assert_int_eq(process_start(&options, &p), ERR_OK);
    ck_assert_int_eq(process_wait(&p, clock_deadline_ns(WAIT_NS), &result->exit_code), ERR_OK);
    take_output(out, result->out);
    take_output(error, result->error);
}
