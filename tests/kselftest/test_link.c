// SPDX-License-Identifier: MIT
/*
 * Two linked cards: contexts whose runs are one, who can make them, and what ends them.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_test.h"

#define TILES 2 /* of each card */
#define TABLE (IPU_TILE_DATA + 0x100)

static int query_link(int fd, struct drm_ipu_query_link *link)
{
	struct drm_ipu_dev_query args = {
		.type = DRM_IPU_QUERY_LINK,
		.size = sizeof(*link),
		.data = (uintptr_t)link,
	};

	memset(link, 0, sizeof(*link));
	return ipu_do(fd, DRM_IOCTL_IPU_DEV_QUERY, &args);
}

/* @link: a file for two contexts, which are those of @s */
FIXTURE(link)
{
	struct ipu_session s[2];
	int link;
};

FIXTURE_SETUP(link)
{
	int fd = ipu_open();

	ASSERT_LE(0, fd);
	self->link = ipu_link_create(fd, 2);
	ASSERT_LE(0, self->link);
	close(fd);
	ASSERT_EQ(0, ipu_session_open_member(&self->s[0], 0, TILES, self->link, 0, 0));
	ASSERT_EQ(0, ipu_session_open_member(&self->s[1], 1, TILES, self->link, 1, 0));
}

FIXTURE_TEARDOWN(link)
{
	ipu_session_close(&self->s[0]);
	ipu_session_close(&self->s[1]);
	close(self->link);
}

/* Each tile writes its number to the first word of its data, and pulls what its table says. */
static const uint32_t pull[] = {
	RV_LUI(RV_T0, IPU_TILE_DATA >> 12), /* lui t0, data */
	RV_CSRR(RV_T1, IPU_CSR_TILE), /* csrr t1, tile */
	RV_ADDI(RV_T1, RV_T1, 100), /* addi t1, t1, 100 */
	RV_SW(RV_T1, 0, RV_T0), /* sw t1, 0(t0) */
	RV_ADDI(RV_T0, RV_T0, 0x100), /* addi t0, t0, table */
	RV_CSRW(IPU_CSR_XTAB, RV_T0), /* csrw xtab, t0 */
	RV_LI(RV_T0, 1), /* li t0, 1 */
	RV_CSRW(IPU_CSR_XCNT, RV_T0), /* csrw xcnt, t0 */
	RV_IPU_SYNC(IPU_ZONE_INTERNAL), /* ipu.sync internal */
	RV_IPU_EXIT(0), /* ipu.exit zero */
};

/* Each tile pulls from the one of the other card. */
static void add_pull(struct ipu_session *s, uint32_t rank)
{
	struct ipu_xfer *xfer = ipu_mem(s, IPU_MEM_DATA);
	uint32_t i;

	ipu_add_code(s, pull, ARRAY_LEN(pull));
	for (i = 0; i < TILES; i++) {
		xfer[i] = (struct ipu_xfer){ (1 - rank) * TILES + i, IPU_TILE_DATA,
					     IPU_TILE_DATA + 4, 4 };
		ipu_add_copy(s, IPU_CMD_COPY_TO_TILES, i, 1, TABLE,
			     ipu_mem_va(s, IPU_MEM_DATA) + i * sizeof(*xfer), 0, sizeof(*xfer));
	}
	ipu_add_linked_run(s);
	ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, 0, TILES, IPU_TILE_DATA + 4,
		     ipu_mem_va(s, IPU_MEM_DATA) + 0x100, 4, 4);
}

static int finish(struct ipu_session *s, uint64_t seqno)
{
	int status;
	int ret = ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status);

	return ret ? ret : status;
}

static int run_pull(struct ipu_session s[2])
{
	uint64_t seqno[2];
	uint32_t rank, i;
	int ret = 0;

	for (rank = 0; rank < 2 && !ret; rank++) {
		add_pull(&s[rank], rank);
		ret = ipu_submit(&s[rank], &seqno[rank]);
	}
	for (rank = 0; rank < 2 && !ret; rank++)
		ret = finish(&s[rank], seqno[rank]);
	for (i = 0; i < 2 * TILES && !ret; i++) {
		const uint32_t *got = ipu_mem(&s[i / TILES], IPU_MEM_DATA + 0x100);

		if (got[i % TILES] != 100 + (i + TILES) % (2 * TILES))
			ret = -EBADMSG;
	}
	return ret;
}

