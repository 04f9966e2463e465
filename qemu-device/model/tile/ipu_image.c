// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/* State on its way out of a card or into one, see ipu_image.h. */
#include "ipu_image.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ipu_host_memory.h"

bool ipu_image_refuse(struct ipu_image *image, const char *format, ...)
{
	va_list args;

	if (image->error[0])
		return false;
	va_start(args, format);
	vsnprintf(image->error, sizeof(image->error), format, args);
	va_end(args);
	return false;
}

bool ipu_image_bytes(struct ipu_image *image, void *data, size_t bytes)
{
	if (image->error[0])
		return false;
	if (image->move(image->arg, data, bytes))
		return true;
	return ipu_image_refuse(image, image->loading ? "the stream ends in the middle of the card" :
							"the stream takes no more");
}

bool ipu_image_flag(struct ipu_image *image, bool *flag)
{
	uint8_t byte = *flag;

	if (!IPU_IMAGE(image, byte))
		return false;
	if (byte > 1)
		return ipu_image_refuse(image, "a flag is %u", byte);
	*flag = byte;
	return true;
}

bool ipu_image_below(struct ipu_image *image, uint32_t *value, uint32_t end, const char *what)
{
	uint32_t number = *value;

	if (!IPU_IMAGE(image, number))
		return false;
	if (image->loading && number >= end)
		return ipu_image_refuse(image, "%s is %u, it must be less than %u", what, number, end);
	*value = number;
	return true;
}

static bool is_zero(const uint8_t *page)
{
	uint64_t word[8], any = 0;
	unsigned int i;

	for (i = 0; i < IPU_HOST_PAGE && !any; i += sizeof(word)) {
		memcpy(word, page + i, sizeof(word));
		any = word[0] | word[1] | word[2] | word[3] | word[4] | word[5] | word[6] | word[7];
	}
	return !any;
}

/* Each page has its number before it; the number after the last page ends the list. */
static bool save_memory(struct ipu_image *image, uint8_t *base, uint32_t pages)
{
	uint32_t i;

	for (i = 0; i < pages; i++)
		if (!is_zero(base + (size_t)i * IPU_HOST_PAGE) &&
		    (!IPU_IMAGE(image, i) ||
		     !ipu_image_bytes(image, base + (size_t)i * IPU_HOST_PAGE, IPU_HOST_PAGE)))
			return false;
	return IPU_IMAGE(image, pages);
}

static bool load_memory(struct ipu_image *image, uint8_t *base, uint32_t pages)
{
	uint32_t least = 0, i;

	for (;;) {
		if (!IPU_IMAGE(image, i))
			return false;
		if (i == pages)
			return true;
		if (i < least || i > pages)
			return ipu_image_refuse(image, "page %u of memory follows page %u of %u", i,
						least, pages);
		if (!ipu_image_bytes(image, base + (size_t)i * IPU_HOST_PAGE, IPU_HOST_PAGE))
			return false;
		least = i + 1;
	}
}

bool ipu_image_memory(struct ipu_image *image, uint8_t *base, size_t bytes)
{
	const uint32_t pages = bytes / IPU_HOST_PAGE;

	return image->loading ? load_memory(image, base, pages) : save_memory(image, base, pages);
}
