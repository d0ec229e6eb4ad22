#include "base/host_name.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME 256 /* POSIX promises 255 bytes at most */

void host_name(char *out, size_t size)
{
    char name[NAME] = "";
    if (gethostname(name, sizeof(name) - 1) != 0 || !name[0])
        strcpy(name, "localhost");
    name[strcspn(name, ".")] = '\0';
    snprintf(out, size, "%s", name);
}
