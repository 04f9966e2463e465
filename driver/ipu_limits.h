/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_LIMITS_H_
#define _IPU_LIMITS_H_

#include <linux/types.h>
#include <linux/uidgid.h>

struct drm_ipu_query_limits;
struct ipu_ctx;
struct ipu_device;
struct ipu_user;

/**
 * struct ipu_owner - the user that a context counts for
 */
struct ipu_owner {
	/** @uid: who */
	kuid_t uid;
	/** @exempt: has no limit */
	bool exempt;
};

struct ipu_owner ipu_owner_current(void);
struct ipu_user *ipu_user_charge(struct ipu_device *ipu, u64 bytes);
void ipu_user_uncharge(struct ipu_user *user, u64 bytes);
int ipu_limits_enter(struct ipu_ctx *ctx);
void ipu_limits_leave(struct ipu_ctx *ctx);
int ipu_limits_check(const struct ipu_ctx *ctx);
void ipu_limits_query(struct ipu_device *ipu, struct drm_ipu_query_limits *limits);

#if IS_ENABLED(CONFIG_KUNIT)
/* For tests/ only. */
unsigned int ipu_percent_of(unsigned int percent, unsigned int total);
#endif

#endif /* _IPU_LIMITS_H_ */
