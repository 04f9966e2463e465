// SPDX-License-Identifier: MIT
/*
 * Running an image of vector programs, see vec_peers.h.
 */
#include "vec_peers.h"

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
#include "ipu_hw.h"
#include "tile/ipu_tile.h"

/* both are far more than an image needs */
#define MODEL_INSTRUCTIONS 1000000000ull
#define CHILD_SECONDS 300

#define ARGS_MAX 16
#define PIPE_BYTES 0x100000

/* ---- The model ------------------------------------------------------------------------------ */

void vec_model_start(struct vec_model *model, const uint8_t *sram, unsigned int vlen,
		     enum ipu_vec_tier tier)
{
	const struct ipu_tile_start start = {
		.tiles = 1,
		.entry = IPU_SRAM_BASE,
		.sp = IPU_SRAM_END,
		.arg = 1,
	};

	model->sram = aligned_alloc(4096, IPU_SRAM_SIZE);
	model->cache = ipu_code_cache_new();
	model->tile =
		model->sram && model->cache ? ipu_tile_new(model->sram, model->cache, vlen) : NULL;
	if (!model->tile) {
		printf("Bail out! no memory for a tile\n");
		exit(1);
	}
	model->tier = tier;
	memcpy(model->sram, sram, IPU_SRAM_SIZE);
	ipu_tile_start(model->tile, &start);
}

void vec_model_end(struct vec_model *model)
{
	ipu_tile_free(model->tile);
	ipu_code_cache_free(model->cache);
	free(model->sram);
}

static void describe_stop(const struct ipu_tile *tile, char message[VEC_MESSAGE])
{
	struct ipu_tile_fault fault;

	ipu_tile_fault(tile, &fault);
	snprintf(message, VEC_MESSAGE,
		 "the model did not finish: cause 0x%x at pc 0x%x, addr 0x%x, info 0x%x",
		 fault.cause, fault.pc, fault.addr, fault.info);
}

bool vec_model_run(struct vec_model *model, const uint8_t **log, size_t *bytes,
		   char message[VEC_MESSAGE])
{
	enum ipu_tile_state state;
	uint32_t end;

	message[0] = '\0';
	if (ipu_tile_state(model->tile) == IPU_TILE_SYNC_EXTERNAL)
		ipu_tile_release(model->tile, ipu_tile_cycles(model->tile));
	ipu_vec_limit(model->tier);
	state = ipu_tile_run(model->tile, MODEL_INSTRUCTIONS);
	end = ipu_tile_get_reg(model->tile, IPU_UNIT_SUPERVISOR, VEC_REG_LOG);
	*log = model->sram + (VEC_LOG - IPU_SRAM_BASE);
	*bytes = end >= VEC_LOG && end <= VEC_LOG + VEC_LOG_BYTES ? end - VEC_LOG : 0;
	if (state == IPU_TILE_SYNC_EXTERNAL)
		return true;
	if (state != IPU_TILE_EXITED)
		describe_stop(model->tile, message);
	return false;
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
	fprintf(stderr, "vec-diff: cannot run %s: %s\n", args[0], strerror(errno));
	_exit(127);
}

bool vec_child_start(struct vec_child *child, const uint8_t *sram, const char *const argv[],
		     char message[VEC_MESSAGE])
{
	int elf = memfd_create("vec-diff.elf", 0), out[2] = { -1, -1 };

	child->pid = -1;
	child->log = -1;
	if (elf >= 0 && diff_elf_write(sram, IPU_SRAM_SIZE, IPU_SRAM_SIZE, elf) &&
	    !pipe2(out, O_CLOEXEC)) {
		/* fewer switches between the two; it may be refused, and nothing is lost then */
		fcntl(out[0], F_SETPIPE_SZ, PIPE_BYTES);
		child->pid = fork();
		if (!child->pid)
			exec_child(argv, elf, out[1]);
	}
	if (child->pid < 0)
		snprintf(message, VEC_MESSAGE, "cannot start %s: %s", argv[0], strerror(errno));
	else
		child->log = out[0];
	if (child->pid < 0 && out[0] >= 0)
		close(out[0]);
	if (out[1] >= 0)
		close(out[1]);
	if (elf >= 0)
		close(elf);
	return child->pid >= 0;
}

size_t vec_child_read(struct vec_child *child, void *buffer, size_t bytes)
{
	size_t done = 0;
	ssize_t got = 1;

	while (done < bytes && got > 0) {
		got = read(child->log, (char *)buffer + done, bytes - done);
		if (got > 0)
			done += got;
		else if (got < 0 && errno == EINTR)
			got = 1;
	}
	return done;
}

bool vec_child_end(struct vec_child *child, bool finished, char message[VEC_MESSAGE])
{
	int status = 0;

	message[0] = '\0';
	if (!finished)
		kill(child->pid, SIGKILL);
	close(child->log);
	if (waitpid(child->pid, &status, 0) != child->pid)
		snprintf(message, VEC_MESSAGE, "waiting for the peer: %s", strerror(errno));
	else if (WIFSIGNALED(status) && finished)
		snprintf(message, VEC_MESSAGE, "the peer ended by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else if (WIFEXITED(status) && WEXITSTATUS(status))
		snprintf(message, VEC_MESSAGE, "the peer ended with %d", WEXITSTATUS(status));
	return !message[0];
}

/* ---- Being one ------------------------------------------------------------------------------ */

static bool write_all(const uint8_t *bytes, size_t left)
{
	ssize_t done;

	while (left) {
		done = write(STDOUT_FILENO, bytes, left);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		bytes += done;
		left -= done;
	}
	return true;
}

int vec_serve(const char *path, unsigned int vlen, enum ipu_vec_tier tier)
{
	static uint8_t sram[IPU_SRAM_SIZE];
	char message[VEC_MESSAGE];
	struct vec_model model;
	const uint8_t *log;
	size_t bytes;
	bool more;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || pread(fd, sram, sizeof(sram), DIFF_ELF_OFFSET) != sizeof(sram)) {
		fprintf(stderr, "vec-diff: cannot read %s\n", path);
		return 1;
	}
	close(fd);
	vec_model_start(&model, sram, vlen, tier);
	do {
		more = vec_model_run(&model, &log, &bytes, message);
		if (!write_all(log, bytes))
			more = false;
	} while (more);
	vec_model_end(&model);
	if (message[0])
		fprintf(stderr, "vec-diff: %s\n", message);
	return message[0] ? 1 : 0;
}
