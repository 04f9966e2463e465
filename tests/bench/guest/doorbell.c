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

static void wait_for(const struct guest_doorbell *doorbell, uint64_t value)
{
	uint32_t looks = 0;

	while (uq_bell_value(doorbell->ring.map) < value) {
		if (++looks == LOOKS_MOST) {
			errno = ETIME;
			guest_fail("a job of a user queue");
		}
	}
}

void guest_doorbell_submit(struct guest_doorbell *doorbell)
{
	uint64_t value = doorbell->bell.written + 1;

	/* A place is free when the value of the job behind the one that had it is there. */
	if (value >= UQ_COUNT)
		wait_for(doorbell, value - UQ_COUNT + 1);
	uq_bell_fence(&doorbell->bell, doorbell->ring.map, doorbell->ring.va, value);
	uq_bell_ring(&doorbell->bell);
}

void guest_doorbell_wait(const struct guest_doorbell *doorbell)
{
	wait_for(doorbell, doorbell->bell.written);
}

void guest_doorbell_close(const struct guest_card *card, struct guest_doorbell *doorbell)
{
	struct drm_ipu_userq_destroy destroy = { .ctx = card->ctx, .queue = doorbell->bell.id };

	guest_ioctl(card, DRM_IOCTL_IPU_USERQ_DESTROY, &destroy, "USERQ_DESTROY");
	uq_bell_unmap(&doorbell->bell);
	guest_buffer_free(card, &doorbell->ring);
}
