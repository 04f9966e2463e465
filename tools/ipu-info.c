// SPDX-License-Identifier: MIT
/* ipu-info: which IPU cards there are, and what they are. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ipu.h>

#include "cli.h"
#include "info_cards.h"
#include "info_options.h"

static const char help[] =
	"Usage: ipu-info [OPTION]...\n"
	"       ipu-info top [OPTION]...\n"
	"       ipu-info health [OPTION]...\n"
	"Show the IPU cards of this machine: where they are on the PCI bus, what they have,\n"
	"which driver they belong to, how much of them is in use, and by which processes.\n"
	"With top, show how busy they are, as it changes; with health, whether they are well:\n"
	"see ipu-info top --help and ipu-info health --help.\n"
	"\n"
	"  -d, --device NAME  only this one: /dev/accel/accel0, a PCI address, or sim or\n"
	"                     sim:tiles=64,threads=2 for a simulated card\n"
	"                     (default: $IPU_DEVICE, else every card)\n"
	"  -j, --json         print JSON\n"
	"      --help         print this and exit\n"
	"      --version      print the version and exit\n"
	"\n"
	"Exit status:\n"
	"  0    every card shown can be used\n"
	"  120  wrong command line\n"
	"  123  there is no card, or one that cannot be used: no driver, no permission\n"
	"  126  the output could not be written\n"
	"  127  something else went wrong\n";

struct options {
	const char *device;
	bool json;
};

/* Returns false when there is nothing to do but to exit with @status. */
static bool parse_options(int argc, char **argv, struct options *options, int *status)
{
	static const struct option known[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ 0 },
	};
	int c;

	*status = CLI_OK;
	while ((c = getopt_long(argc, argv, ":d:j", known, NULL)) != -1) {
		switch (c) {
		case 'd':
			options->device = optarg;
			break;
		case 'j':
			options->json = true;
			break;
		default:
			if (cli_answer(c, help))
				return false;
			*status = CLI_USAGE;
			return cli_refuse_option(c, argv);
		}
	}
	if (optind == argc)
		return true;
	*status = cli_fail(CLI_USAGE,
			   "\"%s\" is one argument too many: name a card with "
			   "--device; " CLI_SEE_HELP ".",
			   argv[optind]);
	return false;
}

/* Ask the driver, or keep the reason why that failed. */
static void open_card(const char *name, struct info_card *card)
{
	struct ipu_device *dev;
	int err = ipu_open(name, &dev);

	card->info.size = sizeof(card->info);
	card->usage.size = sizeof(card->usage);
	if (!err)
		err = ipu_get_info(dev, &card->info);
	if (!err)
		err = ipu_get_usage(dev, &card->usage);
	card->opened = !err;
	if (err)
		snprintf(card->error, sizeof(card->error), "%s", ipu_error());
	ipu_close(dev);
}

/* The processes that use a card: those of a sample that is ordered by card. */
static void find_clients(const struct info_sample *sample, struct info_card *card)
{
	size_t i = 0;

	while (i < sample->num_clients &&
	       strcmp(sample->clients[i].address, card->desc.address) != 0)
		i++;
	card->clients = &sample->clients[i];
	while (i + card->num_clients < sample->num_clients &&
	       !strcmp(card->clients[card->num_clients].address, card->desc.address))
		card->num_clients++;
}

/* What the bus says about a device that was named, if it is on the bus. */
static void find_on_bus(const struct ipu_card_list *list, struct info_card *card)
{
	for (size_t i = 0; i < ipu_card_list_count(list); i++) {
		card->desc.size = sizeof(card->desc);
		if (!ipu_card_list_get(list, i, &card->desc) &&
		    !strcmp(card->desc.node, card->info.name)) {
			card->on_bus = true;
			break;
		}
	}
}

static int print(const struct options *options, struct info_card *cards, size_t count)
{
	struct info_sample sample;

	if (!info_sample_take(&sample, "", NULL))
		return cli_fail(CLI_INTERNAL, "Out of memory.");
	for (size_t i = 0; i < count; i++)
		if (cards[i].on_bus)
			find_clients(&sample, &cards[i]);
	if (options->json)
		info_print_json(cards, count, NULL);
	else
		info_print_table(cards, count);
	info_sample_free(&sample);
	return cli_flush();
}

/* There is nothing to show. */
static int fail(const struct options *options, int status, const char *error)
{
	if (options->json) {
		info_print_json(NULL, 0, error);
		status = cli_flush() ? CLI_OUTPUT : status;
	}
	return cli_fail(status, "%s", error);
}

static int show_one(const struct options *options, const char *name,
		    const struct ipu_card_list *list)
{
	struct info_card card = { 0 };

	open_card(name, &card);
	if (!card.opened)
		return fail(options, CLI_DEVICE, card.error);
	find_on_bus(list, &card);
	return print(options, &card, 1);
}

static int show_all(const struct options *options, const struct ipu_card_list *list)
{
	size_t count = ipu_card_list_count(list);
	struct info_card *cards = calloc(count, sizeof(*cards));
	int status;

	if (!cards)
		return fail(options, CLI_INTERNAL, "Out of memory.");
	for (size_t i = 0; i < count; i++) {
		cards[i].on_bus = true;
		cards[i].desc.size = sizeof(cards[i].desc);
		ipu_card_list_get(list, i, &cards[i].desc);
		open_card(cards[i].desc.address, &cards[i]);
	}
	status = print(options, cards, count);
	for (size_t i = 0; i < count; i++)
		if (!cards[i].opened)
			status = cli_fail(status ? status : CLI_DEVICE, "%s", cards[i].error);
	free(cards);
	return status;
}

/* Without a card the library has the message. */
static int show_none(const struct options *options)
{
	struct info_card card = { 0 };

	open_card(NULL, &card);
	return fail(options, CLI_DEVICE, card.error);
}

static int show(const struct options *options)
{
	const char *environment = getenv("IPU_DEVICE");
	const char *name = options->device ? options->device : environment;
	struct ipu_card_list *list;
	int status;

	if (ipu_card_list_new(&list))
		return fail(options, CLI_INTERNAL, ipu_error());
	if (name && *name)
		status = show_one(options, name, list);
	else if (ipu_card_list_count(list))
		status = show_all(options, list);
	else
		status = show_none(options);
	ipu_card_list_free(list);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	int status;

	cli_start("ipu-info");
	if (argc > 1 && !strcmp(argv[1], "top"))
		return info_top(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "health"))
		return info_health(argc - 1, argv + 1);
	if (parse_options(argc, argv, &options, &status))
		status = show(&options);
	else if (status == CLI_OK)
		status = cli_flush();
	return status;
}
