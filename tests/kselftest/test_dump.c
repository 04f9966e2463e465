// SPDX-License-Identifier: MIT
/*
 * What the driver leaves when something fails: a dump in /sys/class/devcoredump, an event
 * for the file of a context that is lost, and a uevent when the card needs help.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipu_dumped.h"
#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_test.h"

#define DRIVER "/sys/bus/pci/drivers/ipu/"
#define PARAMETER "/sys/module/ipu/parameters/coredump"

/* In SRAM, when the program faults. */
#define MARK 0x5eed1234u

/* ---- what is in a dump ------------------------------------------------------ */

/* The section at *at, after which *at is that of the next one; NULL at the end. */
static const struct ipu_dump_section *next_section(const struct ipu_dumped *dump, size_t *at)
{
	const struct ipu_dump_section *section;

	if (!*at)
		*at = le32toh(ipu_dump_header(dump)->bytes);
	if (*at > dump->size || dump->size - *at < sizeof(*section))
		return NULL;
	section = (const struct ipu_dump_section *)(dump->data + *at);
	*at += sizeof(*section);
	if (le64toh(section->bytes) > dump->size - *at)
		return NULL;
	*at += (le64toh(section->bytes) + IPU_DUMP_ALIGN - 1) & ~(IPU_DUMP_ALIGN - 1ull);
	return section;
}

/* The first section of this type, and of this unit if it is not IPU_DUMP_NONE. */
static const struct ipu_dump_section *find_section(const struct ipu_dumped *dump, uint32_t type,
						   uint32_t unit)
{
	const struct ipu_dump_section *section;
	size_t at = 0;

	while ((section = next_section(dump, &at)))
		if (le32toh(section->type) == type &&
		    (unit == IPU_DUMP_NONE || le32toh(section->unit) == unit))
			break;
	return section;
}

/* A register of a section of these; all ones if it is not there. */
static uint32_t find_reg(const struct ipu_dump_section *section, uint32_t number)
{
	const struct ipu_dump_reg *reg = (const struct ipu_dump_reg *)(section + 1);
	size_t count = section ? le64toh(section->bytes) / sizeof(*reg) : 0;

	for (size_t i = 0; i < count; i++)
		if (le32toh(reg[i].number) == number)
			return le32toh(reg[i].value);
	return UINT32_MAX;
}

/* A register of the first context that has some. */
static uint32_t ctx_reg(const struct ipu_dumped *dump, uint32_t number)
{
	const struct ipu_dump_section *section;
	size_t at = 0;

	while ((section = next_section(dump, &at)))
		if (le32toh(section->type) == IPU_DUMP_REGS &&
		    le32toh(section->slot) != IPU_DUMP_NONE)
			break;
	return find_reg(section, number);
}

static uint32_t sram_word(const struct ipu_dumped *dump, uint32_t addr)
{
	const struct ipu_dump_section *section;
	uint32_t word = 0;
	size_t at = 0;

	while ((section = next_section(dump, &at))) {
		uint64_t offset = addr - le64toh(section->addr);

		if (le32toh(section->type) == IPU_DUMP_SRAM && offset < le64toh(section->bytes))
			memcpy(&word, (const uint8_t *)(section + 1) + offset, sizeof(word));
	}
	return le32toh(word);
}

/* ---- tests --------------------------------------------------------------- */

FIXTURE(dump)
{
	struct ipu_session s;
};

FIXTURE_SETUP(dump)
{
	if (access(IPU_DUMPS, F_OK))
		SKIP(return, "this kernel has no devcoredump");
	ipu_dump_clear();
	ASSERT_EQ(0, ipu_session_open(&self->s, 2, 0));
}

FIXTURE_TEARDOWN(dump)
{
	ipu_session_close(&self->s);
	ipu_dump_clear();
}

/* The last tile of a run loads from where nothing is. */
static const uint32_t bad_load[] = {
	RV_CSRR(RV_T0, IPU_CSR_TILE),
	RV_LI(RV_T1, 1),
	RV_BNE(RV_T0, RV_T1, 7 * 4),
	RV_LUI(RV_T1, IPU_TILE_DATA >> 12),
	RV_LUI(RV_T2, MARK >> 12),
	RV_ADDI(RV_T2, RV_T2, MARK & 0xfff),
	RV_SW(RV_T2, 0, RV_T1),
	RV_LW(RV_A0, 0x10, 0),
	RV_JUMP_SELF,
	RV_IPU_EXIT(0),
};
#define BAD_LOAD_PC (IPU_TILE_CODE + 7 * 4)

