/* The executor's own waits between attempts, on a clock of the test's: nothing is slept. The attempts are a
 * mock's, which take no time, so that every wait is exactly what the policy says. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WAITS_MAX 8
/* 1994-11-06T08:49:37Z, RFC 9110's own example */
#define EXAMPLE_S UINT64_C(784111777)

struct stage {
	struct rig rig;
	struct clock clock;
	uint64_t passed_ns;
	struct result *result;
};

static uint64_t monotonic(void *ctx)
{
	return UINT64_C(1000000000) + ((struct stage *)ctx)->passed_ns;
}

/* Ten seconds before the example. */
static uint64_t realtime(void *ctx)
{
	return (EXAMPLE_S - 10) * UINT64_C(1000000000) + ((struct stage *)ctx)->passed_ns;
}

static void stage_init(struct stage *stage)
{
	struct rig *rig = &stage->rig;

	*stage = (struct stage){.clock = {monotonic, realtime, stage}};
	rig_init(rig);
	rig_use_clock(rig, &stage->clock);
}

static void on_result(struct result *result, void *ctx)
{
	((struct stage *)ctx)->result = result;
}

static void find_timer(uv_handle_t *handle, void *ctx)
{
	uv_timer_t **found = ctx;

	if (handle->type != UV_TIMER || !uv_is_active(handle))
		return;
	cr_assert(!*found, "one wait at a time");
	*found = (uv_timer_t *)handle;
}

/* Runs the loop until it waits or the result is there; the timer that is waited for, NULL at the end. */
static uv_timer_t *run_to_wait(struct stage *stage)
{
	uv_timer_t *timer = NULL;

	while (!stage->result && !timer) {
		uv_run(&stage->rig.loop, UV_RUN_NOWAIT);
		uv_walk(&stage->rig.loop, find_timer, &timer);
	}
	return stage->result ? NULL : timer;
}

/* The end of the wait is now. */
static void pass(struct stage *stage, uv_timer_t *timer, double ms)
{
	stage->passed_ns += (uint64_t)llround(ms * 1e6);
	uv_timer_start(timer, timer->timer_cb, 0, 0);
}

static struct integration *failing(const char *more)
{
	char *data =
		xasprintf("{'integrationType':'mock','mockOutput':{},'testpanel':{'status':503%s}}", more);
	struct integration *integration = rig_integration(data);

	cr_assert(!integration->error, "%s: %s", more, integration->error_message);
	free(data);
	return integration;
}

