// SPDX-License-Identifier: MIT
/* Debugging a context of a simulated card, by its registers. */
#include <errno.h>
#include <time.h>

#include "ipu_sim.h"

static bool is_halted(struct ipu_sim *sim, uint32_t index)
{
	return sim_reg_read(sim, index, IPU_CTX_DBG_STATUS) & IPU_CTX_DBG_HALTED;
}

static bool is_debugged(struct ipu_sim *sim, uint32_t index)
{
	return sim_reg_read(sim, index, IPU_CTX_DBG_CTRL) & IPU_CTX_DBG_ENABLE;
}

/* 0 with the lock held if the context is debugged, and halted if it has to be. */
static int begin(struct ipu_sim *sim, uint32_t index, bool halted)
{
	int err = 0;

	pthread_mutex_lock(&sim->lock);
	if (sim->contexts[index].dead)
		err = -EIO;
	else if (!is_debugged(sim, index))
		err = -EINVAL;
	else if (halted && !is_halted(sim, index))
		err = -EBUSY;
	if (err)
		pthread_mutex_unlock(&sim->lock);
	return err;
}

static void end(struct ipu_sim *sim)
{
	pthread_mutex_unlock(&sim->lock);
}

int sim_debug_attach(struct ipu_device *dev, uint32_t id, uint32_t flags)
{
	struct ipu_sim *sim = sim_of(dev);
	uint32_t ctrl = IPU_CTX_DBG_ENABLE;
	int err = 0;

	if (flags & IPU_DEBUG_STOP_AT_START)
		ctrl |= IPU_CTX_DBG_AT_START;
	if (flags & IPU_DEBUG_STOP_AT_END)
		ctrl |= IPU_CTX_DBG_AT_END;
	pthread_mutex_lock(&sim->lock);
	if (sim->contexts[id - 1].dead)
		err = -EIO;
	else if (is_debugged(sim, id - 1))
		err = -EBUSY;
	else
		sim_reg_write(sim, id - 1, IPU_CTX_DBG_CTRL, ctrl);
	pthread_mutex_unlock(&sim->lock);
	return err;
}

int sim_debug_detach(struct ipu_device *dev, uint32_t id)
{
	struct ipu_sim *sim = sim_of(dev);
	int err = begin(sim, id - 1, false);

	if (err)
		return err;
	for (uint32_t i = 0; i < IPU_DBG_POINTS; i++)
		sim_reg_write(sim, id - 1, IPU_CTX_DBG_POINT(i) + IPU_DBG_POINT_ACCESS, 0);
	sim_reg_write(sim, id - 1, IPU_CTX_DBG_CTRL, 0);
	end(sim);
	return 0;
}

int sim_debug_halt(struct ipu_device *dev, uint32_t id)
{
	struct ipu_sim *sim = sim_of(dev);
	int err = begin(sim, id - 1, false);

	if (err)
		return err;
	sim_reg_write(sim, id - 1, IPU_CTX_DBG_CMD, IPU_CTX_DBG_HALT);
	end(sim);
	return 0;
}

int sim_debug_go(struct ipu_device *dev, uint32_t id, uint32_t flags, uint32_t tile, uint32_t unit)
{
	struct ipu_sim *sim = sim_of(dev);
	uint32_t cmd = IPU_CTX_DBG_GO;
	int err = begin(sim, id - 1, true);

	if (err)
		return err;
	if (flags & IPU_DEBUG_ONE_STEP)
		cmd |= IPU_CTX_DBG_STEP;
	if (flags & IPU_DEBUG_ALONE)
		cmd |= IPU_CTX_DBG_ALONE;
	if (flags && tile >= sim->contexts[id - 1].tiles) {
		end(sim);
		return -EINVAL;
	}
	sim_reg_write(sim, id - 1, IPU_CTX_DBG_TILE, tile);
	sim_reg_write(sim, id - 1, IPU_CTX_DBG_UNIT, unit);
	sim_reg_write(sim, id - 1, IPU_CTX_DBG_CMD, cmd);
	end(sim);
	return 0;
}

