/* The class object that COM asks for the objects of a class. */
#ifndef PROBE_SERVER_CLASS_FACTORY_H
#define PROBE_SERVER_CLASS_FACTORY_H

#include <objbase.h>

#include "probe-server/service.h"

/* Makes an object with the interface that was asked for. */
typedef HRESULT object_create(struct service *service, REFIID iid, void **out);

/* A factory that makes objects of `service`, which has to outlive it, by `create`; the caller releases it. */
HRESULT class_factory_create(struct service *service, object_create *create, IClassFactory **out);

#endif
