// SPDX-License-Identifier: MIT
/* ipu-info's table for people. */
#include <stdio.h>

#include "cli.h"
#include "info_cards.h"

static void print_link(const struct ipu_card_desc *desc)
{
	if (!desc->link_speed) {
		printf("  %-14s none, integrated into the root complex\n", "link");
		return;
	}
	printf("  %-14s %.1f GT/s, %u lane%s", "link", desc->link_speed / 1000.0, desc->link_width,
	       desc->link_width == 1 ? "" : "s");
	if (desc->link_speed_max && desc->link_width_max)
		printf(" (at most %.1f GT/s, %u)", desc->link_speed_max / 1000.0,
		       desc->link_width_max);
	putchar('\n');
}

static void print_bars(const struct ipu_card_desc *desc)
{
	char text[32], label[16];

	for (unsigned int i = 0; i < IPU_MAX_BARS; i++) {
		const struct ipu_bar *bar = &desc->bars[i];

		if (!bar->size)
			continue;
		snprintf(label, sizeof(label), "BAR %u", i);
		printf("  %-14s %s at 0x%llx, %s, %sprefetchable\n", label,
		       cli_format_bytes(bar->size, text), (unsigned long long)bar->address,
		       bar->is_64bit ? "64-bit" : "32-bit", bar->prefetchable ? "" : "not ");
	}
}

static void print_bus(const struct ipu_card_desc *desc)
{
	printf("  %-14s %04x:%04x, revision %02x, subsystem %04x:%04x\n", "PCI ids",
	       desc->vendor_id, desc->device_id, desc->revision, desc->subsystem_vendor_id,
	       desc->subsystem_device_id);
	printf("  %-14s %04x%s\n", "class", desc->class_code,
	       desc->class_code == 0x1200 ? ", processing accelerator" : "");
	print_link(desc);
	print_bars(desc);
	if (desc->msix_vectors)
		printf("  %-14s %u vectors\n", "MSI-X", desc->msix_vectors);
	else
		printf("  %-14s unknown, root can read it\n", "MSI-X");
	if (desc->numa_node >= 0)
		printf("  %-14s %d\n", "NUMA node", desc->numa_node);
	else
		printf("  %-14s none\n", "NUMA node");
}

static void print_device(const struct ipu_info *info, const struct ipu_usage *usage)
{
	char text[96], size[32];

	printf("  %-14s %u of %s SRAM at 0x%x, each with a supervisor and %u workers\n", "tiles",
	       info->tiles, cli_format_bytes(info->sram_size, size), info->sram_base,
	       info->workers);
	printf("  %-14s %.3f GHz\n", "clock", info->clock_khz / 1e6);
	ipu_isa_string(info->isa, text, sizeof(text));
	printf("  %-14s %s", "ISA", text);
	if (info->vlen)
		printf(", vectors of %u bits", info->vlen);
	printf("\n  %-14s interface %u.%u, firmware %u.%u.%u, driver %s %s\n", "versions",
	       info->hw_version >> 16, info->hw_version & 0xffff, info->fw_version >> 24,
	       info->fw_version >> 16 & 0xff, info->fw_version & 0xffff, info->driver,
	       info->driver_version);
	printf("  %-14s %016llx\n", "serial", (unsigned long long)info->serial);
	printf("  %-14s %u of %u contexts, %u of %u tiles; largest free range %u\n", "in use",
	       usage->contexts, info->contexts, usage->tiles, info->tiles, usage->largest_free);
	printf("  %-14s %llu\n", "resets", (unsigned long long)usage->resets);
}

static void print_processes(const struct info_card *card)
{
	char memory[32], busy[32];

	for (size_t i = 0; i < card->num_clients; i++) {
		const struct info_client *client = &card->clients[i];

		printf("  %-14s %d %s: %llu context%s, %llu tiles, %s of buffers, %llu jobs, "
		       "%llu queue commands, tile time %s\n",
		       "process", (int)client->pid, client->comm,
		       (unsigned long long)client->contexts, client->contexts == 1 ? "" : "s",
		       (unsigned long long)client->tiles, cli_format_bytes(client->memory, memory),
		       (unsigned long long)client->jobs, (unsigned long long)client->queue_commands,
		       cli_format_ns((double)client->busy_ns, busy));
	}
}

void info_print_table(const struct info_card *cards, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct info_card *card = &cards[i];
		const char *driver = card->desc.driver;

		if (i)
			putchar('\n');
		if (card->on_bus)
			printf("%s  %s\n", card->desc.address,
			       card->desc.node[0] ? card->desc.node : "no device file");
		else
			printf("%s\n", card->info.name);
		if (card->on_bus) {
			print_bus(&card->desc);
			printf("  %-14s %s\n", "kernel driver", driver[0] ? driver : "none");
		}
		if (card->opened)
			print_device(&card->info, &card->usage);
		print_processes(card);
	}
}
