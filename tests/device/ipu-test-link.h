/* SPDX-License-Identifier: MIT */
/*
 * Linked cards: that they are, runs that span them, and what QEMU does to one
 * of them.
 */
#ifndef IPU_TEST_LINK_H
#define IPU_TEST_LINK_H

#include "../../hw/misc/ipu/model/card/ipu_bsp_cost.h"
#include "ipu-test-states.h"

#define NEXT_SLOT 7

#define NEXT_ALONE " -device ipu,id=next,addr=7,tiles=2"
#define NEXT       NEXT_ALONE ",link=ipu"

#define NEXT_RING  (RING + 0x800)
#define PULL_TABLE 0x4000

#define TILE_SYNC (IPU_ZONE_INTERNAL << 20 | IPU_F3_SYNC << 12 | IPU_OPCODE)
#define TILE_EXIT (IPU_F3_EXIT << 12 | IPU_OPCODE)
#define TILE_BACK 0xffdff06fu /* to the instruction before */

/* Two cards of one chain; @options are other devices. */
static void start_pair(struct card cards[2], const char *options)
{
    g_autofree char *devices = g_strdup_printf(",tiles=3" NEXT "%s", options);

    start_machine(&cards[0], "", devices);
    cards[1] = cards[0];
    find_card(&cards[1], QPCI_DEVFN(NEXT_SLOT, 0));
}

static void stop_pair(struct card cards[2])
{
    g_free(cards[1].dev);
    stop(&cards[0]);
}

/* Their contexts share memory, page table and ring, and so the commands. */
static void enable_pair(struct card cards[2])
{
    int i;

    for (i = 0; i < 2; i++) {
        set_ctx(&cards[i], IPU_CTX_LINK_KEY_LO, 0x1234);
        set_ctx(&cards[i], IPU_CTX_LINK_RANK, i);
        set_ctx(&cards[i], IPU_CTX_LINK_COUNT, 2);
        enable(&cards[i]);
    }
}

static void put_fill(struct card *card, uint32_t at, uint32_t value)
{
    struct ipu_cmd_fill fill = {
        .op = IPU_CMD_FILL,
        .tile_count = 2,
        .tile_addr = IPU_SRAM_BASE + at,
        .bytes = 4,
        .value = value,
    };

    put(card, &fill);
}

/* A sync, then @last, on two tiles of each card. */
static void run_pair(struct card cards[2], uint32_t last)
{
    struct ipu_cmd_run run = {
        .op = IPU_CMD_RUN | IPU_CMD_RUN_LINKED,
        .tile_count = 2,
        .entry = IPU_SRAM_BASE,
        .report_va = SOURCE,
    };
    int i;

    for (i = 0; i < 2; i++) {
        put_fill(&cards[i], 0, TILE_SYNC);
        put_fill(&cards[i], 4, last);
        put(&cards[i], &run);
        ring(&cards[i]);
    }
}

static void check_pair_works(struct card cards[2])
{
    enable_pair(cards);
    run_pair(cards, TILE_EXIT);
    wait_ctx(&cards[0], IPU_CTX_HEAD, 3);
    wait_ctx(&cards[1], IPU_CTX_HEAD, 3);
    g_assert_cmpuint(
        qtest_readl(cards[0].qts,
                    SOURCE + offsetof(struct ipu_run_report, supersteps)),
        ==, 2);
    /* The barrier takes longer than that of one card. */
    g_assert_cmpuint(qtest_readl(cards[0].qts, SOURCE), >,
                     IPU_SYNC_CYCLES + 2 * IPU_LINK_HOP_CYCLES);
}

static void disable_pair(struct card cards[2])
{
    int i;

    for (i = 0; i < 2; i++) {
        set_ctx(&cards[i], IPU_CTX_CTRL, 0);
        wait_ctx(&cards[i], IPU_CTX_STATUS, IPU_CTX_DISABLED);
    }
}

static void check_ended(struct card *card, uint32_t reason)
{
    wait_ctx(card, IPU_CTX_STATUS, IPU_CTX_FAULTED);
    g_assert_cmphex(ctx(card, IPU_CTX_FAULT_CAUSE), ==, IPU_FAULT_LINK);
    g_assert_cmphex(ctx(card, IPU_CTX_FAULT_INFO), ==, reason);
    g_assert_cmphex(ctx(card, IPU_CTX_FAULT_ADDR_LO), ==, 0);
}

static void cut_link(struct card *card, int down)
{
    qtest_qmp_assert_success(
        card->qts,
        "{'execute': 'qom-set', 'arguments': {'path': "
        "'/machine/peripheral/next', 'property': 'inject-link-down', "
        "'value': %d}}",
        down);
}

