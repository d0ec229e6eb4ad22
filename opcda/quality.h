/* OPC quality: two bits quality, four bits substatus, two bits limit (OPC DA 2.05A, 6.8). */
#ifndef OPCDA_QUALITY_H
#define OPCDA_QUALITY_H

#include <stdbool.h>
#include <stdint.h>

#define OPC_QUALITY_MASK 0xC0
#define OPC_STATUS_MASK  0xFC
#define OPC_LIMIT_MASK   0x03

#define OPC_QUALITY_BAD                      0x00
#define OPC_QUALITY_CONFIG_ERROR             0x04
#define OPC_QUALITY_NOT_CONNECTED            0x08
#define OPC_QUALITY_DEVICE_FAILURE           0x0C
#define OPC_QUALITY_SENSOR_FAILURE           0x10
#define OPC_QUALITY_LAST_KNOWN               0x14
#define OPC_QUALITY_COMM_FAILURE             0x18
#define OPC_QUALITY_OUT_OF_SERVICE           0x1C
#define OPC_QUALITY_WAITING_FOR_INITIAL_DATA 0x20
#define OPC_QUALITY_UNCERTAIN                0x40
#define OPC_QUALITY_LAST_USABLE              0x44
#define OPC_QUALITY_SENSOR_CAL               0x50
#define OPC_QUALITY_EGU_EXCEEDED             0x54
#define OPC_QUALITY_SUB_NORMAL               0x58
#define OPC_QUALITY_GOOD                     0xC0
#define OPC_QUALITY_LOCAL_OVERRIDE           0xD8

#define OPC_LIMIT_OK    0x00
#define OPC_LIMIT_LOW   0x01
#define OPC_LIMIT_HIGH  0x02
#define OPC_LIMIT_CONST 0x03

#define QUALITY_TEXT 64

static inline bool quality_is_good(uint16_t quality)
{
    return (quality & OPC_QUALITY_MASK) == OPC_QUALITY_GOOD;
}
/* "good", "bad, out of service", "uncertain, sensor not accurate; limited low". */
void quality_text(uint16_t quality, char out[QUALITY_TEXT]);
/* Finds a quality by the name of its status ("good", "out of service"); limits are not parsed. */
bool quality_find(const char *name, uint16_t *out);

#endif
