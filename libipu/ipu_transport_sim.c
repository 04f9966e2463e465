// SPDX-License-Identifier: MIT
/* The transport to a card simulated in this process. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "isa/ipu_disasm.h"
#include "isa/ipu_isa.h"
#include "ipu_sim.h"

#define MAX_CMDS 65536
#define DEFAULT_WATCHDOG_MS 10000
#define LOOK_NS 50000

/* ---- The model's callbacks ---- */

static int on_dma_read(void *host, uint64_t addr, void *buf, size_t len)
{
	return ipu_sim_bus_read(&((struct ipu_sim *)host)->bus, addr, buf, len);
}

static int on_dma_write(void *host, uint64_t addr, const void *buf, size_t len)
{
	return ipu_sim_bus_write(&((struct ipu_sim *)host)->bus, addr, buf, len);
}

static void on_interrupt(void *host, unsigned int vector)
{
	struct ipu_sim *sim = host;

	if (!vector || vector > IPU_MAX_CONTEXTS)
		return;
	pthread_mutex_lock(&sim->irq_lock);
	sim->irq_pending |= 1u << (vector - 1);
	if (!sim->looking)
		pthread_cond_signal(&sim->irq);
	pthread_mutex_unlock(&sim->irq_lock);
}

static uint64_t on_now_ns(void *host)
{
	(void)host;
	return ipu_now_ns();
}

/*
 * The card's threads each write whole lines; those of one tile are in order. Nothing
 * is buffered that the end of a forked process would write a second time.
 */
static void on_insn(void *host, uint32_t tile, uint32_t unit, uint32_t pc, uint32_t bits)
{
	struct ipu_sim *sim = host;
	char insn[IPU_DISASM_TEXT];
	char name[16] = "supervisor";

	if (atomic_load_explicit(&sim->trace_error, memory_order_relaxed))
		return;
	if (unit < IPU_WORKERS)
		snprintf(name, sizeof(name), "worker %u", unit);
	ipu_disasm(bits, pc, insn);
	fprintf(sim->trace, "tile %u %s\t0x%x\t%s\n", tile, name, pc, insn);
}

static const struct ipu_host_ops host_ops = {
	.dma_read = on_dma_read,
	.dma_write = on_dma_write,
	.interrupt = on_interrupt,
	.now_ns = on_now_ns,
};

static const struct ipu_host_ops host_ops_traced = {
	.dma_read = on_dma_read,
	.dma_write = on_dma_write,
	.interrupt = on_interrupt,
	.now_ns = on_now_ns,
	.insn = on_insn,
};

/* ---- Interrupts ---- */

/* @pending: a bit for each context */
static void handle_interrupts(struct ipu_sim *sim, uint32_t pending)
{
	pthread_mutex_lock(&sim->lock);
	for (uint32_t i = 0; i < IPU_MAX_CONTEXTS; i++)
		if (pending & 1u << i && sim_context_service(sim, i))
			pthread_cond_broadcast(&sim->changed);
	pthread_mutex_unlock(&sim->lock);
}

/*
 * Wait for an interrupt for a short time, without sleeping, and handle it: most jobs of a
 * stream are over before a thread could fall asleep and be woken. No lock is held.
 */
static void look_out(struct ipu_sim *sim)
{
	uint64_t until = ipu_now_ns() + LOOK_NS;
	uint32_t pending;

	pthread_mutex_lock(&sim->irq_lock);
	sim->looking++;
	pthread_mutex_unlock(&sim->irq_lock);
	/* the card's threads may need this processor */
	while (!atomic_load_explicit(&sim->irq_pending, memory_order_relaxed) &&
	       ipu_now_ns() < until)
		sched_yield();
	pthread_mutex_lock(&sim->irq_lock);
	sim->looking--;
	pending = sim->irq_pending;
	sim->irq_pending = 0;
	pthread_mutex_unlock(&sim->irq_lock);
	if (pending)
		handle_interrupts(sim, pending);
}

static uint32_t next_interrupts(struct ipu_sim *sim, bool *stop)
{
	uint32_t pending;

	pthread_mutex_lock(&sim->irq_lock);
	while (!sim->irq_pending && !sim->stop)
		pthread_cond_wait(&sim->irq, &sim->irq_lock);
	pending = sim->irq_pending;
	sim->irq_pending = 0;
	*stop = sim->stop;
	pthread_mutex_unlock(&sim->irq_lock);
	return pending;
}

