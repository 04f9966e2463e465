// SPDX-License-Identifier: MIT
/*
 * Structures that grow: callers with an older header and with a newer one than the
 * library's. Of the library's own structures there is one version so far; the ones
 * here have had three.
 */
#include <errno.h>

#include "ipu_internal.h"
#include "isa/ipu_isa.h"
#include "lib_test.h"

struct first {
	size_t size;
	uint32_t a;
	uint32_t b;
};

/* The library's. */
struct grown {
	size_t size;
	uint32_t a;
	uint32_t b;
	uint64_t c;
};

struct newest {
	size_t size;
	uint32_t a;
	uint32_t b;
	uint64_t c;
	uint64_t d[3];
};

static int take(struct grown *ours, const void *user)
{
	return IPU_STRUCT_IN(ours, user, grown, b);
}

static void test_in_shorter(void **state)
{
	struct {
		struct first first;
		uint64_t beyond;
	} user = { { sizeof(struct first), 1, 2 }, 99 };
	struct grown ours;

	(void)state;
	assert_ok(take(&ours, &user));
	assert_int_equal(ours.a, 1);
	assert_int_equal(ours.b, 2);
	assert_true(ours.c == 0);
	assert_ok(take(&ours, NULL));
	assert_int_equal(ours.a, 0);
}

static void test_in_longer(void **state)
{
	struct newest user = { .size = sizeof(user), .a = 1, .b = 2, .c = 3 };
	struct grown ours;

	(void)state;
	assert_ok(take(&ours, &user));
	assert_true(ours.a == 1 && ours.b == 2 && ours.c == 3);
	for (int i = 0; i < 3; i++) {
		user.d[i] = 1ull << 63;
		assert_fails(take(&ours, &user), -EINVAL, "does not know; use a newer libipu");
		user.d[i] = 0;
	}
	assert_ok(take(&ours, &user));
}

static void test_in_wrong(void **state)
{
	const size_t wrong[] = { 0, 1, sizeof(size_t), sizeof(struct first) - 1, 4097, SIZE_MAX };
	struct newest user = { 0 };
	struct grown ours;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		user.size = wrong[i];
		assert_fails(take(&ours, &user), -EINVAL,
			     "set it to sizeof(struct grown), which is 16 or more");
	}
}

static void test_out(void **state)
{
	const struct grown ours = { sizeof(ours), 1, 2, 3 };
	struct newest user;

	(void)state;
	for (size_t size = sizeof(struct first); size <= sizeof(user); size += 8) {
		memset(&user, 0xee, sizeof(user));
		user.size = size;
		assert_ok(IPU_STRUCT_CHECK(&user, grown, b));
		ipu_struct_out(&user, &ours, sizeof(ours));
		assert_true(user.size == size && user.a == 1 && user.b == 2);
		assert_true(user.c == (size >= sizeof(ours) ? 3 : 0xeeeeeeeeeeeeeeee));
		for (size_t i = 0; i < 3; i++)
			assert_true(user.d[i] ==
				    (size >= sizeof(ours) + 8 * (i + 1) ? 0 : 0xeeeeeeeeeeeeeeee));
	}
	user.size = SIZE_MAX;
	assert_fails(IPU_STRUCT_CHECK(&user, grown, b), -EINVAL, "set it to sizeof");
}

/* What calls make of them, for one structure of each kind: filled in, options, commands. */
static void test_calls(void **state)
{
	struct {
		struct ipu_info info;
		uint64_t more;
	} info = { .info = { .size = sizeof(info) }, .more = 5 };
	struct {
		struct ipu_context_options options;
		uint64_t more;
	} options = { .options = { .size = sizeof(options), .tiles = 2 } };
	struct {
		struct ipu_copy copy;
		uint64_t more;
	} copy = {
		.copy = {
			.size = sizeof(copy),
			.tile_count = 1,
			.tile_addr = IPU_SRAM_BASE,
			.row_bytes = 4,
			.rows = 1,
		},
	};
	struct {
		struct ipu_launch launch;
		uint64_t more;
	} launch = {
		.launch = { .size = sizeof(launch), .tile_count = 1, .entry = IPU_SRAM_BASE },
	};
	struct ipu_device *dev = lib_open_sim(2);
	struct ipu_context *ctx, *none;
	struct ipu_cmds *cmds;

	(void)state;
	assert_ok(ipu_get_info(dev, &info.info));
	assert_true(info.info.tiles == 2 && info.more == 0 && info.info.size == sizeof(info));
	assert_ok(ipu_context_create(dev, &options.options, &ctx));
	options.more = 1;
	assert_fails(ipu_context_create(dev, &options.options, &none), -EINVAL,
		     "ipu_context_options sets an option");
	assert_null(none);
	assert_ok(ipu_cmds_create(ctx, 8, &cmds));
	assert_ok(ipu_cmds_copy_to_tiles(cmds, &copy.copy));
	assert_ok(ipu_cmds_copy_from_tiles(cmds, &copy.copy));
	assert_ok(ipu_cmds_run(cmds, &launch.launch));
	copy.more = launch.more = 1;
	assert_fails(ipu_cmds_copy_to_tiles(cmds, &copy.copy), -EINVAL, "ipu_copy sets an option");
	assert_fails(ipu_cmds_copy_from_tiles(cmds, &copy.copy), -EINVAL, "ipu_copy sets");
	assert_fails(ipu_cmds_run(cmds, &launch.launch), -EINVAL, "ipu_launch sets an option");
	copy.copy.size = launch.launch.size = 0;
	assert_fails(ipu_cmds_copy_to_tiles(cmds, &copy.copy), -EINVAL, "sizeof(struct ipu_copy)");
	assert_fails(ipu_cmds_run(cmds, &launch.launch), -EINVAL, "sizeof(struct ipu_launch)");
	assert_fails(ipu_cmds_copy_to_tiles(cmds, NULL), -EINVAL, "struct ipu_copy is needed");
	assert_fails(ipu_cmds_run(cmds, NULL), -EINVAL, "struct ipu_launch is needed");
	assert_int_equal(ipu_cmds_count(cmds), 3);
	ipu_cmds_destroy(cmds);
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

int lib_test_struct(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_shorter), cmocka_unit_test(test_in_longer),
		cmocka_unit_test(test_in_wrong),   cmocka_unit_test(test_out),
		cmocka_unit_test(test_calls),
	};

	return cmocka_run_group_tests_name("struct", tests, NULL, NULL);
}
