// SPDX-License-Identifier: MIT
/*
 * Hostile hosts, debuggers and guests: random registers, commands, page tables,
 * programs, points, halts and steps in them, and states that are saved, changed and
 * loaded. Nothing may crash, hang or leak, and whatever happened, every context can be stopped and the card reset and used.
 *
 * IPU_FUZZ_SECONDS (default 5) says how long, IPU_FUZZ_SEED where to begin: a
 * failure names the seed of its round.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "card_host.h"
#include "card_program.h"

#define TILES 6
#define CONTEXTS 3
#define STEPS 300

static uint64_t seed;

static uint32_t any(void)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(seed >> 32);
}

static uint32_t below(uint32_t limit)
{
	return any() % limit;
}

static bool one_in(uint32_t n)
{
	return below(n) == 0;
}

/* Values at the edges, small ones, and any. */
static uint64_t value(void)
{
	static const uint64_t edges[] = {
		0,
		1,
		UINT32_MAX,
		1ull << 31,
		UINT64_MAX,
		1ull << 63,
		1ull << IPU_VA_BITS,
		(1ull << IPU_VA_BITS) - 8,
		IPU_SRAM_BASE,
		IPU_SRAM_END,
		IPU_SRAM_END - 4,
		IPU_SRAM_SIZE,
		VA_BASE,
		VA(HOST_MEMORY - 64),
		VA(HOST_MEMORY),
	};

	switch (below(5)) {
	case 0:
		return edges[below(sizeof(edges) / sizeof(edges[0]))];
	case 1:
		return below(16);
	case 2:
		return below(1 << 20) & ~3u;
	case 3:
		return VA(below(HOST_MEMORY) & ~63u);
	default:
		return (uint64_t)any() << 32 | any();
	}
}

/* ---- Registers ---- */

static void access_register(struct host *host)
{
	uint64_t offset;
	unsigned int size = one_in(10) ? below(9) : 4;

	switch (below(5)) {
	case 0:
		offset = below(0x50);
		break;
	case 1:
		offset = one_in(2) ? IPU_DOORBELL(below(CONTEXTS)) :
				     IPU_UQ_DOORBELL(below(CONTEXTS * IPU_USER_QUEUES));
		break;
	case 2:
		offset = value();
		break;
	default:
		offset = IPU_CTX_BASE(below(CONTEXTS)) + below(one_in(2) ? 0x70 : 0x4a0);
		break;
	}
	if (!one_in(8))
		offset &= ~3ull;
	/* A reset is asked for seldom enough for something else to happen. */
	if (offset == IPU_REG_CTRL && !one_in(20))
		return;
	if (one_in(2))
		ipu_card_read(host->card, offset, size);
	else
		ipu_card_write(host->card, offset, value(), size);
}

/* ---- Programs and commands ---- */

static void vset(struct program *p)
{
	/* an AVL of x0 is VLMAX, but in two registers x0 means something else */
	const int rd = one_in(8) ? ZERO : T0, avl = one_in(2) ? ZERO : (int)below(16);
	const uint32_t lmul = one_in(2) ? 3 : below(8);
	const uint32_t vtype = one_in(8) ? below(0x800) : below(3) << 3 | lmul;

	emit(p, vtype << 20 | (uint32_t)avl << 15 | 7 << 12 | (uint32_t)rd << 7 | 0x57);
}

/* any vector load or store; whether it is legal depends on vtype */
static void vector_access(struct program *p)
{
	static const uint32_t widths[] = { 0, 5, 6, 7 };
	const uint32_t nf = one_in(4) ? below(8) : 0, vm = !one_in(4), mode = below(4);
	const uint32_t vs2 = mode || one_in(4) ? below(32) : 0;

	emit(p, nf << 29 | mode << 26 | vm << 25 | vs2 << 20 | below(16) << 15 |
			widths[below(4)] << 12 | below(32) << 7 | (one_in(2) ? 0x07 : 0x27));
}

