// SPDX-License-Identifier: MIT
/*
 * Jobs that succeed: copies, fills, programs, and their results.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_test.h"

#define PAGE 4096u

FIXTURE(job)
{
	struct ipu_session s;
};

FIXTURE_SETUP(job)
{
	ASSERT_EQ(0, ipu_session_open(&self->s, 0, 0));
}

FIXTURE_TEARDOWN(job)
{
	ipu_session_close(&self->s);
}

/* A word to each tile and back. */
TEST_F(job, round_trip)
{
	struct ipu_session *s = &self->s;
	uint32_t *in = ipu_mem(s, IPU_MEM_DATA);
	uint32_t *out = in + s->tiles;
	uint32_t i;

	for (i = 0; i < s->tiles; i++)
		in[i] = 0x1000 + i;
	ipu_add_copy(s, IPU_CMD_COPY_TO_TILES, 0, s->tiles, IPU_TILE_DATA,
		     ipu_mem_va(s, IPU_MEM_DATA), 4, 4);
	ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, 0, s->tiles, IPU_TILE_DATA,
		     ipu_mem_va(s, IPU_MEM_DATA) + 4 * s->tiles, 4, 4);
	ASSERT_EQ(0, ipu_run(s));
	for (i = 0; i < s->tiles; i++)
		ASSERT_EQ(0x1000 + i, out[i]);
}

/* All of one tile's SRAM, at a host address that is not aligned. */
TEST_F(job, whole_tile)
{
	struct ipu_session *s = &self->s;
	struct ipu_bo bo;
	uint8_t *in, *out;
	uint32_t i;

	ASSERT_EQ(0, ipu_bo_new(s->fd, 2 * IPU_SRAM_SIZE + PAGE, &bo));
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &bo));
	in = (uint8_t *)bo.map + 3;
	out = in + IPU_SRAM_SIZE;
	for (i = 0; i < IPU_SRAM_SIZE; i++)
		in[i] = i * 7 + (i >> 8);
	ipu_add_copy(s, IPU_CMD_COPY_TO_TILES, s->tiles - 1, 1, IPU_SRAM_BASE, bo.va + 3, 0,
		     IPU_SRAM_SIZE);
	ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, s->tiles - 1, 1, IPU_SRAM_BASE,
		     bo.va + 3 + IPU_SRAM_SIZE, 0, IPU_SRAM_SIZE);
	ASSERT_EQ(0, ipu_run(s));
	EXPECT_EQ(0, memcmp(in, out, IPU_SRAM_SIZE));
	ipu_bo_close(s->fd, &bo);
}

TEST_F(job, fill)
{
	struct ipu_session *s = &self->s;
	uint32_t *out = ipu_mem(s, IPU_MEM_DATA);
	uint32_t i;

	ipu_add_fill(s, IPU_TILE_DATA, 16, 0xdeadbeef);
	ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, 0, s->tiles, IPU_TILE_DATA,
		     ipu_mem_va(s, IPU_MEM_DATA), 16, 16);
	ASSERT_EQ(0, ipu_run(s));
	for (i = 0; i < 4 * s->tiles; i++)
		ASSERT_EQ(0xdeadbeef, out[i]);
}

/* Rows of 8 bytes, every 24 in the buffer and every 16 in SRAM. */
TEST_F(job, strided)
{
	struct ipu_session *s = &self->s;
	const struct ipu_cmd_copy copy = {
		.op = IPU_CMD_COPY_TO_TILES,
		.tile_count = 1,
		.tile_addr = IPU_TILE_DATA,
		.host_va = ipu_mem_va(s, IPU_MEM_DATA),
		.row_bytes = 8,
		.rows = 10,
		.host_row_stride = 24,
		.tile_row_stride = 16,
	};
	uint64_t *in = ipu_mem(s, IPU_MEM_DATA);
	uint64_t *out = in + 100;
	unsigned int i;

	for (i = 0; i < 30; i++)
		in[i] = i;
	ipu_add(s, &copy);
	ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA,
		     ipu_mem_va(s, IPU_MEM_DATA) + 800, 0, 160);
	ASSERT_EQ(0, ipu_run(s));
	for (i = 0; i < 10; i++) {
		EXPECT_EQ(i * 3, out[2 * i]);
		EXPECT_EQ(0, out[2 * i + 1]);
	}
}

