// SPDX-License-Identifier: MIT
/* A context's life: enabling, the ring, stopping, resets, isolation. */
#include <string.h>
#include <unistd.h>

#include "card_host.h"
#include "card_program.h"

#define TILES 8

static int setup(void **state)
{
	*state = host_new(TILES, 2);
	return 0;
}

static int teardown(void **state)
{
	host_free(*state);
	return 0;
}

/* Make tiles run a jump to itself, and check that they do. */
static void run_for_ever(struct context *ctx, uint32_t tiles)
{
	struct program p = { .count = 0 };

	jump(&p, here(&p));
	tiles_write(ctx, 0, tiles, IPU_SRAM_BASE, p.word, program_bytes(&p));
	put_run(ctx, 0, tiles, 0);
	ctx_ring(ctx);
	assert_int_equal(ctx_state(ctx), IPU_CTX_RUNNING);
	usleep(2000);
	assert_int_equal(ctx_state(ctx), IPU_CTX_RUNNING);
}

static void nop(struct context *ctx)
{
	const uint32_t command[IPU_CMD_SIZE / 4] = { IPU_CMD_NOP };

	ctx_put(ctx, command);
}

/* ---- Enabling ---- */

static void check_bad_config(struct context *ctx, uint32_t offset, uint32_t value, uint32_t info)
{
	uint32_t good = ctx_get(ctx, offset);

	ctx_set(ctx, offset, value);
	ctx_enable(ctx, 0);
	assert_int_equal(ctx_state(ctx), IPU_CTX_FAULTED);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_CAUSE), IPU_FAULT_BAD_CONFIG);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_INFO), info);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_TILE), IPU_FAULT_NO_TILE);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_UNIT), IPU_UNIT_NONE);
	assert_int_equal(ctx_get64(ctx, IPU_CTX_FAULT_CMD_LO), 0);
	assert_int_equal(ctx_get(ctx, IPU_CTX_EVENT), IPU_CTX_EVENT_FAULT);
	ctx_set(ctx, IPU_CTX_EVENT, IPU_CTX_EVENT_FAULT);
	ctx_disable(ctx);
	ctx_set(ctx, offset, good);
}

static void test_bad_config(void **state)
{
	struct host *host = *state;
	struct context ctx;

	ctx_init(&ctx, host, 3);
	ctx_config(&ctx, 1, TILES - 1);
	check_bad_config(&ctx, IPU_CTX_TILE_FIRST, TILES, IPU_CTX_TILE_FIRST);
	check_bad_config(&ctx, IPU_CTX_TILE_FIRST, UINT32_MAX, IPU_CTX_TILE_FIRST);
	check_bad_config(&ctx, IPU_CTX_TILE_COUNT, 0, IPU_CTX_TILE_COUNT);
	check_bad_config(&ctx, IPU_CTX_TILE_COUNT, TILES, IPU_CTX_TILE_COUNT);
	check_bad_config(&ctx, IPU_CTX_TILE_COUNT, UINT32_MAX, IPU_CTX_TILE_COUNT);
	check_bad_config(&ctx, IPU_CTX_PT_LO, 0x800, IPU_CTX_PT_LO);
	check_bad_config(&ctx, IPU_CTX_PT_HI, 0x100000, IPU_CTX_PT_HI);
	check_bad_config(&ctx, IPU_CTX_RING_LO, 0x20, IPU_CTX_RING_LO);
	check_bad_config(&ctx, IPU_CTX_RING_HI, 0x80, IPU_CTX_RING_HI);
	check_bad_config(&ctx, IPU_CTX_RING_LOG2, 1, IPU_CTX_RING_LOG2);
	check_bad_config(&ctx, IPU_CTX_RING_LOG2, 13, IPU_CTX_RING_LOG2);
	check_bad_config(&ctx, IPU_CTX_VECTOR, IPU_NUM_VECTORS, IPU_CTX_VECTOR);

	/* A ring of which only the end is beyond the address space. */
	ctx_set(&ctx, IPU_CTX_RING_HI, 0x7f);
	check_bad_config(&ctx, IPU_CTX_RING_LO, 0xffffffc0, IPU_CTX_RING_LOG2);

	ctx_config(&ctx, 1, TILES - 1);
	ctx_enable(&ctx, 0);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_IDLE);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_CAUSE), IPU_FAULT_NONE);
}

