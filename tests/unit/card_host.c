// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "card_host.h"

/* ---- The card's callbacks ---- */

static bool allowed(struct host *host, uint64_t addr, size_t len)
{
	atomic_fetch_add(&host->accesses, 1);
	if (atomic_load(&host->hold)) {
		atomic_fetch_add(&host->held, 1);
		while (atomic_load(&host->hold))
			usleep(20);
		atomic_fetch_sub(&host->held, 1);
	}
	return !atomic_load(&host->refuse) && len <= HOST_MEMORY && addr <= HOST_MEMORY - len;
}

static int dma_read(void *opaque, uint64_t addr, void *buf, size_t len)
{
	struct host *host = opaque;

	if (!allowed(host, addr, len))
		return -1;
	memcpy(buf, host->memory + addr, len);
	return 0;
}

static int dma_write(void *opaque, uint64_t addr, const void *buf, size_t len)
{
	struct host *host = opaque;
	uint64_t word;

	if (!allowed(host, addr, len))
		return -1;
	/* A fence's value, for which tests wait with atomic_load(). */
	if (len == sizeof(word) && addr % sizeof(word) == 0) {
		memcpy(&word, buf, sizeof(word));
		atomic_store((_Atomic uint64_t *)(host->memory + addr), word);
	} else {
		memcpy(host->memory + addr, buf, len);
	}
	return 0;
}

static void interrupt(void *opaque, unsigned int vector)
{
	struct host *host = opaque;

	/* Not an assertion of cmocka's, which belong to the test's own thread. */
	if (vector >= IPU_NUM_VECTORS)
		abort();
	atomic_fetch_add(&host->interrupts[vector], 1);
}

