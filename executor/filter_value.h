/* Values between cJSON and jq. jq 1.6 has doubles for numbers; where the data holds numbers that a double
 * loses, each distinct one travels as a double of its own, next to its nearest where that is taken, and comes
 * back as its text. So what a program passes on is unchanged, equal stays equal, different stays different
 * and in order; only what it computes is rounded. Private to filter*.c. */
#ifndef EXECUTOR_FILTER_VALUE_H
#define EXECUTOR_FILTER_VALUE_H

#include "executor/json.h"

#include <jv.h>

struct filter_number {
	double value, key; /* as parsed; as jq sees it */
	char *text;
	bool kept; /* text stood in valuestring */
};

/* All numbers of the data, in order of value; empty where none needs it. */
struct filter_numbers {
	struct filter_number *items;
	size_t count, capacity;
};

void filter_numbers_collect(struct filter_numbers *numbers, const cJSON *data);
void filter_numbers_done(struct filter_numbers *numbers);
jv filter_value_to_jq(const cJSON *value, const struct filter_numbers *numbers);
/* Takes value. NULL with a literal *error where it is nested too deeply or too large. */
cJSON *filter_value_from_jq(jv value, const struct filter_numbers *numbers, const char **error);

#endif
