// SPDX-License-Identifier: MIT
/* ipu-info top: a live view of the cards and of the processes that use them. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "info_options.h"
#include "info_sample.h"
#include "json.h"

static const char help[] =
	"Usage: ipu-info top [OPTION]...\n"
	"Show how busy the IPU cards are, and which processes use them, until it is interrupted:\n"
	"on a terminal as a table, in a pipe as a line for each card and each process. Other\n"
	"users' processes are shown to root.\n"
	"\n"
	"  -d, --device ADDRESS  only the card with this PCI address\n"
	"  -i, --interval S      seconds from one time to the next (default 1)\n"
	"  -n, --count N         end after N times\n"
	"  -j, --json            print JSON: an object on a line of its own each time\n"
	"      --root DIR        read proc and sys below DIR, of a machine that was recorded; given\n"
	"                        several times, one after the other\n"
	"      --help            print this and exit\n"
	"      --version         print the version and exit\n"
	"\n"
	"Exit status:\n"
	"  0    it was interrupted, or --count was reached\n"
	"  120  wrong command line\n"
	"  123  there is no card\n"
	"  126  the output could not be written\n"
	"  127  something else went wrong\n";

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* ---- What has changed ---- */

/**
 * struct rates - of a card or a client between two samples
 * @known: it is in both
 * @busy: part of the card's tiles that it kept busy, 0 to 1
 * @jobs: jobs a second
 * @commands: commands of user queues a second
 * @counts_commands: that is known, too
 */
struct rates {
	bool known;
	double busy;
	double jobs;
	double commands;
	bool counts_commands;
};

static struct rates rates_of(double seconds, double tiles, double busy_ns, double jobs,
			     double commands, bool counts_commands)
{
	struct rates rates = { .known = seconds > 0 && tiles > 0 };

	if (rates.known) {
		rates.busy = busy_ns / 1e9 / seconds / tiles;
		rates.jobs = jobs / seconds;
		rates.commands = commands / seconds;
		rates.counts_commands = counts_commands;
	}
	return rates;
}

static const struct info_card_state *find_card(const struct info_sample *sample,
					       const char *address)
{
	for (size_t i = 0; i < sample->num_cards; i++)
		if (!strcmp(sample->cards[i].address, address))
			return &sample->cards[i];
	return NULL;
}

static struct rates card_rates(const struct info_sample *old, const struct info_sample *new,
			       const struct info_card_state *card)
{
	const struct info_card_state *past = find_card(old, card->address);

	if (!past || !past->tile_busy_ns.known || !card->tile_busy_ns.known)
		return (struct rates){ 0 };
	return rates_of(new->time - old->time, (double)card->tiles.value,
			(double)(card->tile_busy_ns.value - past->tile_busy_ns.value),
			(double)(card->jobs.value - past->jobs.value),
			(double)(card->queue_commands.value - past->queue_commands.value),
			card->queue_commands.known && past->queue_commands.known);
}

static struct rates client_rates(const struct info_sample *old, const struct info_sample *new,
				 const struct info_client *client)
{
	const struct info_card_state *card = find_card(new, client->address);

	for (size_t i = 0; card && i < old->num_clients; i++) {
		const struct info_client *past = &old->clients[i];

		if (past->id == client->id && !strcmp(past->address, client->address))
			return rates_of(new->time - old->time, (double)card->tiles.value,
					(double)client->busy_ns - (double)past->busy_ns,
					(double)client->jobs - (double)past->jobs,
					(double)client->queue_commands -
						(double)past->queue_commands,
					card->queue_commands.known);
	}
	return (struct rates){ 0 };
}

/* ---- Text ---- */

