/* How long the runtime waits, all in one place.
 *
 * A peer that is dead or mute must end in one of these, never in minutes of silence. They nest: what happens
 * inside a call (a callback's resolution, a name lookup) has less time than the call that waits for it. */
#ifndef DCOM_DEADLINES_H
#define DCOM_DEADLINES_H

#include "base/clock.h"

/* One TCP connection when there is no other address to try. */
#define DEADLINE_CONNECT_NS             (10 * NS_PER_S)
/* One of several addresses of a peer: the next one must still have its turn. */
#define DEADLINE_CONNECT_ONE_OF_MANY_NS (3 * NS_PER_S)
/* A host name found among string bindings; the address we know is worth more than a slow lookup. */
#define DEADLINE_NAME_NS                (2 * NS_PER_S)
/* ServerAlive2, ResolveOxid2 and pings: the resolver answers from memory. */
#define DEADLINE_RESOLVER_NS            (10 * NS_PER_S)
/* An activation may start a program; Windows gives it 120 s to register its class. */
#define DEADLINE_ACTIVATION_NS          (130 * NS_PER_S)
/* An object's method, unless CoCancelCall ends it earlier. */
#define DEADLINE_CALL_NS                (60 * NS_PER_S)
/* Everything that unmarshalling an interface pointer of an incoming call may take. It is less than the caller's
 * DEADLINE_CALL_NS, so that Advise reports why the callback failed instead of running into its own end. */
#define DEADLINE_UNMARSHAL_NS           (25 * NS_PER_S)
/* A method called from inside an incoming call, such as QueryInterface of a sink inside Advise. With the unmarshalling
 * before it, it must fit into the DEADLINE_CALL_NS of the caller, who else learns nothing but that time is over. */
#define DEADLINE_NESTED_CALL_NS         (20 * NS_PER_S)
/* A call of IRemUnknown that gives references back: nobody waits for its answer for long. */
#define DEADLINE_RELEASE_NS             (5 * NS_PER_S)
/* A call to this host's own probe-scm that it answers from memory. */
#define DEADLINE_LOCAL_NS               (10 * NS_PER_S)

#endif
