// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DMA by the card's threads.
 *
 * Only RAM is accessed: memory is mapped and copied, and the device has no
 * bounce buffers (x-max-bounce-buffer-size is 0), so that whatever would need
 * one (another device's registers, nothing at all, everything while bus
 * mastering is off) is refused rather than accessed under the BQL.
 *
 * Behind an IOMMU the mapping itself needs the BQL: a translation that fails
 * raises the IOMMU's own interrupt. A card thread that waited for the BQL would
 * deadlock with a reset, which holds it and waits for the card's threads; so
 * the access is queued for the main loop. A reset cancels the requests that are
 * still queued. To pause the card is to let its threads end what they do, so
 * the thread that pauses handles the queue itself until they have.
 *
 * That may be the exchange of a run that spans linked cards, for which the
 * threads of another card are needed, too: so it handles the queues of all. A
 * reset waits for linked cards that read the card's tiles, and does the same.
 *
 * Whether there is an IOMMU is not known when the card is realized: it may be
 * created after the card, and QEMU binds the card's address space once the
 * machine is complete. The card is reset after that and before its first
 * access.
 */
#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "qemu/units.h"
#include "system/dma.h"

#include "ipu.h"
#include "trace.h"

/* How long a pause may go by before it looks after other cards' queues. */
#define OTHERS_MS 5

/* How long a reset waits before it does. */
#define STOP_US 100

/* How long a write that waits for the card does before it looks again. */
#define SETTLE_US 20

/* All cards; the BQL protects it. */
static QLIST_HEAD(, IPUState) cards = QLIST_HEAD_INITIALIZER(cards);

/* About how much the main loop copies before it sees to others. */
#define SERVE_BYTES (1 * MiB)

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
    if (len == 8 && QEMU_PTR_IS_ALIGNED(to, 8) &&
        QEMU_PTR_IS_ALIGNED(from, 8)) {
        qatomic_set((uint64_t *)to, *(const uint64_t *)from);
    } else {
        memcpy(to, from, len);
    }
}

static int access_ram(IPUState *s, uint64_t addr, void *buf, size_t len,
                      bool write)
{
    AddressSpace *as = pci_get_address_space(PCI_DEVICE(s));
    hwaddr run;
    void *ram;

    RCU_READ_LOCK_GUARD();
    while (len) {
        run = len;
        ram = address_space_map(as, addr, &run, write, MEMTXATTRS_UNSPECIFIED);
        if (!ram) {
            return -EFAULT;
        }
        if (write) {
            copy(ram, buf, run);
        } else {
            copy(buf, ram, run);
        }
        address_space_unmap(as, ram, run, write, run);
        addr += run;
        buf += run;
        len -= run;
    }
    return 0;
}

/*
 * Handle requests that are queued, of about @most bytes; the lock is held, and
 * the BQL.
 */
static void serve_queue(IPUState *s, size_t most)
{
    IPUDMA *dma = &s->dma;
    IPUDMARequest *request;
    size_t done = 0;

    while (done < most && (request = QSIMPLEQ_FIRST(&dma->queue))) {
        QSIMPLEQ_REMOVE_HEAD(&dma->queue, next);
        request->result = access_ram(s, request->addr, request->buf,
                                     request->len, request->write);
        request->done = true;
        done += request->len;
    }
    qemu_cond_broadcast(&dma->done);
}

static void serve(void *opaque)
{
    IPUState *s = opaque;

    QEMU_LOCK_GUARD(&s->dma.lock);
    serve_queue(s, SERVE_BYTES);
    if (!QSIMPLEQ_EMPTY(&s->dma.queue)) {
        qemu_bh_schedule(s->dma.bh);
    }
}

static int ask_main_loop(IPUState *s, IPUDMARequest *request)
{
    IPUDMA *dma = &s->dma;

    QEMU_LOCK_GUARD(&dma->lock);
    if (dma->closed) {
        return -ECANCELED;
    }
    QSIMPLEQ_INSERT_TAIL(&dma->queue, request, next);
    qemu_bh_schedule(dma->bh);
    qemu_cond_signal(&dma->wake);
    while (!request->done) {
        qemu_cond_wait(&dma->done, &dma->lock);
    }
    return request->result;
}

static int access_host(IPUState *s, uint64_t addr, void *buf, size_t len,
                       bool write)
{
    IPUDMARequest request = {
        .addr = addr, .buf = buf, .len = len, .write = write
    };
    int result;

    if (s->dma.translated) {
        result = ask_main_loop(s, &request);
    } else {
        result = access_ram(s, addr, buf, len, write);
    }
    trace_ipu_dma(ipu_id(s), addr, len, write ? "write" : "read",
                  result ? "refused" : "done");
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

static void open_queue(IPUState *s)
{
    AddressSpace *as = pci_device_iommu_address_space(PCI_DEVICE(s));

    QEMU_LOCK_GUARD(&s->dma.lock);
    s->dma.translated = as != &address_space_memory;
    s->dma.closed = false;
}

void ipu_dma_quiet(void *host)
{
    IPUState *s = host;

    QEMU_LOCK_GUARD(&s->dma.lock);
    qemu_cond_signal(&s->dma.wake);
}

static void serve_others(IPUState *s)
{
    IPUState *other;

    QLIST_FOREACH(other, &cards, dma.next) {
        if (other != s) {
            QEMU_LOCK_GUARD(&other->dma.lock);
            serve_queue(other, SIZE_MAX);
        }
    }
}

void ipu_dma_pause(IPUState *s)
{
    IPUDMA *dma = &s->dma;

    while (!ipu_card_try_pause(s->card)) {
        WITH_QEMU_LOCK_GUARD(&dma->lock) {
            if (QSIMPLEQ_EMPTY(&dma->queue)) {
                qemu_cond_timedwait(&dma->wake, &dma->lock, OTHERS_MS);
            }
            serve_queue(s, SIZE_MAX);
        }
        serve_others(s);
    }
}

void ipu_dma_settle(IPUState *s)
{
    int64_t end = g_get_monotonic_time() + s->settle_us;

    while (ipu_card_busy(s->card) && g_get_monotonic_time() < end) {
        WITH_QEMU_LOCK_GUARD(&s->dma.lock) {
            serve_queue(s, SERVE_BYTES);
        }
        serve_others(s);
        g_usleep(SETTLE_US);
    }
}

/*
 * Its own requests have been refused, but linked cards that are reading its
 * tiles may need the main loop for theirs before they stop.
 */
void ipu_dma_reset(IPUState *s)
{
    ipu_dma_close(s);
    ipu_card_write(s->card, IPU_REG_CTRL, IPU_CTRL_RESET, 4);
    while (ipu_card_stopping(s->card)) {
        serve_others(s);
        g_usleep(STOP_US);
    }
    ipu_card_reset(s->card);
    open_queue(s);
}

void ipu_dma_init(IPUState *s)
{
    IPUDMA *dma = &s->dma;

    dma->closed = true;
    QSIMPLEQ_INIT(&dma->queue);
    qemu_mutex_init(&dma->lock);
    qemu_cond_init(&dma->done);
    qemu_cond_init(&dma->wake);
    dma->bh = qemu_bh_new_guarded(serve, s, &DEVICE(s)->mem_reentrancy_guard);
    QLIST_INSERT_HEAD(&cards, s, dma.next);
}

void ipu_dma_cleanup(IPUState *s)
{
    QLIST_REMOVE(s, dma.next);
    qemu_bh_delete(s->dma.bh);
    qemu_cond_destroy(&s->dma.wake);
    qemu_cond_destroy(&s->dma.done);
    qemu_mutex_destroy(&s->dma.lock);
}
