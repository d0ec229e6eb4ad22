/* The faults of a refused caller, byte for byte what a raw client gets, and how long a verdict holds. The caller is one
 * without a verifier, from elsewhere: ANONYMOUS LOGON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/socket.h"
#include "dcom/orpc/exporter.h"
#include "dcom/orpc/orpc_header.h"
#include "tests/orpc/orpc_suite.h"
#include "tests/orpc/test_object.h"

#define GET_LOCALE  4 /* of IOPCCommon */
#define REM_RELEASE 5 /* of IRemUnknown */

#define POLICY          "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\DCOM]\r\n"
#define ANONYMOUS_CALLS POLICY "\"MachineAccessRestriction\"=\"O:BAG:BAD:(A;;CCDCLC;;;WD)(A;;CCDCLC;;;AN)\"\r\n"
#define OLE             "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Ole]\r\n"
#define LEVEL_NONE      OLE "\"LegacyAuthenticationLevel\"=dword:00000001\r\n"

static char folder[64];
static struct host_files *files;
static struct exporter *exporter;
static struct rpc_connection *connection;
static struct test_object object;
static STDOBJREF given;

static int64_t soon(void)
{
    return clock_deadline_ns(10 * NS_PER_S);
}

static void write_text(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(file_replace(path, text, strlen(text), false), ERR_OK);
}

static void set_registry(const char *text)
{
    char whole[2048];
    snprintf(whole, sizeof whole, "Windows Registry Editor Version 5.00\r\n\r\n%s", text);
    write_text("registry.reg", whole);
}

static void connect(void)
{
    const struct rpc_security none = { .mechanism = AUTH_NONE, .level = AUTH_LEVEL_NONE };
    struct rpc_syntax syntaxes[] = { plain_syntax(&IID_IOPCCommon), plain_syntax(&IID_IRemUnknown) };
    struct rpc_failure why;
    socket_t pair[2];
    if (connection)
        rpc_connection_destroy(connection);
    ck_assert_int_eq(socket_pair(pair), ERR_OK);
    ck_assert_int_eq(exporter_adopt(exporter, pair[0]), ERR_OK);
    ck_assert_int_eq(rpc_connection_adopt(pair[1], &connection), ERR_OK);
    ck_assert_int_eq(rpc_connection_bind(connection, syntaxes, 2, &none, soon(), &why), ERR_OK);
}

