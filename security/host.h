/* host.json: what this host is called, where it listens, and which other hosts it knows.
 *
 * A host is a folder. Loaded values are constant: any thread may read them. */
#ifndef SECURITY_HOST_H
#define SECURITY_HOST_H

#include "base/json.h"
#include "security/sid.h"

#define HOST_NAME      256 /* bytes of UTF-8 with the zero */
#define HOST_NETBIOS   64
#define HOST_ADDRESS   64
#define HOST_PATH      512
#define HOST_ADDRESSES 16
#define HOST_NAMES     1024

#define RESOLVER_PORT          135 /* [MS-DCOM] 1.9 */
#define HOST_COM_MINOR_VERSION 7   /* 5.7 is what Windows has spoken since XP ([MS-DCOM] 2.2.11) */
/* [MS-DCOM] 3.1.2.2, 3.2.2 */
#define PING_PERIODS_TO_LIVE   3
#define HOST_PING_PERIOD_NS    ((int64_t)120 * 1000000000)

struct host_name {
    char name[HOST_NAME];
    char address[HOST_ADDRESS]; /* numeric */
    uint16_t port;              /* of its resolver */
};

struct host {
    char folder[HOST_PATH];
    char name[HOST_NETBIOS];
    char dns_name[HOST_NAME];
    char workgroup[HOST_NETBIOS];
    struct sid machine_sid;
    char addresses[HOST_ADDRESSES][HOST_ADDRESS];
    size_t address_count;
    bool names_only; /* the string bindings it offers have no addresses */
    uint16_t resolver_port;
    uint16_t first_port, last_port;  /* dynamic_ports */
    char console_account[HOST_NAME]; /* who sits at the console ("Interactive User"); empty: nobody */
    uint16_t com_minor_version;      /* of the DCOM protocol, 5.x */
    bool unauthenticated_resolvers;  /* whether resolvers of sinks are believed that do not authenticate */
    int64_t server_start_timeout_ns;
    int64_t ping_period_ns;
    struct host_name *names; /* owned */
    size_t name_count;
};

/* Reads FOLDER/host.json. `folder` of the result is absolute, because processes with other working folders are told of
 * sockets in it. The complaint is one line: what is wrong, where, what to do. */
MUST_USE enum err host_load(const char *folder, struct host **out, char complaint[JSON_COMPLAINT]);
MUST_USE enum err host_parse(const char *folder, const char *path, const char *text, size_t size, struct host **out,
                             char complaint[JSON_COMPLAINT]);
void host_destroy(struct host *h);

/* Whether a target that a user or an OBJREF names is this host: name, dns_name, "localhost", ".", "", one of
 * `addresses`, or any loopback address unless `addresses` has loopback addresses of its own (then each is a different
 * host). Leading backslashes ("\\BETA") are ignored. */
bool host_is_me(const struct host *h, const char *target);
/* "BETA\opcuser", ".\opcuser" or "opcuser": whether the account is one of this host's, and its name without the
 * machine's. `*name` points into `account`. */
bool host_has_account(const struct host *h, const char *account, const char **name);
/* The entry of `names`, no case; NULL when there is none. Borrowed. */
const struct host_name *host_find_name(const struct host *h, const char *name);
/* Whether the text is a numeric loopback address (127.0.0.0/8 or ::1). */
bool host_address_is_loopback(const char *address);
/* FOLDER/file into `out`; ERR_LIMIT when it does not fit. */
MUST_USE enum err host_path(const struct host *h, const char *file, char out[HOST_PATH]);

#endif
