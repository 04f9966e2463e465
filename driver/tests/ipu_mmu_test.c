// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page tables, without a card to read them: what they say of each page is compared
 * with what was mapped.
 */

#include <kunit/device.h>
#include <kunit/test.h>

#include <linux/dma-mapping.h>
#include <linux/prandom.h>
#include <linux/sizes.h>

#include "../ipu_mmu.h"

/* Any address of the bus, at which a large page can begin. */
#define BUS	0x123400000000ull

struct ipu_mmu_test {
	struct ipu_mmu mmu;
	struct ipu_mmu_tables tables;
};

static void ipu_mmu_test_start(struct kunit *test, bool large)
{
	struct ipu_mmu_test *priv = kunit_kzalloc(test, sizeof(*priv), GFP_KERNEL);
	struct device *dev = kunit_device_register(test, "ipu");

	KUNIT_ASSERT_NOT_NULL(test, priv);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_ASSERT_EQ(test, 0, dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64)));
	ipu_mmu_tables_init(&priv->tables);
	KUNIT_ASSERT_EQ(test, 0, ipu_mmu_init(&priv->mmu, dev, large));
	test->priv = priv;
}

static int ipu_mmu_test_init(struct kunit *test)
{
	ipu_mmu_test_start(test, true);

	return 0;
}

static int ipu_mmu_test_init_small(struct kunit *test)
{
	ipu_mmu_test_start(test, false);

	return 0;
}

/* Whatever was mapped, nothing is left but the root, and then not that. */
static void ipu_mmu_test_exit(struct kunit *test)
{
	struct ipu_mmu_test *priv = test->priv;
	unsigned int tables[2] = {};

	if (!priv)
		return;
	ipu_mmu_unmap(&priv->mmu, 0, BIT_ULL(IPU_VA_BITS), &priv->tables);
	ipu_mmu_release(&priv->mmu, &priv->tables);
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&priv->mmu.tables));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&priv->mmu.spare));
	KUNIT_EXPECT_TRUE(test, ipu_mmu_has_reserved(&priv->tables, tables));
	ipu_mmu_fini(&priv->mmu);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&priv->mmu.tables));
}

/* Map a range with the tables that were counted for it, all of which must be needed if @exact. */
static void ipu_mmu_test_map(struct kunit *test, u64 va, dma_addr_t addr, u64 size, u64 flags,
			     bool exact)
{
	struct ipu_mmu_test *priv = test->priv;
	struct ipu_mmu_count count = {};

	ipu_mmu_count(&priv->mmu, &count, va, addr, size);
	KUNIT_ASSERT_EQ(test, 0, ipu_mmu_reserve(&priv->mmu, count.tables, &priv->tables));
	KUNIT_EXPECT_TRUE(test, ipu_mmu_has_reserved(&priv->tables, count.tables));
	ipu_mmu_map(&priv->mmu, va, addr, size, flags, &priv->tables);
	if (exact) {
		KUNIT_EXPECT_TRUE(test, list_empty(&priv->tables.list[0]));
		KUNIT_EXPECT_TRUE(test, list_empty(&priv->tables.list[1]));
	}
	ipu_mmu_release(&priv->mmu, &priv->tables);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&priv->mmu.spare));
}

/* Unmap a range that can begin and end within large pages. */
static void ipu_mmu_test_unmap(struct kunit *test, u64 va, u64 size)
{
	static const unsigned int ends[2] = { 2, 0 };
	struct ipu_mmu_test *priv = test->priv;

	KUNIT_ASSERT_EQ(test, 0, ipu_mmu_reserve(&priv->mmu, ends, &priv->tables));
	ipu_mmu_unmap(&priv->mmu, va, size, &priv->tables);
	ipu_mmu_release(&priv->mmu, &priv->tables);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&priv->mmu.spare));
}

/* What an access to an address finds: the bus address of its page, and flags; 0 for none. */
static u64 ipu_mmu_test_look(struct kunit *test, u64 va)
{
	struct ipu_mmu_test *priv = test->priv;
	__le64 entries[IPU_PT_LEVELS];
	unsigned int levels = ipu_mmu_walk(&priv->mmu, va, entries);
	u64 entry = levels ? le64_to_cpu(entries[levels - 1]) : 0;

	if (!(entry & IPU_PTE_L))
		return entry;
	KUNIT_EXPECT_EQ(test, IPU_PT_LEVELS - 1, levels);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(entry & IPU_PTE_ADDR, IPU_LARGE_PAGE_SIZE));

	return (entry & ~IPU_PTE_L) + (va & (IPU_LARGE_PAGE_SIZE - 1) & ~(IPU_PAGE_SIZE - 1));
}

