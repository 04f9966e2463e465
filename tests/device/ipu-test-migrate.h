/* SPDX-License-Identifier: MIT */
/*
 * Tests of migration, snapshots and faults on request. For ipu-test.c alone,
 * like ipu-test-card.h.
 */
#ifndef IPU_TEST_MIGRATE_H
#define IPU_TEST_MIGRATE_H

#include <sys/ioctl.h>
#include <sys/un.h>

#include "ipu-test-states.h"

#define LONG_LOOP 0x020002b7u /* lui t0, 0x2000 */

/* ---- A RUN that takes a while ---- */

/* All tiles count down, and interrupt; the report is at TARGET. */
static void begin_count(struct card *card)
{
    const uint32_t program[] = {
        LONG_LOOP,
        0xfff28293, /* addi t0, t0, -1 */
        0xfe029ee3, /* bnez t0, -4 */
        IPU_F3_EXIT << 12 | IPU_OPCODE,
    };
    struct ipu_cmd_run run = {
        .op = IPU_CMD_RUN,
        .tile_count = 2,
        .entry = IPU_SRAM_BASE,
        .report_va = TARGET,
    };

    set_ctx(card, IPU_CTX_WATCHDOG_MS, 0);
    enable(card);
    qtest_memwrite(card->qts, SOURCE, program, sizeof(program));
    qtest_memwrite(card->qts, SOURCE + sizeof(program), program,
                   sizeof(program));
    qtest_memset(card->qts, TARGET, 0, sizeof(struct ipu_run_report));
    put_copy(card, IPU_CMD_COPY_TO_TILES, SOURCE, 2, sizeof(program));
    put(card, &run);
    put_fence(card, 1, IPU_CMD_FENCE_IRQ);
    ring(card);
    wait_left(card, 2);
}

static void end_count(struct card *card, struct ipu_run_report *report)
{
    wait_memory(card, FENCE_WORD, 1);
    wait_memory(card, MSI_WORD, MSI_DATA + 1);
    qtest_memread(card->qts, TARGET, report, sizeof(*report));
    g_assert_cmpuint(report->instructions, >, 4 * 0x2000000ull);
    wait_ctx(card, IPU_CTX_STATUS, IPU_CTX_IDLE);
    set_ctx(card, IPU_CTX_CTRL, 0);
    wait_ctx(card, IPU_CTX_STATUS, IPU_CTX_DISABLED);
    qtest_writel(card->qts, MSI_WORD, 0);
    qtest_writeq(card->qts, FENCE_WORD, 0);
}

/* Stop in the middle of a RUN: a busy host may be late, and tries again. */
static void start_counting(struct card *card, const char *machine,
                           const char *options, struct ipu_run_report *alone)
{
    int tries = 20;

    start_machine(card, machine, options);
    qpci_msix_enable(card->dev);
    program_vector(card, 1);
    begin_count(card);
    end_count(card, alone);
    begin_count(card);
    monitor(card, "stop");
    while (qtest_readl(card->qts, FENCE_WORD) && --tries) {
        monitor(card, "cont");
        end_count(card, alone);
        begin_count(card);
        monitor(card, "stop");
    }
    g_assert_cmphex(ctx(card, IPU_CTX_STATUS), ==, IPU_CTX_RUNNING);
    g_assert_cmphex(qtest_readl(card->qts, FENCE_WORD), ==, 0);
}

static void set_fault(struct card *card, const char *name, uint32_t value)
{
    qtest_qmp_assert_success(
        card->qts,
        "{'execute': 'qom-set', 'arguments': {'path': "
        "'/machine/peripheral/ipu', 'property': %s, 'value': %u}}",
        name, value);
}

static uint32_t get_fault(struct card *card, const char *name)
{
    QDict *answer = qtest_qmp(card->qts,
                              "{'execute': 'qom-get', 'arguments': {'path': "
                              "'/machine/peripheral/ipu', 'property': %s}}",
                              name);
    uint32_t value = qdict_get_int(answer, "return");

    qobject_unref(answer);
    return value;
}