/* A trap handler that continues after what has trapped, so that a program gets further. */
static void skip_traps(struct program *p)
{
	const uint32_t handler = here(p) + 4;

	jump(p, handler + 4 * 4);
	csrr(p, S1, 0x341); /* mepc */
	addi(p, S1, S1, 4);
	csrw(p, 0x341, S1);
	emit(p, 0x30200073); /* mret */
	li(p, S1, handler);
	csrw(p, 0x305, S1); /* mtvec */
}

static void make_program(struct program *p)
{
	uint32_t i, length = 4 + below(30);

	p->count = 0;
	if (one_in(2))
		skip_traps(p);
	for (i = 0; i < length; i++) {
		switch (below(14)) {
		case 0:
			emit(p, any());
			break;
		case 1:
			emit(p, any() << 7 | IPU_OPCODE);
			break;
		case 2:
			sync_zone(p, below(3));
			break;
		case 3:
			transfers(p, IPU_SRAM_BASE + below(IPU_SRAM_SIZE), below(4));
			break;
		case 4:
			bne(p, (int)below(16), (int)below(16), here(p) - 4 * below(p->count + 1));
			break;
		case 5:
			sw(p, (int)below(16), (int)below(16), (int)below(64));
			break;
		case 6:
			li(p, 1 + (int)below(15), (uint32_t)value());
			break;
		case 7:
			if (one_in(4))
				exit_with(p, (int)below(16));
			break;
		case 8:
		case 9:
			vset(p);
			break;
		case 10:
		case 11:
		case 12:
			vector_access(p);
			break;
		default:
			csrr(p, (int)below(16), IPU_CSR_TILE);
			break;
		}
	}
}

static void make_command(struct context *ctx, uint32_t *command)
{
	struct program p;
	uint64_t page = host_alloc(ctx->host, 0);
	struct ipu_cmd_copy copy = copy_to(below(TILES), 1 + below(2), IPU_SRAM_BASE + below(512),
					   VA(page), 1 + below(8192));
	const struct ipu_cmd_run run = {
		.op = IPU_CMD_RUN | (one_in(4) ? IPU_CMD_RUN_RESUME : 0),
		.tile_first = below(TILES),
		.tile_count = 1 + below(TILES),
		.entry = one_in(4) ? 0 : IPU_SRAM_BASE,
		.report_va = VA(page),
	};
	const struct ipu_cmd_exec exec = {
		.op = IPU_CMD_EXEC,
		.va = VA(ctx->ring),
		.count = below(100),
	};
	const struct ipu_cmd_fence fence = {
		.op = IPU_CMD_FENCE | (one_in(2) ? IPU_CMD_FENCE_IRQ : 0),
		.va = VA(page),
		.value = any(),
	};

	switch (below(6)) {
	case 0:
		make_program(&p);
		memcpy(host_at(ctx->host, page), p.word, program_bytes(&p));
		copy.tile_addr = IPU_SRAM_BASE;
		copy.row_bytes = program_bytes(&p);
		copy.host_tile_stride = 0;
		memcpy(command, &copy, IPU_CMD_SIZE);
		break;
	case 1:
		copy.rows = 1 + below(20);
		copy.host_row_stride = below(5000);
		copy.tile_row_stride = below(5000);
		copy.op += below(2);
		memcpy(command, &copy, IPU_CMD_SIZE);
		break;
	case 2:
	case 3:
		memcpy(command, &run, IPU_CMD_SIZE);
		break;
	case 4:
		memcpy(command, &exec, IPU_CMD_SIZE);
		break;
	default:
		memcpy(command, &fence, IPU_CMD_SIZE);
		break;
	}
	if (one_in(4))
		command[below(IPU_CMD_SIZE / 4)] = (uint32_t)value();
	if (one_in(8))
		*(uint64_t *)(void *)(command + 2 * below(IPU_CMD_SIZE / 8)) = value();
}

static void write_commands(struct context *ctx)
{
	uint32_t count = 1 + below(6);
	uint32_t command[IPU_CMD_SIZE / 4] __attribute__((aligned(8)));

	while (count--) {
		make_command(ctx, command);
		ctx_put(ctx, command);
	}
	ctx_ring(ctx);
}

