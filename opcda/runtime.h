/* Which COM runtime this program runs on: what a result of it is worth depends on that. */
#ifndef OPCDA_RUNTIME_H
#define OPCDA_RUNTIME_H

#define RUNTIME_PORTABLE "portable" /* our own, on simulated hosts or against real ones */
#define RUNTIME_WINDOWS  "windows"
#define RUNTIME_WINE     "wine"

/* One of the names above. */
const char *runtime_name(void);

#endif
