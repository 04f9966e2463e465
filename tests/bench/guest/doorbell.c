// SPDX-License-Identifier: MIT
/* A user queue of the card's context: jobs that reach the card without the kernel. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "guest.h"

#define PAGE 4096u
#define RING_COUNT 16u

/* A look is some nanoseconds: this many take longer than any job. */
#define LOOKS_MOST 4000000000u

void guest_doorbell_open(const struct guest_card *card, struct guest_doorbell *bell)
{
	struct drm_ipu_userq_create create = { .ctx = card->ctx, .ring_count = RING_COUNT };
	void *page;

	/* The ring, and the value of its fences in the page behind it */
	guest_buffer_new(card, 2 * PAGE, &bell->ring);
	create.ring_va = bell->ring.va;
	guest_ioctl(card, DRM_IOCTL_IPU_USERQ_CREATE, &create, "USERQ_CREATE");
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, card->fd,
		    (off_t)create.doorbell);
	if (page == MAP_FAILED)
		guest_fail("mmap() of the doorbell");
	bell->queue = create.queue;
	bell->page = page;
	bell->written = 0;
}

void guest_doorbell_job(struct guest_doorbell *bell)
{
	const volatile uint64_t *value = (const void *)(bell->ring.map + PAGE);
	const struct ipu_cmd_fence fence = {
		.op = IPU_CMD_FENCE,
		.va = bell->ring.va + PAGE,
		.value = bell->written + 1,
	};
	uint32_t looks = 0;

	memcpy(bell->ring.map + bell->written % RING_COUNT * IPU_CMD_SIZE, &fence, sizeof(fence));
	bell->written++;
	__sync_synchronize();
	*bell->page = bell->written;
	while (*value < bell->written) {
		if (++looks == LOOKS_MOST) {
			errno = ETIME;
			guest_fail("a job of a user queue");
		}
	}
}

void guest_doorbell_close(const struct guest_card *card, struct guest_doorbell *bell)
{
	struct drm_ipu_userq_destroy destroy = { .ctx = card->ctx, .queue = bell->queue };

	guest_ioctl(card, DRM_IOCTL_IPU_USERQ_DESTROY, &destroy, "USERQ_DESTROY");
	munmap((void *)(uintptr_t)bell->page, PAGE);
	guest_buffer_free(card, &bell->ring);
}
