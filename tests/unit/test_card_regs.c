// SPDX-License-Identifier: MIT
/* The card's registers: reset values, what can be written, what is a guest error. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "card_host.h"

#define TILES 4

static const struct {
	uint32_t offset;
	uint32_t value;
	uint32_t writable;
} card_regs[] = {
	{ IPU_REG_ID, 0x30555049, 0 },
	{ IPU_REG_VERSION, 0x00010007, 0 },
	{ IPU_REG_FW_VERSION, 0x00010000, 0 },
	{ IPU_REG_CAPS,
	  IPU_CAP_DEBUG | IPU_CAP_PROFILE | IPU_CAP_LARGE_PAGES | IPU_CAP_ECC | IPU_CAP_SENSORS |
		  IPU_CAP_USER_QUEUES | IPU_CAP_LINK | IPU_CAP_QUEUE_TIME,
	  0 },
	{ IPU_REG_TILES, TILES, 0 },
	{ IPU_REG_SRAM_BASE, 0x4c000, 0 },
	{ IPU_REG_SRAM_SIZE, 624 * 1024, 0 },
	{ IPU_REG_WORKERS, 6, 0 },
	{ IPU_REG_CLOCK_KHZ, 1330000, 0 },
	{ IPU_REG_CONTEXTS, 32, 0 },
	{ IPU_REG_VECTORS, 33, 0 },
	{ IPU_REG_SERIAL_LO, 0x89abcdef, 0 },
	{ IPU_REG_SERIAL_HI, 0x01234567, 0 },
	{ IPU_REG_ISA, 0x800007ff, 0 },
	{ IPU_REG_VLEN, 512, 0 },
	{ IPU_REG_CTRL, 0, IPU_CTRL_RESET },
	{ IPU_REG_STATUS, IPU_STATUS_READY, 0 },
	{ IPU_REG_ECC_CORRECTED, 0, 0 },
	{ IPU_REG_ECC_FATAL, 0, 0 },
	{ IPU_REG_LINK_GROUP, 0, 0 },
	{ IPU_REG_LINK_INDEX, 0, 0 },
	{ IPU_REG_LINK_CARDS, 0, 0 },
	/* The sensors of a card that is idle. */
	{ IPU_REG_TEMP, 45000, 0 },
	{ IPU_REG_POWER, 60000, 0 },
	{ IPU_REG_CLOCK_NOW, 332500, 0 },
	{ IPU_REG_TILES_NOW, 0, 0 },
	{ IPU_REG_ENERGY_HI, 0, 0 },
};

/* Those of a context that hold what is written while it is disabled. */
static const uint32_t stored[] = {
	IPU_CTX_TILE_FIRST,  IPU_CTX_TILE_COUNT,  IPU_CTX_PT_LO,       IPU_CTX_PT_HI,
	IPU_CTX_RING_LO,     IPU_CTX_RING_HI,	  IPU_CTX_RING_LOG2,   IPU_CTX_VECTOR,
	IPU_CTX_WATCHDOG_MS, IPU_CTX_LINK_KEY_LO, IPU_CTX_LINK_KEY_HI, IPU_CTX_LINK_RANK,
	IPU_CTX_LINK_COUNT,
};

