/* probe-server: the OPC DA test server. */
#include "probe-server/program.h"

int main(int argc, char **argv)
{
    return program_main(&probe_server_program, argc, argv);
}