/* Each tile stores its number and the run's argument. */
static const uint32_t code_whoami[] = {
	RV_CSRR(RV_T0, IPU_CSR_TILE), /* csrr t0, tile */
	RV_LUI(RV_T1, IPU_TILE_DATA >> 12), /* lui t1, %hi(data) */
	RV_SW(RV_T0, 0, RV_T1), /* sw t0, 0(t1) */
	RV_SW(RV_A0, 4, RV_T1), /* sw a0, 4(t1) */
	RV_LI(RV_A0, 0), /* li a0, 0 */
	RV_IPU_EXIT(RV_A0), /* ipu.exit a0 */
};

TEST_F(job, program)
{
	struct ipu_session *s = &self->s;
	const struct ipu_run_report *report = ipu_mem(s, IPU_MEM_REPORT);
	uint32_t *out = ipu_mem(s, IPU_MEM_DATA);
	uint32_t i;

	ipu_add_code(s, code_whoami, ARRAY_LEN(code_whoami));
	ipu_add_run(s, 0x1234, true);
	ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, 0, s->tiles, IPU_TILE_DATA,
		     ipu_mem_va(s, IPU_MEM_DATA), 8, 8);
	ASSERT_EQ(0, ipu_run(s));
	for (i = 0; i < s->tiles; i++) {
		ASSERT_EQ(i, out[2 * i]);
		ASSERT_EQ(0x1234, out[2 * i + 1]);
	}
	EXPECT_EQ(ARRAY_LEN(code_whoami) * s->tiles, report->instructions);
	EXPECT_LE(6 * ARRAY_LEN(code_whoami), report->cycles);
	EXPECT_EQ(1, report->supersteps);
	EXPECT_EQ(IPU_RUN_EXITED, report->state);
	EXPECT_EQ(0, report->exit_code);
	EXPECT_EQ(0, report->exchange_bytes);
}

/* Six workers, each of which adds its argument to a word of the tile. */
TEST_F(job, workers)
{
	static const uint32_t code[] = {
		RV_LUI(RV_T0, IPU_TILE_CODE >> 12), /* lui t0, %hi(code) */
		RV_ADDI(RV_T0, RV_T0, 28), /* addi t0, t0, worker - code */
		RV_LI(RV_T1, 7), /* li t1, 7 */
		RV_IPU_RUNALL(RV_T0, RV_T1), /* ipu.runall t0, t1 */
		RV_IPU_SYNC(IPU_ZONE_LOCAL), /* ipu.sync local */
		RV_LI(RV_A0, 0), /* li a0, 0 */
		RV_IPU_EXIT(RV_A0), /* ipu.exit a0 */
		RV_LUI(RV_T1, IPU_TILE_DATA >> 12), /* worker: lui t1, %hi(data) */
		RV_AMOADD_W(RV_T2, RV_A0, RV_T1), /* amoadd.w t2, a0, (t1) */
		RV_LI(RV_A0, 0), /* li a0, 0 */
		RV_IPU_EXIT(RV_A0), /* ipu.exit a0 */
	};
	struct ipu_session *s = &self->s;
	uint32_t *out = ipu_mem(s, IPU_MEM_DATA);
	uint32_t i;

	ipu_add_code(s, code, ARRAY_LEN(code));
	ipu_add_run(s, 0, false);
	ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, 0, s->tiles, IPU_TILE_DATA,
		     ipu_mem_va(s, IPU_MEM_DATA), 4, 4);
	ASSERT_EQ(0, ipu_run(s));
	for (i = 0; i < s->tiles; i++)
		ASSERT_EQ(6 * 7, out[i]);
}

