// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The IPU card as a PCI Express function.
 *
 * Usage: -device ipu[,tiles=T][,threads=N][,vlen=BITS][,serial=S]
 *                   [,max-host-memory=SIZE][,link=ID][,x-settle-us=T]
 *
 * - tiles=1..1472 (default 64): tiles on the card. Each has 624 KiB of SRAM,
 *   which takes host memory once it is used.
 * - threads=0..256 (default: one for each online CPU, at most 4): host threads
 *   that execute tile programs and DMA; 0 is one for each online CPU. What
 *   programs compute does not depend on it.
 * - vlen=128|256|512|1024 (default 512): bits of a vector register.
 * - serial=S (default 0): the card's 64-bit serial number.
 * - max-host-memory=SIZE (default 0, which is 64 MiB and 2 MiB for each tile):
 *   host memory that the guest can make the card use at most.
 * - link=ID: the card that comes before this one in a chain, see model/card/
 *   ipu_card.h. Runs can span the cards of a chain.
 * - x-settle-us=T (default 0): microseconds that a register's write waits, with
 *   the BQL held, for the card to have done all it can. For fuzzers: what
 *   threads do depends on the time, and is to be the same each time.
 *
 * The card needs a PCI Express slot, as the q35 and virt machines have. Its
 * behaviour is in model/, its interface in ipu_hw.h; this file only makes it a
 * QEMU device: PCI, memory regions, DMA (ipu_dma.c), interrupts, reset, pause.
 */
#include "qemu/osdep.h"
#include "qemu/log.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "qemu/rcu.h"
#include "qapi/error.h"
#include "hw/pci/msix.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pcie.h"
#if QEMU_VERSION_MAJOR >= 11
#include "hw/core/qdev-properties.h"
#else
#include "hw/qdev-properties.h"
#endif
#include "system/replay.h"

#include "ipu.h"
#include "model/isa/ipu_disasm.h"
#include "model/isa/ipu_isa.h"
#include "trace.h"

#define MAX_THREADS     256
#define DEFAULT_THREADS 4

#define MSIX_BAR_SIZE   4096
#define MSIX_PBA_OFFSET 2048

/* Capabilities in config space; the offset of MSI-X is allocated. */
#define CAP_PM      0x40
#define CAP_EXPRESS 0x48
#define CAP_AER     PCI_CONFIG_SPACE_SIZE
#define CAP_SERIAL  (CAP_AER + PCI_ERR_SIZEOF)

/* ---- The model's callbacks, on the card's threads ---- */

/*
 * Messages of a vector that follow each other faster than they are sent are
 * one.
 */
static void ipu_interrupt(void *host, unsigned int vector)
{
    IPUState *s = host;

    set_bit_atomic(vector, s->pending);
    qemu_bh_schedule(s->bh);
}

/*
 * A message is a write to wherever the guest has said, so it may pause, reset
 * or unplug the card.
 */
static void ipu_send_interrupts(void *opaque)
{
    IPUState *s = opaque;
    unsigned int vector;

    for (vector = 0; s->card && s->runs && vector < IPU_NUM_VECTORS; vector++) {
        if (!bitmap_test_and_clear_atomic(s->pending, vector, 1)) {
            continue;
        }
        if (ipu_faults_take(&s->faults.lost_interrupts)) {
            continue;
        }
        trace_ipu_interrupt(ipu_id(s), vector);
        msix_notify(PCI_DEVICE(s), vector);
    }
}

static uint64_t ipu_now_ns(void *host)
{
    return qemu_clock_get_ns(QEMU_CLOCK_REALTIME);
}

/* "ipu0/1" and so on, as debuggers and top show them. */
static void ipu_thread_start(void *host)
{
    IPUState *s = host;
    char name[16];

    snprintf(name, sizeof(name), "%.10s/%u", ipu_id(s),
             qatomic_inc_fetch(&s->num_threads));
#if defined(CONFIG_PTHREAD_SETNAME_NP_W_TID)
    pthread_setname_np(pthread_self(), name);
#elif defined(CONFIG_PTHREAD_SETNAME_NP_WO_TID)
    pthread_setname_np(name);
#endif
    rcu_register_thread();
}

static void ipu_thread_stop(void *host)
{
    rcu_unregister_thread();
}

static void ipu_guest_error(void *host, const char *message)
{
    qemu_log_mask(LOG_GUEST_ERROR, "%s: %s\n", ipu_id(host), message);
}