static void test_bad_config_interrupts(void **state)
{
	struct host *host = *state;
	struct context ctx;
	uint64_t end = now_ms() + PATIENCE_MS;

	ctx_init(&ctx, host, 3);
	ctx_config(&ctx, TILES, 1);
	ctx_enable(&ctx, 0);
	while (!atomic_load(&host->interrupts[4]) && now_ms() < end)
		usleep(50);
	assert_int_equal(atomic_load(&host->interrupts[4]), 1);
}

static void test_config_is_locked(void **state)
{
	struct host *host = *state;
	struct context ctx;
	uint32_t offset;

	ctx_open(&ctx, host, 0, 0, TILES);
	for (offset = IPU_CTX_TILE_FIRST; offset <= IPU_CTX_VECTOR; offset += 4) {
		unsigned int before = host->errors;
		uint32_t value = ctx_get(&ctx, offset);

		ctx_set(&ctx, offset, value + 1);
		assert_int_equal(host->errors, before + 1);
		assert_int_equal(ctx_get(&ctx, offset), value);
	}
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 5);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_WATCHDOG_MS), 5);
}

static void test_ctrl(void **state)
{
	struct host *host = *state;
	struct context ctx;

	ctx_init(&ctx, host, 0);
	ctx_config(&ctx, 0, 1);
	ctx_enable(&ctx, IPU_CTX_CTRL_CLEAR | IPU_CTX_CTRL_PRIV);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_CTRL), IPU_CTX_CTRL_ENABLE | IPU_CTX_CTRL_PRIV);
	ctx_set(&ctx, IPU_CTX_CTRL, IPU_CTX_CTRL_ENABLE | IPU_CTX_CTRL_PRIV);
	assert_int_equal(host->errors, 0);
	ctx_set(&ctx, IPU_CTX_CTRL, IPU_CTX_CTRL_ENABLE | IPU_CTX_CTRL_CLEAR);
	assert_int_equal(host->errors, 1);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_CTRL), IPU_CTX_CTRL_ENABLE | IPU_CTX_CTRL_PRIV);
	ctx_disable(&ctx);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_CTRL), 0);
	ctx_enable(&ctx, 0);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_CTRL), IPU_CTX_CTRL_ENABLE);
}

static void test_clear(void **state)
{
	struct host *host = *state;
	struct context ctx;
	uint32_t value = 0x600df00d;

	ctx_open(&ctx, host, 0, 0, TILES);
	tiles_write(&ctx, 0, TILES, IPU_SRAM_END - 4, &value, 4);
	ctx_restart(&ctx);
	tile_read(&ctx, TILES - 1, IPU_SRAM_END - 4, &value, 4);
	assert_int_equal(value, 0x600df00d);
	ctx_disable(&ctx);
	ctx_enable(&ctx, IPU_CTX_CTRL_CLEAR);
	tile_read(&ctx, TILES - 1, IPU_SRAM_END - 4, &value, 4);
	assert_int_equal(value, 0);
}

/* ---- The ring ---- */

static void test_ring_wraps(void **state)
{
	struct context ctx;
	unsigned int i;
	uint64_t word = 0;

	ctx_init(&ctx, *state, 0);
	ctx.log2 = IPU_RING_LOG2_MIN;
	ctx_config(&ctx, 0, 1);
	ctx_enable(&ctx, 0);
	for (i = 0; i < 101; i++) {
		if (i % 4 == 3) {
			word = put_fence(&ctx, i, 0);
			ctx_finish(&ctx);
			assert_int_equal(*(uint64_t *)host_at(ctx.host, word), i);
		} else {
			nop(&ctx);
		}
	}
	ctx_finish(&ctx);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_HEAD), 101);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_TAIL), 101);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_RETIRED), 101);
}