TEST_F(link, query)
{
	struct drm_ipu_query_link link[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, query_link(self->s[i].fd, &link[i]));
		EXPECT_NE(0, link[i].group);
		EXPECT_EQ(link[0].group, link[i].group);
		EXPECT_EQ(i, link[i].index);
		EXPECT_EQ(2, link[i].cards);
	}
}

TEST_F(link, run)
{
	const struct ipu_run_report *report[2];
	unsigned int i;

	for (i = 0; i < 5; i++)
		EXPECT_EQ(0, run_pull(self->s));
	for (i = 0; i < 2; i++)
		report[i] = ipu_mem(&self->s[i], IPU_MEM_REPORT);
	EXPECT_EQ(report[0]->cycles, report[1]->cycles);
	EXPECT_EQ(2, report[0]->supersteps);
	EXPECT_EQ(2, report[1]->supersteps);
}

/* A context has its place until it is destroyed, and nobody else has. */
TEST_F(link, places)
{
	int fd = self->s[0].fd, other, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct drm_ipu_ctx_create unlinked = { .tiles = 1, .link_rank = 1 };
	struct drm_ipu_link_create flags = { .count = 2, .flags = 1 },
				   pad = { .count = 2, .pad = 1 };
	uint32_t ctx;

	ASSERT_LE(0, null);
	EXPECT_EQ(-EINVAL, ipu_link_create(fd, 0));
	EXPECT_EQ(-EINVAL, ipu_link_create(fd, IPU_LINK_CARDS + 1));
	EXPECT_EQ(-EINVAL, ipu_link_create(fd, UINT32_MAX));
	EXPECT_EQ(-EINVAL, ipu_do(fd, DRM_IOCTL_IPU_LINK_CREATE, &flags));
	EXPECT_EQ(-EINVAL, ipu_do(fd, DRM_IOCTL_IPU_LINK_CREATE, &pad));
	EXPECT_EQ(-EBUSY, ipu_link_ctx_create(fd, TILES, self->link, 1, 0, &ctx));
	EXPECT_EQ(-EINVAL, ipu_link_ctx_create(fd, TILES, self->link, 2, 0, &ctx));
	EXPECT_EQ(-EINVAL, ipu_link_ctx_create(fd, TILES, self->link, UINT32_MAX, 0, &ctx));
	EXPECT_EQ(-EBADF, ipu_link_ctx_create(fd, TILES, -1, 0, 0, &ctx));
	EXPECT_EQ(-EINVAL, ipu_link_ctx_create(fd, TILES, null, 0, 0, &ctx));
	EXPECT_EQ(-EINVAL, ipu_link_ctx_create(fd, TILES, fd, 0, 0, &ctx));
	EXPECT_EQ(-EINVAL, ipu_do(fd, DRM_IOCTL_IPU_CTX_CREATE, &unlinked));
	unlinked = (struct drm_ipu_ctx_create){ .tiles = 1, .link_fd = self->link };
	EXPECT_EQ(-EINVAL, ipu_do(fd, DRM_IOCTL_IPU_CTX_CREATE, &unlinked));
	close(null);

	/* The file is not needed any more, but for new contexts. */
	other = dup(self->link);
	close(self->link);
	self->link = other;
	EXPECT_EQ(0, run_pull(self->s));
	ipu_session_close(&self->s[1]);
	ASSERT_EQ(0, ipu_session_open_member(&self->s[1], 1, TILES, self->link, 1, 0));
	EXPECT_EQ(0, run_pull(self->s));
}

