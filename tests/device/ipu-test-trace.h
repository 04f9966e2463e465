/* SPDX-License-Identifier: MIT */
/*
 * Which card it is, where two of them work: in trace events, and in the names
 * of threads. For ipu-test.c alone, like ipu-test-card.h.
 */
#ifndef IPU_TEST_TRACE_H
#define IPU_TEST_TRACE_H

#include <dirent.h>

#include "ipu-test-link.h"
#include "ipu-test-states.h"

/* ---- Trace events ---- */

/* Each kind of work that "next" does, the last command being none; and a fault. */
static void do_each(struct card *card)
{
    static const uint32_t bad[16] = {0x77};
    struct ipu_cmd_run run = {
        .op = IPU_CMD_RUN,
        .tile_count = 2,
        .entry = IPU_SRAM_BASE,
        .report_va = SOURCE,
    };

    qpci_msix_enable(card->dev);
    program_vector(card, 1);
    enable(card);
    put_fill(card, 0, TILE_EXIT);
    put(card, &run);
    put_fence(card, 42, IPU_CMD_FENCE_IRQ);
    put(card, bad);
    ring(card);
    wait_ctx(card, IPU_CTX_STATUS, IPU_CTX_FAULTED);
    wait_memory(card, MSI_WORD, MSI_DATA + 1);
    qtest_qmp_assert_success(
        card->qts, "{'execute': 'qom-set', 'arguments': {'path': "
                   "'/machine/peripheral/next', 'property': "
                   "'inject-dma-errors', 'value': 1}}");
}

/* What QEMU does to both. */
static const char *const of_all[] = {"ipu_reset", "ipu_pause"};

static const char *const of_work[] = {
    "ipu_read",     "ipu_write", "ipu_interrupt", "ipu_ctx_state", "ipu_cmd",
    "ipu_run_done", "ipu_fence", "ipu_fault",     "ipu_dma",       "ipu_inject",
    "iputile_insn",
};

/* How many lines an event has with this id; with nothing after it, or more. */
static uint32_t count_lines(char **lines, const char *event, const char *id)
{
    g_autofree char *alone = g_strdup_printf("%s %s", event, id);
    g_autofree char *start = g_strdup_printf("%s: ", alone);
    uint32_t count = 0;

    for (; *lines; lines++) {
        count += g_str_equal(*lines, alone) || g_str_has_prefix(*lines, start);
    }
    return count;
}

/* "ipu" has done nothing, and "next" everything. */
static void check_log(const char *path)
{
    g_autofree char *log = NULL;
    g_auto(GStrv) lines = NULL;
    uint32_t of_both = 0;
    size_t i;

    g_assert_true(g_file_get_contents(path, &log, NULL, NULL));
    lines = g_strsplit(log, "\n", -1);
    for (i = 0; i < ARRAY_SIZE(of_all); i++) {
        of_both += count_lines(lines, of_all[i], "ipu");
        g_assert_cmpuint(count_lines(lines, of_all[i], "ipu"), >, 0);
        of_both += count_lines(lines, of_all[i], "next");
        g_assert_cmpuint(count_lines(lines, of_all[i], "next"), >, 0);
    }
    for (i = 0; i < ARRAY_SIZE(of_work); i++) {
        g_test_message("%s", of_work[i]);
        g_assert_cmpuint(count_lines(lines, of_work[i], "ipu"), ==, 0);
        of_both += count_lines(lines, of_work[i], "next");
        g_assert_cmpuint(count_lines(lines, of_work[i], "next"), >, 0);
    }
    /* There is no line of anything else, but an empty last one. */
    g_assert_cmpuint(of_both + 1, ==, g_strv_length(lines));
}

static void test_trace(void)
{
    g_autofree char *path = NULL, *options = NULL;
    struct card cards[2];
    int log = g_file_open_tmp("ipu-trace-XXXXXX", &path, NULL);

    g_assert_cmpint(log, >=, 0);
    close(log);
    options = g_strdup_printf(
        NEXT_ALONE " -trace 'ipu_*' -trace iputile_insn -D %s", path);
    start_machine(&cards[0], "", options);
    cards[1] = cards[0];
    find_card(&cards[1], QPCI_DEVFN(NEXT_SLOT, 0));
    do_each(&cards[1]);
    monitor(&cards[0], "stop");
    monitor(&cards[0], "cont");
    stop_pair(cards);
    check_log(path);
    unlink(path);
}

/* ---- Names of threads ---- */

/* How many threads of a process have this name. */
static uint32_t count_threads(pid_t pid, const char *name)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/task", (int)pid);
    DIR *folder = opendir(path);
    struct dirent *task;
    uint32_t count = 0;

    g_assert_nonnull(folder);
    while ((task = readdir(folder))) {
        g_autofree char *file =
            g_strdup_printf("%s/%s/comm", path, task->d_name);
        g_autofree char *comm = NULL;

        if (g_file_get_contents(file, &comm, NULL, NULL)) {
            count += g_str_equal(g_strchomp(comm), name);
        }
    }
    closedir(folder);
    return count;
}

/* A thread gives itself its name, a little after it was made. */
static void wait_thread(pid_t pid, const char *name)
{
    gint64 end = g_get_monotonic_time() + SECONDS * G_USEC_PER_SEC;

    while (!count_threads(pid, name) && g_get_monotonic_time() < end) {
        g_usleep(1000);
    }
    g_test_message("%s", name);
    g_assert_cmpuint(count_threads(pid, name), ==, 1);
}

static void test_threads(void)
{
    struct card card;
    pid_t pid;

    start(&card, ",threads=3" NEXT_ALONE ",threads=2");
    pid = qtest_pid(card.qts);
    wait_thread(pid, "ipu/1");
    wait_thread(pid, "ipu/2");
    wait_thread(pid, "ipu/3");
    wait_thread(pid, "next/1");
    wait_thread(pid, "next/2");
    g_assert_cmpuint(count_threads(pid, "ipu/4"), ==, 0);
    g_assert_cmpuint(count_threads(pid, "next/3"), ==, 0);
    stop(&card);
}

#endif /* IPU_TEST_TRACE_H */
