// SPDX-License-Identifier: MIT
//
// A tensor of PyTorch's and a card of libipu's in one C++ program: that what is built with
// Debian 13's compiler against PyTorch works with a libipu that this machine built.

#include <ATen/Functions.h>
#include <ipu.h>

#include <cstdio>

int main()
{
	struct ipu_device *device = nullptr;
	struct ipu_info info = {};
	const at::Tensor ones = at::ones({3});

	info.size = sizeof(info);
	if (ipu_open("sim:tiles=8", &device) || ipu_get_info(device, &info)) {
		std::fprintf(stderr, "%s\n", ipu_error());
		return 1;
	}
	ipu_close(device);
	std::printf("sum %g, %u tiles\n", ones.sum().item<double>(), info.tiles);
	return 0;
}
