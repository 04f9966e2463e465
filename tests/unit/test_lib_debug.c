// SPDX-License-Identifier: MIT
/* Debugging a context of the simulator. */
#include <errno.h>
#include <stdlib.h>

#include <ipu_debug.h>

#include "ipu_hw.h"
#include "lib_asm.h"
#include "lib_test.h"

#define TILES 3
#define TARGET_TILE 1
#define LONG 60000000000 /* ns; a test that waits for so long has failed */
#define SHORT 20000000

/* The program: each tile counts to 10 in a0 and in a word of its SRAM, then syncs and exits. */
#define AT(n) (IPU_SRAM_BASE + 4 * (n))
#define DATA (IPU_SRAM_BASE + 0x1000)
enum { SETUP, SETUP_2, SETUP_3, LOOP, STORE, LOAD, BRANCH, SYNC, EXIT, EBREAK, SPIN, BAD, LAST };
#define COUNT_TO 10

struct bench {
	struct ipu_device *dev;
	struct ipu_context *ctx;
	struct ipu_cmds *cmds;
	struct ipu_bo *bo;
	uint64_t va;
	uint64_t seqno;
};

static int make_bench(void **state)
{
	static const struct ipu_context_options options = {
		.size = sizeof(options),
		.tiles = TILES,
		.watchdog_ms = 200,
	};
	const uint32_t code[LAST] = {
		[SETUP] = asm_lui(T0, DATA),
		[SETUP_2] = asm_addi(T0, T0, asm_low(DATA)),
		[SETUP_3] = asm_addi(T1, ZERO, COUNT_TO),
		[LOOP] = asm_addi(A0, A0, 1),
		[STORE] = asm_sw(A0, T0, 0),
		[LOAD] = asm_lw(A2, T0, 0),
		[BRANCH] = 0xfe651ae3, /* bne a0, t1, LOOP */
		[SYNC] = asm_sync(IPU_ZONE_INTERNAL),
		[EXIT] = asm_exit(ZERO),
		[EBREAK] = 0x00100073,
		[SPIN] = asm_spin(),
		[BAD] = asm_lw(A0, ZERO, 16),
	};
	struct bench *b = calloc(1, sizeof(*b));
	const struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_count = TILES,
		.tile_addr = IPU_SRAM_BASE,
		.row_bytes = sizeof(code),
		.rows = 1,
	};
	struct ipu_copy to;
	uint64_t seqno;

	assert_non_null(b);
	b->dev = lib_open_sim(TILES);
	assert_ok(ipu_context_create(b->dev, &options, &b->ctx));
	assert_ok(ipu_cmds_create(b->ctx, 16, &b->cmds));
	assert_ok(ipu_bo_create(b->dev, 4096, &b->bo));
	assert_ok(ipu_bo_map(b->ctx, b->bo, IPU_BO_WRITE, &b->va));
	memcpy(ipu_bo_data(b->bo), code, sizeof(code));
	to = copy;
	to.host_va = b->va;
	assert_ok(ipu_cmds_copy_to_tiles(b->cmds, &to));
	assert_ok(ipu_cmds_submit(b->cmds, &seqno));
	assert_ok(ipu_wait(b->ctx, seqno, LONG));
	assert_ok(ipu_cmds_reset(b->cmds));
	*state = b;
	return 0;
}

static int free_bench(void **state)
{
	struct bench *b = *state;

	ipu_cmds_destroy(b->cmds);
	ipu_bo_destroy(b->bo);
	ipu_context_destroy(b->ctx);
	ipu_close(b->dev);
	free(b);
	return 0;
}

/* Start the program at instruction @entry on all tiles. */
static void start(struct bench *b, uint32_t entry)
{
	const struct ipu_launch launch = {
		.size = sizeof(launch),
		.tile_count = TILES,
		.entry = AT(entry),
		.sp = IPU_SRAM_END,
	};

	assert_ok(ipu_cmds_reset(b->cmds));
	assert_ok(ipu_cmds_run(b->cmds, &launch));
	assert_ok(ipu_cmds_submit(b->cmds, &b->seqno));
}

