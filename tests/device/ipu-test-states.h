/* SPDX-License-Identifier: MIT */
/*
 * Tests of what QEMU does with the card: stop and continue, D3hot, errors that
 * the monitor injects, unplug in the middle of work, what it refuses. For
 * ipu-test.c alone, like ipu-test-card.h.
 */
#ifndef IPU_TEST_STATES_H
#define IPU_TEST_STATES_H

#include "ipu-test-card.h"

/* Longer than anything takes that is not paused. */
#define A_WHILE_US 50000

/* The window of the root port, and its bus. */
#define PORT                                                     \
    " -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off" \
    " -device pcie-root-port,id=port0,chassis=1,slot=1,addr=5"
#define PORT_MEMORY 0xe8000000u
#define PORT_BUS    1

static void monitor(struct card *card, const char *command)
{
    QDict *request = qdict_new();

    qdict_put_str(request, "execute", command);
    qtest_qmp_assert_success(card->qts, "%p", request);
}

/* An error that QEMU gives has to say @word. */
static void check_error(QDict *response, const char *word)
{
    const char *description;

    g_assert_true(qdict_haskey(response, "error"));
    description = qdict_get_str(qdict_get_qdict(response, "error"), "desc");
    g_test_message("%s", description);
    g_assert_nonnull(strstr(description, word));
    qobject_unref(response);
}

/* ---- Work that shows whether it is being done ---- */

/* The card writes TARGET again and again, for ever. */
static void write_for_ever(struct card *card)
{
    struct ipu_cmd_fill fill = {
        .op = IPU_CMD_FILL,
        .tile_count = 1,
        .tile_addr = IPU_SRAM_BASE,
        .bytes = 64,
        .value = 0x5a5a5a5a,
    };
    struct ipu_cmd_copy copy = {
        .op = IPU_CMD_COPY_FROM_TILES,
        .tile_count = 1,
        .tile_addr = IPU_SRAM_BASE,
        .host_va = TARGET,
        .row_bytes = 64,
        .rows = UINT32_MAX,
    };

    enable(card);
    put(card, &fill);
    put(card, &copy);
    ring(card);
}

static void clear_target(struct card *card)
{
    qtest_writel(card->qts, TARGET, 0);
}

static void check_writes(struct card *card)
{
    clear_target(card);
    wait_memory(card, TARGET, 0x5a5a5a5a);
}

static void check_silence(struct card *card)
{
    clear_target(card);
    g_usleep(A_WHILE_US);
    g_assert_cmphex(qtest_readl(card->qts, TARGET), ==, 0);
}

/* A context whose configuration is wrong interrupts at once, on vector 1. */
static void cause_interrupt(struct card *card)
{
    uint32_t base = IPU_CTX_BASE(1);

    set_reg(card, base + IPU_CTX_VECTOR, 1);
    set_reg(card, base + IPU_CTX_CTRL, IPU_CTX_CTRL_ENABLE);
    g_assert_cmphex(reg(card, base + IPU_CTX_STATUS), ==, IPU_CTX_FAULTED);
}

/* ---- Stop and continue ---- */

static void test_stop(gconstpointer machine)
{
    struct card card;
    int i;

    start_machine(&card, machine, "");
    qpci_msix_enable(card.dev);
    program_vector(&card, 1);
    write_for_ever(&card);
    for (i = 0; i < 5; i++) {
        check_writes(&card);
        monitor(&card, "stop");
        check_silence(&card);
        cause_interrupt(&card);
        g_usleep(A_WHILE_US);
        g_assert_cmphex(qtest_readl(card.qts, MSI_WORD), ==, 0);
        monitor(&card, "cont");
        wait_memory(&card, MSI_WORD, MSI_DATA + 1);
        qtest_writel(card.qts, MSI_WORD, 0);
        set_reg(&card, IPU_CTX_BASE(1) + IPU_CTX_CTRL, 0);
    }
    /* As fast as the monitor can. */
    for (i = 0; i < 30; i++) {
        monitor(&card, "stop");
        monitor(&card, "cont");
    }
    check_writes(&card);
    stop(&card);
}

