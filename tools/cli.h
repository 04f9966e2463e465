/* SPDX-License-Identifier: MIT */
/* What the command-line tools have in common: exit codes, messages and numbers. */
#ifndef IPU_CLI_H
#define IPU_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Exit codes of a tool's own, above those that programs use themselves, as
 * timeout(1) and env(1) do it.
 */
enum cli_exit {
	CLI_OK = 0,
	CLI_USAGE = 120, /* wrong command line */
	CLI_EXIT_CODE = 121, /* the program's exit code is not 0, but its low byte is */
	CLI_INPUT = 122, /* a program or an input that cannot be used */
	CLI_DEVICE = 123, /* no device, no permission, not enough tiles */
	CLI_WATCHDOG = 124, /* the program took too long */
	CLI_FAULT = 125, /* the program faulted */
	CLI_OUTPUT = 126, /* a result could not be written */
	CLI_INTERNAL = 127, /* anything else */
};

/**
 * cli_start - what main() begins with
 * @name: the tool's, for messages
 *
 * Standard input, output and error are descriptors 0 to 2 from then on, if only as ones that
 * cannot be used.
 */
void cli_start(const char *name);

/** cli_fail - print "NAME: message" to standard error; returns @status */
int cli_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** cli_last_message - what cli_fail() printed last, without the tool's name; "" for nothing */
const char *cli_last_message(void);

/* The second half of a message about the command line. */
#define CLI_SEE_HELP "see --help"

/**
 * cli_refuse_option - report an option that getopt_long() does not accept
 * @c: what it returned, '?' or, for a missing argument, ':'
 * Return: false.
 */
bool cli_refuse_option(int c, char **argv);

/**
 * cli_refuse_argument - report one that is there although all have been taken
 * Return: false.
 */
bool cli_refuse_argument(const char *argument);

/**
 * cli_answer - do what --help and --version ask for
 * @c: what getopt_long() returned, 'h' or 'v' for these two
 * @help: what --help prints
 * Return: whether it was one of them; the tool has nothing else to do then.
 */
bool cli_answer(int c, const char *help);

/** cli_flush - has all output been written? Returns CLI_OK or CLI_OUTPUT with a message. */
int cli_flush(void);

/** cli_parse_number - a whole decimal number from @min to @max, nothing else */
bool cli_parse_number(const char *text, uint32_t min, uint32_t max, uint32_t *value);

/** cli_format_bytes - "624 KiB", "1.5 MiB"; @text has room for 32 bytes */
const char *cli_format_bytes(uint64_t bytes, char *text);

/** cli_format_ns - "12.3 us"; @text has room for 32 bytes */
const char *cli_format_ns(double ns, char *text);

#endif /* IPU_CLI_H */