/* Levels that an access goes through. */
static unsigned int ipu_mmu_test_levels(struct kunit *test, u64 va)
{
	struct ipu_mmu_test *priv = test->priv;
	__le64 entries[IPU_PT_LEVELS];

	return ipu_mmu_walk(&priv->mmu, va, entries);
}

static void ipu_mmu_test_expect_range(struct kunit *test, u64 va, dma_addr_t addr, u64 size,
				      u64 flags)
{
	u64 offset;

	for (offset = 0; offset < size; offset += IPU_PAGE_SIZE)
		KUNIT_EXPECT_EQ_MSG(test, (addr + offset) | flags | IPU_PTE_V,
				    ipu_mmu_test_look(test, va + offset), "at 0x%llx", va + offset);
}

static int ipu_mmu_test_tables(struct kunit *test)
{
	struct ipu_mmu_test *priv = test->priv;

	return atomic_read(&priv->mmu.tables);
}

static void ipu_mmu_test_one_page(struct kunit *test)
{
	ipu_mmu_test_map(test, 0x5000, BUS + 0x7000, IPU_PAGE_SIZE, IPU_PTE_W, true);
	KUNIT_EXPECT_EQ(test, (BUS + 0x7000) | IPU_PTE_W | IPU_PTE_V,
			ipu_mmu_test_look(test, 0x5fff));
	KUNIT_EXPECT_EQ(test, 0, ipu_mmu_test_look(test, 0x4fff));
	KUNIT_EXPECT_EQ(test, 0, ipu_mmu_test_look(test, 0x6000));
	KUNIT_EXPECT_EQ(test, 3, ipu_mmu_test_tables(test));
	ipu_mmu_test_unmap(test, 0x5000, IPU_PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, 0, ipu_mmu_test_look(test, 0x5000));
	KUNIT_EXPECT_EQ(test, 1, ipu_mmu_test_tables(test));
}

static void ipu_mmu_test_last_page(struct kunit *test)
{
	u64 va = BIT_ULL(IPU_VA_BITS) - IPU_PAGE_SIZE;

	ipu_mmu_test_map(test, va, BUS, IPU_PAGE_SIZE, IPU_PTE_P, true);
	ipu_mmu_test_expect_range(test, va, BUS, IPU_PAGE_SIZE, IPU_PTE_P);
	/* Not the first page: the address does not wrap. */
	KUNIT_EXPECT_EQ(test, 0, ipu_mmu_test_look(test, 0));
	KUNIT_EXPECT_EQ(test, 0, ipu_mmu_test_levels(test, BIT_ULL(IPU_VA_BITS)));
	KUNIT_EXPECT_EQ(test, 0, ipu_mmu_test_levels(test, U64_MAX));
}

static void ipu_mmu_test_large_page(struct kunit *test)
{
	ipu_mmu_test_map(test, SZ_4M, BUS, SZ_2M, IPU_PTE_W, true);
	ipu_mmu_test_expect_range(test, SZ_4M, BUS, SZ_2M, IPU_PTE_W);
	KUNIT_EXPECT_EQ(test, 2, ipu_mmu_test_levels(test, SZ_4M));
	KUNIT_EXPECT_EQ(test, 0, ipu_mmu_test_look(test, SZ_4M - 1));
	KUNIT_EXPECT_EQ(test, 0, ipu_mmu_test_look(test, SZ_4M + SZ_2M));
	KUNIT_EXPECT_EQ(test, 2, ipu_mmu_test_tables(test));
}

/* Both addresses have to be aligned, and all of the page be there. */
static void ipu_mmu_test_not_large(struct kunit *test)
{
	ipu_mmu_test_map(test, SZ_2M, BUS + SZ_4K, SZ_2M, 0, true);
	ipu_mmu_test_map(test, SZ_1G, BUS, SZ_2M - SZ_4K, 0, true);
	ipu_mmu_test_map(test, SZ_1G + SZ_4M - SZ_4K, BUS, SZ_2M, 0, false);
	ipu_mmu_test_expect_range(test, SZ_2M, BUS + SZ_4K, SZ_2M, 0);
	ipu_mmu_test_expect_range(test, SZ_1G, BUS, SZ_2M - SZ_4K, 0);
	ipu_mmu_test_expect_range(test, SZ_1G + SZ_4M - SZ_4K, BUS, SZ_2M, 0);
	KUNIT_EXPECT_EQ(test, 3, ipu_mmu_test_levels(test, SZ_2M));
	KUNIT_EXPECT_EQ(test, 3, ipu_mmu_test_levels(test, SZ_1G));
	KUNIT_EXPECT_EQ(test, 3, ipu_mmu_test_levels(test, SZ_1G + SZ_4M));
}

