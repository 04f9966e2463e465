// SPDX-License-Identifier: MIT
/* The summary of a profile: supersteps, and where units spent their cycles. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "json.h"
#include "profile.h"
#include "run_report.h"

/* Supersteps that are shown to people, and functions or lines. */
#define MOST_STEPS 100
#define MOST_PLACES 10

/**
 * struct place - a function or a line and the samples there
 * @name: as it is shown
 * @function: what @name is in, "" for a function itself
 */
struct place {
	char name[300];
	char function[128];
	uint64_t samples;
};

struct places {
	struct place *at;
	size_t count;
	size_t room;
};

/**
 * struct profile_summary - what is shown
 * @totals: of the profile
 * @cycles: its four times together
 * @period: cycles to a sample
 * @steps: supersteps that were recorded
 * @samples: all of them
 * @functions: by samples
 * @lines: likewise
 */
struct profile_summary {
	struct ipu_profile_totals totals;
	uint64_t cycles;
	uint32_t period;
	struct ipu_profile_event *steps;
	size_t step_count;
	size_t step_room;
	uint64_t samples;
	struct places functions;
	struct places lines;
};

int profile_fail_events(int err)
{
	if (err == -ENOMEM)
		return cli_fail(CLI_INTERNAL, "Out of memory for the profile: record less of it "
					      "(--profile-sample, --profile-tiles).");
	return cli_fail(CLI_INTERNAL, "%s", ipu_error());
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* Room for one more element. */
static int grow(void **array, size_t count, size_t *room, size_t bytes)
{
	const size_t more = *room ? 2 * *room : 64;
	void *grown;

	if (count < *room)
		return 0;
	grown = reallocarray(*array, more, bytes);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*room = more;
	return 0;
}

static int read_steps(const struct profile_view *view, struct profile_summary *summary)
{
	struct ipu_profile_event event = { .size = sizeof(event) };
	void *steps = NULL;
	uint64_t place = 0;
	int err;

	while ((err = ipu_profile_next(view->ctx, &place, &event)) > 0) {
		if (event.kind != IPU_EVENT_STEP)
			continue;
		err = grow(&steps, summary->step_count, &summary->step_room, sizeof(event));
		summary->steps = steps;
		if (err)
			return err;
		summary->steps[summary->step_count++] = event;
	}
	return err;
}

static int add_samples(struct places *places, const char *name, const char *function,
		       uint64_t samples)
{
	void *at = places->at;
	struct place *place;
	int err;

	for (size_t i = 0; i < places->count; i++)
		if (!strcmp(places->at[i].name, name) &&
		    !strcmp(places->at[i].function, function)) {
			places->at[i].samples += samples;
			return 0;
		}
	err = grow(&at, places->count, &places->room, sizeof(*place));
	places->at = at;
	if (err)
		return err;
	place = &places->at[places->count++];
	snprintf(place->name, sizeof(place->name), "%s", name);
	snprintf(place->function, sizeof(place->function), "%s", function);
	place->samples = samples;
	return 0;
}

static int add_place(const struct profile_view *view, struct profile_summary *summary, uint32_t pc,
		     uint64_t samples)
{
	struct ipu_source source = { .size = sizeof(source) };
	char name[300];
	int err;

	if (ipu_program_source(view->prog, pc, &source))
		snprintf(name, sizeof(name), "0x%x", pc);
	else
		snprintf(name, sizeof(name), "%s", source.function[0] ? source.function : "?");
	err = add_samples(&summary->functions, name, "", samples);
	if (err || !source.line)
		return err;
	snprintf(name, sizeof(name), "%s:%u", source.file, source.line);
	return add_samples(&summary->lines, name, source.function, samples);
}

static int read_samples(const struct profile_view *view, struct profile_summary *summary)
{
	uint32_t pc = 0, samples;
	int err, failed;

	while ((err = ipu_profile_samples(view->ctx, pc, &pc, &samples)) > 0) {
		summary->samples += samples;
		failed = add_place(view, summary, pc, samples);
		if (failed)
			return failed;
		pc += 2;
	}
	return err;
}

/* Most samples first; of equal ones by name, so that it is the same each time. */
static int compare(const void *one, const void *two)
{
	const struct place *a = one, *b = two;

	if (a->samples != b->samples)
		return a->samples < b->samples ? 1 : -1;
	return strcmp(a->name, b->name);
}

static void sort(struct places *places)
{
	if (places->count)
		qsort(places->at, places->count, sizeof(*places->at), compare);
}

void profile_summary_free(struct profile_summary *summary)
{
	if (!summary)
		return;
	free(summary->steps);
	free(summary->functions.at);
	free(summary->lines.at);
	free(summary);
}

int profile_summarize(const struct profile_view *view, struct profile_summary **out)
{
	struct profile_summary *summary = calloc(1, sizeof(*summary));
	int err = summary ? 0 : -ENOMEM;

	*out = NULL;
	if (!err)
		err = read_steps(view, summary);
	if (!err)
		err = read_samples(view, summary);
	if (err) {
		profile_summary_free(summary);
		return profile_fail_events(err);
	}
	summary->totals = view->totals;
	summary->cycles = view->cycles;
	summary->period = view->period;
	sort(&summary->functions);
	sort(&summary->lines);
	*out = summary;
	return CLI_OK;
}

/* ---- Figures ----------------------------------------------------------------------------------- */

static uint64_t longest(const struct ipu_profile_event *step)
{
	return step->last - step->begin;
}

static double mean(const struct ipu_profile_event *step)
{
	return step->tiles ? (double)step->busy / step->tiles : 0;
}

/* How much of the slowest tile's time the mean tile works, 1 when all are as slow. */
static double balance(const struct ipu_profile_event *step)
{
	return longest(step) ? mean(step) / (double)longest(step) : 1;
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* ---- For people --------------------------------------------------------------------------------- */

static int by_cycles(const void *one, const void *two)
{
	const uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)two;

	return a < b ? 1 : a > b ? -1 : 0;
}

/*
 * How many cycles a superstep must have to be shown: of more than MOST_STEPS the longest
 * are. @equal: out: how many that have just so many are shown.
 */
static uint64_t threshold(const struct profile_summary *summary, size_t *equal)
{
	uint64_t *cycles, least;
	size_t i;

	*equal = SIZE_MAX;
	cycles = summary->step_count > MOST_STEPS ? calloc(summary->step_count, sizeof(*cycles)) :
						    NULL;
	if (!cycles)
		return 0;
	for (i = 0; i < summary->step_count; i++)
		cycles[i] = summary->steps[i].end - summary->steps[i].begin;
	qsort(cycles, summary->step_count, sizeof(*cycles), by_cycles);
	least = cycles[MOST_STEPS - 1];
	for (i = 0; i < MOST_STEPS && cycles[i] > least; i++)
		;
	*equal = MOST_STEPS - i;
	free(cycles);
	return least;
}

static void print_step(const struct ipu_profile_event *step)
{
	char bytes[32];

	printf("%10llu  %12llu  %12llu  %14.1f  %12llu  %7.3f  %10s  %12llu  %7u\n",
	       (unsigned long long)step->step, (unsigned long long)(step->end - step->begin),
	       (unsigned long long)(step->first - step->begin), mean(step),
	       (unsigned long long)longest(step), balance(step),
	       cli_format_bytes(step->exchange_bytes, bytes),
	       (unsigned long long)step->instructions, step->tile);
}

static void print_steps(const struct profile_summary *summary)
{
	size_t equal;
	const uint64_t least = threshold(summary, &equal);

	if (!summary->step_count)
		return;
	printf("\n%10s  %12s  %12s  %14s  %12s  %7s  %10s  %12s  %7s\n", "superstep", "cycles",
	       "min computed", "mean computed", "max computed", "balance", "exchanged",
	       "instructions", "slowest");
	for (size_t i = 0; i < summary->step_count; i++) {
		const uint64_t cycles = summary->steps[i].end - summary->steps[i].begin;

		if (cycles < least || (cycles == least && !equal))
			continue;
		if (cycles == least)
			equal--;
		print_step(&summary->steps[i]);
	}
	if (summary->step_count > MOST_STEPS)
		printf("These are the %d longest of %zu supersteps.\n", MOST_STEPS,
		       summary->step_count);
}

static void print_places(const struct profile_summary *summary, const struct places *places,
			 const char *what)
{
	if (!places->count)
		return;
	printf("\n%s by cycles of units (%llu samples, one in %u cycles)\n", what,
	       (unsigned long long)summary->samples, summary->period);
	for (size_t i = 0; i < places->count && i < MOST_PLACES; i++) {
		const struct place *place = &places->at[i];

		printf("  %5.1f %%  %s%s%s\n", percent(place->samples, summary->samples),
		       place->name, *place->function ? " in " : "", place->function);
	}
}

static void print_phase(const struct profile_summary *summary, const char *name, uint64_t cycles)
{
	printf("  %-14s  %llu (%.1f %%)\n", name, (unsigned long long)cycles,
	       percent(cycles, summary->cycles));
}

void profile_print(const struct profile_summary *summary)
{
	const struct ipu_profile_totals *totals = &summary->totals;

	printf("\nCycles by phase, of %llu\n", (unsigned long long)summary->cycles);
	print_phase(summary, "compute", totals->compute_cycles);
	print_phase(summary, "sync", totals->sync_cycles);
	print_phase(summary, "exchange", totals->exchange_cycles);
	print_phase(summary, "host", totals->host_cycles);
	print_steps(summary);
	print_places(summary, &summary->functions, "Functions");
	print_places(summary, &summary->lines, "Lines");
}

/* ---- For programs --------------------------------------------------------------------------------- */

static void add_step(struct json *json, const struct ipu_profile_event *step)
{
	static const char *const ends[] = { "internal sync", "external sync", "exit" };

	json_object(json, NULL);
	json_count(json, "step", step->step);
	json_string(json, "ends_with", ends[step->step_end]);
	json_count(json, "tiles", step->tiles);
	json_count(json, "cycles", step->end - step->begin);
	json_count(json, "compute_cycles_min", step->first - step->begin);
	json_number(json, "compute_cycles_mean", mean(step));
	json_count(json, "compute_cycles_max", longest(step));
	json_number(json, "balance", balance(step));
	json_count(json, "sync_cycles", step->exchange - step->last);
	json_count(json, "exchange_cycles", step->end - step->exchange);
	json_count(json, "exchange_bytes", step->exchange_bytes);
	json_count(json, "instructions", step->instructions);
	json_count(json, "slowest_tile", step->tile);
	json_close(json);
}

static void add_places(struct json *json, const char *name, const struct places *places)
{
	json_array(json, name);
	for (size_t i = 0; i < places->count; i++) {
		json_object(json, NULL);
		json_string(json, "name", places->at[i].name);
		if (*places->at[i].function)
			json_string(json, "function", places->at[i].function);
		json_count(json, "samples", places->at[i].samples);
		json_close(json);
	}
	json_close(json);
}

void profile_add_json(const struct profile_summary *summary, struct json *json)
{
	const struct ipu_profile_totals *totals = &summary->totals;

	json_object(json, "profile");
	json_count(json, "compute_cycles", totals->compute_cycles);
	json_count(json, "sync_cycles", totals->sync_cycles);
	json_count(json, "exchange_cycles", totals->exchange_cycles);
	json_count(json, "host_cycles", totals->host_cycles);
	json_count(json, "supersteps", totals->supersteps);
	json_count(json, "dropped", totals->dropped);
	json_count(json, "lost", totals->lost);
	json_count(json, "sample_cycles", summary->period);
	json_count(json, "samples", summary->samples);
	json_array(json, "steps");
	for (size_t i = 0; i < summary->step_count; i++)
		add_step(json, &summary->steps[i]);
	json_close(json);
	add_places(json, "functions", &summary->functions);
	add_places(json, "lines", &summary->lines);
	json_close(json);
}
