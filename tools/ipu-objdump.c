// SPDX-License-Identifier: MIT
/*
 * llvm-objdump for tile programs: runs it, and inserts the names of the card's
 * own disassembler for instructions that it does not know.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "isa/ipu_disasm.h"

extern char **environ;

static const char usage[] =
	"Usage: ipu-objdump [OPTION]... PROGRAM...\n"
	"Disassemble a tile program, with the names of Xipu's instructions.\n"
	"\n"
	"Options are those of llvm-objdump; without any it disassembles (-d). Those that\n"
	"matter most:\n"
	"  -d                disassemble\n"
	"  -S                the same, with the source between (compile with -g)\n"
	"  -t, -h            symbols, sections\n"
	"  -M no-aliases     instructions by their own names: addi, not li\n"
	"  --disassemble-symbols=NAME,...\n"
	"                    only these functions\n"
	"ipu-objdump's own:\n"
	"  --version, --help\n"
	"\n"
	"Environment:\n"
	"  IPU_OBJDUMP       the program to run, instead of llvm-objdump-19\n"
	"\n"
	"Exit status: that of llvm-objdump; 120 for a wrong call, 126 if the output cannot\n"
	"be written, 127 if llvm-objdump cannot be run.\n"
	"Example: ipu-objdump -S vadd.elf\n";

/*
 * A line of a disassembly is "ADDRESS: BITS <unknown>", both in hexadecimal. Print it
 * with the instruction's name, or unchanged.
 */
static void print_line(const char *line)
{
	const char *unknown = strstr(line, "<unknown>");
	char text[IPU_DISASM_TEXT];
	unsigned int pc, bits;

	if (unknown && sscanf(line, "%x: %x", &pc, &bits) == 2) {
		ipu_disasm(bits, pc, text);
		if (text[0] != '.') {
			printf("%.*s%s%s", (int)(unknown - line), line, text,
			       unknown + strlen("<unknown>"));
			return;
		}
	}
	fputs(line, stdout);
}

/* run @argv with its output in a pipe; returns the pipe's end, or NULL with errno set */
static FILE *start(char **argv, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int fds[2], error;

	if (pipe(fds))
		return NULL;
	error = posix_spawn_file_actions_init(&actions);
	if (!error) {
		posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
		posix_spawn_file_actions_addclose(&actions, fds[0]);
		posix_spawn_file_actions_addclose(&actions, fds[1]);
		error = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	close(fds[1]);
	if (!error)
		return fdopen(fds[0], "r");
	close(fds[0]);
	errno = error;
	return NULL;
}

static int run(char **argv)
{
	size_t size = 0;
	char *line = NULL;
	FILE *output;
	int status;
	pid_t pid;

	if (fcntl(STDOUT_FILENO, F_GETFD) < 0)
		return cli_fail(CLI_OUTPUT, "standard output is closed");
	output = start(argv, &pid);
	if (!output)
		return cli_fail(CLI_INTERNAL,
				"cannot run %s: %s; apt-get install llvm-19, or set IPU_OBJDUMP",
				argv[0], strerror(errno));
	while (getline(&line, &size, output) >= 0)
		print_line(line);
	free(line);
	fclose(output);
	if (waitpid(pid, &status, 0) < 0)
		return cli_fail(CLI_INTERNAL, "lost %s: %s", argv[0], strerror(errno));
	if (cli_flush())
		return CLI_OUTPUT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : CLI_INTERNAL;
}

/* "PROGRAM -d ARGUMENTS", without the -d if there are options already */
static char **arguments(int argc, char **argv)
{
	static char objdump[] = "llvm-objdump-19", disassemble[] = "-d";
	char **all = calloc(argc + 2, sizeof(*all));
	char *own = getenv("IPU_OBJDUMP");
	int i, count = 0;

	if (!all)
		return NULL;
	all[count++] = own ? own : objdump;
	for (i = 1; i < argc; i++)
		if (argv[i][0] == '-')
			break;
	if (i == argc)
		all[count++] = disassemble;
	for (i = 1; i < argc; i++)
		all[count++] = argv[i];
	return all;
}

int main(int argc, char **argv)
{
	char **all;
	int status;

	cli_start("ipu-objdump");
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return cli_flush();
	}
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("ipu-objdump " IPU_PACKAGE_VERSION);
		return cli_flush();
	}
	if (argc < 2)
		return cli_fail(CLI_USAGE, "no program; " CLI_SEE_HELP);
	all = arguments(argc, argv);
	if (!all)
		return cli_fail(CLI_INTERNAL, "no memory");
	status = run(all);
	free(all);
	return status;
}