/* ---- Migration ---- */

static char *temporary(const char *what)
{
    return g_strdup_printf("%s/ipu-test-%s-%d", g_get_tmp_dir(), what,
                           getpid());
}

/* Wait until a migration has ended. Return: how, "completed" or "failed" */
static char *migrated(QTestState *qts)
{
    gint64 end = g_get_monotonic_time() + SECONDS * G_USEC_PER_SEC;
    char *status = NULL;
    QDict *answer, *info;

    do {
        g_free(status);
        g_usleep(1000);
        answer = qtest_qmp(qts, "{'execute': 'query-migrate'}");
        info = qdict_get_qdict(answer, "return");
        status = g_strdup(qdict_haskey(info, "status")
                              ? qdict_get_str(info, "status")
                              : "none");
        qobject_unref(answer);
    } while (strcmp(status, "completed") && strcmp(status, "failed") &&
             g_get_monotonic_time() < end);
    return status;
}

static void migrate_to_file(struct card *card, const char *file)
{
    g_autofree char *uri = g_strdup_printf("file:%s", file);
    g_autofree char *status = NULL;

    qtest_qmp_assert_success(
        card->qts, "{'execute': 'migrate', 'arguments': {'uri': %s}}", uri);
    status = migrated(card->qts);
    g_assert_cmpstr(status, ==, "completed");
}

/* Another QEMU takes over. Return: how that ended */
static char *migrate_from_file(struct card *from, struct card *to,
                               const char *machine, const char *options,
                               const char *file)
{
    g_autofree char *uri = g_strdup_printf("file:%s", file);

    *to = *from;
    to->qts =
        qtest_initf(MACHINE "%s -incoming defer -device ipu,id=ipu,addr=%d%s",
                    machine, SLOT, options);
    qtest_qmp_assert_success(to->qts,
                             "{'execute': 'migrate-incoming', 'arguments': "
                             "{'uri': %s, 'exit-on-error': false}}",
                             uri);
    return migrated(to->qts);
}

/* The registers are where the first machine has placed them. */
static void find_again(struct card *card)
{
    card->bus = qpci_new_pc(card->qts, NULL);
    card->dev = qpci_device_find(card->bus, QPCI_DEVFN(SLOT, 0));
    g_assert_nonnull(card->dev);
}

/* In the middle of a RUN: the same report, and the interrupt. */
static void test_migration(gconstpointer machine)
{
    g_autofree char *file = temporary("migration");
    g_autofree char *status = NULL;
    struct ipu_run_report alone, moved;
    struct card card, other;

    start_counting(&card, machine, ",threads=2", &alone);
    migrate_to_file(&card, file);
    status = migrate_from_file(&card, &other, machine, ",threads=1", file);
    g_assert_cmpstr(status, ==, "completed");
    find_again(&other);
    stop(&card);
    g_assert_cmphex(reg(&other, IPU_REG_ID), ==, IPU_ID);
    g_assert_cmphex(ctx(&other, IPU_CTX_STATUS), ==, IPU_CTX_RUNNING);
    g_usleep(A_WHILE_US);
    g_assert_cmphex(qtest_readl(other.qts, FENCE_WORD), ==, 0);
    monitor(&other, "cont");
    end_count(&other, &moved);
    g_assert_cmpmem(&alone, sizeof(alone), &moved, sizeof(moved));
    round_trip(&other, 64);
    stop(&other);
    unlink(file);
}

/* An interrupt that was raised and not sent, and a machine that runs. */
static void test_migration_running(void)
{
    g_autofree char *file = temporary("running");
    g_autofree char *status = NULL;
    struct card card, other;

    start(&card, "");
    qpci_msix_enable(card.dev);
    program_vector(&card, 1);
    write_for_ever(&card);
    check_writes(&card);
    monitor(&card, "stop");
    cause_interrupt(&card);
    migrate_to_file(&card, file);
    status = migrate_from_file(&card, &other, "", "", file);
    g_assert_cmpstr(status, ==, "completed");
    find_again(&other);
    stop(&card);
    monitor(&other, "cont");
    wait_memory(&other, MSI_WORD, MSI_DATA + 1);
    check_writes(&other);
    stop(&other);
    unlink(file);
}

