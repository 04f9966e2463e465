// SPDX-License-Identifier: MIT
/* A context of a simulated card: its registers, its ring and its jobs. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "ipu_sim.h"

uint32_t sim_reg_read(struct ipu_sim *sim, uint32_t index, uint32_t reg)
{
	return ipu_card_read(sim->card, IPU_CTX_BASE(index) + reg, 4);
}

void sim_reg_write(struct ipu_sim *sim, uint32_t index, uint32_t reg, uint32_t value)
{
	ipu_card_write(sim->card, IPU_CTX_BASE(index) + reg, value, 4);
}

void sim_reg_write64(struct ipu_sim *sim, uint32_t index, uint32_t reg, uint64_t value)
{
	sim_reg_write(sim, index, reg, (uint32_t)value);
	sim_reg_write(sim, index, reg + 4, (uint32_t)(value >> 32));
}

static uint64_t reg_read64(struct ipu_sim *sim, uint32_t index, uint32_t reg)
{
	return sim_reg_read(sim, index, reg) | (uint64_t)sim_reg_read(sim, index, reg + 4) << 32;
}

static uint32_t read_state(struct ipu_sim *sim, uint32_t index)
{
	return sim_reg_read(sim, index, IPU_CTX_STATUS) & IPU_CTX_STATUS_STATE;
}

/* The card has no event for this; it takes at most a quantum of a tile. */
void sim_pause(void)
{
	struct timespec pause = { .tv_nsec = 20000 };

	nanosleep(&pause, NULL);
}

/* @flags: IPU_CTX_CTRL_CLEAR, if what is in SRAM is not needed any more */
static void disable(struct ipu_sim *sim, uint32_t index, uint32_t flags)
{
	sim_reg_write(sim, index, IPU_CTX_CTRL, flags);
	while (read_state(sim, index) != IPU_CTX_DISABLED)
		sim_pause();
}

void sim_context_forget(struct ipu_sim *sim, uint32_t index)
{
	sim_reg_write(sim, index, IPU_CTX_TLB_INVAL, 1);
	while (sim_reg_read(sim, index, IPU_CTX_TLB_INVAL))
		sim_pause();
}

static void release_memory(struct sim_context *ctx)
{
	ipu_sim_memory_put(ctx->ring);
	ipu_sim_memory_put(ctx->fence);
	ipu_sim_vm_fini(&ctx->vm);
}

/* Ring and fence are for the ring's own commands; a job's cannot access them. */
static int make_memory(struct ipu_sim *sim, struct sim_context *ctx, uint64_t *ring_va)
{
	int err = ipu_sim_vm_init(&ctx->vm, &sim->bus);

	if (err)
		return err;
	ctx->ring = ipu_sim_memory_new(&sim->bus, IPU_CMD_SIZE << SIM_RING_LOG2);
	ctx->fence = ipu_sim_memory_new(&sim->bus, IPU_PAGE_SIZE);
	err = ctx->ring && ctx->fence ? 0 : -ENOMEM;
	if (!err)
		err = ipu_sim_vm_map(&ctx->vm, ctx->ring, IPU_PTE_P, ring_va);
	if (!err)
		err = ipu_sim_vm_map(&ctx->vm, ctx->fence, IPU_PTE_P | IPU_PTE_W, &ctx->fence_va);
	if (err)
		release_memory(ctx);
	return err;
}

static void set_place(struct ipu_sim *sim, uint32_t index, const struct ipu_link_place *place)
{
	sim_reg_write64(sim, index, IPU_CTX_LINK_KEY_LO, place->key);
	sim_reg_write(sim, index, IPU_CTX_LINK_RANK, place->rank);
	sim_reg_write(sim, index, IPU_CTX_LINK_COUNT, place->count);
}

