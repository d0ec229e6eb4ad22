#ifndef OLE2_H
#define OLE2_H

#include <objbase.h>
#include <oleauto.h>

#endif