static void check_refused_by(struct card *card, const char *options,
                             const char *file)
{
    g_autofree char *status = NULL;
    struct card other;

    status = migrate_from_file(card, &other, "", options, file);
    g_assert_cmpstr(status, ==, "failed");
    qtest_quit(other.qts);
}

/* Cards that are not the same; a stream that was changed. */
static void test_migration_refused(void)
{
    g_autofree char *file = temporary("refused");
    g_autofree char *text = NULL;
    struct card card;
    gsize size;
    char *at;

    start(&card, "");
    monitor(&card, "stop");
    migrate_to_file(&card, file);
    check_refused_by(&card, ",tiles=63", file);
    check_refused_by(&card, ",vlen=256", file);
    check_refused_by(&card, ",serial=1", file);
    g_assert_true(g_file_get_contents(file, &text, &size, NULL));
    at = memmem(text, size, "PIPUSNAP", 8);
    g_assert_nonnull(at);
    at[8]++;
    g_assert_true(g_file_set_contents(file, text, size, NULL));
    check_refused_by(&card, "", file);
    stop(&card);
    unlink(file);
}

static int connect_to(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    g_assert_cmpuint(strlen(path), <, sizeof(addr.sun_path));
    strcpy(addr.sun_path, path);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
    return fd;
}

/* Until the other side has taken it. */
static void send_all(int fd, const char *data, size_t bytes)
{
    gint64 end = g_get_monotonic_time() + SECONDS * G_USEC_PER_SEC;
    int left = 1;
    ssize_t sent;

    for (; bytes; bytes -= sent, data += sent) {
        sent = send(fd, data, bytes, MSG_NOSIGNAL);
        g_assert_cmpint(sent, >, 0);
    }
    while (left && g_get_monotonic_time() < end) {
        g_usleep(1000);
        g_assert_cmpint(ioctl(fd, TIOCOUTQ, &left), ==, 0);
    }
    g_assert_cmpint(left, ==, 0);
}

/* While a stream pauses in the middle of the card, nobody waits for it. */
static void test_migration_slow(void)
{
    g_autofree char *file = temporary("slow");
    g_autofree char *status = NULL;
    g_autofree char *text = NULL;
    struct ipu_cmd_fill fill = {
        .op = IPU_CMD_FILL,
        .tile_count = 64,
        .tile_addr = IPU_SRAM_BASE,
        .bytes = 128 * 1024,
        .value = 0x600df00d,
    };
    struct card card, other;
    gsize size, half;
    int fd;

    start(&card, "");
    enable(&card);
    put(&card, &fill);
    put_fence(&card, 1, 0);
    ring(&card);
    wait_memory(&card, FENCE_WORD, 1);
    monitor(&card, "stop");
    migrate_to_file(&card, file);
    g_assert_true(g_file_get_contents(file, &text, &size, NULL));
    half = (char *)memmem(text, size, "PIPUSNAP", 8) - text + 4 * 1024 * 1024;
    g_assert_cmpuint(half, <, size);
    unlink(file);

    other = card;
    other.qts = qtest_initf(MACHINE " -incoming unix:%s -device ipu,id=ipu,"
                                    "addr=%d", file, SLOT);
    fd = connect_to(file);
    send_all(fd, text, half);
    g_assert_cmpuint(get_fault(&other, "ecc-corrected"), ==, 0);
    set_fault(&other, "inject-sram-error", 1);
    qtest_system_reset(other.qts);
    g_assert_cmpuint(get_fault(&other, "ecc-corrected"), ==, 0);
    send_all(fd, text + half, size - half);
    close(fd);
    status = migrated(other.qts);
    g_assert_cmpstr(status, ==, "completed");
    stop(&card);
    /* What had come of the function before the reset was reset. */
    other.bus = qpci_new_pc(other.qts, NULL);
    find_card(&other, QPCI_DEVFN(SLOT, 0));
    monitor(&other, "cont");
    put_copy(&other, IPU_CMD_COPY_FROM_TILES, TARGET, 1, 64);
    put_fence(&other, 2, 0);
    ring(&other);
    wait_memory(&other, FENCE_WORD, 2);
    g_assert_cmphex(qtest_readl(other.qts, TARGET + 60), ==, 0x600df00d);
    stop(&other);
    unlink(file);
}