static struct ipu_debug_stop wait_stop(struct bench *b)
{
	struct ipu_debug_stop stop = { .size = sizeof(stop) };

	assert_ok(ipu_debug_wait(b->ctx, LONG, &stop));
	return stop;
}

/* The next stop is this one. */
static void expect_stop(struct bench *b, uint32_t reason, uint32_t tile, uint32_t pc)
{
	struct ipu_debug_stop stop = wait_stop(b);

	assert_int_equal(stop.reason, reason);
	assert_int_equal(stop.tile, tile);
	assert_int_equal(stop.unit, IPU_SUPERVISOR);
	assert_int_equal(stop.pc, pc);
}

static void resume(struct bench *b)
{
	assert_ok(ipu_debug_resume(b->ctx, NULL));
}

static void resume_tile(struct bench *b, uint32_t tile, uint32_t flags)
{
	const struct ipu_debug_go how = {
		.size = sizeof(how),
		.flags = flags,
		.tile = tile,
		.unit = IPU_SUPERVISOR,
	};

	assert_ok(ipu_debug_resume(b->ctx, &how));
}

static uint32_t reg(struct bench *b, uint32_t tile, uint32_t number)
{
	uint32_t value = 0xdeadbeef;

	assert_ok(ipu_debug_read_reg(b->ctx, tile, IPU_SUPERVISOR, number, &value, 4));
	return value;
}

static void set_reg(struct bench *b, uint32_t tile, uint32_t number, uint32_t value)
{
	assert_ok(ipu_debug_write_reg(b->ctx, tile, IPU_SUPERVISOR, number, &value, 4));
}

static uint32_t word(struct bench *b, uint32_t tile, uint32_t addr)
{
	uint32_t value = 0xdeadbeef;

	assert_ok(ipu_debug_read_mem(b->ctx, tile, addr, &value, 4));
	return value;
}

static struct ipu_debug_point break_at(uint32_t tile, uint32_t addr)
{
	return (struct ipu_debug_point){
		.size = sizeof(struct ipu_debug_point),
		.access = IPU_DEBUG_EXEC,
		.tile = tile,
		.addr = addr,
	};
}

static struct ipu_debug_point watch(uint32_t tile, uint32_t access, uint32_t addr, uint32_t len)
{
	return (struct ipu_debug_point){
		.size = sizeof(struct ipu_debug_point),
		.access = access,
		.tile = tile,
		.addr = addr,
		.len = len,
	};
}

static void insert(struct bench *b, struct ipu_debug_point point)
{
	assert_ok(ipu_debug_insert(b->ctx, &point));
}

static void remove_point(struct bench *b, struct ipu_debug_point point)
{
	assert_ok(ipu_debug_remove(b->ctx, &point));
}

/* Attach, and start the program, which stops at its first instruction. */
static void begin(struct bench *b, uint32_t flags)
{
	assert_ok(ipu_debug_attach(b->ctx, flags | IPU_DEBUG_STOP_AT_START));
	start(b, SETUP);
	expect_stop(b, IPU_DEBUG_START, 0, AT(SETUP));
}

/* Detach; what runs ends well. */
static void finish(struct bench *b)
{
	assert_ok(ipu_debug_detach(b->ctx));
	assert_ok(ipu_wait(b->ctx, b->seqno, LONG));
}

