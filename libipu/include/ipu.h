/* SPDX-License-Identifier: MIT */
/*
 * libipu: use an IPU card, or its in-process simulator, from C.
 *
 * The short way from a compiled tile program to its result:
 *
 *	struct ipu_device *dev;
 *	struct ipu_program *prog;
 *	struct ipu_context *ctx;
 *
 *	ipu_open(NULL, &dev);
 *	ipu_program_open("vadd.elf", &prog);
 *	ipu_context_create(dev, NULL, &ctx);
 *	ipu_load(ctx, prog);
 *	ipu_tensor_set(ctx, "x", x, sizeof(x), 1000);
 *	ipu_run(ctx, NULL);
 *	ipu_tensor_get(ctx, "y", y, sizeof(y), NULL);
 *
 * Returns. A function that can fail returns 0 or a negative errno value, and
 * ipu_error() then returns a message that says what happened, where, and what
 * to do next. A function that failed has changed nothing unless it says
 * otherwise. A pointer to a new object is NULL then, and memory that was to be
 * filled in may have been, in part.
 *
 * Structures. Those with a member "size" grow at their end from version to version:
 * set it to sizeof() before the call. The caller's header may be older than the
 * library: members that its structure does not have are not filled in, or taken to
 * be 0. It may be newer: members that the library does not know are filled in with
 * 0, and one that the caller has set to anything else is -EINVAL. An options
 * structure is optional: NULL takes every default, and so does a member that is 0.
 *
 * Threads. Every function may be called from any thread. A device, a context
 * and a program may be used by several threads at once; calls on one context
 * that load, set, get or run wait for one another. A buffer's memory and a
 * command list belong to one thread at a time. The functions that destroy an
 * object (close, destroy, free) must be the last call on it, but objects keep
 * what they need: a context or a buffer keeps its device, a context that has
 * loaded a program keeps it.
 *
 * Processes. A device belongs to the process that opened it. In a child of fork()
 * every call on the parent's devices, contexts, buffers and command lists returns
 * -EPERM, except those that destroy one, which release the child's memory and file
 * descriptor and do nothing to the parent, and those that only return a constant.
 * The memory of a buffer must not be used there. Programs may be used, and the
 * child can open devices of its own. Files that the library opens are closed by
 * exec().
 *
 * Time. Durations are in ns, and a negative one means no limit.
 */
#ifndef IPU_H
#define IPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* enum ipu_dtype, enum ipu_layout, IPU_TENSOR_IN, IPU_TENSOR_OUT */
#include <ipu/note.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IPU_LIBRARY_VERSION_MAJOR 0
#define IPU_LIBRARY_VERSION_MINOR 1

struct ipu_device;
struct ipu_card_list;
struct ipu_context;
struct ipu_bo;
struct ipu_cmds;
struct ipu_program;

/* ---- Errors and version --------------------------------------------------- */

/**
 * ipu_error - the message of the last call that failed in this thread
 *
 * Return: one or more sentences without a line feed, "" if nothing has failed
 * yet. Valid until the next call of libipu in this thread.
 */
const char *ipu_error(void);

/** ipu_version - version of the library in use, "major.minor.patch" */
const char *ipu_version(void);

/* ---- Finding cards -------------------------------------------------------- */

#define IPU_MAX_BARS 6

/**
 * struct ipu_card_desc - a card as the PCI bus shows it, whether usable or not
 * @size: sizeof(struct ipu_card_desc), set by the caller
 * @address: PCI address, "0000:00:04.0"
 * @node: the driver's device file, "/dev/accel/accel0"; "" without one
 * @driver: kernel driver bound to it, "" if none
 * @vendor_id: 16 bits
 * @device_id: 16 bits
 * @subsystem_vendor_id: 16 bits
 * @subsystem_device_id: 16 bits
 * @revision: 8 bits
 * @class_code: class and subclass, 16 bits: 0x1200 is a processing accelerator
 * @numa_node: NUMA node, -1 if the machine has none or does not say
 * @msix_vectors: MSI-X vectors of the card; 0 if it cannot be read (an
 *	unprivileged process sees little of the configuration space)
 * @link_speed: PCIe link speed in MT/s, 0 without a link (an endpoint
 *	integrated into the root complex has none)
 * @link_width: lanes, 0 without a link
 * @link_speed_max: the most the card can do
 * @link_width_max: the most the card can do
 * @bars: base address registers; those with @size 0 are not used
 */
struct ipu_card_desc {
	size_t size;
	char address[16];
	char node[64];
	char driver[32];
	uint32_t vendor_id;
	uint32_t device_id;
	uint32_t subsystem_vendor_id;
	uint32_t subsystem_device_id;
	uint32_t revision;
	uint32_t class_code;
	int32_t numa_node;
	uint32_t msix_vectors;
	uint32_t link_speed;
	uint32_t link_width;
	uint32_t link_speed_max;
	uint32_t link_width_max;
	struct ipu_bar {
		uint64_t address;
		uint64_t size;
		bool is_64bit;
		bool prefetchable;
	} bars[IPU_MAX_BARS];
};

/**
 * ipu_card_list_new - find the cards on the PCI bus
 * @list: out: a snapshot in the order of PCI addresses; free it with
 *	ipu_card_list_free()
 *
 * Needs no driver and no privilege. If there is no card, the list is empty;
 * that is not an error. Return: 0, -ENOMEM, -EIO when the bus cannot be read.
 */
