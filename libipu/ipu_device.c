// SPDX-License-Identifier: MIT
/* Devices: finding one by its name, and the properties of an open one. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_cards.h"
#include "ipu_hw.h"
#include "isa/ipu_isa.h"
#include "ipu_internal.h"

#define DEFAULT_SIM_TILES 64

const char *ipu_version(void)
{
	return IPU_PACKAGE_VERSION;
}

struct ipu_device *ipu_device_get(struct ipu_device *dev)
{
	atomic_fetch_add(&dev->refs, 1);
	return dev;
}

void ipu_device_put(struct ipu_device *dev)
{
	if (atomic_fetch_sub(&dev->refs, 1) == 1)
		dev->ops->close(dev);
}

/* A number of a simulator option, which ends at a comma or with the text. */
static int parse_number(const char *key, const char **text, uint32_t *value)
{
	const char *from = *text;
	unsigned long number;
	char *end;

	errno = 0;
	number = isdigit((unsigned char)*from) ? strtoul(from, &end, 10) : ULONG_MAX;
	if (number > UINT32_MAX || errno || (*end && *end != ','))
		return ipu_fail(-EINVAL, "Option %s of the simulator wants a number, not \"%s\".",
				key, from);
	*value = (uint32_t)number;
	*text = end;
	return 0;
}

/* bytes, or with K, M, G or T in units of 1024 and its powers, as QEMU's sizes */
static int parse_size(const char *key, const char **text, uint64_t *value)
{
	static const char units[] = "KMGT";
	const char *from = *text;
	unsigned long long number;
	const char *unit;
	unsigned int shift = 0;
	char *end;

	errno = 0;
	number = isdigit((unsigned char)*from) ? strtoull(from, &end, 10) : 0;
	if (number && *end && (unit = strchr(units, *end))) {
		shift = 10 * (unsigned int)(unit - units + 1);
		end++;
	}
	if (!number || errno || number > UINT64_MAX >> shift || (*end && *end != ','))
		return ipu_fail(-EINVAL,
				"Option %s of the simulator wants a size, such as 512M or 4G, not "
				"\"%s\".",
				key, from);
	*value = (uint64_t)number << shift;
	*text = end;
	return 0;
}

/* a name that extends to the next comma */
static int parse_file(const char **text, char *name, size_t bytes)
{
	size_t length = strcspn(*text, ",");

	if (!length || length >= bytes)
		return ipu_fail(-EINVAL, "Option trace of the simulator wants a file name.");
	memcpy(name, *text, length);
	name[length] = '\0';
	*text += length;
	return 0;
}

int ipu_sim_parse(const char *name, struct ipu_sim_options *options, char *trace, size_t bytes,
		  uint32_t *cards)
{
	const char *text = name + strlen("sim");

	*options = (struct ipu_sim_options){ .size = sizeof(*options) };
	*cards = 0;
	while (*text) {
		int err;

		text++; /* the colon, or a comma */
		if (!strncmp(text, "tiles=", 6)) {
			text += 6;
			err = parse_number("tiles", &text, &options->tiles);
		} else if (!strncmp(text, "threads=", 8)) {
			text += 8;
			err = parse_number("threads", &text, &options->threads);
		} else if (!strncmp(text, "vlen=", 5)) {
			text += 5;
			err = parse_number("vlen", &text, &options->vlen);
		} else if (!strncmp(text, "max-host-memory=", 16)) {
			text += 16;
			err = parse_size("max-host-memory", &text, &options->max_host_memory);
		} else if (!strncmp(text, "trace=", 6)) {
			text += 6;
			err = parse_file(&text, trace, bytes);
			options->trace = trace;
		} else if (!strncmp(text, "cards=", 6)) {
			text += 6;
			err = parse_number("cards", &text, cards);
		} else {
			err = ipu_fail(
				-EINVAL,
				"The simulator has no option \"%s\"; it has tiles=N, "
				"threads=N, vlen=BITS, max-host-memory=SIZE, trace=FILE and, to "
				"open several linked cards, cards=N, as in "
				"\"sim:tiles=64,threads=2\".",
				text);
		}
		if (err)
			return err;
	}
	return 0;
}

static int open_sim_by_name(const char *name, struct ipu_device **dev)
{
	struct ipu_sim_options options;
	char trace[PATH_MAX];
	uint32_t cards;
	int err = ipu_sim_parse(name, &options, trace, sizeof(trace), &cards);

	if (err)
		return err;
	if (cards)
		return ipu_fail(
			-EINVAL,
			"\"%s\" is several linked cards, and one is to be opened here: leave "
			"cards= out, or open it with ipu_open_linked().",
			name);
	return ipu_open_sim(&options, dev);
}