static void test_steps(void **state)
{
	static const uint32_t path[] = { SETUP_2, SETUP_3, LOOP, STORE, LOAD, BRANCH, LOOP, STORE };
	struct bench *b = *state;

	begin(b, 0);
	for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
		resume_tile(b, TARGET_TILE, IPU_DEBUG_ONE_STEP | IPU_DEBUG_ALONE);
		expect_stop(b, IPU_DEBUG_STEP, TARGET_TILE, AT(path[i]));
		assert_int_equal(reg(b, TARGET_TILE, IPU_DEBUG_PC), AT(path[i]));
	}
	assert_int_equal(reg(b, TARGET_TILE, IPU_DEBUG_X(A0)), 2);
	assert_int_equal(reg(b, TARGET_TILE, IPU_DEBUG_CSR(0xc02)), 8);
	assert_int_equal(word(b, TARGET_TILE, DATA), 1);
	/* the others have not run */
	assert_int_equal(reg(b, 0, IPU_DEBUG_PC), AT(SETUP));
	assert_int_equal(reg(b, 0, IPU_DEBUG_CSR(0xc02)), 0);
	/* with the others: they get much further in the meantime */
	resume_tile(b, TARGET_TILE, IPU_DEBUG_ONE_STEP);
	expect_stop(b, IPU_DEBUG_STEP, TARGET_TILE, AT(LOAD));
	assert_int_equal(reg(b, 0, IPU_DEBUG_X(A0)), COUNT_TO);
	finish(b);
}

static void test_breakpoints(void **state)
{
	struct bench *b = *state;

	begin(b, 0);
	insert(b, break_at(TARGET_TILE, AT(STORE)));
	insert(b, break_at(TARGET_TILE, AT(STORE)));
	for (uint32_t i = 1; i <= COUNT_TO; i++) {
		resume(b);
		expect_stop(b, IPU_DEBUG_BREAK, TARGET_TILE, AT(STORE));
		assert_int_equal(reg(b, TARGET_TILE, IPU_DEBUG_X(A0)), i);
		assert_int_equal(word(b, TARGET_TILE, DATA), i - 1);
		/* a step goes over it, and stops at no other one */
		if (i == 4) {
			insert(b, break_at(TARGET_TILE, AT(LOAD)));
			resume_tile(b, TARGET_TILE, IPU_DEBUG_ONE_STEP);
			expect_stop(b, IPU_DEBUG_STEP, TARGET_TILE, AT(LOAD));
			remove_point(b, break_at(TARGET_TILE, AT(LOAD)));
		}
	}
	resume(b);
	assert_ok(ipu_wait(b->ctx, b->seqno, LONG));
	/* it is there in the next run, too; and gone once it is removed */
	start(b, SETUP);
	expect_stop(b, IPU_DEBUG_START, 0, AT(SETUP));
	resume(b);
	expect_stop(b, IPU_DEBUG_BREAK, TARGET_TILE, AT(STORE));
	remove_point(b, break_at(TARGET_TILE, AT(STORE)));
	resume(b);
	assert_ok(ipu_wait(b->ctx, b->seqno, LONG));
	assert_ok(ipu_debug_detach(b->ctx));
}

/* all tiles stop at once: they are reported one after the other */
static void test_breakpoints_of_all(void **state)
{
	struct bench *b = *state;

	begin(b, 0);
	insert(b, break_at(IPU_DEBUG_ALL_TILES, AT(SYNC)));
	for (uint32_t tile = 0; tile < TILES; tile++) {
		resume(b);
		expect_stop(b, IPU_DEBUG_BREAK, tile, AT(SYNC));
	}
	for (uint32_t tile = 0; tile < TILES; tile++)
		assert_int_equal(word(b, tile, DATA), COUNT_TO);
	resume(b);
	assert_ok(ipu_wait(b->ctx, b->seqno, LONG));
	/* one that is removed before it is reported is not reported */
	start(b, SETUP);
	expect_stop(b, IPU_DEBUG_START, 0, AT(SETUP));
	resume(b);
	expect_stop(b, IPU_DEBUG_BREAK, 0, AT(SYNC));
	remove_point(b, break_at(IPU_DEBUG_ALL_TILES, AT(SYNC)));
	resume(b);
	assert_ok(ipu_wait(b->ctx, b->seqno, LONG));
	assert_ok(ipu_debug_detach(b->ctx));
}

static void expect_watch(struct bench *b, uint32_t pc, uint32_t addr, uint32_t access)
{
	struct ipu_debug_stop stop = wait_stop(b);

	assert_int_equal(stop.reason, IPU_DEBUG_WATCH);
	assert_int_equal(stop.tile, TARGET_TILE);
	assert_int_equal(stop.pc, pc);
	assert_int_equal(stop.addr, addr);
	assert_int_equal(stop.access, access);
}

