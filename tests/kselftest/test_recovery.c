// SPDX-License-Identifier: MIT
/*
 * The card is reset, unbound, unplugged or does not answer while it works. Its
 * jobs end with an error, nothing else breaks, and afterwards it works.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_lost.h"
#include "ipu_userq.h"

#define DRIVER "/sys/bus/pci/drivers/ipu/"

/* The card's address, as 0000:01:00.0; still set while the card is unplugged. */
static char address[32];

static void find_address(void)
{
	const char *folder = ipu_sysfs();

	if (folder)
		snprintf(address, sizeof(address), "%.31s", strrchr(folder, '/') + 1);
}

FIXTURE(card)
{
	struct ipu_session s;
	struct waiter running;
	struct waiter queued;
};

/* A job that never ends, one queued after it, and a thread that waits for each. */
FIXTURE_SETUP(card)
{
	find_address();
	ASSERT_EQ(0, ipu_session_open(&self->s, 0, 0xffffffff));
	self->running.s = self->queued.s = &self->s;
	ASSERT_EQ(0, ipu_start_loop(&self->s, &self->running.seqno));
	ipu_add_fill(&self->s, IPU_TILE_DATA, 4, 1);
	ASSERT_EQ(0, ipu_submit(&self->s, &self->queued.seqno));
	ASSERT_EQ(0, start_waiter(&self->running));
	ASSERT_EQ(0, start_waiter(&self->queued));
}

FIXTURE_TEARDOWN(card)
{
	ipu_session_close(&self->s);
	EXPECT_EQ(0, works());
}

TEST_F(card, reset)
{
	struct drm_ipu_query_usage before, after;

	ASSERT_EQ(0, ipu_query_usage(self->s.fd, &before));
	ASSERT_EQ(0, ipu_write_sysfs("reset", "1"));
	EXPECT_JOBS_END(self, -EIO);
	ASSERT_EQ(0, ipu_query_usage(self->s.fd, &after));
	EXPECT_EQ(before.resets + 1, after.resets);
	EXPECT_LOST(&self->s, DRM_IPU_CTX_WHY_RESET);
}

TEST_F(card, unbind)
{
	EXPECT_EQ(0, ipu_write_file(DRIVER "unbind", address));
	EXPECT_JOBS_END(self, -ENODEV);
	EXPECT_GONE(&self->s);
	EXPECT_EQ(-ENODEV, ipu_open());
	/* The file of the old device remains unusable when there is a new one. */
	EXPECT_EQ(0, ipu_write_file(DRIVER "bind", address));
	EXPECT_GONE(&self->s);
}

TEST_F(card, unbind_and_close)
{
	EXPECT_EQ(0, ipu_write_file(DRIVER "unbind", address));
	EXPECT_JOBS_END(self, -ENODEV);
	ipu_session_close(&self->s);
	EXPECT_EQ(0, ipu_write_file(DRIVER "bind", address));
}

TEST_F(card, remove_and_rescan)
{
	ASSERT_EQ(0, ipu_write_sysfs("remove", "1"));
	EXPECT_JOBS_END(self, -ENODEV);
	EXPECT_GONE(&self->s);
	EXPECT_EQ(0, ipu_write_file("/sys/bus/pci/rescan", "1"));
	EXPECT_GONE(&self->s);
}

/* Memory of this device imported by another, and of another imported by this one. */
TEST_F(card, unbind_with_import)
{
	struct drm_prime_handle prime = { .handle = self->s.mem.handle,
					  .flags = O_RDWR | O_CLOEXEC };
	uint32_t *map;

	ASSERT_EQ(0, ipu_do(self->s.fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime));
	EXPECT_EQ(0, ipu_write_file(DRIVER "unbind", address));
	EXPECT_JOBS_END(self, -ENODEV);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, prime.fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	map[0] = 0x1234;
	ASSERT_EQ(0, ipu_write_file(DRIVER "bind", address));

	/* The device that is bound next imports the memory of the old one. */
	struct ipu_session s;

	ipu_sleep_ms(100);
	ASSERT_EQ(0, ipu_session_open(&s, 1, 0));
	ASSERT_EQ(0, ipu_do(s.fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime));
	struct ipu_bo import = { .handle = prime.handle };

	ASSERT_EQ(0, ipu_bo_map(s.fd, s.ctx, DRM_IPU_MAP_WRITE, &import));
	ipu_add_copy(&s, IPU_CMD_COPY_TO_TILES, 0, 1, IPU_TILE_DATA, import.va, 0, 4);
	ipu_add_copy(&s, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA, import.va + 4, 0, 4);
	EXPECT_EQ(0, ipu_run(&s));
	EXPECT_EQ(0x1234, map[1]);

	/* It is removed with that mapped. */
	EXPECT_EQ(0, ipu_write_file(DRIVER "unbind", address));
	map[1] = 0;
	munmap(map, 4096);
	close(prime.fd);
	ipu_session_close(&s);
	EXPECT_EQ(0, ipu_write_file(DRIVER "bind", address));
}

