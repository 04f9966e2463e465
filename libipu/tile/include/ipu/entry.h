/* SPDX-License-Identifier: MIT */
/*
 * Entry points: functions of one program that the host chooses among for each run. SRAM
 * keeps its contents from run to run, so that one entry can leave for the next what it
 * has made. Included by <ipu/tile.h>.
 *
 *	IPU_ENTRY(train)
 *	{
 *		ipu_run_workers(step, NULL);
 *		return 0;
 *	}
 */
#ifndef IPU_ENTRY_H
#define IPU_ENTRY_H

#include <ipu/note.h>
#include <ipu/tensor.h>

struct ipu_entry_record {
	uint32_t name_size;
	uint32_t desc_size;
	uint32_t type;
	char owner[4];
	struct ipu_note_entry entry;
};

/**
 * IPU_ENTRY - begin the definition of an entry point
 * @name: C identifier, at most 31 characters; the host chooses it by this name
 *
 * At file scope, followed by the function's body. It runs on the supervisor in place of
 * main(), which every program has and which the host gets if it chooses none; what it
 * returns is the tile's exit code. Constructors are called before it and destructors after
 * it, in every run.
 */
#define IPU_ENTRY(name_)                                                          \
	_Static_assert(sizeof(#name_) <= IPU_NOTE_NAME_SIZE,                      \
		       "entry " #name_ ": the name has more than 31 characters"); \
	int name_(void);                                                          \
	IPU_IN_NOTE_ static const struct ipu_entry_record ipu_entry_##name_ = { \
		.name_size = sizeof(IPU_NOTE_OWNER), \
		.desc_size = sizeof(struct ipu_note_entry), \
		.type = IPU_NOTE_ENTRY, \
		.owner = IPU_NOTE_OWNER, \
		.entry = { \
			.version = IPU_NOTE_VERSION, \
			.addr = (uint32_t)(name_), \
			.name = #name_, \
		}, \
	}; \
	int name_(void)

#endif /* IPU_ENTRY_H */