static void check_bad_tail(struct context *ctx, uint32_t tail)
{
	card_set(ctx->host, IPU_DOORBELL(ctx->index), tail);
	ctx_wait(ctx, IPU_CTX_STATUS, IPU_CTX_FAULTED);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_CAUSE), IPU_FAULT_BAD_TAIL);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_INFO), tail);
	assert_int_equal(ctx_get64(ctx, IPU_CTX_FAULT_CMD_LO), 0);
	ctx_restart(ctx);
}

static void test_bad_tail(void **state)
{
	struct context ctx;
	uint32_t size;

	ctx_open(&ctx, *state, 0, 0, 1);
	size = 1u << ctx.log2;
	check_bad_tail(&ctx, size + 1);
	check_bad_tail(&ctx, UINT32_MAX);

	/* Any value up to the ring's size is valid; one less than the last value rung is not. */
	for (ctx.written = 0; ctx.written < size;)
		nop(&ctx);
	ctx_finish(&ctx);
	check_bad_tail(&ctx, size - 1);

	/* Nor in the middle of a run. */
	run_for_ever(&ctx, 1);
	check_bad_tail(&ctx, ctx.written - 1);
	run_for_ever(&ctx, 1);
	check_bad_tail(&ctx, ctx.written + size);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_IDLE);
}

/* ---- Stopping ---- */

static void test_stop_in_mid_run(void **state)
{
	struct context ctx;
	uint64_t begun;
	int i;

	ctx_open(&ctx, *state, 0, 0, TILES);
	for (i = 0; i < 20; i++) {
		run_for_ever(&ctx, TILES);
		begun = now_ms();
		ctx_disable(&ctx);
		assert_true(now_ms() - begun < 5000);
		assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_CAUSE), IPU_FAULT_NONE);
		ctx_enable(&ctx, IPU_CTX_CTRL_PRIV);
	}
}

/* A copy that would take days, a list that would take hours. */
static void test_stop_giant_commands(void **state)
{
	struct host *host = *state;
	struct ipu_cmd_copy copy;
	struct ipu_cmd_exec exec = { .op = IPU_CMD_EXEC, .count = UINT32_MAX };
	struct context ctx;

	ctx_open(&ctx, host, 0, 0, TILES);
	copy = copy_to(0, TILES, IPU_SRAM_BASE, VA(0), 64);
	copy.rows = UINT32_MAX;
	ctx_put(&ctx, &copy);
	ctx_ring(&ctx);
	usleep(2000);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_RUNNING);
	ctx_restart(&ctx);

	/* Zeroes are NOPs; all of the list's pages are one page of them. */
	exec.va = VA(0);
	for (uint64_t bus = 0; bus < HOST_MEMORY; bus += IPU_PAGE_SIZE)
		if (VA(bus) < VA(ctx.ring) || VA(bus) > VA(ctx.ring + IPU_PAGE_SIZE))
			*ctx_pte(&ctx, VA(bus)) = host->used | IPU_PTE_V;
	ctx_put(&ctx, &exec);
	ctx_ring(&ctx);
	usleep(1000);
	ctx_disable(&ctx);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_HEAD), 0);
}

static void test_card_reset(void **state)
{
	struct host *host = *state;
	struct context ctx;
	uint64_t end;
	uint32_t value = 1;
	int i;

	ctx_open(&ctx, host, 0, 0, TILES);
	for (i = 0; i < 20; i++) {
		run_for_ever(&ctx, TILES);
		end = now_ms() + PATIENCE_MS;
		if (i % 2)
			ipu_card_reset(host->card);
		else
			card_set(host, IPU_REG_CTRL, IPU_CTRL_RESET);
		while (card_get(host, IPU_REG_CTRL) && now_ms() < end)
			usleep(50);
		assert_int_equal(card_get(host, IPU_REG_STATUS), IPU_STATUS_READY);
		assert_int_equal(ctx_state(&ctx), IPU_CTX_DISABLED);
		assert_int_equal(ctx_get(&ctx, IPU_CTX_TILE_COUNT), 0);
		ctx_config(&ctx, 0, TILES);
		ctx_enable(&ctx, IPU_CTX_CTRL_PRIV);
		tile_read(&ctx, 0, IPU_SRAM_BASE, &value, 4);
		assert_int_equal(value, 0);
	}
}

