/* SPDX-License-Identifier: MIT */
/*
 * What the parts of libipu share: the objects behind the opaque handles, and
 * error reporting.
 *
 * Locks: a context's lock is taken first, its debug_lock and its user queue's lock inside it, a
 * transport's own locks inside all of them.
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

/**
 * ipu_sim_parse - options of "sim" or "sim:tiles=64,threads=2"
 * @options: out: those of a card, to be checked
 * @trace: room for a file name, for @options
 * @cards: out: cards=, 0 if it is not there
 */
int ipu_sim_parse(const char *name, struct ipu_sim_options *options, char *trace, size_t bytes,
		  uint32_t *cards);

/** ipu_is_sim_name - does a device's name mean the simulator? */
bool ipu_is_sim_name(const char *name);

struct ipu_device *ipu_device_get(struct ipu_device *dev);
void ipu_device_put(struct ipu_device *dev);

/* ---- ipu_bo.c ---- */

/**
 * struct ipu_bo - a buffer
 * @dev: reference
 * @data: memory in this process
 * @size: bytes, whole pages
 * @wrapped: @data is the caller's, see ipu_bo_wrap()
 * @handle: the driver's
 * @memory: the simulator's
 */
struct ipu_bo {
	struct ipu_device *dev;
	void *data;
	size_t size;
	bool wrapped;
	uint32_t handle;
	struct ipu_sim_memory *memory;
};

/* ---- ipu_bo.c ---- */

/**
 * ipu_bo_wrap - a buffer of memory that the caller has, and keeps until it is destroyed
 * @data: its first byte; the buffer begins where that byte's page does
 * @bytes: at least 1; the buffer ends where the last one's page does
 *
 * For a card in this process: nothing is copied. Return: 0; -ENOTSUP, -EBUSY or -ENOMEM without
 * a message where that cannot be done, and the caller has to copy.
 */
int ipu_bo_wrap(struct ipu_device *dev, void *data, size_t bytes, struct ipu_bo **bo);

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
 * @records: struct ipu_profile of ipu_cmd.h; NULL without a profile
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
 * @linked: its runs are one with those of other contexts
 * @userq: takes its jobs, NULL if the driver does
 * @why_no_userq: why that is so although it was to have one, or NULL
 * @lock: all below; held by load, set, get and the start of a run
 * @state: what the program does
 * @program: reference to the one loaded, or NULL
 * @entry: where @program's runs begin, 0 for main()
 * @setup: command list for loads, copies and runs. Tensors that were set wait in it for
 *	the next job, which is the run, or what else needs them in the tiles
 * @stage: data on its way to or from tiles; NULL until first used
 * @stage_va: where it is mapped
 * @stage_used: bytes that commands of @setup refer to
 * @input_rows: most rows that a tile has been given of a sharded input
 * @fetch: what the last run's job has copied out of the tiles; NULL until first used
 * @fetch_va: where it is mapped
 * @outputs: for each tensor of @program, what @fetch has of it
 * @flows: the streams of @program, see ipu_flow.h; NULL if it has none
 * @ahead: @setup or @fetch may have something that submissions and debuggers must not
 *	overtake; set under the lock
 * @debugged: it is debugged, and what is asked for is done at once
 * @report: where runs write their report
 * @report_va: where it is mapped
 * @profile: of runs
 * @print: who is given what tiles print, NULL for nobody
 * @run_seqno: the job of the run in progress
 * @run_start_ns: when the first one was submitted
 * @run_total: what the jobs that have ended have done
 * @run_served: the job has ended; what is left is to serve its streams
 * @run_serving: a thread does so, perhaps without the lock
 * @debug_lock: what follows, and attaching
 * @points: break- and watchpoints as the card has them; access 0 for none
 */
struct ipu_context {
	struct ipu_device *dev;
	uint32_t id;
	uint32_t tiles;
	bool linked;
	struct ipu_userq *userq;
	const char *why_no_userq;
	pthread_mutex_t lock;
	enum ipu_context_state state;
	struct ipu_program *program;
	uint32_t entry;
	struct ipu_cmds *setup;
	struct ipu_bo *stage;
	uint64_t stage_va;
	size_t stage_used;
	uint32_t input_rows;
	struct ipu_bo *fetch;
	uint64_t fetch_va;
	struct ipu_output *outputs;
	struct ipu_flows *flows;
	atomic_bool ahead;
	atomic_bool debugged;
	struct ipu_bo *report;
	uint64_t report_va;
	struct ipu_profiling profile;
	uint64_t run_seqno;
	uint64_t run_start_ns;
	struct ipu_print *print;
	struct ipu_report run_total;
	bool run_served;
	bool run_serving;
	pthread_mutex_t debug_lock;
	struct ipu_debug_point points[IPU_DEBUG_POINTS];
};

/**
 * ipu_context_make - ipu_context_create()
 * @place: NULL, or its place among contexts whose runs are one; the device can be linked
 */
int ipu_context_make(struct ipu_device *dev, const struct ipu_context_options *options,
		     const struct ipu_link_place *place, struct ipu_context **ctx);

/** ipu_context_lock - take the lock; -EPERM with a message for a context of the parent process */
int ipu_context_lock(struct ipu_context *ctx);

/** ipu_context_submit_setup - submit @ctx->setup, wait, and empty it; the lock is held */
int ipu_context_submit_setup(struct ipu_context *ctx);

