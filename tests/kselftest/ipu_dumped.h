/* SPDX-License-Identifier: MIT */
/*
 * Dumps that the driver has taken, and what it tells the administrator: of all that a test may
 * have wrong with the card, see Documentation/dumps.rst.
 */
#ifndef IPU_DUMPED_H
#define IPU_DUMPED_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <drm/ipu_dump.h>

#define IPU_DUMPS "/sys/class/devcoredump/"

/**
 * struct ipu_dumped - a dump that was read
 * @path: its file
 * @data: its contents, to be freed by free()
 * @size: how many bytes
 */
struct ipu_dumped {
	char path[PATH_MAX];
	uint8_t *data;
	size_t size;
};

/* Read the dump that there is, once it is there; false if it is not in so many ms. */
bool ipu_dump_take(struct ipu_dumped *dump, unsigned int ms);
/* Remove the one that there is, if any; without that there is no other. */
void ipu_dump_clear(void);
/* Both. Returns which &enum ipu_dump_kind it is, 0 if there is none in a while. */
uint32_t ipu_dump_take_kind(void);

static inline const struct ipu_dump_header *ipu_dump_header(const struct ipu_dumped *dump)
{
	return (const struct ipu_dump_header *)dump->data;
}

/* A file that gets each uevent from now on, or -1. */
int ipu_uevents_open(void);
/* Does a uevent of an accel device have this in its environment, before long? */
bool ipu_uevents_have(int fd, const char *want);

#endif /* IPU_DUMPED_H */
