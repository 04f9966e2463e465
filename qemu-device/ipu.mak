# SPDX-License-Identifier: GPL-2.0-or-later
#
# The devices of the one machine that tools/ipu-vm starts; QEMU's build takes
# what these need and no other.

CONFIG_Q35=y
CONFIG_PCIE_PORT=y
CONFIG_VTD=y
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_9P=y
CONFIG_VIRTIO_IOMMU=y
CONFIG_VIRTIO_SERIAL=y
CONFIG_IPU=y
