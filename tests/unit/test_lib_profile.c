// SPDX-License-Identifier: MIT
/* Profiles of a context of the simulator, and profiles that make no sense. */
#include <errno.h>
#include <stdlib.h>

#include <ipu_profile.h>

#include "ipu_hw.h"
#include "ipu_internal.h"
#include "isa/ipu_isa.h"
#include "lib_asm.h"
#include "lib_elf_make.h"

#define TILES 3
#define NAME_AT (IPU_SRAM_BASE + 0x1000)

struct bench {
	struct ipu_device *dev;
	struct ipu_context *ctx;
	struct ipu_program *prog;
};

/* A mark, an internal sync, an external one, and the end. */
static struct ipu_program *make_marks(void)
{
	const uint32_t code[] = {
		asm_addi(T0, ZERO, 9),
		asm_csrw(IPU_CSR_MARK, T0),
		asm_sync(IPU_ZONE_INTERNAL),
		asm_sync(IPU_ZONE_EXTERNAL),
		asm_exit(ZERO),
	};
	const struct make_elf make = {
		.segments = {
			{ .addr = IPU_SRAM_BASE, .data = code, .file_bytes = sizeof(code) },
			{ .addr = NAME_AT, .data = "a name\0bare", .file_bytes = 11, .bytes = 64 },
		},
	};

	return make_program(&make);
}

static int make_bench(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->dev = lib_open_sim(TILES);
	b->ctx = lib_make_context(b->dev, TILES);
	b->prog = make_marks();
	assert_ok(ipu_load(b->ctx, b->prog));
	*state = b;
	return 0;
}

static int free_bench(void **state)
{
	struct bench *b = *state;

	ipu_context_destroy(b->ctx);
	ipu_program_close(b->prog);
	ipu_close(b->dev);
	free(b);
	return 0;
}

static uint64_t run_all(struct ipu_context *ctx)
{
	struct ipu_report report = { .size = sizeof(report) };
	uint64_t cycles;

	assert_ok(ipu_run(ctx, &report));
	cycles = report.cycles;
	assert_true(report.at_sync);
	assert_ok(ipu_resume(ctx, &report));
	return cycles + report.cycles;
}

static void test_whole(void **state)
{
	struct bench *b = *state;
	const struct ipu_profile_options options = { .size = sizeof(options), .sample_cycles = 6 };
	struct ipu_profile_totals totals = { .size = sizeof(totals) };
	struct ipu_profile_event event = { .size = sizeof(event) };
	unsigned int kinds[6] = { 0 };
	uint32_t addr = 0, samples = 0;
	uint64_t place = 0, cycles, end = 0;
	int more;

	assert_ok(ipu_profile_start(b->ctx, &options));
	cycles = run_all(b->ctx);
	assert_ok(ipu_profile_get_totals(b->ctx, &totals));
	assert_int_equal(totals.compute_cycles + totals.sync_cycles + totals.exchange_cycles +
				 totals.host_cycles,
			 cycles);
	assert_int_equal(totals.supersteps, 3);
	while ((more = ipu_profile_next(b->ctx, &place, &event)) > 0) {
		kinds[event.kind]++;
		if (event.kind == IPU_EVENT_MARK)
			assert_int_equal(event.value, 9);
		if (event.kind == IPU_EVENT_STEP)
			end = event.end;
	}
	assert_ok(more);
	assert_int_equal(end, cycles);
	assert_int_equal(kinds[IPU_EVENT_STEP], 3);
	assert_int_equal(kinds[IPU_EVENT_TILE], 3 * TILES);
	assert_int_equal(kinds[IPU_EVENT_MARK], TILES);
	assert_int_equal(ipu_profile_samples(b->ctx, addr, &addr, &samples), 1);
	assert_int_equal(addr, IPU_SRAM_BASE);
	assert_int_equal(samples, TILES);
	assert_int_equal(ipu_profile_samples(b->ctx, IPU_SRAM_END, &addr, &samples), 0);
}

/* Runs after a stop are not in it, and a start forgets it. */
static void test_stop(void **state)
{
	struct bench *b = *state;
	struct ipu_profile_totals totals = { .size = sizeof(totals) };

	assert_ok(ipu_profile_start(b->ctx, NULL));
	run_all(b->ctx);
	assert_ok(ipu_profile_stop(b->ctx));
	run_all(b->ctx);
	assert_ok(ipu_profile_get_totals(b->ctx, &totals));
	assert_int_equal(totals.supersteps, 3);
	assert_ok(ipu_profile_start(b->ctx, NULL));
	assert_ok(ipu_profile_get_totals(b->ctx, &totals));
	assert_int_equal(totals.supersteps, 0);
	run_all(b->ctx);
	run_all(b->ctx);
	assert_ok(ipu_profile_get_totals(b->ctx, &totals));
	assert_int_equal(totals.supersteps, 6);
}

