// SPDX-License-Identifier: MIT
/*
 * Running an image that keeps a log, see vec_peers.h.
 */
#include "vec_peers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "elf_file.h"
#include "ipu_hw.h"
#include "tile/ipu_tile.h"

bool vec_model_run(struct diff_model *model, const uint8_t **log, size_t *bytes,
		   char message[DIFF_MESSAGE])
{
	enum ipu_tile_state state;
	uint32_t end;

	if (ipu_tile_state(model->tile) == IPU_TILE_SYNC_EXTERNAL)
		ipu_tile_release(model->tile, ipu_tile_cycles(model->tile));
	state = diff_model_run(model, message);
	if (state == IPU_TILE_SYNC_EXTERNAL)
		message[0] = '\0';
	end = ipu_tile_get_reg(model->tile, IPU_UNIT_SUPERVISOR, VEC_REG_LOG);
	*log = model->sram + (VEC_LOG - IPU_SRAM_BASE);
	*bytes = end >= VEC_LOG && end <= VEC_LOG + VEC_LOG_BYTES ? end - VEC_LOG : 0;
	return state == IPU_TILE_SYNC_EXTERNAL;
}

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

int vec_serve(const char *path, unsigned int vlen)
{
	static uint8_t sram[IPU_SRAM_SIZE];
	char message[DIFF_MESSAGE];
	struct diff_model model;
	const uint8_t *log;
	size_t bytes;
	bool more;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || pread(fd, sram, sizeof(sram), DIFF_ELF_OFFSET) != sizeof(sram)) {
		fprintf(stderr, "vec_diff: cannot read %s\n", path);
		return 1;
	}
	close(fd);
	diff_model_start(&model, sram, vlen);
	do {
		more = vec_model_run(&model, &log, &bytes, message);
		if (!write_all(log, bytes))
			more = false;
	} while (more);
	diff_model_end(&model);
	if (message[0])
		fprintf(stderr, "vec_diff: %s\n", message);
	return message[0] ? 1 : 0;
}
