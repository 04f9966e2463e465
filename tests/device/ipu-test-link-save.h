/* SPDX-License-Identifier: MIT */
/*
 * Linked cards that are migrated and saved in the middle of a run. For
 * ipu-test.c alone, like ipu-test-card.h.
 */
#ifndef IPU_TEST_LINK_SAVE_H
#define IPU_TEST_LINK_SAVE_H

#include "ipu-test-link.h"
#include "ipu-test-migrate.h"

#define PAIR_OPTIONS ",tiles=3" NEXT

#define BARRIERS 0x400

/*
 * Barriers of both cards, and between them a loop: on a busy host threads of
 * two cards may take milliseconds to meet, and then most of the time is that.
 */
static const uint32_t barriers[] = {
    BARRIERS << 20 | 0x293, /* addi t0, zero, BARRIERS */
    TILE_SYNC,
    0x00002337, /* lui t1, 2 */
    0xfff30313, /* addi t1, t1, -1 */
    0xfe031ee3, /* bnez t1, -4 */
    0xfff28293, /* addi t0, t0, -1 */
    0xfe0296e3, /* bnez t0, -20 */
    TILE_EXIT,
};

static void run_barriers(struct card cards[2])
{
    struct ipu_cmd_run run = {
        .op = IPU_CMD_RUN | IPU_CMD_RUN_LINKED,
        .tile_count = 2,
        .entry = IPU_SRAM_BASE,
        .report_va = SOURCE,
    };
    uint32_t word;
    int i;

    qtest_memset(cards[0].qts, SOURCE, 0, sizeof(struct ipu_run_report));
    for (i = 0; i < 2; i++) {
        set_ctx(&cards[i], IPU_CTX_WATCHDOG_MS, 0);
        for (word = 0; word < ARRAY_SIZE(barriers); word++) {
            put_fill(&cards[i], 4 * word, barriers[word]);
        }
        put(&cards[i], &run);
        ring(&cards[i]);
        wait_left(&cards[i], 1);
    }
}

static void end_barriers(struct card cards[2], struct ipu_run_report *report)
{
    gint64 end = g_get_monotonic_time() + SECONDS * G_USEC_PER_SEC;
    int i;

    for (i = 0; i < 2; i++) {
        while (ctx(&cards[i], IPU_CTX_STATUS) == IPU_CTX_RUNNING &&
               g_get_monotonic_time() < end) {
            g_usleep(1000);
        }
        g_assert_cmphex(ctx(&cards[i], IPU_CTX_STATUS), ==, IPU_CTX_IDLE);
    }
    qtest_memread(cards[0].qts, SOURCE, report, sizeof(*report));
    g_assert_cmpuint(report->supersteps, ==, BARRIERS + 1);
}

static void check_pair_runs(struct card cards[2])
{
    int i;

    for (i = 0; i < 2; i++) {
        g_assert_cmphex(ctx(&cards[i], IPU_CTX_STATUS), ==, IPU_CTX_RUNNING);
        g_assert_cmpuint(reg(&cards[i], IPU_REG_TILES_NOW), ==, 2);
    }
}

static bool pair_runs(struct card cards[2])
{
    return reg(&cards[0], IPU_REG_TILES_NOW) == 2 &&
           reg(&cards[1], IPU_REG_TILES_NOW) == 2;
}

/*
 * The run as it is, and then again; stopped in the middle of it. A busy host
 * may come too late, and tries again.
 */
static void stop_in_run(struct card cards[2], const char *options,
                        struct ipu_run_report *alone)
{
    int tries = 20;

    start_pair(cards, options);
    enable_pair(cards);
    run_barriers(cards);
    end_barriers(cards, alone);
    run_barriers(cards);
    monitor(&cards[0], "stop");
    while (!pair_runs(cards) && --tries) {
        monitor(&cards[0], "cont");
        end_barriers(cards, alone);
        run_barriers(cards);
        monitor(&cards[0], "stop");
    }
    check_pair_runs(cards);
}

static void test_link_migration(void)
{
    g_autofree char *file = temporary("link");
    g_autofree char *status = NULL;
    struct ipu_run_report alone, moved;
    struct card cards[2], others[2];

    stop_in_run(cards, "", &alone);
    migrate_to_file(&cards[0], file);
    check_refused_by(&cards[0], ",tiles=3", file);
    status = migrate_from_file(&cards[0], &others[0], "", PAIR_OPTIONS, file);
    g_assert_cmpstr(status, ==, "completed");
    find_again(&others[0]);
    others[1] = others[0];
    others[1].dev = qpci_device_find(others[0].bus, QPCI_DEVFN(NEXT_SLOT, 0));
    others[1].regs = cards[1].regs;
    stop_pair(cards);
    check_pair_runs(others);
    monitor(&others[0], "cont");
    end_barriers(others, &moved);
    g_assert_cmpmem(&alone, sizeof(alone), &moved, sizeof(moved));
    disable_pair(others);
    check_pair_works(others);
    stop_pair(others);
    unlink(file);
}

/* It ends, and once more from the middle on. */
static void test_link_snapshot(void)
{
    g_autofree char *file = temporary("link-disk");
    g_autofree char *disk = g_strdup_printf(
        " -blockdev driver=file,node-name=file0,filename=%s", file);
    struct ipu_run_report alone, report;
    struct card cards[2];
    int i;

    g_assert_true(g_file_set_contents(file, "", 0, NULL));
    stop_in_run(cards, disk, &alone);
    make_disk(cards[0].qts);
    snapshot(cards[0].qts, "snapshot-save");
    for (i = 0; i < 2; i++) {
        monitor(&cards[0], "cont");
        end_barriers(cards, &report);
        g_assert_cmpmem(&alone, sizeof(alone), &report, sizeof(report));
        snapshot(cards[0].qts, "snapshot-load");
        check_pair_runs(cards);
    }
    disable_pair(cards);
    monitor(&cards[0], "cont");
    check_pair_works(cards);
    stop_pair(cards);
    unlink(file);
}

#endif /* IPU_TEST_LINK_SAVE_H */
