// SPDX-License-Identifier: MIT
/*
 * qtests of the IPU card as a PCI function: config space, BARs, registers,
 * MSI-X, DMA, reset, and the properties; ipu-test-states.h has those of what
 * else QEMU does with it, ipu-test-iommu.h of what an IOMMU's reports do,
 * ipu-test-migrate.h of migration and faults on request, ipu-test-link.h of
 * linked cards, ipu-test-link-save.h of those that are migrated, and
 * ipu-test-trace.h of what QEMU says about a card. The details of commands and
 * tiles are tested without QEMU, in tests/unit.
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_regs.h"
#include "libqos/pci.h"
#include "libqos/pci-pc.h"
#include "libqtest.h"
#include "qapi/error.h"
#include "qobject/qjson.h"

#include "ipu-test-iommu.h"
#include "ipu-test-link.h"
#include "ipu-test-link-save.h"
#include "ipu-test-migrate.h"
#include "ipu-test-trace.h"

/* ---- Config space and BARs ---- */

static void test_ids(void)
{
    struct card card;

    start(&card, "");
    g_assert_cmphex(qpci_config_readw(card.dev, PCI_VENDOR_ID), ==,
                    IPU_PCI_VENDOR_ID);
    g_assert_cmphex(qpci_config_readw(card.dev, PCI_DEVICE_ID), ==,
                    IPU_PCI_DEVICE_ID);
    g_assert_cmphex(qpci_config_readw(card.dev, PCI_CLASS_DEVICE), ==,
                    IPU_PCI_CLASS);
    g_assert_cmphex(qpci_config_readb(card.dev, PCI_REVISION_ID), ==,
                    IPU_PCI_REVISION);
    g_assert_cmphex(qpci_config_readb(card.dev, PCI_INTERRUPT_PIN), ==, 0);
    stop(&card);
}

static void test_bars(void)
{
    const uint32_t type = PCI_BASE_ADDRESS_MEM_TYPE_MASK |
                          PCI_BASE_ADDRESS_MEM_PREFETCH |
                          PCI_BASE_ADDRESS_SPACE;
    struct card card;
    uint32_t bar;

    start(&card, "");
    g_assert_cmphex(card.regs_size, ==, IPU_BAR_REGS_SIZE);
    bar = qpci_config_readl(card.dev, PCI_BASE_ADDRESS_0);
    g_assert_cmphex(bar & type, ==, PCI_BASE_ADDRESS_MEM_TYPE_64);
    bar = qpci_config_readl(card.dev, PCI_BASE_ADDRESS_2);
    g_assert_cmphex(bar & type, ==, PCI_BASE_ADDRESS_MEM_TYPE_64);
    stop(&card);
}

static void test_capabilities(void)
{
    struct card card;
    uint8_t cap;
    uint16_t aer, dsn;

    start(&card, ",serial=0x1122334455667788");
    cap = qpci_find_capability(card.dev, PCI_CAP_ID_MSIX, 0);
    g_assert_cmphex(cap, !=, 0);
    g_assert_cmpuint(qpci_msix_table_size(card.dev), ==, IPU_NUM_VECTORS);
    g_assert_cmphex(qpci_config_readl(card.dev, cap + PCI_MSIX_TABLE) &
                        PCI_MSIX_TABLE_BIR,
                    ==, IPU_BAR_MSIX);
    g_assert_cmphex(qpci_config_readl(card.dev, cap + PCI_MSIX_PBA) &
                        PCI_MSIX_PBA_BIR,
                    ==, IPU_BAR_MSIX);

    cap = qpci_find_capability(card.dev, PCI_CAP_ID_EXP, 0);
    g_assert_cmphex(cap, !=, 0);
    g_assert_cmphex(qpci_config_readl(card.dev, cap + PCI_EXP_DEVCAP) &
                        PCI_EXP_DEVCAP_FLR,
                    !=, 0);
    g_assert_cmphex(qpci_config_readl(card.dev, cap + PCI_EXP_LNKCAP) &
                        PCI_EXP_LNKCAP_MLW,
                    ==, 16 << 4);
    g_assert_cmphex(qpci_find_capability(card.dev, PCI_CAP_ID_PM, 0), !=, 0);

    open_ecam(&card);
    aer = find_extended(card.dev, PCI_EXT_CAP_ID_ERR);
    dsn = find_extended(card.dev, PCI_EXT_CAP_ID_DSN);
    g_assert_cmphex(aer, !=, 0);
    g_assert_cmphex(dsn, !=, 0);
    g_assert_cmphex(ecam(&card, dsn + 4), ==, 0x55667788);
    g_assert_cmphex(ecam(&card, dsn + 8), ==, 0x11223344);
    g_assert_cmphex(reg(&card, IPU_REG_SERIAL_LO), ==, 0x55667788);
    g_assert_cmphex(reg(&card, IPU_REG_SERIAL_HI), ==, 0x11223344);
    stop(&card);
}