static void read_stop(struct ipu_sim *sim, uint32_t index, struct ipu_debug_stop *stop)
{
	uint32_t info = sim_reg_read(sim, index, IPU_CTX_DBG_STOP_INFO);

	stop->reason = sim_reg_read(sim, index, IPU_CTX_DBG_REASON);
	stop->tile = sim_reg_read(sim, index, IPU_CTX_DBG_STOP_TILE);
	stop->unit = sim_reg_read(sim, index, IPU_CTX_DBG_STOP_UNIT);
	stop->pc = sim_reg_read(sim, index, IPU_CTX_DBG_STOP_PC);
	stop->addr = sim_reg_read(sim, index, IPU_CTX_DBG_STOP_ADDR);
	stop->cause = sim_reg_read(sim, index, IPU_CTX_DBG_STOP_CAUSE);
	if (stop->reason == IPU_DEBUG_WATCH)
		stop->access = info;
	else
		stop->info = info;
}

int sim_debug_wait(struct ipu_device *dev, uint32_t id, int64_t deadline_ns,
		   struct ipu_debug_stop *stop)
{
	struct ipu_sim *sim = sim_of(dev);
	struct timespec deadline = {
		.tv_sec = deadline_ns / 1000000000,
		.tv_nsec = deadline_ns % 1000000000,
	};
	int err = begin(sim, id - 1, false);

	if (err)
		return err;
	while (!err && !is_halted(sim, id - 1)) {
		if (pthread_cond_timedwait(&sim->changed, &sim->lock, &deadline) &&
		    !is_halted(sim, id - 1))
			err = -ETIME;
		else if (sim->contexts[id - 1].dead)
			err = -EIO;
		else if (!is_debugged(sim, id - 1))
			err = -EINVAL;
	}
	if (!err)
		read_stop(sim, id - 1, stop);
	end(sim);
	return err;
}

int sim_debug_point(struct ipu_device *dev, uint32_t id, uint32_t index,
		    const struct ipu_debug_point *point)
{
	struct ipu_sim *sim = sim_of(dev);
	uint32_t reg = IPU_CTX_DBG_POINT(index);
	int err = begin(sim, id - 1, false);

	if (err)
		return err;
	if (point->access && point->tile != IPU_DEBUG_ALL_TILES &&
	    point->tile >= sim->contexts[id - 1].tiles) {
		end(sim);
		return -EINVAL;
	}
	sim_reg_write(sim, id - 1, reg + IPU_DBG_POINT_ACCESS, point->access);
	sim_reg_write(sim, id - 1, reg + IPU_DBG_POINT_TILE, point->tile);
	sim_reg_write(sim, id - 1, reg + IPU_DBG_POINT_ADDR, point->addr);
	sim_reg_write(sim, id - 1, reg + IPU_DBG_POINT_LEN, point->len);
	end(sim);
	return 0;
}

int sim_debug_access(struct ipu_device *dev, uint32_t id, bool write, uint32_t tile, uint32_t unit,
		     uint32_t addr, uint32_t *data, uint32_t words)
{
	struct ipu_sim *sim = sim_of(dev);
	int err = begin(sim, id - 1, true);

	if (err)
		return err;
	if (tile >= sim->contexts[id - 1].tiles)
		err = -EINVAL;
	sim_reg_write(sim, id - 1, IPU_CTX_DBG_TILE, tile);
	sim_reg_write(sim, id - 1, IPU_CTX_DBG_UNIT, unit);
	sim_reg_write(sim, id - 1, IPU_CTX_DBG_ADDR, addr);
	for (uint32_t i = 0; !err && i < words; i++) {
		if (write)
			sim_reg_write(sim, id - 1, IPU_CTX_DBG_DATA, data[i]);
		else
			data[i] = sim_reg_read(sim, id - 1, IPU_CTX_DBG_DATA);
		if (sim_reg_read(sim, id - 1, IPU_CTX_DBG_ERROR))
			err = -ENOENT;
	}
	end(sim);
	return err;
}
