// SPDX-License-Identifier: MIT
/*
 * Which call of the ioctl fuzzer comes next, and what a process begins with.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "fuzz.h"
#include "ipu_test.h"

struct fuzz_counts *fuzz_counts;

#define FUZZ_ENTRY(name, weight) { #name, fuzz_##name, weight },

static const struct {
	const char *name;
	int (*call)(struct fuzz_process *p, uint64_t *seed);
	uint32_t weight;
} calls[] = { FUZZ_CALLS(FUZZ_ENTRY) };

unsigned int fuzz_calls(void)
{
	return ARRAY_LEN(calls);
}

const char *fuzz_call_name(unsigned int i)
{
	return calls[i].name;
}

/* What calls may say: the uAPI header's errors, and DRM's own. */
static bool is_documented(int error)
{
	static const int errors[] = {
		0,     EINVAL, ENOENT,	  EFAULT,    EBUSY,  EDQUOT,	 ENOMEM, ENOSPC,
		EIO,   ETIME,  ENODATA,	  EINTR,     EAGAIN, EOPNOTSUPP, EBADF,	 EACCES,
		EPERM, ENOTTY, EOVERFLOW, ECANCELED, ESRCH,  EXDEV,
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(errors); i++) {
		if (errors[i] == error)
			return true;
	}
	return false;
}

void fuzz_call(struct fuzz_process *p, uint64_t *seed)
{
	uint32_t sum = 0, at;
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_LEN(calls); i++)
		sum += calls[i].weight;
	at = fuzz_below(seed, sum);
	for (i = 0; at >= calls[i].weight; i++)
		at -= calls[i].weight;
	ret = calls[i].call(p, seed);
	atomic_fetch_add(ret ? &fuzz_counts[i].failed : &fuzz_counts[i].succeeded, 1);
	if (!is_documented(-ret) && !atomic_exchange(&p->unexpected, -ret))
		atomic_store(&p->call, i);
}

/* ---- a process ------------------------------------------------------------------------------ */

/* The buffers that most contexts have. */
static int make_buffers(struct fuzz_process *p)
{
	struct ipu_bo bo;
	int ret = ipu_bo_new(p->fd[0], FUZZ_LIST_CMDS * IPU_CMD_SIZE, &bo);

	if (ret)
		return ret;
	p->list = bo.handle;
	p->cmds = bo.map;
	ret = ipu_bo_new(p->fd[0], FUZZ_MEM_SIZE, &bo);
	if (ret)
		return ret;
	p->mem = bo.handle;
	fuzz_programs(bo.map);
	p->memory = mmap(NULL, FUZZ_MEMORY_PAGES * 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p->bells = mmap(NULL, FUZZ_BELLS * FUZZ_BELL_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p->memory == MAP_FAILED || p->bells == MAP_FAILED ? -errno : 0;
}

int fuzz_process_open(struct fuzz_process *p, uint64_t *seed)
{
	const char *folder = ipu_sysfs();
	unsigned int i;
	int ret;

	if (!folder)
		return -ENODEV;
	snprintf(p->debugfs, sizeof(p->debugfs), "/sys/kernel/debug/accel/%.32s",
		 strrchr(folder, '/') + 1);
	for (i = 0; i < 2; i++) {
		p->fd[i] = ipu_open();
		if (p->fd[i] < 0)
			return p->fd[i];
		if (fcntl(p->fd[i], F_SETFL, O_NONBLOCK))
			return -errno;
	}
	ret = make_buffers(p);
	/* Something to name from the start. */
	for (i = 0; i < 2 && !ret; i++) {
		fuzz_ctx_create(p, seed);
		fuzz_syncobj_create(p, seed);
		fuzz_userq_create(p, seed);
		fuzz_link_create(p, seed);
	}
	return ret;
}
