/* SPDX-License-Identifier: MIT */
/*
 * What the parts of libipu share: the objects behind the opaque handles, and
 * error reporting.
 *
 * Locks: a context's lock is taken first, a transport's own locks inside it.
 * The lock of debug information (ipu_source.c) is the innermost. A child of fork()
 * takes no lock of an object of its parent.
 */
#ifndef IPU_INTERNAL_H
#define IPU_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include <ipu.h>
#include <ipu_debug.h>
#include <ipu_profile.h>
#include "ipu_transport.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* ---- ipu_error.c ---- */

/**
 * ipu_fail - set the message that ipu_error() returns
 * @err: a negative errno value
 * Return: @err, so that "return ipu_fail(...)" reads well.
 */
int ipu_fail(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * ipu_fail_device - the message for an error of the transport that needs no more explanation
 * @what: "make a buffer of %zu bytes"
 * Return: @err.
 */
int ipu_fail_device(const struct ipu_device *dev, int err, const char *what, ...)
	__attribute__((format(printf, 3, 4)));

/** ipu_fail_nomem - the message for -ENOMEM, which it returns */
int ipu_fail_nomem(const char *what);

/* ---- ipu_access.c ---- */

/** ipu_fail_access - the message for a device file that @err kept from being opened; -EACCES */
int ipu_fail_access(const char *node, int err);

/* ---- ipu_process.c ---- */

/** ipu_process_init - to be called before an object is made; -ENOMEM with a message */
int ipu_process_init(void);

/** ipu_process - this process, for &struct ipu_device.process */
unsigned int ipu_process(void);

/** ipu_check_process - may this process use @dev? -EPERM with a message if only its parent may */
int ipu_check_process(const struct ipu_device *dev);

/* ---- ipu_source.c ---- */

void ipu_source_lock(void);
void ipu_source_unlock(void);

/* ---- ipu_struct.c ---- */

/* The bytes that a structure had in the first version of libipu, where @last was its last member */
#define IPU_FIRST_SIZE(type, last) (offsetof(type, last) + sizeof(((type *)0)->last))

/** ipu_struct_check - is @size, from a caller's structure, one that it can have? -EINVAL */
int ipu_struct_check(size_t size, size_t first, const char *name);

/**
 * ipu_struct_out - copy a structure out
 * @user: starts with its size, which was checked; what @ours does not have is zero
 * @bytes: of @ours
 */
void ipu_struct_out(void *user, const void *ours, size_t bytes);

/**
 * ipu_struct_in - copy an options structure in
 * @ours: out: what @user does not have is zero
 * @user: may be NULL: all zero
 * @bytes: of @ours
 * @first: its size in the first version
 * Return: 0; -EINVAL when the size is wrong, or options are set that this library does not know.
 */
int ipu_struct_in(void *ours, const void *user, size_t bytes, size_t first, const char *name);

/* Both for a structure, with its last member in the first version. */
#define IPU_STRUCT_CHECK(user, name, last) \
	ipu_struct_check((user)->size, IPU_FIRST_SIZE(struct name, last), #name)
#define IPU_STRUCT_IN(ours, user, name, last) \
	ipu_struct_in(ours, user, sizeof(struct name), IPU_FIRST_SIZE(struct name, last), #name)

/* ---- ipu_device.c ---- */

/**
 * struct ipu_device - an open device; embedded in the transport's own structure
 * @ops: the transport
 * @process: ipu_process() when it was opened
 * @refs: the handle, contexts and buffers
 * @info: constant properties, filled in by the transport when it opens
 */
struct ipu_device {
	const struct ipu_transport *ops;
	unsigned int process;
	atomic_uint refs;
	struct ipu_info info;
};

/** ipu_is_parents - has this process @dev from its parent, by fork()? */
static inline bool ipu_is_parents(const struct ipu_device *dev)
{
	return dev->process != ipu_process();
}

struct ipu_device *ipu_device_get(struct ipu_device *dev);
void ipu_device_put(struct ipu_device *dev);

/* ---- ipu_bo.c ---- */

/**
 * struct ipu_bo - a buffer
 * @dev: reference
 * @data: memory in this process
 * @size: bytes, whole pages
 * @handle: the driver's
 * @memory: the simulator's
 */
struct ipu_bo {
	struct ipu_device *dev;
	void *data;
	size_t size;
	uint32_t handle;
	struct ipu_sim_memory *memory;
};

/* ---- ipu_context.c ---- */

enum ipu_context_state {
	IPU_CONTEXT_EMPTY, /* no program */
	IPU_CONTEXT_LOADED, /* has never run, or has exited */
	IPU_CONTEXT_STARTED, /* a run is in progress */
	IPU_CONTEXT_AT_SYNC, /* waits at an external sync */
	IPU_CONTEXT_FAULTED, /* has to be loaded again */
};

/**
 * struct ipu_profiling - the profile of a context's runs
 * @on: runs are profiled
 * @records: struct ipu_profile of ipu_hw.h; NULL without a profile
 * @va: where it is mapped
 * @samples: its counters, or NULL
 * @samples_va: where they are mapped
 */
struct ipu_profiling {
	bool on;
	struct ipu_bo *records;
	uint64_t va;
	struct ipu_bo *samples;
	uint64_t samples_va;
};

/**
 * struct ipu_context - tiles and an address space
 * @dev: reference
 * @id: the transport's
 * @tiles: tiles it owns
 * @lock: all below; held by load, set, get and the start of a run
 * @state: what the program does
 * @program: reference to the one loaded, or NULL
 * @setup: command list for loads and copies, always complete when the lock is free
 * @launch: command list of runs, NULL without a program
 * @stage: data on its way to or from tiles; NULL until first used
 * @stage_va: where it is mapped
 * @report: where runs write their report
 * @report_va: where it is mapped
 * @profile: of runs
 * @run_seqno: the run in progress
 * @run_start_ns: when it was submitted
 * @debug_lock: what follows; never held together with another lock
 * @points: break- and watchpoints as the card has them; access 0 for none
 */
struct ipu_context {
	struct ipu_device *dev;
	uint32_t id;
	uint32_t tiles;
	pthread_mutex_t lock;
	enum ipu_context_state state;
	struct ipu_program *program;
	struct ipu_cmds *setup;
	struct ipu_cmds *launch;
	struct ipu_bo *stage;
	uint64_t stage_va;
	struct ipu_bo *report;
	uint64_t report_va;
	struct ipu_profiling profile;
	uint64_t run_seqno;
	uint64_t run_start_ns;
	pthread_mutex_t debug_lock;
	struct ipu_debug_point points[IPU_DEBUG_POINTS];
};

/** ipu_context_lock - take the lock; -EPERM with a message for a context of the parent process */
int ipu_context_lock(struct ipu_context *ctx);

/** ipu_context_submit_setup - submit @ctx->setup, wait, and empty it; the lock is held */
int ipu_context_submit_setup(struct ipu_context *ctx);

/** ipu_context_setup_room - make room for a command in @ctx->setup; the lock is held */
int ipu_context_setup_room(struct ipu_context *ctx);

/** ipu_context_stage - provide a staging buffer of @bytes or more, its contents kept; lock held */
int ipu_context_stage(struct ipu_context *ctx, size_t bytes);

/* ---- ipu_profile.c ---- */

/** ipu_profile_free - free what a context that has been destroyed had for its profile */
void ipu_profile_free(struct ipu_context *ctx);

/* ---- ipu_health.c ---- */

/**
 * ipu_fail_lost - the message for a context that is not usable, with the reason
 * @err: what it returns
 * @what: what failed, "submit 3 commands"
 */
int ipu_fail_lost(struct ipu_context *ctx, int err, const char *what);

/** ipu_context_usable - can the context take jobs? true also when that cannot be asked for */
bool ipu_context_usable(struct ipu_context *ctx);

/* ---- ipu_cmds.c ---- */

/** ipu_cmds_free - ipu_cmds_destroy() for a list whose context has been destroyed */
void ipu_cmds_free(struct ipu_cmds *cmds);

/** ipu_wait_status - wait for a job; 0 when it has ended, and @status is how */
int ipu_wait_status(struct ipu_context *ctx, uint64_t seqno, int64_t timeout_ns, int *status);

/** ipu_fail_status - the message for a job that ended with @status, which it returns; lock held */
int ipu_fail_status(struct ipu_context *ctx, uint64_t seqno, int status);

/* ---- ipu_fault.c ---- */

/** ipu_fail_fault - the message for a job that faulted; @prog may be NULL. Returns @err. */
int ipu_fail_fault(int err, const struct ipu_fault *fault, struct ipu_program *prog);

/* ---- time ---- */

/** ipu_now_ns - CLOCK_MONOTONIC */
uint64_t ipu_now_ns(void);

/** ipu_deadline_ns - the CLOCK_MONOTONIC time a timeout ends at, INT64_MAX for never */
int64_t ipu_deadline_ns(int64_t timeout_ns);

#endif /* IPU_INTERNAL_H */