/* ---- Page tables ---- */

static void change_page_table(struct context *ctx)
{
	uint64_t table = ctx->root;
	unsigned int level, depth = below(IPU_PT_LEVELS);
	uint64_t *entry = NULL, old;

	for (level = 2;; level--) {
		uint64_t va = VA(below(HOST_MEMORY));

		entry = (uint64_t *)host_at(ctx->host, table) +
			(va >> (IPU_PAGE_SHIFT + 9 * level)) % IPU_PT_ENTRIES;
		if (level <= depth)
			break;
		table = *entry & IPU_PTE_ADDR;
		if (table >= HOST_MEMORY)
			return;
	}
	/* For the moment only, or nothing would work for the rest of the round. */
	old = *entry;
	__atomic_store_n(entry, one_in(2) ? old ^ 1ull << below(64) : value(), __ATOMIC_RELAXED);
	write_commands(ctx);
	if (one_in(2))
		ctx_set(ctx, IPU_CTX_TLB_INVAL, 1);
	usleep(below(200));
	__atomic_store_n(entry, old, __ATOMIC_RELAXED);
}

/* ---- Debuggers ---- */

static void set_point(struct context *ctx)
{
	const uint32_t at = IPU_CTX_DBG_POINT(below(one_in(2) ? 4 : IPU_DBG_POINTS));

	ctx_set(ctx, at + IPU_DBG_POINT_TILE, one_in(2) ? IPU_DBG_ALL_TILES : below(TILES));
	ctx_set(ctx, at + IPU_DBG_POINT_ADDR,
		one_in(2) ? IPU_SRAM_BASE + below(256) : (uint32_t)value());
	ctx_set(ctx, at + IPU_DBG_POINT_LEN, one_in(2) ? below(64) : (uint32_t)value());
	ctx_set(ctx, at + IPU_DBG_POINT_ACCESS, below(8));
}

static void go_on(struct context *ctx)
{
	ctx_set(ctx, IPU_CTX_DBG_TILE, one_in(16) ? (uint32_t)value() : below(TILES));
	ctx_set(ctx, IPU_CTX_DBG_UNIT, one_in(16) ? (uint32_t)value() : IPU_UNIT_SUPERVISOR);
	ctx_set(ctx, IPU_CTX_DBG_CMD,
		IPU_CTX_DBG_GO | below(4) * IPU_CTX_DBG_STEP | (one_in(16) ? any() : 0));
}

/* Words of memory, or registers of one of the kinds that there are, or any number. */
static void access_data(struct context *ctx)
{
	static const uint32_t kinds[] = { IPU_DBG_REG_X, IPU_DBG_REG_F, IPU_DBG_REG_CSR,
					  IPU_DBG_REG_V, 0x8000 };
	uint32_t i, addr = (uint32_t)value();

	if (one_in(2))
		addr = IPU_DBG_REG | (kinds[below(5)] + below(0x1000));
	ctx_set(ctx, IPU_CTX_DBG_TILE, below(TILES));
	ctx_set(ctx, IPU_CTX_DBG_UNIT, below(8));
	ctx_set(ctx, IPU_CTX_DBG_ADDR, addr);
	for (i = below(16); i; i--) {
		if (one_in(2))
			ctx_get(ctx, IPU_CTX_DBG_DATA);
		else
			ctx_set(ctx, IPU_CTX_DBG_DATA, (uint32_t)value());
	}
}

/* It goes on with what is halted most of the time, or little would be executed. */
static void debug(struct context *ctx)
{
	uint32_t times = 1 + below(8);

	switch (below(6)) {
	case 0:
		ctx_set(ctx, IPU_CTX_DBG_CTRL, one_in(4) ? any() : IPU_CTX_DBG_ENABLE);
		break;
	case 1:
		ctx_set(ctx, IPU_CTX_DBG_CMD, IPU_CTX_DBG_HALT);
		break;
	case 2:
		access_data(ctx);
		break;
	case 3:
		set_point(ctx);
		break;
	default:
		for (; times && ctx_get(ctx, IPU_CTX_DBG_STATUS); times--) {
			go_on(ctx);
			usleep(below(50));
		}
		break;
	}
}