static const uint32_t read_only[] = {
	IPU_CTX_STATUS,	       IPU_CTX_HEAD,	      IPU_CTX_TAIL,	  IPU_CTX_RETIRED,
	IPU_CTX_FAULT_CAUSE,   IPU_CTX_FAULT_TILE,    IPU_CTX_FAULT_UNIT, IPU_CTX_FAULT_PC,
	IPU_CTX_FAULT_ADDR_LO, IPU_CTX_FAULT_ADDR_HI, IPU_CTX_FAULT_INFO, IPU_CTX_FAULT_CMD_LO,
	IPU_CTX_FAULT_CMD_HI,  IPU_CTX_FAULT_QUEUE,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

/* One more guest error than before, and it says @word. */
static void expect_error(struct host *host, unsigned int before, const char *word)
{
	assert_int_equal(host->errors, before + 1);
	if (!strstr(host->error, word))
		fail_msg("\"%s\" does not say \"%s\"", host->error, word);
}

static void test_card_registers(void **state)
{
	struct host *host = *state;
	size_t i;

	for (i = 0; i < COUNT(card_regs); i++)
		assert_int_equal(card_get(host, card_regs[i].offset), card_regs[i].value);
	assert_int_equal(host->errors, 0);
	for (i = 0; i < COUNT(card_regs); i++) {
		unsigned int before = host->errors;

		card_set(host, card_regs[i].offset, ~card_regs[i].writable);
		expect_error(host, before, card_regs[i].writable ? "reserved" : "read-only");
		assert_int_equal(card_get(host, card_regs[i].offset), card_regs[i].value);
	}
}

static void test_context_registers(void **state)
{
	struct host *host = *state;
	struct context ctx = { .host = host };
	unsigned int before;
	uint32_t offset;
	size_t i;

	for (ctx.index = 0; ctx.index < IPU_MAX_CONTEXTS; ctx.index++) {
		for (offset = 0; offset <= IPU_CTX_COALESCE; offset += 4)
			assert_int_equal(ctx_get(&ctx, offset),
					 offset == IPU_CTX_WATCHDOG_MS ? 10000 : 0);
		for (i = 0; i < COUNT(stored); i++)
			ctx_set(&ctx, stored[i], 0x5a000000 + ctx.index * 0x100 + stored[i]);
	}
	assert_int_equal(host->errors, 0);
	for (ctx.index = 0; ctx.index < IPU_MAX_CONTEXTS; ctx.index++) {
		for (i = 0; i < COUNT(stored); i++)
			assert_int_equal(ctx_get(&ctx, stored[i]),
					 0x5a000000 + ctx.index * 0x100 + stored[i]);
		for (i = 0; i < COUNT(read_only); i++) {
			before = host->errors;
			ctx_set(&ctx, read_only[i], 0xffffffff);
			expect_error(host, before, "read-only");
			assert_int_equal(ctx_get(&ctx, read_only[i]), 0);
		}
	}
	ipu_card_reset(host->card);
	for (ctx.index = 0; ctx.index < IPU_MAX_CONTEXTS; ctx.index++)
		for (offset = 0; offset <= IPU_CTX_COALESCE; offset += 4)
			assert_int_equal(ctx_get(&ctx, offset),
					 offset == IPU_CTX_WATCHDOG_MS ? 10000 : 0);
}

static void test_errors_name_the_register(void **state)
{
	struct context ctx = { .host = *state, .index = 7 };

	ctx_set(&ctx, IPU_CTX_FAULT_PC, 1);
	assert_non_null(strstr(ctx.host->error, "context 7: FAULT_PC"));
	card_set(ctx.host, IPU_REG_SERIAL_HI, 1);
	assert_non_null(strstr(ctx.host->error, "SERIAL_HI"));
	ctx_set(&ctx, IPU_CTX_EVENT, 0x10);
	assert_non_null(strstr(ctx.host->error, "EVENT = 0x10: bits 0x10"));
	ctx_set(&ctx, IPU_CTX_CTRL, IPU_CTX_CTRL_CLEAR);
	assert_non_null(strstr(ctx.host->error, "no tiles to CLEAR"));
	ctx_set(&ctx, IPU_CTX_CTRL, IPU_CTX_CTRL_PRIV);
	assert_non_null(strstr(ctx.host->error, "PRIV needs ENABLE"));
	assert_int_equal(ctx_get(&ctx, IPU_CTX_CTRL), 0);
}

static void test_bad_accesses(void **state)
{
	static const uint64_t nowhere[] = {
		IPU_REG_STATUS + 4,
		0xfffc,
		IPU_CTX_BASE(0) + IPU_CTX_COALESCE + 4,
		IPU_CTX_BASE(0) + IPU_CTX_UQ(0) + IPU_UQ_NS_HI + 4,
		IPU_CTX_BASE(0) + IPU_CTX_UQ(IPU_USER_QUEUES),
		IPU_CTX_BASE(0) + 0xffc,
		IPU_CTX_BASE(IPU_MAX_CONTEXTS),
		IPU_DOORBELL(0) - 4,
		IPU_DOORBELL(0) + 4,
		IPU_UQ_DOORBELL(0) + 4,
		IPU_UQ_DOORBELL(IPU_MAX_CONTEXTS * IPU_USER_QUEUES),
		IPU_BAR_REGS_SIZE - 4,
		IPU_BAR_REGS_SIZE,
		UINT64_MAX - 3,
	};
	static const unsigned int sizes[] = { 1, 2, 3, 5, 8 };
	struct host *host = *state;
	unsigned int before;
	size_t i;

	for (i = 0; i < COUNT(nowhere); i++) {
		before = host->errors;
		assert_int_equal(card_get(host, nowhere[i]), 0xffffffff);
		expect_error(host, before, "no register");
		card_set(host, nowhere[i], 0);
		expect_error(host, before + 1, "no register");
	}
	for (i = 0; i < COUNT(sizes); i++) {
		before = host->errors;
		assert_int_equal(ipu_card_read(host->card, IPU_REG_ID, sizes[i]), 0xffffffff);
		expect_error(host, before, "4 bytes");
		ipu_card_write(host->card, IPU_CTX_BASE(0) + IPU_CTX_PT_LO, 1, sizes[i]);
		expect_error(host, before + 1, "4 bytes");
	}
	for (i = 1; i < 4; i++) {
		before = host->errors;
		assert_int_equal(card_get(host, IPU_REG_ID + i), 0xffffffff);
		expect_error(host, before, "aligned");
		card_set(host, IPU_CTX_BASE(0) + IPU_CTX_PT_LO + i, 1);
		expect_error(host, before + 1, "aligned");
	}
	assert_int_equal(card_get(host, IPU_CTX_BASE(0) + IPU_CTX_PT_LO), 0);
}

static void test_doorbells(void **state)
{
	struct host *host = *state;
	struct context ctx;

	assert_int_equal(card_get(host, IPU_DOORBELL(5)), 0);
	card_set(host, IPU_DOORBELL(5), 1);
	expect_error(host, 0, "not enabled");

	/* Ringing the doorbell of a faulted context is not an error, and does nothing. */
	ctx_init(&ctx, host, 5);
	ctx_config(&ctx, TILES, 1);
	ctx_enable(&ctx, 0);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_FAULTED);
	card_set(host, IPU_DOORBELL(5), 1);
	assert_int_equal(host->errors, 1);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_TAIL), 0);
}