/* While the card is being reset it accepts nothing. */
static void test_reset_excludes_writes(void **state)
{
	struct host *host = *state;
	struct context ctx;

	ctx_open(&ctx, host, 0, 0, 1);
	atomic_store(&host->hold, true);
	put_fence(&ctx, 1, 0);
	ctx_ring(&ctx);
	while (!atomic_load(&host->held))
		usleep(50);
	card_set(host, IPU_REG_CTRL, IPU_CTRL_RESET);
	assert_int_equal(card_get(host, IPU_REG_CTRL), IPU_CTRL_RESET);
	assert_int_equal(card_get(host, IPU_REG_STATUS), 0);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_STOPPING);
	ctx.index = 1;
	ctx_config(&ctx, 1, 1);
	ctx_enable(&ctx, 0);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_DISABLED);
	assert_non_null(strstr(host->error, "being reset"));
	atomic_store(&host->hold, false);
	while (card_get(host, IPU_REG_CTRL))
		usleep(50);
	assert_int_equal(card_get(host, IPU_REG_STATUS), IPU_STATUS_READY);
}

/* A reset by the host may come while one that the guest asked for waits for its turn. */
static void test_reset_during_reset(void **state)
{
	struct host *host = *state;
	struct context ctx;
	int i;

	for (i = 0; i < 50; i++) {
		ctx_open(&ctx, host, 0, 0, TILES);
		run_for_ever(&ctx, TILES);
		card_set(host, IPU_REG_CTRL, IPU_CTRL_RESET);
		ipu_card_reset(host->card);
		assert_int_equal(card_get(host, IPU_REG_CTRL), 0);
		assert_int_equal(card_get(host, IPU_REG_STATUS), IPU_STATUS_READY);
		assert_int_equal(ctx_state(&ctx), IPU_CTX_DISABLED);
		host->used = IPU_PAGE_SIZE;
	}
}

/* Events are traced once each: two of state to run and be idle again, and so on. */
static void test_trace(void **state)
{
	struct host *host = *state;
	struct context ctx;

	ctx_open(&ctx, host, 0, 0, 1);
	assert_int_equal(atomic_load(&host->traced[IPU_TRACE_CTX_STATE]), 1);
	nop(&ctx);
	put_fence(&ctx, 1, 0);
	ctx_finish(&ctx);
	nop(&ctx);
	ctx_put(&ctx, (uint32_t[IPU_CMD_SIZE / 4]){ 0xff });
	ctx_fault(&ctx, IPU_FAULT_BAD_OPCODE, 0, 0xff);
	/* Callbacks may come a little later than what they are about. */
	ipu_card_reset(host->card);
	assert_int_equal(atomic_load(&host->traced[IPU_TRACE_CMD]), 4);
	assert_int_equal(atomic_load(&host->traced[IPU_TRACE_FENCE]), 1);
	assert_int_equal(atomic_load(&host->traced[IPU_TRACE_FAULT]), 1);
	/* Idle, running, idle, running, faulted, and stopping and disabled by the reset. */
	assert_int_equal(atomic_load(&host->traced[IPU_TRACE_CTX_STATE]), 7);
	assert_int_equal(atomic_load(&host->traced[IPU_TRACE_RUN_DONE]), 0);
}

/* ---- Translations ---- */