static void ipu_trace(void *host, enum ipu_trace_event event, uint32_t a,
                      uint32_t b, uint64_t c)
{
    const char *id = ipu_id(host);

    switch (event) {
    case IPU_TRACE_CTX_STATE:
        trace_ipu_ctx_state(id, a, b);
        break;
    case IPU_TRACE_CMD:
        trace_ipu_cmd(id, a, b, c);
        break;
    case IPU_TRACE_RUN_DONE:
        trace_ipu_run_done(id, a, b, c);
        break;
    case IPU_TRACE_FENCE:
        trace_ipu_fence(id, a, b, c);
        break;
    case IPU_TRACE_FAULT:
        trace_ipu_fault(id, a, b, c);
        break;
    }
}

static void ipu_trace_insn(void *host, uint32_t tile, uint32_t unit,
                           uint32_t pc, uint32_t bits)
{
    char insn[IPU_DISASM_TEXT];

    ipu_disasm(bits, pc, insn);
    trace_iputile_insn(ipu_id(host), tile, unit, pc, insn);
}

#define IPU_OPS                        \
    .dma_read = ipu_dma_read,          \
    .dma_write = ipu_dma_write,        \
    .interrupt = ipu_interrupt,        \
    .now_ns = ipu_now_ns,              \
    .thread_start = ipu_thread_start,  \
    .thread_stop = ipu_thread_stop,    \
    .guest_error = ipu_guest_error,    \
    .trace = ipu_trace,                \
    .quiet = ipu_dma_quiet

static const struct ipu_host_ops ipu_ops = { IPU_OPS };

/* Tiles are many times slower with it. */
static const struct ipu_host_ops ipu_ops_insn = {
    IPU_OPS,
    .insn = ipu_trace_insn,
};

/* Of a card whose device is gone. */
static const struct ipu_host_ops ipu_ops_gone = {
    .now_ns = ipu_now_ns,
    .thread_stop = ipu_thread_stop,
};

/* ---- BAR0 ---- */

static uint64_t ipu_read(void *opaque, hwaddr offset, unsigned int size)
{
    IPUState *s = opaque;
    uint32_t value = UINT32_MAX;

    if (likely(!qatomic_read(&s->faults.dead_registers))) {
        value = ipu_card_read(s->card, offset, size);
    }
    trace_ipu_read(ipu_id(s), offset, size, value);
    return value;
}

static void ipu_write(void *opaque, hwaddr offset, uint64_t value,
                      unsigned int size)
{
    IPUState *s = opaque;

    trace_ipu_write(ipu_id(s), offset, size, value);
    if (likely(!qatomic_read(&s->faults.dead_registers))) {
        ipu_card_write(s->card, offset, value, size);
        if (s->settle_us) {
            ipu_dma_settle(s);
        }
    }
}

/* Accesses of all sizes reach the model, which reports the invalid ones. */
static const MemoryRegionOps ipu_regs_ops = {
    .read = ipu_read,
    .write = ipu_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
};

/* ---- Pause ---- */

/*
 * The card works while the machine runs and the function is in D0. Interrupts
 * that it raised before it was paused are sent when it goes on.
 */
static void ipu_update_pause(IPUState *s)
{
    uint16_t power;
    bool runs;

    /* What led here may have unplugged it, see ipu_dma_stop(). */
    if (!s->card) {
        return;
    }
    power = pci_get_word(PCI_DEVICE(s)->config + CAP_PM + PCI_PM_CTRL);
    runs = s->vm_runs && !(power & PCI_PM_CTRL_STATE_MASK);
    if (runs == s->runs) {
        return;
    }
    s->runs = runs;
    trace_ipu_pause(ipu_id(s), runs ? "goes on" : "is paused");
    if (runs) {
        ipu_card_resume(s->card);
        qemu_bh_schedule(s->bh);
    } else {
        ipu_dma_pause(s);
    }
}

static void ipu_vm_change(void *opaque, bool running, RunState state)
{
    IPUState *s = opaque;

    s->vm_runs = running;
    ipu_update_pause(s);
}

/* ---- The device ---- */

/*
 * QEMU clears the function's registers, of which those of power management
 * decide about pause, before or after this: see ipu_reset_exit() and
 * ipu_write_config().
 */
