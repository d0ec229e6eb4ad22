/* The class object that COM asks for server objects. */
#ifndef PROBE_SERVER_CLASS_FACTORY_H
#define PROBE_SERVER_CLASS_FACTORY_H

#include <objbase.h>

#include "probe-server/service.h"

/* A factory that makes server objects of `service`, which has to outlive it; the caller releases it. */
HRESULT class_factory_create(struct service *service, IClassFactory **out);

#endif