int ipu_card_list_new(struct ipu_card_list **list);

/** ipu_card_list_count - cards in a list */
size_t ipu_card_list_count(const struct ipu_card_list *list);

/** ipu_card_list_get - describe card @index; -EINVAL if there are fewer, or for a wrong size */
int ipu_card_list_get(const struct ipu_card_list *list, size_t index, struct ipu_card_desc *desc);

/** ipu_card_list_free - NULL is allowed */
void ipu_card_list_free(struct ipu_card_list *list);

/* ---- Devices -------------------------------------------------------------- */

/**
 * ipu_open - open a card or the simulator
 * @name: "/dev/accel/accel0"; a PCI address, "0000:00:04.0" or "00:04.0";
 *	"sim" or "sim:tiles=64,threads=2" for a card simulated inside the
 *	process; NULL takes $IPU_DEVICE, and without it the first card
 * @dev: out: close it with ipu_close()
 *
 * Return: 0; -ENODEV when there is no such card or no driver is bound to it;
 * -EACCES without permission; -EPROTO for a driver of another version or a
 * device file of another driver; -EINVAL for a name that is none of the above.
 */
int ipu_open(const char *name, struct ipu_device **dev);

/**
 * struct ipu_sim_options - a card for the simulator
 * @size: sizeof(struct ipu_sim_options)
 * @tiles: tiles, 1..1472; 0 takes 64
 * @threads: host threads that execute, 1..256; 0 takes one for each online CPU
 * @vlen: bits of a vector register, 128, 256, 512 or 1024; 0 takes 512
 * @trace: NULL, or a file to which every instruction is written before a tile
 *	executes it: tile of the card, unit, address and the disassembled
 *	instruction. An existing file is overwritten. Tiles are many times slower
 *	with it. A job whose instructions cannot all be written fails with what
 *	write() returned.
 * @max_host_memory: bytes of this process's memory that programs can make the card use at
 *	most, 0 takes 64 MiB and 2 MiB for each tile. Each context has a share of it; one
 *	that needs more faults. Too little for the tiles' SRAM is refused.
 */
struct ipu_sim_options {
	size_t size;
	uint32_t tiles;
	uint32_t threads;
	uint32_t vlen;
	const char *trace;
	uint64_t max_host_memory;
};

/**
 * ipu_open_sim - open a new card, simulated inside this process
 * @options: NULL for the defaults
 * @dev: out: close it with ipu_close()
 *
 * Return: 0, -EINVAL for options out of range, -ENOMEM, and what open() returns
 * for @trace.
 */
int ipu_open_sim(const struct ipu_sim_options *options, struct ipu_device **dev);

/**
 * ipu_open_linked - open all cards of a chain
 * @name: as for ipu_open(), a card whose chain it is; or "sim:cards=4" or "sim:cards=4,tiles=64,threads=2" for that many simulated cards, each
 *	linked to the one before; 1 to IPU_MAX_LINKED
 * @devs: out: one for each card, in the order of the chain; each is closed with ipu_close()
 * @room: how many there is room for
 * @count: out: how many there are
 *
 * Return: what ipu_open() returns; -ENODEV also for a card that is not linked to another one;
 * -EINVAL also for too little room. After an error none is open.
 */
int ipu_open_linked(const char *name, struct ipu_device **devs, uint32_t room, uint32_t *count);

/* Cards of a chain, and contexts of ipu_context_create_linked(), at most */
#define IPU_MAX_LINKED 8

/** ipu_close - close a device, which is freed with its last context and buffer; NULL is allowed */
void ipu_close(struct ipu_device *dev);

/**
 * struct ipu_info - constant properties of a device
 * @size: sizeof(struct ipu_info), set by the caller
 * @name: what it was opened as: device file, or "sim"
 * @driver: name of the driver, "ipu"; "sim" for the simulator
 * @driver_version: "major.minor.patch"
 * @hw_version: version of the host interface, major << 16 | minor
 * @fw_version: version of the firmware, major << 24 | minor << 16 | patch
 * @caps: optional features
 * @isa: extensions of the tile ISA, IPU_ISA_* of ipu_hw.h; ipu_isa_string() spells it
 * @vlen: bits of a vector register, 0 without vectors
 * @tiles: tiles on the card
 * @sram_base: tile address of the first byte of SRAM
 * @sram_size: bytes of one tile's SRAM
 * @workers: workers of one tile
 * @clock_khz: tile clock in kHz
 * @contexts: most contexts at a time
 * @max_cmds: most commands of one submission
 * @serial: serial number
 * @va_size: virtual addresses of a context are below this
 */
struct ipu_info {
	size_t size;
	char name[64];
	char driver[32];
	char driver_version[32];
	uint32_t hw_version;
	uint32_t fw_version;
	uint32_t caps;
	uint32_t isa;
	uint32_t vlen;
	uint32_t tiles;
	uint32_t sram_base;
	uint32_t sram_size;
	uint32_t workers;
	uint32_t clock_khz;
	uint32_t contexts;
	uint32_t max_cmds;
	uint64_t serial;
	uint64_t va_size;
};

/** ipu_get_info - constant properties; -EINVAL for a wrong size */
int ipu_get_info(struct ipu_device *dev, struct ipu_info *info);

/**
 * ipu_isa_string - spell a tile ISA the way compilers do, "rv32imafc_zicsr_zba_zfh_zve32f_xipu"
 * @isa: &struct ipu_info.isa
 * @text: out: always ends with a zero byte
 * @bytes: room there; 96 are enough for every extension known
 */
