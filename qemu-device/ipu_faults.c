// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults of the hardware on request, for tests of what drivers make of them.
 *
 * Each is a property of the device: -device sets it before the machine starts,
 * and qom-set while it runs. Reading one tells what is still to come. They
 * outlast a reset of the card. See the table for which there are.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/visitor.h"

#include "ipu.h"
#include "model/isa/ipu_isa.h"
#include "trace.h"

/*
 * How each fault is read, and how it is requested. The card may not exist yet.
 */
typedef struct IPUFaultType {
    const char *name;
    const char *description;
    uint32_t least, most;
    uint32_t (*get)(IPUState *s, uint32_t arg);
    bool (*set)(IPUState *s, uint32_t arg, uint32_t value, Error **errp);
    uint32_t arg;
} IPUFaultType;

/* ---- What the device itself does ---- */

static uint32_t *own(IPUState *s, uint32_t arg)
{
    uint32_t *const values[] = {
        [IPU_FAULTY_INTERRUPTS] = &s->faults.lost_interrupts,
        [IPU_FAULTY_REGISTERS] = &s->faults.dead_registers,
        [IPU_FAULTY_TILE] = &s->faults.tile,
        [IPU_FAULTY_ADDRESS] = &s->faults.address,
    };

    return values[arg];
}

static uint32_t get_own(IPUState *s, uint32_t arg)
{
    return qatomic_read(own(s, arg));
}

static bool set_own(IPUState *s, uint32_t arg, uint32_t value, Error **errp)
{
    qatomic_set(own(s, arg), value);
    return true;
}

/* ---- What the model does ---- */

static uint32_t get_events(IPUState *s, uint32_t kind)
{
    return s->card ? ipu_card_injected(s->card, kind) : s->faults.events[kind];
}

static bool set_events(IPUState *s, uint32_t kind, uint32_t count, Error **errp)
{
    s->faults.events[kind] = count;
    if (s->card) {
        ipu_card_inject(s->card, kind, count);
    }
    return true;
}

static uint32_t get_slow(IPUState *s, uint32_t arg)
{
    return s->faults.slow;
}

static bool set_slow(IPUState *s, uint32_t arg, uint32_t factor, Error **errp)
{
    if (s->card && !ipu_card_slow_tile(s->card, s->faults.tile, factor)) {
        error_setg(errp, "'inject-tile' is %u, but the card has %u tiles",
                   s->faults.tile, s->config.tiles);
        return false;
    }
    s->faults.slow = factor;
    return true;
}

static uint32_t get_flip(IPUState *s, uint32_t arg)
{
    return 0;
}

static bool set_flip(IPUState *s, uint32_t arg, uint32_t bits, Error **errp)
{
    if (!s->card) {
        error_setg(
            errp,
            "there is no SRAM yet: set it with qom-set, once the machine runs");
        return false;
    }
    if (!ipu_card_flip(s->card, s->faults.tile, s->faults.address, bits)) {
        error_setg(errp, "no word at 'inject-address' 0x%x of 'inject-tile' "
                   "%u: SRAM is from 0x%x to 0x%x, of tiles 0 to %u; or %u "
                   "words are lost already", s->faults.address,
                   s->faults.tile, IPU_SRAM_BASE, IPU_SRAM_END - 1,
                   s->config.tiles - 1, IPU_LOST_WORDS);
        return false;
    }
    return true;
}

static uint32_t get_link(IPUState *s, uint32_t arg)
{
    return s->card && ipu_card_link_is_down(s->card);
}

static bool set_link(IPUState *s, uint32_t arg, uint32_t down, Error **errp)
{
    if (s->card && ipu_card_cut_link(s->card, down)) {
        return true;
    }
    error_setg(errp, "the card is not linked to one before it: give it the "
                     "property 'link', and set this one once the machine runs");
    return false;
}

static uint32_t get_reg(IPUState *s, uint32_t offset)
{
    return s->card ? ipu_card_read(s->card, offset, 4) : 0;
}

/* ---- The table ---- */

