/* SPDX-License-Identifier: MIT */
/*
 * The ioctl fuzzer's parts: random numbers, what a process has made so far, the calls, and
 * the coverage that the kernel reports.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <drm.h>
#include <drm/ipu_accel.h>

/* Kinds of things that calls return, and that later calls name. */
enum fuzz_kind {
	FUZZ_CTX,
	FUZZ_HANDLE,
	FUZZ_SYNCOBJ,
	FUZZ_DMABUF,
	/* Of a context, for fuzz_some_of(). */
	FUZZ_VA,
	FUZZ_QUEUE,
	FUZZ_USERQ,
	FUZZ_SEQNO,
	/* Contexts that are debugged. */
	FUZZ_DEBUGGED,
	/* Files that contexts are linked by. */
	FUZZ_LINK,
	FUZZ_KINDS,
};

/* Of each kind, the process remembers so many. */
#define FUZZ_POOL 16
/* And so many user queues whose doorbells it has mapped. */
#define FUZZ_BELLS 4

/**
 * struct fuzz_ring - the ring of a user queue, in a process's list of commands
 * @first: where it begins there
 * @mask: of a command's number, for its place
 * @rung: how many commands its doorbell has been told
 */
struct fuzz_ring {
	_Atomic uint32_t first, mask, rung;
};

/**
 * struct fuzz_process - what the threads of a process share
 * @fd: the open device, and one more, whose things the first one cannot name
 * @list: handle of a buffer of commands, which most contexts have at FUZZ_LIST_VA
 * @cmds: that buffer
 * @mem: handle of another one, with programs, which most have at FUZZ_MEM_VA
 * @memory: memory of the process
 * @bells: FUZZ_BELLS pages, of which some are doorbells of user queues
 * @rings: the rings that these are of
 * @debugfs: the card's folder there
 * @pool: what calls returned, 0 for nothing
 * @unexpected: an error that no call documents, and which call's
 */
struct fuzz_process {
	int fd[2];
	uint32_t list;
	void *cmds;
	uint32_t mem;
	void *memory;
	char *bells;
	struct fuzz_ring rings[FUZZ_BELLS];
	char debugfs[96];
	_Atomic uint64_t pool[FUZZ_KINDS][FUZZ_POOL];
	_Atomic int unexpected;
	_Atomic unsigned int call;
};

#define FUZZ_LIST_VA 0x10000000ull
#define FUZZ_LIST_CMDS 256u
#define FUZZ_MEM_VA 0x20000000ull
#define FUZZ_MEM_SIZE 0x10000u
/* So much that hardly a page is in many buffers: the kernel's checker of DMA allows seven. */
#define FUZZ_MEMORY_PAGES 1024u
#define FUZZ_BELL_BYTES 4096u
/* What a FENCE writes is below this. */
#define FUZZ_VALUES 100u

/* ---- random numbers, all from a seed ---------------------------------------------- */

static inline uint32_t fuzz_below(uint64_t *seed, uint32_t limit)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((*seed >> 32) * limit >> 32);
}

static inline bool fuzz_one_in(uint64_t *seed, uint32_t n)
{
	return !fuzz_below(seed, n);
}

/* ---- values (fuzz_values.c) ------------------------------------------------------------- */

/* A value at which something could go wrong. */
uint64_t fuzz_odd(uint64_t *seed);
/* A call returned this. */
void fuzz_remember(struct fuzz_process *p, uint64_t *seed, enum fuzz_kind kind, uint64_t value);
/* The same with a file, in whose place an earlier one is closed. */
void fuzz_remember_file(struct fuzz_process *p, uint64_t *seed, enum fuzz_kind kind, int fd);
/* One that was remembered; 0 if none is found soon. */
uint64_t fuzz_some(struct fuzz_process *p, uint64_t *seed, enum fuzz_kind kind);
/* Likewise, and forget it, so that hardly anybody else uses it. */
uint64_t fuzz_take(struct fuzz_process *p, uint64_t *seed, enum fuzz_kind kind);
/* What belongs to a context, and mostly that context. */
uint64_t fuzz_of(uint32_t ctx, uint64_t value);
uint64_t fuzz_some_of(struct fuzz_process *p, uint64_t *seed, enum fuzz_kind kind, uint32_t *ctx);
/* A context that is debugged, if there is one. */
uint32_t fuzz_debugged(struct fuzz_process *p, uint64_t *seed);
/* A time to give up at: now, or a moment later. */
int64_t fuzz_soon(uint64_t *seed);
/* Replace one word. */
void fuzz_spoil(uint64_t *seed, void *args, size_t bytes);
/* Make an ioctl, mostly as it is meant. Returns 0 or a negative errno. */
int fuzz_ioctl(struct fuzz_process *p, uint64_t *seed, unsigned long request, void *args);
/* Up to two syncobjs, some with points. */
void fuzz_syncs(struct fuzz_process *p, uint64_t *seed, struct drm_ipu_sync sync[2],
		struct drm_ipu_obj_array *array);