void ipu_isa_string(uint32_t isa, char *text, size_t bytes);

/**
 * struct ipu_usage - how much of the card is in use, by all processes
 * @size: sizeof(struct ipu_usage), set by the caller
 * @contexts: contexts in use
 * @tiles: tiles that belong to contexts
 * @largest_free: tiles in the largest free range
 * @resets: times a context or the card was reset after a fault
 */
struct ipu_usage {
	size_t size;
	uint32_t contexts;
	uint32_t tiles;
	uint32_t largest_free;
	uint64_t resets;
};

/** ipu_get_usage - usage as of now; -EINVAL for a wrong size, -ENODEV once the card is gone */
int ipu_get_usage(struct ipu_device *dev, struct ipu_usage *usage);

/* ---- Contexts ------------------------------------------------------------- */

/*
 * Submit the context's jobs, those of runs and loads as well, by a user queue: the library
 * writes them to memory that the card reads, and rings the card itself, without a call of the
 * kernel. That makes small jobs shorter. Where there are no user queues the driver submits
 * them, as ever; ipu_get_submission() says which it is, and why.
 *
 * All that is said of jobs holds. But a job that faults stops the queue; those behind it go on
 * when somebody waits for a job, or submits one. And the driver knows nothing of the jobs: they
 * are not in its trace events and its count of jobs.
 */
#define IPU_CONTEXT_USER_QUEUE 0x1

/**
 * struct ipu_context_options - properties of a new context
 * @size: sizeof(struct ipu_context_options)
 * @tiles: tiles of its own; 0 takes every tile of the card, or as many as this user
 *	may have
 * @watchdog_ms: host time in ms that one run may take; 0 takes the default, 10000
 * @flags: IPU_CONTEXT_USER_QUEUE, or 0
 */
struct ipu_context_options {
	size_t size;
	uint32_t tiles;
	uint32_t watchdog_ms;
	uint64_t flags;
};

/**
 * ipu_context_create - allocate tiles of the card and an address space
 * @dev: the device
 * @options: NULL for the defaults
 * @ctx: out: destroy it with ipu_context_destroy()
 *
 * The SRAM of the tiles is zero. The context can access only its own tiles and
 * what is mapped into it. Return: 0; -EINVAL for more tiles than the card has, or unknown
 * flags; -EBUSY when no free range is large enough or all contexts are in use; -EDQUOT
 * when this user has as many contexts or tiles of the card as the driver allows one
 * user; -ENODEV; -ENOMEM.
 */
int ipu_context_create(struct ipu_device *dev, const struct ipu_context_options *options,
		       struct ipu_context **ctx);

/**
 * ipu_context_create_linked - create contexts whose runs are one, over linked cards
 * @devs: the cards, of one chain; a card may be there more than once
 * @count: how many, 1 to IPU_MAX_LINKED
 * @options: of each context; NULL for the defaults
 * @ctxs: out: one for each of @devs; each is destroyed with ipu_context_destroy()
 *
 * A program is loaded into each of them, and each has tensors of its own. A run is started on
 * each, with ipu_run_start(), and begins when all have been; ipu_run() waits for the others.
 * To the program they are one run: its tiles are numbered through from those of the first
 * context to those of the last, a barrier is of all of them, and each pulls from any. The
 * reports have the cycles and supersteps of the whole run, all else is of the context's own
 * tiles. A run that faults on one of them ends on all of them, with the fault "linked run
 * ended" on the others. The time limit of a run includes the time that it waits for them.
 *
 * Return: what ipu_context_create() returns; -EINVAL also for cards that are not of one chain.
 * After an error there is no context.
 */
int ipu_context_create_linked(struct ipu_device *const *devs, uint32_t count,
			      const struct ipu_context_options *options, struct ipu_context **ctxs);

/** ipu_context_destroy - cancel what still runs and free the tiles; NULL is allowed */
void ipu_context_destroy(struct ipu_context *ctx);

/** ipu_context_tiles - tiles of the context */
uint32_t ipu_context_tiles(const struct ipu_context *ctx);

/** enum ipu_health_state - what a context is good for */
enum ipu_health_state {
	IPU_USABLE = 0, /* it takes jobs */
	IPU_LOST = 1, /* it takes no more, and its tiles' memory is gone; a new one works */
	IPU_BANNED = 2, /* it takes no more, because of what its own jobs did */
};

/** enum ipu_why - why a context is not usable */
enum ipu_why {
	IPU_WHY_NONE = 0, /* it is */
	IPU_WHY_FAULT = 1, /* faults of its own jobs */
	IPU_WHY_HANG = 2, /* its own jobs had to be stopped */
	IPU_WHY_RESET = 3, /* the card was reset, by someone or because of another context */
	IPU_WHY_SUSPEND = 4, /* the machine was suspended, and the card was off */
	IPU_WHY_PCI = 5, /* an error of the PCI link, after which the card was reset */
};

/**
 * struct ipu_health - whether a context can still be used
 * @size: sizeof(struct ipu_health), set by the caller
 * @state: enum ipu_health_state
 * @why: enum ipu_why, of what happened first
 */
struct ipu_health {
	size_t size;
	uint32_t state;
	uint32_t why;
};

/**
 * ipu_get_health - whether a context can still be used, and if not, why
 * @ctx: the context
 * @health: out
 *
 * Return: 0; -EINVAL for a wrong size; -ENODEV; -ENOTSUP with an older driver.
 */