/* ---- Registers ---- */

static void test_reset_values(void)
{
    struct card card;

    start(&card, "");
    check_reset_values(&card, 64);
    stop(&card);
}

static void test_bad_accesses(void)
{
    struct card card;

    start(&card, "");
    g_assert_cmphex(qpci_io_readb(card.dev, card.regs, IPU_REG_ID), ==, 0xff);
    g_assert_cmphex(qpci_io_readw(card.dev, card.regs, IPU_REG_ID), ==, 0xffff);
    g_assert_cmphex(qpci_io_readq(card.dev, card.regs, IPU_REG_ID), ==,
                    0xffffffff);
    g_assert_cmphex(reg(&card, IPU_REG_ID + 2), ==, 0xffffffff);
    g_assert_cmphex(reg(&card, IPU_REG_STATUS + 4), ==, 0xffffffff);
    g_assert_cmphex(reg(&card, IPU_CTX_BASE(0) + IPU_CTX_COALESCE + 4), ==,
                    0xffffffff);
    g_assert_cmphex(reg(&card, IPU_CTX_BASE(IPU_MAX_CONTEXTS)), ==, 0xffffffff);
    g_assert_cmphex(reg(&card, IPU_DOORBELL(0) + 4), ==, 0xffffffff);
    g_assert_cmphex(reg(&card, IPU_BAR_REGS_SIZE - 4), ==, 0xffffffff);

    set_reg(&card, IPU_REG_ID, 0);
    set_reg(&card, IPU_REG_TILES, 1);
    qpci_io_writeb(card.dev, card.regs, IPU_CTX_BASE(0) + IPU_CTX_TILE_COUNT,
                   5);
    qpci_io_writew(card.dev, card.regs, IPU_CTX_BASE(0) + IPU_CTX_TILE_COUNT,
                   5);
    qpci_io_writeq(card.dev, card.regs, IPU_CTX_BASE(0) + IPU_CTX_TILE_COUNT,
                   5);
    set_reg(&card, IPU_CTX_BASE(0) + IPU_CTX_TILE_COUNT + 1, 5);
    set_reg(&card, IPU_REG_CTRL, ~IPU_CTRL_RESET);
    set_reg(&card, IPU_DOORBELL(0), 1);
    check_reset_values(&card, 64);
    stop(&card);
}

static void test_bad_config(void)
{
    struct card card;

    start(&card, "");
    set_ctx(&card, IPU_CTX_TILE_FIRST, 64);
    set_ctx(&card, IPU_CTX_CTRL, IPU_CTX_CTRL_ENABLE);
    wait_ctx(&card, IPU_CTX_STATUS, IPU_CTX_FAULTED);
    g_assert_cmphex(ctx(&card, IPU_CTX_FAULT_CAUSE), ==, IPU_FAULT_BAD_CONFIG);
    g_assert_cmphex(ctx(&card, IPU_CTX_FAULT_INFO), ==, IPU_CTX_TILE_FIRST);
    stop(&card);
}

/* ---- Commands, DMA and interrupts ---- */

static void test_copy(void)
{
    struct card card;

    start(&card, "");
    round_trip(&card, 64);
    stop(&card);
}

