// SPDX-License-Identifier: MIT
/*
 * fork() with a card in use: fork-host VADD.ELF. A child that calls the library, one
 * that closes everything, one that ends, one that executes another program, and one
 * that opens the card itself: each ends as it should, and the parent's context goes
 * on. Prints what is wrong; the exit status is how much.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ipu.h>

#define ROWS 100
#define SECONDS 100

static struct ipu_device *dev;
static struct ipu_program *prog;
static struct ipu_context *ctx;
static int wrong;

static void expect(int is_so, const char *what)
{
	if (is_so)
		return;
	printf("not so: %s (%s)\n", what, ipu_error());
	wrong++;
}

static int open_card(void)
{
	const struct ipu_context_options options = { .size = sizeof(options), .tiles = 2 };
	int err = ipu_open(NULL, &dev);

	if (!err)
		err = ipu_context_create(dev, &options, &ctx);
	return err ? err : ipu_load(ctx, prog);
}

static void close_all(void)
{
	ipu_context_destroy(ctx);
	ipu_program_close(prog);
	ipu_close(dev);
}

static void add(const char *who)
{
	float a[ROWS], c[ROWS];
	uint64_t rows = 0;
	int err;

	for (int i = 0; i < ROWS; i++)
		a[i] = (float)i;
	err = ipu_tensor_set(ctx, "a", a, sizeof(a), ROWS);
	if (!err)
		err = ipu_tensor_set(ctx, "b", a, sizeof(a), ROWS);
	if (!err)
		err = ipu_run(ctx, NULL);
	if (!err)
		err = ipu_tensor_get(ctx, "c", c, sizeof(c), &rows);
	expect(!err && rows == ROWS && (int)c[ROWS - 1] == 2 * (ROWS - 1), who);
}

static void calls(void)
{
	expect(ipu_run(ctx, NULL) == -EPERM && strstr(ipu_error(), "before fork()"), "no run");
	expect(ipu_load(ctx, prog) == -EPERM, "no load");
}

static void closes(void)
{
	close_all();
}

static void ends(void)
{
}

/* The device file is not open there. */
static void executes(void)
{
	execl("/bin/sh", "sh", "-c",
	      "for fd in /proc/self/fd/*; do readlink $fd; done | grep -q accel && exit 1; exit 0",
	      (char *)NULL);
	expect(0, "exec");
}

static void opens(void)
{
	expect(!open_card(), "a card of its own");
	add("a run of its own");
	close_all();
}

static void in_child(void (*child)(void), const char *name)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		alarm(SECONDS);
		wrong = 0;
		child();
		exit(wrong);
	}
	expect(pid > 0 && waitpid(pid, &status, 0) == pid && !status, name);
	add("the parent, afterwards");
}

int main(int argc, char **argv)
{
	if (argc != 2 || ipu_program_open(argv[1], &prog) || open_card()) {
		fprintf(stderr, "fork-host: %s\n", argc == 2 ? ipu_error() : "wants VADD.ELF");
		return 255;
	}
	add("the parent");
	in_child(calls, "a child that calls");
	in_child(closes, "a child that closes");
	in_child(ends, "a child that ends");
	in_child(executes, "a child that executes another program");
	in_child(opens, "a child with a card of its own");
	close_all();
	return wrong;
}