/* A number or "-", in a text that the next but three calls overwrite. */
static const char *number(bool known, const char *format, double value)
{
	static char texts[4][32];
	static unsigned int next;
	char *text = texts[next++ % 4];

	/* The formats are this file's own. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(texts[0]), known ? format : "-", value);
#pragma GCC diagnostic pop
	return text;
}

static void print_card(const struct info_card_state *card, const struct rates *rates)
{
	if (!card->driver) {
		printf("no driver\n");
		return;
	}
	printf("%s, %lld of %lld tiles in use, busy %s%%, %s jobs/s, %s queue commands/s",
	       card->state, (long long)card->tiles_in_use.value, (long long)card->tiles.value,
	       number(rates->known, "%.1f", rates->busy * 100),
	       number(rates->known, "%.1f", rates->jobs),
	       number(rates->counts_commands, "%.1f", rates->commands));
	if (card->power_uw.known)
		printf(", %.1f W, %.1f C, %.0f MHz", (double)card->power_uw.value / 1e6,
		       (double)card->temp_mc.value / 1e3, (double)card->clock_hz.value / 1e6);
	putchar('\n');
}

/* A terminal is cleared; each client is in the table of its card. */
static void print_screen(const struct info_sample *old, const struct info_sample *new)
{
	char memory[32];

	fputs("\033[H\033[J", stdout);
	for (size_t i = 0; i < new->num_cards; i++) {
		const struct info_card_state *card = &new->cards[i];
		const struct rates rates = card_rates(old, new, card);

		printf("%s%s  ", i ? "\n" : "", card->address);
		print_card(card, &rates);
		printf("%9s %-16s %8s %6s %7s %10s %10s %10s\n", "PID", "COMMAND", "CONTEXTS",
		       "TILES", "BUSY%", "MEMORY", "JOBS/S", "QUEUED/S");
		for (size_t c = 0; c < new->num_clients; c++) {
			const struct info_client *client = &new->clients[c];
			const struct rates its = client_rates(old, new, client);

			if (strcmp(client->address, card->address))
				continue;
			printf("%9d %-16.16s %8llu %6llu %7s %10s %10s %10s\n", (int)client->pid,
			       client->comm, (unsigned long long)client->contexts,
			       (unsigned long long)client->tiles,
			       number(its.known, "%.1f", its.busy * 100),
			       cli_format_bytes(client->memory, memory),
			       number(its.known, "%.1f", its.jobs),
			       number(its.counts_commands, "%.1f", its.commands));
		}
	}
}

/* Lines that say by themselves what they are about. */
static void print_lines(const struct info_sample *old, const struct info_sample *new)
{
	char memory[32];

	for (size_t i = 0; i < new->num_cards; i++) {
		const struct rates rates = card_rates(old, new, &new->cards[i]);

		printf("%.2f %s card ", new->time, new->cards[i].address);
		print_card(&new->cards[i], &rates);
	}
	for (size_t i = 0; i < new->num_clients; i++) {
		const struct info_client *client = &new->clients[i];
		const struct rates rates = client_rates(old, new, client);

		printf("%.2f %s process %d %s, %llu contexts, %llu tiles, busy %s%%, %s, %s jobs/s, %s queue commands/s\n",
		       new->time, client->address, (int)client->pid, client->comm,
		       (unsigned long long)client->contexts, (unsigned long long)client->tiles,
		       number(rates.known, "%.1f", rates.busy * 100),
		       cli_format_bytes(client->memory, memory),
		       number(rates.known, "%.1f", rates.jobs),
		       number(rates.counts_commands, "%.1f", rates.commands));
	}
}

/* ---- JSON ---- */

static void add_count(struct json *json, const char *name, struct info_value value)
{
	json_known_count(json, name, value.known && value.value >= 0, (uint64_t)value.value);
}

static void add_value(struct json *json, const char *name, struct info_value value, double unit)
{
	json_known_number(json, name, value.known, (double)value.value / unit);
}

static void add_rates(struct json *json, const struct rates *rates)
{
	json_known_number(json, "busy", rates->known, rates->busy);
	json_known_number(json, "jobs_per_second", rates->known, rates->jobs);
	json_known_number(json, "queue_commands_per_second", rates->counts_commands,
			  rates->commands);
}

static void add_card(struct json *json, const struct info_card_state *card,
		     const struct rates *rates)
{
	json_object(json, NULL);
	json_string(json, "address", card->address);
	json_string(json, "state", card->driver ? card->state : NULL);
	add_count(json, "tiles", card->tiles);
	add_count(json, "tiles_in_use", card->tiles_in_use);
	add_count(json, "tiles_running", card->tiles_running);
	add_count(json, "contexts_in_use", card->contexts_in_use);
	add_rates(json, rates);
	add_count(json, "jobs", card->jobs);
	add_count(json, "jobs_failed", card->jobs_failed);
	add_count(json, "queue_commands", card->queue_commands);
	add_value(json, "power_watts", card->power_uw, 1e6);
	add_value(json, "energy_joules", card->energy_uj, 1e6);
	add_value(json, "temperature_celsius", card->temp_mc, 1e3);
	add_value(json, "clock_khz", card->clock_hz, 1e3);
	json_close(json);
}

static void add_client(struct json *json, const struct info_client *client,
		       const struct rates *rates)
{
	json_object(json, NULL);
	json_string(json, "address", client->address);
	json_count(json, "client", client->id);
	json_number(json, "pid", client->pid);
	json_string(json, "command", client->comm);
	json_count(json, "contexts", client->contexts);
	json_count(json, "tiles", client->tiles);
	add_rates(json, rates);
	json_count(json, "busy_ns", client->busy_ns);
	json_count(json, "memory_bytes", client->memory);
	json_count(json, "resident_bytes", client->resident);
	json_count(json, "sram_bytes", client->sram);
	json_count(json, "jobs", client->jobs);
	json_count(json, "jobs_failed", client->jobs_failed);
	json_count(json, "queue_commands", client->queue_commands);
	json_close(json);
}

static void print_json(const struct info_sample *old, const struct info_sample *new)
{
	struct json json;

	json_begin_line(&json, "ipu-info top");
	json_number(&json, "time", new->time);
	json_array(&json, "cards");
	for (size_t i = 0; i < new->num_cards; i++) {
		const struct rates rates = card_rates(old, new, &new->cards[i]);

		add_card(&json, &new->cards[i], &rates);
	}
	json_close(&json);
	json_array(&json, "processes");
	for (size_t i = 0; i < new->num_clients; i++) {
		const struct rates rates = client_rates(old, new, &new->clients[i]);

		add_client(&json, &new->clients[i], &rates);
	}
	json_close(&json);
	json_end(&json);
}

/* ---- Sampling ---- */

static void wait_for(uint32_t ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	while (!interrupted && nanosleep(&left, &left) && errno == EINTR)
		;
}

/* The @n'th sample; recorded machines need not be waited for. */
static int sample(struct info_sample *sample, const struct info_options *options, size_t n)
{
	if (n && !options->num_roots)
		wait_for(options->interval_ms);
	if (!info_sample_take(sample, options->num_roots ? options->roots[n] : "", options->device))
		return cli_fail(CLI_INTERNAL, "Out of memory.");
	if (sample->num_cards || n)
		return CLI_OK;
	info_sample_free(sample);
	return cli_fail(CLI_DEVICE, "No IPU card found%s%s.", options->device ? " at " : "",
			options->device ? options->device : "");
}

static int watch(const struct info_options *options)
{
	size_t last = options->num_roots ? options->num_roots - 1 : SIZE_MAX;
	struct info_sample old, new;
	int status = sample(&old, options, 0);

	if (status)
		return status;
	if (options->count && options->count < last)
		last = options->count;
	for (size_t n = 1; n <= last && !interrupted && !status; n++) {
		status = sample(&new, options, n);
		if (status || interrupted)
			break;
		if (options->json)
			print_json(&old, &new);
		else if (isatty(STDOUT_FILENO))
			print_screen(&old, &new);
		else
			print_lines(&old, &new);
		status = cli_flush();
		info_sample_free(&old);
		old = new;
	}
	info_sample_free(&old);
	return status;
}

int info_top(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = interrupt };
	struct info_options options;
	int status;

	if (!info_parse_options(argc, argv, help, true, &options, &status))
		return status;
	if (options.num_roots == 1)
		return cli_fail(CLI_USAGE,
				"One --root is not enough: top shows what changes from one to "
				"the next; " CLI_SEE_HELP ".");
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return watch(&options);
}