static void test_tiles(gconstpointer data)
{
    uint32_t tiles = GPOINTER_TO_UINT(data);
    g_autofree char *options = g_strdup_printf(",tiles=%u", tiles);
    struct card card;

    start(&card, options);
    check_reset_values(&card, tiles);
    round_trip(&card, tiles);
    stop(&card);
}

static void mask_vector(struct card *card, uint32_t vector, bool mask)
{
    QPCIDevice *dev = card->dev;

    qpci_io_writel(dev, dev->msix_table_bar,
                   dev->msix_table_off + vector * PCI_MSIX_ENTRY_SIZE +
                       PCI_MSIX_ENTRY_VECTOR_CTRL,
                   mask ? PCI_MSIX_ENTRY_CTRL_MASKBIT : 0);
}

static void test_interrupt(void)
{
    struct card card;

    start(&card, "");
    qpci_msix_enable(card.dev);
    program_vector(&card, 1);
    enable(&card);
    put_fence(&card, 1, 0);
    ring(&card);
    wait_memory(&card, FENCE_WORD, 1);
    wait_ctx(&card, IPU_CTX_STATUS, IPU_CTX_IDLE);
    g_assert_cmphex(ctx(&card, IPU_CTX_EVENT), ==, 0);
    g_assert_cmphex(qtest_readl(card.qts, MSI_WORD), ==, 0);

    put_fence(&card, 2, IPU_CMD_FENCE_IRQ);
    ring(&card);
    wait_memory(&card, MSI_WORD, MSI_DATA + 1);
    g_assert_cmphex(qtest_readl(card.qts, FENCE_WORD), ==, 2);
    g_assert_cmphex(ctx(&card, IPU_CTX_EVENT), ==, IPU_CTX_EVENT_FENCE);
    set_ctx(&card, IPU_CTX_EVENT, IPU_CTX_EVENT_FENCE);
    g_assert_cmphex(ctx(&card, IPU_CTX_EVENT), ==, 0);

    /* While masked it is pending; once unmasked it is sent. */
    qtest_writel(card.qts, MSI_WORD, 0);
    mask_vector(&card, 1, true);
    put_fence(&card, 3, IPU_CMD_FENCE_IRQ);
    ring(&card);
    wait_ctx(&card, IPU_CTX_EVENT, IPU_CTX_EVENT_FENCE);
    wait_ctx(&card, IPU_CTX_STATUS, IPU_CTX_IDLE);
    while (!qpci_msix_pending(card.dev, 1)) {
        g_usleep(100);
    }
    g_assert_cmphex(qtest_readl(card.qts, MSI_WORD), ==, 0);
    mask_vector(&card, 1, false);
    wait_memory(&card, MSI_WORD, MSI_DATA + 1);
    g_assert_false(qpci_msix_pending(card.dev, 1));
    stop(&card);
}

/*
 * Events that follow each other share messages, but each is followed by one:
 * so a handler that clears, then looks, sees them all.
 */
static void test_interrupts_follow(void)
{
    const uint32_t burst = (1 << RING_LOG2) - 1;
    uint64_t value = 0;
    struct card card;
    int i;

    start(&card, "");
    qpci_msix_enable(card.dev);
    program_vector(&card, 1);
    enable(&card);
    for (i = 0; i < 50; i++) {
        while (++value % burst) {
            put_fence(&card, value, IPU_CMD_FENCE_IRQ);
        }
        put_fence(&card, value, IPU_CMD_FENCE_IRQ);
        ring(&card);
        do {
            wait_memory(&card, MSI_WORD, MSI_DATA + 1);
            qtest_writel(card.qts, MSI_WORD, 0);
            set_ctx(&card, IPU_CTX_EVENT, IPU_CTX_EVENT_FENCE);
        } while (qtest_readq(card.qts, FENCE_WORD) != value);
    }
    stop(&card);
}

