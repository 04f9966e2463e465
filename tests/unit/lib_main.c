// SPDX-License-Identifier: MIT
/* Unit tests of libipu, with its simulator, and of what the tools do with files. */
#include <fcntl.h>

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

struct lib_files lib_open_files(void)
{
	struct lib_files files;

	for (int fd = 0; fd < 256; fd++)
		files.is_open[fd] = fcntl(fd, F_GETFD) >= 0;
	return files;
}

void lib_check_cloexec(const struct lib_files *before)
{
	int opened = 0;

	for (int fd = 0; fd < 256; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags < 0 || before->is_open[fd])
			continue;
		opened++;
		assert_true(flags & FD_CLOEXEC);
	}
	assert_true(opened > 0);
}

int main(void)
{
	int failed = 0;

	failed += lib_test_npy();
	failed += lib_test_elf();
	failed += lib_test_attributes();
	failed += lib_test_fuzz();
	failed += lib_test_grid();
	failed += lib_test_shard();
	failed += lib_test_cards();
	failed += lib_test_struct();
	failed += lib_test_open();
	failed += lib_test_drm();
	failed += lib_test_commands();
	failed += lib_test_debug();
	failed += lib_test_print();
	failed += lib_test_profile();
	failed += lib_test_program();
	failed += lib_test_tensor();
	failed += lib_test_jobs();
	failed += lib_test_stream();
	failed += lib_test_threads();
	failed += lib_test_fork();
	return failed != 0;
}