/* Contexts that are linked by another file do not meet these, whatever their programs do. */
TEST_F(link, strangers)
{
	struct drm_ipu_get_fault fault = {};
	struct ipu_session s;
	uint64_t seqno, other;
	int link;

	link = ipu_link_create(self->s[1].fd, 2);
	ASSERT_LE(0, link);
	ASSERT_EQ(0, ipu_session_open_member(&s, 1, TILES, link, 1, 300));
	add_pull(&self->s[0], 0);
	ASSERT_EQ(0, ipu_submit(&self->s[0], &seqno));
	add_pull(&s, 1);
	ASSERT_EQ(0, ipu_submit(&s, &other));
	EXPECT_EQ(-ETIMEDOUT, finish(&s, other));
	fault.ctx = s.ctx;
	ASSERT_EQ(0, ipu_do(s.fd, DRM_IOCTL_IPU_GET_FAULT, &fault));
	EXPECT_EQ(IPU_FAULT_WATCHDOG, fault.cause);

	/* The one that it waits for comes. */
	add_pull(&self->s[1], 1);
	ASSERT_EQ(0, ipu_submit(&self->s[1], &other));
	EXPECT_EQ(0, finish(&self->s[0], seqno));
	EXPECT_EQ(0, finish(&self->s[1], other));

	/* Nor does one that is not linked at all. */
	ipu_session_close(&s);
	ASSERT_EQ(0, ipu_session_open_card(&s, 1, 1, 0));
	ipu_add_linked_run(&s);
	EXPECT_EQ(-EIO, ipu_run(&s));
	ipu_session_close(&s);
	close(link);
}

static void check_fault(struct __test_metadata *_metadata, struct ipu_session *s,
			enum ipu_link_reason reason, uint32_t where)
{
	struct drm_ipu_get_fault fault = { .ctx = s->ctx };

	ASSERT_EQ(0, ipu_do(s->fd, DRM_IOCTL_IPU_GET_FAULT, &fault));
	EXPECT_EQ(IPU_FAULT_LINK, fault.cause);
	EXPECT_EQ((uint32_t)reason, fault.info);
	EXPECT_EQ(where, fault.addr);
}

/* A fault of one ends the other's job, too; both go on. */
TEST_F(link, fault)
{
	static const uint32_t illegal[] = { RV_ILLEGAL };
	uint64_t seqno[2];

	add_pull(&self->s[0], 0);
	ASSERT_EQ(0, ipu_submit(&self->s[0], &seqno[0]));
	ipu_add_code(&self->s[1], illegal, ARRAY_LEN(illegal));
	ipu_add_linked_run(&self->s[1]);
	ASSERT_EQ(0, ipu_submit(&self->s[1], &seqno[1]));
	EXPECT_EQ(-EIO, finish(&self->s[0], seqno[0]));
	EXPECT_EQ(-EIO, finish(&self->s[1], seqno[1]));
	check_fault(_metadata, &self->s[0], IPU_LINK_PEER, 1);
	EXPECT_EQ(0, run_pull(self->s));
}

/* A run of both, which synchronizes for ever; it has begun. */
static int start_loops(struct ipu_session s[2], uint64_t seqno[2])
{
	static const uint32_t loop[] = {
		RV_IPU_SYNC(IPU_ZONE_INTERNAL), /* 1: ipu.sync internal */
		0xffdff06f, /* j 1b */
	};
	unsigned int i;
	int ret = 0;

	for (i = 0; i < 2 && !ret; i++) {
		*(volatile uint64_t *)ipu_mem(&s[i], IPU_MEM_DATA) = 0;
		ipu_add_code(&s[i], loop, ARRAY_LEN(loop));
		ipu_add_write(&s[i], 0, 1);
		ipu_add_linked_run(&s[i]);
		ret = ipu_submit(&s[i], &seqno[i]);
	}
	for (i = 0; i < 2 && !ret; i++)
		while (!*(volatile uint64_t *)ipu_mem(&s[i], IPU_MEM_DATA))
			ipu_sleep_ms(1);
	ipu_sleep_ms(100);
	return ret;
}

/* A context is destroyed in the middle of a run: that of the other card ends. */
TEST_F(link, destroy)
{
	uint64_t seqno[2];

	ASSERT_EQ(0, start_loops(self->s, seqno));
	ASSERT_EQ(0, ipu_ctx_destroy(self->s[1].fd, self->s[1].ctx));
	EXPECT_EQ(-EIO, finish(&self->s[0], seqno[0]));
	check_fault(_metadata, &self->s[0], IPU_LINK_PEER, 1);
	ipu_session_close(&self->s[1]);
	ASSERT_EQ(0, ipu_session_open_member(&self->s[1], 1, TILES, self->link, 1, 0));
	EXPECT_EQ(0, run_pull(self->s));
}

#define NO_REQUESTS "QEMU takes no requests: run this by tests/vm/test-inject"