static void test_tlb_inval(void **state)
{
	struct host *host = *state;
	struct context ctx;

	ctx_init(&ctx, host, 0);
	ctx_config(&ctx, 0, TILES);
	ctx_set(&ctx, IPU_CTX_TLB_INVAL, 1);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_TLB_INVAL), 0);
	ctx_enable(&ctx, IPU_CTX_CTRL_PRIV);
	put_fence(&ctx, 1, 0);
	ctx_finish(&ctx);
	ctx_set(&ctx, IPU_CTX_TLB_INVAL, 0);
	ctx_wait(&ctx, IPU_CTX_TLB_INVAL, 0);

	/* While an access is in flight it waits, though not in the register access. */
	atomic_store(&host->hold, true);
	put_fence(&ctx, 2, 0);
	ctx_ring(&ctx);
	while (!atomic_load(&host->held))
		usleep(50);
	ctx_set(&ctx, IPU_CTX_TLB_INVAL, 1);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_TLB_INVAL), 1);
	usleep(2000);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_TLB_INVAL), 1);
	ctx_set(&ctx, IPU_CTX_CTRL, 0);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_STOPPING);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_TLB_INVAL), 1);
	atomic_store(&host->hold, false);
	ctx_wait(&ctx, IPU_CTX_TLB_INVAL, 0);
	ctx_wait(&ctx, IPU_CTX_STATUS, IPU_CTX_DISABLED);

	/* A run has no translations. */
	ctx_enable(&ctx, IPU_CTX_CTRL_PRIV);
	run_for_ever(&ctx, 1);
	ctx_set(&ctx, IPU_CTX_TLB_INVAL, 1);
	ctx_wait(&ctx, IPU_CTX_TLB_INVAL, 0);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_RUNNING);
}

/* Wait until a context that copies has accessed memory some more times. */
static void wait_accesses(struct host *host)
{
	unsigned int before = atomic_load(&host->accesses);
	uint64_t end = now_ms() + PATIENCE_MS;

	while (atomic_load(&host->accesses) - before < 100 && now_ms() < end)
		usleep(50);
	assert_true(atomic_load(&host->accesses) - before >= 100);
}

/* A changed mapping is used after an invalidation, in the middle of a long copy. */
static void test_remap_while_copying(void **state)
{
	struct host *host = *state;
	struct ipu_cmd_copy copy;
	struct context ctx;
	uint64_t old_page, new_page, va;
	uint32_t value;

	ctx_open(&ctx, host, 0, 0, 1);
	old_page = host_alloc(host, IPU_PAGE_SIZE);
	new_page = host_alloc(host, IPU_PAGE_SIZE);
	*(uint32_t *)host_at(host, old_page) = 1;
	*(uint32_t *)host_at(host, new_page) = 2;
	va = VA(old_page);
	copy = copy_to(0, 1, IPU_SRAM_BASE, va, 4);
	copy.rows = UINT32_MAX;
	ctx_put(&ctx, &copy);
	ctx_ring(&ctx);
	wait_accesses(host);
	*(volatile uint64_t *)ctx_pte(&ctx, va) = new_page | IPU_PTE_V;
	ctx_set(&ctx, IPU_CTX_TLB_INVAL, 1);
	ctx_wait(&ctx, IPU_CTX_TLB_INVAL, 0);
	wait_accesses(host);
	ctx_restart(&ctx);
	tile_read(&ctx, 0, IPU_SRAM_BASE, &value, 4);
	assert_int_equal(value, 2);
}

/* ---- Several contexts ---- */

