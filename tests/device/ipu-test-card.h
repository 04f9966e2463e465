/* SPDX-License-Identifier: MIT */
/*
 * Helpers of the tests: a machine with the card, its registers, a context with
 * a page table and a ring in guest memory. For ipu-test.c alone, which
 * includes QEMU's headers first: QEMU builds a qtest from one C file.
 */
#ifndef IPU_TEST_CARD_H
#define IPU_TEST_CARD_H

#include "../../hw/misc/ipu/ipu_hw.h"
#include "../../hw/misc/ipu/model/isa/ipu_isa.h"

/* Debian's firmware, as in tools/ipu-vm; under qtest no CPU executes it. */
#define MACHINE \
    "-M q35 -m 64M -nodefaults -L /usr/share/seabios -L /usr/share/qemu"
#define ROOT_PORT " -device pcie-root-port,id=slot1,slot=1"

#define SLOT         4
#define PORT_SLOT    5
#define IOMMU_DEVICE " -device intel-iommu,intremap=off"
#define VIRTIO_IOMMU " -device virtio-iommu-pci,addr=6"
#define ECAM         0xb0000000ull

/* intel-iommu's registers. */
#define IOMMU         0xfed90000ull
#define IOMMU_GCMD    0x18
#define IOMMU_GSTS    0x1c
#define IOMMU_RTADDR  0x20
#define IOMMU_TE      0x80000000u
#define IOMMU_SRTP    0x40000000u
#define IOMMU_PRESENT 1
#define IOMMU_PASS    (2 << 2)
#define IOMMU_DOMAIN  0x101 /* domain 1, addresses of 39 bits */

/* Guest memory. VA = bus address in 2 MiB from MEMORY on, but for UNMAPPED. */
#define MEMORY        0x200000ull
#define PT_ROOT       (MEMORY + 0x0000)
#define PT_L1         (MEMORY + 0x1000)
#define PT_L0         (MEMORY + 0x2000)
#define RING          (MEMORY + 0x3000)
#define FENCE_WORD    (MEMORY + 0x4000)
#define MSI_WORD      (MEMORY + 0x5000)
#define SOURCE        (MEMORY + 0x10000)
#define TARGET        (MEMORY + 0x40000)
#define ROOT_TABLE    (MEMORY + 0x3c000)
#define CONTEXT_TABLE (MEMORY + 0x3d000)
#define UNMAPPED      (MEMORY + 0x1ff000)

#define RING_LOG2 4
#define MSI_DATA  0xc0ffee00u
#define SECONDS   60

struct card {
    QTestState *qts;
    QPCIBus *bus;
    QPCIDevice *dev;
    QPCIBar regs;
    uint64_t regs_size;
    uint32_t written;
};

/* ---- Helpers ---- */

static void find_card(struct card *card, int devfn)
{
    card->dev = qpci_device_find(card->bus, devfn);
    g_assert_nonnull(card->dev);
    qpci_device_enable(card->dev);
    card->regs = qpci_iomap(card->dev, IPU_BAR_REGS, &card->regs_size);
}

/* @options are those of the card, and other arguments after it. */
static void start_machine(struct card *card, const char *machine,
                          const char *options)
{
    memset(card, 0, sizeof(*card));
    card->qts = qtest_initf(MACHINE "%s -device ipu,id=ipu,addr=%d%s", machine,
                            SLOT, options);
    card->bus = qpci_new_pc(card->qts, NULL);
    find_card(card, QPCI_DEVFN(SLOT, 0));
}

static void start(struct card *card, const char *options)
{
    start_machine(card, "", options);
}

static void stop(struct card *card)
{
    g_free(card->dev);
    qpci_free_pc(card->bus);
    qtest_quit(card->qts);
}

static uint32_t reg(struct card *card, uint32_t offset)
{
    return qpci_io_readl(card->dev, card->regs, offset);
}

static void set_reg(struct card *card, uint32_t offset, uint32_t value)
{
    qpci_io_writel(card->dev, card->regs, offset, value);
}

static uint32_t ctx(struct card *card, uint32_t offset)
{
    return reg(card, IPU_CTX_BASE(0) + offset);
}

static void set_ctx(struct card *card, uint32_t offset, uint32_t value)
{
    set_reg(card, IPU_CTX_BASE(0) + offset, value);
}

/* Wait until a register of context 0 has a value, or fail. */
static void wait_ctx(struct card *card, uint32_t offset, uint32_t value)
{
    gint64 end = g_get_monotonic_time() + SECONDS * G_USEC_PER_SEC;

    while (ctx(card, offset) != value && g_get_monotonic_time() < end) {
        g_usleep(100);
    }
    g_assert_cmphex(ctx(card, offset), ==, value);
}

/* Wait until no more than @left commands of context 0's ring are to be done. */
static void wait_left(struct card *card, uint32_t left)
{
    gint64 end = g_get_monotonic_time() + SECONDS * G_USEC_PER_SEC;

    while (card->written - ctx(card, IPU_CTX_HEAD) > left &&
           g_get_monotonic_time() < end) {
        g_usleep(100);
    }
    g_assert_cmpuint(card->written - ctx(card, IPU_CTX_HEAD), <=, left);
}