static const IPUFaultType fault_types[] = {
    {
        "inject-lost-interrupts",
        "interrupts to be lost, of those that follow",
        0, UINT32_MAX, get_own, set_own, IPU_FAULTY_INTERRUPTS,
    }, {
        "inject-dma-errors",
        "accesses to host memory to be refused, of those that follow",
        0, UINT32_MAX, get_events, set_events, IPU_INJECT_DMA_ERRORS,
    }, {
        "inject-stuck-runs",
        "RUN commands that follow to hang until their context is disabled",
        0, UINT32_MAX, get_events, set_events, IPU_INJECT_STUCK_RUNS,
    }, {
        "inject-stuck-stops",
        "contexts that are disabled to stop only when the card is reset",
        0, UINT32_MAX, get_events, set_events, IPU_INJECT_STUCK_STOPS,
    }, {
        "inject-stuck-resets",
        "resets by the driver to end only when the function is reset",
        0, UINT32_MAX, get_events, set_events, IPU_INJECT_STUCK_RESETS,
    }, {
        "inject-dead-registers",
        "1: all registers read as ones, and ignore what is written",
        0, 1, get_own, set_own, IPU_FAULTY_REGISTERS,
    }, {
        "inject-tile",
        "the tile of inject-sram-error and inject-slow-tile",
        0, IPU_MAX_TILES - 1, get_own, set_own, IPU_FAULTY_TILE,
    }, {
        "inject-address",
        "tile address of inject-sram-error",
        0, UINT32_MAX, get_own, set_own, IPU_FAULTY_ADDRESS,
    }, {
        "inject-sram-error",
        "bits to flip there now: 1 is corrected, 2 are not",
        1, 2, get_flip, set_flip,
    }, {
        "inject-slow-tile",
        "how many times as long as it should inject-tile takes",
        1, IPU_SLOWEST, get_slow, set_slow,
    }, {
        "inject-link-down",
        "1: the link to the card that property link names is down",
        0, 1, get_link, set_link,
    }, {
        "ecc-corrected",
        "words of SRAM that have been corrected since the last reset",
        0, 0, get_reg, NULL, IPU_REG_ECC_CORRECTED,
    }, {
        "ecc-fatal",
        "words of SRAM that have been lost since the last reset",
        0, 0, get_reg, NULL, IPU_REG_ECC_FATAL,
    },
};

static void get_fault(Object *obj, Visitor *v, const char *name, void *opaque,
                      Error **errp)
{
    const IPUFaultType *type = opaque;
    uint32_t value = type->get(IPU(obj), type->arg);

    visit_type_uint32(v, name, &value, errp);
}

static void set_fault(Object *obj, Visitor *v, const char *name, void *opaque,
                      Error **errp)
{
    const IPUFaultType *type = opaque;
    IPUState *s = IPU(obj);
    uint32_t value;

    if (!visit_type_uint32(v, name, &value, errp)) {
        return;
    }
    if (value < type->least || value > type->most) {
        error_setg(errp, "property '%s' is %u, it must be from %u to %u", name,
                   value, type->least, type->most);
        return;
    }
    if (type->set(s, type->arg, value, errp)) {
        trace_ipu_inject(ipu_id(s), name, value);
    }
}

bool ipu_faults_take(uint32_t *count)
{
    uint32_t left = qatomic_read(count), seen;

    while (left) {
        seen = qatomic_cmpxchg(count, left, left - 1);
        if (seen == left) {
            return true;
        }
        left = seen;
    }
    return false;
}

bool ipu_faults_realize(IPUState *s, Error **errp)
{
    unsigned int kind;

    for (kind = 0; kind < IPU_INJECTIONS; kind++) {
        ipu_card_inject(s->card, kind, s->faults.events[kind]);
    }
    return set_slow(s, 0, s->faults.slow, errp);
}

void ipu_faults_init(IPUState *s)
{
    s->faults.address = IPU_SRAM_BASE;
    s->faults.slow = 1;
}

void ipu_faults_class_init(ObjectClass *class)
{
    const IPUFaultType *type;

    for (type = fault_types; type < fault_types + ARRAY_SIZE(fault_types);
         type++) {
        object_class_property_add(class, type->name, "uint32", get_fault,
                                  type->set ? set_fault : NULL, NULL,
                                  (void *)type);
        object_class_property_set_description(class, type->name,
                                              type->description);
    }
}