/** ipu_context_setup_drop - forget what waits in @ctx->setup; the lock is held */
void ipu_context_setup_drop(struct ipu_context *ctx);

#define IPU_SETUP_CMDS 256 /* that wait in @setup at most; it has room for a run's besides */

/** ipu_context_setup_room - make room for @count commands in @ctx->setup; the lock is held */
int ipu_context_setup_room(struct ipu_context *ctx, uint32_t count);

/**
 * ipu_context_buffer - provide a mapped buffer of @bytes or more, its contents kept; lock held
 * @bo: the one there is, or NULL; replaced
 * @va: where it is mapped
 */
int ipu_context_buffer(struct ipu_context *ctx, size_t bytes, struct ipu_bo **bo, uint64_t *va);

/** ipu_context_stage - the same for the staging buffer: commands in @setup stay right */
int ipu_context_stage(struct ipu_context *ctx, size_t bytes);

/**
 * ipu_ctx_settle - let the tiles have what was set, and forget what is known of outputs
 *
 * Before a job that is not libipu's own, and before a debugger looks. Takes the lock if there
 * is anything to do.
 */
int ipu_ctx_settle(struct ipu_context *ctx);

/* ---- ipu_run.c ---- */

struct ipu_run_report;

/** ipu_report_expect - before a run: no card writes what the report holds then */
void ipu_report_expect(struct ipu_run_report *report);

/** ipu_report_check - after it: -EIO with a message if the card wrote no report */
int ipu_report_check(const struct ipu_device *dev, const struct ipu_run_report *report);

/* ---- ipu_fetch.c ---- */

/**
 * struct ipu_output - a tensor's elements in @fetch
 * @wanted: it has been read since the last run, or never been fetched
 * @fetched: the last run's job copied it
 * @rows: how many rows of each tile; if there are more, they are copied later
 * @most: rows of the fullest tile when it was last read; 0 for never
 * @words: where in @fetch its rows words are, one for each tile
 * @data: where its elements are, @rows rows for each tile
 */
struct ipu_output {
	bool wanted;
	bool fetched;
	uint32_t rows;
	uint32_t most;
	size_t words;
	size_t data;
};

/** ipu_fetch_add - add copies of outputs to @ctx->setup, behind a run; the lock is held */
int ipu_fetch_add(struct ipu_context *ctx);

/** ipu_fetch_drop - what was fetched is not what the tiles have any more; the lock is held */
void ipu_fetch_drop(struct ipu_context *ctx);

/* ---- ipu_profile.c ---- */

/** ipu_profile_free - free what a context that has been destroyed had for its profile */
void ipu_profile_free(struct ipu_context *ctx);

/* ---- ipu_userq.c ---- */

/**
 * ipu_userq_create - have the context's jobs submitted by a user queue
 *
 * Before its first job. Return: 0, also if there are none, and then @ctx->why_no_userq says why;
 * or an error with a message.
 */
int ipu_userq_create(struct ipu_context *ctx);

/** ipu_userq_free - free what a context that has been destroyed had for it; NULL is allowed */
void ipu_userq_free(struct ipu_device *dev, struct ipu_userq *queue);

/* As the operations of the transport, for a context that has one; no message is set. */
int ipu_userq_submit(struct ipu_context *ctx, uint64_t va, uint32_t count, uint64_t *seqno);
int ipu_userq_wait(struct ipu_context *ctx, uint64_t seqno, int64_t deadline_ns, int *status);
int ipu_userq_get_fault(struct ipu_context *ctx, uint64_t seqno, struct ipu_fault *fault);

/** ipu_userq_room - most jobs that have not ended */
uint32_t ipu_userq_room(void);

/**
 * ipu_userq_lost - the jobs that were lost with the context
 * @first: out: the first one
 * Return: how many, 0 if it is not lost.
 */
uint64_t ipu_userq_lost(struct ipu_context *ctx, uint64_t *first);

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

/** ipu_cmds_submit_locked - ipu_cmds_submit() for @setup, with the lock held */
int ipu_cmds_submit_locked(struct ipu_cmds *cmds, uint64_t *seqno);

/** ipu_word_copy - a copy of one word of each tile, at tile address @addr, in a row at @va */
struct ipu_copy ipu_word_copy(const struct ipu_context *ctx, uint32_t addr, uint64_t va);

/** ipu_cmds_truncate - take back all but the first @count commands, which no job has */
void ipu_cmds_truncate(struct ipu_cmds *cmds, uint32_t count);

/** ipu_cmds_move - @bytes of host memory, mapped at @from, are mapped at @to */
void ipu_cmds_move(struct ipu_cmds *cmds, uint64_t from, size_t bytes, uint64_t to);

/** ipu_cmds_free - ipu_cmds_destroy() for a list whose context has been destroyed */
void ipu_cmds_free(struct ipu_cmds *cmds);

/* As the operations of the transport, by the user queue if the context has one. */
int ipu_ctx_wait(struct ipu_context *ctx, uint64_t seqno, int64_t deadline_ns, int *status);
int ipu_ctx_fault(struct ipu_context *ctx, uint64_t seqno, struct ipu_fault *fault);

/** ipu_wait_status - wait for a job; 0 when it has ended, and @status is how */
int ipu_wait_status(struct ipu_context *ctx, uint64_t seqno, int64_t deadline_ns, int *status);

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
