/* SPDX-License-Identifier: MIT */
/*
 * The simulator: a card model in this process, and a small driver for it that
 * does what the kernel driver does for a real card.
 *
 * Every job becomes two commands in its context's ring, EXEC of the job's list
 * and a FENCE that writes the job's number and raises an interrupt. What the
 * interrupt asks for is to retire jobs, refill the ring, and after a fault to restart
 * the context with the remaining jobs. A thread that waits for a job does it if the
 * interrupt comes soon, and else the service thread, which the interrupt wakes.
 *
 * User queues (ipu_sim_queue.c) are the card's: this driver makes them, waits when asked to, and
 * ends them when it stops their context.
 */
#ifndef IPU_SIM_H
#define IPU_SIM_H

#include <stdio.h>

#include "card/ipu_card.h"
#include "ipu_hw.h"
#include "ipu_internal.h"
#include "ipu_sim_memory.h"
#include "ipu_sim_vm.h"

#define SIM_RING_LOG2 8
#define SIM_RING_JOBS ((1u << SIM_RING_LOG2) / 2)
#define SIM_FAULTS_KEPT 16

/**
 * struct sim_job - a job that has not ended
 */
struct sim_job {
	struct sim_job *next;
	uint64_t seqno;
	uint64_t va;
	uint32_t count;
};

/**
 * struct sim_failure - a job that failed
 */
struct sim_failure {
	uint64_t seqno;
	int status;
};

/**
 * struct sim_context - a context; under the lock of the simulator
 * @used: a context exists
 * @dead: stopped by a fault that no job caused, or cannot be enabled
 * @tile_first: first tile on the card
 * @tiles: how many
 * @vm: its address space
 * @ring: the ring's memory
 * @fence: where FENCE writes
 * @fence_va: where that is mapped
 * @jobs: those that have not ended, oldest first
 * @last_job: where the next one is linked
 * @pushed: how many of @jobs are in the ring
 * @tail: commands written since ENABLE
 * @submitted: number of the last job submitted
 * @ended: number of the last job that has ended
 * @failures: those that failed, ascending; with room for all of @jobs
 * @faults: the last ones, fault n at n % SIM_FAULTS_KEPT
 * @fault_count: how many there were
 * @fault_queue: of the last one, the user queue; 0 for none
 * @queues: user queues that have not been destroyed, a bit for each
 * @queues_lost: those of them that the card does not execute any more
 * @armed: of each, the lowest value that the card is to tell of; UINT64_MAX for none
 */
struct sim_context {
	bool used;
	bool dead;
	uint32_t tile_first;
	uint32_t tiles;
	struct ipu_sim_vm vm;
	struct ipu_sim_memory *ring;
	struct ipu_sim_memory *fence;
	uint64_t fence_va;
	struct sim_job *jobs;
	struct sim_job **last_job;
	uint32_t pushed;
	uint32_t tail;
	uint64_t submitted;
	uint64_t ended;
	struct sim_failure *failures;
	size_t failure_count;
	size_t failure_room;
	struct ipu_fault faults[SIM_FAULTS_KEPT];
	uint64_t fault_count;
	uint32_t fault_queue;
	uint32_t queues;
	uint32_t queues_lost;
	uint64_t armed[IPU_USER_QUEUES];
};

/**
 * struct ipu_sim - an open simulator
 * @base: the device
 * @card: the model
 * @trace: the trace of instructions, NULL for none
 * @trace_fd: its file
 * @trace_name: its name
 * @trace_error: errno of the first write that failed; nothing is written after that
 * @bus: memory it can reach
 * @lock: all below but the interrupts; taken before the bus's
 * @changed: some job has ended, or a context has been halted
 * @contexts: as many as the card has
 * @resets: restarts after a fault
 * @irq_lock: what follows; innermost
 * @irq: signalled on an interrupt, and for @stop
 * @irq_pending: a bit for each context; may be looked at without the lock
 * @looking: threads that look out for an interrupt
 * @stop: the service thread is to end
 * @service: handles interrupts
 */
