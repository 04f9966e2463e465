// SPDX-License-Identifier: MIT
/* ipu-info health: whether the cards are well. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "info_options.h"
#include "info_sample.h"
#include "json.h"

static const char help[] =
	"Usage: ipu-info health [OPTION]...\n"
	"Say whether the IPU cards of this machine are well: their state, faults of programs,\n"
	"resets, errors in memory and on the PCI link, temperature. Needs no privilege.\n"
	"\n"
	"  -d, --device ADDRESS  only the card with this PCI address\n"
	"  -j, --json            print JSON\n"
	"      --root DIR        read proc and sys below DIR, of a machine that was recorded\n"
	"      --help            print this and exit\n"
	"      --version         print the version and exit\n"
	"\n"
	"Exit status:\n"
	"  0    every card is well\n"
	"  1    a card is not: what is wrong is marked with \"!\"\n"
	"  120  wrong command line\n"
	"  123  there is no card\n"
	"  126  the output could not be written\n"
	"  127  something else went wrong\n";

#define MAX_PROBLEMS 8

/**
 * struct diagnosis - what is wrong with a card
 * @bad: it is not well; without this, what is said is for information
 * @text: what, and what to do about it
 */
struct diagnosis {
	unsigned int count;
	struct {
		bool bad;
		char text[200];
	} problem[MAX_PROBLEMS];
};

__attribute__((format(printf, 3, 4))) static void note(struct diagnosis *diagnosis, bool bad,
						       const char *format, ...)
{
	va_list args;

	if (diagnosis->count == MAX_PROBLEMS)
		return;
	diagnosis->problem[diagnosis->count].bad = bad;
	va_start(args, format);
	vsnprintf(diagnosis->problem[diagnosis->count++].text, sizeof(diagnosis->problem[0].text),
		  format, args);
	va_end(args);
}

static bool is_well(const struct diagnosis *diagnosis)
{
	for (unsigned int i = 0; i < diagnosis->count; i++)
		if (diagnosis->problem[i].bad)
			return false;
	return true;
}

static void diagnose_driver(const struct info_card_state *card, struct diagnosis *diagnosis)
{
	if (!card->driver)
		note(diagnosis, true,
		     "it has no driver: load the module (modprobe ipu), see dmesg if that fails");
	else if (!strcmp(card->state, "away"))
		note(diagnosis, true,
		     "it is being reset or is suspended; if that lasts, write 1 to its file "
		     "'remove' in sysfs, then to /sys/bus/pci/rescan");
	else if (strcmp(card->state, "up") && strcmp(card->state, "asleep"))
		note(diagnosis, true,
		     "it is out of use, see dmesg for what to do: it did not come back from a "
		     "reset");
	if (card->card_resets.value)
		note(diagnosis, false,
		     "the whole card was reset %lld times, all contexts were lost",
		     (long long)card->card_resets.value);
	if (card->hangs.value)
		note(diagnosis, false, "the driver had to end %lld jobs, for a time limit",
		     (long long)card->hangs.value);
}

static void diagnose_errors(const struct info_card_state *card, struct diagnosis *diagnosis)
{
	int64_t aer = card->aer_nonfatal.value + card->aer_fatal.value;

	if (card->ecc_uncorrected.value)
		note(diagnosis, true, "%lld errors in SRAM could not be corrected",
		     (long long)card->ecc_uncorrected.value);
	if (card->ecc_corrected.value)
		note(diagnosis, false, "%lld errors in SRAM were corrected",
		     (long long)card->ecc_corrected.value);
	if (aer)
		note(diagnosis, true, "%lld errors of the PCI link were not corrected",
		     (long long)aer);
	if (card->temp_mc.known && card->temp_crit_mc.known &&
	    card->temp_mc.value >= card->temp_crit_mc.value)
		note(diagnosis, true, "it is too hot: %.1f degrees Celsius or more are critical",
		     (double)card->temp_crit_mc.value / 1000);
}

/* ---- Output ---- */

