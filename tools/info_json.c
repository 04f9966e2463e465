// SPDX-License-Identifier: MIT
/* ipu-info's output for programs. */
#include <stdio.h>

#include "info_cards.h"
#include "json.h"

/* A name that is not known is null. */
static void add_name(struct json *json, const char *name, const char *value)
{
	json_string(json, name, value[0] ? value : NULL);
}

static void add_link(struct json *json, const char *name, uint32_t speed, uint32_t width)
{
	if (!speed || !width) {
		json_string(json, name, NULL);
		return;
	}
	json_object(json, name);
	json_count(json, "mega_transfers_per_second", speed);
	json_count(json, "lanes", width);
	json_close(json);
}

static void add_bars(struct json *json, const struct ipu_card_desc *desc)
{
	json_array(json, "bars");
	for (unsigned int i = 0; i < IPU_MAX_BARS; i++) {
		if (!desc->bars[i].size)
			continue;
		json_object(json, NULL);
		json_count(json, "index", i);
		json_hex(json, "address", desc->bars[i].address, 1);
		json_count(json, "size", desc->bars[i].size);
		json_bool(json, "is_64bit", desc->bars[i].is_64bit);
		json_bool(json, "prefetchable", desc->bars[i].prefetchable);
		json_close(json);
	}
	json_close(json);
}

static void add_bus(struct json *json, const struct ipu_card_desc *desc)
{
	json_object(json, "pci");
	json_string(json, "address", desc->address);
	json_hex(json, "vendor_id", desc->vendor_id, 4);
	json_hex(json, "device_id", desc->device_id, 4);
	json_hex(json, "subsystem_vendor_id", desc->subsystem_vendor_id, 4);
	json_hex(json, "subsystem_device_id", desc->subsystem_device_id, 4);
	json_hex(json, "revision", desc->revision, 2);
	json_hex(json, "class", desc->class_code, 4);
	add_link(json, "link", desc->link_speed, desc->link_width);
	add_link(json, "link_max", desc->link_speed_max, desc->link_width_max);
	add_bars(json, desc);
	json_count(json, "msix_vectors", desc->msix_vectors);
	json_number(json, "numa_node", desc->numa_node);
	add_name(json, "kernel_driver", desc->driver);
	add_name(json, "node", desc->node);
	json_close(json);
}

static void add_device(struct json *json, const struct ipu_info *info,
		       const struct ipu_usage *usage)
{
	char text[96];

	json_string(json, "device", info->name);
	json_string(json, "driver", info->driver);
	json_string(json, "driver_version", info->driver_version);
	snprintf(text, sizeof(text), "%u.%u", info->hw_version >> 16, info->hw_version & 0xffff);
	json_string(json, "interface_version", text);
	snprintf(text, sizeof(text), "%u.%u.%u", info->fw_version >> 24,
		 info->fw_version >> 16 & 0xff, info->fw_version & 0xffff);
	json_string(json, "firmware_version", text);
	json_hex(json, "serial", info->serial, 16);
	ipu_isa_string(info->isa, text, sizeof(text));
	json_string(json, "isa", text);
	json_count(json, "vlen", info->vlen);
	json_count(json, "tiles", info->tiles);
	json_count(json, "workers", info->workers);
	json_hex(json, "sram_base", info->sram_base, 1);
	json_count(json, "sram_size", info->sram_size);
	json_count(json, "clock_khz", info->clock_khz);
	json_count(json, "contexts", info->contexts);
	json_count(json, "contexts_in_use", usage->contexts);
	json_count(json, "tiles_in_use", usage->tiles);
	json_count(json, "largest_free_range", usage->largest_free);
	json_count(json, "resets", usage->resets);
}

static void add_processes(struct json *json, const struct info_card *card)
{
	json_array(json, "processes");
	for (size_t i = 0; i < card->num_clients; i++) {
		const struct info_client *client = &card->clients[i];

		json_object(json, NULL);
		json_number(json, "pid", client->pid);
		json_string(json, "command", client->comm);
		json_count(json, "contexts", client->contexts);
		json_count(json, "tiles", client->tiles);
		json_count(json, "busy_ns", client->busy_ns);
		json_count(json, "memory_bytes", client->memory);
		json_count(json, "jobs", client->jobs);
		json_count(json, "jobs_failed", client->jobs_failed);
		json_count(json, "queue_commands", client->queue_commands);
		json_close(json);
	}
	json_close(json);
}

void info_print_json(const struct info_card *cards, size_t count, const char *error)
{
	struct json json;

	json_begin(&json, "ipu-info");
	json_array(&json, "cards");
	for (size_t i = 0; i < count; i++) {
		json_object(&json, NULL);
		if (cards[i].on_bus)
			add_bus(&json, &cards[i].desc);
		if (cards[i].opened)
			add_device(&json, &cards[i].info, &cards[i].usage);
		else
			json_string(&json, "error", cards[i].error);
		if (cards[i].on_bus)
			add_processes(&json, &cards[i]);
		json_close(&json);
	}
	json_close(&json);
	if (error)
		json_string(&json, "error", error);
	json_end(&json);
}
