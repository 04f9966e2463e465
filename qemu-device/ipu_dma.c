// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DMA by the card's threads.
 *
 * Only RAM is accessed: memory is mapped and copied, and the device's address
 * space is given no bounce buffers, so that whatever would need one (another
 * device's registers, nothing at all, everything while bus mastering is off) is
 * refused rather than accessed under the BQL.
 *
 * Behind an IOMMU the mapping itself needs the BQL: a translation that fails
 * raises the IOMMU's own interrupt. A card thread that waited for the BQL would
 * deadlock with a reset, which holds it and waits for the card's threads; so the
 * access is queued for the main loop, and a reset cancels the requests that are
 * still queued.
 */
#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "system/dma.h"

#include "ipu.h"
#include "trace.h"

typedef struct IPUDMARequest {
	uint64_t addr;
	void *buf;
	size_t len;
	bool write;
	bool done;
	int result;
	QSIMPLEQ_ENTRY(IPUDMARequest) next;
} IPUDMARequest;

/*
 * A copy of 8 aligned bytes is one access: the guest may poll for a fence's
 * value, and must not see half of it.
 */
static void copy(void *to, const void *from, size_t len)
{
	if (len == 8 && QEMU_PTR_IS_ALIGNED(to, 8) && QEMU_PTR_IS_ALIGNED(from, 8))
		qatomic_set((uint64_t *)to, *(const uint64_t *)from);
	else
		memcpy(to, from, len);
}

static int access_ram(IPUState *s, uint64_t addr, void *buf, size_t len, bool write)
{
	AddressSpace *as = pci_get_address_space(PCI_DEVICE(s));
	hwaddr run;
	void *ram;

	RCU_READ_LOCK_GUARD();
	while (len) {
		run = len;
		ram = address_space_map(as, addr, &run, write, MEMTXATTRS_UNSPECIFIED);
		if (!ram)
			return -EFAULT;
		if (write)
			copy(ram, buf, run);
		else
			copy(buf, ram, run);
		address_space_unmap(as, ram, run, write, run);
		addr += run;
		buf += run;
		len -= run;
	}
	return 0;
}

static void serve(void *opaque)
{
	IPUState *s = opaque;
	IPUDMA *dma = &s->dma;
	IPUDMARequest *request;

	qemu_mutex_lock(&dma->lock);
	while ((request = QSIMPLEQ_FIRST(&dma->queue))) {
		QSIMPLEQ_REMOVE_HEAD(&dma->queue, next);
		request->result = access_ram(s, request->addr, request->buf, request->len,
					     request->write);
		request->done = true;
	}
	qemu_cond_broadcast(&dma->done);
	qemu_mutex_unlock(&dma->lock);
}

static int ask_main_loop(IPUState *s, IPUDMARequest *request)
{
	IPUDMA *dma = &s->dma;

	QEMU_LOCK_GUARD(&dma->lock);
	if (dma->closed)
		return -ECANCELED;
	QSIMPLEQ_INSERT_TAIL(&dma->queue, request, next);
	qemu_bh_schedule(dma->bh);
	while (!request->done)
		qemu_cond_wait(&dma->done, &dma->lock);
	return request->result;
}

static int access_host(IPUState *s, uint64_t addr, void *buf, size_t len, bool write)
{
	IPUDMARequest request = { .addr = addr, .buf = buf, .len = len, .write = write };
	int result;

	if (s->dma.translated)
		result = ask_main_loop(s, &request);
	else
		result = access_ram(s, addr, buf, len, write);
	trace_ipu_dma(addr, len, write ? "write" : "read", result ? "refused" : "done");
	return result;
}

int ipu_dma_read(void *host, uint64_t addr, void *buf, size_t len)
{
	return access_host(host, addr, buf, len, false);
}

int ipu_dma_write(void *host, uint64_t addr, const void *buf, size_t len)
{
	return access_host(host, addr, (void *)buf, len, true);
}

void ipu_dma_close(IPUState *s)
{
	IPUDMA *dma = &s->dma;
	IPUDMARequest *request;

	QEMU_LOCK_GUARD(&dma->lock);
	dma->closed = true;
	while ((request = QSIMPLEQ_FIRST(&dma->queue))) {
		QSIMPLEQ_REMOVE_HEAD(&dma->queue, next);
		request->result = -ECANCELED;
		request->done = true;
	}
	qemu_cond_broadcast(&dma->done);
}

void ipu_dma_open(IPUState *s)
{
	QEMU_LOCK_GUARD(&s->dma.lock);
	s->dma.closed = false;
}

void ipu_dma_init(IPUState *s)
{
	PCIDevice *pdev = PCI_DEVICE(s);
	IPUDMA *dma = &s->dma;

	pci_get_address_space(pdev)->max_bounce_buffer_size = 0;
	dma->translated = pci_device_iommu_address_space(pdev) != &address_space_memory;
	dma->closed = false;
	QSIMPLEQ_INIT(&dma->queue);
	qemu_mutex_init(&dma->lock);
	qemu_cond_init(&dma->done);
	dma->bh = qemu_bh_new_guarded(serve, s, &DEVICE(s)->mem_reentrancy_guard);
}

void ipu_dma_cleanup(IPUState *s)
{
	qemu_bh_delete(s->dma.bh);
	qemu_cond_destroy(&s->dma.done);
	qemu_mutex_destroy(&s->dma.lock);
}
