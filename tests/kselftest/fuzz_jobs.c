// SPDX-License-Identifier: MIT
/*
 * The calls of the ioctl fuzzer that run, wait, debug and look on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fuzz.h"
#include "ipu_rv.h"
#include "ipu_test.h"

/* ---- jobs ----------------------------------------------------------------------------------- */

/* Programs in the memory of most contexts: one ends, one does not, one is no program. */
static const uint32_t programs[][4] = {
	{ RV_LI(RV_A0, 0), RV_IPU_EXIT(RV_A0) },
	{ RV_JUMP_SELF },
	{ RV_ILLEGAL },
	{ RV_IPU_SYNC(IPU_ZONE_INTERNAL), RV_LI(RV_A0, 0), RV_IPU_EXIT(RV_A0) },
};

void fuzz_programs(void *mem)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(programs); i++)
		memcpy((char *)mem + 16 * i, programs[i], sizeof(programs[i]));
}

void fuzz_command(uint64_t *seed, void *to, bool is_user_queue)
{
	const struct ipu_cmd_copy copy = {
		.op = fuzz_one_in(seed, 2) ? IPU_CMD_COPY_TO_TILES : IPU_CMD_COPY_FROM_TILES,
		.tile_first = fuzz_below(seed, 2),
		.tile_count = 1 + fuzz_below(seed, 2),
		.tile_addr = IPU_TILE_CODE,
		.host_va = FUZZ_MEM_VA + 16ull * fuzz_below(seed, 8),
		.host_tile_stride = fuzz_one_in(seed, 2) ? 64 : 0,
		.row_bytes = 16,
		.rows = 1 + fuzz_below(seed, 4),
		.host_row_stride = 64,
		.tile_row_stride = 256,
	};
	const struct ipu_cmd_fill fill = {
		.op = IPU_CMD_FILL,
		.tile_count = 1,
		.tile_addr = IPU_TILE_DATA,
		.bytes = 4 * (1 + fuzz_below(seed, 256)),
		.value = fuzz_below(seed, UINT32_MAX),
	};
	const struct ipu_cmd_run run = {
		.op = IPU_CMD_RUN | (fuzz_one_in(seed, 4) ? IPU_CMD_RUN_LINKED : 0),
		.tile_count = 1 + fuzz_below(seed, 2),
		.entry = IPU_TILE_CODE,
		.report_va = fuzz_one_in(seed, 2) ? FUZZ_MEM_VA + 0x1000 : 0,
		.sp = IPU_SRAM_END,
		.profile_va = fuzz_one_in(seed, 8) ? FUZZ_MEM_VA + 0x2000 : 0,
	};
	const struct ipu_cmd_fence fence = {
		.op = IPU_CMD_FENCE | (fuzz_one_in(seed, 2) ? IPU_CMD_FENCE_IRQ : 0),
		.va = FUZZ_MEM_VA + 0x3000,
		.value = fuzz_below(seed, FUZZ_VALUES),
	};
	const void *const cmds[] = { &copy, &fill, &run, &fence };
	const void *cmd = cmds[fuzz_below(seed, ARRAY_LEN(cmds))];

	memcpy(to, is_user_queue && !fuzz_one_in(seed, 4) ? &fence : cmd, IPU_CMD_SIZE);
	if (fuzz_one_in(seed, 16))
		fuzz_spoil(seed, to, IPU_CMD_SIZE);
}

