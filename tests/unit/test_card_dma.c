// SPDX-License-Identifier: MIT
/* The card's MMU: how it translates, and every way in which an access can be refused. */
#include <string.h>

#include "card_host.h"

#define TILES 2

static int setup(void **state)
{
	*state = host_new(TILES, 1);
	return 0;
}

static int teardown(void **state)
{
	host_free(*state);
	return 0;
}

/* The entry of @va at @level, whose tables exist. */
static uint64_t *entry_at(struct context *ctx, uint64_t va, unsigned int level)
{
	uint64_t table = ctx->root;
	unsigned int l;

	for (l = 2;; l--) {
		uint64_t *entry = (uint64_t *)host_at(ctx->host, table) +
				  (va >> (IPU_PAGE_SHIFT + 9 * l)) % IPU_PT_ENTRIES;

		if (l == level)
			return entry;
		table = *entry & IPU_PTE_ADDR;
	}
}

/* A fence at @va, which writes a word, or a list at @va, which reads commands. */
static void put_access(struct context *ctx, uint64_t va, bool write)
{
	const struct ipu_cmd_fence fence = { .op = IPU_CMD_FENCE, .va = va, .value = 1 };
	const struct ipu_cmd_exec exec = { .op = IPU_CMD_EXEC, .va = va, .count = 1 };

	if (write)
		ctx_put(ctx, &fence);
	else
		ctx_put(ctx, &exec);
}

static void check(struct context *ctx, uint64_t va, bool write, uint32_t cause, uint32_t info)
{
	put_access(ctx, va, write);
	ctx_fault(ctx, cause, va, info);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_TILE), IPU_FAULT_NO_TILE);
	ctx_restart(ctx);
}

static void test_unmapped(void **state)
{
	struct host *host = *state;
	uint64_t page = VA(host_alloc(host, IPU_PAGE_SIZE));
	struct context ctx;
	unsigned int level;
	uint64_t good;

	ctx_open(&ctx, host, 0, 0, TILES);
	for (level = 0; level < IPU_PT_LEVELS; level++) {
		/* An address whose tables differ from the ring's at that level. */
		uint64_t va = page + 0x40 + (level ? 1ull << (IPU_PAGE_SHIFT + 9 * level + 8) : 0);

		if (!level) {
			good = *entry_at(&ctx, va, 0);
			*entry_at(&ctx, va, 0) = good & ~IPU_PTE_V;
		}
		check(&ctx, va, true, IPU_FAULT_DMA_UNMAPPED, level);
		check(&ctx, va, false, IPU_FAULT_DMA_UNMAPPED, level);
	}
	check(&ctx, 0, true, IPU_FAULT_DMA_UNMAPPED, 2);
}

static void test_reserved(void **state)
{
	static const uint64_t bits[] = { 1ull << 3, 1ull << 11, 1ull << 52, 1ull << 63 };
	struct host *host = *state;
	uint64_t page = VA(host_alloc(host, IPU_PAGE_SIZE));
	uint64_t *entry, good;
	struct context ctx;
	unsigned int level, i;

	ctx_open(&ctx, host, 0, 0, TILES);
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		entry = entry_at(&ctx, page, 0);
		good = *entry;
		*entry = good | bits[i];
		check(&ctx, page, true, IPU_FAULT_DMA_RESERVED, 0);
		check(&ctx, page, false, IPU_FAULT_DMA_RESERVED, 0);
		*entry = good;
	}
	/* In the other levels W and P are reserved too. The tables are of another region. */
	for (level = 1; level < IPU_PT_LEVELS; level++) {
		uint64_t va = page + (1ull << (IPU_PAGE_SHIFT + 9 * level + 8));

		*ctx_pte(&ctx, va) = IPU_PTE_V | IPU_PTE_W;
		entry = entry_at(&ctx, va, level);
		good = *entry;
		*entry = good | IPU_PTE_W;
		check(&ctx, va, true, IPU_FAULT_DMA_RESERVED, level);
		*entry = good | IPU_PTE_P;
		check(&ctx, va, false, IPU_FAULT_DMA_RESERVED, level);
		*entry = good | 1ull << 60;
		check(&ctx, va, false, IPU_FAULT_DMA_RESERVED, level);
		*entry = good;
		put_access(&ctx, va, false);
		ctx_finish(&ctx);
	}
}