static void test_fault(void)
{
    struct card card;

    start(&card, "");
    qpci_msix_enable(card.dev);
    program_vector(&card, 1);
    enable(&card);
    put_copy(&card, IPU_CMD_COPY_TO_TILES, UNMAPPED + 0x123, 1, 16);
    ring(&card);
    wait_memory(&card, MSI_WORD, MSI_DATA + 1);
    g_assert_cmphex(ctx(&card, IPU_CTX_STATUS), ==, IPU_CTX_FAULTED);
    g_assert_cmphex(ctx(&card, IPU_CTX_EVENT), ==, IPU_CTX_EVENT_FAULT);
    g_assert_cmphex(ctx(&card, IPU_CTX_FAULT_CAUSE), ==,
                    IPU_FAULT_DMA_UNMAPPED);
    g_assert_cmphex(ctx(&card, IPU_CTX_FAULT_ADDR_LO), ==, UNMAPPED + 0x123);
    g_assert_cmphex(ctx(&card, IPU_CTX_FAULT_TILE), ==, IPU_FAULT_NO_TILE);
    g_assert_cmphex(ctx(&card, IPU_CTX_FAULT_CMD_LO), ==, RING);
    g_assert_cmpuint(ctx(&card, IPU_CTX_HEAD), ==, 0);
    stop(&card);
}

/* A copy whose pages are mapped to @bus, which is no RAM. */
static void check_refused(struct card *card, uint64_t bus)
{
    qtest_writeq(card->qts, PT_L0 + (UNMAPPED - MEMORY) / IPU_PAGE_SIZE * 8,
                 bus | IPU_PTE_V | IPU_PTE_W);
    put_copy(card, IPU_CMD_COPY_FROM_TILES, UNMAPPED, 1, 16);
    ring(card);
    wait_ctx(card, IPU_CTX_STATUS, IPU_CTX_FAULTED);
    g_assert_cmphex(ctx(card, IPU_CTX_FAULT_CAUSE), ==, IPU_FAULT_DMA_BUS);
    g_assert_cmphex(ctx(card, IPU_CTX_FAULT_ADDR_LO), ==, UNMAPPED);
    set_ctx(card, IPU_CTX_CTRL, 0);
    wait_ctx(card, IPU_CTX_STATUS, IPU_CTX_DISABLED);
}

static void test_no_ram(void)
{
    struct card card;

    start(&card, "");
    enable(&card);
    check_refused(&card, 0xfee00000); /* the local APIC */
    enable(&card);
    check_refused(&card, card.regs.addr); /* the card's own registers */
    enable(&card);
    check_refused(&card, 0x8000000000000ull); /* nothing */
    g_assert_cmphex(reg(&card, IPU_REG_ID), ==, IPU_ID);
    stop(&card);
}

static void check_no_dma(struct card *card)
{
    enable(card);
    put_fence(card, 1, 0);
    ring(card);
    wait_ctx(card, IPU_CTX_STATUS, IPU_CTX_FAULTED);
    g_assert_cmphex(ctx(card, IPU_CTX_FAULT_CAUSE), ==, IPU_FAULT_DMA_BUS);
    g_assert_cmphex(ctx(card, IPU_CTX_FAULT_ADDR_LO), ==, RING);
    g_assert_cmphex(qtest_readl(card->qts, FENCE_WORD), ==, 0);
}

