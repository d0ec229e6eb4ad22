/* The JSON Schemas of a host's files, embedded at build time from the files beside this header. */
#ifndef SECURITY_SCHEMA_H
#define SECURITY_SCHEMA_H

extern const char host_schema[];
extern const char accounts_schema[];

#endif
