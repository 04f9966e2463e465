// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-fence.h>
#include <linux/interrupt.h>
#include <linux/pci.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_recovery.h"

/*
 * With all the vectors that the card has, each context has one of its own,
 * after vector 0; with fewer, contexts share them.
 */

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
