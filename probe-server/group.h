/* An OPC group: items, their cache, and the client's subscription.
 *
 * A group lives as long as somebody holds it: the server while it lists it, every interface pointer, the
 * scheduler and a subscription's thread. References of clients are counted apart, because a group outlives them until
 * RemoveGroup (OPC DA 2.05A, 4.4.4.1) and because RemoveGroup has to say whether there are any. */
#ifndef PROBE_SERVER_GROUP_H
#define PROBE_SERVER_GROUP_H

#include <opcda.h>
#include <stdbool.h>

struct group;
struct server;

#define GROUP_RATE_MINIMUM_MS 10
#define GROUP_RATE_STEP_MS    10
#define GROUP_RATE_MAXIMUM_MS 86400000u

struct group_settings {
    bool active;
    DWORD rate_ms; /* revised */
    OPCHANDLE client_handle;
    LONG time_bias;
    FLOAT deadband;
    DWORD locale;
};

/* The rate that the server will use: a multiple of its step, the same in every session. 0 asks for the fastest. */
DWORD group_revise_rate(DWORD requested_ms);
/* 0 to 100, and not NaN. */
bool group_deadband_is_valid(FLOAT deadband);

/* A group with a hold of the caller's; `name` is taken over also on failure (CoTaskMemFree). */
struct group *group_create(struct server *server, const struct group_settings *settings, WCHAR *name, OPCHANDLE handle);
void group_hold(struct group *g);
void group_unhold(struct group *g);
/* Starts the sampling of a listed group. */
void group_start(struct group *g);
/* Ends callbacks and sampling; methods end with E_FAIL from now on. */
void group_close(struct group *g);

HRESULT group_query(struct group *g, REFIID iid, void **out);
/* Interface pointers that clients hold. */
ULONG group_references(const struct group *g);
OPCHANDLE group_handle(const struct group *g); /* never changes */
/* Under the lock of the server, which keeps names apart. */
const WCHAR *group_name(const struct group *g);
void group_swap_name(struct group *g, WCHAR **name);
void group_get_settings(struct group *g, struct group_settings *out);
/* Copies the items of `from` (with their handles and types); E_OUTOFMEMORY. */
HRESULT group_copy_items(struct group *g, struct group *from);

#endif