static void *serve(void *arg)
{
	struct ipu_sim *sim = arg;
	bool stop;

	for (;;) {
		uint32_t pending = next_interrupts(sim, &stop);

		if (stop)
			return NULL;
		handle_interrupts(sim, pending);
	}
}

/* ---- The transport ---- */

static void sim_release(struct ipu_sim *sim)
{
	ipu_card_free(sim->card);
	if (sim->trace)
		fclose(sim->trace);
	free(sim->trace_name);
	ipu_sim_bus_fini(&sim->bus);
	pthread_mutex_destroy(&sim->lock);
	pthread_cond_destroy(&sim->changed);
	pthread_mutex_destroy(&sim->irq_lock);
	pthread_cond_destroy(&sim->irq);
	free(sim);
}

static void sim_close(struct ipu_device *dev)
{
	struct ipu_sim *sim = sim_of(dev);

	/* The threads are the parent's, and what they were changing cannot be released. */
	if (ipu_is_parents(dev)) {
		if (sim->trace)
			fclose(sim->trace);
		free(sim->trace_name);
		free(sim);
		return;
	}
	pthread_mutex_lock(&sim->irq_lock);
	sim->stop = true;
	pthread_cond_signal(&sim->irq);
	pthread_mutex_unlock(&sim->irq_lock);
	pthread_join(sim->service, NULL);
	sim_release(sim);
}

/* The first free range of @tiles tiles; the largest free range when there is none. */
static bool find_tiles(struct ipu_sim *sim, uint32_t tiles, uint32_t *first, uint32_t *largest)
{
	uint32_t from = 0;

	*largest = 0;
	while (from < sim->base.info.tiles) {
		uint32_t next = sim->base.info.tiles, end = sim->base.info.tiles;

		/* The first context that begins at @from or above. */
		for (uint32_t i = 0; i < sim->base.info.contexts; i++) {
			const struct sim_context *ctx = &sim->contexts[i];

			if (ctx->used && ctx->tile_first >= from && ctx->tile_first < next) {
				next = ctx->tile_first;
				end = next + ctx->tiles;
			}
		}
		if (tiles && next - from >= tiles) {
			*first = from;
			return true;
		}
		if (next - from > *largest)
			*largest = next - from;
		from = end;
	}
	return false;
}

static int sim_get_usage(struct ipu_device *dev, struct ipu_usage *usage)
{
	struct ipu_sim *sim = sim_of(dev);
	uint32_t first;

	pthread_mutex_lock(&sim->lock);
	for (uint32_t i = 0; i < dev->info.contexts; i++) {
		if (!sim->contexts[i].used)
			continue;
		usage->contexts++;
		usage->tiles += sim->contexts[i].tiles;
	}
	find_tiles(sim, 0, &first, &usage->largest_free);
	usage->resets = sim->resets;
	pthread_mutex_unlock(&sim->lock);
	return 0;
}

/* A simulator belongs to one process. */
static int sim_get_limits(struct ipu_device *dev, struct ipu_limits *limits)
{
	struct ipu_usage usage = { 0 };

	sim_get_usage(dev, &usage);
	*limits = (struct ipu_limits){
		.user_contexts = dev->info.contexts,
		.user_tiles = dev->info.tiles,
		.used_contexts = usage.contexts,
		.used_tiles = usage.tiles,
		.user_bytes = UINT64_MAX,
		.ctx_tables = UINT32_MAX,
		.ctx_mappings = UINT32_MAX,
		.ctx_jobs = UINT32_MAX,
	};
	return 0;
}

static int sim_bo_create(struct ipu_device *dev, struct ipu_bo *bo)
{
	bo->memory = ipu_sim_memory_new(&sim_of(dev)->bus, bo->size);
	if (!bo->memory)
		return -ENOMEM;
	bo->data = bo->memory->data;
	return 0;
}

static int sim_bo_wrap(struct ipu_device *dev, struct ipu_bo *bo)
{
	bo->memory = ipu_sim_memory_wrap(&sim_of(dev)->bus, bo->data, bo->size);
	return bo->memory ? 0 : -EBUSY;
}

static void sim_bo_destroy(struct ipu_device *dev, struct ipu_bo *bo)
{
	(void)dev;
	ipu_sim_memory_put(bo->memory);
}