static void test_watchpoints(void **state)
{
	struct bench *b = *state;
	struct ipu_debug_point write = watch(TARGET_TILE, IPU_DEBUG_WRITE, DATA + 3, 1);
	struct ipu_debug_point read = watch(TARGET_TILE, IPU_DEBUG_READ, DATA - 8, 9);
	struct ipu_debug_point both = watch(TARGET_TILE, IPU_DEBUG_READ | IPU_DEBUG_WRITE, DATA, 4);

	begin(b, 0);
	insert(b, watch(TARGET_TILE, IPU_DEBUG_READ | IPU_DEBUG_WRITE, DATA + 4, 4));
	insert(b, watch(TARGET_TILE, IPU_DEBUG_READ | IPU_DEBUG_WRITE, DATA - 4, 4));
	insert(b, write);
	for (uint32_t i = 1; i <= 3; i++) {
		resume(b);
		expect_watch(b, AT(STORE), DATA + 3, IPU_DEBUG_WRITE);
		assert_int_equal(word(b, TARGET_TILE, DATA), i - 1);
	}
	/* a step makes the access, and no other one */
	resume_tile(b, TARGET_TILE, IPU_DEBUG_ONE_STEP | IPU_DEBUG_ALONE);
	expect_stop(b, IPU_DEBUG_STEP, TARGET_TILE, AT(LOAD));
	assert_int_equal(word(b, TARGET_TILE, DATA), 3);
	remove_point(b, write);
	insert(b, read);
	resume(b);
	expect_watch(b, AT(LOAD), DATA, IPU_DEBUG_READ);
	remove_point(b, read);
	insert(b, both);
	resume(b);
	expect_watch(b, AT(STORE), DATA, IPU_DEBUG_WRITE);
	resume(b);
	expect_watch(b, AT(LOAD), DATA, IPU_DEBUG_READ);
	finish(b);
}