static uint64_t now_ns(void *opaque)
{
	struct timespec now;

	(void)opaque;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void guest_error(void *opaque, const char *message)
{
	struct host *host = opaque;

	host->errors++;
	snprintf(host->error, sizeof(host->error), "%s", message);
}

static void thread_start(void *opaque)
{
	atomic_fetch_add(&((struct host *)opaque)->threads, 1);
}

static void thread_stop(void *opaque)
{
	atomic_fetch_sub(&((struct host *)opaque)->threads, 1);
}

static void trace(void *opaque, enum ipu_trace_event event, uint32_t a, uint32_t b, uint64_t c)
{
	struct host *host = opaque;

	(void)b;
	(void)c;
	if (a >= IPU_MAX_CONTEXTS)
		abort();
	atomic_fetch_add(&host->traced[event], 1);
}

static void quiet(void *opaque)
{
	atomic_fetch_add(&((struct host *)opaque)->quiet, 1);
}

static const struct ipu_host_ops ops = {
	.dma_read = dma_read,
	.dma_write = dma_write,
	.interrupt = interrupt,
	.now_ns = now_ns,
	.thread_start = thread_start,
	.thread_stop = thread_stop,
	.guest_error = guest_error,
	.trace = trace,
	.quiet = quiet,
};

/* ---- The host ---- */

uint64_t now_ms(void)
{
	return now_ns(NULL) / 1000000;
}

static struct host *host_with(const struct ipu_card_config *config)
{
	struct host *host = calloc(1, sizeof(*host));
	char *error = NULL;

	assert_non_null(host);
	host->memory = mmap(NULL, HOST_MEMORY, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(host->memory != MAP_FAILED);
	host->used = IPU_PAGE_SIZE;
	host->config = *config;
	host->card = ipu_card_new(config, &ops, host, &error);
	if (!host->card)
		fail_msg("%s", error);
	return host;
}

struct host *host_new(uint32_t tiles, uint32_t threads)
{
	return host_with(&(struct ipu_card_config){
		.tiles = tiles,
		.threads = threads,
		.serial = 0x0123456789abcdefull,
	});
}

struct host *host_new_vlen(uint32_t tiles, uint32_t threads, uint32_t vlen)
{
	return host_with(&(struct ipu_card_config){
		.tiles = tiles,
		.threads = threads,
		.vlen = vlen,
	});
}

struct host *host_new_limited(uint32_t tiles, uint32_t threads, uint64_t memory)
{
	return host_with(&(struct ipu_card_config){
		.tiles = tiles,
		.threads = threads,
		.max_host_memory = memory,
	});
}

char *host_no_card(const struct ipu_card_config *config)
{
	char *error = NULL;

	errno = 0;
	assert_null(ipu_card_new(config, &ops, NULL, &error));
	assert_int_equal(errno, EINVAL);
	assert_non_null(error);
	return error;
}

void host_free(struct host *host)
{
	ipu_card_free(host->card);
	assert_int_equal(atomic_load(&host->threads), 0);
	munmap(host->memory, HOST_MEMORY);
	free(host);
}

/* ---- A card's state ---- */

static bool put(void *arg, void *data, size_t bytes)
{
	struct stream *stream = arg;
	size_t room = 1;

	while (room < stream->size)
		room *= 2;
	if (!stream->data || stream->size + bytes > room) {
		while (room < stream->size + bytes)
			room *= 2;
		stream->data = realloc(stream->data, room);
		if (!stream->data)
			return false;
	}
	memcpy(stream->data + stream->size, data, bytes);
	stream->size += bytes;
	return true;
}

static bool take(void *arg, void *data, size_t bytes)
{
	struct stream *stream = arg;

	if (bytes > stream->size - stream->at)
		return false;
	memcpy(data, stream->data + stream->at, bytes);
	stream->at += bytes;
	return true;
}

void host_save(struct host *host, struct stream *stream)
{
	char *error = NULL;

	*stream = (struct stream){ 0 };
	if (!ipu_card_save(host->card, put, stream, &error))
		fail_msg("%s", error);
	assert_true(stream->size <= ipu_card_most_state(host->card));
}

char *host_load(struct host *host, struct stream *stream)
{
	char *error = NULL;

	stream->at = 0;
	if (ipu_card_load(host->card, take, stream, &error))
		return NULL;
	assert_non_null(error);
	return error;
}

void error_says(char *error, const char *words)
{
	assert_non_null(error);
	if (!strstr(error, words))
		fail_msg("\"%s\" does not say \"%s\"", error, words);
	free(error);
}

void host_refuses(struct host *host, struct stream *stream, const char *words)
{
	error_says(host_load(host, stream), words);
}

void host_replace(struct host *host, uint32_t threads)
{
	char *error = NULL;

	ipu_card_free(host->card);
	host->config.threads = threads;
	host->card = ipu_card_new(&host->config, &ops, host, &error);
	if (!host->card)
		fail_msg("%s", error);
	ipu_card_pause(host->card);
}

uint64_t host_alloc(struct host *host, uint64_t bytes)
{
	uint64_t bus = host->used;

	host->used += (bytes + IPU_PAGE_SIZE - 1) / IPU_PAGE_SIZE * IPU_PAGE_SIZE;
	assert_true(host->used <= HOST_MEMORY);
	memset(host_at(host, bus), 0, bytes);
	return bus;
}

/* ---- Registers ---- */

uint32_t card_get(struct host *host, uint64_t offset)
{
	return ipu_card_read(host->card, offset, 4);
}

void card_set(struct host *host, uint64_t offset, uint32_t value)
{
	ipu_card_write(host->card, offset, value, 4);
}

uint32_t ctx_get(struct context *ctx, uint32_t offset)
{
	return card_get(ctx->host, IPU_CTX_BASE(ctx->index) + offset);
}

uint64_t ctx_get64(struct context *ctx, uint32_t offset_lo)
{
	return ctx_get(ctx, offset_lo) | (uint64_t)ctx_get(ctx, offset_lo + 4) << 32;
}

void ctx_set(struct context *ctx, uint32_t offset, uint32_t value)
{
	card_set(ctx->host, IPU_CTX_BASE(ctx->index) + offset, value);
}

uint32_t ctx_state(struct context *ctx)
{
	return ctx_get(ctx, IPU_CTX_STATUS) & IPU_CTX_STATUS_STATE;
}

void ctx_wait(struct context *ctx, uint32_t offset, uint32_t value)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	while (ctx_get(ctx, offset) != value && now_ms() < end)
		usleep(50);
	assert_int_equal(ctx_get(ctx, offset), value);
}

/* ---- Contexts ---- */

/* The table that the entry of @va in @table names, made if need be. */
static uint64_t next_table(struct host *host, uint64_t table, uint64_t va, unsigned int level)
{
	unsigned int shift = IPU_PAGE_SHIFT + 9 * level;
	uint64_t *entry = (uint64_t *)host_at(host, table) + (va >> shift) % IPU_PT_ENTRIES;

	if (!*entry)
		*entry = host_alloc(host, IPU_PAGE_SIZE) | IPU_PTE_V;
	return *entry & IPU_PTE_ADDR;
}

uint64_t *ctx_pte(struct context *ctx, uint64_t va)
{
	uint64_t table = next_table(ctx->host, ctx->root, va, 2);

	table = next_table(ctx->host, table, va, 1);
	return (uint64_t *)host_at(ctx->host, table) + (va >> IPU_PAGE_SHIFT) % IPU_PT_ENTRIES;
}

void ctx_init(struct context *ctx, struct host *host, uint32_t index)
{
	uint64_t bus;

	*ctx = (struct context){ .host = host, .index = index, .log2 = 6 };
	ctx->root = host_alloc(host, IPU_PAGE_SIZE);
	ctx->ring = host_alloc(host, (uint64_t)IPU_CMD_SIZE << ctx->log2);
	for (bus = 0; bus < HOST_MEMORY; bus += IPU_PAGE_SIZE)
		*ctx_pte(ctx, VA(bus)) = bus | IPU_PTE_V | IPU_PTE_W;
}

void ctx_config(struct context *ctx, uint32_t first, uint32_t count)
{
	ctx_set(ctx, IPU_CTX_TILE_FIRST, first);
	ctx_set(ctx, IPU_CTX_TILE_COUNT, count);
	ctx_set(ctx, IPU_CTX_PT_LO, (uint32_t)ctx->root);
	ctx_set(ctx, IPU_CTX_PT_HI, (uint32_t)(ctx->root >> 32));
	ctx_set(ctx, IPU_CTX_RING_LO, (uint32_t)VA(ctx->ring));
	ctx_set(ctx, IPU_CTX_RING_HI, (uint32_t)(VA(ctx->ring) >> 32));
	ctx_set(ctx, IPU_CTX_RING_LOG2, ctx->log2);
	ctx_set(ctx, IPU_CTX_VECTOR, 1 + ctx->index);
}

void ctx_enable(struct context *ctx, uint32_t flags)
{
	ctx->written = 0;
	ctx_set(ctx, IPU_CTX_CTRL, IPU_CTX_CTRL_ENABLE | flags);
}

void ctx_disable(struct context *ctx)
{
	ctx_set(ctx, IPU_CTX_CTRL, 0);
	ctx_wait(ctx, IPU_CTX_STATUS, IPU_CTX_DISABLED);
}

void ctx_open(struct context *ctx, struct host *host, uint32_t index, uint32_t first,
	      uint32_t count)
{
	ctx_init(ctx, host, index);
	ctx_config(ctx, first, count);
	ctx_enable(ctx, IPU_CTX_CTRL_CLEAR | IPU_CTX_CTRL_PRIV);
	assert_int_equal(ctx_state(ctx), IPU_CTX_IDLE);
}

uint64_t ctx_put(struct context *ctx, const void *command)
{
	uint32_t slot = ctx->written++ & ((1u << ctx->log2) - 1);
	uint64_t bus = ctx->ring + (uint64_t)slot * IPU_CMD_SIZE;

	memcpy(host_at(ctx->host, bus), command, IPU_CMD_SIZE);
	return VA(bus);
}

void ctx_ring(struct context *ctx)
{
	card_set(ctx->host, IPU_DOORBELL(ctx->index), ctx->written);
}

/* Wait for the context to have nothing to do, or for a fault. */
static uint32_t settle(struct context *ctx)
{
	uint64_t end = now_ms() + PATIENCE_MS;
	uint32_t state;

	ctx_ring(ctx);
	do {
		state = ctx_state(ctx);
		if (state != IPU_CTX_RUNNING)
			return state;
		usleep(50);
	} while (now_ms() < end);
	fail_msg("context %u is still running", ctx->index);
	return state;
}

void ctx_finish(struct context *ctx)
{
	if (settle(ctx) == IPU_CTX_FAULTED)
		fail_msg("fault 0x%x tile %u unit %u pc 0x%x addr 0x%llx info 0x%x",
			 ctx_get(ctx, IPU_CTX_FAULT_CAUSE), ctx_get(ctx, IPU_CTX_FAULT_TILE),
			 ctx_get(ctx, IPU_CTX_FAULT_UNIT), ctx_get(ctx, IPU_CTX_FAULT_PC),
			 (unsigned long long)ctx_get64(ctx, IPU_CTX_FAULT_ADDR_LO),
			 ctx_get(ctx, IPU_CTX_FAULT_INFO));
	assert_int_equal(ctx_get(ctx, IPU_CTX_HEAD), ctx->written);
}

void ctx_fault(struct context *ctx, uint32_t cause, uint64_t addr, uint32_t info)
{
	assert_int_equal(settle(ctx), IPU_CTX_FAULTED);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_CAUSE), cause);
	assert_int_equal(ctx_get64(ctx, IPU_CTX_FAULT_ADDR_LO), addr);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_INFO), info);
}

