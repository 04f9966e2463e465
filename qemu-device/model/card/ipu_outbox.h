/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Callbacks to the host are recorded while the lock is held, and made once it is
 * released.
 */
#ifndef IPU_OUTBOX_H
#define IPU_OUTBOX_H

#include "ipu_card_state.h"

/**
 * struct ipu_outbox - callbacks to make
 * @num_states, @state: changes of contexts' states, to trace
 * @fault, @fault_ctx, @fault_cause, @fault_addr: a context's fault, to trace
 * @link: wake the linked cards, see ipu_link.h
 * @error: a guest error, or ""
 */
struct ipu_outbox {
	unsigned int num_states;
	struct {
		uint32_t ctx;
		uint32_t state;
	} state[2 * IPU_MAX_CONTEXTS];
	bool fault;
	uint32_t fault_ctx;
	uint32_t fault_cause;
	uint64_t fault_addr;
	bool link;
	char error[200];
};

void ipu_outbox_init(struct ipu_outbox *out);

/** ipu_outbox_empty - there is no callback to make */
bool ipu_outbox_empty(const struct ipu_outbox *out);

/** ipu_outbox_deliver - make the callbacks; lock not held */
void ipu_outbox_deliver(struct ipu_card *card, const struct ipu_outbox *out);

#endif /* IPU_OUTBOX_H */