/* ---- Snapshots ---- */

static void wait_job(QTestState *qts, const char *id)
{
    gint64 end = g_get_monotonic_time() + SECONDS * G_USEC_PER_SEC;
    bool concluded = false;
    QListEntry *entry;
    QDict *answer, *job;

    while (!concluded && g_get_monotonic_time() < end) {
        g_usleep(1000);
        answer = qtest_qmp(qts, "{'execute': 'query-jobs'}");
        QLIST_FOREACH_ENTRY(qdict_get_qlist(answer, "return"), entry)
        {
            job = qobject_to(QDict, qlist_entry_obj(entry));
            if (strcmp(qdict_get_str(job, "id"), id) ||
                strcmp(qdict_get_str(job, "status"), "concluded")) {
                continue;
            }
            concluded = true;
            if (qdict_haskey(job, "error")) {
                g_test_message("%s: %s", id, qdict_get_str(job, "error"));
            }
            g_assert_false(qdict_haskey(job, "error"));
        }
        qobject_unref(answer);
    }
    g_assert_true(concluded);
    qtest_qmp_assert_success(
        qts, "{'execute': 'job-dismiss', 'arguments': {'id': %s}}", id);
}

static void make_disk(QTestState *qts)
{
    qtest_qmp_assert_success(
        qts,
        "{'execute': 'blockdev-create', 'arguments': {'job-id': 'make', "
        "'options': {'driver': 'qcow2', 'file': 'file0', 'size': 1048576}}}");
    wait_job(qts, "make");
    qtest_qmp_assert_success(
        qts, "{'execute': 'blockdev-add', 'arguments': {'driver': 'qcow2', "
             "'node-name': 'disk', 'file': 'file0'}}");
}

static void snapshot(QTestState *qts, const char *command)
{
    qtest_qmp_assert_success(
        qts,
        "{'execute': %s, 'arguments': {'job-id': 'snap', "
        "'tag': 'middle', 'vmstate': 'disk', 'devices': ['disk']}}",
        command);
    wait_job(qts, "snap");
}

/* In the middle of a RUN, which then ends twice, each time in the same way. */
static void test_snapshot(void)
{
    g_autofree char *file = temporary("disk");
    g_autofree char *machine = g_strdup_printf(
        " -blockdev driver=file,node-name=file0,filename=%s", file);
    struct ipu_run_report alone, first, second;
    struct card card;

    g_assert_true(g_file_set_contents(file, "", 0, NULL));
    start_counting(&card, machine, "", &alone);
    make_disk(card.qts);
    snapshot(card.qts, "snapshot-save");
    monitor(&card, "cont");
    end_count(&card, &first);
    round_trip(&card, 64);
    snapshot(card.qts, "snapshot-load");
    g_assert_cmphex(ctx(&card, IPU_CTX_STATUS), ==, IPU_CTX_RUNNING);
    g_assert_cmphex(qtest_readl(card.qts, FENCE_WORD), ==, 0);
    monitor(&card, "cont");
    end_count(&card, &second);
    g_assert_cmpmem(&alone, sizeof(alone), &first, sizeof(first));
    g_assert_cmpmem(&alone, sizeof(alone), &second, sizeof(second));
    stop(&card);
    unlink(file);
}

/* ---- Faults on request ---- */