static void ipu_reset_hold(Object *obj, ResetType type)
{
    IPUState *s = IPU(obj);
    PCIDevice *pdev = PCI_DEVICE(s);

    trace_ipu_reset(ipu_id(s));
    ipu_dma_reset(s);
    if (!s->card) {
        return;
    }
    qemu_bh_cancel(s->bh);
    bitmap_zero(s->pending, IPU_NUM_VECTORS);
    pcie_cap_deverr_reset(pdev);
    /* QEMU clears the bit in PCI_COMMAND and leaves its effect. */
    memory_region_set_enabled(&pdev->bus_master_enable_region, false);
}

static void ipu_reset_exit(Object *obj, ResetType type)
{
    ipu_update_pause(IPU(obj));
}

static void ipu_write_config(PCIDevice *pdev, uint32_t addr, uint32_t value,
                             int len)
{
    pci_default_write_config(pdev, addr, value, len);
    pcie_aer_write_config(pdev, addr, value, len);
    pcie_cap_flr_write_config(pdev, addr, value, len);
    ipu_update_pause(IPU(pdev));
}

static bool ipu_check_properties(IPUState *s, Error **errp)
{
    uint32_t bounce = PCI_DEVICE(s)->max_bounce_buffer_size;

    if (bounce) {
        error_setg(
            errp,
            "property 'x-max-bounce-buffer-size' is %u, it must be 0: the "
            "card's DMA reaches RAM only, and needs no bounce buffers",
            bounce);
        return false;
    }
    if (s->config.tiles < 1 || s->config.tiles > IPU_MAX_TILES) {
        error_setg(errp, "property 'tiles' is %u, it must be from 1 to %u",
                   s->config.tiles, IPU_MAX_TILES);
        return false;
    }
    if (s->config.threads > MAX_THREADS) {
        error_setg(
            errp,
            "property 'threads' is %u, it must be from 0 to %u, where 0 is "
            "one for each online CPU",
            s->config.threads, MAX_THREADS);
        return false;
    }
    if (s->config.vlen != 128 && s->config.vlen != 256 &&
        s->config.vlen != 512 && s->config.vlen != 1024) {
        error_setg(errp,
                   "property 'vlen' is %u, it must be 128, 256, 512 or 1024",
                   s->config.vlen);
        return false;
    }
    if (!pci_bus_is_express(pci_get_bus(PCI_DEVICE(s)))) {
        error_setg(
            errp,
            "the card needs a PCI Express slot; use a machine that has them, "
            "such as q35");
        return false;
    }
    return true;
}

static bool ipu_add_capabilities(PCIDevice *pdev, Error **errp)
{
    IPUState *s = IPU(pdev);

    if (pci_pm_init(pdev, CAP_PM, errp) < 0) {
        return false;
    }
    pci_set_word(pdev->config + pdev->pm_cap + PCI_PM_PMC, 3);
    pci_set_word(pdev->config + pdev->pm_cap + PCI_PM_CTRL,
                 PCI_PM_CTRL_NO_SOFT_RESET);
    pci_set_word(pdev->wmask + pdev->pm_cap + PCI_PM_CTRL,
                 PCI_PM_CTRL_STATE_MASK);
    if (pcie_endpoint_cap_init(pdev, CAP_EXPRESS) < 0) {
        error_setg(errp, "no room for the PCI Express capability");
        return false;
    }
    pcie_cap_fill_link_ep_usp(pdev, QEMU_PCI_EXP_LNK_X16,
                              QEMU_PCI_EXP_LNK_16GT);
    pcie_cap_flr_init(pdev);
    pcie_cap_deverr_init(pdev);
    if (pcie_aer_init(pdev, PCI_ERR_VER, CAP_AER, PCI_ERR_SIZEOF, errp) < 0) {
        return false;
    }
    pcie_dev_ser_num_init(pdev, CAP_SERIAL, s->config.serial);
    return true;
}

