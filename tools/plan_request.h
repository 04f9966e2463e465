/* SPDX-License-Identifier: MIT */
/* ipu-plan: what is to be planned, what was found, and the parts of the tool. */
#ifndef IPU_PLAN_REQUEST_H
#define IPU_PLAN_REQUEST_H

#include <ipu/conv_plan.h>
#include <ipu_plan.h>

/**
 * struct plan_request - what the command line asks for, and the plan
 * @is_conv: a convolution; otherwise a product of matrices
 * @product: the product; its @tiles, @scratch and @dtype are those of a convolution, too
 * @objective: what the plan is to be best at
 * @has_grid: @plan has the grid of the product already
 * @plan: of the product
 * @shape: of the convolution, as given
 * @folded: the same after ipu_conv_fold()
 * @pass: of the convolution
 * @conv: plan of the convolution
 * @json: print JSON
 * @svg: file for a drawing, "-" for standard output, or NULL
 * @tile: which is outlined in it
 * @has_tile: that was given
 */
struct plan_request {
	bool is_conv;
	struct ipu_product product;
	enum ipu_objective objective;
	bool has_grid;
	struct ipu_plan plan;
	struct ipu_conv_shape shape;
	struct ipu_conv_shape folded;
	enum ipu_conv_pass pass;
	struct ipu_conv_plan conv;
	bool json;
	const char *svg;
	uint32_t tile;
	bool has_tile;
};

/**
 * plan_options_parse - read the command line
 * Return: false when there is nothing to do but to exit with @status.
 */
bool plan_options_parse(int argc, char **argv, struct plan_request *request, int *status);

/** plan_tiles - how many tiles compute */
uint32_t plan_tiles(const struct plan_request *request);

/** plan_peak - cycles in which all tiles of the run multiply as fast as they can */
double plan_peak(const struct plan_request *request);

/** plan_extents - elements of the dimensions that a convolution's tiles share, IPU_CONV_DIMS */
void plan_extents(const struct plan_request *request, uint32_t *extents);

/** plan_print - the plan as text */
void plan_print(const struct plan_request *request);

/** plan_print_json - the same as JSON; with an @error there is no plan */
void plan_print_json(const struct plan_request *request, const char *error);

/** plan_draw - the plan as SVG, to the file that is asked for; returns an exit status */
int plan_draw(const struct plan_request *request);

#endif /* IPU_PLAN_REQUEST_H */