Test(backoff, exact)
{
	static const struct {
		const char *more;
		double waits[WAITS_MAX]; /* up to the first negative */
		const char *last, *comment;
	} rows[] = {
		{",'retry':{'max':4,'jitter':'none'}", {1000, 2000, 4000, 5000, -1}, "retries used up",
			"as it always was"},
		{",'retry':{'max':5,'initialMs':100,'factor':3,'maxMs':1000,'jitter':'none'}",
			{100, 300, 900, 1000, 1000, -1}, "retries used up", "another factor"},
		{",'retry':{'max':3,'initialMs':250,'factor':1,'jitter':'none'}", {250, 250, 250, -1},
			"retries used up", "without growth"},
		{",'retry':{'max':3,'initialMs':100,'factor':1.5,'jitter':'none'}", {100, 150, 225, -1},
			"retries used up", "a fraction"},
		{",'retry':{'max':3,'initialMs':9000,'maxMs':700,'jitter':'none'}", {700, 700, 700, -1},
			"retries used up", "the cap below the beginning"},
		{",'retry':{'max':2,'initialMs':0,'jitter':'none'}", {0, 0, -1}, "retries used up",
			"at once"},
		{",'retry':{'max':0}", {-1}, "retries are off", "none"},
		{",'retry':{'max':9,'jitter':'none'},'deadlineMs':5000", {1000, 2000, -1}, "deadline",
			"the next would pass the deadline"},
		{",'retry':{'max':9,'jitter':'none'},'deadlineMs':3000", {1000, -1}, "deadline",
			"or end with it"},
		{",'retry':{'max':9,'jitter':'none'},'deadlineMs':3001", {1000, 2000, -1}, "deadline",
			"a millisecond is enough"},
		{",'retry':{'max':9,'jitter':'none'}", {1000, 2000, 4000, 5000, 5000, 5000, 5000, -1},
			"deadline", "up to the default deadline"},
		{",'retry':{'max':4,'jitter':'none'},'headers':{'Retry-After':'3'}",
			{3000, 3000, 4000, 5000, -1}, "retries used up", "Retry-After is the least"},
		{",'retry':{'max':2,'jitter':'none'},'headers':{'Retry-After':'Sun, 06 Nov 1994 08:49:37 "
		 "GMT'}",
			{10000, 2000, -1}, "retries used up", "until that date, which then has passed"},
		{",'retry':{'max':4,'jitter':'none'},'headers':{'Retry-After':'20'}", {20000, -1},
			"Retry-After exceeds deadline", "the second time it is too long"},
		{",'retry':{'max':4,'jitter':'none'},'headers':{'Retry-After':'30'}", {-1},
			"Retry-After exceeds deadline", "as long as the deadline"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct integration *integration = failing(rows[i].more);
		const struct attempt *attempts;
		struct stage stage;
		double total_ms = 0;
		size_t n = 0;

		stage_init(&stage);
		execute(stage.rig.executor, integration, NULL, NULL, on_result, &stage);
		for (uv_timer_t *timer; (timer = run_to_wait(&stage)); n++) {
			double due_ms = (double)uv_timer_get_due_in(timer), wait_ms = rows[i].waits[n];

			cr_assert(n < WAITS_MAX && wait_ms >= 0, "%s: waits for a %zu. time", rows[i].comment,
				n + 1);
			/* How late it is looked at here is the machine's affair. */
			cr_expect(due_ms <= wait_ms + 2 && due_ms >= wait_ms / 2, "%s: %f ms, not %f",
				rows[i].comment, due_ms, wait_ms);
			total_ms += wait_ms;
			pass(&stage, timer, wait_ms);
		}
		cr_expect_lt(rows[i].waits[n], 0, "%s: %zu waits", rows[i].comment, n);
		attempts = stage.result->attempts;
		cr_assert_eq(stage.result->attempt_count, n + 1, "%s", rows[i].comment);
		for (size_t k = 0; k < n; k++)
			cr_expect_float_eq(attempts[k].backoff_ms, rows[i].waits[k], 1e-6, "%s: %f",
				rows[i].comment, attempts[k].backoff_ms);
		cr_expect_str_eq(
			attempts[n].reason, rows[i].last, "%s: %s", rows[i].comment, attempts[n].reason);
		cr_expect_float_eq(stage.result->duration_ms, total_ms, 1e-6, "%s: %f in all",
			rows[i].comment, stage.result->duration_ms);
		result_free(stage.result);
		integration_free(integration);
		rig_expect_idle(&stage.rig);
		rig_done(&stage.rig);
	}
}

#define DRAWS 10000
#define RETRIES 100
#define BINS 100

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The greatest distance from the uniform distribution, by the square root of the number of draws. */
static double kolmogorov_smirnov(const double *draws)
{
	double sorted[DRAWS], most = 0;

	memcpy(sorted, draws, sizeof sorted);
	qsort(sorted, DRAWS, sizeof *sorted, compare);
	for (size_t i = 0; i < DRAWS; i++) {
		most = fmax(most, sorted[i] - (double)i / DRAWS);
		most = fmax(most, (double)(i + 1) / DRAWS - sorted[i]);
	}
	return most * sqrt(DRAWS);
}

static double chi_square(const double *draws)
{
	const double wanted = (double)DRAWS / BINS;
	size_t bins[BINS] = {0};
	double sum = 0;

	for (size_t i = 0; i < DRAWS; i++)
		bins[(size_t)(draws[i] * BINS)]++;
	for (size_t i = 0; i < BINS; i++)
		sum += ((double)bins[i] - wanted) * ((double)bins[i] - wanted) / wanted;
	return sum;
}

/* Of each wait with the next, by the square root of their number. */
static double serial_correlation(const double *draws)
{
	double sum = 0;

	for (size_t i = 0; i + 1 < DRAWS; i++)
		sum += (draws[i] - 0.5) * (draws[i + 1] - 0.5);
	return sum / (DRAWS - 1) * 12 * sqrt(DRAWS);
}

/* Executions one after the other, each with as many retries as there may be, as shares of what a wait is at
 * most. */
static void draw(struct stage *stage, double *draws)
{
	struct integration *integration =
		failing(",'deadlineMs':3600000,'retry':{'max':100,'initialMs':1000,'maxMs':1000}");

	for (size_t n = 0; n < DRAWS; n += RETRIES) {
		uv_timer_t *timer;

		execute(stage->rig.executor, integration, NULL, NULL, on_result, stage);
		while ((timer = run_to_wait(stage)))
			pass(stage, timer, 0);
		cr_assert_eq(stage->result->attempt_count, RETRIES + 1);
		for (size_t i = 0; i < RETRIES; i++)
			draws[n + i] = stage->result->attempts[i].backoff_ms / 1000;
		result_free(stage->result);
		stage->result = NULL;
	}
	integration_free(integration);
}

/* The limits are those of 1 % (and of 1 % for 99 degrees of freedom); the seed is fixed. */
Test(backoff, jitter_is_uniform)
{
	static double draws[DRAWS];
	struct stage stage;
	struct rng rng;

	stage_init(&stage);
	draw(&stage, draws);
	rng_seed(&rng, RIG_SEED);
	for (size_t i = 0; i < DRAWS; i++) {
		double expected = rng_double(&rng);

		cr_assert(draws[i] >= 0 && draws[i] < 1, "%f", draws[i]);
		cr_assert_float_eq(draws[i], expected, 1e-12, "draw %zu: %f, not %f", i, draws[i], expected);
	}
	cr_expect_lt(kolmogorov_smirnov(draws), 1.628, "%f", kolmogorov_smirnov(draws));
	cr_expect_lt(chi_square(draws), 134.6, "%f", chi_square(draws));
	cr_expect_lt(fabs(serial_correlation(draws)), 2.576, "%f", serial_correlation(draws));
	rig_done(&stage.rig);
}