/* The program waits for the host in the middle, and its SRAM keeps its contents between jobs. */
TEST_F(job, external_sync)
{
	static const uint32_t code[] = {
		RV_LUI(RV_T1, IPU_TILE_DATA >> 12), /* lui t1, %hi(data) */
		RV_IPU_SYNC(IPU_ZONE_EXTERNAL), /* ipu.sync external */
		RV_LW(RV_A0, 0, RV_T1), /* lw a0, 0(t1) */
		RV_IPU_EXIT(RV_A0), /* ipu.exit a0 */
	};
	struct ipu_session *s = &self->s;
	const struct ipu_cmd_run resume = {
		.op = IPU_CMD_RUN | IPU_CMD_RUN_RESUME,
		.tile_count = s->tiles,
		.report_va = ipu_mem_va(s, IPU_MEM_REPORT),
	};
	const struct ipu_run_report *report = ipu_mem(s, IPU_MEM_REPORT);

	ipu_add_code(s, code, ARRAY_LEN(code));
	ipu_add_run(s, 0, true);
	ASSERT_EQ(0, ipu_run(s));
	EXPECT_EQ(IPU_RUN_AT_SYNC, report->state);

	ipu_add_fill(s, IPU_TILE_DATA, 4, 42);
	ipu_add(s, &resume);
	ASSERT_EQ(0, ipu_run(s));
	EXPECT_EQ(IPU_RUN_EXITED, report->state);
	EXPECT_EQ(42, report->exit_code);
	EXPECT_EQ(0, report->exit_tile);
}

/* Job n writes n; all in order, though only the last is waited for. */
TEST_F(job, many)
{
	struct ipu_session *s = &self->s;
	volatile uint64_t *word = ipu_mem(s, IPU_MEM_DATA);
	uint64_t seqno, n;
	int status;

	for (n = 1; n <= 500; n++) {
		const struct ipu_cmd_fence fence = {
			.op = IPU_CMD_FENCE,
			.va = ipu_mem_va(s, IPU_MEM_DATA),
			.value = n,
		};

		ipu_add(s, &fence);
		ASSERT_EQ(0, ipu_submit(s, &seqno));
		ASSERT_EQ(n, seqno);
	}
	ASSERT_EQ(0, ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(500, *word);
	/* Those before have ended, and their status is 0. */
	for (n = 1; n < 500; n++) {
		ASSERT_EQ(0, ipu_wait(s->fd, s->ctx, n, 0, &status));
		ASSERT_EQ(0, status);
	}
}

/* A list of as many commands as a submission may have. */
TEST_F(job, longest)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_query_info info;
	struct drm_ipu_submit submit = { .ctx = s->ctx };
	struct ipu_bo bo;
	int status;

	ASSERT_EQ(0, ipu_query_info(s->fd, &info));
	/* Fresh memory is NOPs. */
	ASSERT_EQ(0, ipu_bo_new(s->fd, (uint64_t)info.max_cmds * IPU_CMD_SIZE, &bo));
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, 0, &bo));
	submit.cmd_va = bo.va;
	submit.cmd_count = info.max_cmds;
	ASSERT_EQ(0, ipu_do(s->fd, DRM_IOCTL_IPU_SUBMIT, &submit));
	ASSERT_EQ(0, ipu_wait(s->fd, s->ctx, submit.seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(0, status);
	ipu_bo_close(s->fd, &bo);
}

/* Not before its time, either, of which the kernel counts whole ticks. */
TEST_F(job, wait_times_out)
{
	struct ipu_session *s = &self->s;
	uint64_t seqno;
	int status, i;

	ASSERT_EQ(0, ipu_start_loop(s, &seqno));
	EXPECT_EQ(-ETIME, ipu_wait(s->fd, s->ctx, seqno, 0, &status));
	for (i = 0; i < 10; i++) {
		int64_t end = ipu_deadline(10);

		EXPECT_EQ(-ETIME, ipu_wait(s->fd, s->ctx, seqno, 10, &status));
		EXPECT_LE(end, ipu_deadline(0));
	}
	EXPECT_EQ(0, ipu_ctx_destroy(s->fd, s->ctx));
}

/* The next owner of a tile does not see what was in its SRAM. */
TEST_F(job, sram_is_cleared)
{
	struct ipu_session *s = &self->s;
	uint32_t *out = ipu_mem(s, IPU_MEM_DATA);
	uint32_t i;

	memset(out, 0xff, 64 * s->tiles);
	ipu_add_fill(s, IPU_SRAM_BASE, IPU_SRAM_SIZE, 0x5ec2e75e);
	ASSERT_EQ(0, ipu_run(s));
	ipu_session_close(s);

	ASSERT_EQ(0, ipu_session_open(s, 0, 0));
	out = ipu_mem(s, IPU_MEM_DATA);
	memset(out, 0xff, 64 * s->tiles);
	ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, 0, s->tiles, IPU_SRAM_BASE + 0x4000,
		     ipu_mem_va(s, IPU_MEM_DATA), 64, 64);
	ASSERT_EQ(0, ipu_run(s));
	for (i = 0; i < 16 * s->tiles; i++)
		ASSERT_EQ(0, out[i]);
}