/* The clock of the watchdog stands still. */
static void test_stop_watchdog(void)
{
    const uint32_t limit_ms = 500;
    struct card card;

    start(&card, "");
    set_ctx(&card, IPU_CTX_WATCHDOG_MS, limit_ms);
    run_for_ever(&card);
    monitor(&card, "stop");
    g_usleep(2 * limit_ms * 1000);
    monitor(&card, "cont");
    g_usleep(A_WHILE_US);
    g_assert_cmphex(ctx(&card, IPU_CTX_STATUS), ==, IPU_CTX_RUNNING);
    wait_ctx(&card, IPU_CTX_STATUS, IPU_CTX_FAULTED);
    g_assert_cmphex(ctx(&card, IPU_CTX_FAULT_CAUSE), ==, IPU_FAULT_WATCHDOG);
    stop(&card);
}

/* A tile counts down, while the machine is stopped @stops times. */
static void count_down(struct card *card, int stops,
                       struct ipu_run_report *report)
{
    const uint32_t program[] = {
        0x010002b7, /* lui t0, 0x1000 */
        0xfff28293, /* addi t0, t0, -1 */
        0xfe029ee3, /* bnez t0, -4 */
        IPU_F3_EXIT << 12 | IPU_OPCODE,
    };
    struct ipu_cmd_run run = {
        .op = IPU_CMD_RUN,
        .tile_count = 1,
        .entry = IPU_SRAM_BASE,
        .report_va = TARGET,
    };

    enable(card);
    qtest_memwrite(card->qts, SOURCE, program, sizeof(program));
    qtest_memset(card->qts, TARGET, 0, sizeof(*report));
    put_copy(card, IPU_CMD_COPY_TO_TILES, SOURCE, 1, sizeof(program));
    put(card, &run);
    put_fence(card, 1, 0);
    ring(card);
    while (stops--) {
        monitor(card, "stop");
        monitor(card, "cont");
    }
    wait_memory(card, FENCE_WORD, 1);
    qtest_memread(card->qts, TARGET, report, sizeof(*report));
    set_ctx(card, IPU_CTX_CTRL, 0);
    wait_ctx(card, IPU_CTX_STATUS, IPU_CTX_DISABLED);
}

static void test_stop_result(void)
{
    struct ipu_run_report alone, stopped;
    struct card card;

    start(&card, "");
    count_down(&card, 0, &alone);
    count_down(&card, 50, &stopped);
    g_assert_cmpuint(alone.instructions, >, 2 * 0x1000000);
    g_assert_cmpmem(&alone, sizeof(alone), &stopped, sizeof(stopped));
    stop(&card);
}

/* A stopped machine's card can be reset, and a card can be plugged into it. */
static void test_stop_reset(void)
{
    struct card card;

    start_machine(&card, ROOT_PORT, "");
    run_for_ever(&card);
    monitor(&card, "stop");
    qtest_qmp_device_add(card.qts, "ipu", "new", "{'bus': 'slot1'}");
    flr(&card);
    check_reset_values(&card, 64);
    enable(&card);
    put_fence(&card, 7, 0);
    ring(&card);
    g_usleep(A_WHILE_US);
    g_assert_cmphex(qtest_readl(card.qts, FENCE_WORD), ==, 0);
    monitor(&card, "cont");
    wait_memory(&card, FENCE_WORD, 7);
    stop(&card);
}

/* ---- D3hot ---- */

static void set_power(struct card *card, uint16_t state)
{
    uint8_t cap = qpci_find_capability(card->dev, PCI_CAP_ID_PM, 0);

    qpci_config_writew(card->dev, cap + PCI_PM_CTRL, state);
    g_assert_cmphex(qpci_config_readw(card->dev, cap + PCI_PM_CTRL) &
                        PCI_PM_CTRL_STATE_MASK,
                    ==, state);
}

static void test_d3hot(gconstpointer machine)
{
    struct card card;

    start_machine(&card, machine, "");
    write_for_ever(&card);
    check_writes(&card);
    set_power(&card, 3);
    check_silence(&card);
    g_assert_cmphex(reg(&card, IPU_REG_ID), !=, IPU_ID);
    set_power(&card, 0);
    check_writes(&card);

    /* Both reasons to pause have to be gone. */
    set_power(&card, 3);
    monitor(&card, "stop");
    monitor(&card, "cont");
    check_silence(&card);
    monitor(&card, "stop");
    set_power(&card, 0);
    check_silence(&card);
    monitor(&card, "cont");
    check_writes(&card);

    /* Resets bring the function back to D0. */
    set_power(&card, 3);
    flr(&card);
    set_power(&card, 0);
    round_trip(&card, 64);
    set_power(&card, 3);
    qtest_system_reset(card.qts);
    find_card(&card, QPCI_DEVFN(SLOT, 0));
    round_trip(&card, 64);
    stop(&card);
}

