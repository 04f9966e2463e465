/* SPDX-License-Identifier: MIT */
/*
 * A transport: how libipu reaches a card. There are two, the kernel's driver
 * (ipu_transport_drm.c) and the card model inside the process
 * (ipu_transport_sim.c); everything else in the library knows only this.
 *
 * Functions return 0 or a negative errno value, the same in both transports.
 * Those that open a device set the message of ipu_error(); for the others the
 * caller does. All are thread safe except those that destroy an object. Only @close
 * is called in a child of the process that opened the device: it releases what is
 * the child's.
 */
#ifndef IPU_TRANSPORT_H
#define IPU_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ipu_bo;
struct ipu_debug_point;
struct ipu_debug_stop;
struct ipu_device;
struct ipu_fault;
struct ipu_health;
struct ipu_limits;
struct ipu_sim_options;
struct ipu_usage;

/**
 * struct ipu_chain - the chain of linked cards that a card is in
 * @group: the same for all of its cards, 0 for a card that is in none
 * @index: the card's place, from 0 on
 */
struct ipu_chain {
	uint32_t group;
	uint32_t index;
};

/**
 * struct ipu_link_place - a context's place among those whose runs are one
 * @key: the simulator's: the same for all of them, and no others'
 * @fd: the driver's: the file that stands for them
 * @rank: which it is
 * @count: how many they are
 */
struct ipu_link_place {
	uint64_t key;
	int fd;
	uint32_t rank;
	uint32_t count;
};

/**
 * struct ipu_doorbell - a user queue as its transport knows it
 * @id: its number in the context, from 1 on
 * @page: what rings it, a page of this process, which whoever has it unmaps; NULL for the
 *	simulator's
 */
struct ipu_doorbell {
	uint32_t id;
	volatile uint32_t *page;
};

/**
 * struct ipu_limits - what one user may have of a card, and what this one has
 * @user_contexts: most contexts
 * @user_tiles: most tiles
 * @used_contexts: contexts
 * @used_tiles: tiles
 * @user_bytes: most bytes of buffers
 * @used_bytes: bytes of buffers
 * @ctx_tables: most page tables of a context, each for 2 MiB of its address space
 * @ctx_mappings: most mappings of a context
 * @ctx_jobs: most jobs of a context that have not ended
 */
struct ipu_limits {
	uint32_t user_contexts;
	uint32_t user_tiles;
	uint32_t used_contexts;
	uint32_t used_tiles;
	uint64_t user_bytes;
	uint64_t used_bytes;
	uint32_t ctx_tables;
	uint32_t ctx_mappings;
	uint32_t ctx_jobs;
};

/**
 * struct ipu_transport - operations of a transport
 * @close: release everything; contexts and buffers have been destroyed
 * @get_usage: fill in all but the size
 * @get_limits: of this user, as of now
 * @bo_create: @bo->size is whole pages; fills in data and handle or memory; -EDQUOT
 *	beyond a limit
 * @bo_wrap: make a buffer of memory that exists, @bo->data and @bo->size, which are whole
 *	pages; -EBUSY when it cannot be one. NULL where the card cannot reach such memory
 * @bo_destroy: the reverse of both; mappings in contexts stay
 * @get_chain: the chain that the card is in, as of now
 * @link_new: prepare @place, whose count is set, for contexts of the card's chain; -ENOTSUP for
 *	a driver that cannot link them
 * @link_end: they have been created, or could not be
 * @ctx_create: @tiles is in range; @place is NULL, or the context's; -EBUSY without room, -EDQUOT
 *	beyond a limit
 * @ctx_destroy: cancels jobs, returns once the card has stopped the context
 * @ctx_health: fill in all but the size; -ENOTSUP when it cannot be asked for
 * @bo_map: -ENOSPC without room, -EDQUOT beyond a limit, -EOPNOTSUPP when the card
 *	would not see the memory itself
 * @bo_unmap: -ENOENT when nothing is mapped at @va
 * @submit: @va is 64-byte aligned, @count in range; -EIO for a context that is not
 *	usable, -EDQUOT when too many jobs have not ended
 * @wait: until the CLOCK_MONOTONIC time @deadline_ns; -ETIME when that has
 *	passed, -EINVAL for a job never submitted; @status is the job's own, or
 *	-ENODATA when that is not known any more
 * @trace_status: 0, or why a job that has ended well counts as failed all the same, which
 *	@explain knows; NULL for none
 * @explain: set the message for a job's @status that is not the card's doing;
 *	false when it is. NULL for none
 * @get_fault: fill in all but the size; @seqno 0 asks for the latest; -ENODATA
 * @userq_create: make a user queue whose ring of @count commands is mapped at @va; fills in
 *	@bell. -ENOTSUP without any, -EBUSY while the context is restarted, -EIO for a context
 *	that is not usable
 * @userq_destroy: nothing of it is executed afterwards; one that is lost, too
 * @userq_ring: @written commands have been written to its ring since it was made
 * @userq_wait: until a FENCE of it has written @value or more; -ETIME when the CLOCK_MONOTONIC
 *	time @deadline_ns has passed; any other error: the queue is lost. That its last value is
 *	enough hides that, but not from who waits for UINT64_MAX
 * @userq_fault: as @get_fault, the latest fault if it was one of this queue's; else -ENODATA
 *
 * For debugging; arguments other than @tile have been checked; -EINVAL for a tile
 * that does not exist, and for a context that is not debugged:
 * @debug_attach: flags of ipu_debug_attach(); -EBUSY, -ENOTSUP
 * @debug_detach: the reverse
 * @debug_halt: ask for it
 * @debug_go: flags of struct ipu_debug_go; -EBUSY when it is not halted
 * @debug_wait: fill in all but the size; -ETIME as for @wait
 * @debug_point: set point @index; access 0 for none
 * @debug_access: read or write @words words from @addr on, which is that of
 *	IPU_CTX_DBG_ADDR: -EBUSY when it is not halted, -ENOENT for what does not
 *	exist
 */
