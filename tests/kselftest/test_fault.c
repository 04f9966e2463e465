// SPDX-License-Identifier: MIT
/*
 * Jobs that fail: each kind of fault is reported for the job that caused it,
 * with its details, and the next job works.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_test.h"

FIXTURE(fault)
{
	struct ipu_session s;
};

FIXTURE_SETUP(fault)
{
	ASSERT_EQ(0, ipu_session_open(&self->s, 0, 0));
}

FIXTURE_TEARDOWN(fault)
{
	ipu_session_close(&self->s);
}

static int get_fault(struct ipu_session *s, uint64_t seqno, struct drm_ipu_get_fault *fault)
{
	*fault = (struct drm_ipu_get_fault){
		.ctx = s->ctx,
		.seqno = seqno,
	};
	return ipu_do(s->fd, DRM_IOCTL_IPU_GET_FAULT, fault);
}

/* Does the context work? */
static int works(struct ipu_session *s)
{
	uint32_t *out = ipu_mem(s, IPU_MEM_DATA);
	int ret;

	out[0] = 0;
	ipu_add_fill(s, IPU_TILE_DATA, 4, 0x600d);
	ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA, ipu_mem_va(s, IPU_MEM_DATA),
		     0, 4);
	ret = ipu_run(s);
	return ret ? ret : out[0] == 0x600d ? 0 : -EBADMSG;
}

/*
 * Run what is in the list, whose last command faults, between two good jobs, all
 * of them queued at once. Returns the bad job's status, and its fault.
 */
static int run_bad(struct ipu_session *s, struct drm_ipu_get_fault *fault)
{
	uint64_t seqno[3];
	int status[3] = { 1, 1, 1 };
	unsigned int i;
	int ret;

	ret = ipu_submit(s, &seqno[1]);
	if (!ret) {
		ipu_add_fill(s, IPU_TILE_DATA, 4, 1);
		ret = ipu_submit(s, &seqno[2]);
	}
	for (i = 1; !ret && i < 3; i++)
		ret = ipu_wait(s->fd, s->ctx, seqno[i], IPU_TEST_WAIT_MS, &status[i]);
	if (ret || status[2] || status[1] > 0)
		return -EBADMSG;
	ret = get_fault(s, seqno[1], fault);
	if (ret)
		return ret;
	/* The latest fault is this one; the job after it has none. */
	if (fault->seqno != seqno[1] ||
	    get_fault(s, seqno[2], &(struct drm_ipu_get_fault){}) != -ENODATA)
		return -EBADMSG;
	return works(s) ? -EBADMSG : status[1];
}

static uint64_t last_va(struct ipu_session *s)
{
	return s->list.va + (s->end - 1) * IPU_CMD_SIZE;
}

static int run_bad_command(struct ipu_session *s, const void *cmd, uint64_t *cmd_va,
			   struct drm_ipu_get_fault *fault)
{
	ipu_add_fill(s, IPU_TILE_DATA, 4, 1);
	ipu_add(s, cmd);
	*cmd_va = last_va(s);
	return run_bad(s, fault);
}