static uint32_t card_reg(struct ipu_sim *sim, uint32_t reg)
{
	return ipu_card_read(sim->card, reg, 4);
}

static int sim_get_chain(struct ipu_device *dev, struct ipu_chain *chain)
{
	chain->group = card_reg(sim_of(dev), IPU_REG_LINK_GROUP);
	chain->index = card_reg(sim_of(dev), IPU_REG_LINK_INDEX);
	return 0;
}

/* Keys are this process's: so are simulated cards. */
static int sim_link_new(struct ipu_device *dev, struct ipu_link_place *place)
{
	static atomic_ullong last;

	(void)dev;
	place->key = atomic_fetch_add(&last, 1) + 1;
	return 0;
}

static void sim_link_end(struct ipu_link_place *place)
{
	(void)place;
}

static int sim_ctx_create(struct ipu_device *dev, uint32_t tiles, uint32_t watchdog_ms,
			  const struct ipu_link_place *place, uint32_t *id)
{
	struct ipu_sim *sim = sim_of(dev);
	uint32_t first, largest, index = 0;
	int err = -EBUSY;

	pthread_mutex_lock(&sim->lock);
	while (index < dev->info.contexts && sim->contexts[index].used)
		index++;
	if (index < dev->info.contexts && find_tiles(sim, tiles, &first, &largest))
		err = sim_context_start(sim, index, first, tiles,
					watchdog_ms ? watchdog_ms : DEFAULT_WATCHDOG_MS, place);
	pthread_mutex_unlock(&sim->lock);
	*id = index + 1;
	return err;
}

static void sim_ctx_destroy(struct ipu_device *dev, uint32_t id)
{
	struct ipu_sim *sim = sim_of(dev);

	pthread_mutex_lock(&sim->lock);
	sim_context_stop(sim, id - 1);
	pthread_mutex_unlock(&sim->lock);
}

static int sim_ctx_health(struct ipu_device *dev, uint32_t id, struct ipu_health *health)
{
	struct ipu_sim *sim = sim_of(dev);

	pthread_mutex_lock(&sim->lock);
	if (sim->contexts[id - 1].dead) {
		health->state = IPU_LOST;
		health->why = IPU_WHY_FAULT;
	}
	pthread_mutex_unlock(&sim->lock);
	return 0;
}

static int sim_bo_map(struct ipu_device *dev, uint32_t id, struct ipu_bo *bo, bool writable,
		      uint64_t *va)
{
	struct ipu_sim *sim = sim_of(dev);
	int err;

	pthread_mutex_lock(&sim->lock);
	err = ipu_sim_vm_map(&sim->contexts[id - 1].vm, bo->memory, writable ? IPU_PTE_W : 0, va);
	pthread_mutex_unlock(&sim->lock);
	return err;
}

/* The caller must not unmap the ring's own memory; the kernel driver does not allow it either. */
static bool is_own(const struct sim_context *ctx, uint64_t va)
{
	return va <= ctx->fence_va;
}

static int sim_bo_unmap(struct ipu_device *dev, uint32_t id, uint64_t va)
{
	struct ipu_sim *sim = sim_of(dev);
	struct sim_context *ctx = &sim->contexts[id - 1];
	struct ipu_sim_memory *memory;
	int err = -ENOENT;

	pthread_mutex_lock(&sim->lock);
	if (!is_own(ctx, va))
		err = ipu_sim_vm_unmap(&ctx->vm, va, &memory);
	if (!err) {
		sim_context_forget(sim, id - 1);
		ipu_sim_memory_put(memory);
	}
	pthread_mutex_unlock(&sim->lock);
	return err;
}

static int sim_submit(struct ipu_device *dev, uint32_t id, uint64_t va, uint32_t count,
		      uint64_t *seqno)
{
	struct ipu_sim *sim = sim_of(dev);
	int err;

	pthread_mutex_lock(&sim->lock);
	err = sim_context_submit(sim, id - 1, va, count, seqno);
	pthread_mutex_unlock(&sim->lock);
	return err;
}

/* 0, or why the trace lacks instructions of a job that has ended. */
static int sim_trace_status(struct ipu_device *dev)
{
	struct ipu_sim *sim = sim_of(dev);

	if (sim->trace)
		fflush(sim->trace);
	return -sim->trace_error;
}

