/* Class objects this process serves: CoRegisterClassObject and what probe-scm calls when one is wanted. */
#ifndef DCOM_COM_CLASS_TABLE_H
#define DCOM_COM_CLASS_TABLE_H

#include "dcom/com/runtime.h"

/* ILocalExporter, for the exporter's local endpoint. */
const struct plain_service *class_table_services(size_t *count);
/* The factory registered for use inside this process (CLSCTX_INPROC_SERVER); NULL when there is none. The caller
 * releases it. */
IUnknown *class_table_find_inproc(REFCLSID clsid);
/* An instance made by a factory. */
HRESULT class_table_create(IUnknown *factory, IUnknown **out);
/* Around the life of COM in this process; between them all classes are revoked. */
void class_table_begin(void);
void class_table_clear(struct runtime *rt);
void class_table_end(void);

#endif