struct ipu_sim {
	struct ipu_device base;
	struct ipu_card *card;
	FILE *trace;
	int trace_fd;
	char *trace_name;
	atomic_int trace_error;
	struct ipu_sim_bus bus;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct sim_context contexts[IPU_MAX_CONTEXTS];
	uint64_t resets;
	pthread_mutex_t irq_lock;
	pthread_cond_t irq;
	_Atomic uint32_t irq_pending;
	unsigned int looking;
	bool stop;
	pthread_t service;
};

static inline struct ipu_sim *sim_of(struct ipu_device *dev)
{
	return (struct ipu_sim *)dev;
}

/* ---- ipu_sim_context.c: all but sim_pause() with the lock of the simulator held ---- */

/**
 * sim_context_start - allocate tiles and enable a context; -ENOMEM, -EIO
 * @place: NULL, or as &ipu_transport.ctx_create
 */
int sim_context_start(struct ipu_sim *sim, uint32_t index, uint32_t tile_first, uint32_t tiles,
		      uint32_t watchdog_ms, const struct ipu_link_place *place);

/** sim_context_stop - disable it, forget its jobs and release everything */
void sim_context_stop(struct ipu_sim *sim, uint32_t index);

/** sim_context_submit - queue a job; -ENOMEM, -EIO for a dead context */
int sim_context_submit(struct ipu_sim *sim, uint32_t index, uint64_t va, uint32_t count,
		       uint64_t *seqno);

/** sim_context_service - handle what the card has done since; true if that may end a wait */
bool sim_context_service(struct ipu_sim *sim, uint32_t index);

/** sim_context_forget - invalidate the card's cached translations */
void sim_context_forget(struct ipu_sim *sim, uint32_t index);

/* A register of a context, and two of them. */
uint32_t sim_reg_read(struct ipu_sim *sim, uint32_t index, uint32_t reg);
void sim_reg_write(struct ipu_sim *sim, uint32_t index, uint32_t reg, uint32_t value);
void sim_reg_write64(struct ipu_sim *sim, uint32_t index, uint32_t reg, uint64_t value);

/** sim_pause - let the card do something that it has no event for */
void sim_pause(void);

/** sim_context_status - the status of a job that has ended */
int sim_context_status(const struct sim_context *ctx, uint64_t seqno);

/* ---- ipu_sim_queue.c: operations of the transport ---- */

int sim_userq_create(struct ipu_device *dev, uint32_t id, uint64_t va, uint32_t count,
		     struct ipu_doorbell *bell);
void sim_userq_destroy(struct ipu_device *dev, uint32_t id, struct ipu_doorbell *bell);
void sim_userq_ring(struct ipu_device *dev, uint32_t id, const struct ipu_doorbell *bell,
		    uint32_t written);
int sim_userq_wait(struct ipu_device *dev, uint32_t id, const struct ipu_doorbell *bell,
		   uint64_t value, int64_t deadline_ns);
int sim_userq_fault(struct ipu_device *dev, uint32_t id, const struct ipu_doorbell *bell,
		    struct ipu_fault *fault);

/* ---- ipu_sim_debug.c: operations of the transport ---- */

int sim_debug_attach(struct ipu_device *dev, uint32_t id, uint32_t flags);
int sim_debug_detach(struct ipu_device *dev, uint32_t id);
int sim_debug_halt(struct ipu_device *dev, uint32_t id);
int sim_debug_go(struct ipu_device *dev, uint32_t id, uint32_t flags, uint32_t tile, uint32_t unit);
int sim_debug_wait(struct ipu_device *dev, uint32_t id, int64_t deadline_ns,
		   struct ipu_debug_stop *stop);
int sim_debug_point(struct ipu_device *dev, uint32_t id, uint32_t index,
		    const struct ipu_debug_point *point);
int sim_debug_access(struct ipu_device *dev, uint32_t id, bool write, uint32_t tile, uint32_t unit,
		     uint32_t addr, uint32_t *data, uint32_t words);

#endif /* IPU_SIM_H */
