// SPDX-License-Identifier: MIT
/* A range of a buffer mapped into a context and unmapped, one call each. */
#include "guest.h"

#define PAGE (4u << 10)
#define LARGE_PAGE (2u << 20)
/* Where nothing else is: the driver hands out addresses from the bottom. */
#define VA (1ull << 36)

static void bind(const struct guest_card *card, const struct drm_ipu_bind_op *op)
{
	struct drm_ipu_vm_bind args = {
		.ctx = card->ctx,
		.ops = { .stride = sizeof(*op), .count = 1, .array = (uintptr_t)op },
	};

	guest_ioctl(card, DRM_IOCTL_IPU_VM_BIND, &args, "VM_BIND");
}

static double maps_per_second(const struct guest_card *card, uint32_t handle, uint64_t bytes,
			      unsigned int times)
{
	const struct drm_ipu_bind_op map = {
		.type = DRM_IPU_BIND_MAP, .handle = handle, .va = VA, .size = bytes
	};
	const struct drm_ipu_bind_op unmap = { .type = DRM_IPU_BIND_UNMAP,
					       .va = VA,
					       .size = bytes };
	double began = guest_now();
	unsigned int i;

	for (i = 0; i < times; i++) {
		bind(card, &map);
		bind(card, &unmap);
	}
	return times / (guest_now() - began) * 1e6;
}

void guest_maps(const struct guest_options *options, struct bench_report *report)
{
	struct bench_line *small = bench_report_add(report, "map_per_second_4k", "1/s", NULL);
	struct bench_line *large = bench_report_add(report, "map_per_second_2m", "1/s", NULL);
	struct guest_buffer buffer;
	struct guest_card card;
	unsigned int turn;

	guest_card_open(&card);
	guest_buffer_new(&card, LARGE_PAGE, &buffer);
	maps_per_second(&card, buffer.handle, LARGE_PAGE, 1);
	for (turn = 0; turn < options->turns; turn++) {
		bench_series_add(&small->value,
				 maps_per_second(&card, buffer.handle, PAGE, options->times));
		bench_series_add(&large->value,
				 maps_per_second(&card, buffer.handle, LARGE_PAGE, options->times));
	}
	guest_buffer_free(&card, &buffer);
	guest_card_close(&card);
}
