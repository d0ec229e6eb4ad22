/* What the server is told to refuse, so that clients are seen to meet it: each is what some real server does. */
#ifndef PROBE_SERVER_REFUSAL_H
#define PROBE_SERVER_REFUSAL_H

#include <objbase.h>
#include <stdbool.h>

struct service;

struct refusal {
    bool local, remote; /* CLASS_E_CLASSNOTAVAILABLE for clients of this computer, of others */
    bool unlicensed;    /* CLASS_E_NOTLICENSED */
    bool has_iid;       /* E_NOINTERFACE for `iid`, which the server object has */
    IID iid;
    bool never_register; /* the process runs and offers no class */
};

/* S_OK, or what the class object answers in place of an object. */
HRESULT refusal_of_object(const struct service *service);
/* Whether QueryInterface of a server object is to deny it. */
bool refusal_of_interface(const struct service *service, REFIID iid);

#endif
