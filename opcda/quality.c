#include "opcda/quality.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
    uint16_t status;
    const char *name;
} statuses[] = {
    { OPC_QUALITY_BAD, "bad" },
    { OPC_QUALITY_CONFIG_ERROR, "configuration error" },
    { OPC_QUALITY_NOT_CONNECTED, "not connected" },
    { OPC_QUALITY_DEVICE_FAILURE, "device failure" },
    { OPC_QUALITY_SENSOR_FAILURE, "sensor failure" },
    { OPC_QUALITY_LAST_KNOWN, "last known value" },
    { OPC_QUALITY_COMM_FAILURE, "communication failure" },
    { OPC_QUALITY_OUT_OF_SERVICE, "out of service" },
    { OPC_QUALITY_WAITING_FOR_INITIAL_DATA, "waiting for initial data" },
    { OPC_QUALITY_UNCERTAIN, "uncertain" },
    { OPC_QUALITY_LAST_USABLE, "last usable value" },
    { OPC_QUALITY_SENSOR_CAL, "sensor not accurate" },
    { OPC_QUALITY_EGU_EXCEEDED, "engineering units exceeded" },
    { OPC_QUALITY_SUB_NORMAL, "sub-normal" },
    { OPC_QUALITY_GOOD, "good" },
    { OPC_QUALITY_LOCAL_OVERRIDE, "local override" },
};

static const char *const limits[] = { "", "; limited low", "; limited high", "; constant" };

static const char *status_name(uint16_t status)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].status == status)
            return statuses[i].name;
    return NULL;
}

void quality_text(uint16_t quality, char out[QUALITY_TEXT])
{
    uint16_t major = quality & OPC_QUALITY_MASK;
    uint16_t status = quality & OPC_STATUS_MASK;
    /* 0x80 is reserved: it has no name of its own. */
    const char *major_name = status_name(major) ? status_name(major) : "reserved";
    const char *name = status_name(status);
    const char *limit = limits[quality & OPC_LIMIT_MASK];
    if (status == major)
        snprintf(out, QUALITY_TEXT, "%s%s", major_name, limit);
    else if (name)
        snprintf(out, QUALITY_TEXT, "%s, %s%s", major_name, name, limit);
    else
        snprintf(out, QUALITY_TEXT, "%s, substatus %u%s", major_name, (unsigned)(status & ~OPC_QUALITY_MASK) >> 2,
                 limit);
}

bool quality_find(const char *name, uint16_t *out)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (strcmp(statuses[i].name, name) == 0) {
            *out = statuses[i].status;
            return true;
        }
    return false;
}