static bool ipu_add_bars(PCIDevice *pdev, Error **errp)
{
    IPUState *s = IPU(pdev);
    unsigned int vector;

    memory_region_init_io(&s->regs, OBJECT(s), &ipu_regs_ops, s, "ipu-regs",
                          IPU_BAR_REGS_SIZE);
    pci_register_bar(
        pdev, IPU_BAR_REGS,
        PCI_BASE_ADDRESS_SPACE_MEMORY | PCI_BASE_ADDRESS_MEM_TYPE_64, &s->regs);

    memory_region_init(&s->msix, OBJECT(s), "ipu-msix", MSIX_BAR_SIZE);
    pci_register_bar(
        pdev, IPU_BAR_MSIX,
        PCI_BASE_ADDRESS_SPACE_MEMORY | PCI_BASE_ADDRESS_MEM_TYPE_64, &s->msix);
    if (msix_init(pdev, IPU_NUM_VECTORS, &s->msix, IPU_BAR_MSIX, 0, &s->msix,
                  IPU_BAR_MSIX, MSIX_PBA_OFFSET, 0, errp) < 0) {
        return false;
    }
    for (vector = 0; vector < IPU_NUM_VECTORS; vector++) {
        msix_vector_use(pdev, vector);
    }
    return true;
}

static void *ipu_free_card(void *card)
{
    ipu_card_free(card);
    return NULL;
}

/*
 * Releasing gigabytes takes long, and the BQL is held: so another thread does.
 * It can, once the card has forgotten the device. The reset is only begun, to
 * have the tiles stop at once. The place in the chain is free when the device
 * is gone, as its successor may take it.
 */
static void ipu_remove_card(IPUState *s)
{
    QemuThread thread;

    s->vm_runs = s->runs = false;
    ipu_card_try_pause(s->card);
    ipu_dma_stop(s);
    ipu_dma_pause(s);
    ipu_card_unlink(s->card);
    ipu_card_forget_host(s->card, &ipu_ops_gone);
    qemu_thread_create(&thread, "ipu-free", ipu_free_card, s->card,
                       QEMU_THREAD_DETACHED);
    s->card = NULL;
}

static void ipu_exit(PCIDevice *pdev)
{
    IPUState *s = IPU(pdev);

    qemu_del_vm_change_state_handler(s->vm_change);
    if (s->card) {
        ipu_remove_card(s);
    }
    bitmap_zero(s->pending, IPU_NUM_VECTORS);
    qemu_bh_delete(s->bh);
    ipu_dma_unrealize(s);
    msix_uninit(pdev, &s->msix, &s->msix);
    pcie_aer_exit(pdev);
    pcie_cap_exit(pdev);
}

/* Next to the card that the property names. */
static bool ipu_link(IPUState *s, Error **errp)
{
    IPUState *to;

    if (!s->link) {
        return true;
    }
    to = (IPUState *)object_resolve_path_type(s->link, TYPE_IPU, NULL);
    if (!to || !to->card) {
        error_setg(errp,
                   "property 'link' is '%s', which is no ipu card: give an "
                   "earlier -device ipu this id",
                   s->link);
        return false;
    }
    if (to == s) {
        error_setg(errp,
                   "property 'link' is '%s', the card's own id: it is the id "
                   "of the card that comes before this one",
                   s->link);
        return false;
    }
    switch (ipu_card_link(s->card, to->card)) {
    case 0:
        return true;
    case -EBUSY:
        error_setg(errp, "another card is linked to '%s' already: link this "
                   "one to the last of the chain", s->link);
        return false;
    case -ENOSPC:
        error_setg(errp, "the chain of '%s' has %u cards, and no more can be "
                   "linked", s->link, IPU_LINK_CARDS);
        return false;
    default:
        error_setg(errp, "no memory to link the card to '%s'", s->link);
        return false;
    }
}

static void ipu_realize(PCIDevice *pdev, Error **errp)
{
    IPUState *s = IPU(pdev);
    char *message = NULL;

    if (replay_mode != REPLAY_MODE_NONE) {
        error_setg(errp, "the card cannot be recorded or replayed, as its "
                         "threads run beside "
                         "the machine's processors; start QEMU without rr=, or "
                         "without the card");
        return;
    }
    if (!ipu_check_properties(s, errp)) {
        return;
    }
    if (!ipu_add_capabilities(pdev, errp)) {
        return;
    }
    if (!ipu_add_bars(pdev, errp)) {
        pcie_aer_exit(pdev);
        pcie_cap_exit(pdev);
        return;
    }
    s->bh = qemu_bh_new_guarded(ipu_send_interrupts, s,
                                &DEVICE(s)->mem_reentrancy_guard);
    s->vm_change = qemu_add_vm_change_state_handler(ipu_vm_change, s);
    ipu_dma_realize(s);
    s->card = ipu_card_new(&s->config,
                           trace_event_get_state_backends(TRACE_IPUTILE_INSN)
                               ? &ipu_ops_insn
                               : &ipu_ops,
                           s, &message);
    if (!s->card) {
        error_setg(errp, "%s", message ?: "no memory for a card");
        free(message);
        ipu_exit(pdev);
        return;
    }
    if (!ipu_link(s, errp) || !ipu_faults_realize(s, errp)) {
        ipu_exit(pdev);
        return;
    }
    s->runs = true;
    s->vm_runs = runstate_is_live(runstate_get());
    ipu_update_pause(s);
}

