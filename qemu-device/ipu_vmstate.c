// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The card's state in QEMU's streams: savevm, migration. QEMU saves the PCI
 * function, the model itself (ipu_card_save()), and this file the interrupts
 * between the two. The machine is stopped meanwhile, and so the card is paused.
 */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "hw/pci/msix.h"
#include "hw/pci/pcie_aer.h"
#include "migration/qemu-file-types.h"
#include "migration/vmstate.h"

#include "ipu.h"

static bool write_stream(void *f, void *data, size_t bytes)
{
    qemu_put_buffer(f, data, bytes);
    return !qemu_file_get_error(f);
}

static bool read_stream(void *f, void *data, size_t bytes)
{
    return qemu_get_buffer(f, data, bytes) == bytes;
}

static int failed(IPUState *s, const char *what, char *error)
{
    error_report("%s: the state of the card cannot be %s: %s", ipu_id(s), what,
                 error ?: "no memory");
    free(error);
    return -EINVAL;
}

static int put_card(QEMUFile *f, void *opaque, size_t size,
                    const VMStateField *field, JSONWriter *vmdesc)
{
    IPUState *s = opaque;
    char *error = NULL;

    return ipu_card_save(s->card, write_stream, f, &error)
               ? 0
               : failed(s, "saved", error);
}

static int get_card(QEMUFile *f, void *opaque, size_t size,
                    const VMStateField *field)
{
    IPUState *s = opaque;
    char *error = NULL;

    return ipu_card_load(s->card, read_stream, f, &error)
               ? 0
               : failed(s, "loaded", error);
}

static const VMStateInfo card_info = {
    .name = "ipu-card",
    .put = put_card,
    .get = get_card,
};

static int pre_save(void *opaque)
{
    IPUState *s = opaque;
    unsigned int vector;

    s->saved_pending = 0;
    for (vector = 0; vector < IPU_NUM_VECTORS; vector++) {
        if (test_bit(vector, s->pending)) {
            s->saved_pending |= BIT_ULL(vector);
        }
    }
    return 0;
}

/* They are sent when the machine goes on, see ipu_update_pause(). */
static int post_load(void *opaque, int version)
{
    IPUState *s = opaque;
    unsigned int vector;

    bitmap_zero(s->pending, IPU_NUM_VECTORS);
    for (vector = 0; vector < IPU_NUM_VECTORS; vector++) {
        if (s->saved_pending & BIT_ULL(vector)) {
            set_bit(vector, s->pending);
        }
    }
    return 0;
}

const VMStateDescription ipu_vmstate = {
    .name = TYPE_IPU,
    .version_id = 1,
    .minimum_version_id = 1,
    .pre_save = pre_save,
    .post_load = post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(parent_obj, IPUState),
        VMSTATE_MSIX(parent_obj, IPUState),
        VMSTATE_STRUCT(parent_obj.exp.aer_log, IPUState, 0,
                       vmstate_pcie_aer_log, PCIEAERLog),
        VMSTATE_UINT64(saved_pending, IPUState),
        { .name = "card", .info = &card_info, .flags = VMS_SINGLE },
        VMSTATE_END_OF_LIST()
    },
};
