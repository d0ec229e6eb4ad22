/* The subcommands of probe-scm. Each gets its own arguments (its name first, as main does) and returns the exit code:
 * 0, 2 for usage and files, 3 for the environment. */
#ifndef SCM_COMMANDS_H
#define SCM_COMMANDS_H

#define EXIT_USAGE       2
#define EXIT_ENVIRONMENT 3

int command_run(int argc, char **argv);
int command_logon(int argc, char **argv);
int command_account(int argc, char **argv);
int command_registry(int argc, char **argv);
int command_identity(int argc, char **argv);

/* The host folder: the argument, else $OPCPROBE_HOST; NULL when there is neither. */
const char *command_folder(const char *argument);

#endif