void ctx_restart(struct context *ctx)
{
	uint32_t priv = ctx_get(ctx, IPU_CTX_CTRL) & IPU_CTX_CTRL_PRIV;

	ctx_disable(ctx);
	ctx_enable(ctx, priv);
}

/* ---- Commands ---- */

struct ipu_cmd_copy copy_to(uint32_t tile, uint32_t tiles, uint32_t addr, uint64_t va,
			    uint32_t bytes)
{
	return (struct ipu_cmd_copy){
		.op = IPU_CMD_COPY_TO_TILES,
		.tile_first = tile,
		.tile_count = tiles,
		.tile_addr = addr,
		.host_va = va,
		.host_tile_stride = bytes,
		.row_bytes = bytes,
		.rows = 1,
	};
}

struct ipu_cmd_copy copy_from(uint32_t tile, uint32_t tiles, uint32_t addr, uint64_t va,
			      uint32_t bytes)
{
	struct ipu_cmd_copy copy = copy_to(tile, tiles, addr, va, bytes);

	copy.op = IPU_CMD_COPY_FROM_TILES;
	return copy;
}

uint64_t put_run(struct context *ctx, uint32_t first, uint32_t tiles, uint32_t flags)
{
	uint64_t report = host_alloc(ctx->host, sizeof(struct ipu_run_report));
	const struct ipu_cmd_run run = {
		.op = IPU_CMD_RUN | flags,
		.tile_first = first,
		.tile_count = tiles,
		.entry = flags & IPU_CMD_RUN_RESUME ? 0 : IPU_SRAM_BASE,
		.report_va = VA(report),
	};

	ctx_put(ctx, &run);
	return report;
}

