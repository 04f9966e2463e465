// SPDX-License-Identifier: MIT
/* A user queue of the card's context: jobs that reach the card without the kernel. */
#include "guest.h"

/* A look is some nanoseconds: this many take longer than any job. */
#define LOOKS_MOST 4000000000u

void guest_doorbell_open(const struct guest_card *card, struct guest_doorbell *doorbell)
{
	int ret;

	/* The ring, and the value of its fences in the page behind it */
	guest_buffer_new(card, 2 * UQ_PAGE, &doorbell->ring);
	ret = uq_bell_create(&doorbell->bell, card->fd, card->ctx, doorbell->ring.va);
	if (ret) {
		errno = -ret;
		guest_fail("a user queue");
	}
}

void guest_doorbell_job(struct guest_doorbell *doorbell)
{
	uint64_t value = doorbell->bell.written + 1;
	uint32_t looks = 0;

	uq_bell_fence(&doorbell->bell, doorbell->ring.map, doorbell->ring.va, value);
	uq_bell_ring(&doorbell->bell);
	while (uq_bell_value(doorbell->ring.map) < value) {
		if (++looks == LOOKS_MOST) {
			errno = ETIME;
			guest_fail("a job of a user queue");
		}
	}
}

void guest_doorbell_close(const struct guest_card *card, struct guest_doorbell *doorbell)
{
	struct drm_ipu_userq_destroy destroy = { .ctx = card->ctx, .queue = doorbell->bell.id };

	guest_ioctl(card, DRM_IOCTL_IPU_USERQ_DESTROY, &destroy, "USERQ_DESTROY");
	uq_bell_unmap(&doorbell->bell);
	guest_buffer_free(card, &doorbell->ring);
}
