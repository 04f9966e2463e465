// SPDX-License-Identifier: MIT
/* What the command-line tools have in common. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ipu.h>

#include "cli.h"

static const char *cli_name = "ipu";
static char *last_message;

/*
 * A standard descriptor that the caller has closed would become that of the next file that is
 * opened, and what is printed would go there. It is taken by one that fails when it is used.
 */
static void hold_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void cli_start(const char *name)
{
	cli_name = name;
	hold_descriptors();
}

int cli_fail(int status, const char *format, ...)
{
	va_list args;

	free(last_message);
	va_start(args, format);
	if (vasprintf(&last_message, format, args) < 0)
		last_message = NULL;
	va_end(args);
	fflush(stdout);
	fprintf(stderr, "%s: %s\n", cli_name, last_message ? last_message : "Out of memory.");
	return status;
}

const char *cli_last_message(void)
{
	return last_message ? last_message : "";
}

bool cli_refuse_option(int c, char **argv)
{
	const char *what = c == ':' ? "wants an argument" : "does not exist";

	if (optopt && optopt < 256 && c == '?' && argv[optind - 1][1] == '-')
		cli_fail(CLI_USAGE, "Option %s takes no argument; " CLI_SEE_HELP ".",
			 argv[optind - 1]);
	else if (argv[optind - 1][1] == '-')
		cli_fail(CLI_USAGE, "Option %s %s; " CLI_SEE_HELP ".", argv[optind - 1], what);
	else
		cli_fail(CLI_USAGE, "Option -%c %s; " CLI_SEE_HELP ".", optopt, what);
	return false;
}

bool cli_refuse_argument(const char *argument)
{
	cli_fail(CLI_USAGE, "\"%s\" is one argument too many; " CLI_SEE_HELP ".", argument);
	return false;
}

bool cli_answer(int c, const char *help)
{
	if (c == 'h')
		fputs(help, stdout);
	else if (c == 'v')
		printf("%s %s (libipu %s)\n", cli_name, IPU_PACKAGE_VERSION, ipu_version());
	return c == 'h' || c == 'v';
}

int cli_flush(void)
{
	if (fflush(stdout) || ferror(stdout))
		return cli_fail(CLI_OUTPUT, "Cannot write to standard output: %s.",
				strerror(errno));
	return CLI_OK;
}

bool cli_parse_number(const char *text, uint32_t min, uint32_t max, uint32_t *value)
{
	unsigned long long number;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (*end || errno || number < min || number > max)
		return false;
	*value = (uint32_t)number;
	return true;
}

const char *cli_format_bytes(uint64_t bytes, char *text)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double amount = (double)bytes;
	unsigned int unit = 0;

	if (bytes < 1024) {
		snprintf(text, 32, "%u bytes", (unsigned int)bytes);
		return text;
	}
	for (amount /= 1024; amount >= 1024 && unit < 3; unit++)
		amount /= 1024;
	snprintf(text, 32, "%.4g %s", amount, units[unit]);
	return text;
}

const char *cli_format_ns(double ns, char *text)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	unsigned int unit = 0;

	for (; ns >= 1000 && unit < 3; unit++)
		ns /= 1000;
	snprintf(text, 32, "%.4g %s", ns, units[unit]);
	return text;
}