/* Invalid commands, and the faults that the card reports. */
TEST_F(fault, commands)
{
	struct ipu_session *s = &self->s;
	const uint64_t mem = ipu_mem_va(s, IPU_MEM_DATA);
	const struct {
		union {
			uint32_t word[16];
			struct ipu_cmd_copy copy;
			struct ipu_cmd_fill fill;
			struct ipu_cmd_run run;
			struct ipu_cmd_fence fence;
		};
		uint32_t cause;
		uint32_t info;
		uint64_t addr;
	} bad[] = {
		{
			.word = { 0x77 },
			.cause = IPU_FAULT_BAD_OPCODE,
			.info = 0x77,
		},
		{
			.word = { IPU_CMD_NOP, 0, 5 },
			.cause = IPU_FAULT_BAD_FIELD,
			.info = 8,
			.addr = 5,
		},
		{
			.word = { IPU_CMD_EXEC },
			.cause = IPU_FAULT_PRIVILEGE,
			.info = IPU_CMD_EXEC,
		},
		{
			.fill = { .op = IPU_CMD_FILL, .tile_first = s->tiles, .tile_count = 1 },
			.cause = IPU_FAULT_BAD_FIELD,
			.info = offsetof(struct ipu_cmd_fill, tile_first),
			.addr = s->tiles,
		},
		{
			.copy = { .op = IPU_CMD_COPY_TO_TILES,
				  .tile_addr = IPU_TILE_DATA,
				  .row_bytes = 4,
				  .rows = 1,
				  .host_va = mem },
			.cause = IPU_FAULT_BAD_FIELD,
			.info = offsetof(struct ipu_cmd_copy, tile_count),
		},
		{
			.run = { .op = IPU_CMD_RUN,
				 .tile_count = s->tiles,
				 .entry = IPU_TILE_CODE + 1 },
			.cause = IPU_FAULT_BAD_FIELD,
			.info = offsetof(struct ipu_cmd_run, entry),
			.addr = IPU_TILE_CODE + 1,
		},
		{
			.fence = { .op = IPU_CMD_FENCE, .va = mem + 4 },
			.cause = IPU_FAULT_BAD_FIELD,
			.info = offsetof(struct ipu_cmd_fence, va),
			.addr = mem + 4,
		},
	};
	struct drm_ipu_get_fault fault;
	uint64_t cmd_va;
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(bad); i++) {
		TH_LOG("command %u", i);
		ASSERT_EQ(-EIO, run_bad_command(s, bad[i].word, &cmd_va, &fault));
		EXPECT_EQ(bad[i].cause, fault.cause);
		EXPECT_EQ(bad[i].info, fault.info);
		EXPECT_EQ(bad[i].addr, fault.addr);
		EXPECT_EQ(IPU_FAULT_NO_TILE, fault.tile);
		EXPECT_EQ(IPU_UNIT_NONE, fault.unit);
		EXPECT_EQ(0, fault.pc);
		EXPECT_EQ(cmd_va, fault.cmd_va);
	}
}

TEST_F(fault, dma)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_query_info info;
	struct ipu_bo bo;

	ASSERT_EQ(0, ipu_query_info(s->fd, &info));
	ASSERT_EQ(0, ipu_bo_new(s->fd, 4096, &bo));
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, 0, &bo));

	const struct {
		uint32_t op;
		uint64_t va;
		uint32_t cause;
		uint32_t info;
	} bad[] = {
		{ IPU_CMD_COPY_TO_TILES, 0x3000000000, IPU_FAULT_DMA_UNMAPPED, 2 },
		{ IPU_CMD_COPY_FROM_TILES, 0, IPU_FAULT_DMA_UNMAPPED, 0 },
		{ IPU_CMD_COPY_FROM_TILES, bo.va, IPU_FAULT_DMA_READONLY, 0 },
		/* The driver's own pages: the ring and the fence's. */
		{ IPU_CMD_COPY_TO_TILES, info.va_size, IPU_FAULT_DMA_PRIV, 0 },
		{ IPU_CMD_COPY_FROM_TILES, info.va_size, IPU_FAULT_DMA_PRIV, 0 },
		{ IPU_CMD_COPY_FROM_TILES, info.va_size + 4096, IPU_FAULT_DMA_PRIV, 0 },
		{ IPU_CMD_COPY_TO_TILES, 1ull << IPU_VA_BITS, IPU_FAULT_DMA_RANGE, 0 },
		{ IPU_CMD_COPY_TO_TILES, UINT64_MAX - 63, IPU_FAULT_DMA_RANGE, 0 },
	};
	struct drm_ipu_get_fault fault;
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(bad); i++) {
		TH_LOG("access %u", i);
		ipu_add_copy(s, bad[i].op, 0, 1, IPU_TILE_DATA, bad[i].va, 0, 4);
		ASSERT_EQ(-EIO, run_bad(s, &fault));
		EXPECT_EQ(bad[i].cause, fault.cause);
		EXPECT_EQ(bad[i].va, fault.addr);
		if (bad[i].info)
			EXPECT_EQ(bad[i].info, fault.info);
	}
	ipu_bo_close(s->fd, &bo);
}

