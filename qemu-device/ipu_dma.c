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

/* How often that has changed. */
static unsigned int changes;

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

/* Copy what is mapped at @ram; the request is then about what is left. */
static void copy_run(IPUDMARequest *request, void *ram, hwaddr run)
{
    if (request->write) {
        copy(ram, request->buf, run);
    } else {
        copy(request->buf, ram, run);
    }
    request->addr += run;
    request->buf += run;
    request->len -= run;
}

static int access_ram(IPUState *s, IPUDMARequest *request)
{
    AddressSpace *as = pci_get_address_space(PCI_DEVICE(s));
    hwaddr run;
    void *ram;

    RCU_READ_LOCK_GUARD();
    while (request->len) {
        run = request->len;
        ram = address_space_map(as, request->addr, &run, request->write,
                                MEMTXATTRS_UNSPECIFIED);
        if (!ram) {
            return -EFAULT;
        }
        copy_run(request, ram, run);
        address_space_unmap(as, ram, run, request->write, run);
    }
    return 0;
}

/* The lock is held: the card's thread may go on, and forget the request. */
static void complete(IPUDMARequest *request, int result)
{
    request->result = result;
    request->done = true;
}

static void complete_serving(IPUDMA *dma, int result)
{
    if (dma->serving) {
        complete(dma->serving, result);
        dma->serving = NULL;
    }
}

/*
 * Handle a request as access_ram() does; the lock is held, and the BQL. But
 * mapping needs more than RAM: an IOMMU reports what it does not translate by
 * a write to wherever the guest has said. That may pause, reset or unplug this
 * card or another one, which waits for the card's threads. So the lock is
 * released meanwhile, and whoever waits completes the request.
 */
static void serve_request(IPUState *s, IPUDMARequest *request)
{
    AddressSpace *as = pci_get_address_space(PCI_DEVICE(s));
    bool write = request->write;
    IPUDMA *dma = &s->dma;
    hwaddr run, addr;
    void *ram;

    RCU_READ_LOCK_GUARD();
    dma->serving = request;
    while (dma->serving == request && request->len) {
        addr = request->addr;
        run = request->len;
        qemu_mutex_unlock(&dma->lock);
        ram = address_space_map(as, addr, &run, write, MEMTXATTRS_UNSPECIFIED);
        qemu_mutex_lock(&dma->lock);
        if (dma->serving != request) {
            if (ram) {
                address_space_unmap(as, ram, run, write, 0);
            }
            return;
        }
        if (!ram) {
            complete_serving(dma, -EFAULT);
            return;
        }
        copy_run(request, ram, run);
        address_space_unmap(as, ram, run, write, run);
    }
    complete_serving(dma, 0);
}

/*
 * Handle requests that are queued, of about @most bytes; the lock is held, and
 * the BQL. One that is being handled already has led here, see serve_request():
 * it fails.
 */
static void serve_queue(IPUState *s, size_t most)
{
    IPUDMA *dma = &s->dma;
    IPUDMARequest *request;
    size_t done = 0;

    complete_serving(dma, -EFAULT);
    while (done < most && (request = QSIMPLEQ_FIRST(&dma->queue))) {
        QSIMPLEQ_REMOVE_HEAD(&dma->queue, next);
        done += request->len;
        serve_request(s, request);
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
        result = access_ram(s, &request);
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
    complete_serving(dma, -ECANCELED);
    while ((request = QSIMPLEQ_FIRST(&dma->queue))) {
        QSIMPLEQ_REMOVE_HEAD(&dma->queue, next);
        complete(request, -ECANCELED);
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

/* What is done for one may unplug it, or others. */
static void serve_others(IPUState *s)
{
    IPUState *other;
    unsigned int before;

again:
    before = changes;
    QLIST_FOREACH(other, &cards, dma.next) {
        if (other == s) {
            continue;
        }
        WITH_QEMU_LOCK_GUARD(&other->dma.lock) {
            serve_queue(other, SIZE_MAX);
        }
        if (changes != before) {
            goto again;
        }
    }
}

void ipu_dma_pause(IPUState *s)
{
    IPUDMA *dma = &s->dma;

    while (s->card && !s->runs && !ipu_card_try_pause(s->card)) {
        WITH_QEMU_LOCK_GUARD(&dma->lock) {
            if (QSIMPLEQ_EMPTY(&dma->queue) && !dma->serving) {
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

    while (s->card && ipu_card_busy(s->card) && g_get_monotonic_time() < end) {
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
void ipu_dma_stop(IPUState *s)
{
    ipu_dma_close(s);
    ipu_card_write(s->card, IPU_REG_CTRL, IPU_CTRL_RESET, 4);
    while (s->card && ipu_card_stopping(s->card)) {
        serve_others(s);
        g_usleep(STOP_US);
    }
}

void ipu_dma_reset(IPUState *s)
{
    ipu_dma_stop(s);
    if (s->card) {
        /* What was served may have reset the card, and opened the queue. */
        ipu_dma_close(s);
        ipu_card_reset(s->card);
        open_queue(s);
    }
}

void ipu_dma_init(IPUState *s)
{
    IPUDMA *dma = &s->dma;

    QSIMPLEQ_INIT(&dma->queue);
    qemu_mutex_init(&dma->lock);
    qemu_cond_init(&dma->done);
    qemu_cond_init(&dma->wake);
}

void ipu_dma_finalize(IPUState *s)
{
    qemu_cond_destroy(&s->dma.wake);
    qemu_cond_destroy(&s->dma.done);
    qemu_mutex_destroy(&s->dma.lock);
}

void ipu_dma_realize(IPUState *s)
{
    IPUDMA *dma = &s->dma;

    dma->closed = true;
    dma->bh = qemu_bh_new_guarded(serve, s, &DEVICE(s)->mem_reentrancy_guard);
    QLIST_INSERT_HEAD(&cards, s, dma.next);
    changes++;
}

void ipu_dma_unrealize(IPUState *s)
{
    QLIST_REMOVE(s, dma.next);
    changes++;
    qemu_bh_delete(s->dma.bh);
}