/* A page before, two large pages, a page after them. */
static void ipu_mmu_test_mixed(struct kunit *test)
{
	struct ipu_mmu_test *priv = test->priv;
	u64 va = SZ_2M - SZ_4K, size = SZ_4M + SZ_8K;
	struct ipu_mmu_count count = {};

	ipu_mmu_count(&priv->mmu, &count, va, BUS + va, size);
	KUNIT_EXPECT_EQ(test, 2, count.tables[0]);
	KUNIT_EXPECT_EQ(test, 1, count.tables[1]);
	KUNIT_EXPECT_EQ(test, 2, count.missing[0]);
	KUNIT_EXPECT_EQ(test, 1, count.missing[1]);
	ipu_mmu_test_map(test, va, BUS + va, size, IPU_PTE_W, true);
	ipu_mmu_test_expect_range(test, va, BUS + va, size, IPU_PTE_W);
	KUNIT_EXPECT_EQ(test, 3, ipu_mmu_test_levels(test, va));
	KUNIT_EXPECT_EQ(test, 2, ipu_mmu_test_levels(test, SZ_2M));
	KUNIT_EXPECT_EQ(test, 2, ipu_mmu_test_levels(test, SZ_4M));
	KUNIT_EXPECT_EQ(test, 3, ipu_mmu_test_levels(test, SZ_2M + SZ_4M));
	KUNIT_EXPECT_EQ(test, 0, ipu_mmu_test_look(test, va + size));
}

/* Two tables of each level, for two pages. */
static void ipu_mmu_test_boundary(struct kunit *test)
{
	ipu_mmu_test_map(test, SZ_1G - SZ_4K, BUS, SZ_8K, 0, true);
	ipu_mmu_test_expect_range(test, SZ_1G - SZ_4K, BUS, SZ_8K, 0);
	KUNIT_EXPECT_EQ(test, 5, ipu_mmu_test_tables(test));
}

/* Parts of a range that share a table: it is counted once, and not missing when it is there. */
static void ipu_mmu_test_count(struct kunit *test)
{
	struct ipu_mmu_test *priv = test->priv;
	struct ipu_mmu_count count = {};

	ipu_mmu_count(&priv->mmu, &count, SZ_2M, BUS, SZ_8K);
	ipu_mmu_count(&priv->mmu, &count, SZ_2M + SZ_8K, BUS + SZ_1G, SZ_8K);
	KUNIT_EXPECT_EQ(test, 1, count.tables[0]);
	KUNIT_EXPECT_EQ(test, 1, count.tables[1]);

	ipu_mmu_test_map(test, SZ_2M, BUS, SZ_4K, 0, true);
	count = (struct ipu_mmu_count){};
	ipu_mmu_count(&priv->mmu, &count, SZ_2M + SZ_4K, BUS, SZ_2M);
	KUNIT_EXPECT_EQ(test, 2, count.tables[0]);
	KUNIT_EXPECT_EQ(test, 1, count.tables[1]);
	KUNIT_EXPECT_EQ(test, 1, count.missing[0]);
	KUNIT_EXPECT_EQ(test, 0, count.missing[1]);
}

static void ipu_mmu_test_split(struct kunit *test)
{
	u64 hole = SZ_2M + SZ_64K;

	ipu_mmu_test_map(test, SZ_2M, BUS, SZ_4M, IPU_PTE_W, true);
	ipu_mmu_test_unmap(test, hole, SZ_4K);
	ipu_mmu_test_expect_range(test, SZ_2M, BUS, SZ_64K, IPU_PTE_W);
	KUNIT_EXPECT_EQ(test, 0, ipu_mmu_test_look(test, hole));
	ipu_mmu_test_expect_range(test, hole + SZ_4K, BUS + SZ_64K + SZ_4K,
				  SZ_2M - SZ_64K - SZ_4K, IPU_PTE_W);
	/* The next one is whole. */
	KUNIT_EXPECT_EQ(test, 2, ipu_mmu_test_levels(test, SZ_4M));
	ipu_mmu_test_expect_range(test, SZ_4M, BUS + SZ_2M, SZ_2M, IPU_PTE_W);
	/* A large page fits where a table was. */
	ipu_mmu_test_unmap(test, SZ_2M, SZ_2M);
	KUNIT_EXPECT_EQ(test, 2, ipu_mmu_test_tables(test));
	ipu_mmu_test_map(test, SZ_2M, BUS, SZ_2M, 0, false);
	KUNIT_EXPECT_EQ(test, 2, ipu_mmu_test_levels(test, SZ_2M));
}

