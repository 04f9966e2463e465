/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IPU card in QEMU: what the files of the glue share. The card itself is in
 * model/ and does not depend on QEMU.
 *
 * Threads. The card's threads hold no QEMU lock and never take the BQL, so code
 * that holds the BQL may wait for them: reset, unplug and pause do.
 */
#ifndef HW_MISC_IPU_H
#define HW_MISC_IPU_H

#include "qemu/bitmap.h"
#include "hw/pci/pci_device.h"
#include "system/runstate.h"
#include "qom/object.h"

#include "ipu_hw.h"
#include "model/card/ipu_card.h"

#define TYPE_IPU "ipu"
OBJECT_DECLARE_SIMPLE_TYPE(IPUState, IPU)

/**
 * struct IPUDMA - DMA by the card's threads, see ipu_dma.c
 * @lock: protects @queue, @serving and @closed
 * @done: signalled when requests are done
 * @wake: signalled when ipu_dma_pause() has something to do
 * @queue: requests that wait for a thread with the BQL
 * @serving: the one that such a thread handles, or NULL
 * @bh: has the main loop handle them
 * @closed: the card is being reset, or was not yet: all requests are refused
 * @next: of all cards
 * @translated: accesses go through an IOMMU; known once the machine is
 *complete, and constant while the card has work
 */
typedef struct IPUDMA {
    QemuMutex lock;
    QemuCond done;
    QemuCond wake;
    QSIMPLEQ_HEAD(, IPUDMARequest) queue;
    struct IPUDMARequest *serving;
    QEMUBH *bh;
    QLIST_ENTRY(IPUState) next;
    bool closed;
    bool translated;
} IPUDMA;

/* Those faults on request that are the device's own, see ipu_faults.c. */
enum {
    IPU_FAULTY_INTERRUPTS,
    IPU_FAULTY_REGISTERS,
    IPU_FAULTY_TILE,
    IPU_FAULTY_ADDRESS,
};

/**
 * struct IPUFaults - faults on request, see ipu_faults.c
 * @lost_interrupts: how many that follow are lost
 * @dead_registers: registers read as ones
 * @tile, @address: of those that concern a tile
 * @slow: how many times as long as it should that tile took when it was last
 * set
 * @events: what is requested of the model, before there is one
 */
typedef struct IPUFaults {
    uint32_t lost_interrupts;
    uint32_t dead_registers;
    uint32_t tile;
    uint32_t address;
    uint32_t slow;
    uint32_t events[IPU_INJECTIONS];
} IPUFaults;

/**
 * struct IPUState - the device
 * @parent_obj: parent type
 * @regs: BAR0
 * @msix: BAR2
 * @config: the properties of the model
 * @link: id of the card that it is linked to, or NULL
 * @settle_us: how long a register's write waits for the card, see
 * ipu_dma_settle()
 * @card: the model, while the device is realized
 * @pending: MSI-X vectors that the card's threads want sent
 * @saved_pending: a bit for each, while the state is saved or loaded
 * @bh: sends them
 * @dma: see &struct IPUDMA
 * @faults: see &struct IPUFaults
 * @num_threads: threads that the card has started
 * @vm_change: tells when the machine stops and continues
 * @vm_runs: the machine's processors run
 * @runs: the card is not paused
 */
struct IPUState {
    PCIDevice parent_obj;

    MemoryRegion regs;
    MemoryRegion msix;
    struct ipu_card_config config;
    char *link;
    uint32_t settle_us;
    struct ipu_card *card;
    DECLARE_BITMAP(pending, IPU_NUM_VECTORS);
    uint64_t saved_pending;
    QEMUBH *bh;
    IPUDMA dma;
    IPUFaults faults;
    unsigned int num_threads;
    VMChangeStateEntry *vm_change;
    bool vm_runs;
    bool runs;
};

/** ipu_id - what messages and trace events call the card */
static inline const char *ipu_id(IPUState *s)
{
    return DEVICE(s)->id ?: TYPE_IPU;
}

/* ipu_dma.c; the BQL is held, except in the callbacks */
void ipu_dma_init(IPUState *s);
void ipu_dma_finalize(IPUState *s);
void ipu_dma_realize(IPUState *s);
void ipu_dma_unrealize(IPUState *s);

/*
 * While these serve the cards' requests, an IOMMU's report of one may do with
 * any card whatever a guest can: once they return, @s->card may be NULL, as the
 * card is unplugged, and @s->runs another.
 */

/**
 * ipu_dma_close - refuse DMA, also requests that are queued, so that no card
 * thread waits
 */
void ipu_dma_close(IPUState *s);

/**
 * ipu_dma_stop - refuse DMA and begin a reset of the card; until
 * ipu_card_reset() would not wait, do for linked cards' threads what they wait
 * for
 */
void ipu_dma_stop(IPUState *s);

/** ipu_dma_reset - that, then the reset; DMA is refused until then */
void ipu_dma_reset(IPUState *s);

/**
 * ipu_dma_pause - pause the card, unless @runs becomes true, while doing for
 * its threads what they wait for
 */
void ipu_dma_pause(IPUState *s);

/**
 * ipu_dma_settle - let the card do what it can, for at most @settle_us, while
 * doing for its threads what they wait for
 */
void ipu_dma_settle(IPUState *s);

/*
 * The model's callbacks. DMA: 0, or a negative errno where there is no RAM to
 * access.
 */
void ipu_dma_quiet(void *host);
int ipu_dma_read(void *host, uint64_t addr, void *buf, size_t len);
int ipu_dma_write(void *host, uint64_t addr, const void *buf, size_t len);

/* ipu_vmstate.c */
extern const VMStateDescription ipu_vmstate;

/* ipu_faults.c; the BQL is held */
void ipu_faults_class_init(ObjectClass *class);
void ipu_faults_init(IPUState *s);

/** ipu_faults_realize - what was requested before there was a card */
bool ipu_faults_realize(IPUState *s, Error **errp);

/**
 * ipu_faults_take - whether there is one of so many to come; it counts as done
 */
bool ipu_faults_take(uint32_t *count);

#endif /* HW_MISC_IPU_H */