/* What is rung before the function sleeps is done once it wakes. */
static void test_d3hot_interrupt(void)
{
    struct card card;

    start(&card, "");
    qpci_msix_enable(card.dev);
    program_vector(&card, 1);
    monitor(&card, "stop");
    enable(&card);
    put_fence(&card, 1, IPU_CMD_FENCE_IRQ);
    ring(&card);
    set_power(&card, 3);
    monitor(&card, "cont");
    g_usleep(A_WHILE_US);
    g_assert_cmphex(qtest_readl(card.qts, FENCE_WORD), ==, 0);
    g_assert_cmphex(qtest_readl(card.qts, MSI_WORD), ==, 0);
    set_power(&card, 0);
    wait_memory(&card, MSI_WORD, MSI_DATA + 1);
    g_assert_cmphex(qtest_readl(card.qts, FENCE_WORD), ==, 1);
    stop(&card);
}

/* ---- A root port: errors, unplug, two cards ---- */

/* Behind the root port, with a bus and memory of its own. */
static QPCIDevice *open_port(struct card *card)
{
    QPCIDevice *port = qpci_device_find(card->bus, QPCI_DEVFN(PORT_SLOT, 0));

    g_assert_nonnull(port);
    qpci_config_writel(port, PCI_PRIMARY_BUS, PORT_BUS << 16 | PORT_BUS << 8);
    qpci_config_writel(port, PCI_MEMORY_BASE,
                       PORT_MEMORY >> 16 | (PORT_MEMORY + 0xf00000));
    qpci_config_writew(port, PCI_BRIDGE_CONTROL, PCI_BRIDGE_CTL_SERR);
    qpci_device_enable(port);
    card->bus->mmio_alloc_ptr = PORT_MEMORY;
    open_ecam(card);
    return port;
}

/* Errors are reported: by the function, and what the root port has to do. */
static void enable_errors(QPCIDevice *dev)
{
    uint8_t cap = qpci_find_capability(dev, PCI_CAP_ID_EXP, 0);
    const uint16_t all = PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE |
                         PCI_EXP_DEVCTL_FERE | PCI_EXP_DEVCTL_URRE;

    qpci_config_writew(dev, cap + PCI_EXP_DEVCTL, all);
    g_assert_cmphex(qpci_config_readw(dev, cap + PCI_EXP_DEVCTL) & all, ==,
                    all);
}

static void inject(struct card *card, const char *error)
{
    g_autofree char *answer =
        qtest_hmp(card->qts, "pcie_aer_inject_error new %s", error);

    g_test_message("%s", answer);
    g_assert_true(g_str_has_prefix(answer, "OK"));
}

static uint16_t device_status(struct card *card)
{
    uint8_t cap = qpci_find_capability(card->dev, PCI_CAP_ID_EXP, 0);

    return qpci_config_readw(card->dev, cap + PCI_EXP_DEVSTA);
}

/*
 * An error is in the card's status registers, its header in the log, and the
 * root port has the message. What was written 1 is cleared, and so are the log
 * and the first error's pointer. FLR keeps the status, which is sticky, and
 * resets the enables.
 */