static const struct line {
	const char *label;
	const char *json;
	size_t offset;
} lines[] = {
	{ "faults", "faults", offsetof(struct info_card_state, faults) },
	{ "hangs", "hangs", offsetof(struct info_card_state, hangs) },
	{ "resets", "resets", offsetof(struct info_card_state, resets) },
	{ "card resets", "card_resets", offsetof(struct info_card_state, card_resets) },
	{ "ECC corrected", "ecc_corrected", offsetof(struct info_card_state, ecc_corrected) },
	{ "ECC failed", "ecc_uncorrected", offsetof(struct info_card_state, ecc_uncorrected) },
	{ "AER corrected", "aer_correctable", offsetof(struct info_card_state, aer_correctable) },
	{ "AER not fatal", "aer_nonfatal", offsetof(struct info_card_state, aer_nonfatal) },
	{ "AER fatal", "aer_fatal", offsetof(struct info_card_state, aer_fatal) },
};

static const struct info_value *value_of(const struct info_card_state *card, size_t i)
{
	return (const struct info_value *)((const char *)card + lines[i].offset);
}

static void print_text(const struct info_card_state *card, const struct diagnosis *diagnosis)
{
	printf("%s  %s\n", card->address, is_well(diagnosis) ? "well" : "NOT WELL");
	printf("  %-14s %s\n", "state", card->driver ? card->state : "no driver");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (value_of(card, i)->known)
			printf("  %-14s %lld\n", lines[i].label,
			       (long long)value_of(card, i)->value);
	if (card->temp_mc.known)
		printf("  %-14s %.1f C, critical at %.1f C\n", "temperature",
		       (double)card->temp_mc.value / 1000, (double)card->temp_crit_mc.value / 1000);
	for (unsigned int i = 0; i < diagnosis->count; i++)
		printf("  %c %s\n", diagnosis->problem[i].bad ? '!' : '-',
		       diagnosis->problem[i].text);
}

static void print_json(struct json *json, const struct info_card_state *card,
		       const struct diagnosis *diagnosis)
{
	json_object(json, NULL);
	json_string(json, "address", card->address);
	json_bool(json, "well", is_well(diagnosis));
	json_string(json, "state", card->driver ? card->state : NULL);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		json_known_count(json, lines[i].json,
				 value_of(card, i)->known && value_of(card, i)->value >= 0,
				 (uint64_t)value_of(card, i)->value);
	json_known_number(json, "temperature_celsius", card->temp_mc.known,
			  (double)card->temp_mc.value / 1000);
	json_array(json, "problems");
	for (unsigned int i = 0; i < diagnosis->count; i++) {
		json_object(json, NULL);
		json_bool(json, "bad", diagnosis->problem[i].bad);
		json_string(json, "text", diagnosis->problem[i].text);
		json_close(json);
	}
	json_close(json);
	json_close(json);
}

static int report(const struct info_sample *sample, bool as_json)
{
	bool well = true;
	struct json json;

	if (as_json) {
		json_begin(&json, "ipu-info health");
		json_array(&json, "cards");
	}
	for (size_t i = 0; i < sample->num_cards; i++) {
		const struct info_card_state *card = &sample->cards[i];
		struct diagnosis diagnosis = { 0 };

		diagnose_driver(card, &diagnosis);
		diagnose_errors(card, &diagnosis);
		well &= is_well(&diagnosis);
		if (as_json)
			print_json(&json, card, &diagnosis);
		else
			print_text(card, &diagnosis);
	}
	if (as_json) {
		json_close(&json);
		json_end(&json);
	}
	return cli_flush() ? CLI_OUTPUT : well ? CLI_OK : EXIT_FAILURE;
}

int info_health(int argc, char **argv)
{
	struct info_options options;
	struct info_sample sample;
	int status;

	if (!info_parse_options(argc, argv, help, false, &options, &status))
		return status;
	if (!info_sample_take(&sample, options.num_roots ? options.roots[0] : "", options.device))
		return cli_fail(CLI_INTERNAL, "Out of memory.");
	if (!sample.num_cards && options.device)
		status = cli_fail(CLI_DEVICE, "There is no IPU card at the PCI address %s.",
				  options.device);
	else if (!sample.num_cards)
		status = cli_fail(CLI_DEVICE, "No IPU card found on the PCI bus.");
	else
		status = report(&sample, options.json);
	info_sample_free(&sample);
	return status;
}