int ipu_open_sim(const struct ipu_sim_options *options, struct ipu_device **dev)
{
	struct ipu_sim_options opts;
	int err;

	*dev = NULL;
	err = IPU_STRUCT_IN(&opts, options, ipu_sim_options, trace);
	if (err)
		return err;

	if (!opts.tiles)
		opts.tiles = DEFAULT_SIM_TILES;
	if (opts.tiles > IPU_MAX_TILES)
		return ipu_fail(-EINVAL, "A simulated card has 1 to %d tiles, not %u.",
				IPU_MAX_TILES, opts.tiles);
	if (opts.threads > 256)
		return ipu_fail(-EINVAL, "A simulated card has 1 to 256 threads, not %u.",
				opts.threads);
	if (!opts.vlen)
		opts.vlen = IPU_VLEN_DEFAULT;
	if (opts.vlen != 128 && opts.vlen != 256 && opts.vlen != 512 && opts.vlen != 1024)
		return ipu_fail(-EINVAL,
				"A simulated card has vector registers of 128, 256, 512 or 1024 "
				"bits, not %u.",
				opts.vlen);
	return ipu_transport_sim_open(&opts, dev);
}

/* The first card that has a device file; the reason, if none has. */
static int open_first(struct ipu_device **dev)
{
	struct ipu_card_list *list;
	struct ipu_card_desc card = { .size = sizeof(card) };
	size_t count;
	int err;

	err = ipu_card_list_new(&list);
	if (err)
		return err;

	count = ipu_card_list_count(list);
	if (!count) {
		ipu_card_list_free(list);
		return ipu_fail(-ENODEV,
				"No IPU card found: the PCI bus shows none (lspci -d %04x:%04x). "
				"Start the virtual machine with QEMU's -device ipu, or use the "
				"simulator: device \"sim\", or IPU_DEVICE=sim.",
				IPU_PCI_VENDOR_ID, IPU_PCI_DEVICE_ID);
	}

	for (size_t i = 0; i < count; i++) {
		ipu_card_list_get(list, i, &card);
		if (card.node[0])
			break;
	}
	if (!card.node[0])
		ipu_card_list_get(list, 0, &card);
	ipu_card_list_free(list);
	return ipu_card_open(&card, dev);
}

bool ipu_is_sim_name(const char *name)
{
	return !strncmp(name, "sim", 3) && (name[3] == '\0' || name[3] == ':');
}

int ipu_open(const char *name, struct ipu_device **dev)
{
	struct ipu_card_desc card;
	bool from_environment = false;
	int err;

	*dev = NULL;
	if (!name) {
		name = getenv("IPU_DEVICE");
		from_environment = true;
	}
	if (!name || !*name)
		return open_first(dev);
	if (ipu_is_sim_name(name))
		return open_sim_by_name(name, dev);
	if (name[0] == '/')
		return ipu_transport_drm_open(name, dev);
	if (!ipu_card_is_address(name))
		return ipu_fail(-EINVAL,
				"\"%s\"%s names no device: it can be a device file such as "
				"/dev/accel/accel0, a PCI address such as 0000:00:04.0, or "
				"sim or sim:tiles=64,threads=2 for the simulator.",
				name, from_environment ? " in IPU_DEVICE" : "");

	err = ipu_card_find(name, &card);
	if (err)
		return err;
	return ipu_card_open(&card, dev);
}

void ipu_close(struct ipu_device *dev)
{
	if (dev)
		ipu_device_put(dev);
}

int ipu_get_info(struct ipu_device *dev, struct ipu_info *info)
{
	int err = IPU_STRUCT_CHECK(info, ipu_info, va_size);

	if (err)
		return err;
	ipu_struct_out(info, &dev->info, sizeof(*info));
	return 0;
}

int ipu_get_usage(struct ipu_device *dev, struct ipu_usage *usage)
{
	struct ipu_usage now = { .size = sizeof(now) };
	int err = IPU_STRUCT_CHECK(usage, ipu_usage, resets);

	if (err)
		return err;
	err = ipu_check_process(dev);
	if (err)
		return err;
	err = dev->ops->get_usage(dev, &now);
	if (err)
		return ipu_fail_device(dev, err, "ask for the usage");
	ipu_struct_out(usage, &now, sizeof(now));
	return 0;
}

void ipu_isa_string(uint32_t isa, char *text, size_t bytes)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} extensions[] = {
		{ IPU_ISA_M, "m" },	     { IPU_ISA_A, "a" },
		{ IPU_ISA_F, "f" },	     { IPU_ISA_C, "c" },
		{ IPU_ISA_ZICSR, "_zicsr" }, { IPU_ISA_ZIFENCEI, "_zifencei" },
		{ IPU_ISA_ZBA, "_zba" },     { IPU_ISA_ZBB, "_zbb" },
		{ IPU_ISA_ZFH, "_zfh" },     { IPU_ISA_ZVE32F, "_zve32f" },
		{ IPU_ISA_ZVFH, "_zvfh" },   { IPU_ISA_XIPU, "_xipu" },
	};
	size_t used;

	if (!bytes)
		return;
	used = (size_t)snprintf(text, bytes, "rv32i");
	for (size_t i = 0; i < ARRAY_SIZE(extensions) && used < bytes; i++)
		if (isa & extensions[i].bit)
			used += (size_t)snprintf(text + used, bytes - used, "%s",
						 extensions[i].name);
}
