#ifndef RPC_H
#define RPC_H

#include <rpcdce.h>
#include <windef.h>

#endif