static bool sim_explain(struct ipu_device *dev, int status)
{
	struct ipu_sim *sim = sim_of(dev);

	if (!sim->trace_error || status != -sim->trace_error)
		return false;
	ipu_fail(
		status,
		"Cannot write the trace to %s: %s. It is not complete, so the job counts as failed: "
		"choose another file, or trace a shorter run.",
		sim->trace_name, strerror(-status));
	return true;
}

static int sim_wait(struct ipu_device *dev, uint32_t id, uint64_t seqno, int64_t deadline_ns,
		    int *status)
{
	struct ipu_sim *sim = sim_of(dev);
	struct sim_context *ctx = &sim->contexts[id - 1];
	struct timespec deadline = {
		.tv_sec = deadline_ns / 1000000000,
		.tv_nsec = deadline_ns % 1000000000,
	};
	int err = 0;

	pthread_mutex_lock(&sim->lock);
	if (!seqno || seqno > ctx->submitted)
		err = -EINVAL;
	if (!err && ctx->ended < seqno && deadline_ns > (int64_t)ipu_now_ns()) {
		pthread_mutex_unlock(&sim->lock);
		look_out(sim);
		pthread_mutex_lock(&sim->lock);
	}
	while (!err && ctx->ended < seqno)
		if (pthread_cond_timedwait(&sim->changed, &sim->lock, &deadline) &&
		    ctx->ended < seqno)
			err = -ETIME;
	if (!err)
		*status = sim_context_status(ctx, seqno);
	pthread_mutex_unlock(&sim->lock);
	return err;
}

static int sim_get_fault(struct ipu_device *dev, uint32_t id, uint64_t seqno,
			 struct ipu_fault *fault)
{
	struct ipu_sim *sim = sim_of(dev);
	const struct sim_context *ctx = &sim->contexts[id - 1];
	int err = -ENODATA;

	pthread_mutex_lock(&sim->lock);
	for (uint64_t n = ctx->fault_count; n-- > 0 && ctx->fault_count - n <= SIM_FAULTS_KEPT;) {
		if (seqno && ctx->faults[n % SIM_FAULTS_KEPT].seqno != seqno)
			continue;
		*fault = ctx->faults[n % SIM_FAULTS_KEPT];
		err = 0;
		break;
	}
	pthread_mutex_unlock(&sim->lock);
	return err;
}

static const struct ipu_transport sim_transport = {
	.close = sim_close,
	.get_usage = sim_get_usage,
	.get_limits = sim_get_limits,
	.bo_create = sim_bo_create,
	.bo_wrap = sim_bo_wrap,
	.bo_destroy = sim_bo_destroy,
	.get_chain = sim_get_chain,
	.link_new = sim_link_new,
	.link_end = sim_link_end,
	.ctx_create = sim_ctx_create,
	.ctx_destroy = sim_ctx_destroy,
	.ctx_health = sim_ctx_health,
	.bo_map = sim_bo_map,
	.bo_unmap = sim_bo_unmap,
	.submit = sim_submit,
	.wait = sim_wait,
	.trace_status = sim_trace_status,
	.explain = sim_explain,
	.get_fault = sim_get_fault,
	.userq_create = sim_userq_create,
	.userq_destroy = sim_userq_destroy,
	.userq_ring = sim_userq_ring,
	.userq_wait = sim_userq_wait,
	.userq_fault = sim_userq_fault,
	.debug_attach = sim_debug_attach,
	.debug_detach = sim_debug_detach,
	.debug_halt = sim_debug_halt,
	.debug_go = sim_debug_go,
	.debug_wait = sim_debug_wait,
	.debug_point = sim_debug_point,
	.debug_access = sim_debug_access,
};