int fuzz_submit(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_sync in[2], out[2];
	struct drm_ipu_submit args = { .cmd_count = 1 + fuzz_below(seed, 5) };
	uint32_t at = fuzz_below(seed, FUZZ_LIST_CMDS - args.cmd_count), i;
	int ret;

	if (fuzz_one_in(seed, 3))
		args.queue = (uint32_t)fuzz_some_of(p, seed, FUZZ_QUEUE, &args.ctx);
	else
		args.ctx = (uint32_t)fuzz_some(p, seed, FUZZ_CTX);
	for (i = 0; i < args.cmd_count; i++)
		fuzz_command(seed, (char *)p->cmds + (at + i) * IPU_CMD_SIZE, false);
	args.cmd_va = FUZZ_LIST_VA + at * IPU_CMD_SIZE;
	fuzz_syncs(p, seed, in, &args.in_syncs);
	fuzz_syncs(p, seed, out, &args.out_syncs);
	ret = fuzz_ioctl(p, seed, DRM_IOCTL_IPU_SUBMIT, &args);
	if (!ret)
		fuzz_remember(p, seed, FUZZ_SEQNO, fuzz_of(args.ctx, args.seqno));
	return ret;
}

int fuzz_job_wait(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_wait args = { .timeout_ns = fuzz_soon(seed) };

	args.seqno = fuzz_some_of(p, seed, FUZZ_SEQNO, &args.ctx);
	return fuzz_ioctl(p, seed, DRM_IOCTL_IPU_WAIT, &args);
}

int fuzz_job_cancel(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_job_cancel args = { 0 };

	args.seqno = fuzz_some_of(p, seed, FUZZ_SEQNO, &args.ctx);
	return fuzz_ioctl(p, seed, DRM_IOCTL_IPU_JOB_CANCEL, &args);
}

int fuzz_get_fault(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_get_fault args = { 0 };

	args.seqno = fuzz_some_of(p, seed, FUZZ_SEQNO, &args.ctx);
	if (fuzz_one_in(seed, 2))
		args.seqno = 0;
	return fuzz_ioctl(p, seed, DRM_IOCTL_IPU_GET_FAULT, &args);
}

int fuzz_syncobj_create(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_syncobj_create args = {
		.flags = fuzz_one_in(seed, 4) ? 0 : DRM_SYNCOBJ_CREATE_SIGNALED,
	};
	int ret = fuzz_ioctl(p, seed, DRM_IOCTL_SYNCOBJ_CREATE, &args);

	if (!ret)
		fuzz_remember(p, seed, FUZZ_SYNCOBJ, args.handle);
	return ret;
}

int fuzz_syncobj_destroy(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_syncobj_destroy args = { .handle = (uint32_t)fuzz_take(p, seed, FUZZ_SYNCOBJ) };

	return fuzz_ioctl(p, seed, DRM_IOCTL_SYNCOBJ_DESTROY, &args);
}

/* ---- debugging, and what others see ---------------------------------------------------------- */

/* Attach, mostly; or something with one that is attached. */
int fuzz_debug_ctl(struct fuzz_process *p, uint64_t *seed)
{
	bool attach = fuzz_one_in(seed, 2);
	struct drm_ipu_debug_ctl args = {
		.op = attach ? DRM_IPU_DEBUG_ATTACH : 1 + fuzz_below(seed, 3),
	};
	int ret;

	if (attach)
		args.flags = fuzz_below(seed, 4);
	else if (args.op == DRM_IPU_DEBUG_GO)
		args.flags = fuzz_below(seed, 4) * DRM_IPU_DEBUG_STEP;

	args.ctx = attach ? (uint32_t)fuzz_some(p, seed, FUZZ_CTX) : fuzz_debugged(p, seed);
	ret = fuzz_ioctl(p, seed, DRM_IOCTL_IPU_DEBUG_CTL, &args);
	if (!ret && args.op == DRM_IPU_DEBUG_ATTACH)
		fuzz_remember(p, seed, FUZZ_DEBUGGED, args.ctx);
	return ret;
}

int fuzz_debug_wait(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_debug_wait args = {
		.ctx = fuzz_debugged(p, seed),
		.timeout_ns = fuzz_soon(seed),
	};

	return fuzz_ioctl(p, seed, DRM_IOCTL_IPU_DEBUG_WAIT, &args);
}