int ipu_get_health(struct ipu_context *ctx, struct ipu_health *health);

/**
 * struct ipu_submission - how a context's jobs get to the card
 * @size: sizeof(struct ipu_submission), set by the caller
 * @user_queue: by a user queue; else by the driver
 * @room: most jobs that have not ended
 * @jobs: jobs that the user queue has taken
 * @sleeps: waits for them that asked the kernel to be woken, because the job had not ended
 *	within the 50 us for which a wait looks itself
 * @restarts: user queues that were lost, after a fault, and made anew
 * @why_not: why there is no user queue though IPU_CONTEXT_USER_QUEUE was set, a sentence; else ""
 */
struct ipu_submission {
	size_t size;
	bool user_queue;
	uint32_t room;
	uint64_t jobs;
	uint64_t sleeps;
	uint64_t restarts;
	char why_not[128];
};

/**
 * ipu_get_submission - how a context's jobs get to the card, see IPU_CONTEXT_USER_QUEUE
 * @ctx: the context
 * @submission: out
 *
 * Return: 0; -EINVAL for a wrong size; -EPERM for a context of the parent process.
 */
int ipu_get_submission(struct ipu_context *ctx, struct ipu_submission *submission);

/* ---- Buffers -------------------------------------------------------------- */

/**
 * ipu_bo_create - create a buffer that can be mapped for the card
 * @dev: the device
 * @bytes: at least 1; rounded up to whole pages
 * @bo: out: zeroed; destroy it with ipu_bo_destroy()
 *
 * Return: 0; -EINVAL; -EDQUOT when the buffers of this user would be larger than the
 * driver allows one user; -ENOMEM; -ENODEV.
 */
int ipu_bo_create(struct ipu_device *dev, size_t bytes, struct ipu_bo **bo);

/** ipu_bo_data - the buffer's memory in this process, page aligned */
void *ipu_bo_data(struct ipu_bo *bo);

/** ipu_bo_size - bytes of the buffer, whole pages */
size_t ipu_bo_size(const struct ipu_bo *bo);

/** ipu_bo_destroy - release a buffer; it is freed with its last mapping; NULL is allowed */
void ipu_bo_destroy(struct ipu_bo *bo);

#define IPU_BO_READ 0x0 /* the card may read the buffer */
#define IPU_BO_WRITE 0x1 /* the card may read and write it */

/**
 * ipu_bo_map - map a buffer into a context's address space
 * @ctx: the context
 * @bo: the buffer; of the same device
 * @flags: IPU_BO_READ or IPU_BO_WRITE
 * @va: out: context virtual address of its first byte, page aligned, never 0
 *
 * Return: 0; -EINVAL for a buffer of another device or unknown flags; -ENOSPC
 * without room in the address space; -EDQUOT when the context has as many mappings
 * or page tables as the driver allows; -EOPNOTSUPP when the card would not see the
 * memory itself but a copy; -ENOMEM; -ENODEV.
 */
int ipu_bo_map(struct ipu_context *ctx, struct ipu_bo *bo, uint32_t flags, uint64_t *va);

/** ipu_bo_unmap - remove a mapping, also for jobs in flight; -ENOENT when none is at @va */
int ipu_bo_unmap(struct ipu_context *ctx, uint64_t va);

/* ---- Commands and jobs ---------------------------------------------------- */

/**
 * ipu_cmds_create - create a list of commands for the card
 * @ctx: context they are for; must outlive the list
 * @capacity: commands it can hold, 1..max_cmds of &struct ipu_info
 * @cmds: out: empty; destroy it with ipu_cmds_destroy()
 *
 * A list is used by one thread at a time. Return: 0, -EINVAL, -ENOMEM, -ENODEV.
 */
int ipu_cmds_create(struct ipu_context *ctx, uint32_t capacity, struct ipu_cmds **cmds);

/** ipu_cmds_destroy - waits for the job that uses the list; NULL is allowed */
void ipu_cmds_destroy(struct ipu_cmds *cmds);

/** ipu_cmds_reset - empty the list to fill it again; waits for the job that uses it */
int ipu_cmds_reset(struct ipu_cmds *cmds);

/** ipu_cmds_count - commands in the list */
uint32_t ipu_cmds_count(const struct ipu_cmds *cmds);

/**
 * struct ipu_copy - a copy between host memory and the SRAM of a range of tiles
 * @size: sizeof(struct ipu_copy)
 * @tile_first: first tile, within the context
 * @tile_count: tiles, at least 1
 * @tile_addr: tile address of the first row
 * @row_bytes: bytes of a row, at least 1
 * @rows: rows for each tile, at least 1
 * @tile_row_stride: bytes from row to row in SRAM
 * @host_va: context virtual address of the first tile's first row
 * @host_tile_stride: bytes from tile to tile in host memory; 0 to tiles: the
 *	same for all
 * @host_row_stride: bytes from row to row in host memory
 */
struct ipu_copy {
	size_t size;
	uint32_t tile_first;
	uint32_t tile_count;
	uint32_t tile_addr;
	uint32_t row_bytes;
	uint32_t rows;
	uint32_t tile_row_stride;
	uint64_t host_va;
	uint64_t host_tile_stride;
	uint64_t host_row_stride;
};

/**
 * ipu_cmds_copy_to_tiles - add a copy from host memory
 *
 * Return: 0, -ENOSPC when the list is full, -EINVAL for a wrong size.
 */
