// SPDX-License-Identifier: MIT
/* Cards on the PCI bus, through libpci and, for what it does not provide, sysfs. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <pci/header.h>
#include <pci/pci.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_cards.h"
#include "ipu_hw.h"
#include "ipu_internal.h"

struct ipu_card_list {
	size_t count;
	struct ipu_card_desc *cards;
};

/* libpci's error function must not return; all that it gets is a message. */
static _Thread_local jmp_buf pci_failed;
static _Thread_local char pci_message[256];

static void __attribute__((noreturn, format(printf, 1, 2))) on_pci_error(char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(pci_message, sizeof(pci_message), format, args);
	va_end(args);
	longjmp(pci_failed, 1);
}

static void __attribute__((format(printf, 1, 2))) on_pci_note(char *format, ...)
{
	(void)format;
}

/* The first line of an attribute of a PCI function; false if it is not there. */
static bool read_attribute(const char *sysfs, const char *address, const char *name, char *text,
			   size_t bytes)
{
	char path[512];
	bool got;
	FILE *f;

	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/%s", sysfs, address, name);
	f = fopen(path, "re");
	if (!f)
		return false;
	got = fgets(text, (int)bytes, f);
	fclose(f);
	return got;
}

/* "2.5 GT/s PCIe" is 2500; 0 for no such file, and for "Unknown" */
static uint32_t read_link_speed(const char *sysfs, const char *address, const char *name)
{
	char text[64];
	unsigned int whole, tenths = 0;

	if (!read_attribute(sysfs, address, name, text, sizeof(text)) ||
	    sscanf(text, "%5u.%1u", &whole, &tenths) < 1)
		return 0;
	return whole * 1000 + tenths * 100;
}

static uint32_t read_link_width(const char *sysfs, const char *address, const char *name)
{
	char text[64];
	unsigned int lanes;

	if (!read_attribute(sysfs, address, name, text, sizeof(text)) ||
	    sscanf(text, "%5u", &lanes) != 1 || lanes > 32)
		return 0;
	return lanes;
}

/* The driver's device file: the folder "accel" of the function has one entry, "accelN". */
static void find_node(const char *sysfs, const char *dev, struct ipu_card_desc *card)
{
	char path[512];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/accel", sysfs, card->address);
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (!strncmp(entry->d_name, "accel", 5) && strlen(entry->d_name) < 16)
			snprintf(card->node, sizeof(card->node), "%s/accel/%.15s", dev,
				 entry->d_name);
	closedir(dir);
}

static uint32_t count_msix_vectors(struct pci_dev *pci)
{
	struct pci_cap *cap = pci_find_cap(pci, PCI_CAP_ID_MSIX, PCI_CAP_NORMAL);

	if (!cap)
		return 0;
	return (pci_read_word(pci, (int)cap->addr + PCI_CAP_FLAGS) & PCI_MSIX_TABSIZE) + 1u;
}

