/* Child processes, and what identifies a process beyond its reusable number. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct process {
    int64_t pid;
    intptr_t handle; /* pidfd on Linux, HANDLE on Windows; owned; -1 once reaped or forgotten */
    intptr_t group;  /* the job that own_group made on Windows, else 0; owned */
};

struct process_options {
    const char *const *arguments;   /* argv, NULL-terminated; [0] is the program, found by PATH if it has no slash */
    const char *const *environment; /* NAME=value strings added to ours, NULL-terminated, or NULL; NAME alone removes */
    const char *output_path;        /* stdout and stderr go to this file (appended), or NULL to inherit */
    const char *error_path;         /* stderr apart from stdout, or NULL for the same place */
    const char *input_path;         /* NULL: the null device */
    const char *folder;             /* working folder, or NULL */
    bool own_group;                 /* a process group of its own, ended as a whole by process_end */
    bool die_with_parent;           /* ended by the system when this process dies (Linux) */
};

/* ERR_NOT_FOUND when the program does not exist, ERR_ACCESS when it cannot be executed, ERR_IO
 * (with errno) when one of the files or the folder cannot be used. The child gets the three
 * standard streams, no other descriptor, and the system's default signal handling. */
MUST_USE enum err process_start(const struct process_options *options, struct process *out);
/* Waits for the end and reaps; `exit_code` is 128 + signal for a killed process. ERR_NOT_FOUND
 * when it was reaped before. */
MUST_USE enum err process_wait(struct process *p, int64_t deadline_ns, int *exit_code);
/* Asks to end (SIGTERM), then after `grace_ns` insists; reaps. Safe on a dead one. With
 * own_group what is left of the group is ended too, unless process_wait reaped its leader. */
void process_end(struct process *p, int64_t grace_ns);
/* Lets it go on (false) or stand still (true) without its noticing. ERR_NOT_FOUND when it was reaped before,
 * ERR_UNSUPPORTED where the system has no such thing (Windows). */
MUST_USE enum err process_pause(const struct process *p, bool paused);
void process_cleanup(struct process *p); /* forgets it without ending it */
bool process_alive(int64_t pid);         /* false for one that ended and was not reaped yet */
/* When the process started, in the kernel's own ticks; with the pid it names the
 * process for ever. 0 when there is no such process. */
uint64_t process_start_time(int64_t pid);
int64_t process_id(void);
/* Keeps this process and every later child on one processor of those it may use, so that both ends of a
 * measured call share it and no idle one has to wake. ERR_ACCESS or ERR_IO when the system refuses. */
MUST_USE enum err process_stay_on_one_processor(void);
/* Absolute path of the running program. */
MUST_USE enum err process_program_path(char *out, size_t size);
MUST_USE enum err random_bytes(void *out, size_t size); /* the system's generator; also on Windows */

#endif
