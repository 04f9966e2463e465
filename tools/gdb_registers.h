/* SPDX-License-Identifier: MIT */
/* The registers that gdb is shown, and the target description that lists them. */
#ifndef IPU_GDB_REGISTERS_H
#define IPU_GDB_REGISTERS_H

#include <stddef.h>
#include <stdint.h>

#include "gdb_run.h"
#include "gdb_text.h"

/* Registers in a reply to "g", the first ones: x0..x31, pc. */
#define GDB_CORE_REGISTERS 33
#define GDB_REGISTER_SP 2
#define GDB_REGISTER_PC 32

#define GDB_MAX_REGISTERS 160
#define GDB_MAX_REGISTER_BYTES 128 /* a vector register of 1024 bits */

/**
 * struct gdb_register - a register
 * @name: as gdb prints it
 * @feature: index of the feature of the description that it belongs to
 * @id: as ipu_debug_read_reg() takes it
 * @size: its bytes
 */
struct gdb_register {
	const char *name;
	uint32_t feature;
	uint32_t id;
	uint32_t size;
};

/**
 * struct gdb_registers - all of them
 * @at: by the number that gdb calls it
 * @count: how many
 * @vlen: bits of a vector register, 0 without vectors
 */
struct gdb_registers {
	struct gdb_register at[GDB_MAX_REGISTERS];
	uint32_t count;
	uint32_t vlen;
};

/** gdb_registers_init - number the registers of the units of @run, which is halted */
void gdb_registers_init(struct gdb_registers *registers, struct gdb_run *run);

/** gdb_registers_describe - append the target description, an XML document */
void gdb_registers_describe(const struct gdb_registers *registers, struct gdb_text *xml);

#endif /* IPU_GDB_REGISTERS_H */