/* Ranges with gaps, and with nothing in them. */
static void ipu_mmu_test_unmap_gaps(struct kunit *test)
{
	ipu_mmu_test_unmap(test, 0, BIT_ULL(IPU_VA_BITS));
	KUNIT_EXPECT_EQ(test, 1, ipu_mmu_test_tables(test));

	ipu_mmu_test_map(test, SZ_4K, BUS, SZ_4K, 0, true);
	ipu_mmu_test_map(test, SZ_4M, BUS, SZ_4K, 0, false);
	ipu_mmu_test_map(test, 5ull * SZ_1G, BUS, SZ_2M, 0, true);
	ipu_mmu_test_unmap(test, SZ_8K, 6ull * SZ_1G);
	ipu_mmu_test_expect_range(test, SZ_4K, BUS, SZ_4K, 0);
	KUNIT_EXPECT_EQ(test, 0, ipu_mmu_test_look(test, SZ_4M));
	KUNIT_EXPECT_EQ(test, 0, ipu_mmu_test_look(test, 5ull * SZ_1G));
	KUNIT_EXPECT_EQ(test, 3, ipu_mmu_test_tables(test));
}

static void ipu_mmu_test_limits(struct kunit *test)
{
	static const unsigned int one[2] = { 1, 0 };
	struct ipu_mmu_test *priv = test->priv;
	unsigned int most = ipu_mmu_max_tables();

	/* There is the root. */
	KUNIT_EXPECT_TRUE(test, ipu_mmu_may_have(&priv->mmu, most - 1));
	KUNIT_EXPECT_FALSE(test, ipu_mmu_may_have(&priv->mmu, most));
	KUNIT_EXPECT_FALSE(test, ipu_mmu_may_have(&priv->mmu, UINT_MAX));

	atomic_add(most - 1, &priv->mmu.spare);
	KUNIT_EXPECT_EQ(test, 0, ipu_mmu_reserve(&priv->mmu, one, &priv->tables));
	KUNIT_EXPECT_EQ(test, -EDQUOT, ipu_mmu_reserve(&priv->mmu, one, &priv->tables));
	KUNIT_EXPECT_EQ(test, most, atomic_read(&priv->mmu.spare));
	atomic_sub(most - 1, &priv->mmu.spare);
}

static void ipu_mmu_test_runs(struct kunit *test)
{
	struct ipu_mmu_test *priv = test->priv;
	struct ipu_mmu_run run;

	KUNIT_EXPECT_FALSE(test, ipu_mmu_next_run(&priv->mmu, 0, &run));

	/* In a row, though in several tables; then other flags, then another address. */
	ipu_mmu_test_map(test, SZ_2M - SZ_4K, BUS - SZ_4K, SZ_2M + SZ_8K, IPU_PTE_W, true);
	ipu_mmu_test_map(test, SZ_4M + SZ_4K, BUS + SZ_2M + SZ_4K, SZ_4K, 0, false);
	ipu_mmu_test_map(test, SZ_4M + SZ_8K, BUS, SZ_4K, 0, false);

	KUNIT_ASSERT_TRUE(test, ipu_mmu_next_run(&priv->mmu, 0, &run));
	KUNIT_EXPECT_EQ(test, SZ_2M - SZ_4K, run.va);
	KUNIT_EXPECT_EQ(test, SZ_2M + SZ_8K, run.size);
	KUNIT_EXPECT_EQ(test, BUS - SZ_4K, run.addr);
	KUNIT_EXPECT_EQ(test, IPU_PTE_W, run.flags);
	KUNIT_ASSERT_TRUE(test, ipu_mmu_next_run(&priv->mmu, run.va + run.size, &run));
	KUNIT_EXPECT_EQ(test, SZ_4M + SZ_4K, run.va);
	KUNIT_EXPECT_EQ(test, SZ_4K, run.size);
	KUNIT_EXPECT_EQ(test, BUS + SZ_2M + SZ_4K, run.addr);
	KUNIT_EXPECT_EQ(test, 0, run.flags);
	KUNIT_ASSERT_TRUE(test, ipu_mmu_next_run(&priv->mmu, run.va + run.size, &run));
	KUNIT_EXPECT_EQ(test, BUS, run.addr);
	KUNIT_EXPECT_FALSE(test, ipu_mmu_next_run(&priv->mmu, run.va + run.size, &run));
}

/* Ranges at random around a boundary of tables of each level, against a list of pages. */
#define RANDOM_PAGES	2048u
#define RANDOM_BASE	(SZ_1G - RANDOM_PAGES / 2 * SZ_4K)
#define RANDOM_STEPS	300