/* ---- States ---- */

static void change_stream(struct stream *stream)
{
	uint32_t times = 1 + below(4);

	if (one_in(4))
		stream->size = below((uint32_t)stream->size);
	while (stream->size && times--) {
		/* most of it is SRAM, which can be anything */
		size_t at = below(one_in(2) ? (uint32_t)stream->size : 20000) % stream->size;

		if (one_in(2))
			stream->data[at] ^= 1u << below(8);
		else
			stream->data[at] = (uint8_t)value();
	}
}

/* What was saved can be loaded; of what was changed some can. */
static void save_and_load(struct host *host)
{
	const bool changed = one_in(2);
	struct stream stream;
	char *error;

	ipu_card_pause(host->card);
	host_save(host, &stream);
	if (changed)
		change_stream(&stream);
	error = host_load(host, &stream);
	if (error && !changed)
		fail_msg("%s", error);
	free(error);
	free(stream.data);
	ipu_card_resume(host->card);
}

/* ---- Rounds ---- */

static void revive(struct context *ctx)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	ctx_set(ctx, IPU_CTX_CTRL, 0);
	while (ctx_state(ctx) != IPU_CTX_DISABLED && now_ms() < end)
		usleep(20);
	assert_int_equal(ctx_state(ctx), IPU_CTX_DISABLED);
	ctx_config(ctx, ctx->index * (TILES / CONTEXTS), TILES / CONTEXTS);
	if (one_in(3))
		ctx_config(ctx, below(TILES), below(TILES));
	ctx_set(ctx, IPU_CTX_WATCHDOG_MS, below(20));
	ctx_enable(ctx, below(4) << 1);
}

/* A new program, all of whose accesses are watched: it is resumed or steps from each. */
static void run_watched(struct context *ctx)
{
	const uint64_t page = host_alloc(ctx->host, 0);
	const struct ipu_cmd_run run = { .op = IPU_CMD_RUN,
					 .tile_count = 1,
					 .entry = IPU_SRAM_BASE };
	const uint32_t at = IPU_CTX_DBG_POINT(below(IPU_DBG_POINTS));
	struct ipu_cmd_copy copy;
	struct program p;
	uint32_t i;

	revive(ctx);
	ctx_set(ctx, at + IPU_DBG_POINT_TILE, IPU_DBG_ALL_TILES);
	ctx_set(ctx, at + IPU_DBG_POINT_LEN, UINT32_MAX);
	ctx_set(ctx, at + IPU_DBG_POINT_ACCESS, IPU_DBG_READ | IPU_DBG_WRITE);
	ctx_set(ctx, IPU_CTX_DBG_CTRL, IPU_CTX_DBG_ENABLE);
	make_program(&p);
	memcpy(host_at(ctx->host, page), p.word, program_bytes(&p));
	copy = copy_to(0, 1, IPU_SRAM_BASE, VA(page), program_bytes(&p));
	ctx_put(ctx, &copy);
	ctx_put(ctx, &run);
	ctx_ring(ctx);
	for (i = 0; i < 20; i++) {
		usleep(20);
		if (ctx_get(ctx, IPU_CTX_DBG_STATUS))
			go_on(ctx);
	}
}

/* The context's own ring once more, without privilege, and doorbells of all kinds. */
static void use_queue(struct context *ctx)
{
	const uint32_t queue = below(IPU_USER_QUEUES), at = IPU_CTX_UQ(queue);

	switch (below(6)) {
	case 0:
		ctx_set(ctx, at + IPU_UQ_CTRL, 0);
		break;
	case 1:
		ctx_set(ctx, at + IPU_UQ_ARM_LO, (uint32_t)value());
		ctx_set(ctx, at + IPU_UQ_ARM_HI, below(2));
		break;
	case 2:
		ctx_set(ctx, IPU_CTX_COALESCE, below(1 << 16));
		break;
	default:
		ctx_set(ctx, at + IPU_UQ_RING_LO, (uint32_t)VA(ctx->ring));
		ctx_set(ctx, at + IPU_UQ_RING_HI, (uint32_t)(VA(ctx->ring) >> 32));
		ctx_set(ctx, at + IPU_UQ_RING_LOG2, ctx->log2);
		ctx_set(ctx, at + IPU_UQ_CTRL, IPU_UQ_ENABLE);
		card_set(ctx->host, IPU_UQ_DOORBELL(ctx->index * IPU_USER_QUEUES + queue),
			 one_in(8) ? (uint32_t)value() :
				     ctx_get(ctx, at + IPU_UQ_HEAD) + below(1u << ctx->log2));
		break;
	}
}

