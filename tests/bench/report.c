// SPDX-License-Identifier: MIT
#include "report.h"

#include <stdlib.h>

struct bench_line *bench_report_add(struct bench_report *report, const char *name, const char *unit,
				    const char *peer)
{
	struct bench_line *line = &report->line[report->lines];

	if (report->lines++ == BENCH_LINES) {
		fprintf(stderr, "bench: more than %d figures: raise BENCH_LINES\n", BENCH_LINES);
		exit(2);
	}
	snprintf(line->name, sizeof(line->name), "%s", name);
	line->unit = unit;
	line->peer = peer;
	return line;
}

/* what min and max are of */
static const struct bench_series *spread(const struct bench_line *line)
{
	return line->peer ? &line->ratio : &line->value;
}

void bench_report_table(const struct bench_report *report, FILE *file)
{
	unsigned int i;

	fprintf(file, "%-34s %10s %-8s %-13s %8s %8s %8s\n", "name", "value", "unit", "peer",
		"ratio", "min", "max");
	for (i = 0; i < report->lines; i++) {
		const struct bench_line *line = &report->line[i];

		fprintf(file, "%-34s %10.1f %-8s ", line->name, bench_series_median(&line->value),
			line->unit);
		if (line->peer)
			fprintf(file, "%-13s %8.3f ", line->peer,
				bench_series_median(&line->ratio));
		else
			fprintf(file, "%-13s %8s ", "-", "-");
		fprintf(file, "%8.3f %8.3f\n", bench_series_min(spread(line)),
			bench_series_max(spread(line)));
	}
}

static void print_line(const struct bench_line *line, FILE *file)
{
	fprintf(file, "{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\", ", line->name,
		bench_series_median(&line->value), line->unit);
	if (line->peer)
		fprintf(file, "\"peer\": \"%s\", \"ratio\": %.6g, ", line->peer,
			bench_series_median(&line->ratio));
	else
		fprintf(file, "\"peer\": null, \"ratio\": null, ");
	fprintf(file, "\"rounds\": %u, \"min\": %.6g, \"max\": %.6g}", spread(line)->count,
		bench_series_min(spread(line)), bench_series_max(spread(line)));
}

bool bench_report_json(const struct bench_report *report, const char *path)
{
	FILE *file = fopen(path, "w");
	unsigned int i;
	bool failed;

	if (!file)
		return false;
	fprintf(file, "[\n");
	for (i = 0; i < report->lines; i++) {
		print_line(&report->line[i], file);
		fprintf(file, i + 1 < report->lines ? ",\n" : "\n");
	}
	fprintf(file, "]\n");
	failed = ferror(file);
	return !fclose(file) && !failed;
}