/* The link goes down in the middle of a run, and stays so for another one. */
TEST_F(link, down)
{
	struct drm_ipu_ctx_query state;
	uint64_t seqno[2];
	unsigned int i;

	if (!getenv("IPU_INJECT"))
		SKIP(return, NO_REQUESTS);
	ASSERT_EQ(0, start_loops(self->s, seqno));
	ASSERT_EQ(0, ipu_ask("ipu1 inject-link-down 1"));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(-EIO, finish(&self->s[i], seqno[i]));
		check_fault(_metadata, &self->s[i], IPU_LINK_DOWN, 0);
	}
	EXPECT_EQ(-EIO, run_pull(self->s));
	for (i = 0; i < 2; i++) {
		check_fault(_metadata, &self->s[i], IPU_LINK_DOWN, 0);
		ASSERT_EQ(0, ipu_ctx_query(self->s[i].fd, self->s[i].ctx, &state));
		EXPECT_EQ(DRM_IPU_CTX_USABLE, state.state);
		/* Alone it goes on. */
		ipu_add_fill(&self->s[i], IPU_TILE_DATA, 4, 1);
		EXPECT_EQ(0, ipu_run(&self->s[i]));
	}
	ASSERT_EQ(0, ipu_ask("ipu1 inject-link-down 0"));
	EXPECT_EQ(0, run_pull(self->s));
}

/* A card is unplugged in the middle of a run; one that is plugged in there is linked as it was. */
TEST_F(link, unplug)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	uint64_t seqno[2];
	int fd;

	if (!getenv("IPU_INJECT"))
		SKIP(return, NO_REQUESTS);
	ipu_slot_mute_lockdep();
	ASSERT_EQ(0, start_loops(self->s, seqno));
	ASSERT_EQ(0, ipu_ask("ipu1 unplug"));
	EXPECT_EQ(-EIO, finish(&self->s[0], seqno[0]));
	check_fault(_metadata, &self->s[0], IPU_LINK_PEER, 1);
	EXPECT_EQ(-ENODEV, finish(&self->s[1], seqno[1]));
	ipu_session_close(&self->s[1]);

	ASSERT_EQ(0, ipu_ask("ipu1 plug"));
	while ((fd = ipu_open_card(1)) == -ENODEV && ipu_deadline(0) < deadline)
		ipu_sleep_ms(20);
	ASSERT_LE(0, fd);
	close(fd);
	ASSERT_EQ(0, ipu_session_open_member(&self->s[1], 1, TILES, self->link, 1, 0));
	EXPECT_EQ(0, run_pull(self->s));
}

/*
 * The PCI core resets the card, which is away meanwhile. Return: whether it was seen so; and how
 * creating a context ended then.
 */
static bool create_away(struct __test_metadata *_metadata, int fd, const char *folder, int link,
			int *ret)
{
	char reset[PATH_MAX], state[PATH_MAX], text[16] = "";
	bool seen = false;
	uint32_t ctx;
	int status;
	pid_t child;

	snprintf(reset, sizeof(reset), "%s/reset", folder);
	snprintf(state, sizeof(state), "%s/ipu/state", folder);
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(!!ipu_write_file(reset, "1"));
	while (!seen && !waitpid(child, &status, WNOHANG)) {
		ASSERT_EQ(0, ipu_read_file(state, text, sizeof(text)));
		seen = !strcmp(text, "away\n");
	}
	if (!seen)
		return false;
	*ret = ipu_link_ctx_create(fd, TILES, link, 0, 0, &ctx);
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	if (!*ret)
		*ret = ipu_ctx_destroy(fd, ctx);
	return true;
}

/* A context that is created while the card is away waits for it. */
TEST_F(link, away)
{
	const int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	int fd = self->s[1].fd, ret = -EBUSY;
	char folder[PATH_MAX - 16];
	uint32_t awake;
	bool seen;
	int link;

	ASSERT_EQ(0, ipu_sysfs_of(fd, folder, sizeof(folder)));
	link = ipu_link_create(fd, 1);
	ASSERT_LE(0, link);
	/* It is over before this process looks, on a machine that is very busy. */
	do {
		ASSERT_EQ(0, ipu_ctx_create(fd, 1, 0, &awake));
		seen = create_away(_metadata, fd, folder, link, &ret);
		ASSERT_EQ(0, ipu_ctx_destroy(fd, awake));
	} while (!seen && ipu_deadline(0) < deadline);
	EXPECT_TRUE(seen);
	EXPECT_EQ(0, ret);
	close(link);
}

TEST_HARNESS_MAIN