/* Switched off, and off after a reset. */
static void test_bus_master_off(void)
{
    struct card card;
    uint32_t bar;

    start(&card, "");
    qpci_config_writew(card.dev, PCI_COMMAND, PCI_COMMAND_MEMORY);
    check_no_dma(&card);
    qpci_config_writew(card.dev, PCI_COMMAND,
                       PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    bar = qpci_config_readl(card.dev, PCI_BASE_ADDRESS_0);
    qpci_config_writew(card.dev,
                       qpci_find_capability(card.dev, PCI_CAP_ID_EXP, 0) +
                           PCI_EXP_DEVCTL,
                       PCI_EXP_DEVCTL_BCR_FLR);
    qpci_config_writel(card.dev, PCI_BASE_ADDRESS_0, bar);
    qpci_config_writew(card.dev, PCI_COMMAND, PCI_COMMAND_MEMORY);
    check_no_dma(&card);
    stop(&card);
}

/* ---- IOMMUs ---- */

static void set_iommu(struct card *card, uint32_t command)
{
    qtest_writel(card->qts, IOMMU + IOMMU_GCMD, command);
    g_assert_cmphex(qtest_readl(card->qts, IOMMU + IOMMU_GSTS) & command, ==,
                    command);
}

/* Tables that translate nothing, if @entry is 0, or pass what the card does. */
static void translate(struct card *card, uint64_t entry)
{
    uint64_t context = CONTEXT_TABLE + card->dev->devfn * 16;

    qtest_writel(card->qts, IOMMU + IOMMU_GCMD, 0);
    qtest_memset(card->qts, ROOT_TABLE, 0, 2 * IPU_PAGE_SIZE);
    qtest_writeq(card->qts, IOMMU + IOMMU_RTADDR, ROOT_TABLE);
    set_iommu(card, IOMMU_SRTP);
    set_iommu(card, IOMMU_TE);
    qtest_writeq(card->qts, context + 8, IOMMU_DOMAIN);
    qtest_writeq(card->qts, context, entry);
    qtest_writeq(card->qts, ROOT_TABLE,
                 entry ? CONTEXT_TABLE | IOMMU_PRESENT : 0);
}

/*
 * The IOMMU is created before the card or after it. Accesses that it passes,
 * and those that it does not translate; a reset while the card waits for the
 * main loop, where the first access that is passed changes QEMU's memory map.
 */
static void test_iommu(gconstpointer last)
{
    struct card card;
    uint32_t i;

    start_machine(&card, last ? "" : IOMMU_DEVICE, last ? IOMMU_DEVICE : "");
    round_trip(&card, 64);

    translate(&card, 0);
    put_fence(&card, 1, 0);
    ring(&card);
    wait_ctx(&card, IPU_CTX_STATUS, IPU_CTX_FAULTED);
    g_assert_cmphex(ctx(&card, IPU_CTX_FAULT_CAUSE), ==, IPU_FAULT_DMA_BUS);
    set_ctx(&card, IPU_CTX_CTRL, 0);

    for (i = 0; i < 40; i++) {
        translate(&card, i % 2 ? IOMMU_PRESENT | IOMMU_PASS : 0);
        enable(&card);
        put_copy(&card, IPU_CMD_COPY_FROM_TILES, TARGET, 64, 16384);
        ring(&card);
        flr(&card);
        check_reset_values(&card, 64);
    }
    translate(&card, IOMMU_PRESENT | IOMMU_PASS);
    round_trip(&card, 64);
    stop(&card);
}

/* Until its driver says otherwise it passes everything, or nothing. */
static void test_virtio_iommu(gconstpointer last)
{
    struct card card;

    start_machine(&card, last ? "" : VIRTIO_IOMMU, last ? VIRTIO_IOMMU : "");
    round_trip(&card, 64);
    flr(&card);
    round_trip(&card, 64);
    stop(&card);

    start_machine(&card, last ? "" : VIRTIO_IOMMU ",boot-bypass=off",
                  last ? VIRTIO_IOMMU ",boot-bypass=off" : "");
    enable(&card);
    put_fence(&card, 1, 0);
    ring(&card);
    wait_ctx(&card, IPU_CTX_STATUS, IPU_CTX_FAULTED);
    g_assert_cmphex(ctx(&card, IPU_CTX_FAULT_CAUSE), ==, IPU_FAULT_DMA_BUS);
    stop(&card);
}

/* ---- Reset ---- */

static void test_flr(void)
{
    struct card card;

    start(&card, "");
    qpci_msix_enable(card.dev);
    program_vector(&card, 1);
    run_for_ever(&card);
    flr(&card);
    check_reset_values(&card, 64);
    g_assert_cmphex(qtest_readl(card.qts, MSI_WORD), ==, 0);
    round_trip(&card, 64);
    stop(&card);
}

static void test_card_reset(void)
{
    struct card card;
    gint64 end = g_get_monotonic_time() + SECONDS * G_USEC_PER_SEC;

    start(&card, "");
    run_for_ever(&card);
    set_reg(&card, IPU_REG_CTRL, IPU_CTRL_RESET);
    while (reg(&card, IPU_REG_CTRL) && g_get_monotonic_time() < end) {
        g_usleep(100);
    }
    check_reset_values(&card, 64);
    round_trip(&card, 64);
    stop(&card);
}

static void test_system_reset(void)
{
    struct card card;

    start(&card, "");
    run_for_ever(&card);
    qtest_system_reset(card.qts);
    g_assert_cmphex(
        qpci_config_readw(card.dev, PCI_COMMAND) & PCI_COMMAND_MASTER, ==, 0);
    stop(&card);
}

static void test_disable(void)
{
    struct card card;

    start(&card, "");
    run_for_ever(&card);
    set_ctx(&card, IPU_CTX_CTRL, 0);
    wait_ctx(&card, IPU_CTX_STATUS, IPU_CTX_DISABLED);
    round_trip(&card, 64);
    stop(&card);
}

/* ---- Hotplug, properties ---- */

static void test_hotplug(void)
{
    QTestState *qts = qtest_init(MACHINE ROOT_PORT);

    qtest_qmp_device_add(qts, "ipu", "card", "{'bus': 'slot1', 'tiles': 1472}");
    qtest_qmp_device_del_send(qts, "card");
    /* The guest would have to confirm; a reset of the machine does instead. */
    qtest_system_reset_nowait(qts);
    qtest_qmp_eventwait(qts, "DEVICE_DELETED");
    qtest_qmp_device_add(qts, "ipu", "card", "{'bus': 'slot1'}");
    qtest_quit(qts);
}

static void check_add_fails(const char *arguments, const char *word)
{
    QTestState *qts = qtest_init(MACHINE ROOT_PORT
                                 " -device pcie-pci-bridge,id=old,bus=pcie.0");

    check_error(qtest_qmp(qts, "{'execute': 'device_add', 'arguments': %p}",
                          qobject_from_json(arguments, &error_abort)),
                word);
    qtest_quit(qts);
}

static void test_properties(void)
{
    check_add_fails("{'driver': 'ipu', 'bus': 'slot1', 'tiles': 0}",
                    "'tiles' is 0");
    check_add_fails("{'driver': 'ipu', 'bus': 'slot1', 'tiles': 1473}",
                    "from 1 to 1472");
    check_add_fails("{'driver': 'ipu', 'bus': 'slot1', 'threads': 257}",
                    "from 0 to 256");
    check_add_fails("{'driver': 'ipu', 'bus': 'slot1', 'vlen': 384}",
                    "must be 128, 256, 512");
    check_add_fails("{'driver': 'ipu', 'bus': 'slot1', 'serial': 'many'}",
                    "serial");
    check_add_fails(
        "{'driver': 'ipu', 'bus': 'slot1', 'max-host-memory': 1048576}",
        "64 tiles needs");
    check_add_fails("{'driver': 'ipu', 'bus': 'old', 'addr': '1'}",
                    "PCI Express");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/ipu/config/ids", test_ids);
    qtest_add_func("/ipu/config/bars", test_bars);
    qtest_add_func("/ipu/config/capabilities", test_capabilities);
    qtest_add_func("/ipu/regs/reset-values", test_reset_values);
    qtest_add_func("/ipu/regs/bad-accesses", test_bad_accesses);
    qtest_add_func("/ipu/regs/bad-config", test_bad_config);
    qtest_add_func("/ipu/dma/copy", test_copy);
    qtest_add_data_func("/ipu/dma/1-tile", GUINT_TO_POINTER(1), test_tiles);
    qtest_add_data_func("/ipu/dma/1472-tiles", GUINT_TO_POINTER(1472),
                        test_tiles);
    qtest_add_data_func("/ipu/dma/settle", "", test_settle);
    qtest_add_data_func("/ipu/dma/settle-iommu", IOMMU_DEVICE, test_settle);
    qtest_add_func("/ipu/dma/no-ram", test_no_ram);
    qtest_add_func("/ipu/dma/bus-master-off", test_bus_master_off);
    qtest_add_data_func("/ipu/dma/iommu-first", GUINT_TO_POINTER(0),
                        test_iommu);
    qtest_add_data_func("/ipu/dma/iommu-last", GUINT_TO_POINTER(1), test_iommu);
    qtest_add_data_func("/ipu/dma/virtio-iommu-first", GUINT_TO_POINTER(0),
                        test_virtio_iommu);
    qtest_add_data_func("/ipu/dma/virtio-iommu-last", GUINT_TO_POINTER(1),
                        test_virtio_iommu);
    qtest_add_func("/ipu/dma/report-resets", test_report_resets);
    qtest_add_func("/ipu/dma/report-pauses", test_report_pauses);
    qtest_add_func("/ipu/dma/report-unplugs", test_report_unplugs);
    qtest_add_func("/ipu/interrupt/fence", test_interrupt);
    qtest_add_func("/ipu/interrupt/follow", test_interrupts_follow);
    qtest_add_func("/ipu/interrupt/fault", test_fault);
    qtest_add_func("/ipu/reset/flr", test_flr);
    qtest_add_func("/ipu/reset/card", test_card_reset);
    qtest_add_func("/ipu/reset/system", test_system_reset);
    qtest_add_func("/ipu/reset/disable", test_disable);
    qtest_add_func("/ipu/hotplug", test_hotplug);
    qtest_add_data_func("/ipu/stop/dma", "", test_stop);
    qtest_add_data_func("/ipu/stop/iommu", IOMMU_DEVICE, test_stop);
    qtest_add_func("/ipu/stop/watchdog", test_stop_watchdog);
    qtest_add_func("/ipu/stop/result", test_stop_result);
    qtest_add_func("/ipu/stop/reset", test_stop_reset);
    qtest_add_data_func("/ipu/d3hot/dma", "", test_d3hot);
    qtest_add_data_func("/ipu/d3hot/iommu", IOMMU_DEVICE, test_d3hot);
    qtest_add_func("/ipu/d3hot/interrupt", test_d3hot_interrupt);
    qtest_add_func("/ipu/errors", test_errors);
    qtest_add_func("/ipu/link/run", test_link);
    qtest_add_func("/ipu/link/down", test_link_down);
    qtest_add_data_func("/ipu/link/stop", "", test_link_stop);
    qtest_add_data_func("/ipu/link/stop-iommu", IOMMU_DEVICE, test_link_stop);
    qtest_add_func("/ipu/link/reset", test_link_reset);
    qtest_add_func("/ipu/link/reset-iommu", test_link_reset_iommu);
    qtest_add_func("/ipu/link/replug", test_link_replug);
    qtest_add_func("/ipu/link/refused", test_link_refused);
    qtest_add_data_func("/ipu/unplug/running", GUINT_TO_POINTER(0),
                        test_unplug);
    qtest_add_data_func("/ipu/unplug/stopped", GUINT_TO_POINTER(1),
                        test_unplug);
    qtest_add_func("/ipu/unplug/message", test_unplug_by_message);
    qtest_add_data_func("/ipu/migration/stopped", "", test_migration);
    qtest_add_data_func("/ipu/migration/iommu", IOMMU_DEVICE, test_migration);
    qtest_add_func("/ipu/migration/interrupt", test_migration_running);
    qtest_add_func("/ipu/migration/refused", test_migration_refused);
    qtest_add_func("/ipu/migration/slow", test_migration_slow);
    qtest_add_func("/ipu/snapshot", test_snapshot);
    qtest_add_func("/ipu/link/migration", test_link_migration);
    qtest_add_func("/ipu/link/snapshot", test_link_snapshot);
    qtest_add_func("/ipu/faults", test_faults);
    qtest_add_func("/ipu/refused/replay", test_no_replay);
    qtest_add_func("/ipu/refused/bounce-buffers", test_bounce_buffers);
    qtest_add_func("/ipu/properties", test_properties);
    qtest_add_func("/ipu/trace", test_trace);
    qtest_add_func("/ipu/threads", test_threads);
    return g_test_run();
}
