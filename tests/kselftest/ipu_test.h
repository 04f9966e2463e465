/* SPDX-License-Identifier: MIT */
/*
 * What the tests share: the device's ioctls as functions that return 0 or a
 * negative errno, and a session: an open file with one context, a list of
 * commands and some memory, ready to submit jobs.
 */
#ifndef IPU_TEST_H
#define IPU_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <drm.h>
#include <drm/ipu_accel.h>

#include "ipu_hw.h"
#include "isa/ipu_isa.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Time limit for a job that should end; the machine is emulated. */
#define IPU_TEST_WAIT_MS 60000

/* ---- the device -------------------------------------------------------- */

/* Open the first card, /dev/accel/accelN of the driver "ipu". Returns a file or -errno. */
int ipu_open(void);
/* The nth of them, from 0 on. */
int ipu_open_card(unsigned int n);

/* An ioctl, restarted when a signal interrupts it. */
int ipu_do(int fd, unsigned long request, void *arg);

int ipu_query_info(int fd, struct drm_ipu_query_info *info);
int ipu_query_usage(int fd, struct drm_ipu_query_usage *usage);
int ipu_query_limits(int fd, struct drm_ipu_query_limits *limits);

int ipu_ctx_create(int fd, uint32_t tiles, uint32_t watchdog_ms, uint32_t *ctx);
int ipu_ctx_destroy(int fd, uint32_t ctx);
int ipu_ctx_query(int fd, uint32_t ctx, struct drm_ipu_ctx_query *state);

/* An absolute time for DRM_IOCTL_IPU_WAIT and for syncobjs, ms from now. */
int64_t ipu_deadline(unsigned int ms);

/* Wait for a job; *status is its result if that is 0. */
int ipu_wait(int fd, uint32_t ctx, uint64_t seqno, unsigned int ms, int *status);

/* ---- buffers ------------------------------------------------------------- */

struct ipu_bo {
	uint32_t handle;
	uint64_t size;
	uint64_t va;
	void *map;
};

/* Make a buffer and map it into this process. */
int ipu_bo_new(int fd, uint64_t size, struct ipu_bo *bo);
/* Make one of memory that the process has; bo->map stays NULL. */
int ipu_bo_from_user(int fd, void *addr, uint64_t size, struct ipu_bo *bo);
void ipu_bo_close(int fd, struct ipu_bo *bo);
/* Map it into a context: flags are DRM_IPU_MAP_*, bo->va is in or out. */
int ipu_bo_map(int fd, uint32_t ctx, uint32_t flags, struct ipu_bo *bo);
int ipu_bo_unmap(int fd, uint32_t ctx, uint64_t va);
/* A dma-buf of it; the other way, for a buffer that is not mapped anywhere. */
int ipu_bo_export(int fd, uint32_t handle);
int ipu_bo_import(int fd, int dma_buf, uint64_t size, struct ipu_bo *bo);

/* ---- syncobjs ---------------------------------------------------------------- */

int ipu_syncobj_new(int fd, uint32_t *handle);
int ipu_syncobj_wait(int fd, uint32_t handle, uint64_t point, unsigned int ms);
int ipu_syncobj_to_sync_file(int fd, uint32_t handle);
/* The status of its fence: 1 signaled, 0 not, or its error. */
int ipu_syncobj_status(int fd, uint32_t handle);
/* A new syncobj with a sync file's fence. */
int ipu_syncobj_import(int fd, int sync_file, uint32_t *handle);
/* The same syncobj for another file, perhaps of another device. */
int ipu_syncobj_share(int from, uint32_t handle, int to, uint32_t *shared);

/*
 * A fence that the test signals itself: the kernel's sw_sync, through debugfs.
 * Returns a timeline, and a sync file that signals at its next step; or -errno.
 */
#define IPU_NO_SW_SYNC "this kernel has no sw_sync; that of ipu-vm --debug does"
int ipu_sw_sync_open(int *sync_file);
int ipu_sw_sync_signal(int timeline);

/* ---- a session ------------------------------------------------------------------ */

/* Commands a session's list holds, and where things are in its memory. */
#define IPU_LIST_MAX 1024
#define IPU_MEM_SIZE 0x40000
#define IPU_MEM_CODE 0
#define IPU_MEM_REPORT 0x1000
#define IPU_MEM_DATA 0x2000

/* Where programs are put in SRAM, and where they have their data. */
#define IPU_TILE_CODE IPU_SRAM_BASE
#define IPU_TILE_DATA (IPU_SRAM_BASE + 0x10000)

struct ipu_session {
	int fd;
	uint32_t ctx;
	uint32_t tiles;
	struct ipu_bo list;
	/* Commands from first up to end have not been submitted. */
	unsigned int first;
	unsigned int end;
	struct ipu_bo mem;
};

/* tiles 0 is all of the card. */
int ipu_session_open(struct ipu_session *s, uint32_t tiles, uint32_t watchdog_ms);
/* On the nth card. */
int ipu_session_open_card(struct ipu_session *s, unsigned int card, uint32_t tiles,
			  uint32_t watchdog_ms);
void ipu_session_close(struct ipu_session *s);

/* The session's memory: for this process, for the card. */
void *ipu_mem(struct ipu_session *s, uint32_t offset);
uint64_t ipu_mem_va(struct ipu_session *s, uint32_t offset);

/* Add a command to the list. No job of the session is running when the list starts over. */
void ipu_add(struct ipu_session *s, const void *cmd);
/* bytes contiguous bytes a tile, at host + n * stride for the nth tile. */
void ipu_add_copy(struct ipu_session *s, enum ipu_cmd_op op, uint32_t tile_first,
		  uint32_t tile_count, uint32_t tile_addr, uint64_t host, uint64_t stride,
		  uint32_t bytes);
