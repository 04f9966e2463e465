/* SPDX-License-Identifier: MIT */
/*
 * Helpers of ipu-test.c: a machine with the card, its registers, a context with
 * a page table and a ring in guest memory. For that one file, which includes
 * QEMU's headers first.
 */
#ifndef IPU_TEST_CARD_H
#define IPU_TEST_CARD_H

#include "../../hw/misc/ipu/ipu_hw.h"
#include "../../hw/misc/ipu/model/isa/ipu_isa.h"

/* The firmware is Debian's, as in tools/ipu-vm; under qtest no CPU executes it. */
#define MACHINE		"-M q35 -m 64M -nodefaults -L /usr/share/seabios -L /usr/share/qemu"
#define ROOT_PORT	" -device pcie-root-port,id=slot1,slot=1"

#define SLOT		4
#define ECAM		0xb0000000ull

/* intel-iommu's registers. */
#define IOMMU		0xfed90000ull
#define IOMMU_GCMD	0x18
#define IOMMU_GSTS	0x1c
#define IOMMU_RTADDR	0x20
#define IOMMU_TE	0x80000000u
#define IOMMU_SRTP	0x40000000u

/* Guest memory. VA = bus address in the 2 MiB from MEMORY on, but for the unmapped page. */
#define MEMORY		0x200000ull
#define PT_ROOT		(MEMORY + 0x0000)
#define PT_L1		(MEMORY + 0x1000)
#define PT_L0		(MEMORY + 0x2000)
#define RING		(MEMORY + 0x3000)
#define FENCE_WORD	(MEMORY + 0x4000)
#define MSI_WORD	(MEMORY + 0x5000)
#define SOURCE		(MEMORY + 0x10000)
#define TARGET		(MEMORY + 0x40000)
#define ROOT_TABLE	(MEMORY + 0x3c000)
#define UNMAPPED	(MEMORY + 0x1ff000)

#define RING_LOG2	4
#define MSI_DATA	0xc0ffee00u
#define SECONDS		10

struct card {
	QTestState *qts;
	QPCIBus *bus;
	QPCIDevice *dev;
	QPCIBar regs;
	uint64_t regs_size;
	uint32_t written;
};

/* ---- Helpers ---- */

static void start_machine(struct card *card, const char *machine, const char *options)
{
	memset(card, 0, sizeof(*card));
	card->qts = qtest_initf(MACHINE "%s -device ipu,id=ipu,addr=%d%s", machine, SLOT, options);
	card->bus = qpci_new_pc(card->qts, NULL);
	card->dev = qpci_device_find(card->bus, QPCI_DEVFN(SLOT, 0));
	g_assert_nonnull(card->dev);
	qpci_device_enable(card->dev);
	card->regs = qpci_iomap(card->dev, IPU_BAR_REGS, &card->regs_size);
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

/* Wait until a register of context 0 has a value; fails if it does not get it in time. */
static void wait_ctx(struct card *card, uint32_t offset, uint32_t value)
{
	gint64 end = g_get_monotonic_time() + SECONDS * G_USEC_PER_SEC;

	while (ctx(card, offset) != value && g_get_monotonic_time() < end)
		g_usleep(100);
	g_assert_cmphex(ctx(card, offset), ==, value);
}

static void wait_memory(struct card *card, uint64_t addr, uint32_t value)
{
	gint64 end = g_get_monotonic_time() + SECONDS * G_USEC_PER_SEC;

	while (qtest_readl(card->qts, addr) != value && g_get_monotonic_time() < end)
		g_usleep(100);
	g_assert_cmphex(qtest_readl(card->qts, addr), ==, value);
}

static uint32_t ecam(struct card *card, uint32_t offset)
{
	return qtest_readl(card->qts, ECAM + (QPCI_DEVFN(SLOT, 0) << 12) + offset);
}

static void open_ecam(struct card *card)
{
	QPCIDevice *bridge = qpci_device_find(card->bus, QPCI_DEVFN(0, 0));

	/* PCIEXBAR of q35's host bridge. */
	qpci_config_writel(bridge, 0x60, ECAM | 1);
	qpci_config_writel(bridge, 0x64, 0);
	g_free(bridge);
}

static uint16_t find_extended(struct card *card, uint16_t id)
{
	uint32_t offset, header;

	for (offset = 0x100; offset; offset = PCI_EXT_CAP_NEXT(header)) {
		header = ecam(card, offset);
		if (PCI_EXT_CAP_ID(header) == id)
			return offset;
	}
	return 0;
}

static void enable(struct card *card)
{
	uint64_t pages[IPU_PT_ENTRIES] = { 0 };
	uint32_t i;

	qtest_writeq(card->qts, FENCE_WORD, 0);
	qtest_writeq(card->qts, PT_ROOT, PT_L1 | IPU_PTE_V);
	qtest_writeq(card->qts, PT_L1 + 8, PT_L0 | IPU_PTE_V);
	for (i = 0; i < IPU_PT_ENTRIES - 1; i++)
		pages[i] = (MEMORY + i * IPU_PAGE_SIZE) | IPU_PTE_V | IPU_PTE_W;
	qtest_memwrite(card->qts, PT_L0, pages, sizeof(pages));
	set_ctx(card, IPU_CTX_TILE_FIRST, 0);
	set_ctx(card, IPU_CTX_TILE_COUNT, reg(card, IPU_REG_TILES));
	set_ctx(card, IPU_CTX_PT_LO, PT_ROOT);
	set_ctx(card, IPU_CTX_RING_LO, RING);
	set_ctx(card, IPU_CTX_RING_LOG2, RING_LOG2);
	set_ctx(card, IPU_CTX_VECTOR, 1);
	set_ctx(card, IPU_CTX_CTRL, IPU_CTX_CTRL_ENABLE | IPU_CTX_CTRL_CLEAR | IPU_CTX_CTRL_PRIV);
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
		.op = IPU_CMD_FENCE | flags, .va = FENCE_WORD, .value = value,
	};

	put(card, &fence);
}

static void put_copy(struct card *card, uint32_t op, uint64_t va, uint32_t tiles, uint32_t bytes)
{
	struct ipu_cmd_copy copy = {
		.op = op, .tile_count = tiles, .tile_addr = IPU_SRAM_BASE, .host_va = va,
		.host_tile_stride = bytes, .row_bytes = bytes, .rows = 1,
	};

	put(card, &copy);
}

#endif /* IPU_TEST_CARD_H */
