// SPDX-License-Identifier: MIT
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

uint64_t lib_context_flags;

struct ipu_context *lib_make_context(struct ipu_device *dev, uint32_t tiles)
{
	const struct ipu_context_options options = {
		.size = sizeof(options),
		.tiles = tiles,
		.flags = lib_context_flags,
	};
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
