// SPDX-License-Identifier: MIT
/* What the kernel says of cards and of the processes that use them. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "info_sample.h"

/* Cards on the PCI bus, see ipu_hw.h. */
#define VENDOR_ID 0x1234
#define DEVICE_ID 0x1900

/* The major number of accelerators' device files, in the kernel's drm_accel.h. */
#define ACCEL_MAJOR 261

#define FILE_MAX 8192

/* A file below a folder, cut off at FILE_MAX - 1 bytes. */
static bool read_file(int dir, const char *name, char *text)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t used = 0;
	ssize_t bytes;

	if (fd < 0)
		return false;
	while (used < FILE_MAX - 1 && (bytes = read(fd, text + used, FILE_MAX - 1 - used)) > 0)
		used += (size_t)bytes;
	close(fd);
	text[used] = '\0';
	return used > 0;
}

static void read_line(int dir, const char *name, char *line, size_t room)
{
	char text[FILE_MAX];

	if (!read_file(dir, name, text))
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	snprintf(line, room, "%.*s", (int)room - 1, text);
}

static struct info_value parse_value(const char *text)
{
	char *end;
	int64_t value = strtoll(text, &end, 0);

	return (struct info_value){ .known = end != text, .value = value };
}

static struct info_value read_value(int dir, const char *name)
{
	char text[FILE_MAX];

	return read_file(dir, name, text) ? parse_value(text) : (struct info_value){ 0 };
}

/* The number behind a word at the beginning of a line. */
static struct info_value read_total(int dir, const char *name, const char *word)
{
	char text[FILE_MAX], *line, *rest;

	if (!read_file(dir, name, text))
		return (struct info_value){ 0 };
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (!strncmp(line, word, strlen(word)) && line[strlen(word)] == ' ')
			return parse_value(line + strlen(word));
	return (struct info_value){ 0 };
}

/* ---- Cards ---- */

static void read_counters(int dir, struct info_card_state *card)
{
	const struct {
		const char *name;
		struct info_value *value;
	} files[] = {
		{ "tiles", &card->tiles },
		{ "contexts", &card->contexts },
		{ "contexts_in_use", &card->contexts_in_use },
		{ "tiles_in_use", &card->tiles_in_use },
		{ "tiles_running", &card->tiles_running },
		{ "tile_busy_ns", &card->tile_busy_ns },
		{ "jobs", &card->jobs },
		{ "jobs_failed", &card->jobs_failed },
		{ "queue_commands", &card->queue_commands },
		{ "faults", &card->faults },
		{ "hangs", &card->hangs },
		{ "resets", &card->resets },
		{ "card_resets", &card->card_resets },
		{ "ecc_corrected", &card->ecc_corrected },
		{ "ecc_uncorrected", &card->ecc_uncorrected },
	};

	/* At first: to read the errors in SRAM wakes it. */
	read_line(dir, "state", card->state, sizeof(card->state));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		*files[i].value = read_value(dir, files[i].name);
}

/* The folder hwmonN in the card's folder hwmon, of which there is one. */
static void read_sensors(int dir, struct info_card_state *card)
{
	int list = openat(dir, "hwmon", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = list < 0 ? NULL : fdopendir(list);
	const struct dirent *entry;
	int hwmon = -1;

	while (stream && hwmon < 0 && (entry = readdir(stream)))
		if (!strncmp(entry->d_name, "hwmon", 5))
			hwmon = openat(list, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (hwmon >= 0) {
		card->temp_mc = read_value(hwmon, "temp1_input");
		card->temp_crit_mc = read_value(hwmon, "temp1_crit");
		card->power_uw = read_value(hwmon, "power1_input");
		card->energy_uj = read_value(hwmon, "energy1_input");
		card->clock_hz = read_value(hwmon, "freq1_input");
		close(hwmon);
	}
	if (stream)
		closedir(stream);
}

/* What is in a device's folder; false if it is not a card. */
static bool read_card(int dir, struct info_card_state *card)
{
	int counters;

	if (read_value(dir, "vendor").value != VENDOR_ID ||
	    read_value(dir, "device").value != DEVICE_ID)
		return false;

	card->aer_correctable = read_total(dir, "aer_dev_correctable", "TOTAL_ERR_COR");
	card->aer_nonfatal = read_total(dir, "aer_dev_nonfatal", "TOTAL_ERR_NONFATAL");
	card->aer_fatal = read_total(dir, "aer_dev_fatal", "TOTAL_ERR_FATAL");
	counters = openat(dir, "ipu", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (counters < 0)
		return true;
	card->driver = true;
	read_counters(counters, card);
	close(counters);
	read_sensors(dir, card);
	return true;
}

static int compare_cards(const void *a, const void *b)
{
	const struct info_card_state *first = a, *second = b;

	return strcmp(first->address, second->address);
}

static void read_cards(struct info_sample *sample, const char *root, const char *device)
{
	char path[PATH_MAX];
	const struct dirent *entry;
	DIR *stream;

	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices", root);
	stream = opendir(path);
	while (stream && sample->num_cards < INFO_MAX_CARDS && (entry = readdir(stream))) {
		struct info_card_state card = { 0 };
		int dir;

		if (entry->d_name[0] == '.' || (device && strcmp(entry->d_name, device)))
			continue;
		dir = openat(dirfd(stream), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0)
			continue;
		snprintf(card.address, sizeof(card.address), "%.31s", entry->d_name);
		if (read_card(dir, &card))
			sample->cards[sample->num_cards++] = card;
		close(dir);
	}
	if (stream)
		closedir(stream);
	qsort(sample->cards, sample->num_cards, sizeof(*sample->cards), compare_cards);
}

/* ---- Processes ---- */

/* A line of fdinfo: a key, and a number that may have a unit. */
static void parse_line(struct info_client *client, const char *key, const char *value)
{
	const struct {
		const char *key;
		uint64_t *value;
	} numbers[] = {
		{ "drm-client-id", &client->id },
		{ "drm-engine-tiles", &client->busy_ns },
		{ "drm-total-memory", &client->memory },
		{ "drm-resident-memory", &client->resident },
		{ "drm-total-sram", &client->sram },
		{ "ipu-contexts", &client->contexts },
		{ "ipu-tiles", &client->tiles },
		{ "ipu-jobs", &client->jobs },
		{ "ipu-jobs-failed", &client->jobs_failed },
		{ "ipu-queue-commands", &client->queue_commands },
	};
	char *unit;

	if (!strcmp(key, "drm-pdev"))
		snprintf(client->address, sizeof(client->address), "%.31s", value);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(key, numbers[i].key))
			continue;
		*numbers[i].value = strtoull(value, &unit, 10);
		if (!strcmp(unit, " KiB"))
			*numbers[i].value <<= 10;
		else if (!strcmp(unit, " MiB"))
			*numbers[i].value <<= 20;
	}
}

/* Returns false if the file is not one of a card. */
static bool parse_fdinfo(struct info_client *client, char *text)
{
	bool ours = false;
	char *line, *rest, *value;

	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		value = strchr(line, ':');
		if (!value)
			continue;
		*value++ = '\0';
		value += strspn(value, " \t");
		if (!strcmp(line, "drm-driver"))
			ours = !strcmp(value, "ipu");
		else
			parse_line(client, line, value);
	}
	return ours && client->address[0];
}

