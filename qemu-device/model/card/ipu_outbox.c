// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Callbacks to the host, see ipu_outbox.h.
 */
#include "ipu_outbox.h"

#include "ipu_link.h"

void ipu_outbox_init(struct ipu_outbox *out)
{
	out->num_states = 0;
	out->fault = false;
	out->link = false;
	out->error[0] = '\0';
}

bool ipu_outbox_empty(const struct ipu_outbox *out)
{
	return !out->num_states && !out->fault && !out->link && !out->error[0];
}

void ipu_outbox_deliver(struct ipu_card *card, const struct ipu_outbox *out)
{
	const struct ipu_host_ops *ops = card->ops;
	unsigned int i;

	if (ops->trace) {
		for (i = 0; i < out->num_states; i++)
			ops->trace(card->host, IPU_TRACE_CTX_STATE, out->state[i].ctx,
				   out->state[i].state, 0);
		if (out->fault)
			ops->trace(card->host, IPU_TRACE_FAULT, out->fault_ctx, out->fault_cause,
				   out->fault_addr);
	}
	if (out->error[0] && ops->guest_error)
		ops->guest_error(card->host, out->error);
	if (out->link)
		ipu_link_wake(card);
}
