/* Scan classes from the files of a PI interface for OPC DA: its start-up .bat and its point list as CSV.
 *
 * The .bat names the classes in order, /f=HH:MM:SS.##[,offset[,L]], which server, /server=host::name, and the DCOM
 * levels, /da and /di; each point names the number of its class in location4 and how it is read in location3
 * (0 polled or event, 1 advise, 2 output, 3 polled watchdog, 4 advise watchdog). Pure; no allocation. */
#ifndef PROBE_CLIENT_SCAN_PI_H
#define PROBE_CLIENT_SCAN_PI_H

#include "probe-client/scan_class.h"

#define SCAN_PI_NAME 128

struct scan_pi_class {
    int64_t period_ns;
    int64_t offset_ns;
    uint32_t polled; /* points */
    uint32_t advise;
    unsigned line; /* of the first of its points; 0: none yet */
};

struct scan_pi {
    struct scan_pi_class classes[SCAN_CLASSES_MAXIMUM]; /* location4 less one */
    unsigned class_count;                               /* of the .bat */
    bool has_points;
    char host[SCAN_PI_NAME];   /* empty: the interface's own computer */
    char server[SCAN_PI_NAME]; /* ProgID */
    char source[SCAN_PI_NAME]; /* /ps; empty: not said */
    uint8_t level;             /* /da; LEVEL_UNKNOWN for DEFAULT and when it is not said */
    char impersonation[16];    /* /di; empty: not said */
    uint32_t advise_items;     /* /am; 0: not said */
    uint32_t not_scanned;      /* outputs, and points that events trigger */
    uint32_t not_ours;         /* of another point source */
};

void scan_pi_init(struct scan_pi *pi);
/* `name` stands in complaints, which are one line with the number of the line in the file. */
bool scan_pi_read_bat(struct scan_pi *pi, const char *name, const char *text, size_t size,
                      char complaint[SCAN_COMPLAINT]);
/* After the .bat, whose point source tells which points are meant. */
bool scan_pi_read_points(struct scan_pi *pi, const char *name, const char *text, size_t size,
                         char complaint[SCAN_COMPLAINT]);
/* The classes that have points; one of each mode where a class has both. */
bool scan_pi_classes(const struct scan_pi *pi, struct scan_classes *out, char complaint[SCAN_COMPLAINT]);

#endif