/* The list of commands itself is at an address that is not mapped. */
TEST_F(fault, list_unmapped)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_submit submit = {
		.ctx = s->ctx,
		.cmd_va = 0x2000000000,
		.cmd_count = 3,
	};
	struct drm_ipu_get_fault fault;
	int status;

	ASSERT_EQ(0, ipu_do(s->fd, DRM_IOCTL_IPU_SUBMIT, &submit));
	ASSERT_EQ(0, ipu_wait(s->fd, s->ctx, submit.seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-EIO, status);
	ASSERT_EQ(0, get_fault(s, submit.seqno, &fault));
	EXPECT_EQ(IPU_FAULT_DMA_UNMAPPED, fault.cause);
	EXPECT_EQ(0x2000000000, fault.addr);
	EXPECT_EQ(0, works(s));
}

/* What a tile program can do wrong. The instruction named by pc is the faulty one. */
TEST_F(fault, programs)
{
	static const struct {
		uint32_t code[8];
		uint32_t cause;
		uint32_t pc;
		uint32_t unit;
		uint32_t info;
		uint64_t addr;
	} bad[] = {
		{
			.code = { RV_LI(RV_T0, 0), RV_ILLEGAL },
			.cause = IPU_FAULT_ILLEGAL_INSN,
			.pc = 4,
			.info = RV_ILLEGAL,
		},
		{
			/* lui t0, 1; jr t0 */
			.code = { RV_LUI(RV_T0, 1), RV_JR(RV_T0) },
			.cause = IPU_FAULT_FETCH,
			.pc = 0x1000 - IPU_TILE_CODE,
			.addr = 0x1000,
		},
		{
			/* lw t0, 16(zero) */
			.code = { RV_LW(RV_T0, 16, 0) },
			.cause = IPU_FAULT_LOAD,
			.addr = 16,
		},
		{
			/* lui t0, %hi(end of SRAM); sw t0, 0(t0) */
			.code = { RV_LUI(RV_T0, IPU_SRAM_END >> 12), RV_SW(RV_T0, 0, RV_T0) },
			.cause = IPU_FAULT_STORE,
			.pc = 4,
			.addr = IPU_SRAM_END,
		},
		{
			/* lui t0, %hi(data); addi t0, t0, 2; amoadd.w t1, t1, (t0) */
			.code = { RV_LUI(RV_T0, IPU_TILE_DATA >> 12), RV_ADDI(RV_T0, RV_T0, 2),
				  RV_AMOADD_W(RV_T1, RV_T1, RV_T0) },
			.cause = IPU_FAULT_MISALIGNED,
			.pc = 8,
			.addr = IPU_TILE_DATA + 2,
		},
		{
			.code = { RV_EBREAK },
			.cause = IPU_FAULT_EBREAK,
		},
		{
			/* li a7, 1000; ecall */
			.code = { RV_LI(RV_A7, 1000), RV_ECALL },
			.cause = IPU_FAULT_ECALL,
			.pc = 4,
			.info = 1000,
		},
		{
			/* li a0, 77; ipu.trap a0 */
			.code = { RV_LI(RV_A0, 77), RV_IPU_TRAP(RV_A0) },
			.cause = IPU_FAULT_TRAP,
			.pc = 4,
			.info = 77,
		},
		{
			/* li t0, 6; ipu.run t1, t1, t0 */
			.code = { RV_LI(RV_T0, 6), RV_IPU_RUN(RV_T1, RV_T1, RV_T0) },
			.cause = IPU_FAULT_BAD_RUN,
			.pc = 4,
			.info = 6,
		},
		{
			.code = { RV_IPU_SYNC(9) },
			.cause = IPU_FAULT_BAD_SYNC,
			.info = 9,
		},
		{
			/* lui t0, 0xe8; csrw stack, t0; li sp, 64 */
			.code = { RV_LUI(RV_T0, IPU_SRAM_END >> 12), RV_CSRW(IPU_CSR_STACK, RV_T0),
				  RV_LI(RV_SP, 64) },
			.cause = IPU_FAULT_STACK,
			.pc = 8,
			.addr = 64,
			.info = IPU_SRAM_END,
		},
		{
			/* lui t0, %hi(code); addi t0, t0, 20; li t1, 3; ipu.run t0, t1, t1; j . */
			.code = { RV_LUI(RV_T0, IPU_TILE_CODE >> 12), RV_ADDI(RV_T0, RV_T0, 20),
				  RV_LI(RV_T1, 3), RV_IPU_RUN(RV_T0, RV_T1, RV_T1), RV_JUMP_SELF,
				  RV_EBREAK },
			.cause = IPU_FAULT_EBREAK,
			.pc = 20,
			.unit = 3,
		},
		{
			/* A table of one transfer from a tile that does not exist; see below. */
			.code = { RV_LUI(RV_T0, IPU_TILE_DATA >> 12), RV_CSRW(IPU_CSR_XTAB, RV_T0),
				  RV_LI(RV_T1, 1), RV_CSRW(IPU_CSR_XCNT, RV_T1),
				  RV_IPU_SYNC(IPU_ZONE_INTERNAL) },
			.cause = IPU_FAULT_EXCHANGE,
			.pc = 16,
			.addr = IPU_TILE_DATA,
		},
	};
	struct ipu_session *s = &self->s;
	struct drm_ipu_get_fault fault;
	unsigned int i;
	uint64_t run_va;

	for (i = 0; i < ARRAY_LEN(bad); i++) {
		TH_LOG("program %u", i);
		ipu_add_fill(s, IPU_TILE_DATA, 16, 0xffff);
		ipu_add_code(s, bad[i].code, ARRAY_LEN(bad[i].code));
		ipu_add_run(s, 0, false);
		run_va = last_va(s);
		ASSERT_EQ(-EIO, run_bad(s, &fault));
		EXPECT_EQ(bad[i].cause, fault.cause);
		EXPECT_EQ(0, fault.tile);
		EXPECT_EQ(bad[i].unit ? bad[i].unit : IPU_UNIT_SUPERVISOR, fault.unit);
		/* The pc of a tile that waits at a sync is already past it. */
		if (bad[i].cause == IPU_FAULT_EXCHANGE && fault.pc == IPU_TILE_CODE + bad[i].pc + 4)
			fault.pc -= 4;
		EXPECT_EQ(IPU_TILE_CODE + bad[i].pc, fault.pc);
		EXPECT_EQ(bad[i].info, fault.info);
		EXPECT_EQ(bad[i].addr, fault.addr);
		EXPECT_EQ(run_va, fault.cmd_va);
	}
}