/* ---- calls (fuzz_buffers.c, fuzz_jobs.c, fuzz_userq.c) ---------------------------------- */

/* All of them, and how often each is made compared with the others. */
#define FUZZ_CALLS(CALL)         \
	CALL(ctx_create, 3)      \
	CALL(ctx_linked, 1)      \
	CALL(link_create, 1)     \
	CALL(ctx_destroy, 1)     \
	CALL(ctx_query, 1)       \
	CALL(queue_create, 2)    \
	CALL(queue_destroy, 1)   \
	CALL(userq_create, 3)    \
	CALL(userq_destroy, 1)   \
	CALL(userq_wait, 3)      \
	CALL(userq_ring, 6)      \
	CALL(dev_query, 1)       \
	CALL(bo_create, 4)       \
	CALL(bo_from_user, 2)    \
	CALL(gem_close, 3)       \
	CALL(bo_madvise, 2)      \
	CALL(bo_mmap, 2)         \
	CALL(prime_export, 2)    \
	CALL(prime_import, 2)    \
	CALL(bo_map, 6)          \
	CALL(bo_unmap, 4)        \
	CALL(vm_bind, 8)         \
	CALL(submit, 16)         \
	CALL(job_wait, 8)        \
	CALL(job_cancel, 3)      \
	CALL(get_fault, 2)       \
	CALL(syncobj_create, 2)  \
	CALL(syncobj_destroy, 1) \
	CALL(debug_ctl, 6)       \
	CALL(debug_wait, 3)      \
	CALL(debug_point, 2)     \
	CALL(debug_access, 3)    \
	CALL(observe, 1)         \
	CALL(read_event, 1)      \
	CALL(force, 1)           \
	CALL(nonsense, 2)

#define FUZZ_DECLARE(name, weight) int fuzz_##name(struct fuzz_process *p, uint64_t *seed);
FUZZ_CALLS(FUZZ_DECLARE)
#undef FUZZ_DECLARE

/* Write the tile programs that jobs run to FUZZ_MEM_VA. */
void fuzz_programs(void *mem);
/* Write a command; of a user queue it is often a FENCE. */
void fuzz_command(uint64_t *seed, void *to, bool is_user_queue);
/* Make a context, and map what most have. Returns 0 or a negative errno. */
int fuzz_ctx(struct fuzz_process *p, uint64_t *seed, struct drm_ipu_ctx_create *args);

/* ---- processes (fuzz_calls.c) --------------------------------------------------------------- */

/**
 * fuzz_process_open() - open the device and make what calls need
 *
 * Return: 0 or a negative errno.
 */
int fuzz_process_open(struct fuzz_process *process, uint64_t *seed);

/**
 * fuzz_call() - make one call, chosen and filled in at random
 * @process: may be used by other threads at the same time
 * @seed: which one; it goes on to the next
 *
 * Returns soon, unless a random number is a time to wait.
 */
void fuzz_call(struct fuzz_process *process, uint64_t *seed);

/* How often each call succeeded and failed, for all processes; in shared memory. */
struct fuzz_counts {
	_Atomic uint64_t succeeded, failed;
};
unsigned int fuzz_calls(void);
const char *fuzz_call_name(unsigned int call);
extern struct fuzz_counts *fuzz_counts;

/* ---- coverage (fuzz_cover.c) ------------------------------------------------------------ */

/* Places in the kernel, by a hash of their address. */
#define FUZZ_PLACES 65536u

/**
 * struct fuzz_cover - the places that calls have been to; in shared memory
 * @places: bits
 * @count: how many are set
 */
struct fuzz_cover {
	_Atomic uint32_t places[FUZZ_PLACES / 32];
	_Atomic uint32_t count;
};

/* Is there kcov (CONFIG_KCOV)? Without it, the rest does nothing. */
bool fuzz_cover_available(void);
/* Record what this thread does in the kernel, from now on until it ends. */
void fuzz_cover_start(void);
/* Add what it has done since the last time. */
void fuzz_cover_add(struct fuzz_cover *cover);

#endif /* FUZZ_H */