int ipu_cmds_copy_to_tiles(struct ipu_cmds *cmds, const struct ipu_copy *copy);

/** ipu_cmds_copy_from_tiles - add a copy to host memory; returns as ipu_cmds_copy_to_tiles() */
int ipu_cmds_copy_from_tiles(struct ipu_cmds *cmds, const struct ipu_copy *copy);

/**
 * ipu_cmds_fill - add a fill of SRAM with a pattern
 * @cmds: the list
 * @tile_first: first tile, within the context
 * @tile_count: tiles, at least 1
 * @tile_addr: tile address, 4-byte aligned
 * @bytes: length, a multiple of 4
 * @value: the pattern
 *
 * Return: 0, -ENOSPC when the list is full.
 */
int ipu_cmds_fill(struct ipu_cmds *cmds, uint32_t tile_first, uint32_t tile_count,
		  uint32_t tile_addr, uint32_t bytes, uint32_t value);

/**
 * struct ipu_launch - a run of a program on a range of tiles
 * @size: sizeof(struct ipu_launch)
 * @tile_first: first tile, within the context; it is tile 0 to the program
 * @tile_count: tiles, at least 1
 * @entry: where every tile's supervisor starts
 * @sp: its stack pointer
 * @arg: its a0
 * @resume: resume after an external sync instead; entry, sp and arg are 0 then
 * @report_va: context virtual address where struct ipu_run_report of drm/ipu_cmd.h
 *	is written, 8-byte aligned; 0 for nowhere
 * @profile_va: context virtual address of its struct ipu_profile of drm/ipu_cmd.h, 64-byte
 *	aligned; 0 for none
 */
struct ipu_launch {
	size_t size;
	uint32_t tile_first;
	uint32_t tile_count;
	uint32_t entry;
	uint32_t sp;
	uint32_t arg;
	bool resume;
	uint64_t report_va;
	uint64_t profile_va;
};

/** ipu_cmds_run - add a run; returns as ipu_cmds_copy_to_tiles() */
int ipu_cmds_run(struct ipu_cmds *cmds, const struct ipu_launch *launch);

/**
 * ipu_cmds_submit - submit a list as one job
 * @cmds: the list; reset it before it is filled again. It can be submitted again as it is.
 * @seqno: out: the job's number in its context, from 1 on
 *
 * Jobs of a context run in the order of submission. Return: 0; -EINVAL for an
 * empty list; -EIO when the context is lost; -ENODEV.
 */
int ipu_cmds_submit(struct ipu_cmds *cmds, uint64_t *seqno);

/**
 * ipu_submit - submit commands that the caller wrote into a mapped buffer itself
 * @ctx: the context
 * @cmd_va: context virtual address of the first one, 64-byte aligned; see drm/ipu_cmd.h
 * @count: commands, 1..max_cmds of &struct ipu_info
 * @seqno: out: the job's number in its context, from 1 on
 *
 * Return: 0; -EINVAL; -EIO when the context is lost, see ipu_get_health(); -EDQUOT
 * when too many of the context's jobs have not ended; -ENODEV.
 */
int ipu_submit(struct ipu_context *ctx, uint64_t cmd_va, uint32_t count, uint64_t *seqno);

/**
 * ipu_wait - wait until a job has ended
 * @ctx: the context
 * @seqno: the job
 * @timeout_ns: how long to wait; 0 returns at once, negative waits without a limit
 *
 * Return: 0 when it is done; -ETIME when it has not ended in time; -EIO when it
 * faulted and -ETIMEDOUT when the watchdog stopped it, see ipu_get_fault();
 * -ECANCELED when the context was destroyed; -ENODATA when it has ended but it is
 * not known any more how, because more than 1024 jobs of the context have failed
 * since; -EINVAL for a job that was never submitted; -ENODEV.
 */
int ipu_wait(struct ipu_context *ctx, uint64_t seqno, int64_t timeout_ns);

/* ---- Faults --------------------------------------------------------------- */

#define IPU_NO_TILE 0xffffffffu /* the fault is not a tile's */
#define IPU_SUPERVISOR 6 /* "unit" of a tile's supervisor */
#define IPU_NO_UNIT 7

/**
 * struct ipu_fault - why a job was stopped
 * @size: sizeof(struct ipu_fault), set by the caller
 * @seqno: the job
 * @cause: enum ipu_fault_cause of drm/ipu_cmd.h
 * @tile: tile within the context, or IPU_NO_TILE
 * @unit: worker 0..5, IPU_SUPERVISOR, or IPU_NO_UNIT
 * @pc: tile address of the instruction, 0 if no tile
 * @addr: address that was accessed, where the cause has one
 * @info: detail, see the cause
 * @cmd_va: context virtual address of the command, 0 if none
 */
struct ipu_fault {
	size_t size;
	uint64_t seqno;
	uint32_t cause;
	uint32_t tile;
	uint32_t unit;
	uint32_t pc;
	uint64_t addr;
	uint32_t info;
	uint64_t cmd_va;
};

/**
 * ipu_get_fault - the fault that ended a job
 * @ctx: the context
 * @seqno: the job; 0 for the latest fault of the context
 * @fault: out
 *
 * A context remembers its last 16. Return: 0; -ENODATA if the job did not
 * fault or its record is no longer kept; -EINVAL for a wrong size.
 */
int ipu_get_fault(struct ipu_context *ctx, uint64_t seqno, struct ipu_fault *fault);

