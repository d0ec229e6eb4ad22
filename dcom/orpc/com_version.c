#include "dcom/orpc/com_version.h"

COMVERSION com_version_of_host(const struct host *host)
{
    return (COMVERSION){ COM_VERSION_MAJOR, host ? host->com_minor_version : HOST_COM_MINOR_VERSION };
}

bool com_version_is_served(COMVERSION own, COMVERSION client)
{
    return client.MajorVersion == own.MajorVersion && client.MinorVersion <= own.MinorVersion;
}

bool com_version_negotiate(COMVERSION own, COMVERSION server, COMVERSION *out)
{
    *out = own;
    if (server.MinorVersion < own.MinorVersion)
        out->MinorVersion = server.MinorVersion;
    return server.MajorVersion == own.MajorVersion;
}
