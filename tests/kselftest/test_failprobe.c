// SPDX-License-Identifier: MIT
/*
 * Memory that cannot be had, at each point of binding the driver to the card once: either it
 * is bound and works, or it is not bound, and can be later. Needs the debug kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "failnth.h"
#include "ipu_harness.h"
#include "ipu_test.h"

#define DRIVER "/sys/bus/pci/drivers/ipu"

FIXTURE(probe)
{
	struct failnth faults;
	char card[32];
};

FIXTURE_SETUP(probe)
{
	const char *folder = ipu_sysfs();

	if (failnth_open(&self->faults))
		SKIP(return, FAILNTH_NONE);
	ASSERT_NE(NULL, folder);
	/* A few calls below the driver: not what each interrupt takes, which is hundreds. */
	ASSERT_EQ(0, failnth_only("ipu", 9));
	/* When it has failed, DRM's core (6.12) puts the device that it has not made. */
	ASSERT_EQ(0, failnth_spare("drm_sysfs_minor_alloc"));
	snprintf(self->card, sizeof(self->card), "%s", strrchr(folder, '/') + 1);
	ASSERT_EQ(0, ipu_write_file(DRIVER "/unbind", self->card));
}

FIXTURE_TEARDOWN(probe)
{
	if (self->faults.file > 0 && access("/dev/accel/accel0", F_OK))
		EXPECT_EQ(0, ipu_write_file(DRIVER "/bind", self->card));
}

static int bind_card(struct failnth *f, int file, const char *card)
{
	int ret;

	failnth_arm(f);
	ret = pwrite(file, card, strlen(card), 0) < 0 ? -errno : 0;
	failnth_disarm(f);
	return ret;
}

/* It is bound or it is not, and in the end it works. */
TEST_F_TIMEOUT(probe, each, 1200)
{
	int ret, file = open(DRIVER "/bind", O_WRONLY | O_CLOEXEC);
	struct failnth *f = &self->faults;
	unsigned int failed = 0;
	char bound[128];

	ASSERT_LE(0, file);
	snprintf(bound, sizeof(bound), DRIVER "/%s", self->card);
	f->reached = true;
	for (f->nth = 1; f->reached && f->nth < FAILNTH_MOST; f->nth++) {
		ret = bind_card(f, file, self->card);
		/* The core's functions have errors of their own when they have no memory. */
		EXPECT_TRUE(!ret || f->reached)
		{
			TH_LOG("point %u: error %d", f->nth, ret);
		}
		EXPECT_EQ(!ret, !access(bound, F_OK));
		failed += !!ret;
		if (!ret && f->reached)
			ASSERT_EQ(0, ipu_write_file(DRIVER "/unbind", self->card));
	}
	close(file);
	EXPECT_EQ(0, ret);
	EXPECT_FALSE(f->reached);
	TH_LOG("%u of %u points failed it", failed, f->nth - 2);
	EXPECT_LE(50, failed);
	EXPECT_EQ(0, ipu_check_works());
}

TEST_HARNESS_MAIN
