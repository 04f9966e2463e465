/* SPDX-License-Identifier: MIT */
/* Threads as gdb knows them: their numbers, names and list. */
#ifndef IPU_GDB_THREADS_H
#define IPU_GDB_THREADS_H

#include <stdbool.h>
#include <stdint.h>

#include "gdb_run.h"
#include "gdb_text.h"

/** gdb_thread_id - gdb's number of a thread, at least 1; a tile's supervisor comes first */
uint32_t gdb_thread_id(struct gdb_thread thread);

bool gdb_thread_equal(struct gdb_thread a, struct gdb_thread b);

/** gdb_take_thread - read a thread's number; false if it is none of the run's */
bool gdb_take_thread(const char **at, const struct gdb_run *run, struct gdb_thread *thread);

#define GDB_THREAD_NAME 48

/** gdb_thread_name - "tile 3 worker 2" */
void gdb_thread_name(struct gdb_thread thread, char name[GDB_THREAD_NAME]);

/**
 * gdb_threads_list - append an XML document with the threads that execute or wait
 * @always: a thread that is listed whatever its state
 */
void gdb_threads_list(struct gdb_run *run, struct gdb_thread always, struct gdb_text *xml);

/** gdb_thread_describe - append name and state: "tile 3 worker 2: executes" */
void gdb_thread_describe(struct gdb_run *run, struct gdb_thread thread, struct gdb_text *text);

/** gdb_thread_alive - does it execute, or wait, in a halted run? */
bool gdb_thread_alive(struct gdb_run *run, struct gdb_thread thread);

#endif /* IPU_GDB_THREADS_H */
