/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * What memory an instruction is about to access, for watchpoints.
 */
#ifndef IPU_ACCESS_H
#define IPU_ACCESS_H

#include "exec/ipu_unit.h"

/**
 * ipu_access_visitor - called for every piece of memory, in any order
 * @addr: tile address of the first byte; may be outside SRAM
 * @bytes: at least 1
 * @access: IPU_DBG_READ, IPU_DBG_WRITE, or both
 */
typedef void ipu_access_visitor(void *arg, uint32_t addr, uint32_t bytes, uint32_t access);

/** ipu_access_visit - what instruction @bits of a unit accesses if it is executed now */
void ipu_access_visit(const struct ipu_unit *u, uint32_t bits, ipu_access_visitor *visit,
		      void *arg);

#endif /* IPU_ACCESS_H */
