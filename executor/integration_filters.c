/* The jq programs of a node: `select` makes the data what the tool needs, `expect` says when an answer counts
 * as one, and whether to ask again until it does. */
#include "executor/filter.h"
#include "executor/json.h"
#include "executor/source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INTERVAL_MAX_MS 3600000.0
#define POLLS_MAX 10000

/* A program, or NULL with a fault. member is its place below the node's data. */
static char *parse_program(const struct integration_draft *draft, const cJSON *value, const char *member)
{
	char *error;

	if (!cJSON_IsString(value) || !value->valuestring[strspn(value->valuestring, " \t\r\n")]) {
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, member,
			"must be a jq filter, such as \".items[0]\"");
		return NULL;
	}
	error = filter_check_syntax(value->valuestring);
	if (!error)
		return xstrdup(value->valuestring);
	integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, member, "is no jq filter: %s", error);
	free(error);
	return NULL;
}

static double parse_number(const struct integration_draft *draft, const cJSON *object, const char *name,
	double before, double high)
{
	const cJSON *value = json_get(object, name);
	char *member;

	if (!value)
		return before;
	if (cJSON_IsNumber(value) && value->valuedouble >= 0 && value->valuedouble <= high)
		return value->valuedouble;
	member = xasprintf("testpanel/expect/%s", name);
	integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, member, "%s must be a number from 0 to %.0f",
		name, high);
	free(member);
	return before;
}

static void find_unknown(const struct integration_draft *draft, const cJSON *expect)
{
	static const char *const known[] = {"filter", "retry", "intervalMs", "max"};
	const cJSON *member;
	char *place;

	cJSON_ArrayForEach(member, expect)
	{
		size_t i;

		for (i = 0; i < sizeof known / sizeof known[0] && strcmp(known[i], member->string) != 0; i++)
			;
		if (i < sizeof known / sizeof known[0])
			continue;
		place = json_pointer_child("testpanel/expect", member->string);
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, place,
			"unknown member: expect has filter, retry, intervalMs and max");
		free(place);
	}
}

static void parse_poll(const struct integration_draft *draft, const cJSON *expect)
{
	struct integration *in = draft->integration;
	struct poll_policy *poll = &in->policy.poll;
	const cJSON *retry = json_get(expect, "retry");
	double max = parse_number(draft, expect, "max", poll->max, POLLS_MAX);

	if (retry && !cJSON_IsBool(retry))
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "testpanel/expect/retry",
			"retry must be true or false");
	if (max != floor(max))
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "testpanel/expect/max",
			"must be a whole number");
	poll->retry = cJSON_IsTrue(retry);
	poll->max = (int)max;
	poll->interval_ms = parse_number(draft, expect, "intervalMs", poll->interval_ms, INTERVAL_MAX_MS);
	find_unknown(draft, expect);
	if (poll->retry && in->source && !in->error && !integration_repeatable(in))
		integration_warn(draft, "testpanel/expect/retry",
			"this request is not repeated, because it may change something: set idempotent to "
			"poll "
			"with it");
}

void integration_parse_filters(const struct integration_draft *draft)
{
	const cJSON *testpanel = json_get(draft->data, "testpanel"), *expect = json_get(testpanel, "expect"),
		    *select = json_get(testpanel, "select");
	struct integration *in = draft->integration;

	if (select)
		in->select = parse_program(draft, select, "testpanel/select");
	if (!cJSON_IsObject(expect)) {
		if (expect)
			in->expect = parse_program(draft, expect, "testpanel/expect");
		return;
	}
	in->expect = parse_program(draft, json_get(expect, "filter"), "testpanel/expect/filter");
	parse_poll(draft, expect);
}

static void check_program(const char *program, const char *pointer, const char *member, struct faults *faults)
{
	char *error = program ? filter_check(program) : NULL, *place;

	if (!error)
		return;
	place = xasprintf("%s/testpanel/%s", pointer, member);
	faults_add(faults, FAULT_ERROR, place, "is no jq filter: %s", error);
	free(place);
	free(error);
}

void integration_check_filters(const struct integration *in, const char *pointer, struct faults *faults)
{
	check_program(in->expect, pointer, "expect", faults);
	check_program(in->select, pointer, "select", faults);
}