static void wait_memory(struct card *card, uint64_t addr, uint32_t value)
{
    gint64 end = g_get_monotonic_time() + SECONDS * G_USEC_PER_SEC;

    while (qtest_readl(card->qts, addr) != value &&
           g_get_monotonic_time() < end) {
        g_usleep(100);
    }
    g_assert_cmphex(qtest_readl(card->qts, addr), ==, value);
}

/* Config space, extended as well; open_ecam() first. */
static uint64_t config_at(QPCIDevice *dev, uint32_t offset)
{
    return ECAM + ((uint64_t)dev->devfn << 12) + offset;
}

static uint32_t ecam(struct card *card, uint32_t offset)
{
    return qtest_readl(card->qts, config_at(card->dev, offset));
}

static void open_ecam(struct card *card)
{
    QPCIDevice *bridge = qpci_device_find(card->bus, QPCI_DEVFN(0, 0));

    /* PCIEXBAR of q35's host bridge. */
    qpci_config_writel(bridge, 0x60, ECAM | 1);
    qpci_config_writel(bridge, 0x64, 0);
    g_free(bridge);
}

static uint16_t find_extended(QPCIDevice *dev, uint16_t id)
{
    uint32_t offset, header;

    for (offset = 0x100; offset; offset = PCI_EXT_CAP_NEXT(header)) {
        header = qtest_readl(dev->bus->qts, config_at(dev, offset));
        if (PCI_EXT_CAP_ID(header) == id) {
            return offset;
        }
    }
    return 0;
}

static void enable(struct card *card)
{
    uint64_t pages[IPU_PT_ENTRIES] = {0};
    uint32_t i;

    qtest_writeq(card->qts, FENCE_WORD, 0);
    qtest_writeq(card->qts, PT_ROOT, PT_L1 | IPU_PTE_V);
    qtest_writeq(card->qts, PT_L1 + 8, PT_L0 | IPU_PTE_V);
    for (i = 0; i < IPU_PT_ENTRIES - 1; i++) {
        pages[i] = (MEMORY + i * IPU_PAGE_SIZE) | IPU_PTE_V | IPU_PTE_W;
    }
    qtest_memwrite(card->qts, PT_L0, pages, sizeof(pages));
    set_ctx(card, IPU_CTX_TILE_FIRST, 0);
    set_ctx(card, IPU_CTX_TILE_COUNT, reg(card, IPU_REG_TILES));
    set_ctx(card, IPU_CTX_PT_LO, PT_ROOT);
    set_ctx(card, IPU_CTX_RING_LO, RING);
    set_ctx(card, IPU_CTX_RING_LOG2, RING_LOG2);
    set_ctx(card, IPU_CTX_VECTOR, 1);
    set_ctx(card, IPU_CTX_CTRL,
            IPU_CTX_CTRL_ENABLE | IPU_CTX_CTRL_CLEAR | IPU_CTX_CTRL_PRIV);
    card->written = 0;
}

static void put(struct card *card, const void *command)
{
    uint64_t slot = RING + (card->written++ % (1 << RING_LOG2)) * IPU_CMD_SIZE;

    qtest_memwrite(card->qts, slot, command, IPU_CMD_SIZE);
}

static void ring(struct card *card)
{
    set_reg(card, IPU_DOORBELL(0), card->written);
}

static void put_fence(struct card *card, uint64_t value, uint32_t flags)
{
    struct ipu_cmd_fence fence = {
        .op = IPU_CMD_FENCE | flags,
        .va = FENCE_WORD,
        .value = value,
    };

    put(card, &fence);
}

static void put_copy(struct card *card, uint32_t op, uint64_t va,
                     uint32_t tiles, uint32_t bytes)
{
    struct ipu_cmd_copy copy = {
        .op = op,
        .tile_count = tiles,
        .tile_addr = IPU_SRAM_BASE,
        .host_va = va,
        .host_tile_stride = bytes,
        .row_bytes = bytes,
        .rows = 1,
    };

    put(card, &copy);
}

/* ---- What several tests do ---- */

static void check_reset_values(struct card *card, uint32_t tiles)
{
    const struct {
        uint32_t offset, value;
    } values[] = {
        {IPU_REG_ID, IPU_ID},
        {IPU_REG_VERSION, IPU_VERSION},
        {IPU_REG_TILES, tiles},
        {IPU_REG_SRAM_BASE, IPU_SRAM_BASE},
        {IPU_REG_SRAM_SIZE, IPU_SRAM_SIZE},
        {IPU_REG_WORKERS, IPU_WORKERS},
        {IPU_REG_CLOCK_KHZ, IPU_CLOCK_KHZ},
        {IPU_REG_CONTEXTS, IPU_MAX_CONTEXTS},
        {IPU_REG_VECTORS, IPU_NUM_VECTORS},
        {IPU_REG_VLEN, IPU_VLEN_DEFAULT},
        {IPU_REG_CTRL, 0},
        {IPU_REG_STATUS, IPU_STATUS_READY},
    };
    size_t i;
    uint32_t c, offset;

    for (i = 0; i < ARRAY_SIZE(values); i++) {
        g_assert_cmphex(reg(card, values[i].offset), ==, values[i].value);
    }
    for (c = 0; c < IPU_MAX_CONTEXTS; c++) {
        for (offset = 0; offset <= IPU_CTX_COALESCE; offset += 4) {
            g_assert_cmphex(reg(card, IPU_CTX_BASE(c) + offset), ==,
                            offset == IPU_CTX_WATCHDOG_MS ? 10000 : 0);
        }
    }
}