int sim_context_start(struct ipu_sim *sim, uint32_t index, uint32_t tile_first, uint32_t tiles,
		      uint32_t watchdog_ms, const struct ipu_link_place *place)
{
	const struct ipu_link_place alone = { 0 };
	struct sim_context *ctx = &sim->contexts[index];
	uint64_t ring_va;
	int err;

	*ctx = (struct sim_context){
		.tile_first = tile_first,
		.tiles = tiles,
	};
	ctx->last_job = &ctx->jobs;
	err = make_memory(sim, ctx, &ring_va);
	if (err)
		return err;

	sim_reg_write(sim, index, IPU_CTX_TILE_FIRST, tile_first);
	sim_reg_write(sim, index, IPU_CTX_TILE_COUNT, tiles);
	sim_reg_write64(sim, index, IPU_CTX_PT_LO, ipu_sim_vm_root(&ctx->vm));
	sim_reg_write64(sim, index, IPU_CTX_RING_LO, ring_va);
	sim_reg_write(sim, index, IPU_CTX_RING_LOG2, SIM_RING_LOG2);
	sim_reg_write(sim, index, IPU_CTX_VECTOR, 1 + index);
	sim_reg_write(sim, index, IPU_CTX_WATCHDOG_MS, watchdog_ms);
	set_place(sim, index, place ? place : &alone);
	sim_reg_write(sim, index, IPU_CTX_CTRL,
		      IPU_CTX_CTRL_ENABLE | IPU_CTX_CTRL_CLEAR | IPU_CTX_CTRL_PRIV);
	if (read_state(sim, index) == IPU_CTX_FAULTED) {
		disable(sim, index, 0);
		release_memory(ctx);
		return -EIO;
	}
	ctx->used = true;
	return 0;
}

static void remove_first_job(struct sim_context *ctx)
{
	struct sim_job *job = ctx->jobs;

	ctx->jobs = job->next;
	if (!ctx->jobs)
		ctx->last_job = &ctx->jobs;
	if (ctx->pushed)
		ctx->pushed--;
	ctx->ended = job->seqno;
	free(job);
}

void sim_context_stop(struct ipu_sim *sim, uint32_t index)
{
	struct sim_context *ctx = &sim->contexts[index];

	disable(sim, index, IPU_CTX_CTRL_CLEAR);
	/* The context has stopped, but the card may keep its translations cached. */
	sim_context_forget(sim, index);
	while (ctx->jobs)
		remove_first_job(ctx);
	release_memory(ctx);
	free(ctx->failures);
	ctx->used = false;
}

/* Write the jobs that are not in the ring into it, as far as there is room. */
static void push_jobs(struct ipu_sim *sim, uint32_t index)
{
	struct sim_context *ctx = &sim->contexts[index];
	unsigned char *slots = ctx->ring->data;
	struct sim_job *job = ctx->jobs;
	uint32_t before = ctx->tail;

	for (uint32_t i = 0; i < ctx->pushed; i++)
		job = job->next;

	for (; job && ctx->pushed < SIM_RING_JOBS; job = job->next) {
		/* Two commands a job in a ring of even size: a pair never wraps. */
		uint32_t slot = ctx->tail % (1u << SIM_RING_LOG2);
		void *place = slots + slot * IPU_CMD_SIZE;
		struct ipu_cmd_exec *exec = place;
		struct ipu_cmd_fence *fence;

		*exec = (struct ipu_cmd_exec){
			.op = IPU_CMD_EXEC,
			.va = job->va,
			.count = job->count,
		};
		place = slots + (slot + 1) * IPU_CMD_SIZE;
		fence = place;
		*fence = (struct ipu_cmd_fence){
			.op = IPU_CMD_FENCE | IPU_CMD_FENCE_IRQ,
			.va = ctx->fence_va,
			.value = job->seqno,
		};
		ctx->tail += 2;
		ctx->pushed++;
	}
	if (ctx->tail != before)
		ipu_card_write(sim->card, IPU_DOORBELL(index), ctx->tail, 4);
}

/* Room for every pending job to fail, so that recording a failure cannot fail. */
static int reserve_failure(struct sim_context *ctx)
{
	uint64_t wanted = ctx->failure_count + (ctx->submitted - ctx->ended) + 1;
	size_t room = ctx->failure_room ? ctx->failure_room * 2 : 16;
	struct sim_failure *failures;

	if (wanted <= ctx->failure_room)
		return 0;
	failures = realloc(ctx->failures, room * sizeof(*failures));
	if (!failures)
		return -ENOMEM;
	ctx->failures = failures;
	ctx->failure_room = room;
	return 0;
}

int sim_context_submit(struct ipu_sim *sim, uint32_t index, uint64_t va, uint32_t count,
		       uint64_t *seqno)
{
	struct sim_context *ctx = &sim->contexts[index];
	struct sim_job *job;

	if (ctx->dead)
		return -EIO;
	job = malloc(sizeof(*job));
	if (!job)
		return -ENOMEM;
	if (reserve_failure(ctx)) {
		free(job);
		return -ENOMEM;
	}
	*job = (struct sim_job){
		.seqno = ++ctx->submitted,
		.va = va,
		.count = count,
	};
	*seqno = job->seqno;
	*ctx->last_job = job;
	ctx->last_job = &job->next;
	push_jobs(sim, index);
	return 0;
}

