// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * A unit's floating-point state, see ipu_fpu.h.
 */
#include "float/ipu_host_fpu.h"
#include "ipu_fpu.h"

#if IPU_HOST_FPU

uint32_t ipu_fpu_save(void)
{
	return ipu_fpu_control();
}

void ipu_fpu_restore(uint32_t saved)
{
	ipu_fpu_set_control(saved);
}

/* round as frm says; to nearest if the host cannot, for instructions with that static mode */
void ipu_fpu_enter(struct ipu_unit *u)
{
	enum ipu_rounding host = u->frm <= IPU_RUP ? u->frm : IPU_RNE;

	u->rm_host = 1u << host | (u->frm <= IPU_RUP ? 1u << IPU_DYN : 0);
	u->rm_host_fma = ipu_fpu_has_fma() ? u->rm_host : 0;
	u->rm_host_half = ipu_fpu_has_half() ? u->rm_host : 0;
	ipu_fpu_set_control(ipu_fpu_rounding(host));
}

void ipu_fpu_leave(struct ipu_unit *u)
{
	u->fflags |= ipu_fpu_flags(ipu_fpu_control());
}

uint8_t ipu_fpu_get_fflags(struct ipu_unit *u)
{
	return u->fflags | ipu_fpu_flags(ipu_fpu_control());
}

void ipu_fpu_set_fflags(struct ipu_unit *u, uint8_t fflags)
{
	ipu_fpu_set_control(ipu_fpu_control() & ~IPU_MXCSR_FLAGS);
	u->fflags = fflags;
}

#else

uint32_t ipu_fpu_save(void)
{
	return 0;
}

void ipu_fpu_restore(uint32_t saved)
{
	(void)saved;
}

void ipu_fpu_enter(struct ipu_unit *u)
{
	u->rm_host = 0;
	u->rm_host_fma = 0;
	u->rm_host_half = 0;
}

void ipu_fpu_leave(struct ipu_unit *u)
{
	(void)u;
}

uint8_t ipu_fpu_get_fflags(struct ipu_unit *u)
{
	return u->fflags;
}

void ipu_fpu_set_fflags(struct ipu_unit *u, uint8_t fflags)
{
	u->fflags = fflags;
}

#endif

void ipu_fpu_set_frm(struct ipu_unit *u, uint8_t frm)
{
	ipu_fpu_leave(u);
	u->frm = frm;
	ipu_fpu_enter(u);
}
