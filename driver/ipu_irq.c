// SPDX-License-Identifier: GPL-2.0-only

#include <linux/bitfield.h>
#include <linux/dma-fence.h>
#include <linux/interrupt.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_recovery.h"

/*
 * With all the vectors that the card has, each context has one of its own,
 * after vector 0; with fewer, contexts share them. Its queues have none of their
 * own: their jobs go through one ring and complete in one sequence.
 *
 * A context with much to do sends one message for several events; the last one before it
 * has nothing to do is never late.
 */

static unsigned int irq_coalesce_us = 50;
module_param(irq_coalesce_us, uint, 0644);
MODULE_PARM_DESC(irq_coalesce_us,
		 "How late a busy context's interrupt may be, in microseconds, so that it is for up to 8 events (default 50, at most 65535, 0 = an interrupt for each); for contexts that are made from then on");

/* As many as a context may have in its ring without the scheduler. */
#define IPU_IRQ_COALESCE_COUNT	8

/**
 * ipu_irq_coalesce() - how a context's messages are to be held back
 *
 * Return: what to write to IPU_CTX_COALESCE.
 */
u32 ipu_irq_coalesce(void)
{
	u32 us = min_t(u32, READ_ONCE(irq_coalesce_us), FIELD_MAX(IPU_CTX_COALESCE_US));

	return us ? FIELD_PREP(IPU_CTX_COALESCE_COUNT, IPU_IRQ_COALESCE_COUNT) |
		    FIELD_PREP(IPU_CTX_COALESCE_US, us) : 0;
}

/**
 * ipu_irq_vector() - the vector of a context's events
 * @ipu: card
 * @slot: which context of the card
 *
 * Return: index of the vector.
 */
unsigned int ipu_irq_vector(struct ipu_device *ipu, unsigned int slot)
{
	return ipu->vectors > 1 ? 1 + slot % (ipu->vectors - 1) : 0;
}

static irqreturn_t ipu_irq_thread(int irq, void *data)
{
	struct ipu_device *ipu = data;
	bool cookie = dma_fence_begin_signalling();
	unsigned int slot;

	for (slot = 0; slot < ipu->info.contexts; slot++) {
		struct ipu_ctx *ctx = READ_ONCE(ipu->slots[slot]);

		/*
		 * It cannot be freed while this handler runs, see ipu_irq_synchronize(),
		 * and does not keep those that share the vector waiting.
		 */
		if (ctx && ipu->irqs[ipu_irq_vector(ipu, slot)] == irq)
			ipu_ctx_events(ctx);
	}
	dma_fence_end_signalling(cookie);

	return IRQ_HANDLED;
}

/**
 * ipu_irq_synchronize() - wait until no interrupt uses a context any more
 * @ipu: card, bound
 * @slot: which context of the card, already removed from &ipu_device.slots
 */
void ipu_irq_synchronize(struct ipu_device *ipu, unsigned int slot)
{
	synchronize_irq(ipu->irqs[ipu_irq_vector(ipu, slot)]);
}

/**
 * ipu_irq_init() - request interrupts; device-managed
 * @ipu: card
 *
 * Return: 0 or a negative errno.
 */
int ipu_irq_init(struct ipu_device *ipu)
{
	struct pci_dev *pdev = to_pci_dev(ipu->drm.dev);
	unsigned int i;
	int ret;

	ret = pci_alloc_irq_vectors(pdev, 1, 1 + ipu->info.contexts, PCI_IRQ_MSIX);
	if (ret < 0)
		return dev_err_probe(&pdev->dev, ret, "no MSI-X vector\n");
	ipu->vectors = ret;

	for (i = 0; i < ipu->vectors; i++) {
		ipu->irqs[i] = pci_irq_vector(pdev, i);
		ret = devm_request_threaded_irq(&pdev->dev, ipu->irqs[i], NULL, ipu_irq_thread,
						IRQF_ONESHOT, "ipu", ipu);
		if (ret)
			return dev_err_probe(&pdev->dev, ret, "cannot use MSI-X vector %u\n", i);
	}

	return 0;
}