static void test_errors(void)
{
    struct card card;
    QPCIDevice *port;
    uint64_t aer, root;
    uint8_t cap;

    start_machine(&card, PORT, " -device ipu,id=new,bus=port0");
    port = open_port(&card);
    g_free(card.dev);
    find_card(&card, PORT_BUS << 8);
    enable_errors(port);
    enable_errors(card.dev);
    aer = config_at(card.dev, find_extended(card.dev, PCI_EXT_CAP_ID_ERR));
    root = config_at(port, find_extended(port, PCI_EXT_CAP_ID_ERR));

    inject(&card, "RCVR");
    g_assert_cmphex(qtest_readl(card.qts, aer + PCI_ERR_COR_STATUS), ==,
                    PCI_ERR_COR_RCVR);
    g_assert_cmphex(device_status(&card) & PCI_EXP_DEVSTA_CED, !=, 0);
    g_assert_cmphex(qtest_readl(card.qts, root + PCI_ERR_ROOT_STATUS) &
                        PCI_ERR_ROOT_COR_RCV,
                    !=, 0);
    g_assert_cmphex(qtest_readw(card.qts, root + PCI_ERR_ROOT_ERR_SRC), ==,
                    PORT_BUS << 8);

    inject(&card, "POISON_TLP 0x11223344 0x55667788 0x99aabbcc 0xddeeff00");
    g_assert_cmphex(qtest_readl(card.qts, aer + PCI_ERR_UNCOR_STATUS), ==,
                    PCI_ERR_UNC_POISON_TLP);
    g_assert_cmphex(qtest_readl(card.qts, aer + PCI_ERR_HEADER_LOG), ==,
                    0x44332211);
    g_assert_cmphex(device_status(&card) & PCI_EXP_DEVSTA_NFED, !=, 0);
    g_assert_cmphex(qtest_readl(card.qts, root + PCI_ERR_ROOT_STATUS) &
                        (PCI_ERR_ROOT_UNCOR_RCV | PCI_ERR_ROOT_NONFATAL_RCV),
                    ==, PCI_ERR_ROOT_UNCOR_RCV | PCI_ERR_ROOT_NONFATAL_RCV);

    cap = qpci_find_capability(card.dev, PCI_CAP_ID_EXP, 0);
    flr(&card);
    g_assert_cmphex(qpci_config_readw(card.dev, cap + PCI_EXP_DEVCTL) & 0xf, ==,
                    0);
    g_assert_cmphex(qtest_readl(card.qts, aer + PCI_ERR_UNCOR_STATUS), ==,
                    PCI_ERR_UNC_POISON_TLP);
    qtest_writel(card.qts, aer + PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_POISON_TLP);
    g_assert_cmphex(qtest_readl(card.qts, aer + PCI_ERR_UNCOR_STATUS), ==, 0);
    g_assert_cmphex(qtest_readl(card.qts, aer + PCI_ERR_HEADER_LOG), ==, 0);
    g_free(port);
    stop(&card);
}

/* Of the root port. */
static void control_slot(struct card *card, uint16_t value)
{
    QPCIDevice *port = qpci_device_find(card->bus, QPCI_DEVFN(PORT_SLOT, 0));
    uint8_t cap = qpci_find_capability(port, PCI_CAP_ID_EXP, 0);

    qpci_config_writew(port, cap + PCI_EXP_SLTCTL, value);
    g_free(port);
}

/* From the slot of the root port, which is switched off, if it is not yet. */
static void unplug(struct card *card, const char *id)
{
    qtest_qmp_device_del_send(card->qts, id);
    control_slot(card, PCI_EXP_SLTCTL_PCC | PCI_EXP_SLTCTL_PWR_IND_OFF);
    qtest_qmp_eventwait(card->qts, "DEVICE_DELETED");
}

/* One of two cards is unplugged in its work; the other one does its own. */
static void test_unplug(gconstpointer paused)
{
    struct card card, other;

    start_machine(&card, PORT, " -device ipu,id=new,bus=port0,tiles=1472");
    g_free(open_port(&card));
    other = card;
    find_card(&other, PORT_BUS << 8);
    write_for_ever(&other);
    check_writes(&other);
    set_reg(&card, IPU_CTX_BASE(0) + IPU_CTX_WATCHDOG_MS, 0);
    run_for_ever(&card);
    check_writes(&other);

    if (paused) {
        monitor(&card, "stop");
    }
    unplug(&card, "new");
    check_silence(&card);
    if (paused) {
        monitor(&card, "cont");
    }
    g_assert_cmphex(ctx(&card, IPU_CTX_STATUS), ==, IPU_CTX_RUNNING);
    set_ctx(&card, IPU_CTX_CTRL, 0);
    wait_ctx(&card, IPU_CTX_STATUS, IPU_CTX_DISABLED);
    round_trip(&card, 64);
    g_free(other.dev);
    stop(&card);
}

/*
 * A message that switches the card's own slot off, while others are to be sent.
 * The one before it rings another card, which takes its time: so all are due.
 */
