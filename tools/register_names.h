/* SPDX-License-Identifier: MIT */
/* Names of a unit's registers. */
#ifndef IPU_REGISTER_NAMES_H
#define IPU_REGISTER_NAMES_H

#include <stdint.h>

#define REGISTER_CSRS 44

extern const char *const register_x_names[32];
extern const char *const register_f_names[32];

/* CSRs in the order in which they are shown; a card may not have all of them. */
extern const struct register_csr {
	const char *name;
	uint32_t number;
} register_csrs[REGISTER_CSRS];

#endif /* IPU_REGISTER_NAMES_H */