uint64_t put_fence(struct context *ctx, uint64_t value, uint32_t flags)
{
	uint64_t word = host_alloc(ctx->host, 8);
	const struct ipu_cmd_fence fence = {
		.op = IPU_CMD_FENCE | flags,
		.va = VA(word),
		.value = value,
	};

	ctx_put(ctx, &fence);
	return word;
}

void tiles_write(struct context *ctx, uint32_t first, uint32_t tiles, uint32_t addr,
		 const void *data, uint32_t bytes)
{
	uint64_t saved = ctx->host->used;
	uint64_t bus = host_alloc(ctx->host, bytes);
	struct ipu_cmd_copy copy = copy_to(first, tiles, addr, VA(bus), bytes);

	memcpy(host_at(ctx->host, bus), data, bytes);
	copy.host_tile_stride = 0;
	ctx_put(ctx, &copy);
	ctx_finish(ctx);
	ctx->host->used = saved;
}

void tile_read(struct context *ctx, uint32_t tile, uint32_t addr, void *data, uint32_t bytes)
{
	uint64_t saved = ctx->host->used;
	uint64_t bus = host_alloc(ctx->host, bytes);
	const struct ipu_cmd_copy copy = copy_from(tile, 1, addr, VA(bus), bytes);

	ctx_put(ctx, &copy);
	ctx_finish(ctx);
	memcpy(data, host_at(ctx->host, bus), bytes);
	ctx->host->used = saved;
}
