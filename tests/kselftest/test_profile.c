// SPDX-License-Identifier: MIT
/*
 * Profiles of runs: the card writes them to the context's own buffers and nowhere else,
 * and what is refused ends the job that asked for it and no other.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_test.h"

#define PAGE 4096u
#define BYTES (256u << 10)

FIXTURE(profile)
{
	struct ipu_session s;
	struct ipu_bo bo;
	struct ipu_bo samples;
};

/* Two supersteps of some work, with a mark in the first. */
static const uint32_t code[] = {
	RV_LI(RV_T0, 7),	   RV_CSRW(IPU_CSR_MARK, RV_T0), RV_LI(RV_T0, 100),
	RV_ADDI(RV_T0, RV_T0, -1), RV_BNE(RV_T0, 0, -4),	 RV_IPU_SYNC(IPU_ZONE_INTERNAL),
	RV_LI(RV_A0, 0),	   RV_IPU_EXIT(RV_A0),
};

FIXTURE_SETUP(profile)
{
	struct ipu_session *s = &self->s;

	ASSERT_EQ(0, ipu_session_open(s, 0, 0));
	ASSERT_EQ(0, ipu_bo_new(s->fd, BYTES, &self->bo));
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &self->bo));
	ASSERT_EQ(0, ipu_bo_new(s->fd, IPU_SAMPLES * 4, &self->samples));
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &self->samples));
	ipu_add_code(s, code, ARRAY_LEN(code));
	ASSERT_EQ(0, ipu_run(s));
}

FIXTURE_TEARDOWN(profile)
{
	ipu_bo_close(self->s.fd, &self->samples);
	ipu_bo_close(self->s.fd, &self->bo);
	ipu_session_close(&self->s);
}

static struct ipu_profile *begin(FIXTURE_DATA(profile) * self, uint64_t bytes,
				 uint32_t sample_cycles)
{
	struct ipu_profile *head = self->bo.map;

	*head = (struct ipu_profile){
		.bytes = bytes,
		.samples_va = self->samples.va,
		.sample_cycles = sample_cycles,
		.used = sizeof(*head),
	};
	return head;
}

static int run_at(FIXTURE_DATA(profile) * self, uint64_t va)
{
	const struct ipu_cmd_run cmd = {
		.op = IPU_CMD_RUN,
		.tile_count = self->s.tiles,
		.entry = IPU_TILE_CODE,
		.report_va = ipu_mem_va(&self->s, IPU_MEM_REPORT),
		.sp = IPU_SRAM_END,
		.profile_va = va,
	};

	ipu_add(&self->s, &cmd);
	return ipu_run(&self->s);
}

TEST_F(profile, card_can)
{
	struct drm_ipu_query_info info;

	ASSERT_EQ(0, ipu_query_info(self->s.fd, &info));
	EXPECT_NE(0, info.caps & IPU_CAP_PROFILE);
	EXPECT_LE(3, info.hw_version & IPU_VERSION_MINOR);
}

TEST_F(profile, adds_up)
{
	const struct ipu_run_report *report = ipu_mem(&self->s, IPU_MEM_REPORT);
	const struct ipu_profile *head = begin(self, BYTES, 6);
	const uint32_t *samples = self->samples.map;
	const struct ipu_profile_unit *mark = (const void *)(head + 1);
	uint64_t sum = 0;
	uint32_t i;

	ASSERT_EQ(0, run_at(self, self->bo.va));
	EXPECT_EQ(2, head->supersteps);
	EXPECT_EQ(0, head->dropped + head->lost + head->host_cycles);
	EXPECT_EQ(report->cycles, head->compute_cycles + head->sync_cycles + head->exchange_cycles);
	EXPECT_EQ(sizeof(*head) + 2 * sizeof(struct ipu_profile_step) +
			  self->s.tiles * (2 * sizeof(struct ipu_profile_tile) +
					   sizeof(struct ipu_profile_unit)),
		  head->used);
	EXPECT_EQ(IPU_PROFILE_MARK, mark->head.kind);
	EXPECT_EQ(7, mark->value);
	for (i = 0; i < IPU_SAMPLES; i++)
		sum += samples[i];
	/* a sample for each slot, but the last of a unit may be missing */
	EXPECT_LE(report->instructions - self->s.tiles, sum);
	EXPECT_GE(report->instructions, sum);
}