/* The registers read as those of an unplugged card. */
TEST_F(card, no_answer)
{
	struct drm_ipu_query_usage usage;
	uint32_t ctx;

	ASSERT_EQ(0, ipu_answer(false));
	EXPECT_EQ(0, ipu_ctx_destroy(self->s.fd, self->s.ctx));
	EXPECT_JOBS_END(self, -ENODEV);
	EXPECT_EQ(-EIO, ipu_ctx_create(self->s.fd, 1, 0, &ctx));
	ASSERT_EQ(0, ipu_query_usage(self->s.fd, &usage));
	EXPECT_EQ(0, usage.contexts);
	EXPECT_EQ(0, usage.tiles);

	/* It answers again. */
	ASSERT_EQ(0, ipu_answer(true));
	ASSERT_EQ(0, ipu_write_sysfs("reset", "1"));
	EXPECT_EQ(0, ipu_ctx_create(self->s.fd, 1, 0, &ctx));
}

TEST_F(card, no_answer_then_unbind)
{
	ASSERT_EQ(0, ipu_answer(false));
	EXPECT_EQ(0, ipu_write_file(DRIVER "unbind", address));
	EXPECT_JOBS_END(self, -ENODEV);
	EXPECT_GONE(&self->s);
	ASSERT_EQ(0, ipu_answer(true));
	EXPECT_EQ(0, ipu_write_file(DRIVER "bind", address));
}

/* As the kernel's aer_inject takes it. */
struct error_injection {
	uint8_t bus;
	uint8_t device;
	uint8_t function;
	uint32_t uncorrectable;
	uint32_t correctable;
	uint32_t header[4];
	uint32_t domain;
};

#define DATA_LINK_PROTOCOL (1 << 4)
#define COMPLETION_TIMEOUT (1 << 14)

/* An error of the card, or, if it cannot report any, of the port that it is below. */
static int inject_error(uint32_t uncorrectable)
{
	struct error_injection error = { .uncorrectable = uncorrectable };
	unsigned int domain, bus, device, function;
	char path[PATH_MAX];
	int fd, ret = -ENODEV;

	fd = open("/dev/aer_inject", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "%s", ipu_sysfs());
	while (ret && sscanf(strrchr(path, '/') + 1, "%x:%x:%x.%x", &domain, &bus, &device,
			     &function) == 4) {
		error.domain = domain;
		error.bus = bus;
		error.device = device;
		error.function = function;
		ret = write(fd, &error, sizeof(error)) < 0 ? -errno : 0;
		*strrchr(path, '/') = '\0';
	}
	close(fd);
	return ret;
}

#define NO_LINK "subordinate device reset failed"

/* It is told after the card has come back, which others see at once. */
static bool is_told(const char *text)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);

	while (!ipu_log_has(text) && ipu_deadline(0) < deadline)
		ipu_sleep_ms(10);
	return ipu_log_has(text);
}

static void pci_error(struct __test_metadata *const _metadata, FIXTURE_DATA(card) * self,
		      uint32_t uncorrectable)
{
	/* The kernel waits for the link to be up again, which some ports never say of theirs. */
	const bool is_lost = uncorrectable == DATA_LINK_PROTOCOL && !ipu_link_is_reported();
	int64_t start = ipu_deadline(0);

	if (access("/dev/aer_inject", W_OK)) {
		EXPECT_EQ(0, ipu_ctx_destroy(self->s.fd, self->s.ctx));
		EXPECT_JOBS_END(self, -ECANCELED);
		SKIP(return, "this kernel has no aer_inject; that of ipu-vm --debug does");
	}
	ASSERT_EQ(0, inject_error(uncorrectable));
	EXPECT_JOBS_END(self, -EIO);
	/* The error ends them: they have no time limit, and nothing else does. */
	EXPECT_GE(start + 30000000000, ipu_deadline(0));
	if (is_lost) {
		EXPECT_TRUE(is_told(NO_LINK));
		/* Then the card has to be found anew. */
		EXPECT_EQ(0, ipu_write_sysfs("remove", "1"));
		EXPECT_GONE(&self->s);
		EXPECT_EQ(0, ipu_write_file("/sys/bus/pci/rescan", "1"));
		return;
	}
	EXPECT_LOST(&self->s, DRM_IPU_CTX_WHY_PCI);
	EXPECT_TRUE(is_told("the card works again after an error on the PCI link"));
}