static void test_registers(void **state)
{
	struct bench *b = *state;
	uint32_t many[33], value = 0;
	uint8_t v[128];

	begin(b, 0);
	assert_int_equal(reg(b, 0, IPU_DEBUG_X(SP)), IPU_SRAM_END);
	assert_int_equal(reg(b, 0, IPU_DEBUG_STATE), 1);
	assert_ok(ipu_debug_read_reg(b->ctx, 0, 3, IPU_DEBUG_STATE, &value, 4));
	assert_int_equal(value, 0);
	assert_int_equal(reg(b, 0, IPU_DEBUG_STATES), 1 << 4 * IPU_SUPERVISOR);
	set_reg(b, 0, IPU_DEBUG_X(31), 0x12345678);
	assert_int_equal(reg(b, 0, IPU_DEBUG_X(31)), 0x12345678);
	assert_ok(
		ipu_debug_read_reg(b->ctx, 0, IPU_SUPERVISOR, IPU_DEBUG_X(0), many, sizeof(many)));
	assert_int_equal(many[SP], IPU_SRAM_END);
	assert_int_equal(many[31], 0x12345678);
	assert_int_equal(many[32], AT(SETUP));
	assert_int_equal(reg(b, 1, IPU_DEBUG_X(31)), 0);
	set_reg(b, 0, IPU_DEBUG_X(0), 1);
	assert_int_equal(reg(b, 0, IPU_DEBUG_X(0)), 0);
	set_reg(b, 2, IPU_DEBUG_F(31), 0x3f800000);
	assert_int_equal(reg(b, 2, IPU_DEBUG_F(31)), 0x3f800000);
	set_reg(b, 2, IPU_DEBUG_CSR(0x003), 0x7f); /* fcsr */
	assert_int_equal(reg(b, 2, IPU_DEBUG_CSR(0x001)), 0x1f);
	assert_int_equal(reg(b, 2, IPU_DEBUG_CSR(0x002)), 3);
	set_reg(b, 1, IPU_DEBUG_CSR(0x340), 77); /* mscratch */
	assert_int_equal(reg(b, 1, IPU_DEBUG_CSR(0x340)), 77);
	set_reg(b, 1, IPU_DEBUG_CSR(IPU_CSR_XTAB), DATA);
	assert_int_equal(reg(b, 1, IPU_DEBUG_CSR(IPU_CSR_XTAB)), DATA);
	assert_int_equal(reg(b, 1, IPU_DEBUG_CSR(IPU_CSR_TILE)), 1);

	assert_fails(ipu_debug_read_reg(b->ctx, 0, IPU_SUPERVISOR, IPU_DEBUG_CSR(0x180), &value, 4),
		     -ENOENT, "0x1180");
	assert_fails(ipu_debug_read_reg(b->ctx, 0, 0, IPU_DEBUG_CSR(IPU_CSR_XTAB), &value, 4),
		     -ENOENT, "Unit 0");
	assert_fails(ipu_debug_write_reg(b->ctx, 0, 6, IPU_DEBUG_CSR(IPU_CSR_TILE), &value, 4),
		     -EACCES, "written");
	assert_fails(ipu_debug_write_reg(b->ctx, 0, 6, IPU_DEBUG_STATE, &value, 4), -EACCES,
		     "written");
	assert_fails(ipu_debug_read_reg(b->ctx, TILES, 6, IPU_DEBUG_PC, &value, 4), -EINVAL,
		     "no such tile");
	assert_fails(ipu_debug_read_reg(b->ctx, 0, 7, IPU_DEBUG_PC, &value, 4), -EINVAL, "unit 7");
	assert_fails(ipu_debug_read_reg(b->ctx, 0, 6, IPU_DEBUG_PC, &value, 2), -EINVAL, "4 bytes");
	assert_fails(ipu_debug_read_reg(b->ctx, 0, 6, 0x2000, &value, 4), -ENOENT, "0x2000");
	assert_fails(ipu_debug_read_reg(b->ctx, 0, 6, IPU_DEBUG_F(31), many, 8), -ENOENT, "0x5f");
	assert_fails(ipu_debug_read_reg(b->ctx, 0, 6, IPU_DEBUG_V(0), many, 4), -EINVAL, "4");
	assert_fails(ipu_debug_read_reg(b->ctx, 0, 6, IPU_DEBUG_X(0), many, 260), -EINVAL, "260");
	assert_fails(ipu_debug_write_reg(b->ctx, 0, 6, IPU_DEBUG_X(0), many, 8), -EINVAL, "8");

	/* the target's next count begins at 8 */
	set_reg(b, 0, IPU_DEBUG_X(A0), 8);
	set_reg(b, 0, IPU_DEBUG_PC, AT(SETUP));
	insert(b, break_at(0, AT(SYNC)));
	resume(b);
	expect_stop(b, IPU_DEBUG_BREAK, 0, AT(SYNC));
	assert_int_equal(reg(b, 0, IPU_DEBUG_CSR(0xc02)), 3 + 2 * 4);

	struct ipu_info info = { .size = sizeof(info) };

	assert_ok(ipu_get_info(b->dev, &info));
	for (uint32_t i = 0; info.vlen && i < 32; i += 31) {
		for (uint32_t k = 0; k < info.vlen / 8; k++)
			v[k] = (uint8_t)(k + i);
		assert_ok(ipu_debug_write_reg(b->ctx, 0, 2, IPU_DEBUG_V(i), v, info.vlen / 8));
		memset(v, 0, sizeof(v));
		assert_ok(ipu_debug_read_reg(b->ctx, 0, 2, IPU_DEBUG_V(i), v, info.vlen / 8));
		for (uint32_t k = 0; k < info.vlen / 8; k++)
			assert_int_equal(v[k], (uint8_t)(k + i));
	}
	finish(b);
}