static void test_unplug_by_message(void)
{
    const uint32_t off = PCI_EXP_SLTCTL_PCC | PCI_EXP_SLTCTL_PWR_IND_OFF;
    struct card card, other;
    QPCIDevice *port;
    uint32_t i, base;
    uint8_t cap;

    start_machine(&card, PORT, ",x-settle-us=300000"
                  " -device ipu,id=new,bus=port0,threads=1");
    port = open_port(&card);
    other = card;
    find_card(&other, PORT_BUS << 8);
    set_ctx(&card, IPU_CTX_WATCHDOG_MS, 0);
    run_for_ever(&card);
    qpci_msix_enable(other.dev);
    cap = qpci_find_capability(port, PCI_CAP_ID_EXP, 0);
    aim_vector(&other, 0, card.regs.addr + IPU_DOORBELL(0), card.written);
    aim_vector(&other, 1, config_at(port, cap + PCI_EXP_SLTCTL), off);
    aim_vector(&other, 2, MSI_WORD, MSI_DATA);
    qtest_writel(card.qts, MSI_WORD, 0);
    monitor(&card, "stop");
    for (i = 0; i < 3; i++) {
        base = IPU_CTX_BASE(i);
        set_reg(&other, base + IPU_CTX_VECTOR, i);
        set_reg(&other, base + IPU_CTX_CTRL, IPU_CTX_CTRL_ENABLE);
        g_assert_cmphex(reg(&other, base + IPU_CTX_STATUS), ==,
                        IPU_CTX_FAULTED);
    }
    monitor(&card, "cont");
    qtest_qmp_eventwait(card.qts, "DEVICE_DELETED");
    g_assert_cmphex(qtest_readl(card.qts, MSI_WORD), ==, 0);
    g_assert_cmphex(ctx(&card, IPU_CTX_STATUS), ==, IPU_CTX_RUNNING);
    g_free(port);
    g_free(other.dev);
    stop(&card);
}

/* ---- What QEMU refuses ---- */

/* Record and replay need that nothing happens beside the processors. */
static void test_no_replay(void)
{
    g_autofree char *file =
        g_strdup_printf("%s/ipu-test-%d", g_get_tmp_dir(), getpid());
    QTestState *qts =
        qtest_initf(MACHINE ROOT_PORT " -accel tcg"
                                      " -icount shift=auto,rr=record,rrfile=%s",
                    file);

    check_error(qtest_qmp(qts, "{'execute': 'device_add', 'arguments': "
                               "{'driver': 'ipu', 'bus': 'slot1'}}"),
                "recorded");
    qtest_quit(qts);
    unlink(file);
}

/* The property that QEMU gives all its devices says what is so. */
static void test_bounce_buffers(void)
{
    struct card card;
    QDict *response;

    start_machine(&card, ROOT_PORT, "");
    response = qtest_qmp(card.qts, "{'execute': 'qom-get', 'arguments': {"
                                   "'path': '/machine/peripheral/ipu', "
                                   "'property': 'x-max-bounce-buffer-size'}}");
    g_assert_cmpint(qdict_get_int(response, "return"), ==, 0);
    qobject_unref(response);
    check_error(
        qtest_qmp(card.qts,
                  "{'execute': 'device_add', 'arguments': {'driver': 'ipu', "
                  "'bus': 'slot1', 'x-max-bounce-buffer-size': 4096}}"),
        "must be 0");
    stop(&card);
}

/* Once the write of the doorbell is over, so is what it was for. */
static void test_settle(gconstpointer machine)
{
    struct card card;

    start_machine(&card, machine, ",x-settle-us=10000000");
    enable(&card);
    put_copy(&card, IPU_CMD_COPY_TO_TILES, SOURCE, 64, 4096);
    put_fence(&card, 7, 0);
    ring(&card);
    g_assert_cmphex(qtest_readl(card.qts, FENCE_WORD), ==, 7);
    g_assert_cmphex(ctx(&card, IPU_CTX_STATUS), ==, IPU_CTX_IDLE);
    stop(&card);

    /* But no longer than that. */
    start_machine(&card, machine, ",x-settle-us=1000");
    run_for_ever(&card);
    stop(&card);
}

#endif /* IPU_TEST_STATES_H */
