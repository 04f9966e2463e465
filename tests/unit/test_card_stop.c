// SPDX-License-Identifier: MIT
/*
 * How soon the card stops, whatever its tiles do: a reset waits for that while the host
 * can do nothing else. Measured in processor time, so that other work on the machine does
 * not count.
 */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "card_host.h"
#include "card_program.h"

#define TILES 4
#define THREADS 2
#define BODY (IPU_SRAM_BASE + 4096)

/* Each thread may take 20 ms. The rest is for slow machines, and for sanitizers. */
#ifdef __SANITIZE_ADDRESS__
#define LIMIT_MS (THREADS * 20 * 20)
#else
#define LIMIT_MS (THREADS * 20 * 3)
#endif

#define E8 0u
#define E16 1u
#define E32 2u

static uint32_t vsetvli_m8(uint32_t sew)
{
	return (sew << 3 | 3) << 20 | 7 << 12 | T0 << 7 | 0x57;
}

/* OP-V, v24 from v8 and v16 */
static uint32_t vector(uint32_t funct6, uint32_t funct3, uint32_t vs1)
{
	return funct6 << 26 | 1 << 25 | 8 << 20 | vs1 << 15 | funct3 << 12 | 24 << 7 | 0x57;
}

/* vluxei8.v v16, (a0), v8 */
#define VLUXEI8 (1u << 26 | 1 << 25 | 8 << 20 | A0 << 15 | 16 << 7 | 0x07)
/* ipu.amp.h v16, (a0), (a0), zero */
#define AMP_H                                                                              \
	((uint32_t)IPU_F2_AMP_H << 25 | A0 << 20 | A0 << 15 | IPU_F3_AMP << 12 | 16 << 7 | \
	 IPU_OPCODE)
#define NOP 0x13u

/**
 * struct hog - a program that takes as much of the host's time as it can
 * @sew: of its vectors
 * @insn: what it executes
 * @frm: rounding mode; the host does not have 4
 * @line: all of SRAM is one line of it, not a loop
 * @workers: the workers execute it
 * @watched: with all watchpoints a context can have
 */
struct hog {
	const char *name;
	uint32_t sew;
	uint32_t insn;
	uint32_t frm;
	bool line;
	bool workers;
	bool watched;
};

static void watch(struct context *ctx)
{
	uint32_t i;

	ctx_set(ctx, IPU_CTX_DBG_CTRL, IPU_CTX_DBG_ENABLE);
	for (i = 0; i < IPU_DBG_POINTS; i++) {
		const uint32_t at = IPU_CTX_DBG_POINT(i);

		ctx_set(ctx, at + IPU_DBG_POINT_TILE, IPU_DBG_ALL_TILES);
		ctx_set(ctx, at + IPU_DBG_POINT_ADDR, 0x10);
		ctx_set(ctx, at + IPU_DBG_POINT_LEN, 1);
		ctx_set(ctx, at + IPU_DBG_POINT_ACCESS, IPU_DBG_READ);
	}
}

static void fill(struct context *ctx, uint32_t from, uint32_t to, uint32_t value)
{
	ctx_put(ctx, &(struct ipu_cmd_fill){
			     .op = IPU_CMD_FILL,
			     .tile_count = TILES,
			     .tile_addr = from,
			     .bytes = to - from,
			     .value = value,
		     });
}

static void start(struct context *ctx, const struct hog *hog)
{
	struct program p = { .count = 0 };
	uint32_t top, i;

	if (hog->workers) {
		li(&p, T0, here(&p) + 16);
		emit(&p, (uint32_t)T0 << 15 | IPU_F3_RUNALL << 12 | IPU_OPCODE);
		sync_zone(&p, IPU_ZONE_LOCAL);
	}
	emit(&p, vsetvli_m8(hog->sew));
	li(&p, T1, hog->frm);
	csrw(&p, 2, T1);
	li(&p, A0, BODY);
	top = here(&p);
	if (hog->line) {
		jump(&p, BODY);
		fill(ctx, BODY, IPU_SRAM_END, hog->insn);
	} else {
		for (i = 0; i < 60; i++)
			emit(&p, hog->insn);
		jump(&p, top);
	}
	tiles_write(ctx, 0, TILES, IPU_SRAM_BASE, p.word, program_bytes(&p));
	if (hog->watched)
		watch(ctx);
	put_run(ctx, 0, TILES, 0);
	ctx_ring(ctx);
}

