// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which of a card's contexts and tiles a new context gets, and who may have how many.
 */

#include <kunit/test.h>

#include <linux/bitmap.h>

#include "../ipu_ctx.h"
#include "../ipu_drv.h"
#include "../ipu_limits.h"

struct ipu_place_test {
	struct ipu_device ipu;
	/* Contexts in the order in which they were placed. */
	struct ipu_ctx ctxs[IPU_MAX_CONTEXTS];
	unsigned int count;
};

static int ipu_place_test_init(struct kunit *test)
{
	struct ipu_place_test *priv = kunit_kzalloc(test, sizeof(*priv), GFP_KERNEL);

	if (!priv)
		return -ENOMEM;
	mutex_init(&priv->ipu.slots_lock);
	priv->ipu.info.tiles = 16;
	priv->ipu.info.contexts = 4;
	test->priv = priv;

	return 0;
}

/* Place a context of @uid, or of one who has no limit if that is 0. Returns its first tile. */
static int ipu_place_test_add(struct kunit *test, unsigned int tiles, uid_t uid)
{
	struct ipu_place_test *priv = test->priv;
	struct ipu_ctx *ctx = &priv->ctxs[priv->count];
	int ret;

	ctx->ipu = &priv->ipu;
	ctx->tile_count = tiles;
	ctx->owner.uid = KUIDT_INIT(uid);
	ctx->owner.exempt = !uid;
	mutex_lock(&priv->ipu.slots_lock);
	ret = ipu_ctx_place(ctx);
	if (!ret)
		priv->ipu.slots[ctx->slot] = ctx;
	mutex_unlock(&priv->ipu.slots_lock);
	if (ret)
		return ret;
	priv->count++;

	return ctx->tile_first;
}

/* The context with this first tile ends. */
static void ipu_place_test_remove(struct kunit *test, unsigned int first)
{
	struct ipu_place_test *priv = test->priv;
	unsigned int slot;

	for (slot = 0; slot < priv->ipu.info.contexts; slot++) {
		struct ipu_ctx *ctx = priv->ipu.slots[slot];

		if (!ctx || ctx->tile_first != first)
			continue;
		bitmap_clear(priv->ipu.tiles, ctx->tile_first, ctx->tile_count);
		priv->ipu.slots[slot] = NULL;
	}
}

static void ipu_place_test_in_order(struct kunit *test)
{
	struct ipu_place_test *priv = test->priv;

	KUNIT_EXPECT_EQ(test, 0, ipu_place_test_add(test, 3, 0));
	KUNIT_EXPECT_EQ(test, 3, ipu_place_test_add(test, 1, 0));
	KUNIT_EXPECT_EQ(test, 4, ipu_place_test_add(test, 12, 0));
	KUNIT_EXPECT_EQ(test, 16, bitmap_weight(priv->ipu.tiles, IPU_MAX_TILES));
	KUNIT_EXPECT_EQ(test, -EBUSY, ipu_place_test_add(test, 1, 0));
	KUNIT_EXPECT_EQ(test, 2, priv->ctxs[2].slot);
}

/* The first gap that is large enough: not an earlier one, nor a later one that fits better. */
static void ipu_place_test_gap(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, ipu_place_test_add(test, 2, 0));
	KUNIT_EXPECT_EQ(test, 2, ipu_place_test_add(test, 2, 0));
	KUNIT_EXPECT_EQ(test, 4, ipu_place_test_add(test, 8, 0));
	KUNIT_EXPECT_EQ(test, 12, ipu_place_test_add(test, 1, 0));
	ipu_place_test_remove(test, 0);
	ipu_place_test_remove(test, 4);
	KUNIT_EXPECT_EQ(test, 4, ipu_place_test_add(test, 3, 0));
	KUNIT_EXPECT_EQ(test, 0, ipu_place_test_add(test, 1, 0));
}

/* 13 tiles are free, but at most 8 in a row. */
static void ipu_place_test_fragments(struct kunit *test)
{
	struct ipu_place_test *priv = test->priv;

	KUNIT_EXPECT_EQ(test, 0, ipu_place_test_add(test, 5, 0));
	KUNIT_EXPECT_EQ(test, 5, ipu_place_test_add(test, 3, 0));
	ipu_place_test_remove(test, 0);
	KUNIT_EXPECT_EQ(test, -EBUSY, ipu_place_test_add(test, 9, 0));
	KUNIT_EXPECT_EQ(test, 3, bitmap_weight(priv->ipu.tiles, IPU_MAX_TILES));
	KUNIT_EXPECT_EQ(test, 8, ipu_place_test_add(test, 8, 0));
}