static void fill_info(struct ipu_sim *sim)
{
	struct ipu_info *info = &sim->base.info;

	info->size = sizeof(*info);
	snprintf(info->name, sizeof(info->name), "sim");
	snprintf(info->driver, sizeof(info->driver), "sim");
	snprintf(info->driver_version, sizeof(info->driver_version), "%s", ipu_version());
	info->hw_version = card_reg(sim, IPU_REG_VERSION);
	info->fw_version = card_reg(sim, IPU_REG_FW_VERSION);
	info->caps = card_reg(sim, IPU_REG_CAPS);
	info->isa = card_reg(sim, IPU_REG_ISA);
	info->vlen = card_reg(sim, IPU_REG_VLEN);
	info->tiles = card_reg(sim, IPU_REG_TILES);
	info->sram_base = card_reg(sim, IPU_REG_SRAM_BASE);
	info->sram_size = card_reg(sim, IPU_REG_SRAM_SIZE);
	info->workers = card_reg(sim, IPU_REG_WORKERS);
	info->clock_khz = card_reg(sim, IPU_REG_CLOCK_KHZ);
	info->contexts = card_reg(sim, IPU_REG_CONTEXTS);
	info->max_cmds = MAX_CMDS;
	info->serial = card_reg(sim, IPU_REG_SERIAL_LO) | (uint64_t)card_reg(sim, IPU_REG_SERIAL_HI)
								  << 32;
	info->va_size = 1ull << IPU_VA_BITS;
}

static void init_locks(struct ipu_sim *sim)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&sim->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_cond_init(&sim->irq, NULL);
	pthread_mutex_init(&sim->lock, NULL);
	pthread_mutex_init(&sim->irq_lock, NULL);
}

/* Signals must be delivered to the program's own threads. */
static int start_service(struct ipu_sim *sim)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&sim->service, NULL, serve, sim);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

/* What was buffered when the process forked is the parent's to write, not the child's as well. */
static ssize_t write_trace(void *cookie, const char *text, size_t bytes)
{
	struct ipu_sim *sim = cookie;
	ssize_t done;

	if (ipu_is_parents(&sim->base))
		return (ssize_t)bytes;
	done = write(sim->trace_fd, text, bytes);
	if (done >= 0)
		return done;
	sim->trace_error = errno;
	return 0;
}

static int close_trace(void *cookie)
{
	return close(((struct ipu_sim *)cookie)->trace_fd);
}

/* The last step of opening: a card that cannot be opened does not overwrite a file. */
static int open_trace(struct ipu_sim *sim, const char *name)
{
	const cookie_io_functions_t functions = { .write = write_trace, .close = close_trace };

	sim->trace_name = strdup(name);
	if (!sim->trace_name)
		return ipu_fail_nomem("a trace");
	sim->trace_fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (sim->trace_fd < 0)
		return ipu_fail(-errno,
				"Cannot write a trace to %s: %s. Name a file that you may "
				"write, in a folder that exists.",
				name, strerror(errno));
	sim->trace = fopencookie(sim, "w", functions);
	if (!sim->trace) {
		close(sim->trace_fd);
		return ipu_fail_nomem("a trace");
	}
	return 0;
}

static int start_card(struct ipu_sim *sim, const struct ipu_sim_options *options)
{
	const struct ipu_card_config config = {
		.tiles = options->tiles,
		.threads = options->threads,
		.vlen = options->vlen,
		.max_host_memory = options->max_host_memory,
	};
	char *error = NULL;
	int err;

	sim->card =
		ipu_card_new(&config, options->trace ? &host_ops_traced : &host_ops, sim, &error);
	if (!sim->card) {
		err = ipu_fail(-errno, "Cannot build a simulated card of %u tiles: %s.",
			       options->tiles, error ? error : "out of memory");
		free(error);
		return err;
	}
	fill_info(sim);
	err = start_service(sim);
	if (err)
		return ipu_fail(err, "Cannot start a thread for the simulated card: %s.",
				strerror(-err));
	return 0;
}

int ipu_transport_sim_open(const struct ipu_sim_options *options, struct ipu_device **dev)
{
	struct ipu_sim *sim;
	int err = ipu_process_init();

	if (err)
		return err;
	sim = calloc(1, sizeof(*sim));
	if (!sim)
		return ipu_fail_nomem("a simulated card");
	init_locks(sim);
	ipu_sim_bus_init(&sim->bus);
	sim->base.ops = &sim_transport;
	sim->base.process = ipu_process();
	sim->base.refs = 1;
	err = start_card(sim, options);
	if (err) {
		sim_release(sim);
		return err;
	}
	if (options->trace)
		err = open_trace(sim, options->trace);
	if (err) {
		sim_close(&sim->base);
		return err;
	}
	*dev = &sim->base;
	return 0;
}

int ipu_transport_sim_link(struct ipu_device *dev, struct ipu_device *to)
{
	return ipu_card_link(sim_of(dev)->card, sim_of(to)->card);
}
