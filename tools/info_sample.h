/* SPDX-License-Identifier: MIT */
/*
 * What the kernel says of cards and of the processes that use them: files of sysfs, and
 * fdinfo in /proc. No card is opened, and no privilege is needed but for others' processes.
 */
#ifndef IPU_INFO_SAMPLE_H
#define IPU_INFO_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* No more cards and clients than this are looked at. */
#define INFO_MAX_CARDS 64
#define INFO_MAX_CLIENTS 4096

/**
 * struct info_value - a number that the kernel may not tell
 * @known: it does
 * @value: the number
 */
struct info_value {
	bool known;
	int64_t value;
};

/**
 * struct info_card_state - a card
 * @address: on the PCI bus
 * @driver: it has the driver; what follows is known only then
 * @state: "up", "asleep", "away" or "dead"
 * @tiles: tiles it has; @contexts: contexts that it can have
 * @contexts_in_use, @tiles_in_use: of them
 * @tiles_running: tiles whose context has a job on the card
 * @tile_busy_ns: time that tiles had one, added up
 * @jobs, @jobs_failed: jobs that have ended
 * @queue_commands: commands of user queues that are complete
 * @faults, @hangs, @resets, @card_resets: since the driver was bound
 * @ecc_corrected, @ecc_uncorrected: errors in SRAM
 * @aer_correctable, @aer_nonfatal, @aer_fatal: errors of the PCI link
 * @temp_mc: temperature in millidegrees Celsius, and @temp_crit_mc, where it is too hot
 * @power_uw: power in uW
 * @clock_hz: the tiles' clock, as of now
 * @energy_uj: energy used
 */
struct info_card_state {
	char address[32];
	bool driver;
	char state[16];
	struct info_value tiles, contexts, contexts_in_use, tiles_in_use, tiles_running;
	struct info_value tile_busy_ns, jobs, jobs_failed, queue_commands;
	struct info_value faults, hangs, resets, card_resets;
	struct info_value ecc_corrected, ecc_uncorrected;
	struct info_value aer_correctable, aer_nonfatal, aer_fatal;
	struct info_value temp_mc, temp_crit_mc, power_uw, clock_hz, energy_uj;
};

/**
 * struct info_client - an open file of a card, which several processes may share
 * @address: of the card
 * @id: drm-client-id: no other open file has it
 * @pid, @comm: the process; of several, the one with the lowest number
 * @contexts, @tiles: that it has
 * @busy_ns: time that its tiles had a job, added up
 * @memory, @resident, @sram: bytes of its buffers, of those with pages, and of its tiles
 * @jobs, @jobs_failed: jobs that have ended
 * @queue_commands: commands of user queues that are complete
 */
struct info_client {
	char address[32];
	uint64_t id;
	pid_t pid;
	char comm[64];
	uint64_t contexts, tiles, busy_ns, memory, resident, sram, jobs, jobs_failed,
		queue_commands;
};

/**
 * struct info_sample - all of them at one time
 * @time: seconds since some time in the past
 * @num_cards, @cards: ordered by address
 * @num_clients, @clients: ordered by card, process and id
 */
struct info_sample {
	double time;
	size_t num_cards;
	struct info_card_state *cards;
	size_t num_clients;
	struct info_client *clients;
};

/**
 * info_sample_take - look at the machine
 * @sample: filled in; freed with info_sample_free()
 * @root: "", or the folder of a recorded machine: below it are proc and sys, and the time
 *	is that of proc/uptime
 * @device: only the card with this PCI address; NULL for all
 *
 * Return: false without memory.
 */
bool info_sample_take(struct info_sample *sample, const char *root, const char *device);

void info_sample_free(struct info_sample *sample);

#endif /* IPU_INFO_SAMPLE_H */
