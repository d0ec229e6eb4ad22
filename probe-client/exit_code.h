/* Exit codes, the same for every program of the product. */
#ifndef PROBE_CLIENT_EXIT_CODE_H
#define PROBE_CLIENT_EXIT_CODE_H

#define EXIT_AS_EXPECTED 0
#define EXIT_UNEXPECTED  1 /* a stage failed */
#define EXIT_USAGE       2
#define EXIT_HARNESS     3 /* this program or its surroundings failed, not the connection */
#define EXIT_UNSUPPORTED 77

#endif
