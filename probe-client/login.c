#include "probe-client/login.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

#define PASSWORD_VARIABLE "OPCPROBE_PASSWORD"

static bool to_wide(const char *text, size_t size, WCHAR out[LOGIN_TEXT])
{
    char copy[LOGIN_TEXT * 3];
    if (size >= sizeof(copy))
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    bool fits = utf16_from_utf8(copy, (uint16_t *)out, LOGIN_TEXT) < LOGIN_TEXT;
    secret_zero(copy, sizeof(copy));
    return fits;
}

static void point_identity(struct login *l)
{
    l->identity = (COAUTHIDENTITY){
        .User = (USHORT *)l->user,
        .UserLength = (ULONG)utf16_length((const uint16_t *)l->user),
        .Domain = (USHORT *)l->domain,
        .DomainLength = (ULONG)utf16_length((const uint16_t *)l->domain),
        .Password = (USHORT *)l->password,
        .PasswordLength = (ULONG)utf16_length((const uint16_t *)l->password),
        .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE,
    };
    l->has_identity = true;
}

/* "DOMAIN\user" is split; "user@domain" goes whole into the user name, as Windows wants it. */
static enum err take_account(struct login *l, const char *account, char complaint[COMPLAINT])
{
    const char *backslash = strchr(account, '\\');
    const char *user = backslash ? backslash + 1 : account;
    if (!*user) {
        snprintf(complaint, COMPLAINT, "--as needs a user name, as in DOMAIN\\user");
        return ERR_PROTOCOL;
    }
    bool fits = to_wide(user, strlen(user), l->user) &&
                (!backslash || to_wide(account, (size_t)(backslash - account), l->domain));
    if (!fits) {
        snprintf(complaint, COMPLAINT, "the account name is longer than %d characters", LOGIN_TEXT - 1);
        return ERR_LIMIT;
    }
    snprintf(l->display, sizeof(l->display), "%.500s", account);
    return ERR_OK;
}

static enum err take_password(struct login *l, const struct login_options *options, char complaint[COMPLAINT])
{
    char prompt[STAGE_ACCOUNT + 32];
    char password[SECRET_TEXT];
    snprintf(prompt, sizeof(prompt), "Password of %s: ", l->display);
    enum err e = secret_read(options->password_file, PASSWORD_VARIABLE, prompt, password);
    switch (e) {
    case ERR_OK:
        if (!to_wide(password, strlen(password), l->password))
            e = ERR_LIMIT;
        break;
    case ERR_ACCESS:
        snprintf(complaint, COMPLAINT, "%.150s can be read by other users; make it readable by you alone (chmod 600)",
                 options->password_file ? options->password_file : "the password file");
        break;
    case ERR_NOT_FOUND:
        snprintf(complaint, COMPLAINT,
                 "no password: give --password-file, set " PASSWORD_VARIABLE ", or run it on a terminal");
        if (options->password_file)
            snprintf(complaint, COMPLAINT, "there is no password file %.180s", options->password_file);
        break;
    case ERR_CANCELLED:
        snprintf(complaint, COMPLAINT, "no password was entered");
        break;
    default:
        break;
    }
    secret_zero(password, sizeof(password));
    if (e != ERR_OK && !complaint[0])
        snprintf(complaint, COMPLAINT, "the password cannot be read: %s", err_text(e));
    return e;
}

enum err login_init(struct login *l, const struct login_options *options, char complaint[COMPLAINT])
{
    memset(l, 0, sizeof(*l));
    complaint[0] = '\0';
    l->mechanism = options->mechanism;
    if (options->anonymous) {
        snprintf(l->display, sizeof(l->display), "anonymous (null session)");
        point_identity(l);
        return ERR_OK;
    }
    if (!options->account) {
        snprintf(l->display, sizeof(l->display), "this process's own account");
        return ERR_OK;
    }
    enum err e = take_account(l, options->account, complaint);
    if (e == ERR_OK)
        e = take_password(l, options, complaint);
    if (e == ERR_OK)
        point_identity(l);
    else
        login_cleanup(l);
    return e;
}

void login_copy(struct login *out, const struct login *from)
{
    *out = *from;
    if (out->has_identity)
        point_identity(out);
}

void login_cleanup(struct login *l)
{
    secret_zero(l, sizeof(*l));
}

static DWORD service_of(const struct login *l, unsigned level)
{
    if (level <= LEVEL_NONE)
        return RPC_C_AUTHN_NONE;
    return l->mechanism == MECHANISM_ANY ? RPC_C_AUTHN_DEFAULT : l->mechanism;
}

COAUTHINFO login_authinfo(struct login *l, unsigned level)
{
    /* An activation needs level Impersonate, so that the server's SCM may start the server as its launching user. */
    return (COAUTHINFO){
        .dwAuthnSvc = service_of(l, level),
        .dwAuthzSvc = RPC_C_AUTHZ_NONE,
        .dwAuthnLevel = level,
        .dwImpersonationLevel = RPC_C_IMP_LEVEL_IMPERSONATE,
        .pAuthIdentityData = l->has_identity && level > LEVEL_NONE ? &l->identity : NULL,
        .dwCapabilities = EOAC_NONE,
    };
}

HRESULT login_blanket_one(struct login *l, IUnknown *proxy, unsigned level)
{
    /* The server needs to know who we are, not to act as us. */
    return CoSetProxyBlanket(proxy, service_of(l, level), RPC_C_AUTHZ_NONE, NULL, level, RPC_C_IMP_LEVEL_IDENTIFY,
                             l->has_identity && level > LEVEL_NONE ? &l->identity : NULL, EOAC_NONE);
}

HRESULT login_blanket(struct login *l, IUnknown *proxy, unsigned level)
{
    HRESULT hr = login_blanket_one(l, proxy, level);
    IUnknown *identity;
    if (SUCCEEDED(hr))
        hr = IUnknown_QueryInterface(proxy, &IID_IUnknown, (void **)&identity);
    if (FAILED(hr))
        return hr;
    hr = login_blanket_one(l, identity, level);
    IUnknown_Release(identity);
    return hr;
}
