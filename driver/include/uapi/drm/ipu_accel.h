/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note OR MIT */
/*
 * User-space interface of the ipu driver, /dev/accel/accelN.
 *
 * Rules, followed since the first version:
 *  - structures are the same for 32- and 64-bit processes: fixed-size members,
 *    8-byte alignment, no implicit padding, no unions, no pointers but as __u64;
 *  - members are only added, at the end; a shorter structure of an older
 *    program is accepted, with the missing members as zero;
 *  - padding, reserved members and unknown flags must be zero, else -EINVAL;
 *  - arrays are given by address, count and stride, so that elements can grow;
 *  - a new flag or member raises DRM_IPU_VERSION_MINOR.
 *
 * Versions: 1.0 - first; 1.1 - DRM_IOCTL_IPU_DEBUG_*; 1.2 - DRM_IOCTL_IPU_CTX_QUERY,
 * DRM_IPU_QUERY_LIMITS and the limits that it tells; 1.3 - DRM_IOCTL_IPU_VM_BIND,
 * DRM_IOCTL_IPU_BO_FROM_USER, DRM_IOCTL_IPU_BO_MADVISE, DRM_IPU_BO_WC,
 * DRM_IOCTL_IPU_QUEUE_CREATE, DRM_IOCTL_IPU_QUEUE_DESTROY, DRM_IOCTL_IPU_JOB_CANCEL, queue of
 * a submission; DRM_IPU_CTX_EVENTS; 1.4 - DRM_IOCTL_IPU_USERQ_CREATE,
 * DRM_IOCTL_IPU_USERQ_DESTROY, DRM_IOCTL_IPU_USERQ_WAIT, user queue of a fault;
 * DRM_IOCTL_IPU_LINK_CREATE, DRM_IPU_CTX_LINKED, DRM_IPU_QUERY_LINK.
 *
 * The card's commands, which user space writes into a buffer object itself, fault causes, and
 * what else the card defines of the values below is in ipu_cmd.h.
 *
 * Every ioctl returns -ENODEV once the device is gone, -EFAULT for a bad
 * address, -EINVAL for a broken rule above. Why an argument was refused is in
 * the kernel log when drm.debug has DRM_UT_DRIVER (0x2).
 */
#ifndef _UAPI_IPU_ACCEL_H_
#define _UAPI_IPU_ACCEL_H_

#include "drm.h"