/** ipu_fault_name - a cause in a few words, "load outside SRAM"; never NULL */
const char *ipu_fault_name(uint32_t cause);

/** ipu_fault_advice - what to do about a cause, a sentence; never NULL */
const char *ipu_fault_advice(uint32_t cause);

/**
 * ipu_fault_detail - describe "addr" and "info" of a fault in words
 * @fault: the fault
 * @text: out: "address 0x10", or "" where the cause has no detail
 * @bytes: room there; 96 are enough
 */
void ipu_fault_detail(const struct ipu_fault *fault, char *text, size_t bytes);

/* ---- Programs ------------------------------------------------------------- */

/**
 * ipu_program_open - read a tile program and check it
 * @path: an ELF file for 32-bit RISC-V, linked into a tile's SRAM
 * @prog: out: close it with ipu_program_close()
 *
 * Return: 0; -ENOEXEC when the file is not a program for a tile, ipu_error()
 * says what is wrong with it; -ENOENT and the like when it cannot be read;
 * -ENOMEM.
 */
int ipu_program_open(const char *path, struct ipu_program **prog);

/**
 * ipu_program_open_memory - the same for an ELF file in memory
 * @elf: the file's bytes; copied
 * @bytes: how many
 * @name: its name in messages
 * @prog: out: close it with ipu_program_close()
 */
int ipu_program_open_memory(const void *elf, size_t bytes, const char *name,
			    struct ipu_program **prog);

/** ipu_program_close - NULL is allowed; a context that has loaded the program keeps it */
void ipu_program_close(struct ipu_program *prog);

/** ipu_program_entry - tile address where every tile's supervisor starts */
uint32_t ipu_program_entry(const struct ipu_program *prog);

/**
 * ipu_program_entry_count - entry points that the program declares besides main()
 *
 * See ipu_set_entry().
 */
size_t ipu_program_entry_count(const struct ipu_program *prog);

/** ipu_program_entry_name - of entry point @index, in the order declared; NULL if there are fewer */
const char *ipu_program_entry_name(const struct ipu_program *prog, size_t index);

/**
 * struct ipu_tensor_desc - a tensor of a program
 * @size: sizeof(struct ipu_tensor_desc), set by the caller
 * @name: its name
 * @dtype: enum ipu_dtype
 * @direction: IPU_TENSOR_IN, IPU_TENSOR_OUT or both; or one of them and IPU_TENSOR_STREAM,
 *	and it is a stream, see ipu_stream.h
 * @layout: enum ipu_layout
 * @ndim: dimensions
 * @shape: of what one tile can hold; shape[0] is the most rows a tile takes, and with
 *	IPU_GRID shape[1] the most columns
 * @row_bytes: bytes of one row; with IPU_GRID of one that has shape[1] columns
 */
struct ipu_tensor_desc {
	size_t size;
	char name[IPU_NOTE_NAME_SIZE];
	uint32_t dtype;
	uint32_t direction;
	uint32_t layout;
	uint32_t ndim;
	uint32_t shape[IPU_NOTE_MAX_DIMS];
	uint32_t row_bytes;
};

/** ipu_program_tensor_count - tensors the program declares; 0 for a bare ELF file */
size_t ipu_program_tensor_count(const struct ipu_program *prog);

/** ipu_program_tensor - describe tensor @index, in the order declared; -EINVAL if there are fewer */
int ipu_program_tensor(const struct ipu_program *prog, size_t index, struct ipu_tensor_desc *desc);

/** ipu_program_find_tensor - describe a tensor by name; -ENOENT, and ipu_error() lists them */
int ipu_program_find_tensor(const struct ipu_program *prog, const char *name,
			    struct ipu_tensor_desc *desc);

/** ipu_dtype_name - "float32" and so on, as NumPy has it; NULL for an unknown one */
const char *ipu_dtype_name(uint32_t dtype);

/** ipu_dtype_size - bytes of one element; 0 for an unknown one */
size_t ipu_dtype_size(uint32_t dtype);

/**
 * enum ipu_region_kind - what a part of a tile's SRAM is for
 * @IPU_REGION_CODE: instructions
 * @IPU_REGION_CONSTANTS: what the program does not write
 * @IPU_REGION_DATA: variables
 * @IPU_REGION_TENSOR: a tensor, with its halo
 * @IPU_REGION_STACK: of one unit
 * @IPU_REGION_PADDING: between the others, so that they are aligned
 * @IPU_REGION_FREE: not used by the program, behind everything else
 */
enum ipu_region_kind {
	IPU_REGION_CODE = 0,
	IPU_REGION_CONSTANTS = 1,
	IPU_REGION_DATA = 2,
	IPU_REGION_TENSOR = 3,
	IPU_REGION_STACK = 4,
	IPU_REGION_PADDING = 5,
	IPU_REGION_FREE = 6,
};

#define IPU_REGION_KINDS 7

/**
 * struct ipu_region - a part of a tile's SRAM, as a program uses it
 * @size: sizeof(struct ipu_region), set by the caller
 * @name: the tensor, the section, or the unit whose stack it is; "" for none
 * @kind: enum ipu_region_kind
 * @addr: tile address
 * @bytes: how many
 */
struct ipu_region {
	size_t size;
	char name[64];
	uint32_t kind;
	uint32_t addr;
	uint32_t bytes;
};

/**
 * ipu_program_region_count - regions of the program's memory map, at least 1
 *
 * They are in the order of their addresses and cover the whole SRAM of a tile, each byte once.
 */
