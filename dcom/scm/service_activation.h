/* Activation by blob, which the remote interface and the local one share. */
#ifndef SCM_SERVICE_ACTIVATION_H
#define SCM_SERVICE_ACTIVATION_H

#include "dcom/scm/scm.h"

/* Parses the request, runs it for the caller of this thread and builds the reply (CoTaskMemFree); NULL on failure. */
HRESULT service_activate_blob(struct scm *s, bool get_class_object, const MInterfacePointer *request,
                              PMInterfacePointer *reply);

#endif
