// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The CSRs of machine mode, which is the only mode of a unit, and the counters.
 * A unit has its own; all is reset when it starts.
 *
 * What the privileged specification leaves open: there are no interrupts, so
 * mie and mip are 0; no counters but cycle and instret, so the others are 0; no
 * PMP and no other mode, so their CSRs do not exist. mstatus.FS and VS do not
 * track whether state is dirty, they are Off or Dirty; they reset to Dirty, so
 * that programs need not turn anything on.
 */
#include "ipu_tile_internal.h"

#define CSR_MSTATUS	0x300
#define CSR_MISA	0x301
#define CSR_MIE		0x304
#define CSR_MTVEC	0x305
#define CSR_MSTATUSH	0x310
#define CSR_MHPMEVENT3	0x323
#define CSR_MHPMEVENT31	0x33f
#define CSR_MSCRATCH	0x340
#define CSR_MEPC	0x341
#define CSR_MCAUSE	0x342
#define CSR_MTVAL	0x343
#define CSR_MIP		0x344
#define CSR_MCYCLE	0xb00
#define CSR_MINSTRET	0xb02
#define CSR_MHPM3	0xb03
#define CSR_MHPM31	0xb1f
#define CSR_MCYCLEH	0xb80
#define CSR_MINSTRETH	0xb82
#define CSR_MHPM3H	0xb83
#define CSR_MHPM31H	0xb9f
#define CSR_CYCLE	0xc00
#define CSR_INSTRET	0xc02
#define CSR_CYCLEH	0xc80
#define CSR_INSTRETH	0xc82
#define CSR_MVENDORID	0xf11
#define CSR_MARCHID	0xf12
#define CSR_MIMPID	0xf13
#define CSR_MHARTID	0xf14
#define CSR_MCONFIGPTR	0xf15

#define MISA(letter)	(1u << ((letter) - 'A'))
#define MISA_MXL32	(1u << 30)

static uint64_t cycles(const struct ipu_unit *u, int64_t left)
{
	return ipu_unit_clock(u, left) + u->machine.cycle_offset;
}

static uint64_t retired(const struct ipu_unit *u, int64_t left)
{
	return u->instret + (u->slice - left - u->stalls) + u->machine.instret_offset;
}

/* The supervisor of tile 0 is hart 0, as one hart must be. */
static uint32_t hart_id(const struct ipu_unit *u)
{
	return u->tile->id * IPU_HARTS_PER_TILE +
	       (u->index == IPU_UNIT_SUPERVISOR ? 0 : 1 + u->index);
}

static uint32_t read_mstatus(const struct ipu_unit *u)
{
	uint32_t value = u->machine.mstatus | IPU_MSTATUS_MPP;

	return ipu_float_off(u) && ipu_vector_off(u) ? value : value | IPU_MSTATUS_SD;
}

static void write_mstatus(struct ipu_unit *u, uint32_t value)
{
	uint32_t kept = value & (IPU_MSTATUS_MIE | IPU_MSTATUS_MPIE);

	if (value & IPU_MSTATUS_FS)
		kept |= IPU_MSTATUS_FS;
	if (value & IPU_MSTATUS_VS)
		kept |= IPU_MSTATUS_VS;
	u->machine.mstatus = kept;
}

static bool within(uint32_t csr, uint32_t first, uint32_t last)
{
	return csr >= first && csr <= last;
}

/* Those that are 0 whatever is written to them. */
static bool is_zero(uint32_t csr)
{
	return csr == CSR_MIE || csr == CSR_MIP || csr == CSR_MSTATUSH ||
	       within(csr, CSR_MHPMEVENT3, CSR_MHPMEVENT31) ||
	       within(csr, CSR_MHPM3, CSR_MHPM31) || within(csr, CSR_MHPM3H, CSR_MHPM31H);
}