/* Errors in a card's configuration are reported. */
static void check_refused(const struct ipu_card_config *config, const char *word)
{
	static const struct ipu_host_ops none;
	char *error = NULL;

	assert_null(ipu_card_new(config, &none, NULL, &error));
	assert_non_null(error);
	assert_non_null(strstr(error, word));
	free(error);
	assert_null(ipu_card_new(config, &none, NULL, NULL));
}

static void test_card_configuration(void **state)
{
	(void)state;
	check_refused(&(struct ipu_card_config){ .tiles = 0 }, "1 to 1472 tiles, not 0");
	check_refused(&(struct ipu_card_config){ .tiles = 1473 }, "not 1473");
	check_refused(&(struct ipu_card_config){ .tiles = 1, .threads = 257 }, "256 threads");
	check_refused(&(struct ipu_card_config){ .tiles = 1, .vlen = 64 }, "not 64");
	check_refused(&(struct ipu_card_config){ .tiles = 1, .vlen = 2048 }, "not 2048");
	host_free(host_new(1, 0));
	host_free(host_new(IPU_MAX_TILES, 256));
	ipu_card_free(NULL);
}

/* A host with no room for the tiles' addresses. */
static void test_no_memory(void **state)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	(void)state;
	skip(); /* their shadow memory is larger than any limit */
#else
	struct rlimit old, limit;

	(void)state;
	getrlimit(RLIMIT_AS, &old);
	limit = old;
	limit.rlim_cur = 512 << 20;
	setrlimit(RLIMIT_AS, &limit);
	check_refused(&(struct ipu_card_config){ .tiles = IPU_MAX_TILES }, "no memory");
	setrlimit(RLIMIT_AS, &old);
	host_free(host_new(IPU_MAX_TILES, 1));
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_card_registers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_context_registers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_errors_name_the_register, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_accesses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_doorbells, setup, teardown),
		cmocka_unit_test(test_card_configuration),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests_name("card registers", tests, NULL, NULL);
}