/* One entry of level 1 for 2 MiB, with the permissions and the checks of a small page. */
static void test_large_page(void **state)
{
	const uint64_t va = 3ull << 30, bus = 16u << 20, last = va + IPU_LARGE_PAGE_SIZE - 8;
	const uint64_t good = bus | IPU_PTE_V | IPU_PTE_W | IPU_PTE_L;
	struct host *host = *state;
	struct context ctx;
	uint64_t *entry;

	ctx_open(&ctx, host, 0, 0, TILES);
	assert_true(host->used <= bus);
	*ctx_pte(&ctx, va) = 0;
	entry = entry_at(&ctx, va, 1);
	*entry = good;
	put_access(&ctx, va, true);
	put_access(&ctx, last, true);
	ctx_finish(&ctx);
	assert_int_equal(*(uint64_t *)host_at(host, bus), 1);
	assert_int_equal(*(uint64_t *)host_at(host, bus + IPU_LARGE_PAGE_SIZE - 8), 1);
	check(&ctx, last + 8, true, IPU_FAULT_DMA_UNMAPPED, 1);

	*entry = good & ~IPU_PTE_W;
	check(&ctx, last, true, IPU_FAULT_DMA_READONLY, 0);
	*entry = good | IPU_PAGE_SIZE;
	check(&ctx, va, true, IPU_FAULT_DMA_RESERVED, 1);
	*entry = good | 1ull << 11;
	check(&ctx, va, false, IPU_FAULT_DMA_RESERVED, 1);
	*entry = good & ~IPU_PTE_V;
	check(&ctx, va, false, IPU_FAULT_DMA_UNMAPPED, 1);
	/* There are none of 1 GiB. */
	*entry = good;
	*entry_at(&ctx, va, 2) |= IPU_PTE_L;
	check(&ctx, va, true, IPU_FAULT_DMA_RESERVED, 2);
}

static void test_read_only(void **state)
{
	struct host *host = *state;
	uint64_t bus = host_alloc(host, IPU_PAGE_SIZE);
	struct context ctx;

	ctx_open(&ctx, host, 0, 0, TILES);
	*ctx_pte(&ctx, VA(bus)) = bus | IPU_PTE_V;
	check(&ctx, VA(bus) + 8, true, IPU_FAULT_DMA_READONLY, 0);
	put_access(&ctx, VA(bus), false);
	ctx_finish(&ctx);
	/* An entry that has become valid is used without an invalidation. */
	*ctx_pte(&ctx, VA(bus)) = bus | IPU_PTE_V | IPU_PTE_W;
	put_access(&ctx, VA(bus), true);
	ctx_finish(&ctx);
	assert_int_equal(*(uint64_t *)host_at(host, bus), 1);
}

/* Privileged pages: open to the ring of a privileged context, never to its lists. */
static void test_privilege(void **state)
{
	struct host *host = *state;
	uint64_t secret = host_alloc(host, IPU_PAGE_SIZE), list = host_alloc(host, IPU_PAGE_SIZE);
	struct ipu_cmd_exec exec = { .op = IPU_CMD_EXEC, .va = VA(list), .count = 1 };
	const struct ipu_cmd_fence fence = {
		.op = IPU_CMD_FENCE,
		.va = VA(secret),
		.value = 1,
	};
	struct context ctx;

	ctx_open(&ctx, host, 0, 0, TILES);
	*ctx_pte(&ctx, VA(secret)) = secret | IPU_PTE_V | IPU_PTE_W | IPU_PTE_P;
	*ctx_pte(&ctx, VA(ctx.ring)) |= IPU_PTE_P;
	put_access(&ctx, VA(secret), true);
	ctx_finish(&ctx);
	assert_int_equal(*(uint64_t *)host_at(host, secret), 1);

	/* Not by a list in it, nor by a command in a list. */
	check(&ctx, VA(secret), false, IPU_FAULT_DMA_PRIV, 0);
	memcpy(host_at(host, list), &fence, sizeof(fence));
	ctx_put(&ctx, &exec);
	ctx_fault(&ctx, IPU_FAULT_DMA_PRIV, VA(secret), 0);

	/* Nor by a context without privilege, which cannot even read its ring there. */
	ctx_disable(&ctx);
	ctx_enable(&ctx, 0);
	put_access(&ctx, VA(0), true);
	ctx_fault(&ctx, IPU_FAULT_DMA_PRIV, VA(ctx.ring), 0);
	*ctx_pte(&ctx, VA(ctx.ring)) &= ~IPU_PTE_P;
	ctx_disable(&ctx);
	ctx_enable(&ctx, 0);
	put_access(&ctx, VA(secret), true);
	ctx_fault(&ctx, IPU_FAULT_DMA_PRIV, VA(secret), 0);
}