static void ipu_place_test_slots(struct kunit *test)
{
	struct ipu_place_test *priv = test->priv;
	unsigned int i;

	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, i, ipu_place_test_add(test, 1, 0));
	KUNIT_EXPECT_EQ(test, -EBUSY, ipu_place_test_add(test, 1, 0));
	ipu_place_test_remove(test, 1);
	KUNIT_EXPECT_EQ(test, 1, ipu_place_test_add(test, 1, 0));
	KUNIT_EXPECT_EQ(test, 1, priv->ctxs[4].slot);
}

/* The largest card. */
static void ipu_place_test_all_tiles(struct kunit *test)
{
	struct ipu_place_test *priv = test->priv;

	priv->ipu.info.tiles = IPU_MAX_TILES;
	KUNIT_EXPECT_EQ(test, 0, ipu_place_test_add(test, IPU_MAX_TILES, 0));
	KUNIT_EXPECT_EQ(test, -EBUSY, ipu_place_test_add(test, 1, 0));
	ipu_place_test_remove(test, 0);
	KUNIT_EXPECT_EQ(test, 0, ipu_place_test_add(test, 1, 0));
	KUNIT_EXPECT_EQ(test, -EBUSY, ipu_place_test_add(test, IPU_MAX_TILES, 0));
	KUNIT_EXPECT_EQ(test, 1, ipu_place_test_add(test, IPU_MAX_TILES - 1, 0));
}

/* A user has half of it, each; who has no limit takes what others may not. */
static void ipu_place_test_share(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, -EDQUOT, ipu_place_test_add(test, 9, 1000));
	KUNIT_EXPECT_EQ(test, 0, ipu_place_test_add(test, 7, 1000));
	KUNIT_EXPECT_EQ(test, -EDQUOT, ipu_place_test_add(test, 2, 1000));
	KUNIT_EXPECT_EQ(test, 7, ipu_place_test_add(test, 1, 1000));
	KUNIT_EXPECT_EQ(test, -EDQUOT, ipu_place_test_add(test, 1, 1000));
	KUNIT_EXPECT_EQ(test, 8, ipu_place_test_add(test, 1, 1001));
	KUNIT_EXPECT_EQ(test, 9, ipu_place_test_add(test, 7, 0));
}

static void ipu_place_test_share_of_contexts(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, ipu_place_test_add(test, 1, 1000));
	KUNIT_EXPECT_EQ(test, 1, ipu_place_test_add(test, 1, 1000));
	KUNIT_EXPECT_EQ(test, -EDQUOT, ipu_place_test_add(test, 1, 1000));
	ipu_place_test_remove(test, 0);
	KUNIT_EXPECT_EQ(test, 0, ipu_place_test_add(test, 1, 1000));
}

/* At least one, at most all, and no overflow on the way. */
static void ipu_place_test_percent(struct kunit *test)
{
	static const struct {
		unsigned int percent, total, expected;
	} cases[] = {
		{ 50, 1, 1 }, { 50, 2, 1 }, { 50, 3, 1 }, { 50, 1472, 736 }, { 0, 64, 1 },
		{ 1, 64, 1 }, { 2, 64, 1 }, { 99, 64, 63 }, { 100, 64, 64 }, { 101, 64, 64 },
		{ UINT_MAX, 1472, 1472 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, cases[i].expected,
				    ipu_percent_of(cases[i].percent, cases[i].total),
				    "%u%% of %u", cases[i].percent, cases[i].total);
}

static struct kunit_case ipu_place_test_cases[] = {
	KUNIT_CASE(ipu_place_test_in_order),
	KUNIT_CASE(ipu_place_test_gap),
	KUNIT_CASE(ipu_place_test_fragments),
	KUNIT_CASE(ipu_place_test_slots),
	KUNIT_CASE(ipu_place_test_all_tiles),
	KUNIT_CASE(ipu_place_test_share),
	KUNIT_CASE(ipu_place_test_share_of_contexts),
	KUNIT_CASE(ipu_place_test_percent),
	{}
};

static struct kunit_suite ipu_place_test_suite = {
	.name = "ipu_place",
	.init = ipu_place_test_init,
	.test_cases = ipu_place_test_cases,
};

kunit_test_suite(ipu_place_test_suite);
