// SPDX-License-Identifier: MIT
/*
 * The benchmark in a VM, which tests/bench/guest/measure starts there: it measures the driver
 * and the device.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../options.h"
#include "guest.h"

#define TURNS 9
#define TIMES 200

static void (*const parts[])(const struct guest_options *options, struct bench_report *report) = {
	guest_jobs,
	guest_copies,
	guest_maps,
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

static const char *const part_names[PARTS + 1] = { "jobs", "copies", "maps", NULL };

int main(int argc, char **argv)
{
	static struct bench_report report;
	struct guest_options options = { .times = TIMES };
	uint64_t turns = TURNS;
	unsigned int i, only = PARTS;
	const char *json = NULL;
	bool check = false;
	const struct option_entry entries[] = {
		{ "nvme", "DEVICE", "a disk of QEMU's NVMe device; needed", .text = &options.nvme,
		  .needed = true },
		{ "json", "FILE", "write the figures there as well", .text = &json },
		{ "turns", "N", "measure everything N times, in turn with its peers (9)",
		  .number = &turns, .least = 1, .most = BENCH_SERIES_MAX },
		{ "only", "PART", "measure a part alone: jobs, copies or maps", .choice = &only,
		  .choices = part_names },
		{ "check", NULL, "do everything once, to see that it works", .flag = &check },
		{ 0 },
	};

	options_parse(argc, argv, entries, "Measure the driver and the device, in a VM.");
	options.turns = check ? 1 : (unsigned int)turns;
	options.times = check ? 1 : TIMES;
	for (i = 0; i < PARTS; i++)
		if (only == PARTS || only == i)
			parts[i](&options, &report);
	bench_report_table(&report, stdout);
	if (json && !bench_report_json(&report, json)) {
		fprintf(stderr, "bench: cannot write %s: %s\n", json, strerror(errno));
		return 1;
	}
	return 0;
}
