/* A client's callback objects that remember what they were told. */
#ifndef TESTS_PROBE_SERVER_FAKE_SINK_H
#define TESTS_PROBE_SERVER_FAKE_SINK_H

#include <opccomn.h>
#include <opcda.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/thread.h"

#define SINK_RECORDS 256
#define SINK_ITEMS   8

enum sink_call {
    SINK_DATA_CHANGE,
    SINK_READ_COMPLETE,
    SINK_WRITE_COMPLETE,
    SINK_CANCEL_COMPLETE
};

struct sink_record {
    enum sink_call call;
    int64_t time_ns;
    DWORD transaction;
    OPCHANDLE group;
    HRESULT master_quality, master_error;
    DWORD count;
    OPCHANDLE clients[SINK_ITEMS]; /* the first ones */
    VARIANT values[SINK_ITEMS];
    WORD qualities[SINK_ITEMS];
    HRESULT errors[SINK_ITEMS];
};

struct fake_sink {
    IOPCDataCallback IOPCDataCallback_iface;
    IOPCShutdown IOPCShutdown_iface;
    atomic_uint references; /* 1 from the start: the test's */
    HRESULT query_answer;   /* of QueryInterface for a callback interface, when it is a failure */
    HRESULT answer;         /* of every callback */
    void (*during)(struct fake_sink *sink, const struct sink_record *record); /* inside the callback */
    void *context;                                                            /* the test's */
    struct mutex lock;
    struct condition changed;
    bool blocked;                             /* (LOCK lock) callbacks wait until it is taken back */
    unsigned entered;                         /* (LOCK lock) callbacks that began */
    unsigned count;                           /* (LOCK lock) callbacks that are recorded */
    struct sink_record records[SINK_RECORDS]; /* (LOCK lock) */
    unsigned shutdowns;                       /* (LOCK lock) */
};

void fake_sink_init(struct fake_sink *sink);
/* Requires that nobody but the test holds the sink. */
void fake_sink_cleanup(struct fake_sink *sink);
/* Waits for so many callbacks; false after twenty seconds. */
bool fake_sink_wait(struct fake_sink *sink, unsigned count);
/* Waits until so many callbacks have begun, blocked or not. */
bool fake_sink_wait_entered(struct fake_sink *sink, unsigned count);
bool fake_sink_wait_shutdown(struct fake_sink *sink);
void fake_sink_block(struct fake_sink *sink, bool blocked);
unsigned fake_sink_count(struct fake_sink *sink);
/* Callbacks that have begun. */
unsigned fake_sink_entered(struct fake_sink *sink);
/* Waits a moment and says whether still only `count` callbacks came. */
bool fake_sink_stays(struct fake_sink *sink, unsigned count);

/* Advises the sink at the object's point for IOPCDataCallback; returns the result of Advise. */
HRESULT fake_sink_advise(struct fake_sink *sink, void *object, DWORD *cookie);
HRESULT fake_sink_unadvise(void *object, DWORD cookie);

#endif
