// SPDX-License-Identifier: MIT
/*
 * Running an image, see peers.h.
 */
#include "peers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "elf_file.h"
#include "isa/ipu_isa.h"

/* both are far more than an image needs */
#define MODEL_INSTRUCTIONS 1000000000ull
#define CHILD_SECONDS 300

#define ARGS_MAX 16
#define PIPE_BYTES 0x100000

/* ---- The model ------------------------------------------------------------------------------ */

void diff_model_start(struct diff_model *model, const uint8_t *sram, unsigned int vlen)
{
	const struct ipu_tile_start start = {
		.tiles = 1,
		.entry = IPU_SRAM_BASE,
		.sp = IPU_SRAM_END,
		.arg = 1,
	};

	model->sram = aligned_alloc(4096, IPU_SRAM_SIZE);
	model->budget = (struct ipu_budget){ .limit = 16u << 20 };
	model->cache = ipu_code_cache_new(&model->budget);
	model->tile =
		model->sram && model->cache ? ipu_tile_new(model->sram, model->cache, vlen) : NULL;
	if (!model->tile) {
		printf("Bail out! no memory for a tile\n");
		exit(1);
	}
	memcpy(model->sram, sram, IPU_SRAM_SIZE);
	ipu_tile_start(model->tile, &start);
}

void diff_model_end(struct diff_model *model)
{
	ipu_tile_free(model->tile);
	ipu_code_cache_free(model->cache);
	free(model->sram);
}

enum ipu_tile_state diff_model_run(struct diff_model *model, char message[DIFF_MESSAGE])
{
	enum ipu_tile_state state = ipu_tile_run(model->tile, MODEL_INSTRUCTIONS);
	struct ipu_tile_fault fault;

	message[0] = '\0';
	if (state != IPU_TILE_EXITED) {
		ipu_tile_fault(model->tile, &fault);
		snprintf(message, DIFF_MESSAGE,
			 "the model did not finish: cause 0x%x at pc 0x%x, addr 0x%x, info 0x%x",
			 fault.cause, fault.pc, fault.addr, fault.info);
	}
	return state;
}

/* ---- A child ------------------------------------------------------------------------------- */

static _Noreturn void exec_child(const char *const argv[], int elf, int out)
{
	const struct rlimit limit = { CHILD_SECONDS, CHILD_SECONDS };
	const struct rlimit no_core = { 0, 0 };
	const char *args[ARGS_MAX];
	char path[32];
	unsigned int i;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", elf);
	for (i = 0; argv[i] && i < ARGS_MAX - 1; i++)
		args[i] = strcmp(argv[i], "IMAGE") ? argv[i] : path;
	args[i] = NULL;
	setrlimit(RLIMIT_CPU, &limit);
	setrlimit(RLIMIT_CORE, &no_core);
	dup2(out, STDOUT_FILENO);
	execvp(args[0], (char *const *)args);
	fprintf(stderr, "%s: cannot run %s: %s\n", program_invocation_short_name, args[0],
		strerror(errno));
	_exit(127);
}

bool diff_child_start(struct diff_child *child, const uint8_t *sram, const char *const argv[],
		      char message[DIFF_MESSAGE])
{
	int elf = memfd_create("diff.elf", 0), out[2] = { -1, -1 };

	child->pid = -1;
	child->results = -1;
	if (elf >= 0 && diff_elf_write(sram, elf) && !pipe2(out, O_CLOEXEC)) {
		/* fewer switches between the two; it is harmless if this is refused */
		fcntl(out[0], F_SETPIPE_SZ, PIPE_BYTES);
		child->pid = fork();
		if (!child->pid)
			exec_child(argv, elf, out[1]);
	}
	if (child->pid < 0)
		snprintf(message, DIFF_MESSAGE, "cannot start %s: %s", argv[0], strerror(errno));
	else
		child->results = out[0];
	if (child->pid < 0 && out[0] >= 0)
		close(out[0]);
	if (out[1] >= 0)
		close(out[1]);
	if (elf >= 0)
		close(elf);
	return child->pid >= 0;
}

size_t diff_child_read(struct diff_child *child, void *buffer, size_t bytes)
{
	size_t done = 0;
	ssize_t got = 1;

	while (done < bytes && got > 0) {
		got = read(child->results, (char *)buffer + done, bytes - done);
		if (got > 0)
			done += got;
		else if (got < 0 && errno == EINTR)
			got = 1;
	}
	return done;
}

bool diff_child_end(struct diff_child *child, bool finished, char message[DIFF_MESSAGE])
{
	int status = 0;

	message[0] = '\0';
	if (!finished)
		kill(child->pid, SIGKILL);
	close(child->results);
	if (waitpid(child->pid, &status, 0) != child->pid)
		snprintf(message, DIFF_MESSAGE, "waiting for the peer: %s", strerror(errno));
	else if (WIFSIGNALED(status) && finished)
		snprintf(message, DIFF_MESSAGE, "the peer ended by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WIFEXITED(status) && WEXITSTATUS(status))
		snprintf(message, DIFF_MESSAGE, "the peer ended with %d", WEXITSTATUS(status));
	return !message[0];
}

bool diff_child_run(const uint8_t *sram, const char *const argv[], void *results, size_t bytes,
		    char message[DIFF_MESSAGE])
{
	struct diff_child child;
	size_t got;

	if (!diff_child_start(&child, sram, argv, message))
		return false;
	got = diff_child_read(&child, results, bytes);
	if (!diff_child_end(&child, true, message))
		return false;
	if (got < bytes)
		snprintf(message, DIFF_MESSAGE, "the peer's results end after %zu of %zu bytes",
			 got, bytes);
	return got == bytes;
}
