/* Chance in mocks: distributions over many draws, probabilities, and that a seed decides all of it. */
#include "executor/json.h"
#include "executor/mock_definition.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DRAWS 10000

static struct mock_definition *definition_of(const char *members)
{
	char *text = xasprintf("{\"routes\": [{\"path\": \"/a\", %s}]}", members);
	struct mock_definition *definition;
	struct faults faults;

	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	faults_init(&faults);
	definition = mock_definition_parse(text, strlen(text), &faults);
	cr_assert(definition, "%s: %s: %s", text, faults.count ? faults.items[0].pointer : "",
		faults.count ? faults.items[0].message : "");
	faults_done(&faults);
	free(text);
	return definition;
}

static struct mock_choice choose(
	const struct mock_definition *definition, uint64_t seed, uint64_t which, size_t n)
{
	struct rng rng;

	mock_chance_seed(&rng, seed, which, n);
	return mock_choose(&definition->routes[0].sequence, n, &rng);
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

Test(mock_chance, distributions)
{
	static const struct {
		const char *members;
		double low, high, median, mean, tolerance;
		const char *comment;
	} rows[] = {
		{"'latencyMs': 0", 0, 0, 0, 0, 0, "none"},
		{"'latencyMs': 12.5", 12.5, 12.5, 12.5, 12.5, 0, "fixed"},
		{"'latencyMs': {'uniform': [50, 150]}", 50, 150, 100, 100, 0.03, "uniform"},
		{"'latencyMs': {'uniform': [7, 7]}", 7, 7, 7, 7, 0, "uniform without width"},
		/* mean = median × e^(sigma²/2) */
		{"'latencyMs': {'lognormal': {'median': 80, 'sigma': 0.4}}", 0, 3600000, 80, 86.66, 0.03,
			"log-normal"},
		{"'latencyMs': {'lognormal': {'median': 80, 'sigma': 0}}", 80, 80, 80, 80, 1e-9,
			"log-normal without width"},
		/* Cut at the 84th percentile: the median is at its 42nd, the mean follows from erf. */
		{"'latencyMs': {'lognormal': {'median': 80, 'sigma': 0.4, 'max': 119.346}}", 0, 119.346,
			73.84, 74.79, 0.03, "log-normal with a maximum"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct mock_definition *definition = definition_of(rows[i].members);
		static double draws[DRAWS];
		double sum = 0;

		for (size_t n = 0; n < DRAWS; n++) {
			draws[n] = choose(definition, 7, 0, n).latency_ms;
			sum += draws[n];
			cr_expect(draws[n] >= rows[i].low && draws[n] <= rows[i].high, "%s: %f",
				rows[i].comment, draws[n]);
		}
		qsort(draws, DRAWS, sizeof draws[0], by_value);
		cr_expect(fabs(draws[DRAWS / 2] - rows[i].median) <= rows[i].tolerance * rows[i].median,
			"%s: median %f", rows[i].comment, draws[DRAWS / 2]);
		cr_expect(fabs(sum / DRAWS - rows[i].mean) <= rows[i].tolerance * rows[i].mean + 1e-9,
			"%s: mean %f", rows[i].comment, sum / DRAWS);
		cr_expect(rows[i].tolerance < 0.01 || draws[DRAWS - 1] > draws[0], "%s: it varies",
			rows[i].comment);
		mock_definition_free(definition);
	}
}

Test(mock_chance, cut_and_not_piled_up)
{
	struct mock_definition *definition =
		definition_of("'latencyMs': {'lognormal': {'median': 80, 'sigma': 0.4, 'max': 119.346}}");
	size_t at_max = 0;

	for (size_t n = 0; n < DRAWS; n++)
		at_max += choose(definition, 7, 0, n).latency_ms > 119.3;
	cr_expect_lt(at_max, 20, "%zu draws at the maximum", at_max);
	mock_definition_free(definition);
}

Test(mock_chance, probabilities)
{
	static const struct {
		const char *members;
		enum mock_fault fault;
		unsigned status;
		double expected;
		const char *comment;
	} rows[] = {
		{"'text': 'a'", MOCK_FAULT_RESET, 0, 0, "no fault at all"},
		{"'text': 'a', 'fault': 'reset'", MOCK_FAULT_RESET, 0, 1, "always"},
		{"'text': 'a', 'fault': 'reset', 'faultProbability': 0", MOCK_FAULT_RESET, 0, 0, "never"},
		{"'text': 'a', 'fault': 'reset', 'faultProbability': 0.25", MOCK_FAULT_RESET, 0, 0.25,
			"a quarter"},
		{"'text': 'a', 'faults': [{'fault': 'reset', 'probability': 0.1}, {'status': 503, "
		 "'probability': 0.3}]",
			MOCK_FAULT_RESET, 0, 0.1, "the first of two"},
		{"'text': 'a', 'faults': [{'fault': 'reset', 'probability': 0.1}, {'status': 503, "
		 "'probability': 0.3}]",
			MOCK_FAULT_NONE, 503, 0.3, "the second of two"},
		{"'text': 'a', 'status': 201, 'faults': [{'fault': 'reset', 'probability': 0.1}, {'status': "
		 "503, 'probability': 0.3}]",
			MOCK_FAULT_NONE, 201, 0.6, "neither"},
		{"'sequence': [{'status': 201}, {'status': 202}], 'after': 'loop', 'faults': [{'fault': "
		 "'close', 'probability': 0.5}]",
			MOCK_FAULT_NONE, 202, 0.25, "beside a sequence, which goes on"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct mock_definition *definition = definition_of(rows[i].members);
		size_t hits = 0;

		for (size_t n = 0; n < DRAWS; n++) {
			struct mock_choice choice = choose(definition, 3, 0, n);

			hits += choice.fault == rows[i].fault && choice.answer->status == rows[i].status;
		}
		cr_expect(fabs((double)hits / DRAWS - rows[i].expected) <=
				(rows[i].expected > 0 && rows[i].expected < 1 ? 0.015 : 0),
			"%s: %zu of %d", rows[i].comment, hits, DRAWS);
		mock_definition_free(definition);
	}
}

Test(mock_chance, delay_of_a_chance)
{
	struct mock_definition *definition = definition_of(
		"'text': 'a', 'latencyMs': 5, 'faults': [{'latencyMs': 900, 'probability': 0.05}, {'fault': "
		"'timeout', 'probability': 0.05}]");
	size_t usual = 0, late = 0, never = 0;

	for (size_t n = 0; n < DRAWS; n++) {
		struct mock_choice choice = choose(definition, 3, 0, n);

		cr_expect_eq(choice.answer, &definition->routes[0].sequence.answers[0], "its usual answer");
		usual += choice.fault == MOCK_FAULT_NONE && choice.latency_ms == 5;
		late += choice.fault == MOCK_FAULT_NONE && choice.latency_ms == 900;
		never += choice.fault == MOCK_FAULT_TIMEOUT && choice.latency_ms == MOCK_LATENCY_MAX_MS;
	}
	cr_expect_eq(usual + late + never, DRAWS);
	cr_expect(late > 400 && late < 600, "%zu", late);
	cr_expect(never > 400 && never < 600, "%zu", never);
	mock_definition_free(definition);
}

/* The nth request's chance is its own: neither order nor other routes matter. */
Test(mock_chance, seed_decides)
{
	struct mock_definition *definition = definition_of("'latencyMs': {'uniform': [0, 1000]}");
	size_t same_seed = 0, same_route = 0, same_turn = 0;

	for (size_t n = DRAWS; n-- > 0;) {
		double ms = choose(definition, 42, 5, n).latency_ms;

		cr_expect_eq(ms, choose(definition, 42, 5, n).latency_ms, "the same seed, the same draw");
		same_seed += ms == choose(definition, 43, 5, n).latency_ms;
		same_route += ms == choose(definition, 42, 6, n).latency_ms;
		same_turn += ms == choose(definition, 42, 5, n + 1).latency_ms;
	}
	cr_expect_eq(same_seed + same_route + same_turn, 0, "another seed, route or turn: another draw");
	mock_definition_free(definition);
}
