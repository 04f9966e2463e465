// SPDX-License-Identifier: MIT
/*
 * Running an image, see peers.h.
 */
#include "peers.h"

#include <errno.h>
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
#define QEMU_SECONDS 120

static void describe_model_failure(const struct diff_image *image, const struct ipu_tile *tile,
				   char message[DIFF_MESSAGE])
{
	struct ipu_tile_fault fault;

	ipu_tile_fault(tile, &fault);
	snprintf(message, DIFF_MESSAGE,
		 "the model did not finish: cause 0x%x at pc 0x%x, program %d of the image, "
		 "addr 0x%x, info 0x%x",
		 fault.cause, fault.pc, diff_image_program(image, fault.pc), fault.addr,
		 fault.info);
}

bool diff_run_model(const struct diff_image *image, struct diff_state *after,
		    char message[DIFF_MESSAGE])
{
	const struct ipu_tile_start start = {
		.tiles = 1,
		.entry = IPU_SRAM_BASE,
		.sp = IPU_SRAM_END,
		.arg = 1,
	};
	uint8_t *sram = aligned_alloc(4096, IPU_SRAM_SIZE);
	struct ipu_code_cache *cache = ipu_code_cache_new();
	struct ipu_tile *tile = sram && cache ? ipu_tile_new(sram, cache, IPU_VLEN_DEFAULT) : NULL;
	bool done = false;

	if (tile) {
		memcpy(sram, image->sram, IPU_SRAM_SIZE);
		ipu_tile_start(tile, &start);
		done = ipu_tile_run(tile, MODEL_INSTRUCTIONS) == IPU_TILE_EXITED;
		if (done)
			memcpy(after, sram + (image->head.blocks - IPU_SRAM_BASE),
			       image->head.blocks_bytes);
		else
			describe_model_failure(image, tile, message);
	} else {
		snprintf(message, DIFF_MESSAGE, "no memory for a tile");
	}
	ipu_tile_free(tile);
	ipu_code_cache_free(cache);
	free(sram);
	return done;
}

static _Noreturn void exec_qemu(const char *qemu, int elf, int out)
{
	const struct rlimit limit = { QEMU_SECONDS, QEMU_SECONDS };
	const struct rlimit no_core = { 0, 0 };
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", elf);
	setrlimit(RLIMIT_CPU, &limit);
	setrlimit(RLIMIT_CORE, &no_core);
	dup2(out, STDOUT_FILENO);
	execlp(qemu, qemu, "-cpu", "max", path, (char *)NULL);
	fprintf(stderr, "diff: cannot run %s: %s\n", qemu, strerror(errno));
	_exit(127);
}

/* all of it, or what came before the end */
static size_t read_all(int fd, void *buffer, size_t bytes)
{
	size_t done = 0;
	ssize_t got = 1;

	while (done < bytes && got > 0) {
		got = read(fd, (char *)buffer + done, bytes - done);
		if (got > 0)
			done += got;
		else if (got < 0 && errno == EINTR)
			got = 1;
	}
	return done;
}

static bool run_elf(const char *qemu, int elf, struct diff_state *after, size_t bytes,
		    char message[DIFF_MESSAGE])
{
	int out[2], status = 0;
	size_t got;
	pid_t pid;

	if (pipe(out) < 0) {
		snprintf(message, DIFF_MESSAGE, "pipe: %s", strerror(errno));
		return false;
	}
	pid = fork();
	if (!pid)
		exec_qemu(qemu, elf, out[1]);
	close(out[1]);
	got = read_all(out[0], after, bytes);
	close(out[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		snprintf(message, DIFF_MESSAGE, "cannot start %s: %s", qemu, strerror(errno));
	else if (WIFSIGNALED(status))
		snprintf(message, DIFF_MESSAGE, "%s ended by signal %d (%s)", qemu,
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) || got != bytes)
		snprintf(message, DIFF_MESSAGE, "%s ended with %d after %zu of %zu bytes", qemu,
			 WEXITSTATUS(status), got, bytes);
	else
		return true;
	return false;
}

bool diff_run_qemu(const struct diff_image *image, const char *qemu, struct diff_state *after,
		   char message[DIFF_MESSAGE])
{
	int elf = memfd_create("diff.elf", 0);
	bool done;

	if (elf < 0 || !diff_elf_write(image->sram, image->size, image->size, elf)) {
		snprintf(message, DIFF_MESSAGE, "cannot write the ELF file: %s", strerror(errno));
		done = false;
	} else {
		done = run_elf(qemu, elf, after, image->head.blocks_bytes, message);
	}
	if (elf >= 0)
		close(elf);
	return done;
}
