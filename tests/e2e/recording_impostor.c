/* A server under the class of the opcprobe test server that cannot prove to be it. */
#include "opcda/identity.h"
#include "tests/e2e/recording_server.h"

static const char *const categories[] = { NULL };

static const struct recording impostor = {
    .clsid = &CLSID_OpcprobeServer,
    .registration = { .name = "an impostor",
                      .clsid = OPCPROBE_CLSID_TEXT,
                      .appid = OPCPROBE_APPID_TEXT,
                      .progid = OPCPROBE_PROGID,
                      .progid_latest = OPCPROBE_PROGID_LATEST,
                      .categories = categories },
    .ignores_client_name = true,
};

int main(int argc, char **argv)
{
    return recording_main(&impostor, argc, argv);
}