#if defined(__cplusplus)
extern "C" {
#endif

#define DRM_IPU_VERSION_MAJOR	1
#define DRM_IPU_VERSION_MINOR	4

#define DRM_IPU_DEV_QUERY	0x00
#define DRM_IPU_BO_CREATE	0x01
#define DRM_IPU_BO_MMAP_OFFSET	0x02
#define DRM_IPU_CTX_CREATE	0x03
#define DRM_IPU_CTX_DESTROY	0x04
#define DRM_IPU_BO_MAP		0x05
#define DRM_IPU_BO_UNMAP	0x06
#define DRM_IPU_SUBMIT		0x07
#define DRM_IPU_WAIT		0x08
#define DRM_IPU_GET_FAULT	0x09
#define DRM_IPU_DEBUG_CTL	0x0a
#define DRM_IPU_DEBUG_WAIT	0x0b
#define DRM_IPU_DEBUG_POINT	0x0c
#define DRM_IPU_DEBUG_ACCESS	0x0d
#define DRM_IPU_CTX_QUERY	0x0e
#define DRM_IPU_VM_BIND		0x0f
#define DRM_IPU_BO_FROM_USER	0x10
#define DRM_IPU_BO_MADVISE	0x11
#define DRM_IPU_QUEUE_CREATE	0x12
#define DRM_IPU_QUEUE_DESTROY	0x13
#define DRM_IPU_JOB_CANCEL	0x14
#define DRM_IPU_USERQ_CREATE	0x15
#define DRM_IPU_USERQ_DESTROY	0x16
#define DRM_IPU_USERQ_WAIT	0x17
#define DRM_IPU_LINK_CREATE	0x18

/**
 * enum drm_ipu_query_type - what DRM_IOCTL_IPU_DEV_QUERY returns
 */
enum drm_ipu_query_type {
	/** @DRM_IPU_QUERY_INFO: &struct drm_ipu_query_info, constant properties */
	DRM_IPU_QUERY_INFO = 0,
	/** @DRM_IPU_QUERY_USAGE: &struct drm_ipu_query_usage, as of now */
	DRM_IPU_QUERY_USAGE = 1,
	/** @DRM_IPU_QUERY_LIMITS: &struct drm_ipu_query_limits, of the caller, as of now */
	DRM_IPU_QUERY_LIMITS = 2,
	/** @DRM_IPU_QUERY_LINK: &struct drm_ipu_query_link, as of now */
	DRM_IPU_QUERY_LINK = 3,
};

/**
 * struct drm_ipu_dev_query - argument of DRM_IOCTL_IPU_DEV_QUERY
 *
 * With @data zero, only @size is returned, so that a program can learn how
 * large the kernel's structure is. Otherwise the smaller of both sizes is
 * copied and @size says how much that was. Errors: -EINVAL for an unknown
 * @type.
 */
struct drm_ipu_dev_query {
	/** @type: &enum drm_ipu_query_type */
	__u32 type;
	/** @size: in: bytes at @data; out: bytes the kernel has, or has copied */
	__u32 size;
	/** @data: address of the structure, or 0 */
	__u64 data;
};

/**
 * struct drm_ipu_query_info - the card
 */
struct drm_ipu_query_info {
	/** @hw_version: IPU_REG_VERSION */
	__u32 hw_version;
	/** @fw_version: IPU_REG_FW_VERSION */
	__u32 fw_version;
	/**
	 * @caps: IPU_REG_CAPS: IPU_CAP_DEBUG for DRM_IOCTL_IPU_DEBUG_CTL and what belongs to
	 * it, IPU_CAP_PROFILE for a RUN with a profile_va, which is in one of the context's
	 * buffers and needs no ioctl, IPU_CAP_USER_QUEUES for DRM_IOCTL_IPU_USERQ_CREATE,
	 * IPU_CAP_LINK for DRM_IPU_CTX_LINKED, if the card is in a chain
	 */
	__u32 caps;
	/** @isa: IPU_REG_ISA */
	__u32 isa;
	/** @vlen: vector register length in bits, 0 without vectors */
	__u32 vlen;
	/** @tiles: tiles on the card */
	__u32 tiles;
	/** @sram_base: tile address of SRAM */
	__u32 sram_base;
	/** @sram_size: bytes of one tile's SRAM */
	__u32 sram_size;
	/** @workers: workers of one tile */
	__u32 workers;
	/** @clock_khz: tile clock in kHz */
	__u32 clock_khz;
	/** @contexts: most contexts at a time */
	__u32 contexts;
	/** @max_cmds: most commands of one submission */
	__u32 max_cmds;
	/** @serial: serial number */
	__u64 serial;
	/** @va_size: context virtual addresses are below this */
	__u64 va_size;
};

/**
 * struct drm_ipu_query_usage - how much of the card is taken, by all processes
 */
struct drm_ipu_query_usage {
	/** @contexts: contexts in use */
	__u32 contexts;
	/** @tiles: tiles owned by contexts */
	__u32 tiles;
	/** @largest_free: tiles in the largest free range */
	__u32 largest_free;
	/** @pad: zero */
	__u32 pad;
	/** @resets: times a context or the card was reset since the driver was bound */
	__u64 resets;
};

/**
 * struct drm_ipu_query_limits - what the caller may have, and has
 *
 * A user has no more than a share of the card's contexts and tiles, and of the
 * machine's memory for buffers, which the module's parameter user_share sets, unless
 * they have CAP_SYS_RESOURCE: then the limits are what there is. Contexts and buffers
 * count for the real uid of the process that made them; inside of a user namespace,
 * for the user that made the namespace. What exceeds a limit fails with -EDQUOT.
 */
struct drm_ipu_query_limits {
	/** @user_contexts: most contexts of the caller's user on this card */
	__u32 user_contexts;
	/** @user_tiles: most tiles of that user */
	__u32 user_tiles;
	/** @used_contexts: contexts that the user has */
	__u32 used_contexts;
	/** @used_tiles: tiles that the user has */
	__u32 used_tiles;
	/** @ctx_tables: most page tables of a context, of 4 KiB; each maps up to 2 MiB */
	__u32 ctx_tables;
	/** @ctx_mappings: most mappings of a context */
	__u32 ctx_mappings;
	/** @ctx_jobs: most jobs of a context that have not ended */
	__u32 ctx_jobs;
	/** @pad: zero */
	__u32 pad;
	/**
	 * @user_bytes: most bytes of the user's buffers, of all cards together and without
	 * those that were imported
	 */
	__u64 user_bytes;
	/** @used_bytes: bytes of the buffers that the user has */
	__u64 used_bytes;
};

/**
 * struct drm_ipu_query_link - the chain of linked cards that the card is in
 *
 * Errors: -ENODATA while the card is being reset or is out of use.
 */
struct drm_ipu_query_link {
	/** @group: the same for all cards of a chain, 0 for a card that is in none */
	__u32 group;
	/** @index: the card's place, from 0 on */
	__u32 index;
	/** @cards: cards in the chain */
	__u32 cards;
	/** @pad: zero */
	__u32 pad;
};

/**
 * enum drm_ipu_bo_flags - how the processor sees a buffer
 */
enum drm_ipu_bo_flags {
	/**
	 * @DRM_IPU_BO_WC: mappings of the processor are write-combined, not cached: for
	 * what a program only writes, in order. Without effect on machines where these
	 * would not be coherent with the card, as those of arm64 are
	 */
	DRM_IPU_BO_WC = 1 << 0,
};

/**
 * struct drm_ipu_bo_create - argument of DRM_IOCTL_IPU_BO_CREATE
 *
 * Creates a buffer object of zeroed, pageable host memory. Closed with
 * DRM_IOCTL_GEM_CLOSE; its memory lives as long as a handle, a mapping in a
 * context or an mmap exists. Errors: -ENOMEM, -EDQUOT when the user would have more
 * bytes than they may, see &struct drm_ipu_query_limits.
 */
struct drm_ipu_bo_create {
	/** @size: in: bytes, at least 1; out: rounded up to whole pages */
	__u64 size;
	/** @flags: &enum drm_ipu_bo_flags */
	__u32 flags;
	/** @handle: out: GEM handle, never 0 */
	__u32 handle;
};

/**
 * struct drm_ipu_bo_mmap_offset - argument of DRM_IOCTL_IPU_BO_MMAP_OFFSET
 *
 * Errors: -ENOENT for an unknown handle, -EOPNOTSUPP for a buffer of
 * DRM_IOCTL_IPU_BO_FROM_USER.
 */
struct drm_ipu_bo_mmap_offset {
	/** @handle: GEM handle */
	__u32 handle;
	/** @pad: zero */
	__u32 pad;
	/** @offset: out: offset to mmap() the device file at, with MAP_SHARED */
	__u64 offset;
};

/**
 * struct drm_ipu_bo_from_user - argument of DRM_IOCTL_IPU_BO_FROM_USER
 *
 * Makes a buffer object of memory that the process has, which must be writable, such as
 * what malloc() gives; so files can be read into it with O_DIRECT, too, which mappings of
 * the device do not allow. The pages stay pinned as long as the buffer exists, and count
 * for RLIMIT_MEMLOCK. If the process maps something else there, or a child writes to its
 * copy after fork(), the buffer still has the pages that were there. It cannot be exported.
 *
 * Errors: -EINVAL when @addr or @size is not a multiple of the page size, or @size is 0,
 * -EFAULT when not all of it is memory that can be written to and pinned, -ENOMEM, also
 * when it would exceed RLIMIT_MEMLOCK, -EDQUOT as DRM_IOCTL_IPU_BO_CREATE.
 */
struct drm_ipu_bo_from_user {
	/** @addr: address of the first byte */
	__u64 addr;
	/** @size: bytes */
	__u64 size;
	/** @flags: zero */
	__u32 flags;
	/** @handle: out: GEM handle, never 0 */
	__u32 handle;
};

/**
 * enum drm_ipu_madv - what user space thinks about a buffer's contents
 */
enum drm_ipu_madv {
	/** @DRM_IPU_MADV_WILLNEED: they are needed; so it begins */
	DRM_IPU_MADV_WILLNEED = 0,
	/**
	 * @DRM_IPU_MADV_DONTNEED: the kernel may free the memory when it has little, if no
	 * context has the buffer mapped and it is not exported
	 */
	DRM_IPU_MADV_DONTNEED = 1,
};

/**
 * struct drm_ipu_bo_madvise - argument of DRM_IOCTL_IPU_BO_MADVISE
 *
 * A buffer whose memory was freed has none any more: it can only be closed. Mapping it
 * into a context fails with -EINVAL, and an access of the process is SIGBUS. Errors:
 * -ENOENT for an unknown handle; -EINVAL for a buffer that was imported, or of
 * DRM_IOCTL_IPU_BO_FROM_USER.
 */
struct drm_ipu_bo_madvise {
	/** @handle: GEM handle */
	__u32 handle;
	/** @madv: &enum drm_ipu_madv */
	__u32 madv;
	/** @retained: out: 1 if the buffer still has its memory, else 0 */
	__u32 retained;
	/** @pad: zero */
	__u32 pad;
};

/**
 * enum drm_ipu_ctx_flags - how DRM_IOCTL_IPU_CTX_CREATE makes a context
 */
enum drm_ipu_ctx_flags {
	/**
	 * @DRM_IPU_CTX_EVENTS: when the context is lost, &struct drm_ipu_event_ctx_lost
	 * can be read from the file
	 */
	DRM_IPU_CTX_EVENTS = 1 << 0,
	/** @DRM_IPU_CTX_LINKED: its runs can be one with those of contexts of other cards */
	DRM_IPU_CTX_LINKED = 1 << 1,
};

/**
 * struct drm_ipu_link_create - argument of DRM_IOCTL_IPU_LINK_CREATE
 *
 * Makes a file that stands for contexts whose runs are one: IPU_CMD_RUN_LINKED of ipu_cmd.h.
 * Each is created with DRM_IPU_CTX_LINKED, the file and a rank of its own, on cards of one
 * chain, perhaps by other processes that were passed the file. In linked runs the contexts
 * reach each other's tiles. The file is good for nothing else; contexts remain linked when it
 * is closed. Errors: -EINVAL for a count that is 0 or too large, and as open().
 */
struct drm_ipu_link_create {
	/** @count: contexts, 1 to IPU_LINK_CARDS */
	__u32 count;
	/** @flags: zero */
	__u32 flags;
	/** @fd: out: the file, with O_CLOEXEC */
	__s32 fd;
	/** @pad: zero */
	__u32 pad;
};

/**
 * struct drm_ipu_ctx_create - argument of DRM_IOCTL_IPU_CTX_CREATE
 *
 * A context has tiles of its own, a contiguous range whose SRAM starts zeroed,
 * and an address space of its own; it can access nothing outside of these. It
 * belongs to the open file. Errors: -EINVAL for a tile count of 0 or more than
 * the card has, -EBUSY when no free range is large enough or all contexts are
 * in use, -EDQUOT when the user would have more contexts or tiles than they may, see
 * &struct drm_ipu_query_limits, or has as many as the card and 16 more, with those that are
 * closed and of which a job has not ended, -EIO when the card is out of use, -ENOMEM with
 * DRM_IPU_CTX_EVENTS when 4096 bytes of events are reserved or have not been read. While
 * the card is being reset, this waits until it is back. With DRM_IPU_CTX_LINKED also -EBADF or
 * -EINVAL for a file that is none of DRM_IOCTL_IPU_LINK_CREATE, -EINVAL for no such rank,
 * -EBUSY when another context has it, -EXDEV for a card that is not linked to theirs. A rank is
 * free again once its context is destroyed.
 */
struct drm_ipu_ctx_create {
	/** @tiles: tiles wanted */
	__u32 tiles;
	/** @flags: &enum drm_ipu_ctx_flags */
	__u32 flags;
	/**
	 * @watchdog_ms: time limit of a run in host ms; 0 takes the driver's default
	 * (10000). Above 60000 the context's jobs cannot signal syncobjs, see
	 * &struct drm_ipu_submit.
	 */
	__u32 watchdog_ms;
	/** @ctx: out: context id within this file, never 0 */
	__u32 ctx;
	/** @tile_first: out: first tile on the card, for information */
	__u32 tile_first;
	/** @pad: zero */
	__u32 pad;
	/** @link_fd: with DRM_IPU_CTX_LINKED: a file of DRM_IOCTL_IPU_LINK_CREATE; else zero */
	__s32 link_fd;
	/** @link_rank: with DRM_IPU_CTX_LINKED: which of the contexts it is; else zero */
	__u32 link_rank;
};

/**
 * struct drm_ipu_ctx_destroy - argument of DRM_IOCTL_IPU_CTX_DESTROY
 *
 * Jobs of the context that have not finished end with -ECANCELED. Returns once
 * the card has stopped it. Errors: -ENOENT for an unknown context.
 */
struct drm_ipu_ctx_destroy {
	/** @ctx: context id */
	__u32 ctx;
	/** @pad: zero */
	__u32 pad;
};

/**
 * enum drm_ipu_map_flags - how DRM_IOCTL_IPU_BO_MAP maps a buffer
 */
enum drm_ipu_map_flags {
	/** @DRM_IPU_MAP_WRITE: the card may write to the buffer, not only read it */
	DRM_IPU_MAP_WRITE = 1 << 0,
	/** @DRM_IPU_MAP_FIXED: map at va instead of an address the driver picks */
	DRM_IPU_MAP_FIXED = 1 << 1,
};

/**
 * struct drm_ipu_bo_map - argument of DRM_IOCTL_IPU_BO_MAP
 *
 * Maps a whole buffer object into a context's address space. A buffer can be
 * mapped several times. Errors: -ENOENT for an unknown context or handle,
 * -ENOSPC with no room in the address space, -EBUSY when the fixed range is not
 * free, -EINVAL when @va is not page aligned or outside the address space, -EDQUOT
 * when the context would have more mappings or page tables than it may, see &struct
 * drm_ipu_query_limits, -EOPNOTSUPP when the card would not see the memory itself but a
 * copy that the kernel makes (swiotlb).
 */
struct drm_ipu_bo_map {
	/** @ctx: context id */
	__u32 ctx;
	/** @handle: GEM handle */
	__u32 handle;
	/** @flags: &enum drm_ipu_map_flags */
	__u32 flags;
	/** @pad: zero */
	__u32 pad;
	/** @va: out, or in with DRM_IPU_MAP_FIXED: context virtual address, never 0 */
	__u64 va;
};

/**
 * struct drm_ipu_bo_unmap - argument of DRM_IOCTL_IPU_BO_UNMAP
 *
 * Takes effect at once, for jobs in flight too: one that still uses the range faults. If the
 * card goes on using it for longer than the module's parameter inval_timeout_ms (10000), the
 * job that runs, or is next after a command of a user queue that runs, is ended with
 * -ETIMEDOUT, and the user queues are lost. Errors: -ENOENT for an unknown context or with no
 * mapping at @va.
 */
struct drm_ipu_bo_unmap {
	/** @ctx: context id */
	__u32 ctx;
	/** @pad: zero */
	__u32 pad;
	/** @va: what DRM_IOCTL_IPU_BO_MAP returned */
	__u64 va;
};

/**
 * struct drm_ipu_sync - a syncobj a submission waits for or signals
 */
struct drm_ipu_sync {
	/** @handle: syncobj handle */
	__u32 handle;
	/** @flags: zero */
	__u32 flags;
	/** @point: timeline point; 0 for a binary syncobj */
	__u64 point;
};

/**
 * struct drm_ipu_obj_array - an array in user memory
 */
struct drm_ipu_obj_array {
	/** @stride: bytes of one element as user space knows it */
	__u32 stride;
	/** @count: elements */
	__u32 count;
	/** @array: address of the first one, 0 if @count is 0 */
	__u64 array;
};

/* DRM_IPU_MAX_SYNCS: most syncobjs of a submission to wait for, and to signal */
#define DRM_IPU_MAX_SYNCS	1024

/**
 * struct drm_ipu_submit - argument of DRM_IOCTL_IPU_SUBMIT
 *
 * Queues a list of commands (ipu_cmd.h) in a mapped buffer. Jobs of one queue of a
 * context run in the order they were submitted. Errors: -ENOENT for an unknown context,
 * queue or syncobj, -EINVAL for a misaligned @cmd_va, a @cmd_count of 0 or above max_cmds,
 * more than DRM_IPU_MAX_SYNCS syncobjs, or a syncobj without a fence; -EDQUOT when
 * as many jobs as &struct drm_ipu_query_limits allows have not ended; -EIO when the
 * context is lost: the card was reset as a whole, the machine was suspended, or the
 * PCI link failed, which clears the tiles; or the driver had to stop its jobs three
 * times. DRM_IOCTL_IPU_CTX_QUERY has the reason. Create a new one then.
 *
 * Other processes and drivers may wait on a fence that user space gets, so it must not
 * take for ever. With @out_syncs the whole job has a time limit, and so have those of the
 * context that run before it has ended: the module's parameter fence_timeout_ms (60000),
 * counted from when the job starts, or such a fence was given out. One that takes longer
 * ends with -ETIMEDOUT; the fence of the nth job in the context signals after n times that
 * at the latest. -EOPNOTSUPP for @out_syncs in a context whose runs have no time limit or
 * a longer one, or that is debugged: such jobs can be waited for with
 * DRM_IOCTL_IPU_WAIT only.
 */
struct drm_ipu_submit {
	/** @ctx: context id */
	__u32 ctx;
	/** @flags: zero */
	__u32 flags;
	/** @cmd_va: context virtual address of the first command, 64-byte aligned */
	__u64 cmd_va;
	/** @cmd_count: commands */
	__u32 cmd_count;
	/** @queue: DRM_IOCTL_IPU_QUEUE_CREATE's; 0 for the one that each context has */
	__u32 queue;
	/** @in_syncs: array of &struct drm_ipu_sync to wait for */
	struct drm_ipu_obj_array in_syncs;
	/** @out_syncs: array of &struct drm_ipu_sync to signal when the job has ended; see above */
	struct drm_ipu_obj_array out_syncs;
	/** @seqno: out: the job's number in its context, counting from 1 */
	__u64 seqno;
};

/**
 * enum drm_ipu_priority - which queue's job runs next
 */
enum drm_ipu_priority {
	/** @DRM_IPU_PRIORITY_NORMAL: as that of the queue that each context has */
	DRM_IPU_PRIORITY_NORMAL = 0,
	/** @DRM_IPU_PRIORITY_LOW: when the others have no job that is ready */
	DRM_IPU_PRIORITY_LOW = 1,
	/** @DRM_IPU_PRIORITY_HIGH: before the others */
	DRM_IPU_PRIORITY_HIGH = 2,
};

/* DRM_IPU_MAX_QUEUES: most queues that a context can have in addition to its own */
#define DRM_IPU_MAX_QUEUES	16

/**
 * struct drm_ipu_queue_create - argument of DRM_IOCTL_IPU_QUEUE_CREATE
 *
 * Makes one more queue of jobs for a context. A job that waits for a syncobj holds up
 * those behind it in its queue, not those of other queues. Jobs of all queues run on the
 * context's tiles, one after the other; when one can be given to the card, it is of the
 * highest priority that has one. The card has a few jobs of a context at a time, so that a
 * job waits for those, too; and none interrupts a RUN of its own context. Errors: -ENOENT
 * for an unknown context, -EINVAL for an unknown priority, -EDQUOT for more than
 * DRM_IPU_MAX_QUEUES.
 */
struct drm_ipu_queue_create {
	/** @ctx: context id */
	__u32 ctx;
	/** @priority: &enum drm_ipu_priority */
	__u32 priority;
	/** @flags: zero */
	__u32 flags;
	/** @queue: out: id of the queue in its context, never 0 */
	__u32 queue;
};

/**
 * struct drm_ipu_queue_destroy - argument of DRM_IOCTL_IPU_QUEUE_DESTROY
 *
 * Jobs of the queue that the card does not have yet end with -ECANCELED. Errors: -ENOENT
 * for an unknown context or queue, also for 0, which is destroyed with its context.
 */
struct drm_ipu_queue_destroy {
	/** @ctx: context id */
	__u32 ctx;
	/** @queue: queue id */
	__u32 queue;
};

/**
 * struct drm_ipu_job_cancel - argument of DRM_IOCTL_IPU_JOB_CANCEL
 *
 * Ends a job with -ECANCELED. The one that runs is stopped, and the next one starts, as
 * after a fault; one that does not run yet ends when its turn comes, which keeps the order
 * of fences. A job that has ended, or ends meanwhile, is left as it is. Errors: -ENOENT for
 * an unknown context, -EINVAL for a job not submitted yet, -EBUSY for a context that is
 * debugged.
 */
struct drm_ipu_job_cancel {
	/** @ctx: context id */
	__u32 ctx;
	/** @pad: zero */
	__u32 pad;
	/** @seqno: the job */
	__u64 seqno;
};

/**
 * struct drm_ipu_userq_create - argument of DRM_IOCTL_IPU_USERQ_CREATE
 *
 * Makes a user queue of a context: a ring of commands (ipu_cmd.h) in its memory, which the
 * process writes, and rings through a page of the card that it maps. The kernel takes no
 * part in that. Up to IPU_USER_QUEUES of a context at a time.
 *
 * To submit, write commands at the next places of the ring, of IPU_CMD_SIZE bytes each,
 * then, after a barrier for writes to memory that the device reads, the number of all
 * commands written so far, modulo 2^32, to the first 32-bit word of the page. The place of a
 * command is its number modulo @ring_count. It is free again when a later FENCE has
 * written its value. The ring need not be mapped in the context before it is rung.
 *
 * The card executes the commands as those of a job, in order. A FENCE says that those before
 * it are complete: it writes its value to the process's memory, and makes it the value of
 * the queue, for DRM_IOCTL_IPU_USERQ_WAIT. Values of a queue should only grow. No fence of
 * the kernel ever waits for a user queue.
 *
 * The context's jobs and its queues take turns, each with one command of a queue or one
 * job. A command that faults, a number that is out of the ring's reach, and whatever else
 * makes the driver stop the context for a job, ends all its user queues: they are lost, and
 * have to be made anew. Jobs that have not begun are not affected by a queue's fault, see
 * DRM_IOCTL_IPU_GET_FAULT.
 *
 * Errors: -ENOENT for an unknown context; -EINVAL for flags, a @ring_count that is not a
 * power of 2 from 4 to 4096, a ring that is misaligned or outside of the address space;
 * -EDQUOT for more queues than a context may have; -EOPNOTSUPP for a card without
 * IPU_CAP_USER_QUEUES, or a kernel whose pages are not of 4 KiB; -EBUSY while the context is
 * being restarted after a fault; -EIO when it is lost.
 */
struct drm_ipu_userq_create {
	/** @ctx: context id */
	__u32 ctx;
	/** @flags: zero */
	__u32 flags;
	/** @ring_va: context virtual address of the ring, 64-byte aligned */
	__u64 ring_va;
	/** @ring_count: commands in the ring, a power of 2 */
	__u32 ring_count;
	/** @queue: out: id of the queue in its context, never 0 */
	__u32 queue;
	/**
	 * @doorbell: out: offset to mmap() one page of the device file at, with MAP_SHARED.
	 * A child does not inherit the mapping. When the queue ends it stays, and does nothing.
	 */
	__u64 doorbell;
};

/**
 * struct drm_ipu_userq_destroy - argument of DRM_IOCTL_IPU_USERQ_DESTROY
 *
 * Waits for the command that is being executed, and drops those behind it. Errors: -ENOENT
 * for an unknown context or queue; -EINTR (restarted by the C library or the caller): the
 * queue is there, but begins no more commands.
 */
struct drm_ipu_userq_destroy {
	/** @ctx: context id */
	__u32 ctx;
	/** @queue: queue id */
	__u32 queue;
};

/**
 * struct drm_ipu_userq_wait - argument of DRM_IOCTL_IPU_USERQ_WAIT
 *
 * Waits until a FENCE of a user queue has written @value or more. What the commands before
 * it wrote is visible then. Errors: -ENOENT for an unknown context or queue; -ETIME when
 * that has not happened in time; when the queue is lost or destroyed before it has, -EIO,
 * -ECANCELED with its context, -ENODEV when the card went away; -EINTR (restarted by the C
 * library or the caller).
 */
struct drm_ipu_userq_wait {
	/** @ctx: context id */
	__u32 ctx;
	/** @queue: queue id */
	__u32 queue;
	/** @value: to wait for; U64_MAX of a lost queue is an error, whatever was written */
	__u64 value;
	/** @timeout_ns: CLOCK_MONOTONIC time to give up at; 0 only asks */
	__s64 timeout_ns;
	/** @reached: out, of a call that succeeds: what the last FENCE has written */
	__u64 reached;
};

/**
 * struct drm_ipu_wait - argument of DRM_IOCTL_IPU_WAIT
 *
 * Waits until a job has ended. Its status can be asked for at any later time, as
 * long as the context exists. But a context remembers only its last 1024 jobs that
 * failed: of jobs up to the last one that it has forgotten it does not know any more
 * how they ended, and says so. Errors: -ENOENT for an unknown context, -EINVAL for a
 * job not submitted yet, -ETIME when it has not ended in time, -ENODATA when it has
 * ended, but it is not known any more how, -EINTR (restarted by the C library or the
 * caller).
 */
struct drm_ipu_wait {
	/** @ctx: context id */
	__u32 ctx;
	/** @pad: zero */
	__u32 pad;
	/** @seqno: the job */
	__u64 seqno;
	/** @timeout_ns: CLOCK_MONOTONIC time to give up at; 0 only asks */
	__s64 timeout_ns;
	/**
	 * @status: out: 0 when the job completed; -EIO when it faulted (see
	 * DRM_IOCTL_IPU_GET_FAULT) or its context is lost, see &struct
	 * drm_ipu_submit; -ETIMEDOUT when the watchdog or a time limit of the driver's
	 * ended it, or it kept a mapping from being removed; -ECANCELED when it was
	 * cancelled, or its queue or context destroyed, -ENODEV when the card went
	 * away, or the error of a fence it waited for
	 */
	__s32 status;
	/** @pad2: zero */
	__u32 pad2;
};

/**
 * struct drm_ipu_get_fault - argument of DRM_IOCTL_IPU_GET_FAULT
 *
 * The fault that ended a job, or a user queue, which has no jobs: its faults are found as
 * the latest only. A context remembers its last 16. Errors: -ENOENT for an unknown context,
 * -ENODATA if the job did not fault or the record is no longer kept.
 */
struct drm_ipu_get_fault {
	/** @ctx: context id */
	__u32 ctx;
	/** @pad: zero */
	__u32 pad;
	/** @seqno: in: the job, or 0 for the latest fault; out: the job, 0 for a user queue */
	__u64 seqno;
	/** @cause: out: enum ipu_fault_cause of ipu_cmd.h */
	__u32 cause;
	/** @tile: out: tile in the context, 0xffffffff if none */
	__u32 tile;
	/** @unit: out: worker 0..5, 6 the supervisor, 7 none */
	__u32 unit;
	/** @pc: out: program counter */
	__u32 pc;
	/** @addr: out: address, see the cause */
	__u64 addr;
	/** @info: out: detail, see the cause */
	__u32 info;
	/** @pad2: zero */
	__u32 pad2;
	/** @cmd_va: out: context virtual address of the command, 0 if none */
	__u64 cmd_va;
	/** @userq: out: the user queue, 0 for a job */
	__u32 userq;
	/** @pad3: out: zero */
	__u32 pad3;
};

/**
 * enum drm_ipu_debug_op - what DRM_IOCTL_IPU_DEBUG_CTL does
 */
enum drm_ipu_debug_op {
	/**
	 * @DRM_IPU_DEBUG_ATTACH: start to debug the context: its runs and jobs have
	 * no time limit until it is detached or destroyed, and signal no syncobjs;
	 * -EBUSY when it is debugged already, or when a job that signals one has not
	 * ended; -EOPNOTSUPP when the card does not support it
	 */
	DRM_IPU_DEBUG_ATTACH = 0,
	/** @DRM_IPU_DEBUG_DETACH: remove all points, resume if halted */
	DRM_IPU_DEBUG_DETACH = 1,
	/** @DRM_IPU_DEBUG_HALT: ask the context to halt; does not wait until it has */
	DRM_IPU_DEBUG_HALT = 2,
	/** @DRM_IPU_DEBUG_GO: resume; -EBUSY when the context is not halted */
	DRM_IPU_DEBUG_GO = 3,
};

/**
 * enum drm_ipu_debug_flags - how DRM_IOCTL_IPU_DEBUG_CTL does it
 */
enum drm_ipu_debug_flags {
	/** @DRM_IPU_DEBUG_AT_START: ATTACH: halt where a run begins */
	DRM_IPU_DEBUG_AT_START = 1 << 0,
	/** @DRM_IPU_DEBUG_AT_END: ATTACH: halt where a run is about to end */
	DRM_IPU_DEBUG_AT_END = 1 << 1,
	/** @DRM_IPU_DEBUG_STEP: GO: the unit executes one instruction, then halt */
	DRM_IPU_DEBUG_STEP = 1 << 2,
	/** @DRM_IPU_DEBUG_ALONE: GO: only the unit resumes */
	DRM_IPU_DEBUG_ALONE = 1 << 3,
};

/**
 * struct drm_ipu_debug_ctl - argument of DRM_IOCTL_IPU_DEBUG_CTL
 *
 * A context can be debugged only through the open file it belongs to. While it
 * is halted it executes nothing and its jobs do not end; destroying the context or
 * closing the file ends that.
 *
 * Errors, of all DRM_IOCTL_IPU_DEBUG_*: -ENOENT for an unknown context, -EINVAL for
 * one that is not debugged, unknown flags, and a tile or unit that does not exist;
 * -EIO when the context is lost.
 */
struct drm_ipu_debug_ctl {
	/** @ctx: context id */
	__u32 ctx;
	/** @op: &enum drm_ipu_debug_op */
	__u32 op;
	/** @flags: &enum drm_ipu_debug_flags */
	__u32 flags;
	/** @tile: of a GO with flags: tile in the context; else 0 */
	__u32 tile;
	/** @unit: of a GO with flags: worker 0..5, or 6 the supervisor; else 0 */
	__u32 unit;
	/** @pad: zero */
	__u32 pad;
};

/**
 * struct drm_ipu_debug_wait - argument of DRM_IOCTL_IPU_DEBUG_WAIT
 *
 * Waits until the context is halted, and returns why. Errors: -ETIME when it does
 * not halt in time, -EINTR (restarted by the C library or the caller).
 */
struct drm_ipu_debug_wait {
	/** @ctx: context id */
	__u32 ctx;
	/** @pad: zero */
	__u32 pad;
	/** @timeout_ns: CLOCK_MONOTONIC time to give up at; 0 only asks */
	__s64 timeout_ns;
	/** @reason: out: enum ipu_dbg_reason of ipu_cmd.h */
	__u32 reason;
	/** @tile: out: tile in the context that stopped */
	__u32 tile;
	/** @unit: out: its unit */
	__u32 unit;
	/** @pc: out: program counter */
	__u32 pc;
	/** @addr: out: see the reason */
	__u32 addr;
	/** @cause: out: see the reason */
	__u32 cause;
	/** @info: out: see the reason */
	__u32 info;
	/** @pad2: zero */
	__u32 pad2;
};

/* DRM_IPU_DEBUG_POINTS: breakpoints and watchpoints of a context */
#define DRM_IPU_DEBUG_POINTS	32

/**
 * struct drm_ipu_debug_point - argument of DRM_IOCTL_IPU_DEBUG_POINT
 *
 * Sets or clears one point. Points take effect at the next run or GO, and stay until
 * they are cleared or the context is detached. Errors: -EINVAL for an @index that is
 * too high or an invalid point.
 */
struct drm_ipu_debug_point {
	/** @ctx: context id */
	__u32 ctx;
	/** @index: which one, from 0 */
	__u32 index;
	/** @access: 0 clears it; IPU_DBG_EXEC, or IPU_DBG_READ and IPU_DBG_WRITE, of ipu_cmd.h */
	__u32 access;
	/** @tile: tile in the context, or 0xffffffff for all */
	__u32 tile;
	/** @addr: tile address; of an instruction even */
	__u32 addr;
	/** @len: bytes, at least 1; 0 for IPU_DBG_EXEC */
	__u32 len;
};

/**
 * enum drm_ipu_debug_access_flags - what DRM_IOCTL_IPU_DEBUG_ACCESS does
 */
enum drm_ipu_debug_access_flags {
	/** @DRM_IPU_DEBUG_WRITE: write, not read */
	DRM_IPU_DEBUG_WRITE = 1 << 0,
};

/* DRM_IPU_DEBUG_MAX_WORDS: most words of one access */
#define DRM_IPU_DEBUG_MAX_WORDS	4096

/**
 * struct drm_ipu_debug_access - argument of DRM_IOCTL_IPU_DEBUG_ACCESS
 *
 * Reads or writes registers or memory of a tile, word by word from @addr on. Errors:
 * -EBUSY when the context is not halted, -ENOENT when there is no such register or
 * memory or it is read only; words before that one have been accessed. -EINVAL for
 * more than DRM_IPU_DEBUG_MAX_WORDS.
 */
struct drm_ipu_debug_access {
	/** @ctx: context id */
	__u32 ctx;
	/** @flags: &enum drm_ipu_debug_access_flags */
	__u32 flags;
	/** @tile: tile in the context */
	__u32 tile;
	/** @unit: its unit; 0 for memory */
	__u32 unit;
	/** @addr: IPU_DBG_REG and a number, both of ipu_cmd.h, or a tile address */
	__u32 addr;
	/** @count: words */
	__u32 count;
	/** @data: address of the words in user memory */
	__u64 data;
};

/**
 * enum drm_ipu_ctx_state - what a context is good for
 */
enum drm_ipu_ctx_state {
	/** @DRM_IPU_CTX_USABLE: it takes jobs */
	DRM_IPU_CTX_USABLE = 0,
	/**
	 * @DRM_IPU_CTX_LOST: it takes no more, and what its tiles had is lost; a new context
	 * works, but has none of these tiles before this one is destroyed
	 */
	DRM_IPU_CTX_LOST = 1,
	/** @DRM_IPU_CTX_BANNED: it takes no more, because of what its own jobs did */
	DRM_IPU_CTX_BANNED = 2,
};

/**
 * enum drm_ipu_ctx_why - why a context is not usable
 */
enum drm_ipu_ctx_why {
	/** @DRM_IPU_CTX_WHY_NONE: it is usable */
	DRM_IPU_CTX_WHY_NONE = 0,
	/** @DRM_IPU_CTX_WHY_FAULT: faults of its own jobs */
	DRM_IPU_CTX_WHY_FAULT = 1,
	/** @DRM_IPU_CTX_WHY_HANG: its own jobs had to be stopped */
	DRM_IPU_CTX_WHY_HANG = 2,
	/**
	 * @DRM_IPU_CTX_WHY_RESET: the card was reset, by someone or because of another
	 * context, or does not answer any more
	 */
	DRM_IPU_CTX_WHY_RESET = 3,
	/** @DRM_IPU_CTX_WHY_SUSPEND: the machine was suspended, and the card was off */
	DRM_IPU_CTX_WHY_SUSPEND = 4,
	/** @DRM_IPU_CTX_WHY_PCI: an error of the PCI link, after which the card was reset */
	DRM_IPU_CTX_WHY_PCI = 5,
};

/**
 * struct drm_ipu_ctx_query - argument of DRM_IOCTL_IPU_CTX_QUERY
 *
 * The state of a context. The reason is that of the event that ended it first.
 * Errors: -ENOENT for an unknown context.
 */
struct drm_ipu_ctx_query {
	/** @ctx: context id */
	__u32 ctx;
	/** @flags: zero */
	__u32 flags;
	/** @state: out: &enum drm_ipu_ctx_state */
	__u32 state;
	/** @why: out: &enum drm_ipu_ctx_why */
	__u32 why;
	/** @tables: out: its page tables, see &struct drm_ipu_query_limits */
	__u32 tables;
	/** @mappings: out: its mappings */
	__u32 mappings;
	/** @jobs: out: its jobs that have not ended, or a moment ago */
	__u32 jobs;
	/** @pad: zero */
	__u32 pad;
};

/**
 * enum drm_ipu_bind_op_type - what one operation of DRM_IOCTL_IPU_VM_BIND does
 */
enum drm_ipu_bind_op_type {
	/**
	 * @DRM_IPU_BIND_MAP: map a range of a buffer; what is mapped in the way is unmapped,
	 * and mappings of which only a part is in the way keep the rest
	 */
	DRM_IPU_BIND_MAP = 0,
	/** @DRM_IPU_BIND_UNMAP: unmap a range, in which there may be gaps */
	DRM_IPU_BIND_UNMAP = 1,
};

/**
 * struct drm_ipu_bind_op - one operation of DRM_IOCTL_IPU_VM_BIND
 */
struct drm_ipu_bind_op {
	/** @type: &enum drm_ipu_bind_op_type */
	__u32 type;
	/** @flags: map: DRM_IPU_MAP_WRITE or 0; unmap: zero */
	__u32 flags;
	/** @handle: map: GEM handle; unmap: zero */
	__u32 handle;
	/** @pad: zero */
	__u32 pad;
	/** @bo_offset: map: first byte of the buffer, a multiple of the page size; unmap: zero */
	__u64 bo_offset;
	/** @va: context virtual address, a multiple of the page size, never 0 */
	__u64 va;
	/** @size: bytes, a multiple of the page size, at least one page */
	__u64 size;
};

/* DRM_IPU_MAX_BIND_OPS: most operations of one DRM_IOCTL_IPU_VM_BIND */
#define DRM_IPU_MAX_BIND_OPS	1024

/**
 * enum drm_ipu_bind_flags - how DRM_IOCTL_IPU_VM_BIND does it
 */
enum drm_ipu_bind_flags {
	/**
	 * @DRM_IPU_BIND_ASYNC: return at once; the operations are done when the fences in
	 * in_syncs have signaled, and after those of earlier asynchronous calls
	 */
	DRM_IPU_BIND_ASYNC = 1 << 0,
};

/**
 * struct drm_ipu_vm_bind - argument of DRM_IOCTL_IPU_VM_BIND
 *
 * Maps and unmaps ranges of buffers in a context's address space, all of the operations
 * or, after an error, none. The card maps 2 MiB at once where address, offset and memory
 * allow it.
 *
 * Without DRM_IPU_BIND_ASYNC they are done when the call returns, and take effect for
 * jobs in flight, too. With it they are ordered among themselves and by syncobjs: a job
 * that needs a mapping waits for a syncobj of @out_syncs; a mapping that a job uses is
 * removed by a call whose @in_syncs have the job's. If a fence of @in_syncs has an error,
 * nothing is done, and the fences of @out_syncs have that error; -ECANCELED if the context
 * is destroyed before.
 *
 * Errors: -ENOENT for an unknown context, handle or syncobj; -EINVAL for a range that is
 * not aligned, outside of the address space or of the buffer, unknown types and flags,
 * too many operations, or syncobjs without DRM_IPU_BIND_ASYNC; -EDQUOT when the context
 * could have more mappings or page tables than it may, see &struct drm_ipu_query_limits,
 * counting for each operation that it splits what is there at both ends; or as many
 * asynchronous calls that are not done as it may have jobs; -EOPNOTSUPP as
 * DRM_IOCTL_IPU_BO_MAP.
 */
struct drm_ipu_vm_bind {
	/** @ctx: context id */
	__u32 ctx;
	/** @flags: &enum drm_ipu_bind_flags */
	__u32 flags;
	/** @ops: array of &struct drm_ipu_bind_op, 1 to DRM_IPU_MAX_BIND_OPS */
	struct drm_ipu_obj_array ops;
	/** @in_syncs: array of &struct drm_ipu_sync to wait for */
	struct drm_ipu_obj_array in_syncs;
	/** @out_syncs: array of &struct drm_ipu_sync to signal when all operations are done */
	struct drm_ipu_obj_array out_syncs;
};

/* DRM_IPU_EVENT_CTX_LOST: type of &struct drm_ipu_event_ctx_lost */
#define DRM_IPU_EVENT_CTX_LOST	0x80000000

/**
 * struct drm_ipu_event_ctx_lost - a context is lost
 *
 * Read from the device's file, for which poll() waits, once for each context that was
 * made with DRM_IPU_CTX_EVENTS and is lost before it is destroyed. Its jobs end at about
 * the same time. read() returns whole events only; events of other types have other
 * lengths.
 */
struct drm_ipu_event_ctx_lost {
	/** @base: type DRM_IPU_EVENT_CTX_LOST, and the length of all of it */
	struct drm_event base;
	/** @ctx: context id */
	__u32 ctx;
	/** @state: &enum drm_ipu_ctx_state */
	__u32 state;
	/** @why: &enum drm_ipu_ctx_why; DRM_IPU_CTX_WHY_NONE when the card was removed */
	__u32 why;
	/** @pad: zero */
	__u32 pad;
};

#define DRM_IOCTL_IPU_DEV_QUERY \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_DEV_QUERY, struct drm_ipu_dev_query)
#define DRM_IOCTL_IPU_BO_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_BO_CREATE, struct drm_ipu_bo_create)
#define DRM_IOCTL_IPU_BO_MMAP_OFFSET \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_BO_MMAP_OFFSET, struct drm_ipu_bo_mmap_offset)
#define DRM_IOCTL_IPU_CTX_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_CTX_CREATE, struct drm_ipu_ctx_create)
#define DRM_IOCTL_IPU_CTX_DESTROY \
	DRM_IOW(DRM_COMMAND_BASE + DRM_IPU_CTX_DESTROY, struct drm_ipu_ctx_destroy)
#define DRM_IOCTL_IPU_BO_MAP \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_BO_MAP, struct drm_ipu_bo_map)
#define DRM_IOCTL_IPU_BO_UNMAP \
	DRM_IOW(DRM_COMMAND_BASE + DRM_IPU_BO_UNMAP, struct drm_ipu_bo_unmap)
#define DRM_IOCTL_IPU_SUBMIT \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_SUBMIT, struct drm_ipu_submit)
#define DRM_IOCTL_IPU_WAIT \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_WAIT, struct drm_ipu_wait)
#define DRM_IOCTL_IPU_GET_FAULT \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_GET_FAULT, struct drm_ipu_get_fault)
#define DRM_IOCTL_IPU_DEBUG_CTL \
	DRM_IOW(DRM_COMMAND_BASE + DRM_IPU_DEBUG_CTL, struct drm_ipu_debug_ctl)
#define DRM_IOCTL_IPU_DEBUG_WAIT \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_DEBUG_WAIT, struct drm_ipu_debug_wait)
#define DRM_IOCTL_IPU_DEBUG_POINT \
	DRM_IOW(DRM_COMMAND_BASE + DRM_IPU_DEBUG_POINT, struct drm_ipu_debug_point)
#define DRM_IOCTL_IPU_DEBUG_ACCESS \
	DRM_IOW(DRM_COMMAND_BASE + DRM_IPU_DEBUG_ACCESS, struct drm_ipu_debug_access)
#define DRM_IOCTL_IPU_CTX_QUERY \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_CTX_QUERY, struct drm_ipu_ctx_query)
#define DRM_IOCTL_IPU_BO_FROM_USER \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_BO_FROM_USER, struct drm_ipu_bo_from_user)
#define DRM_IOCTL_IPU_BO_MADVISE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_BO_MADVISE, struct drm_ipu_bo_madvise)
#define DRM_IOCTL_IPU_QUEUE_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_QUEUE_CREATE, struct drm_ipu_queue_create)
#define DRM_IOCTL_IPU_QUEUE_DESTROY \
	DRM_IOW(DRM_COMMAND_BASE + DRM_IPU_QUEUE_DESTROY, struct drm_ipu_queue_destroy)
#define DRM_IOCTL_IPU_JOB_CANCEL \
	DRM_IOW(DRM_COMMAND_BASE + DRM_IPU_JOB_CANCEL, struct drm_ipu_job_cancel)
#define DRM_IOCTL_IPU_USERQ_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_USERQ_CREATE, struct drm_ipu_userq_create)
#define DRM_IOCTL_IPU_USERQ_DESTROY \
	DRM_IOW(DRM_COMMAND_BASE + DRM_IPU_USERQ_DESTROY, struct drm_ipu_userq_destroy)
#define DRM_IOCTL_IPU_USERQ_WAIT \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_USERQ_WAIT, struct drm_ipu_userq_wait)
#define DRM_IOCTL_IPU_LINK_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_LINK_CREATE, struct drm_ipu_link_create)
#define DRM_IOCTL_IPU_VM_BIND \
	DRM_IOW(DRM_COMMAND_BASE + DRM_IPU_VM_BIND, struct drm_ipu_vm_bind)

#if defined(__cplusplus)
}
#endif

#endif /* _UAPI_IPU_ACCEL_H_ */
