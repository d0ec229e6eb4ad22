/* A plant's server: a class of its own. */
#include "tests/e2e/recording_server.h"

#define CLASS_TEXT "{A9E3F0C1-5B7D-4C7A-8E55-2F6B1D0C9E42}"

static const CLSID clsid = { 0xA9E3F0C1, 0x5B7D, 0x4C7A, { 0x8E, 0x55, 0x2F, 0x6B, 0x1D, 0x0C, 0x9E, 0x42 } };
static const char *const categories[] = { NULL };

static const struct recording plant = {
    .clsid = &clsid,
    .registration = { .name = "a plant's server",
                      .clsid = CLASS_TEXT,
                      .appid = CLASS_TEXT,
                      .progid = "Plant.Server.1",
                      .progid_latest = "Plant.Server",
                      .categories = categories },
};

int main(int argc, char **argv)
{
    return recording_main(&plant, argc, argv);
}