static void test_errors(void **state)
{
	struct bench *b = *state;
	struct ipu_profile_options options = { .size = sizeof(options), .bytes = 100 };
	struct ipu_profile_totals totals = { .size = sizeof(totals) };
	struct ipu_profile_event event = { .size = sizeof(event) };
	uint32_t addr = 0, samples;
	uint64_t place = 0;

	assert_fails(ipu_profile_get_totals(b->ctx, &totals), -EINVAL, "ipu_profile_start()");
	assert_fails(ipu_profile_next(b->ctx, &place, &event), -EINVAL, "not profiled");
	assert_fails(ipu_profile_samples(b->ctx, 0, &addr, &samples), -EINVAL, "not profiled");
	assert_fails(ipu_profile_start(b->ctx, &options), -EINVAL, "not 100");
	options.bytes = IPU_PROFILE_MAX_BYTES + 1ull;
	assert_fails(ipu_profile_start(b->ctx, &options), -EINVAL, "1073741824");
	options.size = 4;
	assert_fails(ipu_profile_start(b->ctx, &options), -EINVAL, "ipu_profile_options");
	assert_ok(ipu_profile_start(b->ctx, NULL));
	assert_int_equal(ipu_profile_samples(b->ctx, 0, &addr, &samples), 0);
	assert_int_equal(ipu_profile_next(b->ctx, &place, &event), 0);
	place = 8;
	assert_fails(ipu_profile_next(b->ctx, &place, &event), -EINVAL, "place 8");
	assert_ok(ipu_run_start(b->ctx));
	assert_fails(ipu_profile_start(b->ctx, NULL), -EBUSY, "ipu_run_wait()");
	assert_fails(ipu_profile_stop(b->ctx), -EBUSY, "ipu_run_wait()");
	assert_fails(ipu_profile_get_totals(b->ctx, &totals), -EBUSY, "ipu_run_wait()");
	assert_ok(ipu_run_wait(b->ctx, -1, NULL));
	totals.size = 3;
	assert_fails(ipu_profile_get_totals(b->ctx, &totals), -EINVAL, "ipu_profile_totals");
}

static void test_old_card(void **state)
{
	struct bench *b = *state;

	b->dev->info.caps &= ~IPU_CAP_PROFILE;
	assert_fails(ipu_profile_start(b->ctx, NULL), -ENOTSUP, "too old");
}

/* Whatever a card writes: an error, or events of this context, and an end. */
static void test_senseless(void **state)
{
	struct bench *b = *state;
	const struct ipu_profile_options options = { .size = sizeof(options), .bytes = 2048 };
	struct ipu_profile_event event = { .size = sizeof(event) };
	struct ipu_profile_totals totals = { .size = sizeof(totals) };
	unsigned char good[2048], *data;
	unsigned int failed = 0;

	assert_ok(ipu_profile_start(b->ctx, &options));
	run_all(b->ctx);
	data = b->ctx->profile.records->data;
	memcpy(good, data, sizeof(good));
	srand(1);
	for (unsigned int i = 0; i < 20000; i++) {
		uint64_t place = 0;
		int more;

		for (unsigned int n = 1 + i % 4; n; n--)
			data[(size_t)rand() % 1024] = (unsigned char)rand();
		for (unsigned int n = 0; (more = ipu_profile_next(b->ctx, &place, &event)) > 0;
		     n++) {
			assert_true(n < sizeof(good) / 8 && event.tile < TILES);
			assert_true(event.unit <= IPU_SUPERVISOR && event.begin <= event.end);
		}
		if (more) {
			assert_int_equal(more, -EIO);
			assert_sentence(ipu_error(), "makes no sense");
			failed++;
		}
		ipu_profile_get_totals(b->ctx, &totals);
		memcpy(data, good, sizeof(good));
	}
	assert_true(failed > 1000);
}

static void test_marks(void **state)
{
	struct bench *b = *state;
	char text[16];

	ipu_program_mark(b->prog, 17, text, sizeof(text));
	assert_string_equal(text, "17");
	ipu_program_mark(b->prog, NAME_AT, text, sizeof(text));
	assert_string_equal(text, "a name");
	ipu_program_mark(b->prog, NAME_AT, text, 4);
	assert_string_equal(text, "a n");
	/* not in the file, or without an end */
	ipu_program_mark(b->prog, NAME_AT + 32, text, sizeof(text));
	assert_string_equal(text, "315424");
	ipu_program_mark(b->prog, NAME_AT + 7, text, sizeof(text));
	assert_string_equal(text, "315399");
	ipu_program_mark(b->prog, UINT32_MAX, text, sizeof(text));
	assert_string_equal(text, "4294967295");
}

int lib_test_profile(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(test_stop, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(test_errors, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(test_old_card, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(test_senseless, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(test_marks, make_bench, free_bench),
	};

	return cmocka_run_group_tests_name("profiles", tests, NULL, NULL);
}