static bool read_counter(struct ipu_unit *u, uint32_t csr, int64_t left, uint32_t *value)
{
	switch (csr) {
	case CSR_CYCLE:
	case CSR_MCYCLE:
		*value = cycles(u, left);
		return true;
	case CSR_CYCLEH:
	case CSR_MCYCLEH:
		*value = cycles(u, left) >> 32;
		return true;
	case CSR_INSTRET:
	case CSR_MINSTRET:
		*value = retired(u, left);
		return true;
	case CSR_INSTRETH:
	case CSR_MINSTRETH:
		*value = retired(u, left) >> 32;
		return true;
	default:
		return false;
	}
}

void ipu_machine_reset(struct ipu_unit *u)
{
	u->machine = (struct ipu_machine) {
		.mstatus = IPU_MSTATUS_FS | IPU_MSTATUS_VS,
	};
}

bool ipu_machine_read(struct ipu_unit *u, uint32_t csr, int64_t left, uint32_t *value)
{
	const struct ipu_machine *m = &u->machine;

	switch (csr) {
	case CSR_MSTATUS:
		*value = read_mstatus(u);
		return true;
	case CSR_MISA:
		*value = MISA_MXL32 | MISA('A') | MISA('C') | MISA('F') | MISA('I') | MISA('M') |
			 MISA('X');
		return true;
	case CSR_MTVEC:
		*value = m->mtvec;
		return true;
	case CSR_MSCRATCH:
		*value = m->mscratch;
		return true;
	case CSR_MEPC:
		*value = m->mepc;
		return true;
	case CSR_MCAUSE:
		*value = m->mcause;
		return true;
	case CSR_MTVAL:
		*value = m->mtval;
		return true;
	case CSR_MHARTID:
		*value = hart_id(u);
		return true;
	case CSR_MVENDORID:
	case CSR_MARCHID:
	case CSR_MIMPID:
	case CSR_MCONFIGPTR:
		*value = 0;
		return true;
	default:
		*value = 0;
		return is_zero(csr) || read_counter(u, csr, left, value);
	}
}

/* @counter with one half replaced */
static uint64_t replaced(uint64_t counter, bool high, uint32_t value)
{
	return high ? (uint32_t)counter | (uint64_t)value << 32 : counter >> 32 << 32 | value;
}

/*
 * A write overrides what the instruction itself would add to the counter, which is one
 * register of 64 bits: neither half counts it, nor is there a carry.
 */
static bool write_counter(struct ipu_unit *u, uint32_t csr, int64_t left, int64_t next,
			  uint32_t value)
{
	struct ipu_machine *m = &u->machine;
	bool high = csr == CSR_MCYCLEH || csr == CSR_MINSTRETH;

	switch (csr) {
	case CSR_MCYCLE:
	case CSR_MCYCLEH:
		m->cycle_offset += replaced(cycles(u, left), high, value) - cycles(u, next);
		return true;
	case CSR_MINSTRET:
	case CSR_MINSTRETH:
		m->instret_offset += replaced(retired(u, left), high, value) - retired(u, next);
		return true;
	default:
		return false;
	}
}

bool ipu_machine_write(struct ipu_unit *u, uint32_t csr, int64_t left, int64_t next,
		       uint32_t value)
{
	struct ipu_machine *m = &u->machine;

	switch (csr) {
	case CSR_MSTATUS:
		write_mstatus(u, value);
		return true;
	case CSR_MISA:
		return true;
	case CSR_MTVEC:
		/* direct or vectored */
		m->mtvec = value & ~2u;
		return true;
	case CSR_MSCRATCH:
		m->mscratch = value;
		return true;
	case CSR_MEPC:
		m->mepc = value & ~1u;
		return true;
	case CSR_MCAUSE:
		m->mcause = value;
		return true;
	case CSR_MTVAL:
		m->mtval = value;
		return true;
	default:
		return is_zero(csr) || write_counter(u, csr, left, next, value);
	}
}