static double processor_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static double stop(struct context *ctx, bool reset)
{
	double before = processor_ms();

	if (reset)
		ipu_card_reset(ctx->host->card);
	else
		ctx_disable(ctx);
	return processor_ms() - before;
}

static void check(struct host *host, const struct hog *hog)
{
	struct context ctx;
	double ms, worst = 0;
	unsigned int i;

	for (i = 0; i < 6; i++) {
		host->used = IPU_PAGE_SIZE;
		ctx_open(&ctx, host, 0, 0, TILES);
		start(&ctx, hog);
		usleep(12000 + 7000 * i);
		/* a line ends at the end of SRAM, sooner or later */
		if (!hog->line)
			assert_int_equal(ctx_state(&ctx), IPU_CTX_RUNNING);
		ms = stop(&ctx, i % 2);
		worst = ms > worst ? ms : worst;
		if (!(i % 2))
			ipu_card_reset(host->card);
	}
	print_message("# %s: %.1f ms\n", hog->name, worst);
	if (worst > LIMIT_MS)
		fail_msg("%s: to stop takes %.1f ms of processor time", hog->name, worst);
}

static void test_stops(void **state)
{
	static const struct hog hogs[] = {
		{ .name = "nop", .insn = NOP },
		{ .name = "nop, workers", .insn = NOP, .workers = true },
		{ .name = "nop, line", .insn = NOP, .line = true },
		{ .name = "c.nop, line", .insn = 0x00010001, .line = true },
		{ .name = "ipu.amp.h", .sew = E16, .insn = AMP_H },
		{ .name = "ipu.amp.h, line", .sew = E16, .insn = AMP_H, .line = true },
		{ .name = "vluxei8", .insn = VLUXEI8 },
		{ .name = "vluxei8, line", .insn = VLUXEI8, .line = true },
		{ .name = "vluxei8, watched", .insn = VLUXEI8, .watched = true },
		{ .name = "vluxei8, watched, workers",
		  .insn = VLUXEI8,
		  .watched = true,
		  .workers = true },
	};
	/* of other widths and classes, with OP-V's fields: funct6, funct3, vs1 */
	static const struct {
		const char *name;
		uint32_t sew, funct6, funct3, vs1;
	} more[] = {
		{ "vrgather.vv e8", E8, 0x0c, 0, 16 },	   { "vdiv.vv e8", E8, 0x21, 2, 16 },
		{ "vfdiv.vv e16", E16, 0x20, 1, 16 },	   { "vfsqrt.v e16", E16, 0x13, 1, 0 },
		{ "vfmacc.vv e16", E16, 0x2c, 1, 16 },	   { "vfredosum.vs e16", E16, 0x03, 1, 16 },
		{ "vfwredosum.vs e16", E16, 0x33, 1, 16 }, { "vfmacc.vv e32", E32, 0x2c, 1, 16 },
		{ "vfdiv.vv e32", E32, 0x20, 1, 16 },	   { "vcompress.vm e8", E8, 0x17, 2, 16 },
	};
	struct host *host = host_new_vlen(TILES, THREADS, 1024);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(hogs) / sizeof(hogs[0]); i++)
		check(host, &hogs[i]);
	for (i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		struct hog hog = {
			.name = more[i].name,
			.sew = more[i].sew,
			.insn = vector(more[i].funct6, more[i].funct3, more[i].vs1),
			.frm = 4,
		};

		check(host, &hog);
		hog.workers = true;
		check(host, &hog);
		hog.workers = false;
		hog.line = true;
		check(host, &hog);
	}
	host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stops),
	};

	return cmocka_run_group_tests_name("card_stop", tests, NULL, NULL);
}
