// SPDX-License-Identifier: MIT
/*
 * The card reports each kind of error of the PCI link, by QEMU's monitor, while a job runs: run
 * by tests/vm/test-inject --native.
 */
#include <errno.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_dumped.h"
#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_lost.h"

/* What is told of an error, by PCI Express's default for it, which nobody has changed. */
enum aer_class {
	MASKED, /* nothing */
	CORRECTABLE, /* it is counted, and nobody else notices */
	NONFATAL, /* what has passed over the link may be wrong: the card is reset */
	FATAL, /* the link is no good: it is reset, and the card with it */
	CLASSES,
	ADVISORY = CLASSES, /* as CORRECTABLE, if the kernel asks for it: Linux 6.12 does not */
};

FIXTURE(aer)
{
	struct ipu_session s;
	uint64_t seqno;
	enum aer_class expected;
	long before[CLASSES];
};

FIXTURE_VARIANT(aer)
{
	const char *name;
	enum aer_class expected;
};

#define ERROR(error, class)                        \
	FIXTURE_VARIANT_ADD(aer, error)            \
	{                                          \
		.name = #error, .expected = class, \
	}

/* Each that QEMU has a name for. */
ERROR(RCVR, CORRECTABLE);
ERROR(BAD_TLP, CORRECTABLE);
ERROR(BAD_DLLP, CORRECTABLE);
ERROR(REP_ROLL, CORRECTABLE);
ERROR(REP_TIMER, CORRECTABLE);
ERROR(ADV_NONFATAL, ADVISORY);
ERROR(INTERNAL, MASKED);
ERROR(HL_OVERFLOW, MASKED);
ERROR(POISON_TLP, NONFATAL);
ERROR(COMP_TIME, NONFATAL);
ERROR(COMP_ABORT, NONFATAL);
ERROR(UNX_COMP, NONFATAL);
ERROR(ECRC, NONFATAL);
ERROR(UNSUP, NONFATAL);
ERROR(ACSV, NONFATAL);
ERROR(MCBTLP, NONFATAL);
ERROR(ATOP_EBLOCKED, NONFATAL);
ERROR(TLP_PRF_BLOCKED, MASKED);
ERROR(INTN, MASKED);
ERROR(DLP, FATAL);
ERROR(SDN, FATAL);
ERROR(FCP, FATAL);
ERROR(RX_OVER, FATAL);
ERROR(MALF_TLP, FATAL);

/* How many messages of a class have reached the card's port. */
static long count(enum aer_class class)
{
	static const char *const files[CLASSES] = {
		[CORRECTABLE] = "../aer_rootport_total_err_cor",
		[NONFATAL] = "../aer_rootport_total_err_nonfatal",
		[FATAL] = "../aer_rootport_total_err_fatal",
	};
	char text[32];
	int ret = ipu_read_sysfs(files[class], text, sizeof(text));

	return ret ? ret : atol(text);
}

static enum aer_class advisory_class(void)
{
	const char *folder = ipu_sysfs();
	char path[PATH_MAX + 16];
	uint32_t mask = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/config", folder ? folder : "");
	file = fopen(path, "r");
	/* The card's first extended capability is AER. */
	if (file && !fseek(file, PCI_CFG_SPACE_SIZE + PCI_ERR_COR_MASK, SEEK_SET) &&
	    fread(&mask, sizeof(mask), 1, file) != 1)
		mask = 0;
	if (file)
		fclose(file);
	return mask & PCI_ERR_COR_ADV_NFAT ? MASKED : CORRECTABLE;
}

FIXTURE_SETUP(aer)
{
	int class;

	/* What becomes of a fatal error otherwise is in test_recovery. */
	ASSERT_TRUE(ipu_link_is_reported());
	ipu_dump_clear();
	ASSERT_EQ(0, ipu_session_open(&self->s, 0, 0xffffffff));
	ASSERT_EQ(0, ipu_start_loop(&self->s, &self->seqno));
	self->expected = variant->expected == ADVISORY ? advisory_class() : variant->expected;
	for (class = CORRECTABLE; class < CLASSES; class ++) {
		self->before[class] = count(class);
		ASSERT_LE(0, self->before[class]);
	}
}

FIXTURE_TEARDOWN(aer)
{
	ipu_session_close(&self->s);
	EXPECT_EQ(0, works());
}

/* The job goes on, even when the kernel has heard of the error. */
static void expect_unharmed(struct __test_metadata *_metadata, FIXTURE_DATA(aer) * self)
{
	const enum aer_class class = self->expected;
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	int status;

	while (class == CORRECTABLE && count(class) == self->before[class] &&
	       ipu_deadline(0) < deadline)
		ipu_sleep_ms(1);
	EXPECT_EQ(-ETIME, ipu_wait(self->s.fd, self->s.ctx, self->seqno, 100, &status));
}

/* It ends, and the card works again, for contexts that are made anew. */
static void expect_recovered(struct __test_metadata *_metadata, FIXTURE_DATA(aer) * self)
{
	int status;

	ASSERT_EQ(0, ipu_wait(self->s.fd, self->s.ctx, self->seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-EIO, status);
	EXPECT_EQ(IPU_DUMP_LINK, ipu_dump_take_kind());
	EXPECT_TRUE(ipu_state_becomes("up"));
	EXPECT_LOST(&self->s, DRM_IPU_CTX_WHY_PCI);
}

TEST_F(aer, error)
{
	int class;

	ASSERT_EQ(0, ipu_ask("ipu0 error %s", variant->name));
	if (self->expected >= NONFATAL)
		expect_recovered(_metadata, self);
	else
		expect_unharmed(_metadata, self);
	for (class = CORRECTABLE; class < CLASSES; class ++)
		EXPECT_EQ(self->before[class] + (class == (int)self->expected), count(class));
}

TEST_HARNESS_MAIN
