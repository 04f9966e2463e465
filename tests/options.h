/* SPDX-License-Identifier: MIT */
/*
 * The command lines of test programs: a table of options, from which --help is made
 * and which defines the values that are allowed.
 */
#ifndef TESTS_OPTIONS_H
#define TESTS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct option_entry - an option: --NAME ARGUMENT, or --NAME
 * @name: without the dashes
 * @argument: its name in --help
 * @help: what --help says, or NULL for an option that it leaves out
 * @text, @number, @choice, @flag: where the value is stored; exactly one is set. Its
 *	previous value is kept if the option is not given
 * @needed: a @text that must be given
 * @least, @most: limits of @number; 0 for @most: none
 * @choices: the words of which @choice is an index; ends with NULL
 */
struct option_entry {
	const char *name;
	const char *argument;
	const char *help;
	const char **text;
	uint64_t *number;
	unsigned int *choice;
	bool *flag;
	bool needed;
	uint64_t least;
	uint64_t most;
	const char *const *choices;
};

/**
 * options_parse - parse a command line
 * @entries: ends with an entry without a name
 * @about: what the program does, for --help
 *
 * Ends the process after --help, and with status 2 and a message after an error.
 */
void options_parse(int argc, char **argv, const struct option_entry *entries, const char *about);

#endif /* TESTS_OPTIONS_H */