static void test_overlap(void **state)
{
	struct host *host = *state;
	struct context a, b;

	ctx_open(&a, host, 0, 2, 4);
	ctx_init(&b, host, 1);
	ctx_config(&b, 0, 2);
	check_bad_config(&b, IPU_CTX_TILE_COUNT, 3, IPU_CTX_TILE_COUNT);
	ctx_config(&b, 6, 2);
	check_bad_config(&b, IPU_CTX_TILE_FIRST, 5, IPU_CTX_TILE_COUNT);
	ctx_config(&b, 3, 1);
	check_bad_config(&b, IPU_CTX_TILE_COUNT, 1, IPU_CTX_TILE_COUNT);
	/* A faulted context keeps its tiles; one with an invalid configuration has none. */
	ctx_put(&a, (uint32_t[IPU_CMD_SIZE / 4]){ 0xff });
	ctx_fault(&a, IPU_FAULT_BAD_OPCODE, 0, 0xff);
	check_bad_config(&b, IPU_CTX_TILE_COUNT, 1, IPU_CTX_TILE_COUNT);
	ctx_disable(&a);
	ctx_set(&a, IPU_CTX_RING_LO, 1);
	ctx_enable(&a, 0);
	assert_int_equal(ctx_state(&a), IPU_CTX_FAULTED);
	ctx_enable(&b, 0);
	assert_int_equal(ctx_state(&b), IPU_CTX_IDLE);
}

static void test_isolation(void **state)
{
	struct host *host = *state;
	uint32_t a_value = 0xaaaaaaaa, b_value = 0xbbbbbbbb, value;
	struct ipu_cmd_copy copy;
	struct context a, b;

	ctx_open(&a, host, 0, 0, 4);
	ctx_open(&b, host, 31, 4, 4);
	tiles_write(&a, 0, 4, IPU_SRAM_BASE, &a_value, 4);
	tiles_write(&b, 0, 4, IPU_SRAM_BASE, &b_value, 4);
	tile_read(&a, 3, IPU_SRAM_BASE, &value, 4);
	assert_int_equal(value, a_value);
	tile_read(&b, 0, IPU_SRAM_BASE, &value, 4);
	assert_int_equal(value, b_value);

	/* Neither the other's tiles nor memory that only the other has mapped. */
	copy = copy_from(4, 1, IPU_SRAM_BASE, VA(0), 4);
	ctx_put(&a, &copy);
	ctx_fault(&a, IPU_FAULT_BAD_FIELD, 4, 4);
	ctx_restart(&a);
	*ctx_pte(&a, VA(0)) = 0;
	copy = copy_from(0, 1, IPU_SRAM_BASE, VA(0), 4);
	ctx_put(&a, &copy);
	ctx_fault(&a, IPU_FAULT_DMA_UNMAPPED, VA(0), 0);
	ctx_put(&b, &copy);
	ctx_finish(&b);
	assert_int_equal(*(uint32_t *)host_at(host, 0), b_value);
}

/* A context that runs for ever does not hold up another one, nor a fault. */
static void test_progress(void **state)
{
	struct host *host = host_new(TILES, 1);
	struct context a, b;
	uint64_t word;

	(void)state;
	ctx_open(&a, host, 0, 0, 4);
	ctx_open(&b, host, 1, 4, 4);
	run_for_ever(&a, 4);
	word = put_fence(&b, 7, 0);
	ctx_finish(&b);
	assert_int_equal(*(uint64_t *)host_at(host, word), 7);
	ctx_put(&b, (uint32_t[IPU_CMD_SIZE / 4]){ 0xff });
	ctx_fault(&b, IPU_FAULT_BAD_OPCODE, 0, 0xff);
	assert_int_equal(ctx_state(&a), IPU_CTX_RUNNING);
	host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bad_config, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_config_interrupts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_config_is_locked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ctrl, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clear, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ring_wraps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_tail, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stop_in_mid_run, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stop_giant_commands, setup, teardown),
		cmocka_unit_test_setup_teardown(test_card_reset, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reset_excludes_writes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reset_during_reset, setup, teardown),
		cmocka_unit_test_setup_teardown(test_trace, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tlb_inval, setup, teardown),
		cmocka_unit_test_setup_teardown(test_remap_while_copying, setup, teardown),
		cmocka_unit_test_setup_teardown(test_overlap, setup, teardown),
		cmocka_unit_test_setup_teardown(test_isolation, setup, teardown),
		cmocka_unit_test(test_progress),
	};

	return cmocka_run_group_tests_name("card contexts", tests, NULL, NULL);
}