static void test_memory(void **state)
{
	static uint8_t out[IPU_SRAM_SIZE], in[IPU_SRAM_SIZE];
	struct bench *b = *state;
	uint32_t value = asm_addi(A0, A0, 2);

	begin(b, 0);
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 7 + i / 251);
	/* of any alignment, and nothing around it is changed */
	for (uint32_t from = 0; from < 4; from++)
		for (uint32_t count = 1; count < 9; count++) {
			memset(in, 0, 16);
			assert_ok(ipu_debug_write_mem(b->ctx, 1, DATA, in, 16));
			assert_ok(ipu_debug_write_mem(b->ctx, 1, DATA + from, out + 5, count));
			assert_ok(ipu_debug_read_mem(b->ctx, 1, DATA, in, 16));
			assert_memory_equal(in + from, out + 5, count);
			assert_int_equal(in[from + count], 0);
			if (from)
				assert_int_equal(in[from - 1], 0);
			assert_ok(ipu_debug_read_mem(b->ctx, 1, DATA + from, in, count));
			assert_memory_equal(in, out + 5, count);
		}
	assert_ok(ipu_debug_write_mem(b->ctx, 2, DATA, out, IPU_SRAM_END - DATA));
	assert_ok(ipu_debug_read_mem(b->ctx, 2, DATA, in, IPU_SRAM_END - DATA));
	assert_memory_equal(in, out, IPU_SRAM_END - DATA);
	assert_fails(ipu_debug_read_mem(b->ctx, 2, IPU_SRAM_END - 3, in, 4), -EFAULT, "SRAM");
	assert_fails(ipu_debug_read_mem(b->ctx, 2, IPU_SRAM_BASE - 1, in, 4), -EFAULT, "SRAM");
	assert_fails(ipu_debug_read_mem(b->ctx, TILES, DATA, in, 4), -EINVAL, "tile");
	assert_ok(ipu_debug_read_mem(b->ctx, 2, IPU_SRAM_END, in, 0));

	/* code that has been decoded, too: tile 0 counts in steps of 2 */
	insert(b, break_at(0, AT(STORE)));
	resume(b);
	expect_stop(b, IPU_DEBUG_BREAK, 0, AT(STORE));
	set_reg(b, 0, IPU_DEBUG_X(A0), 2);
	assert_ok(ipu_debug_write_mem(b->ctx, 0, AT(LOOP), &value, 4));
	resume(b);
	expect_stop(b, IPU_DEBUG_BREAK, 0, AT(STORE));
	assert_int_equal(reg(b, 0, IPU_DEBUG_X(A0)), 4);
	finish(b);
}

/* a tile that runs alone gets as far as it can */
static void test_alone(void **state)
{
	struct bench *b = *state;

	begin(b, IPU_DEBUG_STOP_AT_END);
	resume_tile(b, TARGET_TILE, IPU_DEBUG_ALONE);
	expect_stop(b, IPU_DEBUG_BLOCKED, TARGET_TILE, AT(EXIT));
	assert_int_equal(word(b, TARGET_TILE, DATA), COUNT_TO);
	assert_int_equal(word(b, 0, DATA), 0);
	resume_tile(b, TARGET_TILE, IPU_DEBUG_ALONE | IPU_DEBUG_ONE_STEP);
	expect_stop(b, IPU_DEBUG_BLOCKED, TARGET_TILE, AT(EXIT));
	/* a step of it together with the others is one over the sync */
	resume_tile(b, TARGET_TILE, IPU_DEBUG_ONE_STEP);
	expect_stop(b, IPU_DEBUG_STEP, TARGET_TILE, AT(EXIT) + 4);
	assert_int_equal(word(b, 0, DATA), COUNT_TO);
	resume(b);
	assert_int_equal(wait_stop(b).reason, IPU_DEBUG_END);
	assert_int_equal(word(b, 0, DATA), COUNT_TO);
	assert_fails(ipu_wait(b->ctx, b->seqno, SHORT), -ETIME, "not ended");
	resume(b);
	assert_ok(ipu_wait(b->ctx, b->seqno, LONG));
	/* detached while one runs alone and others are halted */
	start(b, SETUP);
	expect_stop(b, IPU_DEBUG_START, 0, AT(SETUP));
	set_reg(b, 0, IPU_DEBUG_PC, AT(SPIN));
	resume_tile(b, 0, IPU_DEBUG_ALONE);
	assert_fails(ipu_debug_wait(b->ctx, SHORT, NULL), -ETIME, "not halted");
	assert_ok(ipu_debug_detach(b->ctx));
	assert_fails(ipu_wait(b->ctx, b->seqno, LONG), -ETIMEDOUT, "atchdog");
}

