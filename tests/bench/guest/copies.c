// SPDX-License-Identifier: MIT
/*
 * Copies between the guest's memory and tiles, against memcpy() of as many bytes in the guest;
 * and a copy to all tiles of what is read once, against one in which each has its own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "isa/ipu_isa.h"

#define COPY_BYTES (64u << 20)
#define COPY_TILES 128
#define SHARED_BYTES (32u << 10)

static struct ipu_cmd_copy command(enum ipu_cmd_op op, uint32_t tiles, uint64_t va, uint64_t stride,
				   uint32_t bytes)
{
	return (struct ipu_cmd_copy){ .op = op,
				      .tile_count = tiles,
				      .tile_addr = IPU_SRAM_BASE,
				      .host_va = va,
				      .host_tile_stride = stride,
				      .row_bytes = bytes,
				      .rows = 1 };
}

/* Microseconds of a job that is this command. */
static double time_copy(struct guest_card *card, struct ipu_cmd_copy copy)
{
	double began;

	guest_command(card, &copy);
	began = guest_now();
	guest_wait(card, guest_submit(card, 0));
	return guest_now() - began;
}

static double time_memcpy(uint8_t *to, const uint8_t *from, size_t bytes)
{
	double began = guest_now();

	memcpy(to, from, bytes);
	/* What nobody reads need not be copied. */
	__asm__ volatile("" : : "r"(to) : "memory");
	return guest_now() - began;
}

static void check_equal(const uint8_t *a, const uint8_t *b, size_t bytes, const char *what)
{
	if (memcmp(a, b, bytes) == 0)
		return;
	fprintf(stderr, "bench: %s: what came back is not what was copied\n", what);
	exit(1);
}

static void fill(uint8_t *bytes, size_t count, uint32_t seed)
{
	uint32_t word;
	size_t i;

	for (i = 0; i + sizeof(word) <= count; i += sizeof(word)) {
		seed = seed * 1664525 + 1013904223;
		word = seed;
		memcpy(bytes + i, &word, sizeof(word));
	}
}

static void measure_copies(const struct guest_options *options, struct guest_card *card,
			   struct bench_report *report)
{
	struct bench_line *in = bench_report_add(report, "h2d_vs_memcpy", "MB/s", "memcpy");
	struct bench_line *out = bench_report_add(report, "d2h_vs_memcpy", "MB/s", "memcpy");
	uint8_t *memory = malloc(2 * (size_t)COPY_BYTES);
	const uint32_t bytes = COPY_BYTES / COPY_TILES;
	struct guest_buffer from, to;
	unsigned int turn;

	if (!memory)
		guest_fail("memory");
	guest_buffer_new(card, COPY_BYTES, &from);
	guest_buffer_new(card, COPY_BYTES, &to);
	fill(from.map, COPY_BYTES, 1);
	/* A turn more: memory and SRAM that are touched for the first time are not measured. */
	memset(to.map, 1, COPY_BYTES);
	memset(memory, 1, 2 * (size_t)COPY_BYTES);
	for (turn = 0; turn <= options->turns; turn++) {
		double in_us = time_copy(
			card, command(IPU_CMD_COPY_TO_TILES, COPY_TILES, from.va, bytes, bytes));
		double out_us = time_copy(
			card, command(IPU_CMD_COPY_FROM_TILES, COPY_TILES, to.va, bytes, bytes));
		double peer_us = time_memcpy(memory, memory + COPY_BYTES, COPY_BYTES);

		if (!turn)
			continue;
		bench_series_add(&in->value, COPY_BYTES / in_us);
		bench_series_add(&in->ratio, peer_us / in_us);
		bench_series_add(&out->value, COPY_BYTES / out_us);
		bench_series_add(&out->ratio, peer_us / out_us);
	}
	check_equal(to.map, from.map, COPY_BYTES, "64 MiB to tiles and back");
	guest_buffer_free(card, &from);
	guest_buffer_free(card, &to);
	free(memory);
}

static void measure_broadcast(const struct guest_options *options, struct guest_card *card,
			      struct bench_report *report)
{
	const size_t bytes = (size_t)SHARED_BYTES * card->tiles;
	struct bench_line *line;
	struct guest_buffer own;
	char name[BENCH_NAME];
	unsigned int turn;
	uint32_t tile;

	snprintf(name, sizeof(name), "broadcast_%u", card->tiles);
	line = bench_report_add(report, name, "MB/s", "own data");
	guest_buffer_new(card, bytes, &own);
	fill(own.map, bytes, 2);
	for (turn = 0; turn <= options->turns; turn++) {
		double own_us = time_copy(card, command(IPU_CMD_COPY_TO_TILES, card->tiles, own.va,
							SHARED_BYTES, SHARED_BYTES));
		double us = time_copy(
			card, command(IPU_CMD_COPY_TO_TILES, card->tiles, own.va, 0, SHARED_BYTES));

		if (!turn)
			continue;
		bench_series_add(&line->value, (double)bytes / us);
		bench_series_add(&line->ratio, own_us / us);
	}
	time_copy(card, command(IPU_CMD_COPY_FROM_TILES, card->tiles, own.va, SHARED_BYTES,
				SHARED_BYTES));
	for (tile = 1; tile < card->tiles; tile++)
		check_equal(own.map + (size_t)tile * SHARED_BYTES, own.map, SHARED_BYTES,
			    "a broadcast");
	guest_buffer_free(card, &own);
}

void guest_copies(const struct guest_options *options, struct bench_report *report)
{
	struct guest_card card;

	guest_card_open(&card);
	if (card.tiles < COPY_TILES) {
		fprintf(stderr, "bench: the card has %u tiles, copies need %u\n", card.tiles,
			COPY_TILES);
		exit(1);
	}
	measure_copies(options, &card, report);
	measure_broadcast(options, &card, report);
	guest_card_close(&card);
}