size_t ipu_program_region_count(const struct ipu_program *prog);

/** ipu_program_region - describe region @index; -EINVAL if there are fewer, or for a wrong size */
int ipu_program_region(const struct ipu_program *prog, size_t index, struct ipu_region *region);

/** ipu_region_name - a kind of region in a word, "code"; NULL for an unknown one */
const char *ipu_region_name(uint32_t kind);

/**
 * struct ipu_source - a place in a program's source
 * @size: sizeof(struct ipu_source), set by the caller
 * @function: function, "" if not known
 * @file: source file, "" without debug information
 * @line: line in it, from 1 on; 0 without debug information
 * @offset: bytes from the start of the function
 */
struct ipu_source {
	size_t size;
	char function[128];
	char file[256];
	uint32_t line;
	uint32_t offset;
};

/**
 * ipu_program_source - find the source line of a program counter
 *
 * Uses the debug information (compile with -g), and the symbol table without
 * it. Return: 0; -ENOENT when neither knows the address; -EINVAL for a wrong
 * size.
 */
int ipu_program_source(struct ipu_program *prog, uint32_t pc, struct ipu_source *source);

/**
 * ipu_program_fault_text - the text of an assert() or ipu_trap_text() that a fault is from
 * @prog: the program that was running
 * @fault: its fault
 *
 * Return: "vadd.c:12: assertion failed: n < 4", which lives as long as @prog; NULL for any
 * other fault, or when the program's file does not have it any more (it was stripped).
 */
const char *ipu_program_fault_text(const struct ipu_program *prog, const struct ipu_fault *fault);

/* ---- Running programs ----------------------------------------------------- */

/**
 * ipu_load - load a program into the SRAM of all tiles of a context
 * @ctx: the context; a program that was loaded before is forgotten
 * @prog: the program; the context keeps it until the next load
 *
 * Return: 0; -EBUSY before a run has been waited for; -ENOEXEC for a program
 * compiled for longer vector registers than the card has; -ENOMEM; what
 * ipu_submit() and ipu_wait() return, and then no program is loaded.
 */
int ipu_load(struct ipu_context *ctx, struct ipu_program *prog);

/**
 * ipu_tensor_set - give an input tensor its elements
 * @ctx: a context with a program loaded
 * @name: the tensor
 * @data: its elements, row-major; copied
 * @bytes: bytes at @data, all of which are read, and no others
 * @rows: rows at @data, of row_bytes of &struct ipu_tensor_desc each; with IPU_GRID
 *	they have as many columns as @bytes is enough for
 *
 * A sharded tensor's rows are distributed evenly: tile t holds
 * [t * k, (t + 1) * k) with k = ceil(rows / tiles), the last tiles fewer or none; how rows
 * and columns are distributed in a grid, &enum ipu_layout says.
 *
 * The tiles get the elements with the next job that the context is given, which is that of
 * the next run if nothing comes before it; those that are too many to be kept until then,
 * more than 16 MiB, at once. So what ipu_submit() and ipu_wait() return may be returned by
 * the run. Return: 0; -ENOENT for an unknown tensor; -EINVAL without a program, for a
 * tensor that is not an input or a stream, when @rows rows do not have @bytes bytes, or
 * after a fault since the load; -E2BIG when the tiles cannot hold that many rows, and
 * ipu_error() says how many tiles could; -EBUSY before a run has been waited for; -ENOMEM;
 * what ipu_submit() and ipu_wait() return, and then the program must be loaded again.
 */
int ipu_tensor_set(struct ipu_context *ctx, const char *name, const void *data, size_t bytes,
		   uint64_t rows);

/**
 * ipu_tensor_rows - rows that an output tensor holds after a run, over all tiles
 * @ctx: a context with a program loaded
 * @name: the tensor
 * @rows: out
 *
 * Return: 0; -ENOENT for an unknown tensor; -EINVAL as for ipu_tensor_set();
 * -ERANGE when the program reports more rows on a tile than the tensor has room
 * for; -EBUSY before a run has been waited for; -ENOMEM; what ipu_submit() and
 * ipu_wait() return, and then the program must be loaded again.
 */
int ipu_tensor_rows(struct ipu_context *ctx, const char *name, uint64_t *rows);

/**
 * ipu_tensor_shape - the whole shape that an output tensor has after a run
 * @ctx: a context with a program loaded
 * @name: the tensor
 * @shape: out: IPU_NOTE_MAX_DIMS sizes, the unused ones 0; the first is that of
 *	ipu_tensor_rows(), and with IPU_GRID the second the columns over all tiles
 *
 * Return: what ipu_tensor_rows() returns; -ERANGE also when tiles in one row or column of
 * a grid report different numbers of rows or columns.
 */
int ipu_tensor_shape(struct ipu_context *ctx, const char *name, uint64_t *shape);

/**
 * ipu_tensor_get - read an output tensor
 * @ctx: a context with a program loaded
 * @name: the tensor
 * @data: out: the rows of all tiles in the order of tiles (of tile 0 alone if
 *	it is broadcast; in a grid the whole, row-major)
 * @bytes: room at @data
 * @rows: out: how many rows; may be NULL
 *
 * Return: what ipu_tensor_rows() returns; -ENOSPC when @bytes is too small.
 */
int ipu_tensor_get(struct ipu_context *ctx, const char *name, void *data, size_t bytes,
		   uint64_t *rows);

