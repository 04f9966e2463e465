// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Control and status registers except those of machine mode.
 */
#include "exec/ipu_fpu.h"
#include "ipu_tile_internal.h"
#include "vector/ipu_vec.h"

#define CSR_FFLAGS	0x001
#define CSR_FRM		0x002
#define CSR_FCSR	0x003
#define CSR_VSTART	0x008
#define CSR_VXSAT	0x009
#define CSR_VXRM	0x00a
#define CSR_VCSR	0x00f
#define CSR_TIME	0xc01
#define CSR_TIMEH	0xc81
#define CSR_VL		0xc20
#define CSR_VTYPE	0xc21
#define CSR_VLENB	0xc22

static bool is_supervisor(const struct ipu_unit *u)
{
	return u->index == IPU_UNIT_SUPERVISOR;
}

/* one of the words of the random number generator's state */
static uint32_t get_prng(const struct ipu_unit *u, unsigned int word)
{
	return u->prng[word / 2] >> word % 2 * 32;
}

static void set_prng(struct ipu_unit *u, unsigned int word, uint32_t value)
{
	uint64_t *half = &u->prng[word / 2];

	*half = word % 2 ? (uint32_t)*half | (uint64_t)value << 32 : *half >> 32 << 32 | value;
}

/* mstatus has turned off the state that the CSR is part of */
static bool is_off(const struct ipu_unit *u, uint32_t csr)
{
	switch (csr) {
	case CSR_FFLAGS:
	case CSR_FRM:
	case CSR_FCSR:
		return ipu_float_off(u);
	case CSR_VSTART:
	case CSR_VXSAT:
	case CSR_VXRM:
	case CSR_VCSR:
	case CSR_VL:
	case CSR_VTYPE:
	case CSR_VLENB:
		return ipu_vector_off(u);
	default:
		return false;
	}
}

bool ipu_csr_read(struct ipu_unit *u, uint32_t csr, int64_t left, uint32_t *value)
{
	const struct ipu_tile *tile = u->tile;

	if (is_off(u, csr))
		return false;
	switch (csr) {
	case CSR_FFLAGS:
		*value = ipu_fpu_get_fflags(u);
		return true;
	case CSR_FRM:
		*value = u->frm;
		return true;
	case CSR_FCSR:
		*value = u->frm << 5 | ipu_fpu_get_fflags(u);
		return true;
	case CSR_VSTART:
		*value = u->vstart;
		return true;
	case CSR_VXSAT:
		*value = u->vxsat;
		return true;
	case CSR_VXRM:
		*value = u->vxrm;
		return true;
	case CSR_VCSR:
		*value = u->vxrm << 1 | u->vxsat;
		return true;
	case CSR_VL:
		*value = u->vl;
		return true;
	case CSR_VTYPE:
		*value = u->vtype;
		return true;
	case CSR_VLENB:
		*value = u->vlenb;
		return true;
	case CSR_TIME:
		*value = ipu_unit_clock(u, left);
		return true;
	case CSR_TIMEH:
		*value = ipu_unit_clock(u, left) >> 32;
		return true;
	case IPU_CSR_TILE:
		*value = tile->id;
		return true;
	case IPU_CSR_UNIT:
		*value = u->index;
		return true;
	case IPU_CSR_TILES:
		*value = tile->tiles;
		return true;
	case IPU_CSR_PRNG0:
	case IPU_CSR_PRNG1:
	case IPU_CSR_PRNG2:
	case IPU_CSR_PRNG3:
		*value = get_prng(u, csr - IPU_CSR_PRNG0);
		return true;
	case IPU_CSR_STACK:
		*value = u->stack_end;
		return true;
	case IPU_CSR_MARK:
		*value = 0;
		return true;
	case IPU_CSR_XTAB:
		*value = tile->xtab;
		return is_supervisor(u);
	case IPU_CSR_XCNT:
		*value = tile->xcnt;
		return is_supervisor(u);
	default:
		return ipu_machine_read(u, csr, left, value);
	}
}

bool ipu_csr_write(struct ipu_unit *u, uint32_t csr, int64_t left, int64_t next, uint32_t value)
{
	struct ipu_tile *tile = u->tile;

	if (is_off(u, csr))
		return false;
	switch (csr) {
	case CSR_FFLAGS:
		ipu_fpu_set_fflags(u, value & 0x1f);
		return true;
	case CSR_FRM:
		ipu_fpu_set_frm(u, value & 7);
		return true;
	case CSR_FCSR:
		ipu_fpu_set_frm(u, value >> 5 & 7);
		ipu_fpu_set_fflags(u, value & 0x1f);
		return true;
	case CSR_VSTART:
		ipu_vec_set_vstart(u, value);
		return true;
	case CSR_VXSAT:
		u->vxsat = value & 1;
		return true;
	case CSR_VXRM:
		u->vxrm = value & 3;
		return true;
	case CSR_VCSR:
		u->vxrm = value >> 1 & 3;
		u->vxsat = value & 1;
		return true;
	case IPU_CSR_PRNG0:
	case IPU_CSR_PRNG1:
	case IPU_CSR_PRNG2:
	case IPU_CSR_PRNG3:
		set_prng(u, csr - IPU_CSR_PRNG0, value);
		return true;
	case IPU_CSR_STACK:
		ipu_unit_set_stack(u, value);
		return true;
	case IPU_CSR_MARK:
		ipu_profile_mark(u, ipu_unit_clock(u, left), value);
		return true;
	case IPU_CSR_XTAB:
		if (!is_supervisor(u))
			return false;
		tile->xtab = value & ~3u;
		return true;
	case IPU_CSR_XCNT:
		if (!is_supervisor(u))
			return false;
		tile->xcnt = value;
		return true;
	default:
		return ipu_machine_write(u, csr, left, next, value);
	}
}