/* A mapping can be removed while a job runs that does not use it. */
TEST_F(job, unmap_while_running)
{
	struct ipu_session *s = &self->s;
	struct ipu_bo bo;
	uint64_t seqno;
	unsigned int i;

	ASSERT_EQ(0, ipu_bo_new(s->fd, 16 * PAGE, &bo));
	ASSERT_EQ(0, ipu_start_loop(s, &seqno));
	for (i = 0; i < 20; i++) {
		bo.va = 0;
		ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &bo));
		ASSERT_EQ(0, ipu_bo_unmap(s->fd, s->ctx, bo.va));
	}
	EXPECT_EQ(0, ipu_ctx_destroy(s->fd, s->ctx));
	ipu_bo_close(s->fd, &bo);
}

/* And while a job runs that does: that one faults, and nothing is written any more. */
TEST_F(job, unmap_in_use)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_get_fault fault = { .ctx = s->ctx };
	struct ipu_bo bo;
	uint64_t seqno;
	unsigned int i;
	int status;

	ASSERT_EQ(0, ipu_bo_new(s->fd, IPU_SRAM_SIZE, &bo));
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &bo));
	ipu_add_fill(s, IPU_SRAM_BASE, IPU_SRAM_SIZE, 0x11111111);
	for (i = 0; i < 1000; i++)
		ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_SRAM_BASE, bo.va, 0,
			     IPU_SRAM_SIZE);
	ASSERT_EQ(0, ipu_submit(s, &seqno));
	while (*(volatile uint32_t *)bo.map == 0)
		ipu_sleep_ms(1);
	ASSERT_EQ(0, ipu_bo_unmap(s->fd, s->ctx, bo.va));
	memset(bo.map, 0x22, IPU_SRAM_SIZE);
	ASSERT_EQ(0, ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status));
	if (status) {
		EXPECT_EQ(-EIO, status);
		ASSERT_EQ(0, ipu_do(s->fd, DRM_IOCTL_IPU_GET_FAULT, &fault));
		EXPECT_EQ(IPU_FAULT_DMA_UNMAPPED, fault.cause);
	}
	for (i = 0; i < IPU_SRAM_SIZE / 4; i++)
		ASSERT_EQ(0x22222222, ((uint32_t *)bo.map)[i]);
	ipu_bo_close(s->fd, &bo);
}

TEST_HARNESS_MAIN