TEST_F(profile, full)
{
	const struct ipu_profile *head = begin(self, sizeof(*head) + 64, 0);
	const uint32_t *behind = (const void *)((const char *)head + sizeof(*head) + 64);

	ASSERT_EQ(0, run_at(self, self->bo.va));
	EXPECT_EQ(2, head->supersteps);
	EXPECT_LT(0, head->dropped);
	EXPECT_GE(head->bytes, head->used);
	EXPECT_EQ(0, *behind);
}

/* The job's status, and the fault's cause and address; the next job works. */
static int refused(FIXTURE_DATA(profile) * self, uint64_t va, uint32_t *cause, uint64_t *addr)
{
	struct drm_ipu_get_fault fault = { .ctx = self->s.ctx };
	int status = run_at(self, va);

	if (ipu_do(self->s.fd, DRM_IOCTL_IPU_GET_FAULT, &fault))
		return 0;
	*cause = fault.cause;
	*addr = fault.addr;
	ipu_add_code(&self->s, code, ARRAY_LEN(code));
	return run_at(self, 0) ? 0 : status;
}

TEST_F(profile, hostile)
{
	const uint64_t nowhere = 0x3f00000000;
	struct ipu_profile *head = begin(self, BYTES, 0);
	struct drm_ipu_query_info info;
	uint64_t addr = 0;
	uint32_t cause = 0;

	/* the driver's ring is above what contexts map */
	ASSERT_EQ(0, ipu_query_info(self->s.fd, &info));
	EXPECT_EQ(-EIO, refused(self, info.va_size, &cause, &addr));
	EXPECT_EQ(IPU_FAULT_DMA_PRIV, cause);
	/* nothing mapped there, in all the address space and beyond it */
	EXPECT_EQ(-EIO, refused(self, nowhere, &cause, &addr));
	EXPECT_EQ(IPU_FAULT_DMA_UNMAPPED, cause);
	EXPECT_EQ(nowhere, addr);
	EXPECT_EQ(-EIO, refused(self, 1ull << IPU_VA_BITS, &cause, &addr));
	EXPECT_EQ(IPU_FAULT_DMA_RANGE, cause);
	EXPECT_EQ(-EIO, refused(self, self->bo.va + 4, &cause, &addr));
	EXPECT_EQ(IPU_FAULT_BAD_FIELD, cause);
	head->used = BYTES + 8;
	EXPECT_EQ(-EIO, refused(self, self->bo.va, &cause, &addr));
	EXPECT_EQ(IPU_FAULT_BAD_FIELD, cause);
	head->used = sizeof(*head);
	head->samples_va = nowhere;
	head->sample_cycles = 6;
	EXPECT_EQ(-EIO, refused(self, self->bo.va, &cause, &addr));
	EXPECT_EQ(IPU_FAULT_DMA_UNMAPPED, cause);
}

/* A buffer that says it is larger than it is: a fault where it ends, not a write there. */
TEST_F(profile, shorter_than_it_says)
{
	/* nothing is mapped behind the buffer that was mapped last */
	struct ipu_profile *head = self->samples.map;
	uint64_t addr = 0;
	uint32_t cause = 0;

	*head = (struct ipu_profile){
		.bytes = 1ull << 40,
		.used = IPU_SAMPLES * 4,
	};
	EXPECT_EQ(-EIO, refused(self, self->samples.va, &cause, &addr));
	EXPECT_EQ(IPU_FAULT_DMA_UNMAPPED, cause);
	EXPECT_EQ(self->samples.va + IPU_SAMPLES * 4, addr);
}

/* A buffer that may only be read. */
TEST_F(profile, read_only)
{
	const struct ipu_profile *head = begin(self, BYTES, 0);
	uint64_t addr = 0;
	uint32_t cause = 0;

	ASSERT_EQ(0, ipu_bo_unmap(self->s.fd, self->s.ctx, self->bo.va));
	self->bo.va = 0;
	ASSERT_EQ(0, ipu_bo_map(self->s.fd, self->s.ctx, 0, &self->bo));
	EXPECT_EQ(-EIO, refused(self, self->bo.va, &cause, &addr));
	EXPECT_EQ(IPU_FAULT_DMA_READONLY, cause);
	EXPECT_EQ(sizeof(*head), head->used);
}

TEST_HARNESS_MAIN
