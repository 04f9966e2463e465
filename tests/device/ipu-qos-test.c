// SPDX-License-Identifier: MIT
/*
 * Tests of the IPU card on each machine of the QOSGraph that has a bus for it:
 * that it is found, its BARs, registers, DMA and interrupts. What else it
 * does is in ipu-test.c, on one machine. The graph adds its tests of any PCI
 * device to these.
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "hw/pci/pci_regs.h"
#include "libqtest.h"
#include "libqos/ipu.h"

#define VECTOR   1
#define MSI_DATA 0x1b0c0001u

/* Context 0's. */
static uint32_t ctx(uint32_t offset)
{
    return IPU_CTX_BASE(0) + offset;
}

static void test_config(void *obj, void *data, QGuestAllocator *alloc)
{
    QPCIDevice *dev = &((QIPU *)obj)->dev;

    g_assert_cmphex(qpci_config_readw(dev, PCI_VENDOR_ID), ==,
                    IPU_PCI_VENDOR_ID);
    g_assert_cmphex(qpci_config_readw(dev, PCI_DEVICE_ID), ==,
                    IPU_PCI_DEVICE_ID);
    g_assert_cmphex(qpci_config_readw(dev, PCI_CLASS_DEVICE), ==,
                    IPU_PCI_CLASS);
    g_assert_cmphex(qpci_find_capability(dev, PCI_CAP_ID_EXP, 0), !=, 0);
    g_assert_cmphex(qpci_find_capability(dev, PCI_CAP_ID_PM, 0), !=, 0);
    g_assert_cmpuint(qpci_msix_table_size(dev), ==, IPU_NUM_VECTORS);
}

/* BAR0 is where it was mapped, and nowhere while memory is off, or moved. */
static void test_bars(void *obj, void *data, QGuestAllocator *alloc)
{
    QIPU *ipu = obj;
    QPCIDevice *dev = &ipu->dev;
    uint16_t command = qpci_config_readw(dev, PCI_COMMAND);
    uint32_t bar = qpci_config_readl(dev, PCI_BASE_ADDRESS_0);
    QPCIBar moved = { .addr = ipu->regs.addr + IPU_BAR_REGS_SIZE };

    g_assert_cmphex(ipu->regs_size, ==, IPU_BAR_REGS_SIZE);
    g_assert_cmphex(qipu_read(ipu, IPU_REG_ID), ==, IPU_ID);
    qpci_config_writew(dev, PCI_COMMAND, command & ~PCI_COMMAND_MEMORY);
    g_assert_cmphex(qipu_read(ipu, IPU_REG_ID), !=, IPU_ID);
    qpci_config_writel(dev, PCI_BASE_ADDRESS_0, bar + IPU_BAR_REGS_SIZE);
    qpci_config_writew(dev, PCI_COMMAND, command);
    g_assert_cmphex(qipu_read(ipu, IPU_REG_ID), !=, IPU_ID);
    g_assert_cmphex(qpci_io_readl(dev, moved, IPU_REG_ID), ==, IPU_ID);
    qpci_config_writel(dev, PCI_BASE_ADDRESS_0, bar);
    g_assert_cmphex(qipu_read(ipu, IPU_REG_ID), ==, IPU_ID);
}

static void test_registers(void *obj, void *data, QGuestAllocator *alloc)
{
    QIPU *ipu = obj;

    g_assert_cmphex(qipu_read(ipu, IPU_REG_VERSION), ==, IPU_VERSION);
    g_assert_cmphex(qipu_read(ipu, IPU_REG_STATUS), ==, IPU_STATUS_READY);
    g_assert_cmpuint(qipu_read(ipu, IPU_REG_TILES), ==, 3);
    qipu_write(ipu, IPU_REG_TILES, 1);
    g_assert_cmpuint(qipu_read(ipu, IPU_REG_TILES), ==, 3);
    qipu_write(ipu, ctx(IPU_CTX_TILE_COUNT), 2);
    g_assert_cmpuint(qipu_read(ipu, ctx(IPU_CTX_TILE_COUNT)), ==, 2);
    qipu_write(ipu, IPU_REG_CTRL, IPU_CTRL_RESET);
    qipu_wait(ipu, IPU_REG_STATUS, IPU_STATUS_READY);
    g_assert_cmpuint(qipu_read(ipu, ctx(IPU_CTX_TILE_COUNT)), ==, 0);
}

/* The interrupt that an event is followed by. */
static void wait_message(QTestState *qts, uint64_t addr)
{
    gint64 end = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;

    while (qtest_readl(qts, addr) != MSI_DATA && g_get_monotonic_time() < end) {
        g_usleep(100);
    }
    g_assert_cmphex(qtest_readl(qts, addr), ==, MSI_DATA);
}