static int fault(struct ipu_session *s, uint64_t *seqno)
{
	int status = 0, ret;

	ipu_add_code(s, bad_load, ARRAY_LEN(bad_load));
	ipu_add_run(s, 0, false);
	ret = ipu_submit(s, seqno);
	if (!ret)
		ret = ipu_wait(s->fd, s->ctx, *seqno, IPU_TEST_WAIT_MS, &status);
	return ret ? ret : status;
}

TEST_F(dump, fault)
{
	const struct ipu_dump_context *context;
	const struct ipu_dump_section *section;
	const struct ipu_dump_job *job;
	struct ipu_dumped dump;
	uint64_t seqno;

	ASSERT_EQ(-EIO, fault(&self->s, &seqno));
	ASSERT_TRUE(ipu_dump_take(&dump, IPU_TEST_WAIT_MS));
	TH_LOG("%zu bytes, taken in %u us", dump.size, le32toh(ipu_dump_header(&dump)->took_us));
	EXPECT_EQ(0, memcmp(ipu_dump_header(&dump)->magic, IPU_DUMP_MAGIC, 8));
	EXPECT_EQ(dump.size, le64toh(ipu_dump_header(&dump)->size));
	EXPECT_EQ(IPU_DUMP_FAULT, le32toh(ipu_dump_header(&dump)->kind));
	EXPECT_EQ(0, le32toh(ipu_dump_header(&dump)->flags));
	EXPECT_EQ(-EIO, (int32_t)le32toh(ipu_dump_header(&dump)->error));

	section = find_section(&dump, IPU_DUMP_CONTEXT, IPU_DUMP_NONE);
	ASSERT_NE(NULL, section);
	context = (const struct ipu_dump_context *)(section + 1);
	EXPECT_EQ(self->s.ctx, le32toh(context->id));
	EXPECT_EQ(getpid(), (pid_t)le32toh(context->pid));
	EXPECT_EQ(2, le32toh(context->tile_count));
	EXPECT_EQ(0, le32toh(context->guilt));

	section = find_section(&dump, IPU_DUMP_JOBS, IPU_DUMP_NONE);
	ASSERT_NE(NULL, section);
	job = (const struct ipu_dump_job *)(section + 1);
	EXPECT_EQ(sizeof(*job), le64toh(section->bytes));
	EXPECT_EQ(seqno, le64toh(job->seqno));
	EXPECT_EQ(2, le32toh(job->cmd_count));

	section = find_section(&dump, IPU_DUMP_COMMANDS, IPU_DUMP_NONE);
	ASSERT_NE(NULL, section);
	EXPECT_EQ(2 * IPU_CMD_SIZE, le64toh(section->bytes));
	EXPECT_EQ(le64toh(job->cmd_va), le64toh(section->addr));
	EXPECT_EQ(0, memcmp(section + 1, self->s.list.map, 2 * IPU_CMD_SIZE));

	EXPECT_EQ(IPU_FAULT_LOAD, ctx_reg(&dump, IPU_CTX_FAULT_CAUSE));
	free(dump.data);
}

TEST_F(dump, tile)
{
	const struct ipu_dump_section *section;
	struct ipu_dumped dump;
	uint64_t seqno;
	uint32_t unit;

	ASSERT_EQ(-EIO, fault(&self->s, &seqno));
	ASSERT_TRUE(ipu_dump_take(&dump, IPU_TEST_WAIT_MS));
	for (unit = 0; unit <= IPU_UNIT_SUPERVISOR; unit++) {
		section = find_section(&dump, IPU_DUMP_UNIT, unit);
		ASSERT_NE(NULL, section);
		EXPECT_EQ(1, le32toh(section->tile));
	}
	/* Of the supervisor, the last one. */
	EXPECT_EQ(BAD_LOAD_PC, find_reg(section, IPU_DBG_REG_PC));
	EXPECT_EQ(MARK, find_reg(section, IPU_DBG_REG_X + RV_T2));
	EXPECT_EQ(IPU_SRAM_END, find_reg(section, IPU_DBG_REG_X + RV_SP));
	EXPECT_EQ(1, find_reg(section, IPU_DBG_REG_CSR + IPU_CSR_TILE));
	EXPECT_NE(UINT32_MAX, find_reg(section, IPU_DBG_REG_F + 31));
	EXPECT_EQ(0, find_reg(section, IPU_DBG_REG_V + 31 * IPU_DBG_REG_V_WORDS));
	section = find_section(&dump, IPU_DUMP_TILE, IPU_DUMP_NONE);
	ASSERT_NE(NULL, section);
	EXPECT_EQ(IPU_SRAM_SIZE, le32toh(((const struct ipu_dump_tile *)(section + 1))->bytes));
	EXPECT_EQ(MARK, sram_word(&dump, IPU_TILE_DATA));
	EXPECT_EQ(bad_load[7], sram_word(&dump, BAD_LOAD_PC));
	EXPECT_EQ(0, sram_word(&dump, IPU_SRAM_END - 4));
	free(dump.data);
}