static void refuse_fault(struct card *card, const char *name, uint32_t value,
                         const char *word)
{
    check_error(
        qtest_qmp(card->qts,
                  "{'execute': 'qom-set', 'arguments': {'path': "
                  "'/machine/peripheral/ipu', 'property': %s, 'value': %u}}",
                  name, value),
        word);
}

/* By -device, and while the machine runs. */
static void test_faults(void)
{
    struct card card;

    start(&card, ",inject-dma-errors=1,inject-lost-interrupts=1");
    qpci_msix_enable(card.dev);
    program_vector(&card, 1);
    g_assert_cmpuint(get_fault(&card, "inject-dma-errors"), ==, 1);
    enable(&card);
    put_fence(&card, 1, IPU_CMD_FENCE_IRQ);
    ring(&card);
    wait_ctx(&card, IPU_CTX_STATUS, IPU_CTX_FAULTED);
    g_assert_cmphex(ctx(&card, IPU_CTX_FAULT_CAUSE), ==, IPU_FAULT_DMA_BUS);
    g_assert_cmpuint(get_fault(&card, "inject-dma-errors"), ==, 0);
    g_usleep(A_WHILE_US);
    g_assert_cmphex(qtest_readl(card.qts, MSI_WORD), ==, 0);
    g_assert_cmpuint(get_fault(&card, "inject-lost-interrupts"), ==, 0);
    set_ctx(&card, IPU_CTX_CTRL, 0);
    wait_ctx(&card, IPU_CTX_STATUS, IPU_CTX_DISABLED);
    enable(&card);
    put_fence(&card, 1, IPU_CMD_FENCE_IRQ);
    ring(&card);
    wait_memory(&card, MSI_WORD, MSI_DATA + 1);

    set_fault(&card, "inject-dead-registers", 1);
    g_assert_cmphex(reg(&card, IPU_REG_ID), ==, 0xffffffff);
    set_ctx(&card, IPU_CTX_CTRL, 0);
    set_fault(&card, "inject-dead-registers", 0);
    g_assert_cmphex(ctx(&card, IPU_CTX_STATUS), ==, IPU_CTX_IDLE);

    set_fault(&card, "inject-tile", 5);
    set_fault(&card, "inject-address", IPU_SRAM_BASE + 8);
    set_fault(&card, "inject-sram-error", 1);
    g_assert_cmpuint(get_fault(&card, "ecc-corrected"), ==, 1);
    set_fault(&card, "inject-sram-error", 2);
    g_assert_cmpuint(get_fault(&card, "ecc-fatal"), ==, 1);
    g_assert_cmpuint(reg(&card, IPU_REG_ECC_FATAL), ==, 1);
    put_copy(&card, IPU_CMD_COPY_FROM_TILES, TARGET, 64, 64);
    ring(&card);
    wait_ctx(&card, IPU_CTX_STATUS, IPU_CTX_FAULTED);
    g_assert_cmphex(ctx(&card, IPU_CTX_FAULT_CAUSE), ==, IPU_FAULT_SRAM);
    g_assert_cmpuint(ctx(&card, IPU_CTX_FAULT_TILE), ==, 5);
    g_assert_cmphex(ctx(&card, IPU_CTX_FAULT_ADDR_LO), ==, IPU_SRAM_BASE + 8);
    set_ctx(&card, IPU_CTX_CTRL, 0);
    wait_ctx(&card, IPU_CTX_STATUS, IPU_CTX_DISABLED);
    round_trip(&card, 64);

    refuse_fault(&card, "inject-dead-registers", 2, "from 0 to 1");
    refuse_fault(&card, "inject-sram-error", 3, "from 1 to 2");
    refuse_fault(&card, "inject-slow-tile", 0, "from 1 to 1000");
    refuse_fault(&card, "ecc-fatal", 0, "ecc-fatal");
    set_fault(&card, "inject-tile", 64);
    refuse_fault(&card, "inject-slow-tile", 2, "64 tiles");
    refuse_fault(&card, "inject-sram-error", 2, "tiles 0 to 63");
    stop(&card);
}

#endif /* IPU_TEST_MIGRATE_H */