/* Of several tiles that fault the lowest is named, and it need not be the first. */
TEST_F(fault, lowest_tile)
{
	static const uint32_t code[] = {
		RV_CSRR(RV_T0, IPU_CSR_TILE), /* csrr t0, tile */
		RV_BNE(RV_T0, 0, 12), /* bnez t0, 1f */
		RV_LI(RV_A0, 0), /* li a0, 0 */
		RV_IPU_EXIT(RV_A0), /* ipu.exit a0 */
		RV_EBREAK, /* 1: ebreak */
	};
	struct ipu_session *s = &self->s;
	struct drm_ipu_get_fault fault;

	if (s->tiles < 2)
		SKIP(return, "needs 2 tiles");
	ipu_add_code(s, code, ARRAY_LEN(code));
	ipu_add_run(s, 0, false);
	ASSERT_EQ(-EIO, run_bad(s, &fault));
	EXPECT_EQ(IPU_FAULT_EBREAK, fault.cause);
	EXPECT_EQ(1, fault.tile);
}

TEST_F(fault, sync_mismatch)
{
	static const uint32_t code[] = {
		RV_CSRR(RV_T0, IPU_CSR_TILE), /* csrr t0, tile */
		RV_BNE(RV_T0, 0, 8), /* bnez t0, 1f */
		RV_IPU_SYNC(IPU_ZONE_INTERNAL), /* ipu.sync internal */
		RV_IPU_SYNC(IPU_ZONE_EXTERNAL), /* 1: ipu.sync external */
	};
	struct ipu_session *s = &self->s;
	struct drm_ipu_get_fault fault;

	if (s->tiles < 2)
		SKIP(return, "needs 2 tiles");
	ipu_add_code(s, code, ARRAY_LEN(code));
	ipu_add_run(s, 0, false);
	ASSERT_EQ(-EIO, run_bad(s, &fault));
	EXPECT_EQ(IPU_FAULT_SYNC_MISMATCH, fault.cause);
	EXPECT_EQ(1, fault.tile);
	EXPECT_EQ(IPU_ZONE_EXTERNAL, fault.info);
}