static bool retire_jobs(struct ipu_sim *sim, struct sim_context *ctx)
{
	const uint64_t *word = ctx->fence->data;
	bool any = false;
	uint64_t done;

	/* The write lock keeps out the card's write of the word. */
	pthread_rwlock_wrlock(&sim->bus.lock);
	done = *word;
	pthread_rwlock_unlock(&sim->bus.lock);
	while (ctx->jobs && ctx->jobs->seqno <= done) {
		remove_first_job(ctx);
		any = true;
	}
	return any;
}

static void record_fault(struct ipu_sim *sim, uint32_t index)
{
	struct sim_context *ctx = &sim->contexts[index];
	struct ipu_fault *fault = &ctx->faults[ctx->fault_count++ % SIM_FAULTS_KEPT];

	ctx->fault_queue = sim_reg_read(sim, index, IPU_CTX_FAULT_QUEUE);
	*fault = (struct ipu_fault){
		.size = sizeof(*fault),
		.seqno = ctx->jobs && !ctx->fault_queue ? ctx->jobs->seqno : 0,
		.cause = sim_reg_read(sim, index, IPU_CTX_FAULT_CAUSE),
		.tile = sim_reg_read(sim, index, IPU_CTX_FAULT_TILE),
		.unit = sim_reg_read(sim, index, IPU_CTX_FAULT_UNIT),
		.pc = sim_reg_read(sim, index, IPU_CTX_FAULT_PC),
		.addr = reg_read64(sim, index, IPU_CTX_FAULT_ADDR_LO),
		.info = sim_reg_read(sim, index, IPU_CTX_FAULT_INFO),
		.cmd_va = reg_read64(sim, index, IPU_CTX_FAULT_CMD_LO),
	};
	if (fault->seqno)
		ctx->failures[ctx->failure_count++] = (struct sim_failure){
			.seqno = ctx->jobs->seqno,
			.status = fault->cause == IPU_FAULT_WATCHDOG ? -ETIMEDOUT : -EIO,
		};
}

/*
 * The oldest job is the one that faulted, unless a user queue did: end it and restart the
 * context with the others.
 */
static void recover(struct ipu_sim *sim, uint32_t index)
{
	struct sim_context *ctx = &sim->contexts[index];

	record_fault(sim, index);
	disable(sim, index, 0);
	sim->resets++;
	ctx->queues_lost = ctx->queues;
	if (!ctx->jobs && !ctx->fault_queue) {
		ctx->dead = true;
		return;
	}
	if (!ctx->fault_queue)
		remove_first_job(ctx);
	ctx->pushed = 0;
	ctx->tail = 0;
	sim_reg_write(sim, index, IPU_CTX_CTRL, IPU_CTX_CTRL_ENABLE | IPU_CTX_CTRL_PRIV);
	push_jobs(sim, index);
}

/* The card tells of a value once, and not which queue's it is: who still waits asks again. */
static void disarm_queues(struct sim_context *ctx)
{
	for (uint32_t i = 0; i < IPU_USER_QUEUES; i++)
		ctx->armed[i] = UINT64_MAX;
}

bool sim_context_service(struct ipu_sim *sim, uint32_t index)
{
	struct sim_context *ctx = &sim->contexts[index];
	uint32_t event = sim_reg_read(sim, index, IPU_CTX_EVENT);
	bool ended;

	sim_reg_write(sim, index, IPU_CTX_EVENT, event);
	if (!ctx->used || ctx->dead)
		return false;
	if (event & IPU_CTX_EVENT_QUEUE)
		disarm_queues(ctx);
	ended = retire_jobs(sim, ctx);
	if (read_state(sim, index) == IPU_CTX_FAULTED) {
		/* Jobs that completed before the fault are retired first: it is not theirs. */
		retire_jobs(sim, ctx);
		recover(sim, index);
		return true;
	}
	push_jobs(sim, index);
	return ended || event & (IPU_CTX_EVENT_DEBUG | IPU_CTX_EVENT_QUEUE);
}

int sim_context_status(const struct sim_context *ctx, uint64_t seqno)
{
	for (size_t i = ctx->failure_count; i-- > 0;)
		if (ctx->failures[i].seqno == seqno)
			return ctx->failures[i].status;
	return 0;
}
