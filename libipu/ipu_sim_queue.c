// SPDX-License-Identifier: MIT
/* User queues of a simulated card: those of its model, made and waited for as a driver does it. */
#include <errno.h>

#include "ipu_sim.h"

static uint32_t bit_of(const struct ipu_doorbell *bell)
{
	return 1u << (bell->id - 1);
}

static uint32_t reg_of(const struct ipu_doorbell *bell, uint32_t reg)
{
	return IPU_CTX_UQ(bell->id - 1) + reg;
}

static uint32_t log2_of(uint32_t count)
{
	return 31 - (uint32_t)__builtin_clz(count);
}

/* A context that has faulted is restarted in a moment: then it can be enabled. */
static int start(struct ipu_sim *sim, uint32_t index, uint64_t va, uint32_t count,
		 const struct ipu_doorbell *bell)
{
	sim_reg_write64(sim, index, reg_of(bell, IPU_UQ_RING_LO), va);
	sim_reg_write(sim, index, reg_of(bell, IPU_UQ_RING_LOG2), log2_of(count));
	sim_reg_write(sim, index, reg_of(bell, IPU_UQ_CTRL), IPU_UQ_ENABLE);
	if (sim_reg_read(sim, index, reg_of(bell, IPU_UQ_CTRL)) != IPU_UQ_ENABLE)
		return -EBUSY;
	return 0;
}

int sim_userq_create(struct ipu_device *dev, uint32_t id, uint64_t va, uint32_t count,
		     struct ipu_doorbell *bell)
{
	struct ipu_sim *sim = sim_of(dev);
	struct sim_context *ctx = &sim->contexts[id - 1];
	int err;

	bell->page = NULL;
	bell->id = 1;
	pthread_mutex_lock(&sim->lock);
	while (bell->id <= IPU_USER_QUEUES && ctx->queues & bit_of(bell))
		bell->id++;
	if (ctx->dead)
		err = -EIO;
	else if (bell->id > IPU_USER_QUEUES)
		err = -EDQUOT;
	else
		err = start(sim, id - 1, va, count, bell);
	if (!err) {
		ctx->queues |= bit_of(bell);
		ctx->queues_lost &= ~bit_of(bell);
		ctx->armed[bell->id - 1] = UINT64_MAX;
	}
	pthread_mutex_unlock(&sim->lock);
	return err;
}

/* One that is executing a command ends with it; meanwhile the card can do without the lock. */
void sim_userq_destroy(struct ipu_device *dev, uint32_t id, struct ipu_doorbell *bell)
{
	struct ipu_sim *sim = sim_of(dev);
	struct sim_context *ctx = &sim->contexts[id - 1];
	bool busy = true;

	while (busy) {
		pthread_mutex_lock(&sim->lock);
		sim_reg_write(sim, id - 1, reg_of(bell, IPU_UQ_CTRL), 0);
		busy = !(ctx->queues_lost & bit_of(bell)) &&
		       sim_reg_read(sim, id - 1, reg_of(bell, IPU_UQ_STATUS)) & IPU_UQ_BUSY;
		if (!busy)
			ctx->queues &= ~bit_of(bell);
		pthread_cond_broadcast(&sim->changed);
		pthread_mutex_unlock(&sim->lock);
		if (busy)
			sim_pause();
	}
}

void sim_userq_ring(struct ipu_device *dev, uint32_t id, const struct ipu_doorbell *bell,
		    uint32_t written)
{
	uint32_t page = (id - 1) * IPU_USER_QUEUES + bell->id - 1;

	ipu_card_write(sim_of(dev)->card, IPU_UQ_DOORBELL(page), written, 4);
}

/* A value that only grows is read at the second try, as is done with the lock held. */
static uint64_t read_value(struct ipu_sim *sim, uint32_t index, const struct ipu_doorbell *bell)
{
	uint32_t high, low, again = sim_reg_read(sim, index, reg_of(bell, IPU_UQ_VALUE_HI));
	int tries = 2;

	do {
		high = again;
		low = sim_reg_read(sim, index, reg_of(bell, IPU_UQ_VALUE_LO));
		again = sim_reg_read(sim, index, reg_of(bell, IPU_UQ_VALUE_HI));
	} while (again != high && --tries);
	return (uint64_t)high << 32 | low;
}

/*
 * 0 when the value is reached, -ETIME when it is not and the card is going to tell. A queue that is
 * lost keeps its last value.
 */
static int arm(struct ipu_sim *sim, uint32_t index, const struct ipu_doorbell *bell, uint64_t value)
{
	struct sim_context *ctx = &sim->contexts[index];
	const bool lost = ctx->dead || ctx->queues_lost & bit_of(bell);
	uint64_t *armed = &ctx->armed[bell->id - 1];

	if (!(ctx->queues & bit_of(bell)))
		return -ENOENT;
	if (read_value(sim, index, bell) >= value && !(lost && value == UINT64_MAX))
		return 0;
	if (lost)
		return -EIO;
	/* All who wait for the queue look when the card tells of the lowest. */
	if (value < *armed || *armed == UINT64_MAX) {
		*armed = value;
		sim_reg_write64(sim, index, reg_of(bell, IPU_UQ_ARM_LO), value);
	}
	return -ETIME;
}

int sim_userq_wait(struct ipu_device *dev, uint32_t id, const struct ipu_doorbell *bell,
		   uint64_t value, int64_t deadline_ns)
{
	struct ipu_sim *sim = sim_of(dev);
	struct timespec deadline = {
		.tv_sec = deadline_ns / 1000000000,
		.tv_nsec = deadline_ns % 1000000000,
	};
	int err;

	pthread_mutex_lock(&sim->lock);
	do
		err = arm(sim, id - 1, bell, value);
	while (err == -ETIME && !pthread_cond_timedwait(&sim->changed, &sim->lock, &deadline));
	if (err == -ETIME)
		err = arm(sim, id - 1, bell, value);
	pthread_mutex_unlock(&sim->lock);
	return err;
}

int sim_userq_fault(struct ipu_device *dev, uint32_t id, const struct ipu_doorbell *bell,
		    struct ipu_fault *fault)
{
	struct ipu_sim *sim = sim_of(dev);
	const struct sim_context *ctx = &sim->contexts[id - 1];
	int err = -ENODATA;

	pthread_mutex_lock(&sim->lock);
	if (ctx->fault_count && ctx->fault_queue == bell->id) {
		*fault = ctx->faults[(ctx->fault_count - 1) % SIM_FAULTS_KEPT];
		err = 0;
	}
	pthread_mutex_unlock(&sim->lock);
	return err;
}