static void describe_bars(const struct pci_dev *pci, struct ipu_card_desc *card)
{
	for (unsigned int i = 0; i < IPU_MAX_BARS; i++) {
		uint32_t flags = pci->base_addr[i] & PCI_ADDR_FLAG_MASK;

		if (!pci->size[i])
			continue;
		card->bars[i].address = pci->base_addr[i] & PCI_ADDR_MEM_MASK;
		card->bars[i].size = pci->size[i];
		card->bars[i].is_64bit =
			(flags & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64;
		card->bars[i].prefetchable = flags & PCI_BASE_ADDRESS_MEM_PREFETCH;
	}
}

static void describe_card(struct pci_dev *pci, const char *sysfs, const char *dev,
			  struct ipu_card_desc *card)
{
	const char *driver;

	pci_fill_info(pci, PCI_FILL_BASES | PCI_FILL_SIZES | PCI_FILL_CLASS | PCI_FILL_CLASS_EXT |
				   PCI_FILL_SUBSYS | PCI_FILL_CAPS | PCI_FILL_NUMA_NODE |
				   PCI_FILL_DRIVER);

	*card = (struct ipu_card_desc){
		.size = sizeof(*card),
		.vendor_id = pci->vendor_id,
		.device_id = pci->device_id,
		.subsystem_vendor_id = pci->subsys_vendor_id,
		.subsystem_device_id = pci->subsys_id,
		.revision = pci->rev_id,
		.class_code = pci->device_class,
		.numa_node = pci->numa_node,
		.msix_vectors = count_msix_vectors(pci),
	};
	snprintf(card->address, sizeof(card->address), "%04x:%02x:%02x.%x",
		 (unsigned int)pci->domain & 0xffffff, pci->bus, pci->dev & 0x1fu, pci->func & 7u);
	driver = pci_get_string_property(pci, PCI_FILL_DRIVER);
	if (driver)
		snprintf(card->driver, sizeof(card->driver), "%s", driver);

	describe_bars(pci, card);
	card->link_speed = read_link_speed(sysfs, card->address, "current_link_speed");
	card->link_width = read_link_width(sysfs, card->address, "current_link_width");
	card->link_speed_max = read_link_speed(sysfs, card->address, "max_link_speed");
	card->link_width_max = read_link_width(sysfs, card->address, "max_link_width");
	if (!card->link_speed || !card->link_width)
		card->link_speed = card->link_width = 0;
	find_node(sysfs, dev, card);
}

static int by_address(const void *a, const void *b)
{
	const struct ipu_card_desc *left = a, *right = b;

	return strcmp(left->address, right->address);
}

static int add_cards(struct pci_access *access, const char *sysfs, const char *dev,
		     struct ipu_card_list *list)
{
	for (struct pci_dev *pci = access->devices; pci; pci = pci->next) {
		struct ipu_card_desc *cards;

		pci_fill_info(pci, PCI_FILL_IDENT);
		if (pci->vendor_id != IPU_PCI_VENDOR_ID || pci->device_id != IPU_PCI_DEVICE_ID)
			continue;
		cards = realloc(list->cards, (list->count + 1) * sizeof(*cards));
		if (!cards)
			return ipu_fail_nomem("the list of cards");
		list->cards = cards;
		describe_card(pci, sysfs, dev, &list->cards[list->count]);
		list->count++;
	}
	return 0;
}

/*
 * Calls of libpci after its set-up: they may leave through on_pci_error(), so
 * nothing is held here that would leak.
 */
static int scan_bus(struct pci_access *access, const char *sysfs, const char *dev,
		    struct ipu_card_list *list)
{
	if (setjmp(pci_failed))
		return ipu_fail(-EIO, "Cannot read the PCI bus: %s.", pci_message);

	pci_init(access);
	pci_scan_bus(access);
	return add_cards(access, sysfs, dev, list);
}

int ipu_card_list_scan(const char *sysfs, const char *dev, struct ipu_card_list **out)
{
	char folder[512];
	struct pci_access *access;
	struct ipu_card_list *list;
	DIR *bus;
	int err;

	*out = NULL;
	list = calloc(1, sizeof(*list));
	if (!list)
		return ipu_fail_nomem("the list of cards");

	/* A machine without a PCI bus has no card; libpci reports an error for it. */
	snprintf(folder, sizeof(folder), "%s/bus/pci", sysfs);
	bus = opendir(folder);
	if (!bus) {
		*out = list;
		return 0;
	}
	closedir(bus);

	access = pci_alloc();
	access->method = PCI_ACCESS_SYS_BUS_PCI;
	access->error = on_pci_error;
	access->warning = on_pci_note;
	access->debug = on_pci_note;
	pci_set_param(access, (char *)"sysfs.path", folder);
	err = scan_bus(access, sysfs, dev, list);
	pci_cleanup(access);
	if (err) {
		ipu_card_list_free(list);
		return err;
	}
	if (list->count)
		qsort(list->cards, list->count, sizeof(*list->cards), by_address);
	*out = list;
	return 0;
}

int ipu_card_list_new(struct ipu_card_list **list)
{
	return ipu_card_list_scan("/sys", "/dev", list);
}

size_t ipu_card_list_count(const struct ipu_card_list *list)
{
	return list->count;
}

int ipu_card_list_get(const struct ipu_card_list *list, size_t index, struct ipu_card_desc *desc)
{
	int err = IPU_STRUCT_CHECK(desc, ipu_card_desc, bars);

	if (err)
		return err;
	if (index >= list->count)
		return ipu_fail(-EINVAL, "There is no card %zu: the list has %zu.", index,
				list->count);
	ipu_struct_out(desc, &list->cards[index], sizeof(*desc));
	return 0;
}

void ipu_card_list_free(struct ipu_card_list *list)
{
	if (!list)
		return;
	free(list->cards);
	free(list);
}

bool ipu_card_is_address(const char *name)
{
	unsigned int domain, bus, slot, function;
	int end = 0;

	if (sscanf(name, "%6x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &end) == 4)
		return !name[end];
	end = 0;
	return sscanf(name, "%2x:%2x.%1x%n", &bus, &slot, &function, &end) == 3 && !name[end];
}

int ipu_card_find(const char *address, struct ipu_card_desc *card)
{
	struct ipu_card_list *list;
	char full[32];
	size_t count;
	int err;

	snprintf(full, sizeof(full), "%s%.16s",
		 strchr(address, ':') == strrchr(address, ':') ? "0000:" : "", address);
	err = ipu_card_list_new(&list);
	if (err)
		return err;

	count = ipu_card_list_count(list);
	err = -ENODEV;
	for (size_t i = 0; i < count && err; i++)
		if (!strcasecmp(list->cards[i].address, full)) {
			*card = list->cards[i];
			err = 0;
		}
	if (err && count)
		ipu_fail(err, "There is no IPU card at PCI address %s; the first one is at %s.",
			 address, list->cards[0].address);
	else if (err)
		ipu_fail(err,
			 "There is no IPU card at PCI address %s, nor anywhere else "
			 "(lspci -d %04x:%04x).",
			 address, IPU_PCI_VENDOR_ID, IPU_PCI_DEVICE_ID);
	ipu_card_list_free(list);
	return err;
}

int ipu_card_open(const struct ipu_card_desc *card, struct ipu_device **dev)
{
	if (card->node[0])
		return ipu_transport_drm_open(card->node, dev);
	if (!card->driver[0])
		return ipu_fail(-ENODEV,
				"The IPU card at %s has no driver: load the module with "
				"\"modprobe ipu\" as root; if it is loaded, dmesg says why it did "
				"not take the card.",
				card->address);
	if (strcmp(card->driver, "ipu"))
		return ipu_fail(-ENODEV,
				"The IPU card at %s belongs to the driver \"%s\": unbind it there "
				"(/sys/bus/pci/drivers/%s/unbind) and bind it to \"ipu\".",
				card->address, card->driver, card->driver);
	return ipu_fail(-ENODEV,
			"The driver of the IPU card at %s has made no device file; dmesg may say "
			"why.",
			card->address);
}