static void round_trip(struct card *card, uint32_t tiles)
{
    const uint32_t bytes = 64;
    g_autofree uint8_t *sent = g_malloc(tiles * bytes);
    g_autofree uint8_t *back = g_malloc0(tiles * bytes);
    uint32_t i;

    enable(card);
    for (i = 0; i < tiles * bytes; i++) {
        sent[i] = i / bytes * 7 + i;
    }
    qtest_memwrite(card->qts, SOURCE, sent, tiles * bytes);
    put_copy(card, IPU_CMD_COPY_TO_TILES, SOURCE, tiles, bytes);
    put_copy(card, IPU_CMD_COPY_FROM_TILES, TARGET, tiles, bytes);
    put_fence(card, 42, 0);
    ring(card);
    wait_memory(card, FENCE_WORD, 42);
    qtest_memread(card->qts, TARGET, back, tiles * bytes);
    g_assert_cmpmem(sent, tiles * bytes, back, tiles * bytes);
    wait_ctx(card, IPU_CTX_STATUS, IPU_CTX_IDLE);
    g_assert_cmpuint(ctx(card, IPU_CTX_HEAD), ==, 3);
    g_assert_cmpuint(ctx(card, IPU_CTX_RETIRED), ==, 3);
}

/* The message of a vector is a write of @data to @addr. */
static void aim_vector(struct card *card, uint32_t vector, uint64_t addr,
                       uint32_t data)
{
    QPCIDevice *dev = card->dev;
    uint64_t entry = dev->msix_table_off + vector * PCI_MSIX_ENTRY_SIZE;

    qpci_io_writel(dev, dev->msix_table_bar, entry + PCI_MSIX_ENTRY_LOWER_ADDR,
                   addr);
    qpci_io_writel(dev, dev->msix_table_bar, entry + PCI_MSIX_ENTRY_UPPER_ADDR,
                   addr >> 32);
    qpci_io_writel(dev, dev->msix_table_bar, entry + PCI_MSIX_ENTRY_DATA, data);
    qpci_io_writel(dev, dev->msix_table_bar, entry + PCI_MSIX_ENTRY_VECTOR_CTRL,
                   0);
}

static void program_vector(struct card *card, uint32_t vector)
{
    aim_vector(card, vector, MSI_WORD, MSI_DATA + vector);
    qtest_writel(card->qts, MSI_WORD, 0);
}

/* A function-level reset; then the function is set up again as it was. */
static void flr(struct card *card)
{
    uint32_t bar0 = qpci_config_readl(card->dev, PCI_BASE_ADDRESS_0);
    uint32_t bar1 = qpci_config_readl(card->dev, PCI_BASE_ADDRESS_1);
    uint8_t cap = qpci_find_capability(card->dev, PCI_CAP_ID_EXP, 0);

    qpci_config_writew(card->dev, cap + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_BCR_FLR);
    g_assert_cmphex(
        qpci_config_readw(card->dev, PCI_COMMAND) & PCI_COMMAND_MASTER, ==, 0);
    g_assert_cmphex(qpci_config_readw(card->dev, cap + PCI_EXP_DEVCTL) &
                        PCI_EXP_DEVCTL_BCR_FLR,
                    ==, 0);
    qpci_config_writel(card->dev, PCI_BASE_ADDRESS_0, bar0);
    qpci_config_writel(card->dev, PCI_BASE_ADDRESS_1, bar1);
    qpci_device_enable(card->dev);
}

/* Have all tiles of the card run a program of one jump to itself. */
static void run_for_ever(struct card *card)
{
    struct ipu_cmd_fill fill = {
        .op = IPU_CMD_FILL,
        .tile_count = reg(card, IPU_REG_TILES),
        .tile_addr = IPU_SRAM_BASE,
        .bytes = 4,
        .value = 0x0000006f,
    };
    struct ipu_cmd_run run = {
        .op = IPU_CMD_RUN,
        .tile_count = reg(card, IPU_REG_TILES),
        .entry = IPU_SRAM_BASE,
    };

    enable(card);
    put(card, &fill);
    put_fence(card, 1, 0);
    put(card, &run);
    ring(card);
    wait_memory(card, FENCE_WORD, 1);
    wait_ctx(card, IPU_CTX_HEAD, 2);
    g_assert_cmphex(ctx(card, IPU_CTX_STATUS), ==, IPU_CTX_RUNNING);
}

#endif /* IPU_TEST_CARD_H */
