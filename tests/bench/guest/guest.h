/* SPDX-License-Identifier: MIT */
/*
 * What is measured in a VM: the card through the driver's own interface, without libipu,
 * against what else the machine has. Functions that fail say why and end the program.
 */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <drm.h>
#include <drm/ipu_accel.h>

#include "../../userq_bell.h"
#include "../report.h"
#include "ipu_hw.h"

/**
 * struct guest_options - from the command line
 * @nvme: QEMU's NVMe device, /dev/nvme0n1
 * @turns: how often everything is measured
 * @times: how often what is short is done in a turn; once, in a check
 */
struct guest_options {
	const char *nvme;
	unsigned int turns;
	unsigned int times;
};

/**
 * struct guest_buffer - a buffer object, mapped into the process and into the context
 * @handle: GEM handle
 * @bytes: a multiple of the page size
 * @va: in the context
 * @map: in the process
 */
struct guest_buffer {
	uint32_t handle;
	uint64_t bytes;
	uint64_t va;
	uint8_t *map;
};

/**
 * struct guest_card - an open card with a context of all tiles
 * @fd: of the device
 * @ctx: the context
 * @tiles: how many
 * @commands: a list of one command, for guest_submit()
 */
struct guest_card {
	int fd;
	uint32_t ctx;
	uint32_t tiles;
	struct guest_buffer commands;
};

/** guest_fail - say that @what failed, with errno, and end the program */
_Noreturn void guest_fail(const char *what);

/** guest_ioctl - an ioctl of the card that does not fail; @what for a message that it did */
void guest_ioctl(const struct guest_card *card, unsigned long request, void *arg, const char *what);

void guest_card_open(struct guest_card *card);
void guest_card_close(struct guest_card *card);

void guest_buffer_new(const struct guest_card *card, uint64_t bytes, struct guest_buffer *buffer);
void guest_buffer_free(const struct guest_card *card, struct guest_buffer *buffer);

/** guest_command - have guest_submit() submit this command, of IPU_CMD_SIZE bytes */
void guest_command(struct guest_card *card, const void *command);

/** guest_submit - a job of that one command in a queue of the context. Return: its number */
uint64_t guest_submit(const struct guest_card *card, uint32_t queue);

/** guest_wait - wait for a job, which must succeed */
void guest_wait(const struct guest_card *card, uint64_t seqno);

/**
 * struct guest_doorbell - a user queue of a card's context
 * @ring: its ring, and in the page behind it the value that its last job has written
 * @bell: the queue
 */
struct guest_doorbell {
	struct guest_buffer ring;
	struct uq_bell bell;
};

void guest_doorbell_open(const struct guest_card *card, struct guest_doorbell *doorbell);
void guest_doorbell_close(const struct guest_card *card, struct guest_doorbell *doorbell);

/** guest_doorbell_submit - one FENCE, without the kernel; waits while there is no room for it */
void guest_doorbell_submit(struct guest_doorbell *doorbell);

/** guest_doorbell_wait - returns when the value of the last FENCE is in memory */
void guest_doorbell_wait(const struct guest_doorbell *doorbell);

/** guest_now - microseconds since some time in the past */
double guest_now(void);

/**
 * guest_percentile - sort @count values, and return the one that @percent of them do not exceed
 * @count: at least 1
 */
double guest_percentile(double *values, size_t count, unsigned int percent);

/* The parts. Each measures, checks what it can of what was done, and adds lines to the report. */
void guest_jobs(const struct guest_options *options, struct bench_report *report);
void guest_copies(const struct guest_options *options, struct bench_report *report);
void guest_maps(const struct guest_options *options, struct bench_report *report);

#endif /* BENCH_GUEST_H */
