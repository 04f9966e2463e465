/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * A unit's floating-point state: frm and fflags, which are partly held in the
 * host's FPU while the unit executes.
 */
#ifndef IPU_FPU_H
#define IPU_FPU_H

#include "float/ipu_softfloat.h"
#include "ipu_unit.h"

/** ipu_fpu_save, ipu_fpu_restore - the host thread's own control word, around all execution */
uint32_t ipu_fpu_save(void);
void ipu_fpu_restore(uint32_t saved);

/** ipu_fpu_enter - give the host's FPU to a unit; ipu_fpu_leave - collect its flags */
void ipu_fpu_enter(struct ipu_unit *u);
void ipu_fpu_leave(struct ipu_unit *u);

/* frm and fflags of a unit that executes */
uint8_t ipu_fpu_get_fflags(struct ipu_unit *u);
void ipu_fpu_set_fflags(struct ipu_unit *u, uint8_t fflags);
void ipu_fpu_set_frm(struct ipu_unit *u, uint8_t frm);

/* Halves in float registers are NaN-boxed; anything else is the canonical NaN. */
#define IPU_HALF_BOX	0xffff0000u

static inline uint32_t ipu_get_half(const struct ipu_unit *u, unsigned int reg)
{
	return u->r[reg] >= IPU_HALF_BOX ? u->r[reg] - IPU_HALF_BOX : IPU_F16_NAN;
}

static inline void ipu_set_half(struct ipu_unit *u, unsigned int reg, uint32_t half)
{
	u->r[reg] = IPU_HALF_BOX | half;
}

#endif /* IPU_FPU_H */