static bool ipu_mmu_test_is_free(const u64 *pages, unsigned int first, unsigned int count)
{
	while (count && !pages[first]) {
		first++;
		count--;
	}

	return !count;
}

static void ipu_mmu_test_random_step(struct kunit *test, struct rnd_state *rnd, u64 *pages)
{
	unsigned int first = prandom_u32_state(rnd) % RANDOM_PAGES;
	unsigned int most = prandom_u32_state(rnd) % 2 ? 8 : 1200;
	unsigned int count = 1 + prandom_u32_state(rnd) % most;
	u64 addr = BUS + (u64)(prandom_u32_state(rnd) % 512) * SZ_2M;
	u64 flags = prandom_u32_state(rnd) % 2 ? IPU_PTE_W : 0;
	unsigned int i;

	/* Half of them can have large pages, for as far as these are aligned. */
	addr += prandom_u32_state(rnd) % 2 ? first * SZ_4K : SZ_4K;
	count = min(count, RANDOM_PAGES - first);
	if (ipu_mmu_test_is_free(pages, first, count)) {
		ipu_mmu_test_map(test, RANDOM_BASE + first * SZ_4K, addr, count * SZ_4K, flags,
				 false);
		for (i = 0; i < count; i++)
			pages[first + i] = (addr + i * SZ_4K) | flags | IPU_PTE_V;
	} else {
		ipu_mmu_test_unmap(test, RANDOM_BASE + first * SZ_4K, count * SZ_4K);
		memset64(pages + first, 0, count);
	}
}

static void ipu_mmu_test_random(struct kunit *test)
{
	u64 *pages = kunit_kcalloc(test, RANDOM_PAGES, sizeof(*pages), GFP_KERNEL);
	unsigned int step, i, wrong = 0;
	struct rnd_state rnd;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	prandom_seed_state(&rnd, 13);
	for (step = 0; step < RANDOM_STEPS && !wrong; step++) {
		ipu_mmu_test_random_step(test, &rnd, pages);
		for (i = 0; i < RANDOM_PAGES; i++)
			wrong += ipu_mmu_test_look(test, RANDOM_BASE + i * SZ_4K) != pages[i];
		KUNIT_EXPECT_EQ_MSG(test, 0, wrong, "after step %u", step);
	}
}

static struct kunit_case ipu_mmu_test_cases[] = {
	KUNIT_CASE(ipu_mmu_test_one_page),
	KUNIT_CASE(ipu_mmu_test_last_page),
	KUNIT_CASE(ipu_mmu_test_large_page),
	KUNIT_CASE(ipu_mmu_test_not_large),
	KUNIT_CASE(ipu_mmu_test_mixed),
	KUNIT_CASE(ipu_mmu_test_boundary),
	KUNIT_CASE(ipu_mmu_test_count),
	KUNIT_CASE(ipu_mmu_test_split),
	KUNIT_CASE(ipu_mmu_test_unmap_gaps),
	KUNIT_CASE(ipu_mmu_test_limits),
	KUNIT_CASE(ipu_mmu_test_runs),
	KUNIT_CASE(ipu_mmu_test_random),
	{}
};

static struct kunit_suite ipu_mmu_test_suite = {
	.name = "ipu_mmu",
	.init = ipu_mmu_test_init,
	.exit = ipu_mmu_test_exit,
	.test_cases = ipu_mmu_test_cases,
};

/* A card that knows no large pages gets none. */
static void ipu_mmu_test_small_pages(struct kunit *test)
{
	ipu_mmu_test_map(test, SZ_2M, BUS, SZ_4M, IPU_PTE_W, true);
	ipu_mmu_test_expect_range(test, SZ_2M, BUS, SZ_4M, IPU_PTE_W);
	KUNIT_EXPECT_EQ(test, 3, ipu_mmu_test_levels(test, SZ_2M));
	KUNIT_EXPECT_EQ(test, 4, ipu_mmu_test_tables(test));
}

static struct kunit_case ipu_mmu_small_test_cases[] = {
	KUNIT_CASE(ipu_mmu_test_small_pages),
	KUNIT_CASE(ipu_mmu_test_random),
	{}
};

static struct kunit_suite ipu_mmu_small_test_suite = {
	.name = "ipu_mmu_small",
	.init = ipu_mmu_test_init_small,
	.exit = ipu_mmu_test_exit,
	.test_cases = ipu_mmu_small_test_cases,
};

kunit_test_suites(&ipu_mmu_test_suite, &ipu_mmu_small_test_suite);
