// SPDX-License-Identifier: MIT
/* The command line of ipu-run. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "run_options.h"

static const char help[] =
	"Usage: ipu-run PROG.elf [OPTION]...\n"
	"Run a tile program on an IPU card: load it, give it its inputs, run it, write its\n"
	"outputs, and say how long it took.\n"
	"\n"
	"  -t, --tiles N          run on N tiles (default: all of the card, or all that one user\n"
	"                         may have)\n"
	"  -i, --input NAME=FILE  give the input tensor NAME the array in FILE, an npy file;\n"
	"                         needed for every input of the program\n"
	"  -o, --output NAME=FILE write the output tensor NAME to FILE, as numpy.save() does;\n"
	"                         also a pipe or a device, and /dev/stdout, the report then\n"
	"                         being on standard error\n"
	"      --stream-in NAME=FILE   feed the input stream NAME from FILE, - for standard input,\n"
	"                         while the program runs: raw little-endian elements; needed for\n"
	"                         every input stream\n"
	"      --stream-out NAME=FILE  write the output stream NAME to FILE as it comes, - for\n"
	"                         standard output, the report then being on standard error\n"
	"  -e, --entry NAME       run entry point NAME of the program, \"main\" without this; given\n"
	"                         several times, one after the other on the same tiles\n"
	"  -d, --device NAME      the card: /dev/accel/accel0, a PCI address, or sim or\n"
	"                         sim:tiles=64,threads=2 for a simulated one\n"
	"                         (default: $IPU_DEVICE, else the first card)\n"
	"  -w, --watchdog MS      stop the program after MS milliseconds of host time\n"
	"                         (default 10000)\n"
	"      --user-queue       submit its jobs without a call of the kernel, where the card and\n"
	"                         its driver have user queues; the report says how it was\n"
	"  -g, --gdb PORT         halt before the first instruction and wait for gdb on PORT\n"
	"                         of this machine, 0 for any free one; no watchdog then\n"
	"  -j, --json             print the report as JSON, also of a run that fails\n"
	"      --info             do not run the program, but say which tensors it has and what\n"
	"                         fills a tile's memory; with --json as JSON\n"
	"      --profile FILE     write what each tile and worker did when, as a trace that\n"
	"                         Perfetto opens (https://ui.perfetto.dev)\n"
	"      --profile-summary  print supersteps, and the functions and lines that took\n"
	"                         longest\n"
	"      --plot FILE        write a picture of tiles by time, in SVG\n"
	"      --profile-sample N record one superstep of N (default 1)\n"
	"      --profile-tiles N  record one tile of N (default 1)\n"
	"      --profile-period N take a sample of functions and lines every N cycles (default\n"
	"                         1986)\n"
	"      --profile-size MIB memory for the profile; the rest is left out (default 16)\n"
	"      --help             print this and exit\n"
	"      --version          print the version and exit\n"
	"\n"
	"A program that waits at an external sync is resumed until it exits; the watchdog\n"
	"counts the whole of it, or with streams each block. An ELF file without the SDK's tensors runs too: from its\n"
	"entry point on every tile, until exit.\n"
	"\n"
	"Exit status:\n"
	"  0    every tile exited with 0\n"
	"  121  a tile's exit code is not 0, but its low 8 bits are\n"
	"  120  wrong command line\n"
	"  122  the program or an input cannot be used\n"
	"  123  no device, no permission, not enough free tiles, or the card was reset meanwhile\n"
	"  124  the watchdog stopped the program\n"
	"  125  the program faulted\n"
	"  126  an output could not be written\n"
	"  127  something else went wrong, or gdb killed the run\n"
	"  else the low 8 bits of the exit code of the lowest tile whose code is not 0\n"
	"\n"
	"Example: ipu-run vadd.elf -i a=a.npy -i b=b.npy -o c=c.npy --device sim\n";

static bool wrong(int *status)
{
	*status = CLI_USAGE;
	return false;
}

/* Add "name=file" to a list in which no name may occur twice. */
static bool add_file(struct run_file **files, size_t *count, const char *arg, const char *what)
{
	const char *equals = strchr(arg, '=');
	struct run_file *grown;
	char *name;

	if (!equals || equals == arg || !equals[1]) {
		cli_fail(CLI_USAGE, "\"%s\" is no %s: write NAME=FILE.npy; " CLI_SEE_HELP ".", arg,
			 what);
		return false;
	}
	name = strndup(arg, (size_t)(equals - arg));
	grown = realloc(*files, (*count + 1) * sizeof(*grown));
	if (grown)
		*files = grown;
	if (!name || !grown) {
		free(name);
		cli_fail(CLI_INTERNAL, "Out of memory.");
		return false;
	}
	for (size_t i = 0; i < *count; i++)
		if (!strcmp(grown[i].name, name)) {
			cli_fail(CLI_USAGE, "The %s \"%s\" is given twice, %s and %s.", what, name,
				 grown[i].path, equals + 1);
			free(name);
			return false;
		}
	grown[*count].name = name;
	grown[*count].path = equals + 1;
	(*count)++;
	return true;
}

static bool out_of_memory(void)
{
	cli_fail(CLI_INTERNAL, "Out of memory.");
	return false;
}

static bool is_twice(const struct run_options *options, const char *name, const char *path)
{
	for (size_t i = 0; i < options->stream_count; i++) {
		const struct run_stream *other = &options->streams[i];

		if (strcmp(other->name, name))
			continue;
		cli_fail(CLI_USAGE, "The stream \"%s\" is given twice, %s and %s.", name,
			 other->path, path);
		return true;
	}
	return false;
}

