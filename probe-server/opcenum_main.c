/* opcprobe-opcenum: tells clients which OPC servers a host has. */
#include "probe-server/program.h"

int main(int argc, char **argv)
{
    return program_main(&opcenum_program, argc, argv);
}
