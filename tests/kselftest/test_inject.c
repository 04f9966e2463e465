// SPDX-License-Identifier: MIT
/*
 * Faults of the hardware, which QEMU has the card show on request: the job that meets one ends
 * with the right error, or does not notice, and the next one works. Run by
 * tests/vm/test-inject, which answers requests in the folder that IPU_INJECT names.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipu_dumped.h"
#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_test.h"
#include "ipu_userq.h"

#define TILES 4
#define LOST (IPU_TILE_DATA + 0x1008)

/* Of the card that these tests use. */
static long ask(const char *name)
{
	return ipu_ask("ipu0 %s", name);
}

static int inject(const char *name, uint32_t value)
{
	return (int)ipu_ask("ipu0 %s %u", name, value);
}

FIXTURE(inject)
{
	struct ipu_session s;
};

FIXTURE_SETUP(inject)
{
	ASSERT_EQ(0, ipu_session_open(&self->s, TILES, 0));
}

FIXTURE_TEARDOWN(inject)
{
	ipu_session_close(&self->s);
}

static const uint32_t count_code[] = {
	0x000102b7, /* lui t0, 0x10 */
	0xfff28293, /* 1: addi t0, t0, -1 */
	0xfe029ee3, /* bnez t0, 1b */
	IPU_F3_EXIT << 12 | IPU_OPCODE,
};

/* Tiles count for a while. Returns the job's status. */
static int count(struct ipu_session *s)
{
	ipu_add_code(s, count_code, ARRAY_LEN(count_code));
	ipu_add_run(s, 0, true);
	return ipu_run(s);
}

static uint64_t cycles(struct ipu_session *s)
{
	return ((const struct ipu_run_report *)ipu_mem(s, IPU_MEM_REPORT))->cycles;
}

static int get_fault(struct ipu_session *s, struct drm_ipu_get_fault *fault)
{
	*fault = (struct drm_ipu_get_fault){ .ctx = s->ctx };
	return ipu_do(s->fd, DRM_IOCTL_IPU_GET_FAULT, fault);
}

/* The driver looks at the context itself after a while. */
TEST_F(inject, lost_interrupt)
{
	ASSERT_EQ(0, inject("inject-lost-interrupts", 1));
	/* When the job's time is over it would end with an error. */
	EXPECT_EQ(0, count(&self->s));
	EXPECT_EQ(0, ask("inject-lost-interrupts"));
	EXPECT_EQ(0, count(&self->s));
}

/* The card's watchdog does not end it: the driver does, and the context goes on. */
TEST_F(inject, stuck_run)
{
	struct drm_ipu_ctx_query state;

	ASSERT_EQ(0, inject("inject-stuck-runs", 1));
	EXPECT_EQ(-ETIMEDOUT, count(&self->s));
	EXPECT_EQ(0, ask("inject-stuck-runs"));
	EXPECT_EQ(0, ipu_ctx_query(self->s.fd, self->s.ctx, &state));
	EXPECT_EQ(DRM_IPU_CTX_USABLE, state.state);
	EXPECT_EQ(0, count(&self->s));
}

/* The same of a user queue's, for which somebody waits. */
TEST_F(inject, stuck_user_queue)
{
	struct drm_ipu_ctx_query state;
	struct ipu_uq q;

	ipu_add_code(&self->s, count_code, ARRAY_LEN(count_code));
	ASSERT_EQ(0, ipu_run(&self->s));
	ASSERT_EQ(0, uq_open(&q, &self->s));
	ASSERT_EQ(0, inject("inject-stuck-runs", 1));
	uq_put_loop(&q);
	uq_fence(&q, 1);
	uq_ring(&q);
	EXPECT_EQ(-EIO, uq_wait(&q, 1, IPU_TEST_WAIT_MS));
	EXPECT_EQ(0, ask("inject-stuck-runs"));
	EXPECT_EQ(0, ipu_ctx_query(self->s.fd, self->s.ctx, &state));
	EXPECT_EQ(DRM_IPU_CTX_USABLE, state.state);
	EXPECT_EQ(0, uq_destroy(&q));
	uq_unmap(&q);
	EXPECT_EQ(0, count(&self->s));
}