static void test_halt(void **state)
{
	struct bench *b = *state;
	struct ipu_debug_stop stop;

	assert_fails(ipu_debug_halt(b->ctx), -EINVAL, "ipu_debug_attach");
	assert_fails(ipu_debug_wait(b->ctx, 0, NULL), -EINVAL, "ipu_debug_attach");
	assert_ok(ipu_debug_attach(b->ctx, 0));
	assert_fails(ipu_debug_attach(b->ctx, 0), -EBUSY, "already");
	assert_fails(ipu_debug_resume(b->ctx, NULL), -EBUSY, "not halted");

	/* with nothing to do */
	assert_ok(ipu_debug_halt(b->ctx));
	assert_int_equal(wait_stop(b).reason, IPU_DEBUG_HALT);
	assert_int_equal(word(b, 1, AT(SPIN)), asm_spin());
	start(b, SPIN);
	assert_fails(ipu_wait(b->ctx, b->seqno, SHORT), -ETIME, "not ended");
	assert_int_equal(reg(b, 1, IPU_DEBUG_PC), 0);
	resume(b);

	/* far beyond its time limit */
	assert_fails(ipu_wait(b->ctx, b->seqno, 400000000), -ETIME, "not ended");
	assert_fails(ipu_debug_read_mem(b->ctx, 0, DATA, &stop, 4), -EBUSY, "not halted");
	assert_ok(ipu_debug_halt(b->ctx));
	expect_stop(b, IPU_DEBUG_HALT, 0, AT(SPIN));
	assert_ok(ipu_debug_halt(b->ctx));
	expect_stop(b, IPU_DEBUG_HALT, 0, AT(SPIN));
	for (uint32_t tile = 0; tile < TILES; tile++)
		set_reg(b, tile, IPU_DEBUG_PC, AT(EXIT));
	finish(b);

	/* without a debugger the limit counts again */
	start(b, SPIN);
	assert_fails(ipu_wait(b->ctx, b->seqno, LONG), -ETIMEDOUT, "atchdog");
}

static void test_ebreak(void **state)
{
	struct bench *b = *state;

	assert_ok(ipu_debug_attach(b->ctx, 0));
	start(b, EBREAK);
	for (uint32_t tile = 0; tile < TILES; tile++) {
		expect_stop(b, IPU_DEBUG_EBREAK, tile, AT(EBREAK));
		set_reg(b, tile, IPU_DEBUG_PC, AT(EXIT));
		resume(b);
	}
	assert_ok(ipu_wait(b->ctx, b->seqno, LONG));
	assert_ok(ipu_debug_detach(b->ctx));
	start(b, EBREAK);
	assert_fails(ipu_wait(b->ctx, b->seqno, LONG), -EIO, "ebreak");
}

static void test_fault(void **state)
{
	struct bench *b = *state;
	struct ipu_debug_stop stop;

	assert_ok(ipu_debug_attach(b->ctx, 0));
	start(b, BAD);
	stop = wait_stop(b);
	assert_int_equal(stop.reason, IPU_DEBUG_FAULT);
	assert_int_equal(stop.tile, 0);
	assert_int_equal(stop.pc, AT(BAD));
	assert_int_equal(stop.cause, IPU_FAULT_LOAD);
	assert_int_equal(stop.addr, 16);
	assert_int_equal(reg(b, 2, IPU_DEBUG_PC), AT(BAD));
	resume(b);
	assert_fails(ipu_wait(b->ctx, b->seqno, LONG), -EIO, "outside");
	/* and it is still debugged */
	start(b, EBREAK);
	expect_stop(b, IPU_DEBUG_EBREAK, 0, AT(EBREAK));
	assert_ok(ipu_debug_detach(b->ctx));
	assert_fails(ipu_wait(b->ctx, b->seqno, LONG), -EIO, "ebreak");
}