struct ipu_transport {
	void (*close)(struct ipu_device *dev);
	int (*get_usage)(struct ipu_device *dev, struct ipu_usage *usage);
	int (*get_limits)(struct ipu_device *dev, struct ipu_limits *limits);
	int (*bo_create)(struct ipu_device *dev, struct ipu_bo *bo);
	int (*bo_wrap)(struct ipu_device *dev, struct ipu_bo *bo);
	void (*bo_destroy)(struct ipu_device *dev, struct ipu_bo *bo);
	int (*get_chain)(struct ipu_device *dev, struct ipu_chain *chain);
	int (*link_new)(struct ipu_device *dev, struct ipu_link_place *place);
	void (*link_end)(struct ipu_link_place *place);
	int (*ctx_create)(struct ipu_device *dev, uint32_t tiles, uint32_t watchdog_ms,
			  const struct ipu_link_place *place, uint32_t *ctx);
	void (*ctx_destroy)(struct ipu_device *dev, uint32_t ctx);
	int (*ctx_health)(struct ipu_device *dev, uint32_t ctx, struct ipu_health *health);
	int (*bo_map)(struct ipu_device *dev, uint32_t ctx, struct ipu_bo *bo, bool writable,
		      uint64_t *va);
	int (*bo_unmap)(struct ipu_device *dev, uint32_t ctx, uint64_t va);
	int (*submit)(struct ipu_device *dev, uint32_t ctx, uint64_t va, uint32_t count,
		      uint64_t *seqno);
	int (*wait)(struct ipu_device *dev, uint32_t ctx, uint64_t seqno, int64_t deadline_ns,
		    int *status);
	int (*trace_status)(struct ipu_device *dev);
	bool (*explain)(struct ipu_device *dev, int status);
	int (*get_fault)(struct ipu_device *dev, uint32_t ctx, uint64_t seqno,
			 struct ipu_fault *fault);
	int (*userq_create)(struct ipu_device *dev, uint32_t ctx, uint64_t va, uint32_t count,
			    struct ipu_doorbell *bell);
	void (*userq_destroy)(struct ipu_device *dev, uint32_t ctx, struct ipu_doorbell *bell);
	void (*userq_ring)(struct ipu_device *dev, uint32_t ctx, const struct ipu_doorbell *bell,
			   uint32_t written);
	int (*userq_wait)(struct ipu_device *dev, uint32_t ctx, const struct ipu_doorbell *bell,
			  uint64_t value, int64_t deadline_ns);
	int (*userq_fault)(struct ipu_device *dev, uint32_t ctx, const struct ipu_doorbell *bell,
			   struct ipu_fault *fault);
	int (*debug_attach)(struct ipu_device *dev, uint32_t ctx, uint32_t flags);
	int (*debug_detach)(struct ipu_device *dev, uint32_t ctx);
	int (*debug_halt)(struct ipu_device *dev, uint32_t ctx);
	int (*debug_go)(struct ipu_device *dev, uint32_t ctx, uint32_t flags, uint32_t tile,
			uint32_t unit);
	int (*debug_wait)(struct ipu_device *dev, uint32_t ctx, int64_t deadline_ns,
			  struct ipu_debug_stop *stop);
	int (*debug_point)(struct ipu_device *dev, uint32_t ctx, uint32_t index,
			   const struct ipu_debug_point *point);
	int (*debug_access)(struct ipu_device *dev, uint32_t ctx, bool write, uint32_t tile,
			    uint32_t unit, uint32_t addr, uint32_t *data, uint32_t words);
};

/** ipu_transport_drm_open - open the driver's device file @node */
int ipu_transport_drm_open(const char *node, struct ipu_device **dev);

/** ipu_transport_sim_open - build a simulated card; the options are complete and unchecked */
int ipu_transport_sim_open(const struct ipu_sim_options *options, struct ipu_device **dev);

/** ipu_transport_sim_link - link a simulated card to another one, as the next of the chain */
int ipu_transport_sim_link(struct ipu_device *dev, struct ipu_device *to);

#endif /* IPU_TRANSPORT_H */
