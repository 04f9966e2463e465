// SPDX-License-Identifier: MIT
/*
 * Command lines of test programs by glibc's argp, see options.h.
 */
#include "options.h"

#include <argp.h>
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 20

/* the key of the first option; letters are below, and no option has one */
#define KEY 256

static void take_number(struct argp_state *state, const struct option_entry *entry,
			const char *text)
{
	const uint64_t most = entry->most ? entry->most : UINT64_MAX;
	char *end;

	errno = 0;
	*entry->number = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)*text) || *end)
		argp_error(state, "--%s %s: not a number", entry->name, text);
	if (errno || *entry->number < entry->least || *entry->number > most)
		argp_error(state, "--%s %s: not from %llu to %llu", entry->name, text,
			   (unsigned long long)entry->least, (unsigned long long)most);
}

static void take_choice(struct argp_state *state, const struct option_entry *entry,
			const char *text)
{
	char words[128] = "";
	unsigned int i;

	for (i = 0; entry->choices[i]; i++) {
		if (!strcmp(text, entry->choices[i])) {
			*entry->choice = i;
			return;
		}
		strncat(words, " ", sizeof(words) - strlen(words) - 1);
		strncat(words, entry->choices[i], sizeof(words) - strlen(words) - 1);
	}
	argp_error(state, "--%s %s: not one of%s", entry->name, text, words);
}

static error_t take(int key, char *argument, struct argp_state *state)
{
	const struct option_entry *entry = state->input;

	if (key == ARGP_KEY_ARG) {
		argp_error(state, "%s: only options are taken", argument);
	} else if (key == ARGP_KEY_END) {
		for (; entry->name; entry++)
			if (entry->needed && !*entry->text)
				argp_error(state, "--%s is missing", entry->name);
	} else if (key < KEY || key >= KEY + OPTIONS_MAX) {
		return ARGP_ERR_UNKNOWN;
	} else {
		entry += key - KEY;
		if (entry->text)
			*entry->text = argument;
		else if (entry->number)
			take_number(state, entry, argument);
		else if (entry->choice)
			take_choice(state, entry, argument);
		else
			*entry->flag = true;
	}
	return 0;
}

void options_parse(int argc, char **argv, const struct option_entry *entries, const char *about)
{
	struct argp_option known[OPTIONS_MAX + 1] = { 0 };
	const struct argp argp = { .options = known, .parser = take, .doc = about };
	int i;

	for (i = 0; entries[i].name; i++) {
		assert(i < OPTIONS_MAX);
		known[i].name = entries[i].name;
		known[i].key = KEY + i;
		known[i].arg = entries[i].argument;
		known[i].flags = entries[i].help ? 0 : OPTION_HIDDEN;
		known[i].doc = entries[i].help;
	}
	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, (void *)entries);
}