static void start(const char *registry, const struct com_list *list)
{
    static const struct ndr_objects no_objects;
    char complaint[JSON_COMPLAINT];
    strcpy(folder, "/tmp/opcprobe-access-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    write_text("host.json", "{ \"name\": \"BETA\", \"machine_sid\": \"S-1-5-21-1-2-3\" }");
    set_registry(registry);
    ck_assert_msg(host_files_open_settings(folder, &files, complaint) == ERR_OK, "%s", complaint);
    struct exporter_options options = { .objects = &no_objects };
    options.access = (struct call_access){ .minimum_level = AUTH_LEVEL_NONE, .files = files, .list = list };
    ck_assert_int_eq(exporter_create(&options, &exporter), S_OK);
    test_object_init(&object);
    ck_assert_int_eq(exporter_marshal(exporter, &IID_IOPCCommon, (IUnknown *)&object.IOPCCommon_iface, 5, &given),
                     S_OK);
    connect();
}

static void stop(void)
{
    char path[128];
    rpc_connection_destroy(connection);
    exporter_destroy(exporter);
    host_files_close(files);
    snprintf(path, sizeof path, "%s/host.json", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/registry.reg", folder);
    unlink(path);
    rmdir(folder);
}

/* 0 or the status of the fault; a client gives a connection up after fault 5, so each refusal is the last of one. */
static uint32_t call(const IID *iid, const IPID *ipid, uint16_t opnum)
{
    const GUID causality = { 1, 2, 3, { 4 } };
    struct rpc_syntax syntax = plain_syntax(iid);
    struct writer request, reply;
    struct rpc_failure why;
    struct rpc_guid id;
    uint16_t context;
    writer_init(&request, 4096);
    writer_init(&reply, 4096);
    orpc_this_write(&request, (COMVERSION){ 5, 7 }, &causality);
    memcpy(id.bytes, ipid, sizeof id.bytes);
    ck_assert_int_eq(rpc_connection_context(connection, &syntax, soon(), &context, &why), ERR_OK);
    enum err e = rpc_connection_call(connection, context, opnum, &id, &request, &reply, soon(), &why);
    ck_assert_msg(e == ERR_OK || e == ERR_FAULT, "%s", err_text(e));
    writer_cleanup(&request);
    writer_cleanup(&reply);
    return e ? why.status : 0;
}

static uint32_t call_object(void)
{
    return call(&IID_IOPCCommon, &given.ipid, GET_LOCALE);
}

static void expect_refusals(uint32_t of_object, uint32_t of_rem_unknown)
{
    ck_assert_uint_eq(call_object(), of_object);
    connect();
    ck_assert_uint_eq(call(&IID_IRemUnknown, exporter_ipid_rem_unknown(exporter), REM_RELEASE), of_rem_unknown);
    ck_assert_uint_eq(object.calls, 0);
}

START_TEST(limits_that_keep_anonymous_callers_out_answer_with_the_win32_code_everywhere)
{
    start("", NULL);
    expect_refusals(RPC_STATUS_ACCESS_DENIED, RPC_STATUS_ACCESS_DENIED);
    stop();
}
END_TEST

START_TEST(where_the_limits_let_anonymous_callers_in_the_remote_unknown_answers_with_the_hresult)
{
    start(ANONYMOUS_CALLS, NULL);
    expect_refusals(RPC_STATUS_ACCESS_DENIED, (uint32_t)E_ACCESSDENIED);
    stop();
}
END_TEST

START_TEST(a_machine_without_dcom_answers_with_the_win32_code)
{
    start(ANONYMOUS_CALLS LEVEL_NONE "\"EnableDCOM\"=\"N\"\r\n", NULL);
    expect_refusals(RPC_STATUS_ACCESS_DENIED, RPC_STATUS_ACCESS_DENIED);
    stop();
}
END_TEST

START_TEST(a_list_of_the_program_is_held_under_the_limits)
{
    struct com_list list;
    ck_assert_int_eq(com_list_parse("O:BAG:BAD:(A;;CCDCLC;;;AN)", COM_LIST_SET, &list), ERR_OK);
    start("", &list);
    ck_assert_uint_eq(call_object(), RPC_STATUS_ACCESS_DENIED);
    set_registry(ANONYMOUS_CALLS);
    connect();
    ck_assert_uint_eq(call_object(), 0);
    stop();
    com_list_cleanup(&list);
}
END_TEST

START_TEST(who_was_admitted_stays_so_until_the_connection_ends)
{
    start(ANONYMOUS_CALLS LEVEL_NONE, NULL);
    ck_assert_uint_eq(call_object(), 0);
    set_registry("");
    ck_assert_uint_eq(call_object(), 0);
    connect();
    ck_assert_uint_eq(call_object(), RPC_STATUS_ACCESS_DENIED);
    stop();
}
END_TEST

START_TEST(a_registry_that_became_wrong_leaves_the_last_good_lists_in_force)
{
    start("", NULL);
    write_text("registry.reg", "nonsense");
    ck_assert_uint_eq(call_object(), RPC_STATUS_ACCESS_DENIED);
    stop();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("call_access");
    TCase *tests = tcase_create("call_access");
    tcase_add_test(tests, limits_that_keep_anonymous_callers_out_answer_with_the_win32_code_everywhere);
    tcase_add_test(tests, where_the_limits_let_anonymous_callers_in_the_remote_unknown_answers_with_the_hresult);
    tcase_add_test(tests, a_machine_without_dcom_answers_with_the_win32_code);
    tcase_add_test(tests, a_list_of_the_program_is_held_under_the_limits);
    tcase_add_test(tests, who_was_admitted_stays_so_until_the_connection_ends);
    tcase_add_test(tests, a_registry_that_became_wrong_leaves_the_last_good_lists_in_force);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