static void test_range(void **state)
{
	struct host *host = *state;
	uint64_t end = 1ull << IPU_VA_BITS;
	struct ipu_cmd_copy copy;
	struct context ctx;

	ctx_open(&ctx, host, 0, 0, TILES);
	check(&ctx, end, true, IPU_FAULT_DMA_RANGE, 0);
	check(&ctx, 1ull << 63, false, IPU_FAULT_DMA_RANGE, 0);
	check(&ctx, UINT64_MAX - 7, true, IPU_FAULT_DMA_RANGE, 0);

	/* A copy over the end names the first byte beyond it. */
	*ctx_pte(&ctx, end - 1) = IPU_PTE_V | IPU_PTE_W;
	copy = copy_to(0, 1, IPU_SRAM_BASE, end - 16, 32);
	ctx_put(&ctx, &copy);
	ctx_fault(&ctx, IPU_FAULT_DMA_RANGE, end, 0);
	ctx_restart(&ctx);

	/* Strides do not wrap around. */
	copy = copy_to(0, TILES, IPU_SRAM_BASE, VA(64), 32);
	copy.host_tile_stride = 0 - 64ull;
	ctx_put(&ctx, &copy);
	ctx_fault(&ctx, IPU_FAULT_DMA_RANGE, UINT64_MAX, 0);
	ctx_restart(&ctx);
	copy = copy_to(0, 1, IPU_SRAM_BASE, VA(64), 32);
	copy.rows = 3;
	copy.host_row_stride = 1ull << 63;
	ctx_put(&ctx, &copy);
	ctx_fault(&ctx, IPU_FAULT_DMA_RANGE, VA(64) + (1ull << 63), 0);
}

static void test_bus(void **state)
{
	struct host *host = *state;
	uint64_t page = host_alloc(host, IPU_PAGE_SIZE), outside = 1ull << 40;
	struct context ctx;
	unsigned int level;

	/* A data page, then each level of table, that the host does not have. */
	ctx_open(&ctx, host, 0, 0, TILES);
	*ctx_pte(&ctx, VA(page)) = outside | IPU_PTE_V | IPU_PTE_W;
	check(&ctx, VA(page) + 16, true, IPU_FAULT_DMA_BUS, 0);
	check(&ctx, VA(page) + 64, false, IPU_FAULT_DMA_BUS, 0);
	for (level = 1; level < IPU_PT_LEVELS; level++) {
		uint64_t va = VA(page) + (1ull << (IPU_PAGE_SHIFT + 9 * level + 8));

		ctx_pte(&ctx, va);
		*entry_at(&ctx, va, level) = outside | IPU_PTE_V;
		check(&ctx, va, true, IPU_FAULT_DMA_BUS, 0);
	}
	/* Bus mastering off: not even the root is there. */
	atomic_store(&host->refuse, true);
	put_access(&ctx, VA(page), true);
	ctx_fault(&ctx, IPU_FAULT_DMA_BUS, VA(ctx.ring), 0);
	assert_int_equal(ctx_get64(&ctx, IPU_CTX_FAULT_CMD_LO), VA(ctx.ring));
	ctx_disable(&ctx);
	atomic_store(&host->refuse, false);
	ctx_enable(&ctx, IPU_CTX_CTRL_PRIV);
	put_access(&ctx, VA(0), true);
	ctx_finish(&ctx);
}

