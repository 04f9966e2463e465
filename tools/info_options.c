// SPDX-License-Identifier: MIT
/* The command lines of `ipu-info top` and `ipu-info health`. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "info_options.h"

#define MAX_INTERVAL_S 3600

static bool parse_interval(const char *text, struct info_options *options)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= 0.01 && seconds <= MAX_INTERVAL_S)) {
		cli_fail(CLI_USAGE,
			 "--interval %s: not a number of seconds from 0.01 to %d; " CLI_SEE_HELP
			 ".",
			 text, MAX_INTERVAL_S);
		return false;
	}
	options->interval_ms = (uint32_t)(seconds * 1000);
	return true;
}

static bool parse_option(int c, char **argv, struct info_options *options)
{
	switch (c) {
	case 'd':
		options->device = optarg;
		return true;
	case 'j':
		options->json = true;
		return true;
	case 'i':
		return parse_interval(optarg, options);
	case 'n':
		if (cli_parse_number(optarg, 1, UINT32_MAX, &options->count))
			return true;
		cli_fail(CLI_USAGE, "--count %s: not a number of at least 1; " CLI_SEE_HELP ".",
			 optarg);
		return false;
	case 'r':
		if (options->num_roots == INFO_MAX_ROOTS) {
			cli_fail(CLI_USAGE, "More than %d times --root; " CLI_SEE_HELP ".",
				 INFO_MAX_ROOTS);
			return false;
		}
		options->roots[options->num_roots++] = optarg;
		return true;
	default:
		return cli_refuse_option(c, argv);
	}
}

bool info_parse_options(int argc, char **argv, const char *help, bool is_top,
			struct info_options *options, int *status)
{
	static const struct option known[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "json", no_argument, NULL, 'j' },
		{ "root", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ "interval", required_argument, NULL, 'i' },
		{ "count", required_argument, NULL, 'n' },
		{ 0 },
	};
	struct option accepted[sizeof(known) / sizeof(known[0])];
	int c;

	memcpy(accepted, known, sizeof(known));
	if (!is_top)
		accepted[5] = (struct option){ 0 };
	*options = (struct info_options){ .interval_ms = 1000 };
	*status = CLI_USAGE;
	while ((c = getopt_long(argc, argv, is_top ? ":d:ji:n:" : ":d:j", accepted, NULL)) != -1) {
		if (cli_answer(c, help)) {
			*status = cli_flush();
			return false;
		}
		if (!parse_option(c, argv, options))
			return false;
	}
	return optind == argc || cli_refuse_argument(argv[optind]);
}