/* What the page tables have for the address of a DMA fault. */
TEST_F(dump, walk)
{
	uint64_t va = self->s.mem.va + self->s.mem.size, seqno;
	const struct ipu_dump_section *section;
	const uint64_t *entry;
	struct ipu_dumped dump;
	int status;

	ipu_add_copy(&self->s, IPU_CMD_COPY_TO_TILES, 0, 1, IPU_TILE_DATA, va, 0, 4);
	ASSERT_EQ(0, ipu_submit(&self->s, &seqno));
	ASSERT_EQ(0, ipu_wait(self->s.fd, self->s.ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-EIO, status);
	ASSERT_TRUE(ipu_dump_take(&dump, IPU_TEST_WAIT_MS));
	section = find_section(&dump, IPU_DUMP_WALK, IPU_DUMP_NONE);
	ASSERT_NE(NULL, section);
	EXPECT_EQ(va, le64toh(section->addr));
	EXPECT_EQ(IPU_PT_LEVELS * 8, le64toh(section->bytes));
	entry = (const uint64_t *)(section + 1);
	EXPECT_TRUE(le64toh(entry[0]) & IPU_PTE_V);
	EXPECT_TRUE(le64toh(entry[1]) & IPU_PTE_V);
	EXPECT_EQ(0, entry[2]);
	EXPECT_EQ(NULL, find_section(&dump, IPU_DUMP_UNIT, IPU_DUMP_NONE));
	free(dump.data);
}

/* The card's watchdog. */
TEST_F(dump, watchdog)
{
	struct ipu_session s;
	struct ipu_dumped dump;
	uint64_t seqno;
	int status;

	ASSERT_EQ(0, ipu_session_open(&s, 1, 200));
	ASSERT_EQ(0, ipu_start_loop(&s, &seqno));
	ASSERT_EQ(0, ipu_wait(s.fd, s.ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-ETIMEDOUT, status);
	ASSERT_TRUE(ipu_dump_take(&dump, IPU_TEST_WAIT_MS));
	EXPECT_EQ(-ETIMEDOUT, (int32_t)le32toh(ipu_dump_header(&dump)->error));
	EXPECT_EQ(IPU_FAULT_WATCHDOG, ctx_reg(&dump, IPU_CTX_FAULT_CAUSE));
	EXPECT_EQ(RV_JUMP_SELF, sram_word(&dump, IPU_TILE_CODE));
	ipu_session_close(&s);
	free(dump.data);
}

/* With a time limit of the driver's, once for a tile that runs, and once for none. */
TEST_F(dump, overdue)
{
	const struct ipu_dump_section *section;
	struct ipu_dumped dump;
	uint64_t seqno;
	int status;

	if (!getenv("IPU_MODULE"))
		SKIP(return, "IPU_MODULE is not set");
	ipu_session_close(&self->s);
	ASSERT_EQ(0, ipu_reload("job_timeout_ms=500"));
	ASSERT_EQ(0, ipu_session_open(&self->s, 1, 0xffffffff));
	ASSERT_EQ(0, ipu_start_loop(&self->s, &seqno));
	ASSERT_EQ(0, ipu_wait(self->s.fd, self->s.ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-ETIMEDOUT, status);
	ASSERT_TRUE(ipu_dump_take(&dump, IPU_TEST_WAIT_MS));
	EXPECT_EQ(IPU_DUMP_OVERDUE, le32toh(ipu_dump_header(&dump)->kind));
	EXPECT_EQ(IPU_CTX_RUNNING, ctx_reg(&dump, IPU_CTX_STATUS));
	section = find_section(&dump, IPU_DUMP_UNIT, IPU_UNIT_SUPERVISOR);
	EXPECT_EQ(IPU_TILE_CODE, find_reg(section, IPU_DBG_REG_PC));
	free(dump.data);
	ipu_dump_clear();

	ipu_add_endless_copy(&self->s);
	ASSERT_EQ(0, ipu_submit(&self->s, &seqno));
	ASSERT_EQ(0, ipu_wait(self->s.fd, self->s.ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-ETIMEDOUT, status);
	ASSERT_TRUE(ipu_dump_take(&dump, IPU_TEST_WAIT_MS));
	EXPECT_EQ(IPU_DUMP_OVERDUE, le32toh(ipu_dump_header(&dump)->kind));
	EXPECT_EQ(NULL, find_section(&dump, IPU_DUMP_UNIT, IPU_DUMP_NONE));
	free(dump.data);
	ipu_session_close(&self->s);
	ASSERT_EQ(0, ipu_reload(""));
	ASSERT_EQ(0, ipu_session_open(&self->s, 1, 0));
}

/* One at a time; the next one when that is removed. */
TEST_F(dump, one_at_a_time)
{
	struct ipu_dumped first, second;
	uint64_t seqno;
	unsigned int i;

	ASSERT_EQ(-EIO, fault(&self->s, &seqno));
	ASSERT_TRUE(ipu_dump_take(&first, IPU_TEST_WAIT_MS));
	for (i = 0; i < 50; i++)
		EXPECT_EQ(-EIO, fault(&self->s, &seqno));
	ASSERT_TRUE(ipu_dump_take(&second, 0));
	EXPECT_EQ(0, strcmp(first.path, second.path));
	ASSERT_EQ(first.size, second.size);
	EXPECT_EQ(0, memcmp(first.data, second.data, first.size));
	free(second.data);

	ipu_dump_clear();
	EXPECT_FALSE(ipu_dump_take(&second, 200));
	ASSERT_EQ(-EIO, fault(&self->s, &seqno));
	ASSERT_TRUE(ipu_dump_take(&second, IPU_TEST_WAIT_MS));
	EXPECT_NE(0, strcmp(first.path, second.path));
	free(first.data);
	free(second.data);
}

TEST_F(dump, turned_off)
{
	struct ipu_dumped dump;
	uint64_t seqno;

	ASSERT_EQ(0, ipu_write_file(PARAMETER, "0"));
	EXPECT_EQ(-EIO, fault(&self->s, &seqno));
	EXPECT_FALSE(ipu_dump_take(&dump, 500));
	EXPECT_EQ(0, ipu_write_file(PARAMETER, "1"));
}

/* The tile's registers are the debugger's, before and after the dump. */
TEST_F(dump, debugged)
{
	struct drm_ipu_debug_ctl ctl = { .ctx = self->s.ctx, .op = DRM_IPU_DEBUG_ATTACH };
	struct drm_ipu_debug_wait wait = { .ctx = self->s.ctx };
	uint32_t reg[2] = { 0 };
	struct drm_ipu_debug_access access = {
		.ctx = self->s.ctx,
		.tile = 1,
		.unit = IPU_UNIT_SUPERVISOR,
		.addr = IPU_DBG_REG | (IPU_DBG_REG_X + RV_T1),
		.count = ARRAY_LEN(reg),
		.data = (uintptr_t)reg,
	};
	struct ipu_dumped dump;
	uint64_t seqno;
	int status;

	ASSERT_EQ(0, ipu_do(self->s.fd, DRM_IOCTL_IPU_DEBUG_CTL, &ctl));
	ipu_add_code(&self->s, bad_load, ARRAY_LEN(bad_load));
	ipu_add_run(&self->s, 0, false);
	ASSERT_EQ(0, ipu_submit(&self->s, &seqno));
	wait.timeout_ns = ipu_deadline(IPU_TEST_WAIT_MS);
	ASSERT_EQ(0, ipu_do(self->s.fd, DRM_IOCTL_IPU_DEBUG_WAIT, &wait));
	EXPECT_EQ(IPU_DBG_FAULT, wait.reason);
	EXPECT_FALSE(ipu_dump_take(&dump, 100));
	ASSERT_EQ(0, ipu_do(self->s.fd, DRM_IOCTL_IPU_DEBUG_ACCESS, &access));
	EXPECT_EQ(IPU_TILE_DATA, reg[0]);
	EXPECT_EQ(MARK, reg[1]);

	ctl.op = DRM_IPU_DEBUG_GO;
	ASSERT_EQ(0, ipu_do(self->s.fd, DRM_IOCTL_IPU_DEBUG_CTL, &ctl));
	ASSERT_EQ(0, ipu_wait(self->s.fd, self->s.ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-EIO, status);
	ASSERT_TRUE(ipu_dump_take(&dump, IPU_TEST_WAIT_MS));
	EXPECT_EQ(MARK, sram_word(&dump, IPU_TILE_DATA));
	free(dump.data);

	/* It can go on: the next run halts, and can be read. */
	access.addr = IPU_TILE_DATA;
	access.count = 1;
	ipu_add_run(&self->s, 0, false);
	ASSERT_EQ(0, ipu_submit(&self->s, &seqno));
	wait.timeout_ns = ipu_deadline(IPU_TEST_WAIT_MS);
	ASSERT_EQ(0, ipu_do(self->s.fd, DRM_IOCTL_IPU_DEBUG_WAIT, &wait));
	EXPECT_EQ(BAD_LOAD_PC, wait.pc);
	ASSERT_EQ(0, ipu_do(self->s.fd, DRM_IOCTL_IPU_DEBUG_ACCESS, &access));
	EXPECT_EQ(MARK, reg[0]);
}

/* ---- the card as a whole -------------------------------------------------- */

static int lost_context(struct ipu_session *s, uint32_t *ctx)
{
	struct drm_ipu_ctx_create args = { .tiles = 1, .flags = DRM_IPU_CTX_EVENTS };
	int ret = ipu_do(s->fd, DRM_IOCTL_IPU_CTX_CREATE, &args);

	*ctx = args.ctx;
	return ret;
}

/* Read one event; returns its length, 0 if there is none in a while. */
static ssize_t read_event(int fd, struct drm_ipu_event_ctx_lost *event, int ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	memset(event, 0, sizeof(*event));
	return poll(&poll_fd, 1, ms) == 1 ? read(fd, event, sizeof(*event)) : 0;
}

/* A file has room for about 170; that of a context is free again when it is destroyed. */
TEST_F(dump, events_of_many_contexts)
{
	unsigned int i;
	uint32_t ctx;

	for (i = 0; i < 500; i++) {
		ASSERT_EQ(0, lost_context(&self->s, &ctx));
		ASSERT_EQ(0, ipu_ctx_destroy(self->s.fd, ctx));
	}
}

TEST_F(dump, reset)
{
	struct drm_ipu_event_ctx_lost event;
	struct ipu_dumped dump;
	uint64_t seqno;
	uint32_t ctx;

	/* One that costs no job leaves none. */
	ASSERT_EQ(0, lost_context(&self->s, &ctx));
	ASSERT_EQ(0, ipu_write_sysfs("reset", "1"));
	EXPECT_FALSE(ipu_dump_take(&dump, 300));
	EXPECT_EQ((ssize_t)sizeof(event), read_event(self->s.fd, &event, IPU_TEST_WAIT_MS));
	EXPECT_EQ(DRM_IPU_EVENT_CTX_LOST, event.base.type);
	EXPECT_EQ(sizeof(event), event.base.length);
	EXPECT_EQ(ctx, event.ctx);
	EXPECT_EQ(DRM_IPU_CTX_LOST, event.state);
	EXPECT_EQ(DRM_IPU_CTX_WHY_RESET, event.why);
	/* The other context's file did not ask. */
	EXPECT_EQ(0, read_event(self->s.fd, &event, 100));

	ipu_session_close(&self->s);
	ASSERT_EQ(0, ipu_session_open(&self->s, 1, 60000));
	ASSERT_EQ(0, ipu_start_loop(&self->s, &seqno));
	ASSERT_EQ(0, ipu_write_sysfs("reset", "1"));
	ASSERT_TRUE(ipu_dump_take(&dump, IPU_TEST_WAIT_MS));
	EXPECT_EQ(IPU_DUMP_RESET, le32toh(ipu_dump_header(&dump)->kind));
	EXPECT_EQ(IPU_CTX_RUNNING, ctx_reg(&dump, IPU_CTX_STATUS));
	EXPECT_NE(NULL, find_section(&dump, IPU_DUMP_RING, IPU_DUMP_NONE));
	free(dump.data);
}

/* Events that nobody reads are bounded; a context that is destroyed sends none. */
TEST_F(dump, events)
{
	struct drm_ipu_event_ctx_lost event;
	unsigned int i, made = 0;
	uint32_t ctx;
	int ret = 0;

	ASSERT_EQ(0, lost_context(&self->s, &ctx));
	ASSERT_EQ(0, ipu_ctx_destroy(self->s.fd, ctx));
	EXPECT_EQ(0, read_event(self->s.fd, &event, 100));
	for (i = 0; i < 400 && !ret; i++) {
		ret = lost_context(&self->s, &ctx);
		made += !ret;
		if (!ret && i % 20 == 19)
			ASSERT_EQ(0, ipu_write_sysfs("reset", "1"));
		if (!ret && i % 20 == 19)
			while (ctx && !ipu_ctx_destroy(self->s.fd, ctx))
				ctx--;
	}
	EXPECT_EQ(-ENOMEM, ret);
	EXPECT_EQ(4096 / sizeof(event), made);
	EXPECT_EQ((ssize_t)sizeof(event), read_event(self->s.fd, &event, 1000));
	EXPECT_EQ(0, lost_context(&self->s, &ctx));
}

/* The card does not answer: it is out of use, and says what it needs. */
TEST_F(dump, wedged)
{
	struct drm_ipu_event_ctx_lost event;
	uint32_t ctx;
	int fd;

	fd = ipu_uevents_open();
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, lost_context(&self->s, &ctx));
	ASSERT_EQ(0, ipu_answer(false));
	/* Its own end tells the driver. */
	EXPECT_EQ(0, ipu_ctx_destroy(self->s.fd, self->s.ctx));
	EXPECT_TRUE(ipu_uevents_have(fd, "WEDGED=bus-reset"));
	EXPECT_EQ((ssize_t)sizeof(event), read_event(self->s.fd, &event, IPU_TEST_WAIT_MS));
	EXPECT_EQ(ctx, event.ctx);
	close(fd);
	ASSERT_EQ(0, ipu_answer(true));
	ASSERT_EQ(0, ipu_write_sysfs("reset", "1"));
}

/* The dump outlives the driver's hold of the card, and the card. */
TEST_F(dump, unbind)
{
	struct drm_ipu_event_ctx_lost event;
	struct ipu_dumped before, after;
	char address[32];
	uint64_t seqno;
	uint32_t ctx;

	snprintf(address, sizeof(address), "%.31s", strrchr(ipu_sysfs(), '/') + 1);
	ASSERT_EQ(0, lost_context(&self->s, &ctx));
	ASSERT_EQ(-EIO, fault(&self->s, &seqno));
	ASSERT_EQ(0, ipu_write_file(DRIVER "unbind", address));
	ASSERT_TRUE(ipu_dump_take(&before, IPU_TEST_WAIT_MS));
	EXPECT_EQ((ssize_t)sizeof(event), read_event(self->s.fd, &event, IPU_TEST_WAIT_MS));
	EXPECT_EQ(ctx, event.ctx);
	EXPECT_EQ(DRM_IPU_CTX_WHY_NONE, event.why);
	ipu_session_close(&self->s);
	if (getenv("IPU_MODULE")) {
		EXPECT_EQ(0, ipu_reload(""));
	} else {
		EXPECT_EQ(0, ipu_write_file(DRIVER "bind", address));
	}
	ASSERT_TRUE(ipu_dump_take(&after, 0));
	EXPECT_EQ(before.size, after.size);
	EXPECT_EQ(0, memcmp(before.data, after.data, before.size));
	free(before.data);
	free(after.data);
	ipu_sleep_ms(200);
	ASSERT_EQ(0, ipu_session_open(&self->s, 1, 0));
}

TEST_F(dump, removed)
{
	struct ipu_dumped before, after;
	uint64_t seqno;

	ASSERT_EQ(-EIO, fault(&self->s, &seqno));
	ASSERT_TRUE(ipu_dump_take(&before, IPU_TEST_WAIT_MS));
	ASSERT_EQ(0, ipu_write_sysfs("remove", "1"));
	ASSERT_TRUE(ipu_dump_take(&after, 0));
	EXPECT_EQ(0, strcmp(before.path, after.path));
	EXPECT_EQ(before.size, after.size);
	ipu_dump_clear();
	free(before.data);
	free(after.data);
	EXPECT_EQ(0, ipu_write_file("/sys/bus/pci/rescan", "1"));
	ipu_sleep_ms(200);
	ipu_session_close(&self->s);
	ASSERT_EQ(0, ipu_session_open(&self->s, 1, 0));
}

TEST_HARNESS_MAIN
