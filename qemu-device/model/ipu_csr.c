// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Control and status registers.
 */
#include "ipu_fpu.h"
#include "ipu_unit.h"

#define CSR_FFLAGS	0x001
#define CSR_FRM		0x002
#define CSR_FCSR	0x003
#define CSR_CYCLE	0xc00
#define CSR_TIME	0xc01
#define CSR_INSTRET	0xc02
#define CSR_CYCLEH	0xc80
#define CSR_TIMEH	0xc81
#define CSR_INSTRETH	0xc82
#define CSR_MHARTID	0xf14

static bool is_supervisor(const struct ipu_unit *u)
{
	return u->index == IPU_UNIT_SUPERVISOR;
}

static uint64_t retired(const struct ipu_unit *u, int64_t left)
{
	return u->instret + (u->slice - left);
}

bool ipu_csr_read(struct ipu_unit *u, uint32_t csr, int64_t left, uint32_t *value)
{
	const struct ipu_tile *tile = u->tile;

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
	case CSR_CYCLE:
	case CSR_TIME:
		*value = ipu_unit_clock(u, left);
		return true;
	case CSR_CYCLEH:
	case CSR_TIMEH:
		*value = ipu_unit_clock(u, left) >> 32;
		return true;
	case CSR_INSTRET:
		*value = retired(u, left);
		return true;
	case CSR_INSTRETH:
		*value = retired(u, left) >> 32;
		return true;
	case CSR_MHARTID:
	case IPU_CSR_TILE:
		*value = tile->id;
		return true;
	case IPU_CSR_UNIT:
		*value = u->index;
		return true;
	case IPU_CSR_TILES:
		*value = tile->tiles;
		return true;
	case IPU_CSR_XTAB:
		*value = tile->xtab;
		return is_supervisor(u);
	case IPU_CSR_XCNT:
		*value = tile->xcnt;
		return is_supervisor(u);
	default:
		return false;
	}
}

bool ipu_csr_write(struct ipu_unit *u, uint32_t csr, uint32_t value)
{
	struct ipu_tile *tile = u->tile;

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
		return false;
	}
}