static bool add_stream(struct run_options *options, const char *arg, bool input)
{
	const char *equals = strchr(arg, '=');
	struct run_stream *grown;
	char *name;

	if (!equals || equals == arg || !equals[1]) {
		cli_fail(CLI_USAGE,
			 "\"%s\" is no stream: write NAME=FILE or NAME=-; " CLI_SEE_HELP ".", arg);
		return false;
	}
	grown = realloc(options->streams, (options->stream_count + 1) * sizeof(*grown));
	if (!grown)
		return out_of_memory();
	options->streams = grown;
	name = strndup(arg, (size_t)(equals - arg));
	if (!name)
		return out_of_memory();
	if (is_twice(options, name, equals + 1)) {
		free(name);
		return false;
	}
	grown[options->stream_count++] =
		(struct run_stream){ .input = input, .name = name, .path = equals + 1, .fd = -1 };
	return true;
}

static bool add_entry(struct run_options *options, const char *name)
{
	const char **grown = realloc(options->entries, (options->entry_count + 1) * sizeof(*grown));

	if (!grown)
		return out_of_memory();
	grown[options->entry_count++] = name;
	options->entries = grown;
	return true;
}

static bool parse_number(const char *arg, const char *option, uint32_t *value)
{
	if (cli_parse_number(arg, 1, UINT32_MAX, value))
		return true;
	cli_fail(CLI_USAGE, "%s wants a whole number above 0, not \"%s\"; " CLI_SEE_HELP ".",
		 option, arg);
	return false;
}

static bool parse_port(const char *arg, struct run_options *options)
{
	options->gdb = true;
	if (cli_parse_number(arg, 0, UINT16_MAX, &options->gdb_port))
		return true;
	cli_fail(CLI_USAGE,
		 "--gdb wants a port from 1 to 65535, or 0 for any, not \"%s\"; " CLI_SEE_HELP ".",
		 arg);
	return false;
}

/* One option; false for a wrong one. */
static bool take_option(int c, char **argv, struct run_options *options)
{
	const char *arg = optarg;
	bool ok;

	if (profile_take_option(c, arg, &options->profile, &ok))
		return ok;
	switch (c) {
	case 't':
		return parse_number(arg, "--tiles", &options->tiles);
	case 'w':
		return parse_number(arg, "--watchdog", &options->watchdog_ms);
	case 'i':
		return add_file(&options->inputs, &options->input_count, arg, "input");
	case 'o':
		return add_file(&options->outputs, &options->output_count, arg, "output");
	case 'I':
		return add_stream(options, arg, true);
	case 'O':
		return add_stream(options, arg, false);
	case 'e':
		return add_entry(options, arg);
	case 'd':
		options->device = arg;
		return true;
	case 'U':
		options->user_queue = true;
		return true;
	case 'g':
		return parse_port(arg, options);
	case 'j':
		options->json = true;
		return true;
	case 'M':
		options->info = true;
		return true;
	default:
		return cli_refuse_option(c, argv);
	}
}

static bool take_program(int argc, char **argv, struct run_options *options)
{
	if (optind == argc) {
		cli_fail(CLI_USAGE,
			 "No program is given: ipu-run PROG.elf [OPTION]...; " CLI_SEE_HELP ".");
		return false;
	}
	if (argc - optind > 1) {
		cli_fail(CLI_USAGE,
			 "One program is run at a time, and \"%s\" is one too many; " CLI_SEE_HELP
			 ".",
			 argv[optind + 1]);
		return false;
	}
	options->program = argv[optind];
	return true;
}

bool run_options_parse(int argc, char **argv, struct run_options *options, int *status)
{
	static const struct option known[] = {
		{ "tiles", required_argument, NULL, 't' },
		{ "input", required_argument, NULL, 'i' },
		{ "output", required_argument, NULL, 'o' },
		{ "stream-in", required_argument, NULL, 'I' },
		{ "stream-out", required_argument, NULL, 'O' },
		{ "entry", required_argument, NULL, 'e' },
		{ "device", required_argument, NULL, 'd' },
		{ "watchdog", required_argument, NULL, 'w' },
		{ "user-queue", no_argument, NULL, 'U' },
		{ "gdb", required_argument, NULL, 'g' },
		{ "json", no_argument, NULL, 'j' },
		{ "info", no_argument, NULL, 'M' },
		PROFILE_OPTIONS,
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ 0 },
	};
	int c;

	*options = (struct run_options){ 0 };
	*status = CLI_OK;
	while ((c = getopt_long(argc, argv, ":t:i:o:e:d:w:g:j", known, NULL)) != -1) {
		if (cli_answer(c, help))
			return false;
		if (!take_option(c, argv, options))
			return wrong(status);
	}
	if (options->gdb && options->entry_count > 1) {
		cli_fail(CLI_USAGE,
			 "--gdb runs one entry point, and %zu are given; " CLI_SEE_HELP ".",
			 options->entry_count);
		return wrong(status);
	}
	return take_program(argc, argv, options) ? true : wrong(status);
}

static void free_files(struct run_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(files[i].name);
	free(files);
}

void run_options_free(struct run_options *options)
{
	free_files(options->inputs, options->input_count);
	free_files(options->outputs, options->output_count);
	for (size_t i = 0; i < options->stream_count; i++)
		free(options->streams[i].name);
	free(options->streams);
	free(options->entries);
}
