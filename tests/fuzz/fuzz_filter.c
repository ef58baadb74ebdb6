/* jq filters. Line 1: a value; the rest is a program. A value goes into jq and comes out as it was, long
 * numbers included; a program's syntax is judged in one line, without running it and without a look at the
 * environment. */
#include "executor/filter.h"
#include "executor/filter_program.h"
#include "executor/filter_value.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void check_value(const cJSON *value)
{
	struct filter_numbers numbers;
	const char *error = NULL;
	char *before = json_canonical(value), *after;
	cJSON *back;

	filter_numbers_collect(&numbers, value);
	back = filter_value_from_jq(filter_value_to_jq(value, &numbers), &numbers, &error);
	filter_numbers_done(&numbers);
	FUZZ_CHECK(back, "%s: %s", error, before);
	after = json_canonical(back);
	FUZZ_CHECK(!strcmp(before, after), "%s became %s", before, after);
	free(after);
	free(before);
	cJSON_Delete(back);
}

/* Members of one name: jq keeps the last. */
static bool has_duplicates(const cJSON *value)
{
	for (; value; value = value->next) {
		for (const cJSON *other = value->string ? value->next : NULL; other; other = other->next)
			if (!strcmp(other->string, value->string))
				return true;
		if (has_duplicates(value->child))
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	cJSON *value = fuzz_json(&input);
	char *program = fuzz_rest(&input), *wrong;

	if (value && !has_duplicates(value))
		check_value(value);
	wrong = filter_check_syntax(program);
	if (wrong) {
		FUZZ_CHECK(*wrong && strlen(wrong) < 400, "%s", wrong);
		free(wrong);
	}
	cJSON_Delete(value);
	free(program);
	return 0;
}