static void test_link(void)
{
    struct card cards[2];
    int i;

    start_pair(cards, "");
    g_assert_cmphex(reg(&cards[0], IPU_REG_LINK_GROUP), !=, 0);
    for (i = 0; i < 2; i++) {
        g_assert_cmphex(reg(&cards[i], IPU_REG_LINK_GROUP), ==,
                        reg(&cards[0], IPU_REG_LINK_GROUP));
        g_assert_cmphex(reg(&cards[i], IPU_REG_LINK_INDEX), ==, i);
        g_assert_cmphex(reg(&cards[i], IPU_REG_LINK_CARDS), ==, 2);
    }
    check_pair_works(cards);
    stop_pair(cards);
}

/* The link goes down in the middle of a run, and comes back. */
static void test_link_down(void)
{
    struct card cards[2];

    start_pair(cards, "");
    enable_pair(cards);
    run_pair(cards, TILE_BACK);
    wait_ctx(&cards[1], IPU_CTX_HEAD, 2);
    cut_link(&cards[0], 1);
    check_ended(&cards[0], IPU_LINK_DOWN);
    check_ended(&cards[1], IPU_LINK_DOWN);
    disable_pair(cards);
    cut_link(&cards[0], 0);
    check_pair_works(cards);
    stop_pair(cards);
}

/* The machine stops and goes on: the cards pause one after the other. */
static void test_link_stop(gconstpointer iommu)
{
    struct card cards[2];
    int i;

    start_pair(cards, iommu);
    enable_pair(cards);
    run_pair(cards, TILE_BACK);
    for (i = 0; i < 20; i++) {
        qtest_qmp_assert_success(cards[0].qts, "{'execute': 'stop'}");
        qtest_qmp_assert_success(cards[0].qts, "{'execute': 'cont'}");
    }
    g_assert_cmphex(ctx(&cards[0], IPU_CTX_STATUS), ==, IPU_CTX_RUNNING);
    g_assert_cmphex(ctx(&cards[1], IPU_CTX_STATUS), ==, IPU_CTX_RUNNING);
    disable_pair(cards);
    check_pair_works(cards);
    stop_pair(cards);
}

/* One card is reset in a run: the other one says whose fault it was. */
static void test_link_reset(void)
{
    struct card cards[2];

    start_pair(cards, "");
    enable_pair(cards);
    run_pair(cards, TILE_BACK);
    wait_ctx(&cards[1], IPU_CTX_HEAD, 2);
    wait_ctx(&cards[0], IPU_CTX_HEAD, 2);
    flr(&cards[0]);
    check_ended(&cards[1], IPU_LINK_PEER);
    disable_pair(cards);
    check_pair_works(cards);
    stop_pair(cards);
}

/* Tiles of each card pull much from the other one, again and again. */
static void exchange_pair(struct card cards[2])
{
    const uint32_t code[] = {
        (IPU_SRAM_BASE + PULL_TABLE) | 5 << 7 | 0x37,   /* lui t0 */
        IPU_CSR_XTAB << 20 | 5 << 15 | 1 << 12 | 0x73,  /* csrw */
        1 << 20 | 5 << 7 | 0x13,                        /* li t0, 1 */
        IPU_CSR_XCNT << 20 | 5 << 15 | 1 << 12 | 0x73,
        TILE_SYNC,
        0xfedff06f,                                     /* to the first one */
    };
    struct ipu_cmd_run run = {
        .op = IPU_CMD_RUN | IPU_CMD_RUN_LINKED,
        .tile_count = 2,
        .entry = IPU_SRAM_BASE,
    };
    uint32_t i, word;

    for (i = 0; i < 2; i++) {
        const uint32_t table[] = {i ? 0 : 2, IPU_SRAM_BASE + PULL_TABLE + 4096,
                                  IPU_SRAM_BASE + 0x50000, 0x40000};

        for (word = 0; word < ARRAY_SIZE(code); word++) {
            put_fill(&cards[i], 4 * word, code[word]);
        }
        for (word = 0; word < ARRAY_SIZE(table); word++) {
            put_fill(&cards[i], PULL_TABLE + 4 * word, table[word]);
        }
        put(&cards[i], &run);
        ring(&cards[i]);
        wait_ctx(&cards[i], IPU_CTX_HEAD,
                 ARRAY_SIZE(code) + ARRAY_SIZE(table));
    }
}

static void set_next(struct card *card, uint32_t offset, uint32_t value)
{
    set_reg(card, IPU_CTX_BASE(1) + offset, value);
}

