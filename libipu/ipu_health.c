// SPDX-License-Identifier: MIT
/* Whether a context can still be used, and if not, what happened to it. */
#include <errno.h>

#include "ipu_internal.h"

/* By enum ipu_why. */
static const char *const reasons[] = {
	[IPU_WHY_NONE] = "the driver does not say why",
	[IPU_WHY_FAULT] = "its own jobs faulted",
	[IPU_WHY_HANG] = "its own jobs had to be stopped, since they took too long",
	[IPU_WHY_RESET] = "the card was reset, by root or because it did not stop another "
			  "context, or it does not answer; dmesg has more",
	[IPU_WHY_SUSPEND] = "the machine was suspended, and the card was off meanwhile",
	[IPU_WHY_PCI] = "the card was reset after an error of the PCI link, which dmesg has",
};

int ipu_get_health(struct ipu_context *ctx, struct ipu_health *health)
{
	struct ipu_health now = { .size = sizeof(now) };
	int err = ipu_struct_check(health->size, sizeof(*health), "ipu_health");

	if (err)
		return err;
	err = ctx->dev->ops->ctx_health(ctx->dev, ctx->id, &now);
	if (err == -ENOTSUP)
		return ipu_fail(err,
				"The driver of %s cannot tell the state of a context: use a "
				"newer ipu module.",
				ctx->dev->info.name);
	if (err)
		return ipu_fail_device(ctx->dev, err, "ask for the state of a context");
	ipu_struct_out(health, &now, sizeof(now));
	return 0;
}

bool ipu_context_usable(struct ipu_context *ctx)
{
	struct ipu_health now = { .size = sizeof(now) };

	return ctx->dev->ops->ctx_health(ctx->dev, ctx->id, &now) || now.state == IPU_USABLE;
}

int ipu_fail_lost(struct ipu_context *ctx, int err, const char *what)
{
	const char *name = ctx->dev->info.name;
	struct ipu_health now = { .size = sizeof(now) };
	const char *reason = reasons[IPU_WHY_NONE];

	ctx->dev->ops->ctx_health(ctx->dev, ctx->id, &now);
	if (now.why < ARRAY_SIZE(reasons))
		reason = reasons[now.why];
	if (now.state == IPU_BANNED)
		return ipu_fail(err,
				"%s: cannot %s: the context is banned: %s. The same would happen "
				"again: mend the program, then create a new context.",
				name, what, reason);
	return ipu_fail(err,
			"%s: cannot %s: the context is lost, with its tiles' memory: %s. Destroy "
			"it, create a new one and load the program again.",
			name, what, reason);
}
