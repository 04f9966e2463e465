// SPDX-License-Identifier: MIT
/* ipu-info's output for programs. Addresses and serial numbers are strings: they may need 64 bits. */
#include <cJSON.h>
#include <stdio.h>

#include "cli.h"
#include "info_cards.h"

static void add_hex(cJSON *json, const char *name, uint64_t value, int digits)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%0*llx", digits, (unsigned long long)value);
	cJSON_AddStringToObject(json, name, text);
}

/* A name that is not known is null. */
static void add_name(cJSON *json, const char *name, const char *value)
{
	if (value[0])
		cJSON_AddStringToObject(json, name, value);
	else
		cJSON_AddNullToObject(json, name);
}

static void add_link(cJSON *json, const char *name, uint32_t speed, uint32_t width)
{
	cJSON *link;

	if (!speed || !width) {
		cJSON_AddNullToObject(json, name);
		return;
	}
	link = cJSON_AddObjectToObject(json, name);
	cJSON_AddNumberToObject(link, "mega_transfers_per_second", speed);
	cJSON_AddNumberToObject(link, "lanes", width);
}

static void add_bars(cJSON *json, const struct ipu_card_desc *desc)
{
	cJSON *bars = cJSON_AddArrayToObject(json, "bars");

	for (unsigned int i = 0; i < IPU_MAX_BARS; i++) {
		cJSON *bar;

		if (!desc->bars[i].size)
			continue;
		bar = cJSON_CreateObject();
		cJSON_AddNumberToObject(bar, "index", i);
		add_hex(bar, "address", desc->bars[i].address, 1);
		cJSON_AddNumberToObject(bar, "size", (double)desc->bars[i].size);
		cJSON_AddBoolToObject(bar, "is_64bit", desc->bars[i].is_64bit);
		cJSON_AddBoolToObject(bar, "prefetchable", desc->bars[i].prefetchable);
		cJSON_AddItemToArray(bars, bar);
	}
}

static void add_bus(cJSON *json, const struct ipu_card_desc *desc)
{
	cJSON *pci = cJSON_AddObjectToObject(json, "pci");

	cJSON_AddStringToObject(pci, "address", desc->address);
	add_hex(pci, "vendor_id", desc->vendor_id, 4);
	add_hex(pci, "device_id", desc->device_id, 4);
	add_hex(pci, "subsystem_vendor_id", desc->subsystem_vendor_id, 4);
	add_hex(pci, "subsystem_device_id", desc->subsystem_device_id, 4);
	add_hex(pci, "revision", desc->revision, 2);
	add_hex(pci, "class", desc->class_code, 4);
	add_link(pci, "link", desc->link_speed, desc->link_width);
	add_link(pci, "link_max", desc->link_speed_max, desc->link_width_max);
	add_bars(pci, desc);
	cJSON_AddNumberToObject(pci, "msix_vectors", desc->msix_vectors);
	cJSON_AddNumberToObject(pci, "numa_node", desc->numa_node);
	add_name(pci, "kernel_driver", desc->driver);
	add_name(pci, "node", desc->node);
}

static void add_device(cJSON *json, const struct ipu_info *info, const struct ipu_usage *usage)
{
	char text[96];

	cJSON_AddStringToObject(json, "device", info->name);
	cJSON_AddStringToObject(json, "driver", info->driver);
	cJSON_AddStringToObject(json, "driver_version", info->driver_version);
	snprintf(text, sizeof(text), "%u.%u", info->hw_version >> 16, info->hw_version & 0xffff);
	cJSON_AddStringToObject(json, "interface_version", text);
	snprintf(text, sizeof(text), "%u.%u.%u", info->fw_version >> 24,
		 info->fw_version >> 16 & 0xff, info->fw_version & 0xffff);
	cJSON_AddStringToObject(json, "firmware_version", text);
	add_hex(json, "serial", info->serial, 16);
	ipu_isa_string(info->isa, text, sizeof(text));
	cJSON_AddStringToObject(json, "isa", text);
	cJSON_AddNumberToObject(json, "vlen", info->vlen);
	cJSON_AddNumberToObject(json, "tiles", info->tiles);
	cJSON_AddNumberToObject(json, "workers", info->workers);
	add_hex(json, "sram_base", info->sram_base, 1);
	cJSON_AddNumberToObject(json, "sram_size", info->sram_size);
	cJSON_AddNumberToObject(json, "clock_khz", info->clock_khz);
	cJSON_AddNumberToObject(json, "contexts", info->contexts);
	cJSON_AddNumberToObject(json, "contexts_in_use", usage->contexts);
	cJSON_AddNumberToObject(json, "tiles_in_use", usage->tiles);
	cJSON_AddNumberToObject(json, "largest_free_range", usage->largest_free);
	cJSON_AddNumberToObject(json, "resets", (double)usage->resets);
}

int info_print_json(const struct info_card *cards, size_t count)
{
	cJSON *json = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(json, "cards");

	for (size_t i = 0; i < count; i++) {
		cJSON *card = cJSON_CreateObject();

		if (cards[i].on_bus)
			add_bus(card, &cards[i].desc);
		if (cards[i].opened)
			add_device(card, &cards[i].info, &cards[i].usage);
		else
			cJSON_AddStringToObject(card, "error", cards[i].error);
		cJSON_AddItemToArray(list, card);
	}
	return cli_print_json(json);
}