static void test_bad_arguments(void **state)
{
	struct bench *b = *state;
	struct ipu_debug_go how = { .size = sizeof(how), .flags = 4 };
	struct ipu_debug_point point = break_at(0, AT(LOOP) + 1);

	assert_fails(ipu_debug_attach(b->ctx, 4), -EINVAL, "flags");
	begin(b, 0);
	assert_fails(ipu_debug_resume(b->ctx, &how), -EINVAL, "flags");
	how.flags = IPU_DEBUG_ONE_STEP;
	how.unit = 7;
	assert_fails(ipu_debug_resume(b->ctx, &how), -EINVAL, "unit 7");
	how.unit = 0;
	how.tile = TILES;
	assert_fails(ipu_debug_resume(b->ctx, &how), -EINVAL, "tile");
	assert_fails(ipu_debug_insert(b->ctx, NULL), -EINVAL, "needed");
	assert_fails(ipu_debug_insert(b->ctx, &point), -EINVAL, "odd");
	point = break_at(TILES, AT(LOOP));
	assert_fails(ipu_debug_insert(b->ctx, &point), -EINVAL, "tile");
	point = watch(0, IPU_DEBUG_READ | IPU_DEBUG_EXEC, AT(LOOP), 4);
	assert_fails(ipu_debug_insert(b->ctx, &point), -EINVAL, "insert two");
	point = watch(0, IPU_DEBUG_READ, AT(LOOP), 0);
	assert_fails(ipu_debug_insert(b->ctx, &point), -EINVAL, "1 byte");
	point = watch(0, 8, AT(LOOP), 1);
	assert_fails(ipu_debug_insert(b->ctx, &point), -EINVAL, "access");
	point = watch(0, IPU_DEBUG_READ, AT(LOOP), 1);
	assert_fails(ipu_debug_remove(b->ctx, &point), -ENOENT, "no such point");
	for (uint32_t i = 0; i < IPU_DEBUG_POINTS; i++)
		insert(b, break_at(0, AT(i)));
	assert_fails(ipu_debug_insert(b->ctx, &point), -ENOSPC, "taken");
	finish(b);
}

/* the context is destroyed while it is halted, and with it all that waits */
static void test_destroy_halted(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < 3; i++) {
		struct ipu_device *dev = lib_open_sim(TILES);
		struct ipu_context *ctx = lib_make_context(dev, TILES);

		assert_ok(ipu_debug_attach(ctx, 0));
		assert_ok(ipu_debug_halt(ctx));
		if (i)
			assert_ok(ipu_debug_wait(ctx, LONG, NULL));
		if (i == 2)
			assert_ok(ipu_debug_resume(ctx, NULL));
		ipu_context_destroy(ctx);
		/* the next context on these tiles is not debugged */
		ctx = lib_make_context(dev, TILES);
		assert_fails(ipu_debug_wait(ctx, 0, NULL), -EINVAL, "not debugged");
		ipu_context_destroy(ctx);
		ipu_close(dev);
	}
	begin(b, 0);
	assert_ok(ipu_debug_detach(b->ctx));
}

int lib_test_debug(void)
{
#define DEBUG_TEST(test) cmocka_unit_test_setup_teardown(test, make_bench, free_bench)
	static const struct CMUnitTest tests[] = {
		DEBUG_TEST(test_steps),
		DEBUG_TEST(test_breakpoints),
		DEBUG_TEST(test_breakpoints_of_all),
		DEBUG_TEST(test_watchpoints),
		DEBUG_TEST(test_registers),
		DEBUG_TEST(test_memory),
		DEBUG_TEST(test_alone),
		DEBUG_TEST(test_halt),
		DEBUG_TEST(test_ebreak),
		DEBUG_TEST(test_fault),
		DEBUG_TEST(test_bad_arguments),
		DEBUG_TEST(test_destroy_halted),
	};

	return cmocka_run_group_tests_name("lib-debug", tests, NULL, NULL);
}