/* Write a number to one of the 64-bit words at IPU_MEM_DATA. */
void ipu_add_write(struct ipu_session *s, unsigned int word, uint64_t value);
void ipu_add_fill(struct ipu_session *s, uint32_t tile_addr, uint32_t bytes, uint32_t value);
/* Put a program on all tiles, and run it there. */
void ipu_add_code(struct ipu_session *s, const uint32_t *code, size_t words);
void ipu_add_run(struct ipu_session *s, uint32_t arg, bool report);

/* Submit the list so far; the second takes a submission that the caller has extended. */
int ipu_submit(struct ipu_session *s, uint64_t *seqno);
int ipu_submit_args(struct ipu_session *s, struct drm_ipu_submit *args);
/* Submit it, to wait for in and to signal out; point 0: a binary one; handle 0: none. */
int ipu_submit_sync(struct ipu_session *s, uint32_t in, uint64_t in_point, uint32_t out,
		    uint64_t out_point, uint64_t *seqno);
/* Submit it, to signal a binary syncobj. */
int ipu_submit_out(struct ipu_session *s, uint32_t syncobj, uint64_t *seqno);
/* Submit and wait. Returns the job's status, or the error of a call that failed. */
int ipu_run(struct ipu_session *s);
/* One more queue of the context, for args.queue of ipu_submit_args(). */
int ipu_queue_new(struct ipu_session *s, uint32_t priority, uint32_t *queue);
int ipu_job_cancel(struct ipu_session *s, uint64_t seqno);

/* Have the card copy a mapped buffer to another one, through a tile. */
int ipu_card_copy(struct ipu_session *s, const struct ipu_bo *from, const struct ipu_bo *to);

/* A copy that takes for ever and never completes a command, for ipu_submit(). */
void ipu_add_endless_copy(struct ipu_session *s);

/* A program that never ends, submitted; its job is running when this returns. */
int ipu_start_loop(struct ipu_session *s, uint64_t *seqno);

/* A file for the contexts of so many linked cards, or -errno. */
int ipu_link_create(int fd, uint32_t count);
/* One of them. */
int ipu_link_ctx_create(int fd, uint32_t tiles, int link_fd, uint32_t rank, uint32_t watchdog_ms,
			uint32_t *ctx);
/* A session on the nth card with such a context, and a RUN that it has with the others. */
int ipu_session_open_member(struct ipu_session *s, unsigned int card, uint32_t tiles, int link_fd,
			    uint32_t rank, uint32_t watchdog_ms);
void ipu_add_linked_run(struct ipu_session *s);

/* Is this number a cause of faults? */
bool ipu_is_cause(enum ipu_fault_cause number);

/* Whether a session of a new file gets the right result; 0, or 1 and what is wrong is printed. */
int ipu_check_works(void);

/* ---- processes --------------------------------------------------------------------- */

/**
 * struct ipu_children - processes that end by themselves or are killed
 * @pids: theirs; each becomes 0 when the process is gone
 * @count: how many
 * @ended_well: whether this status of waitpid() is one that a process may end with
 * @is_due: whether the process with this index is to be killed now
 * @arg: for @is_due
 */
struct ipu_children {
	pid_t *pids;
	unsigned int count;
	bool (*ended_well)(int status);
	bool (*is_due)(unsigned int i, const void *arg);
	const void *arg;
};

/* Wait until all are gone. Returns 0, or 1 if one did not end well or, which is printed, hangs. */
int ipu_reap(const struct ipu_children *children);

/* ---- the machine ------------------------------------------------------------------ */

/* Is a line with this text in the kernel's log? */
bool ipu_log_has(const char *text);
/* The card's folder in sysfs, or NULL. */
const char *ipu_sysfs(void);
/* A file as a string, as much as there is room for. Returns 0 or -errno. */
int ipu_read_file(const char *path, char *text, size_t room);
/* One of the card's files in sysfs, without its newline. */
int ipu_read_sysfs(const char *name, char *text, size_t room);
/* Does the card's file ipu/state say this, before long? */
bool ipu_state_becomes(const char *wanted);
/* The folder of the card that a file is open of: 0, or -errno. */
int ipu_sysfs_of(int fd, char *path, size_t size);
/* Write a line to a file, e.g. of sysfs. */
int ipu_write_file(const char *path, const char *text);
int ipu_write_sysfs(const char *name, const char *text);
/* Make the card answer accesses to its registers or, as if it were unplugged, not. */
int ipu_answer(bool answer);
/* Unload the module, and load that of the environment's IPU_MODULE with these parameters. */
int ipu_reload(const char *parameters);
/*
 * Have QEMU do something to a card, by a request that tests/vm/serve-faults explains. Returns
 * what it answers, which may be a negative errno; or another one if there is no answer.
 */
long ipu_ask(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Does the port that the card is plugged into report to the kernel what happens to its slot? */
bool ipu_slot_is_native(void);
/* If so, keep lockdep from ending the test for what the kernel's driver of it does. */
void ipu_slot_mute_lockdep(void);
/* Does it say that its link is up? QEMU has one whose slot is ACPI's never say so. */
bool ipu_link_is_reported(void);
/*
 * Pull the card out of its slot: it is gone at once, and its driver not asked. Returns 0 when the
 * kernel has turned off the empty slot, or -errno.
 */
int ipu_slot_pull_out(void);
/* Mask all of the card's interrupts, or unmask them. */
int ipu_mask_interrupts(bool mask);
void ipu_sleep_ms(unsigned int ms);
/*
 * Wait until the user has no contexts, tiles and bytes of buffers on the card any more, which
 * the end of a process does not wait for. -EBUSY if that takes too long; it says what is left.
 */
int ipu_wait_freed(void);

#endif /* IPU_TEST_H */
