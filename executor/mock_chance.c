/* Chance in a mock: how long an answer takes, and whether it is spoilt. Every request has a generator of its
 * own, seeded with what it is, so that requests in another order, or more of them elsewhere, change nothing
 * for it. Distributions and their names are those users know from WireMock. */
#include "executor/json.h"
#include "executor/mock_definition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIGMA_MAX 10.0
#define REDRAWS 100 /* of a draw above max, before it is cut to max */

void mock_chance_seed(struct rng *rng, uint64_t seed, uint64_t which, size_t n)
{
	rng_seed(rng, seed);
	rng_seed(rng, rng_next(rng) + which);
	rng_seed(rng, rng_next(rng) + n);
}

/* Box and Muller; the other of the two numbers is thrown away to keep no state. */
static double draw_normal(struct rng *rng)
{
	double radius = sqrt(-2 * log(1 - rng_double(rng)));

	return radius * cos(2 * M_PI * rng_double(rng));
}

/* Drawn again rather than cut where it is above the maximum: else the maximum would be the commonest value.
 */
static double draw_lognormal(const struct mock_delay *delay, struct rng *rng)
{
	double ms;

	for (int i = 0; i < REDRAWS; i++) {
		ms = delay->median_ms * exp(delay->sigma * draw_normal(rng));
		if (ms <= delay->high_ms)
			return ms;
	}
	return delay->high_ms;
}

double mock_delay_draw(const struct mock_delay *delay, struct rng *rng)
{
	switch (delay->kind) {
	case MOCK_DELAY_UNIFORM: return delay->low_ms + (delay->high_ms - delay->low_ms) * rng_double(rng);
	case MOCK_DELAY_LOGNORMAL: return draw_lognormal(delay, rng);
	case MOCK_DELAY_FIXED:
	default: return delay->low_ms;
	}
}

static const struct mock_chance *draw_chance(const struct mock_sequence *sequence, struct rng *rng)
{
	double at = sequence->chance_count ? rng_double(rng) : 1;

	for (size_t i = 0; i < sequence->chance_count; i++) {
		if (at < sequence->chances[i].probability)
			return &sequence->chances[i];
		at -= sequence->chances[i].probability;
	}
	return NULL;
}

struct mock_choice mock_choose(const struct mock_sequence *sequence, size_t n, struct rng *rng)
{
	struct mock_choice choice = {.answer = mock_sequence_at(sequence, n)};
	const struct mock_chance *chance = draw_chance(sequence, rng);
	const struct mock_delay *delay = &choice.answer->delay;

	if (chance && chance->delayed)
		delay = &chance->answer.delay;
	if (chance && chance->whole)
		choice.answer = &chance->answer;
	if (chance)
		choice.fault = chance->answer.fault;
	else if (choice.answer->fault && rng_double(rng) < choice.answer->fault_probability)
		choice.fault = choice.answer->fault;
	choice.latency_ms =
		choice.fault == MOCK_FAULT_TIMEOUT ? MOCK_LATENCY_MAX_MS : mock_delay_draw(delay, rng);
	return choice;
}

double mock_probability_parse(
	const cJSON *object, const char *name, double fallback, const char *pointer, struct faults *faults)
{
	const cJSON *member = json_get(object, name);

	if (!member)
		return fallback;
	if (cJSON_IsNumber(member) && member->valuedouble >= 0 && member->valuedouble <= 1)
		return member->valuedouble;
	mock_fault_at(faults, pointer, name, "must be a number from 0 (never) to 1 (always)");
	return fallback;
}

static void parse_uniform(
	struct mock_delay *delay, const cJSON *object, const char *pointer, struct faults *faults)
{
	const cJSON *bounds = json_get(object, "uniform");
	const cJSON *low = cJSON_GetArrayItem(bounds, 0), *high = cJSON_GetArrayItem(bounds, 1);

	delay->kind = MOCK_DELAY_UNIFORM;
	if (!cJSON_IsArray(bounds) || cJSON_GetArraySize(bounds) != 2 || !cJSON_IsNumber(low) ||
		!cJSON_IsNumber(high) ||
		!(low->valuedouble >= 0 && low->valuedouble <= high->valuedouble &&
			high->valuedouble <= MOCK_LATENCY_MAX_MS)) {
		mock_fault_at(faults, pointer, "uniform",
			"must be two numbers of milliseconds, the lower first, from 0 to %.0f",
			MOCK_LATENCY_MAX_MS);
		return;
	}
	delay->low_ms = low->valuedouble;
	delay->high_ms = high->valuedouble;
}

static void parse_lognormal(
	struct mock_delay *delay, const cJSON *object, const char *pointer, struct faults *faults)
{
	static const char *const members[] = {"median", "sigma", "max", NULL};
	const cJSON *value = mock_member(object, "lognormal", cJSON_Object, pointer, faults);
	char *child;

	delay->kind = MOCK_DELAY_LOGNORMAL;
	if (!value)
		return;
	child = json_pointer_child(pointer, "lognormal");
	mock_check_members(value, members, child, faults);
	if (!json_get(value, "median") || !json_get(value, "sigma"))
		faults_add(faults, FAULT_ERROR, child,
			"needs median (milliseconds) and sigma, for example {\"median\": 80, \"sigma\": "
			"0.4}");
	delay->median_ms = mock_member_number(value, "median", 0, MOCK_LATENCY_MAX_MS, child, faults);
	delay->sigma = mock_member_number(value, "sigma", 0, SIGMA_MAX, child, faults);
	delay->high_ms =
		mock_member_number(value, "max", MOCK_LATENCY_MAX_MS, MOCK_LATENCY_MAX_MS, child, faults);
	if (delay->high_ms < delay->median_ms)
		mock_fault_at(faults, child, "max",
			"is below the median: more than half of all draws would be thrown away");
	free(child);
}

static void parse_distribution(
	struct mock_delay *delay, const cJSON *value, const char *pointer, struct faults *faults)
{
	static const char *const members[] = {"uniform", "lognormal", NULL};

	*delay = (struct mock_delay){0};
	mock_check_members(value, members, pointer, faults);
	if (!json_get(value, "uniform") == !json_get(value, "lognormal"))
		faults_add(faults, FAULT_ERROR, pointer, "needs either uniform or lognormal");
	else if (json_get(value, "uniform"))
		parse_uniform(delay, value, pointer, faults);
	else
		parse_lognormal(delay, value, pointer, faults);
}

void mock_delay_parse(
	struct mock_delay *delay, const cJSON *object, const char *pointer, struct faults *faults)
{
	const cJSON *value = json_get(object, "latencyMs");
	char *child;

	if (!value)
		return;
	if (cJSON_IsObject(value)) {
		child = json_pointer_child(pointer, "latencyMs");
		parse_distribution(delay, value, child, faults);
		free(child);
	} else if (cJSON_IsNumber(value)) {
		*delay = (struct mock_delay){.low_ms = mock_member_number(object, "latencyMs", 0,
						     MOCK_LATENCY_MAX_MS, pointer, faults)};
	} else {
		mock_fault_at(faults, pointer, "latencyMs",
			"must be a number, {\"uniform\": […]} or {\"lognormal\": {…}}");
	}
}
