// SPDX-License-Identifier: MIT
/* ipu-dump: explain what the driver wrote down when a job failed or the card was reset. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "dump_find.h"
#include "dump_print.h"
#include "json.h"
#include "output.h"

#define WAIT_US 200000

static const char help[] =
	"Usage: ipu-dump [OPTION]... [FILE]\n"
	"Explain the dump that the driver makes when a job fails or a card is reset: what\n"
	"happened, where, and what to do; the tile's instructions and registers, the job's\n"
	"commands and the page tables.\n"
	"Without a FILE, the one that the kernel keeps, for five minutes; only root may\n"
	"read that. There is one for each card at a time. - is standard input.\n"
	"\n"
	"  -e, --program ELF  the tile program that ran: source lines, a backtrace, and\n"
	"                     what its sections and variables have\n"
	"  -a, --all          all registers of all units, and every variable\n"
	"  -j, --json         print JSON\n"
	"  -w, --wait         wait until the kernel has a dump\n"
	"  -s, --save FILE    keep the dump in FILE as well\n"
	"  -c, --clear        then remove it from the kernel, which makes room for the next\n"
	"      --help         print this and exit\n"
	"      --version      print the version and exit\n"
	"\n"
	"Exit status:\n"
	"  0    a dump was explained\n"
	"  120  wrong command line\n"
	"  122  FILE or ELF cannot be read, or is none\n"
	"  123  the kernel has no dump, or only root may read it\n"
	"  126  something could not be written\n"
	"  127  something else went wrong\n";

struct options {
	const char *file;
	const char *program;
	const char *save;
	bool all;
	bool json;
	bool wait;
	bool clear;
};

/* Returns false when there is nothing to do but to exit with @status. */
static bool parse_options(int argc, char **argv, struct options *options, int *status)
{
	static const struct option known[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "clear", no_argument, NULL, 'c' },
		{ "program", required_argument, NULL, 'e' },
		{ "json", no_argument, NULL, 'j' },
		{ "save", required_argument, NULL, 's' },
		{ "wait", no_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ 0 },
	};
	int c;

	*status = CLI_OK;
	while ((c = getopt_long(argc, argv, ":ace:js:w", known, NULL)) != -1) {
		switch (c) {
		case 'a':
			options->all = true;
			break;
		case 'c':
			options->clear = true;
			break;
		case 'e':
			options->program = optarg;
			break;
		case 'j':
			options->json = true;
			break;
		case 's':
			options->save = optarg;
			break;
		case 'w':
			options->wait = true;
			break;
		default:
			if (cli_answer(c, help))
				return false;
			*status = CLI_USAGE;
			return cli_refuse_option(c, argv);
		}
	}
	options->file = argv[optind];
	if (argc - optind > 1) {
		*status = CLI_USAGE;
		return cli_refuse_argument(argv[optind + 1]);
	}
	if (options->file && (options->clear || options->wait))
		*status =
			cli_fail(CLI_USAGE, "--wait and --clear are for what the kernel keeps, not "
					    "for a file; " CLI_SEE_HELP ".");
	return !*status;
}

static int save(const char *path, const void *data, size_t size)
{
	struct output out;
	char text[256];
	int err = output_open(path, &out);

	if (!err) {
		err = output_put(&out, data, size);
		err = output_close(&out, err);
	}
	if (!err)
		return CLI_OK;
	output_describe(err, text, sizeof(text));
	return cli_fail(CLI_OUTPUT, "%s %s.", path, text);
}

static int explain(const struct options *options, const void *data, size_t size, const char *path)
{
	struct dump_program program;
	struct dump dump;
	char why[128];

	if (!dump_parse(data, size, &dump, why, sizeof(why)))
		return cli_fail(CLI_INPUT, "Cannot use %s: %s.", path, why);
	if (options->program && !dump_program_open(options->program, &program)) {
		dump_free(&dump);
		return CLI_INPUT;
	}
	if (options->json)
		dump_print_json(&dump, options->program ? &program : NULL);
	else
		dump_print(&dump, options->program ? &program : NULL, options->all);
	if (options->program)
		dump_program_close(&program);
	dump_free(&dump);
	return CLI_OK;
}

static int show(const struct options *options, const char *path)
{
	void *data;
	size_t size;
	int status = CLI_OK;

	if (!dump_read(path, &data, &size))
		return CLI_INPUT;
	if (options->save)
		status = save(options->save, data, size);
	if (!status)
		status = explain(options, data, size, path);
	free(data);
	return status;
}

/* Wait for it, if that is asked for. */
static int find(const struct options *options, char path[PATH_MAX])
{
	int status;

	while (!dump_find_pending(path, &status)) {
		if (status)
			return cli_fail(status,
					"The kernel has a dump that only root may read, as it "
					"has what programs had in memory: use sudo.");
		if (!options->wait)
			return cli_fail(
				CLI_DEVICE,
				"The kernel has no dump of an IPU card. It keeps one for five "
				"minutes after a job has failed or a card was reset, if the "
				"module's coredump is on: ipu-dump --wait waits for it.");
		usleep(WAIT_US);
	}
	return CLI_OK;
}

/* A dump that could not be shown or kept stays in the kernel. */
static int show_pending(const struct options *options)
{
	char path[PATH_MAX];
	int status = find(options, path);

	if (!status)
		status = show(options, path);
	if (!status)
		status = cli_flush();
	if (!status && options->clear)
		status = dump_clear(path);
	return status;
}

/* The object of a call that failed. */
static void print_error(void)
{
	struct json json;

	json_begin(&json, "ipu-dump");
	json_string(&json, "error", cli_last_message());
	json_end(&json);
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	int status;

	cli_start("ipu-dump");
	if (!parse_options(argc, argv, &options, &status))
		return status ? status : cli_flush();
	status = options.file ? show(&options, options.file) : show_pending(&options);
	if (status && status != CLI_OUTPUT && options.json)
		print_error();
	if (!status || options.json)
		return cli_flush() ? CLI_OUTPUT : status;
	return status;
}