TEST_F(fault, watchdog)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_get_fault fault;
	int64_t start = ipu_deadline(0);
	uint64_t seqno;
	int status;

	ipu_session_close(s);
	ASSERT_EQ(0, ipu_session_open(s, 0, 300));
	ASSERT_EQ(0, ipu_start_loop(s, &seqno));
	ASSERT_EQ(0, ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-ETIMEDOUT, status);
	EXPECT_LE(start + 300 * 1000000, ipu_deadline(0));
	ASSERT_EQ(0, get_fault(s, 0, &fault));
	EXPECT_EQ(seqno, fault.seqno);
	EXPECT_EQ(IPU_FAULT_WATCHDOG, fault.cause);
	EXPECT_EQ(0, fault.tile);
	EXPECT_EQ(IPU_UNIT_SUPERVISOR, fault.unit);
	EXPECT_EQ(IPU_TILE_CODE, fault.pc);
	EXPECT_EQ(0, works(s));
}

/*
 * A context keeps its last 16 faults, and the results of its last 1024 failures. Of
 * jobs before that it says that it does not know, and never that they completed.
 */
TEST_F(fault, memory)
{
	static const uint32_t bad[16] = { 0x77 };
	struct ipu_session *s = &self->s;
	struct drm_ipu_query_usage before, after;
	struct drm_ipu_get_fault fault;
	uint64_t seqno, n;
	int status;

	ASSERT_EQ(0, ipu_query_usage(s->fd, &before));
	ipu_add(s, bad);
	for (n = 1; n <= 1030; n++) {
		struct drm_ipu_submit submit = {
			.ctx = s->ctx,
			.cmd_va = s->list.va,
			.cmd_count = 1,
		};

		ASSERT_EQ(0, ipu_do(s->fd, DRM_IOCTL_IPU_SUBMIT, &submit));
		seqno = submit.seqno;
	}
	ASSERT_EQ(0, ipu_wait(s->fd, s->ctx, seqno, 3 * IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-EIO, status);
	ASSERT_EQ(0, ipu_query_usage(s->fd, &after));
	EXPECT_EQ(1030, after.resets - before.resets);

	for (n = seqno - 1023; n <= seqno; n++) {
		ASSERT_EQ(0, ipu_wait(s->fd, s->ctx, n, 0, &status));
		ASSERT_EQ(-EIO, status);
		ASSERT_EQ(n > seqno - 16 ? 0 : -ENODATA, get_fault(s, n, &fault));
	}
	for (n = 1; n < seqno - 1023; n++)
		ASSERT_EQ(-ENODATA, ipu_wait(s->fd, s->ctx, n, 0, &status));
	ASSERT_EQ(0, get_fault(s, 0, &fault));
	EXPECT_EQ(seqno, fault.seqno);
	s->first = s->end;
	EXPECT_EQ(0, works(s));
}

/* The fault of one context does not affect another. */
TEST_F(fault, other_context)
{
	static const uint32_t bad[16] = { 0x77 };
	struct ipu_session *s = &self->s;
	uint32_t half = s->tiles / 2;
	struct ipu_session other;
	uint64_t seqno;
	unsigned int i;
	int status;

	if (!half)
		SKIP(return, "needs 2 tiles");
	ipu_session_close(s);
	ASSERT_EQ(0, ipu_session_open(s, half, 0));
	ASSERT_EQ(0, ipu_session_open(&other, half, 0));

	ASSERT_EQ(0, ipu_start_loop(&other, &seqno));
	for (i = 0; i < 5; i++) {
		ipu_add(s, bad);
		EXPECT_EQ(-EIO, ipu_run(s));
		EXPECT_EQ(0, works(s));
		EXPECT_EQ(-ETIME, ipu_wait(other.fd, other.ctx, seqno, 0, &status));
	}
	EXPECT_EQ(-ENODATA, get_fault(&other, 0, &(struct drm_ipu_get_fault){}));
	ipu_session_close(&other);
}

/* Wait for one job after the other, from the first on. */
static void follow(const struct ipu_session *s)
{
	uint64_t seqno = 1;
	int status;

	for (;;)
		seqno += ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status) != -EINVAL;
}