static void ipu_instance_init(Object *obj)
{
    IPUState *s = IPU(obj);

    s->config.threads = MIN(g_get_num_processors(), DEFAULT_THREADS);
    /* see ipu_dma.c */
    PCI_DEVICE(s)->max_bounce_buffer_size = 0;
    ipu_dma_init(s);
    ipu_faults_init(s);
}

static void ipu_instance_finalize(Object *obj)
{
    ipu_dma_finalize(IPU(obj));
}

static const Property ipu_properties[] = {
    DEFINE_PROP_UINT32("tiles", IPUState, config.tiles, 64),
    DEFINE_PROP_UNSIGNED_NODEFAULT("threads", IPUState, config.threads,
                                   qdev_prop_uint32, uint32_t),
    DEFINE_PROP_UINT32("vlen", IPUState, config.vlen, IPU_VLEN_DEFAULT),
    DEFINE_PROP_UINT64("serial", IPUState, config.serial, 0),
    DEFINE_PROP_SIZE("max-host-memory", IPUState, config.max_host_memory, 0),
    DEFINE_PROP_STRING("link", IPUState, link),
    DEFINE_PROP_UINT32("x-settle-us", IPUState, settle_us, 0),
};

#if QEMU_VERSION_MAJOR == 10 && QEMU_VERSION_MINOR == 0
typedef void IPUClassData;
#else
typedef const void IPUClassData;
#endif

static void ipu_class_init(ObjectClass *class, IPUClassData *data)
{
    DeviceClass *device = DEVICE_CLASS(class);
    PCIDeviceClass *pci = PCI_DEVICE_CLASS(class);

    pci->realize = ipu_realize;
    pci->exit = ipu_exit;
    pci->config_write = ipu_write_config;
    pci->vendor_id = IPU_PCI_VENDOR_ID;
    pci->device_id = IPU_PCI_DEVICE_ID;
    pci->revision = IPU_PCI_REVISION;
    pci->class_id = IPU_PCI_CLASS;
    device->desc = "IPU, an accelerator of many tiles for bulk-synchronous "
                   "programs";
    device->vmsd = &ipu_vmstate;
    device_class_set_props(device, ipu_properties);
    ipu_faults_class_init(class);
    set_bit(DEVICE_CATEGORY_MISC, device->categories);
    RESETTABLE_CLASS(class)->phases.hold = ipu_reset_hold;
    RESETTABLE_CLASS(class)->phases.exit = ipu_reset_exit;

    object_class_property_set_description(class, "tiles",
                                          "tiles on the card, 1 to 1472");
    object_class_property_set_description(
        class, "threads",
        "host threads that execute, 0 to 256; 0 is one for each online CPU "
        "(default: that, but at most 4)");
    object_class_property_set_description(
        class, "vlen", "bits of a vector register, 128, 256, 512 or 1024");
    object_class_property_set_description(class, "serial",
                                          "the card's serial number");
    object_class_property_set_description(
        class, "max-host-memory",
        "host memory that the guest can make the card use at most "
        "(default: 64 MiB and 2 MiB for each tile)");
    object_class_property_set_description(
        class, "x-settle-us",
        "microseconds that a register's write waits for the card to have done "
        "all it can, for fuzzers (default: 0, it does not wait)");
    object_class_property_set_description(
        class, "link", "id of the ipu card that this one is linked to");
}

static const TypeInfo ipu_types[] = {
    {
        .name = TYPE_IPU,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(IPUState),
        .instance_init = ipu_instance_init,
        .instance_finalize = ipu_instance_finalize,
        .class_init = ipu_class_init,
        .interfaces = (InterfaceInfo[]) {
            { INTERFACE_PCIE_DEVICE },
            { },
        },
    },
};

DEFINE_TYPES(ipu_types)