int fuzz_debug_point(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_debug_point args = {
		.ctx = fuzz_debugged(p, seed),
		.index = fuzz_below(seed, DRM_IPU_DEBUG_POINTS),
		.access = fuzz_below(seed, 8),
		.tile = fuzz_one_in(seed, 2) ? 0xffffffff : fuzz_below(seed, 2),
		.addr = IPU_TILE_CODE + 4 * fuzz_below(seed, 8),
		.len = fuzz_below(seed, 16),
	};

	return fuzz_ioctl(p, seed, DRM_IOCTL_IPU_DEBUG_POINT, &args);
}

int fuzz_debug_access(struct fuzz_process *p, uint64_t *seed)
{
	uint32_t words[64] = { 0 };
	bool is_memory = fuzz_one_in(seed, 2);
	struct drm_ipu_debug_access args = {
		.ctx = fuzz_debugged(p, seed),
		.flags = fuzz_below(seed, 2),
		.tile = fuzz_below(seed, 2),
		.unit = is_memory ? 0 : fuzz_below(seed, 7),
		.addr = is_memory ? IPU_TILE_DATA : IPU_DBG_REG + fuzz_below(seed, 40),
		.count = 1 + fuzz_below(seed, 64),
		.data = (uintptr_t)words,
	};

	return fuzz_ioctl(p, seed, DRM_IOCTL_IPU_DEBUG_ACCESS, &args);
}

/* Read all of a file. */
static int read_file(const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t bytes;

	if (fd < 0)
		return -errno;
	do {
		bytes = read(fd, text, sizeof(text));
	} while (bytes > 0);
	bytes = bytes < 0 ? -errno : 0;
	close(fd);
	return (int)bytes;
}

int fuzz_observe(struct fuzz_process *p, uint64_t *seed)
{
	static const char *const files[] = { "contexts", "tiles", "rings", "page_tables" };
	uint32_t i = fuzz_below(seed, ARRAY_LEN(files) + 1);
	char path[128];

	if (i < ARRAY_LEN(files))
		snprintf(path, sizeof(path), "%s/%s", p->debugfs, files[i]);
	else
		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", p->fd[0]);
	return read_file(path);
}

/* An event, if there is one: the file is opened not to wait for it. */
int fuzz_read_event(struct fuzz_process *p, uint64_t *seed)
{
	char event[256];

	return read(p->fd[0], event, 1 + fuzz_below(seed, sizeof(event))) < 0 ? -errno : 0;
}

/* As if the card had reported a fault, or had to be stopped; the context need not be ours. */
int fuzz_force(struct fuzz_process *p, uint64_t *seed)
{
	uint32_t slot = fuzz_below(seed, 6);
	bool fault = fuzz_one_in(seed, 2);
	char path[128], text[32];
	int ret;

	snprintf(path, sizeof(path), "%s/force_%s", p->debugfs, fault ? "fault" : "reset");
	if (fault)
		snprintf(text, sizeof(text), "%u %u", slot, 1 + fuzz_below(seed, 0x40));
	else
		snprintf(text, sizeof(text), "%s %u", fuzz_one_in(seed, 4) ? "context" : "job",
			 slot);
	ret = ipu_write_file(path, text);
	/* It is said of a context that is about to end, and not of the card. */
	return ret == -ENODEV ? -ENOENT : ret;
}

/* No ioctl that anybody has thought of. */
int fuzz_nonsense(struct fuzz_process *p, uint64_t *seed)
{
	unsigned char args[256];
	size_t i;

	for (i = 0; i < sizeof(args); i += 8) {
		uint64_t value = fuzz_odd(seed);

		memcpy(args + i, &value, 8);
	}
	return ioctl(p->fd[0],
		     _IOC(fuzz_below(seed, 4), DRM_IOCTL_BASE,
			  DRM_COMMAND_BASE + fuzz_below(seed, 0x40), fuzz_below(seed, 256)),
		     args) ?
		       -errno :
		       0;
}
