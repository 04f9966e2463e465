/* SPDX-License-Identifier: MIT */
/*
 * The IPU card as a node of the QOSGraph: "ipu", which consumes "pcie-bus", as
 * the card needs a slot of PCI Express, and produces "pci-device".
 */
#ifndef TESTS_LIBQOS_IPU_H
#define TESTS_LIBQOS_IPU_H

#include "../../../hw/misc/ipu/ipu_hw.h"
#include "pci.h"
#include "qgraph.h"

/**
 * struct QIPU - a card, with BAR0 mapped and bus mastering on
 * @obj: what the graph has of it
 * @dev: the PCI function
 * @regs: BAR0
 * @regs_size: bytes of it
 */
typedef struct QIPU {
    QOSGraphObject obj;
    QPCIDevice dev;
    QPCIBar regs;
    uint64_t regs_size;
} QIPU;

/** qipu_read - read a register; @offset is one of ipu_hw.h's, in BAR0 */
uint32_t qipu_read(QIPU *ipu, uint32_t offset);

/** qipu_write - write a register */
void qipu_write(QIPU *ipu, uint32_t offset, uint32_t value);

/**
 * qipu_wait - wait until a register has a value
 *
 * The card works on threads of its own. The test fails where it takes more
 * than ten seconds.
 */
void qipu_wait(QIPU *ipu, uint32_t offset, uint32_t value);

/**
 * qipu_vector - have an MSI-X vector write @data to @addr of guest memory
 *
 * The function's MSI-X is switched on.
 */
void qipu_vector(QIPU *ipu, uint32_t vector, uint64_t addr, uint32_t data);

#endif /* TESTS_LIBQOS_IPU_H */