TEST_F(card, pci_error)
{
	pci_error(_metadata, self, COMPLETION_TIMEOUT);
}

TEST_F(card, pci_error_of_the_link)
{
	pci_error(_metadata, self, DATA_LINK_PROTOCOL);
}

/* ---- User queues, which wait for the job that runs ---- */

/* After a reset the page of the card may be another queue's: of it the old one knows nothing. */
TEST_F(card, user_queue_reset)
{
	struct ipu_uq q, other;

	ASSERT_EQ(0, uq_open(&q, &self->s));
	uq_fence(&q, 1);
	uq_ring(&q);
	ASSERT_EQ(0, ipu_write_sysfs("reset", "1"));
	EXPECT_JOBS_END(self, -EIO);
	EXPECT_EQ(-EIO, uq_wait(&q, 1, IPU_TEST_WAIT_MS));
	EXPECT_EQ(-EIO, uq_create(&q));
	EXPECT_SILENT(&q);
	EXPECT_LOST(&self->s, DRM_IPU_CTX_WHY_RESET);
	ASSERT_EQ(0, uq_open(&other, &self->s));
	EXPECT_SILENT(&q);
	uq_fence(&other, 1);
	uq_ring(&other);
	EXPECT_EQ(0, uq_wait(&other, 1, IPU_TEST_WAIT_MS));
	EXPECT_EQ(0, uq_destroy(&other));
	uq_unmap(&other);
	uq_unmap(&q);
}

/* The card goes while a process waits. */
TEST_F(card, user_queue_unbind)
{
	struct ipu_uq q;
	int status;
	pid_t pid;

	ASSERT_EQ(0, uq_open(&q, &self->s));
	uq_fence(&q, 1);
	uq_ring(&q);
	pid = fork();
	if (!pid)
		_exit(uq_wait(&q, 1, IPU_TEST_WAIT_MS) != -ENODEV);
	ipu_sleep_ms(100);
	ASSERT_EQ(0, ipu_write_file(DRIVER "unbind", address));
	EXPECT_JOBS_END(self, -ENODEV);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_SILENT(&q);
	EXPECT_EQ(-ENODEV, uq_wait(&q, 1, 0));
	EXPECT_EQ(-ENODEV, uq_destroy(&q));
	uq_unmap(&q);
	EXPECT_EQ(0, ipu_write_file(DRIVER "bind", address));
}

/* Threads that use the card in every way, and ignore errors. */
static volatile bool churning;

static void *churn(void *arg)
{
	static const uint32_t bad[16] = { 0x77 };
	unsigned int seed = (uintptr_t)arg, i;
	uint64_t seqno;
	int status;

	while (churning) {
		struct ipu_session s;
		struct ipu_bo bo;

		if (ipu_session_open(&s, 1 + rand_r(&seed) % 3, 1000))
			continue;
		for (i = 0; i < 10; i++) {
			if (rand_r(&seed) % 4)
				ipu_add_fill(&s, IPU_TILE_DATA, 4096, i);
			else
				ipu_add(&s, bad);
			if (ipu_submit(&s, &seqno))
				break;
			if (!ipu_bo_new(s.fd, 65536, &bo)) {
				ipu_bo_map(s.fd, s.ctx, DRM_IPU_MAP_WRITE, &bo);
				if (rand_r(&seed) % 2)
					ipu_bo_unmap(s.fd, s.ctx, bo.va);
				ipu_bo_close(s.fd, &bo);
			}
			if (rand_r(&seed) % 2)
				ipu_wait(s.fd, s.ctx, seqno, 1000, &status);
		}
		ipu_session_close(&s);
	}
	return NULL;
}

TEST_F(card, churn)
{
	pthread_t thread[4];
	unsigned int i;

	/* The job that runs holds all tiles: free them. */
	EXPECT_EQ(0, ipu_ctx_destroy(self->s.fd, self->s.ctx));
	EXPECT_JOBS_END(self, -ECANCELED);

	churning = true;
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, churn, (void *)(uintptr_t)i));
	for (i = 0; i < 4; i++) {
		ipu_sleep_ms(300);
		EXPECT_EQ(0, ipu_write_sysfs("reset", "1"));
		ipu_sleep_ms(300);
		EXPECT_EQ(0, ipu_write_file(DRIVER "unbind", address));
		ipu_sleep_ms(50);
		EXPECT_EQ(0, ipu_write_file(DRIVER "bind", address));
	}
	ipu_sleep_ms(300);
	churning = false;
	for (i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
}

TEST_HARNESS_MAIN
