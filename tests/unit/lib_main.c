// SPDX-License-Identifier: MIT
/* Unit tests of libipu, with its simulator, and of what the tools do with files. */
#include "lib_test.h"

struct ipu_device *lib_open_sim(uint32_t tiles)
{
	const struct ipu_sim_options options = {
		.size = sizeof(options),
		.tiles = tiles,
		.threads = 2,
	};
	struct ipu_device *dev;

	assert_ok(ipu_open_sim(&options, &dev));
	return dev;
}

struct ipu_context *lib_make_context(struct ipu_device *dev, uint32_t tiles)
{
	const struct ipu_context_options options = { .size = sizeof(options), .tiles = tiles };
	struct ipu_context *ctx;

	assert_ok(ipu_context_create(dev, &options, &ctx));
	return ctx;
}

int main(void)
{
	int failed = 0;

	failed += lib_test_npy();
	failed += lib_test_elf();
	failed += lib_test_attributes();
	failed += lib_test_fuzz();
	failed += lib_test_shard();
	failed += lib_test_cards();
	failed += lib_test_struct();
	failed += lib_test_open();
	failed += lib_test_drm();
	failed += lib_test_commands();
	failed += lib_test_debug();
	failed += lib_test_program();
	failed += lib_test_tensor();
	failed += lib_test_threads();
	return failed != 0;
}
