/* HKEY_CLASSES_ROOT of this host, for reading: the machine's registry on Windows, that of the host folder elsewhere.
 *
 * Keys are written without the root and with single backslashes. What is open stands still: a change is seen by who
 * opens anew. One thread at a time. */
#ifndef OPCDA_CLASSES_ROOT_H
#define OPCDA_CLASSES_ROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

#define CLASSES_ROOT_NAME 768 /* bytes of a key's name with the zero: 255 UTF-16 units */

struct classes_root;

/* E_OUTOFMEMORY, or REGDB_E_READREGDB when there is no registry that could be read. */
HRESULT classes_root_open(struct classes_root **out);
void classes_root_close(struct classes_root *root);
bool classes_root_has(struct classes_root *root, const char *key);
/* The default value on the heap (free); NULL when it is absent, no text, or memory is short. */
char *classes_root_text(struct classes_root *root, const char *key);
/* The name of the n-th key below; false past the last one. `key` "" is the root itself. */
bool classes_root_below(struct classes_root *root, const char *key, size_t index, char name[CLASSES_ROOT_NAME]);

#endif