/* A fault right behind a job that ends well is not that one's, whoever finds out first. */
TEST_F(fault, behind_a_good_job)
{
	const struct ipu_cmd_fill bad = { .op = 0xffff };
	struct ipu_session *s = &self->s;
	struct drm_ipu_get_fault fault;
	uint64_t good, seqno;
	unsigned int i;
	pid_t pid;
	int status;

	pid = fork();
	if (!pid)
		follow(s);
	for (i = 0; i < 200; i++) {
		ipu_add_fill(s, IPU_TILE_DATA, 4, i);
		ASSERT_EQ(0, ipu_submit(s, &good));
		ipu_add(s, &bad);
		ASSERT_EQ(0, ipu_submit(s, &seqno));
		ASSERT_EQ(0, ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status));
		ASSERT_EQ(-EIO, status);
		ASSERT_EQ(0, get_fault(s, seqno, &fault));
		ASSERT_EQ(IPU_FAULT_BAD_OPCODE, fault.cause);
		ASSERT_EQ(0, ipu_wait(s->fd, s->ctx, good, 0, &status));
		ASSERT_EQ(0, status);
		ASSERT_EQ(-ENODATA, get_fault(s, good, &fault));
	}
	kill(pid, SIGKILL);
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
}

/* Destroying a context ends its jobs, including those that wait. */
TEST_F(fault, destroy)
{
	struct ipu_session *s = &self->s;
	uint32_t syncobj[2];
	struct drm_ipu_sync sync[2] = {};
	struct drm_ipu_submit submit = {
		.out_syncs = { .stride = sizeof(sync[0]), .count = 1 },
	};
	uint64_t seqno;
	unsigned int i;

	ASSERT_EQ(0, ipu_start_loop(s, &seqno));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, ipu_syncobj_new(s->fd, &syncobj[i]));
		sync[i].handle = syncobj[i];
		submit.out_syncs.array = (uintptr_t)&sync[i];
		ipu_add_fill(s, IPU_TILE_DATA, 4, 1);
		ASSERT_EQ(0, ipu_submit_args(s, &submit));
	}
	EXPECT_EQ(-ETIME, ipu_syncobj_wait(s->fd, syncobj[1], 0, 0));
	ASSERT_EQ(0, ipu_ctx_destroy(s->fd, s->ctx));
	EXPECT_EQ(0, ipu_syncobj_wait(s->fd, syncobj[0], 0, IPU_TEST_WAIT_MS));
	EXPECT_EQ(0, ipu_syncobj_wait(s->fd, syncobj[1], 0, IPU_TEST_WAIT_MS));
}

TEST_HARNESS_MAIN
