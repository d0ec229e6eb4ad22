/* Files that say which scan classes a plant has: our JSON, or the two of a PI interface. */
#ifndef PROBE_CLIENT_SCAN_FILE_H
#define PROBE_CLIENT_SCAN_FILE_H

#include "base/err.h"
#include "base/json.h"
#include "probe-client/scan_pi.h"

#define SCAN_FILE_MAXIMUM ((size_t)64 << 20)

/* Reads the files in their order, the .bat before the list of its points whatever order they have, and adds their
 * classes to `out`. `pi` receives what a .bat says beside them. The kind is told by the name: .json, .bat or .cmd; the
 * rest is a point list. False with one line. */
bool scan_file_load(const char *const *paths, size_t count, struct scan_classes *out, struct scan_pi *pi,
                    char complaint[SCAN_COMPLAINT]);
/* The classes of our own JSON, from its text. */
bool scan_file_parse_json(const char *path, const char *text, size_t size, struct scan_classes *out,
                          char complaint[SCAN_COMPLAINT]);

#endif