static void add_client(struct info_sample *sample, const struct info_client *client)
{
	for (size_t i = 0; i < sample->num_clients; i++) {
		struct info_client *known = &sample->clients[i];

		if (known->id != client->id || strcmp(known->address, client->address))
			continue;
		if (client->pid < known->pid)
			*known = *client;
		return;
	}
	if (sample->num_clients < INFO_MAX_CLIENTS)
		sample->clients[sample->num_clients++] = *client;
}

/* Whether an open file can be a card's; of a recorded machine any can. */
static bool may_be_card(int process, const char *number)
{
	char name[64];
	struct stat stat;

	snprintf(name, sizeof(name), "fd/%.32s", number);
	return fstatat(process, name, &stat, 0) ||
	       (S_ISCHR(stat.st_mode) && major(stat.st_rdev) == ACCEL_MAJOR);
}

/* A process chooses its name: nothing in it may reach a terminal as a command. */
static void read_comm(int process, struct info_client *client)
{
	read_line(process, "comm", client->comm, sizeof(client->comm));
	for (char *c = client->comm; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
}

/* The open files of a process; none if it belongs to somebody else. */
static void read_process(struct info_sample *sample, int process, pid_t pid, const char *device)
{
	int list = openat(process, "fdinfo", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = list < 0 ? NULL : fdopendir(list);
	char text[FILE_MAX];
	const struct dirent *entry;

	while (stream && (entry = readdir(stream))) {
		struct info_client client = { .pid = pid };

		if (entry->d_name[0] == '.' || !may_be_card(process, entry->d_name) ||
		    !read_file(list, entry->d_name, text) || !parse_fdinfo(&client, text) ||
		    (device && strcmp(client.address, device)))
			continue;
		read_comm(process, &client);
		add_client(sample, &client);
	}
	if (stream)
		closedir(stream);
}

static int compare_clients(const void *a, const void *b)
{
	const struct info_client *first = a, *second = b;
	int cards = strcmp(first->address, second->address);

	if (cards)
		return cards;
	if (first->pid != second->pid)
		return first->pid < second->pid ? -1 : 1;
	return first->id < second->id ? -1 : first->id > second->id;
}

static void read_clients(struct info_sample *sample, const char *root, const char *device)
{
	char path[PATH_MAX];
	const struct dirent *entry;
	DIR *stream;

	snprintf(path, sizeof(path), "%s/proc", root);
	stream = opendir(path);
	while (stream && (entry = readdir(stream))) {
		char *end;
		long pid = strtol(entry->d_name, &end, 10);
		int process;

		if (*end || pid <= 0)
			continue;
		process = openat(dirfd(stream), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (process < 0)
			continue;
		read_process(sample, process, (pid_t)pid, device);
		close(process);
	}
	if (stream)
		closedir(stream);
	qsort(sample->clients, sample->num_clients, sizeof(*sample->clients), compare_clients);
}

static double read_time(const char *root)
{
	char path[PATH_MAX], text[FILE_MAX];
	struct timespec now;

	if (*root) {
		snprintf(path, sizeof(path), "%s/proc/uptime", root);
		return read_file(AT_FDCWD, path, text) ? strtod(text, NULL) : 0;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

bool info_sample_take(struct info_sample *sample, const char *root, const char *device)
{
	*sample = (struct info_sample){
		.cards = calloc(INFO_MAX_CARDS, sizeof(*sample->cards)),
		.clients = calloc(INFO_MAX_CLIENTS, sizeof(*sample->clients)),
	};
	if (!sample->cards || !sample->clients) {
		info_sample_free(sample);
		return false;
	}
	sample->time = read_time(root);
	read_cards(sample, root, device);
	read_clients(sample, root, device);
	return true;
}

void info_sample_free(struct info_sample *sample)
{
	free(sample->cards);
	free(sample->clients);
	*sample = (struct info_sample){ 0 };
}