/* A context whose configuration is wrong says so, without any DMA. */
static void test_interrupt(void *obj, void *data, QGuestAllocator *alloc)
{
    QIPU *ipu = obj;
    QTestState *qts = ipu->dev.bus->qts;
    uint64_t message = guest_alloc(alloc, 4);

    qtest_writel(qts, message, 0);
    qipu_vector(ipu, VECTOR, message, MSI_DATA);
    qipu_write(ipu, ctx(IPU_CTX_VECTOR), VECTOR);
    qipu_write(ipu, ctx(IPU_CTX_TILE_FIRST), qipu_read(ipu, IPU_REG_TILES));
    qipu_write(ipu, ctx(IPU_CTX_CTRL), IPU_CTX_CTRL_ENABLE);
    qipu_wait(ipu, ctx(IPU_CTX_STATUS), IPU_CTX_FAULTED);
    g_assert_cmphex(qipu_read(ipu, ctx(IPU_CTX_EVENT)), ==,
                    IPU_CTX_EVENT_FAULT);
    g_assert_cmphex(qipu_read(ipu, ctx(IPU_CTX_FAULT_CAUSE)), ==,
                    IPU_FAULT_BAD_CONFIG);
    wait_message(qts, message);
    guest_free(alloc, message);
}

/* A page table that maps @page, of guest memory, at the same address. */
static uint64_t map_page(QTestState *qts, QGuestAllocator *alloc, uint64_t page)
{
    uint64_t root = guest_alloc(alloc, IPU_PAGE_SIZE);
    uint64_t l1 = guest_alloc(alloc, IPU_PAGE_SIZE);
    uint64_t l0 = guest_alloc(alloc, IPU_PAGE_SIZE);
    uint64_t pte = page | IPU_PTE_V | IPU_PTE_W;

    g_assert_cmphex(page, <, 1ull << 30);
    qtest_memset(qts, root, 0, IPU_PAGE_SIZE);
    qtest_memset(qts, l1, 0, IPU_PAGE_SIZE);
    qtest_memset(qts, l0, 0, IPU_PAGE_SIZE);
    qtest_writeq(qts, root, l1 | IPU_PTE_V);
    qtest_writeq(qts, l1 + (page >> 21) * 8, l0 | IPU_PTE_V);
    qtest_writeq(qts, l0 + (page >> 12) % IPU_PT_ENTRIES * 8, pte);
    return root;
}

/* A command is read from the ring, a fence written, and an interrupt sent. */
static void test_fence(void *obj, void *data, QGuestAllocator *alloc)
{
    QIPU *ipu = obj;
    QTestState *qts = ipu->dev.bus->qts;
    uint64_t page = guest_alloc(alloc, IPU_PAGE_SIZE);
    uint64_t word = page + IPU_PAGE_SIZE / 2;
    uint64_t message = word + 8;
    struct ipu_cmd_fence fence = {
        .op = IPU_CMD_FENCE | IPU_CMD_FENCE_IRQ,
        .va = word,
        .value = 0x0123456789abcdefull,
    };

    qtest_memset(qts, page, 0, IPU_PAGE_SIZE);
    qtest_memwrite(qts, page, &fence, sizeof(fence));
    qipu_vector(ipu, VECTOR, message, MSI_DATA);
    qipu_write(ipu, ctx(IPU_CTX_TILE_COUNT), 1);
    qipu_write(ipu, ctx(IPU_CTX_PT_LO), map_page(qts, alloc, page));
    qipu_write(ipu, ctx(IPU_CTX_RING_LO), page);
    qipu_write(ipu, ctx(IPU_CTX_RING_LOG2), IPU_RING_LOG2_MIN);
    qipu_write(ipu, ctx(IPU_CTX_VECTOR), VECTOR);
    qipu_write(ipu, ctx(IPU_CTX_CTRL), IPU_CTX_CTRL_ENABLE);
    qipu_write(ipu, IPU_DOORBELL(0), 1);
    qipu_wait(ipu, ctx(IPU_CTX_EVENT), IPU_CTX_EVENT_FENCE);
    g_assert_cmphex(qtest_readq(qts, word), ==, fence.value);
    wait_message(qts, message);
    qipu_wait(ipu, ctx(IPU_CTX_STATUS), IPU_CTX_IDLE);
}

static void register_ipu_tests(void)
{
    QOSGraphTestOptions tiles = {
        .edge.extra_device_opts = "tiles=3",
    };

    qos_add_test("config", "ipu", test_config, NULL);
    qos_add_test("bars", "ipu", test_bars, NULL);
    qos_add_test("registers", "ipu", test_registers, &tiles);
    qos_add_test("interrupt", "ipu", test_interrupt, NULL);
    qos_add_test("fence", "ipu", test_fence, NULL);
}

libqos_init(register_ipu_tests);