/* Nor can the driver: after stop_timeout_ms it resets the card, and the context is lost. */
TEST_F_TIMEOUT(inject, stuck_stop, 300)
{
	struct drm_ipu_query_usage before, after;
	struct drm_ipu_ctx_query state;
	int fd = ipu_uevents_open();

	ASSERT_LE(0, fd);
	ipu_dump_clear();
	ASSERT_EQ(0, ipu_query_usage(self->s.fd, &before));
	ASSERT_EQ(0, inject("inject-stuck-runs", 1));
	ASSERT_EQ(0, inject("inject-stuck-stops", 1));
	ipu_add_code(&self->s, count_code, ARRAY_LEN(count_code));
	ipu_add_run(&self->s, 0, true);
	uint64_t seqno;
	int status = 0;

	ASSERT_EQ(0, ipu_submit(&self->s, &seqno));
	/* That of the job, which makes room for that of the card. */
	EXPECT_EQ(IPU_DUMP_OVERDUE, ipu_dump_take_kind());
	EXPECT_EQ(0, ipu_wait(self->s.fd, self->s.ctx, seqno, 4 * IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-ETIMEDOUT, status);
	EXPECT_EQ(IPU_DUMP_STUCK, ipu_dump_take_kind());
	EXPECT_TRUE(ipu_uevents_have(fd, "WEDGED=none"));
	close(fd);
	EXPECT_EQ(0, ask("inject-stuck-stops"));
	ASSERT_EQ(0, ipu_query_usage(self->s.fd, &after));
	EXPECT_LT(before.resets, after.resets);
	EXPECT_EQ(0, ipu_ctx_query(self->s.fd, self->s.ctx, &state));
	EXPECT_EQ(DRM_IPU_CTX_LOST, state.state);
	EXPECT_EQ(0, ipu_ctx_destroy(self->s.fd, self->s.ctx));
	ASSERT_EQ(0, ipu_ctx_create(self->s.fd, TILES, 0, &self->s.ctx));
	EXPECT_EQ(0, ipu_bo_map(self->s.fd, self->s.ctx, 0, &self->s.list));
	EXPECT_EQ(0, ipu_bo_map(self->s.fd, self->s.ctx, DRM_IPU_MAP_WRITE, &self->s.mem));
	EXPECT_EQ(0, count(&self->s));
}

/*
 * The card does not come back from that reset: it is out of use, and says what it needs. The PCI
 * core's reset is that.
 */
TEST_F_TIMEOUT(inject, stuck_reset, 300)
{
	int fd = ipu_uevents_open(), status = 0;
	char state[32];
	uint64_t seqno;
	uint32_t ctx;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, inject("inject-stuck-runs", 1));
	ASSERT_EQ(0, inject("inject-stuck-stops", 1));
	ASSERT_EQ(0, inject("inject-stuck-resets", 1));
	ipu_add_code(&self->s, count_code, ARRAY_LEN(count_code));
	ipu_add_run(&self->s, 0, true);
	ASSERT_EQ(0, ipu_submit(&self->s, &seqno));
	EXPECT_EQ(0, ipu_wait(self->s.fd, self->s.ctx, seqno, 4 * IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-ETIMEDOUT, status);
	EXPECT_TRUE(ipu_uevents_have(fd, "WEDGED=rebind,bus-reset"));
	close(fd);
	EXPECT_EQ(0, ask("inject-stuck-resets"));
	EXPECT_EQ(-EIO, ipu_ctx_create(self->s.fd, 1, 0, &ctx));
	ASSERT_EQ(0, ipu_read_sysfs("ipu/state", state, sizeof(state)));
	EXPECT_STREQ("dead", state);

	ASSERT_EQ(0, ipu_write_sysfs("reset", "1"));
	ASSERT_EQ(0, ipu_read_sysfs("ipu/state", state, sizeof(state)));
	EXPECT_STREQ("up", state);
	ipu_session_close(&self->s);
	ASSERT_EQ(0, ipu_session_open(&self->s, TILES, 0));
	EXPECT_EQ(0, count(&self->s));
}

TEST_F(inject, dma_error)
{
	struct drm_ipu_get_fault fault;

	ASSERT_EQ(0, inject("inject-dma-errors", 1));
	EXPECT_EQ(-EIO, count(&self->s));
	EXPECT_EQ(0, ask("inject-dma-errors"));
	ASSERT_EQ(0, get_fault(&self->s, &fault));
	EXPECT_EQ(IPU_FAULT_DMA_BUS, fault.cause);
	EXPECT_EQ(0, count(&self->s));
}

/* One bit is corrected, and nobody notices; two are a fault that names tile and address. */
TEST_F(inject, sram_error)
{
	struct drm_ipu_get_fault fault;
	const long corrected = ask("ecc-corrected"), fatal = ask("ecc-fatal");

	ASSERT_LE(0, corrected);
	ASSERT_EQ(0, inject("inject-tile", 2));
	ASSERT_EQ(0, inject("inject-address", LOST));
	ASSERT_EQ(0, inject("inject-sram-error", 1));
	EXPECT_EQ(0, count(&self->s));
	EXPECT_EQ(corrected + 1, ask("ecc-corrected"));

	ASSERT_EQ(0, inject("inject-sram-error", 2));
	EXPECT_EQ(fatal + 1, ask("ecc-fatal"));
	EXPECT_EQ(-EIO, count(&self->s));
	ASSERT_EQ(0, get_fault(&self->s, &fault));
	EXPECT_EQ(IPU_FAULT_SRAM, fault.cause);
	EXPECT_EQ(2, fault.tile);
	EXPECT_EQ(LOST, fault.addr);
	EXPECT_TRUE(ipu_log_has("uncorrectable memory error"));

	/* Until the word is written. */
	EXPECT_EQ(-EIO, count(&self->s));
	ipu_add_fill(&self->s, LOST, 4, 0);
	EXPECT_EQ(0, count(&self->s));
}

static long ecc(const char *name)
{
	char path[64], text[32];
	int ret;

	snprintf(path, sizeof(path), "ipu/%s", name);
	ret = ipu_read_sysfs(path, text, sizeof(text));
	return ret ? ret : atol(text);
}

/* Sleeping clears the card's own counters, which the driver keeps; a reset clears both. */
TEST_F(inject, counters_outlive_sleep)
{
	const long corrected = ecc("ecc_corrected"), fatal = ecc("ecc_uncorrected");
	int i;

	ASSERT_LE(0, corrected);
	ASSERT_LE(0, fatal);
	ASSERT_EQ(0, inject("inject-tile", 2));
	ASSERT_EQ(0, inject("inject-address", LOST));
	ASSERT_EQ(0, inject("inject-sram-error", 1));
	EXPECT_EQ(0, count(&self->s));
	ASSERT_EQ(0, inject("inject-sram-error", 2));
	ipu_session_close(&self->s);
	ASSERT_EQ(0, ipu_write_sysfs("power/autosuspend_delay_ms", "10"));
	for (i = 0; i < 2; i++) {
		EXPECT_TRUE(ipu_state_becomes("asleep"));
		EXPECT_EQ(corrected + 1, ecc("ecc_corrected"));
		EXPECT_EQ(fatal + 1, ecc("ecc_uncorrected"));
	}
	EXPECT_EQ(0, ipu_write_sysfs("power/autosuspend_delay_ms", "2000"));
	ASSERT_EQ(0, ipu_write_sysfs("reset", "1"));
	EXPECT_EQ(0, ecc("ecc_corrected"));
	EXPECT_EQ(0, ecc("ecc_uncorrected"));
	ASSERT_EQ(0, ipu_session_open(&self->s, TILES, 0));
}

TEST_F(inject, slow_tile)
{
	uint64_t before;

	ASSERT_EQ(0, count(&self->s));
	before = cycles(&self->s);
	ASSERT_EQ(0, inject("inject-tile", 3));
	ASSERT_EQ(0, inject("inject-slow-tile", 10));
	EXPECT_EQ(0, count(&self->s));
	EXPECT_LE(9 * before, cycles(&self->s));
	ASSERT_EQ(0, inject("inject-slow-tile", 1));
	EXPECT_EQ(0, count(&self->s));
	EXPECT_EQ(before, cycles(&self->s));
}

/* As if the card had been pulled out. It is reset once it is back. */
TEST_F(inject, dead_registers)
{
	uint64_t seqno;
	uint32_t ctx;
	int status = 0;

	ASSERT_EQ(0, ipu_start_loop(&self->s, &seqno));
	ASSERT_EQ(0, inject("inject-dead-registers", 1));
	EXPECT_EQ(0, ipu_wait(self->s.fd, self->s.ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_GT(0, status);
	EXPECT_GT(0, ipu_ctx_create(self->s.fd, 1, 0, &ctx));
	ASSERT_EQ(0, inject("inject-dead-registers", 0));
	ASSERT_EQ(0, ipu_write_sysfs("reset", "1"));
	ipu_session_close(&self->s);
	ASSERT_EQ(0, ipu_session_open(&self->s, TILES, 0));
	EXPECT_EQ(0, count(&self->s));
}

TEST_HARNESS_MAIN