static void step(struct host *host, struct context *ctx)
{
	uint32_t state = ctx_state(ctx);

	switch (below(19)) {
	case 17:
	case 18:
		use_queue(ctx);
		break;
	case 16:
		save_and_load(host);
		break;
	case 0:
	case 1:
		access_register(host);
		break;
	case 6:
	case 7:
	case 8:
	case 9:
		debug(ctx);
		break;
	case 10:
		run_watched(ctx);
		break;
	case 2:
		change_page_table(ctx);
		break;
	case 3:
		ctx_set(ctx, IPU_CTX_TLB_INVAL, any());
		break;
	case 4:
		usleep(below(300));
		break;
	case 5:
		if (one_in(10))
			ipu_card_reset(host->card);
		break;
	default:
		if ((state == IPU_CTX_FAULTED || state == IPU_CTX_DISABLED) || one_in(10))
			revive(ctx);
		else
			write_commands(ctx);
		break;
	}
}

/* What the card can do after all that: a program that adds, on each tile. */
static void check_works(struct host *host, struct context *ctx)
{
	struct program p = { .count = 0 };
	const struct ipu_run_report *report;

	ipu_card_reset(host->card);
	ctx_open(ctx, host, 0, 0, TILES);
	li(&p, T0, 40);
	addi(&p, T0, T0, 2);
	exit_with(&p, T0);
	tiles_write(ctx, 0, TILES, IPU_SRAM_BASE, p.word, program_bytes(&p));
	report = host_at(host, put_run(ctx, 0, TILES, 0));
	ctx_finish(ctx);
	assert_int_equal(report->exit_code, 42);
}

static void fuzz_round(void)
{
	struct host *host = host_new(TILES, 1 + below(4));
	struct context ctx[CONTEXTS];
	uint64_t used;
	uint32_t i;

	for (i = 0; i < CONTEXTS; i++)
		ctx_init(&ctx[i], host, i);
	used = host->used;
	for (i = 0; i < STEPS; i++) {
		host->used = used + below(64) * IPU_PAGE_SIZE;
		step(host, &ctx[below(CONTEXTS)]);
	}
	for (i = 0; i < CONTEXTS; i++) {
		ctx_set(&ctx[i], IPU_CTX_CTRL, 0);
		ctx_wait(&ctx[i], IPU_CTX_STATUS, IPU_CTX_DISABLED);
		ctx_wait(&ctx[i], IPU_CTX_TLB_INVAL, 0);
	}
	host->used = used;
	check_works(host, &ctx[0]);
	host_free(host);
}

static void test_fuzz(void **state)
{
	const char *seconds = getenv("IPU_FUZZ_SECONDS"), *first = getenv("IPU_FUZZ_SEED");
	uint64_t end = now_ms() + (seconds ? strtoull(seconds, NULL, 0) : 5) * 1000;
	uint64_t round = first ? strtoull(first, NULL, 0) : (uint64_t)time(NULL) << 20;
	unsigned int rounds = 0;

	(void)state;
	do {
		/* On its own line and out at once, in case that is the last one. */
		fprintf(stderr, "# IPU_FUZZ_SEED=%llu\n", (unsigned long long)round);
		seed = round++;
		fuzz_round();
		rounds++;
	} while (now_ms() < end);
	print_message("# %u rounds\n", rounds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fuzz),
	};

	return cmocka_run_group_tests_name("card fuzz", tests, NULL, NULL);
}