/**
 * struct ipu_report - what a run did
 * @size: sizeof(struct ipu_report), set by the caller
 * @at_sync: the program waits at an external sync, for ipu_resume(); else it has ended
 * @exit_tile: lowest tile whose exit code is not 0, else 0
 * @exit_code: its exit code, else 0
 * @cycles: card time in cycles of the tile clock
 * @instructions: instructions that all tiles executed
 * @supersteps: supersteps
 * @exchange_bytes: bytes moved between tiles
 * @host_ns: time from the submission to its end as the host saw it
 */
struct ipu_report {
	size_t size;
	bool at_sync;
	uint32_t exit_tile;
	uint32_t exit_code;
	uint64_t cycles;
	uint64_t instructions;
	uint64_t supersteps;
	uint64_t exchange_bytes;
	uint64_t host_ns;
};

/**
 * ipu_set_entry - choose where runs begin
 * @ctx: a context with a program loaded
 * @name: an entry point of the program, IPU_ENTRY() of the SDK, or "main"
 *
 * For all runs until the next one is chosen or a program is loaded, which begin with
 * main(). Return: 0; -ENOENT, and ipu_error() lists them; -EINVAL without a program, or
 * after a fault since the load; -EBUSY before a run has been waited for.
 */
int ipu_set_entry(struct ipu_context *ctx, const char *name);

/**
 * ipu_run - run the loaded program on all tiles, from its entry, and wait
 * @ctx: a context with a program loaded
 * @report: out: may be NULL
 *
 * Every tile's supervisor starts at the entry with a0 = 0 and sp at the top of
 * SRAM less 64 bytes, or as much below the segment that is there; those bytes
 * are zero. a0 is not 0 after ipu_set_entry(). SRAM keeps its contents from run to run,
 * so that inputs need not be set again; the row counts of outputs are reset.
 *
 * A run is one job: it copies in what was set, runs the tiles, and copies out the outputs
 * that were read after the last run (of the first one, all), as many rows as they had then,
 * and no more than 16 MiB. Reading those outputs needs no job, and of others has its own. A
 * run that fails has no outputs.
 *
 * Streams (ipu_stream.h) are served meanwhile, by this call or ipu_run_wait(), and the
 * report is of all the parts of the run.
 *
 * Return: 0, even if the program's exit code is not 0; -EINVAL without a program, after a
 * fault since the load, or when an input stream is not attached; -EBUSY before a run has
 * been waited for; -EIO or -ETIMEDOUT when it faulted, see ipu_get_fault(), or what a
 * stream failed with: the program must then be loaded again; -EIO also when the context is
 * lost, see ipu_get_health(), or when the card wrote no report.
 */
int ipu_run(struct ipu_context *ctx, struct ipu_report *report);

/** ipu_resume - resume after an external sync and wait; -EINVAL if the program is not at one */
int ipu_resume(struct ipu_context *ctx, struct ipu_report *report);

/** ipu_run_start - ipu_run() that does not wait; each must be followed by ipu_run_wait() */
int ipu_run_start(struct ipu_context *ctx);

/** ipu_resume_start - ipu_resume() that does not wait; followed by ipu_run_wait() */
int ipu_resume_start(struct ipu_context *ctx);

/**
 * ipu_run_wait - wait for the run that was started
 * @ctx: the context
 * @timeout_ns: how long; 0 returns at once, negative waits without a limit
 * @report: out: may be NULL
 *
 * Return: as ipu_run(); -ETIME when it has not ended in time, and it must be
 * waited for again; -EINVAL when none was started.
 */
int ipu_run_wait(struct ipu_context *ctx, int64_t timeout_ns, struct ipu_report *report);

/**
 * struct ipu_printed - a line that a unit has printed
 * @size: sizeof(struct ipu_printed) of the library
 * @tile: the tile within the context
 * @unit: worker 0..5 or IPU_SUPERVISOR
 * @dropped: lines of the tile just before this one that newer ones have taken the place of
 * @cycles: the tile's clock when the line ended, from the start of the run or resume
 * @text: without the newline, ended by a zero byte
 * @bytes: its length; the text may have zero bytes in it
 */
struct ipu_printed {
	size_t size;
	uint32_t tile;
	uint32_t unit;
	uint32_t dropped;
	uint64_t cycles;
	const char *text;
	size_t bytes;
};

/* Takes a line that a tile has printed, which is gone when it returns. */
typedef void (*ipu_print_fn)(const struct ipu_printed *line, void *data);

/**
 * ipu_set_print - choose who is given what the tiles of a context print
 * @ctx: the context
 * @fn: called by ipu_run_wait(), ipu_run() and ipu_resume(), in their thread; it may call
 *	libipu. NULL for nobody: then a tile keeps what it printed last
 * @data: handed to it
 *
 * Lines are handed over while somebody waits for the run, ten times a second or less often,
 * and when the program has ended, waits at an external sync or has faulted: in the order of
 * their time, and at the same time in that of tiles and units. So lines of one superstep
 * come before those of the next, and the order is the same in every run. Lines without a
 * newline are handed over at the end of the program.
 *
 * To read them during a run the context is halted for a moment, as a debugger does it, which
 * does not change what it computes or its cycles; not when it is debugged, or the card cannot
 * do that.
 *
 * Return: 0; -EBUSY before a run has been waited for.
 */
int ipu_set_print(struct ipu_context *ctx, ipu_print_fn fn, void *data);

#ifdef __cplusplus
}
#endif

#endif /* IPU_H */