/* A copy over pages that are anywhere: contiguous, swapped, the same one twice. */
static void test_scattered_pages(void **state)
{
	enum { PAGES = 64 };
	static uint8_t expected[PAGES * IPU_PAGE_SIZE];
	struct host *host = *state;
	uint64_t bus = host_alloc(host, sizeof(expected)), back;
	struct ipu_cmd_copy copy;
	struct context ctx;
	unsigned int i;

	ctx_open(&ctx, host, 0, 0, TILES);
	for (i = 0; i < sizeof(expected) / 4; i++)
		((uint32_t *)host_at(host, bus))[i] = i * 2654435761u;
	for (i = 0; i < PAGES; i++) {
		unsigned int page = i < 20 ? i : i < 40 ? 59 - i : i < 50 ? 3 : i * 7 % PAGES;

		*ctx_pte(&ctx, VA(bus) + i * IPU_PAGE_SIZE) =
			(bus + page * IPU_PAGE_SIZE) | IPU_PTE_V;
		memcpy(expected + i * IPU_PAGE_SIZE, host_at(host, bus + page * IPU_PAGE_SIZE),
		       IPU_PAGE_SIZE);
	}
	back = host_alloc(host, sizeof(expected));
	copy = copy_to(1, 1, IPU_SRAM_BASE + 4, VA(bus) + 5, sizeof(expected) - 5);
	ctx_put(&ctx, &copy);
	copy = copy_from(1, 1, IPU_SRAM_BASE + 4, VA(back) + 3, sizeof(expected) - 5);
	ctx_put(&ctx, &copy);
	ctx_finish(&ctx);
	assert_memory_equal(host_at(host, back + 3), expected + 5, sizeof(expected) - 5);
}

/* A copy into a hole: what is before the hole has arrived, and the hole is named. */
static void test_hole(void **state)
{
	struct host *host = *state;
	uint64_t bus = host_alloc(host, 8 * IPU_PAGE_SIZE);
	struct ipu_cmd_copy copy;
	uint32_t fives = 0x05050505;
	struct context ctx;

	ctx_open(&ctx, host, 0, 0, TILES);
	tiles_write(&ctx, 0, 1, IPU_SRAM_BASE, &fives, 4);
	copy = copy_from(0, 1, IPU_SRAM_BASE, VA(bus) + 100, 6 * IPU_PAGE_SIZE);

	*ctx_pte(&ctx, VA(bus) + 3 * IPU_PAGE_SIZE) = 0;
	ctx_put(&ctx, &copy);
	ctx_fault(&ctx, IPU_FAULT_DMA_UNMAPPED, VA(bus) + 3 * IPU_PAGE_SIZE, 0);
	assert_int_equal(*(uint32_t *)host_at(host, bus + 100), fives);

	/* The same with pages that are contiguous until the host's memory ends. */
	ctx_restart(&ctx);
	for (unsigned int i = 0; i < 8; i++)
		*ctx_pte(&ctx, VA(bus) + i * IPU_PAGE_SIZE) =
			(HOST_MEMORY - 3 * IPU_PAGE_SIZE + i * IPU_PAGE_SIZE) | IPU_PTE_V |
			IPU_PTE_W;
	ctx_put(&ctx, &copy);
	ctx_fault(&ctx, IPU_FAULT_DMA_BUS, VA(bus) + 3 * IPU_PAGE_SIZE, 0);
	assert_int_equal(*(uint32_t *)host_at(host, HOST_MEMORY - 3 * IPU_PAGE_SIZE + 100), fives);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_unmapped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reserved, setup, teardown),
		cmocka_unit_test_setup_teardown(test_large_page, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_privilege, setup, teardown),
		cmocka_unit_test_setup_teardown(test_range, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bus, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scattered_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hole, setup, teardown),
	};

	return cmocka_run_group_tests_name("card DMA", tests, NULL, NULL);
}
