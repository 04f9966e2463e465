/* SPDX-License-Identifier: MIT */
/* What ipu-info knows about a card, and its two output formats. */
#ifndef IPU_INFO_CARDS_H
#define IPU_INFO_CARDS_H

#include <ipu.h>

#include "info_sample.h"

/**
 * struct info_card - a card
 * @on_bus: @desc is valid; not so for the simulator
 * @desc: what the PCI bus says
 * @opened: @info and @usage are valid
 * @info: what the driver says
 * @usage: how much of it is taken
 * @num_clients, @clients: the processes that use it, as far as this user may see them
 * @error: why it could not be opened
 */
struct info_card {
	bool on_bus;
	struct ipu_card_desc desc;
	bool opened;
	struct ipu_info info;
	struct ipu_usage usage;
	size_t num_clients;
	const struct info_client *clients;
	char error[1024];
};

/** info_print_table - for people */
void info_print_table(const struct info_card *cards, size_t count);

/** info_print_json - for programs; @error is NULL, or why there are no cards to show */
void info_print_json(const struct info_card *cards, size_t count, const char *error);

#endif /* IPU_INFO_CARDS_H */