/* A copy without end, in context 1 with tile 2: it always asks for DMA. */
static void copy_for_ever(struct card *card)
{
    struct ipu_cmd_copy copy = {
        .op = IPU_CMD_COPY_TO_TILES,
        .tile_count = 1,
        .tile_addr = IPU_SRAM_BASE,
        .host_va = SOURCE,
        .row_bytes = 16384,
        .rows = UINT32_MAX,
    };

    set_ctx(card, IPU_CTX_CTRL, 0);
    wait_ctx(card, IPU_CTX_STATUS, IPU_CTX_DISABLED);
    set_ctx(card, IPU_CTX_TILE_COUNT, 2);
    set_ctx(card, IPU_CTX_CTRL, IPU_CTX_CTRL_ENABLE | IPU_CTX_CTRL_PRIV);
    set_next(card, IPU_CTX_TILE_FIRST, 2);
    set_next(card, IPU_CTX_TILE_COUNT, 1);
    set_next(card, IPU_CTX_PT_LO, PT_ROOT);
    set_next(card, IPU_CTX_RING_LO, NEXT_RING);
    set_next(card, IPU_CTX_RING_LOG2, RING_LOG2);
    set_next(card, IPU_CTX_VECTOR, 1);
    set_next(card, IPU_CTX_CTRL, IPU_CTX_CTRL_ENABLE | IPU_CTX_CTRL_PRIV);
    qtest_memwrite(card->qts, NEXT_RING, &copy, sizeof(copy));
    set_reg(card, IPU_DOORBELL(1), 1);
}

/*
 * The only thread of a card that reads the tiles of one that is reset waits
 * for the main loop, which waits for the reset.
 */
static void test_link_reset_iommu(void)
{
    struct card cards[2];
    int i;

    start_machine(&cards[0], IOMMU_DEVICE,
                  ",tiles=2 -device ipu,id=next,addr=7,tiles=3,threads=1,"
                  "link=ipu");
    cards[1] = cards[0];
    find_card(&cards[1], QPCI_DEVFN(NEXT_SLOT, 0));
    for (i = 0; i < 20; i++) {
        enable_pair(cards);
        copy_for_ever(&cards[1]);
        exchange_pair(cards);
        g_usleep(100 * i);
        flr(&cards[0]);
        check_ended(&cards[1], IPU_LINK_PEER);
        set_next(&cards[1], IPU_CTX_CTRL, 0);
        disable_pair(cards);
    }
    check_pair_works(cards);
    stop_pair(cards);
}

/* The place of a card that is unplugged is free at once. */
static void test_link_replug(void)
{
    struct card cards[2], third;
    int i;

    start_pair(cards, PORT);
    third = cards[0];
    g_free(open_port(&third));
    set_ctx(&cards[0], IPU_CTX_WATCHDOG_MS, 0);
    set_ctx(&cards[1], IPU_CTX_WATCHDOG_MS, 0);
    enable_pair(cards);
    run_pair(cards, TILE_BACK);
    for (i = 0; i < 40; i++) {
        qtest_qmp_device_add(third.qts, "ipu", "third",
                             "{'bus': 'port0', 'link': 'next', 'tiles': 64}");
        if (i % 8 == 0) {
            control_slot(&third, PCI_EXP_SLTCTL_PWR_IND_ON);
            third.bus->mmio_alloc_ptr = PORT_MEMORY;
            find_card(&third, PORT_BUS << 8);
            g_assert_cmphex(reg(&third, IPU_REG_LINK_INDEX), ==, 2);
            g_assert_cmphex(reg(&cards[0], IPU_REG_LINK_CARDS), ==, 3);
            enable(&third);
            put_copy(&third, IPU_CMD_COPY_TO_TILES, SOURCE, 64, 4096);
            ring(&third);
            g_free(third.dev);
        }
        unplug(&third, "third");
        g_assert_cmphex(reg(&cards[0], IPU_REG_LINK_CARDS), ==, 2);
    }
    g_assert_cmphex(ctx(&cards[0], IPU_CTX_STATUS), ==, IPU_CTX_RUNNING);
    g_assert_cmphex(ctx(&cards[1], IPU_CTX_STATUS), ==, IPU_CTX_RUNNING);
    disable_pair(cards);
    check_pair_works(cards);
    stop_pair(cards);
}

static void test_link_refused(void)
{
    struct card cards[2];

    start_pair(cards, ROOT_PORT);
    check_error(qtest_qmp(cards[0].qts,
                          "{'execute': 'device_add', 'arguments': {'driver': "
                          "'ipu', 'bus': 'slot1', 'link': 'ipu'}}"),
                "linked to 'ipu' already");
    check_error(qtest_qmp(cards[0].qts,
                          "{'execute': 'device_add', 'arguments': {'driver': "
                          "'ipu', 'bus': 'slot1', 'link': 'slot1'}}"),
                "is no ipu card");
    check_error(qtest_qmp(cards[0].qts,
                          "{'execute': 'device_add', 'arguments': {'driver': "
                          "'ipu', 'bus': 'slot1', 'link': 'none'}}"),
                "is no ipu card");
    check_error(qtest_qmp(cards[0].qts,
                          "{'execute': 'device_add', 'arguments': {'driver': "
                          "'ipu', 'bus': 'slot1', 'id': 'own', 'link': "
                          "'own'}}"),
                "the card's own id");
    check_error(
        qtest_qmp(cards[0].qts,
                  "{'execute': 'qom-set', 'arguments': {'path': "
                  "'/machine/peripheral/ipu', 'property': 'inject-link-down', "
                  "'value': 1}}"),
        "not linked to one before it");
    stop_pair(cards);
}

#endif /* IPU_TEST_LINK_H */
