// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The card's state in QEMU's streams: savevm, migration. QEMU saves the PCI
 * function, the model itself (ipu_card_save()), and this file the interrupts
 * between the two. The machine is stopped meanwhile, and so the card is paused.
 *
 * The model holds its lock while it saves or loads, and whoever accesses the
 * card waits for that: the monitor, a reset. But QEMU's streams run the main
 * loop while they wait for their other end. So no stream is touched then: the
 * state is collected in memory, which is given back as it is used.
 */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/queue.h"
#include "qemu/units.h"
#include "hw/pci/msix.h"
#include "hw/pci/pcie_aer.h"
#include "migration/qemu-file-types.h"
#include "migration/vmstate.h"

#include "ipu.h"

/* How much of the state is in one piece of memory. */
#define CHUNK_BYTES (1 * MiB)

typedef struct IPUChunk {
    QSIMPLEQ_ENTRY(IPUChunk) next;
    uint8_t data[CHUNK_BYTES];
} IPUChunk;

/**
 * struct IPUImage - the model's state, between the model and the stream
 * @chunks: all are full, but for the first and the last
 * @at: where what is left begins in the first one
 * @left: bytes
 */
typedef struct IPUImage {
    QSIMPLEQ_HEAD(, IPUChunk) chunks;
    size_t at;
    uint64_t left;
} IPUImage;

static void begin_image(IPUImage *image)
{
    QSIMPLEQ_INIT(&image->chunks);
    image->at = 0;
    image->left = 0;
}

static void remove_chunk(IPUImage *image)
{
    IPUChunk *chunk = QSIMPLEQ_FIRST(&image->chunks);

    QSIMPLEQ_REMOVE_HEAD(&image->chunks, next);
    g_free(chunk);
}

static void end_image(IPUImage *image)
{
    while (!QSIMPLEQ_EMPTY(&image->chunks)) {
        remove_chunk(image);
    }
}

/* Return: where more goes, and into *@room how much, or NULL: no memory */
static uint8_t *tail_of(IPUImage *image, size_t *room)
{
    size_t used = (image->at + image->left) % CHUNK_BYTES;
    IPUChunk *chunk;

    if (!used) {
        chunk = g_try_new(IPUChunk, 1);
        if (!chunk) {
            return NULL;
        }
        QSIMPLEQ_INSERT_TAIL(&image->chunks, chunk, next);
    }
    chunk = QSIMPLEQ_LAST(&image->chunks, IPUChunk, next);
    *room = CHUNK_BYTES - used;
    return chunk->data + used;
}

/* Return: where what is left begins, and into *@bytes how much is there */
static uint8_t *head_of(IPUImage *image, size_t *bytes)
{
    *bytes = MIN(image->left, CHUNK_BYTES - image->at);
    return QSIMPLEQ_FIRST(&image->chunks)->data + image->at;
}

static void take_head(IPUImage *image, size_t bytes)
{
    image->left -= bytes;
    image->at += bytes;
    if (image->at == CHUNK_BYTES || !image->left) {
        image->at = 0;
        remove_chunk(image);
    }
}

static bool write_image(void *opaque, void *data, size_t bytes)
{
    IPUImage *image = opaque;
    uint8_t *to;
    size_t run;

    for (; bytes; bytes -= run, data += run) {
        to = tail_of(image, &run);
        if (!to) {
            return false;
        }
        run = MIN(run, bytes);
        memcpy(to, data, run);
        image->left += run;
    }
    return true;
}

static bool read_image(void *opaque, void *data, size_t bytes)
{
    IPUImage *image = opaque;
    uint8_t *from;
    size_t run;

    if (bytes > image->left) {
        return false;
    }
    for (; bytes; bytes -= run, data += run) {
        from = head_of(image, &run);
        run = MIN(run, bytes);
        memcpy(data, from, run);
        take_head(image, run);
    }
    return true;
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
    IPUImage image;
    uint8_t *data;
    size_t run;

    begin_image(&image);
    if (!ipu_card_save(s->card, write_image, &image, &error)) {
        end_image(&image);
        return failed(s, "saved", error);
    }
    qemu_put_be64(f, image.left);
    while (image.left) {
        data = head_of(&image, &run);
        qemu_put_buffer(f, data, run);
        take_head(&image, run);
    }
    return qemu_file_get_error(f);
}

/* Return: NULL, or what is wrong, which the caller frees with free() */
static char *receive(IPUState *s, QEMUFile *f, IPUImage *image)
{
    uint64_t most = ipu_card_most_state(s->card);
    uint64_t bytes = qemu_get_be64(f);
    uint8_t *to;
    size_t run;

    if (bytes > most) {
        return strdup("the stream has more than such a card can have");
    }
    for (; bytes; bytes -= run) {
        to = tail_of(image, &run);
        if (!to) {
            return strdup("no memory for it");
        }
        run = MIN(run, bytes);
        if (qemu_get_buffer(f, to, run) != run) {
            return strdup("the stream ends in the middle of the card");
        }
        image->left += run;
    }
    return NULL;
}

static int get_card(QEMUFile *f, void *opaque, size_t size,
                    const VMStateField *field)
{
    IPUState *s = opaque;
    IPUImage image;
    bool loaded;
    char *error;

    begin_image(&image);
    error = receive(s, f, &image);
    loaded = !error && ipu_card_load(s->card, read_image, &image, &error);
    if (loaded && image.left) {
        error = strdup("the stream goes on behind it");
        loaded = false;
    }
    end_image(&image);
    return loaded ? 0 : failed(s, "loaded", error);
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
    .version_id = 2,
    .minimum_version_id = 2,
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
