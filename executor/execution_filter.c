/* What happens between an answer and its being the result: `expect` is asked about the data, `select` makes
 * other data of it. Both are compiled before anything is sent, so that no request has an effect whose answer
 * cannot be read. See filter.h. */
#include "executor/execution_state.h"
#include "executor/filter.h"

#include <stdlib.h>
#include <string.h>

#define METADATA_BODY_MAX 4096

static const char *not_compiled(const struct execution *e)
{
	const struct integration *in = e->integration;
	const struct filters *filters = e->executor->filters;

	if (in->expect && !(filters && filters_has(filters, in->expect)))
		return in->expect;
	return in->select && !(filters && filters_has(filters, in->select)) ? in->select : NULL;
}

static void on_compiled(struct filter_answer *answer, void *ctx)
{
	struct execution *e = ctx;
	bool expect = e->filtering == e->integration->expect;

	uv_timer_stop(&e->timer);
	e->filter = NULL;
	if (answer->outcome == FILTER_INVALID) {
		result_fail(e->result, ERR_INTEGRATION_CONFIG_ERROR, 0, "%s is no jq filter: %s",
			expect ? "expect" : "select", answer->error);
		execution_finish(e);
	} else if (!execution_compile(e)) {
		execution_begin_attempt(e);
	}
}

bool execution_compile(struct execution *e)
{
	const char *program = not_compiled(e);

	if (!program)
		return false;
	if (!e->executor->filters)
		e->executor->filters = filters_new(e->executor->config.loop);
	execution_await_pool(e, PHASE_COMPILING);
	e->filtering = program;
	e->filter = filter_start(e->executor->filters, program, NULL, NULL, 0, true, on_compiled, e);
	return true;
}

static void start(struct execution *e, const char *program, filter_done done)
{
	const char *arguments = e->arguments ? strstr(program, "$arguments") : NULL;
	double left_ms = execution_remaining_ms(e);
	cJSON *data = e->result->data;

	/* The pool has it until the answer. */
	e->result->data = NULL;
	execution_await_pool(e, PHASE_FILTERING);
	e->filtering = program;
	e->filter = filter_start(e->executor->filters, program, data,
		arguments ? json_copy(e->arguments) : NULL, left_ms < FILTER_MAX_MS ? left_ms : FILTER_MAX_MS,
		program == e->integration->expect, done, e);
}

/* The answer that was not as expected goes where an error's body goes, when it is small. */
static void keep_data(struct result *result)
{
	cJSON *data = result_take_data(result);
	char *text = json_print(data);

	if (strlen(text) <= METADATA_BODY_MAX)
		cJSON_AddItemToObject(result->metadata, "body", data);
	else
		cJSON_Delete(data);
	free(text);
}

static void take_back(struct execution *e, struct filter_answer *answer)
{
	uv_timer_stop(&e->timer);
	e->filter = NULL;
	e->result->data = answer->input;
	answer->input = NULL;
}

static const char *why_none(const struct filter_answer *answer)
{
	switch (answer->outcome) {
	case FILTER_STOPPED: return "it took too long and was stopped";
	case FILTER_MORE: return "it gives more than one value: put it in brackets, [...], to get a list";
	default: return answer->error ? answer->error : "it gives nothing";
	}
}

static void on_selected(struct filter_answer *answer, void *ctx)
{
	struct execution *e = ctx;
	struct result *result = e->result;

	take_back(e, answer);
	if (answer->outcome == FILTER_VALUE || answer->outcome == FILTER_EMPTY) {
		result_set_data(result, answer->value ? answer->value : cJSON_CreateNull());
		answer->value = NULL;
	} else if (result->success) {
		e->failure = FAILURE_PERMANENT;
		result_fail(result, ERR_SELECT_FAILED, 0, "select cannot be applied: %s", why_none(answer));
		keep_data(result);
	} else {
		/* Partial data has its own error. */
		cJSON_AddStringToObject(result->metadata, "selectError", why_none(answer));
		cJSON_Delete(result_take_data(result));
	}
	execution_conclude(e, e->failure);
}

static void apply_select(struct execution *e)
{
	if (e->result->data && e->integration->select)
		start(e, e->integration->select, on_selected);
	else
		execution_conclude(e, e->failure);
}

static bool is_met(const struct filter_answer *answer)
{
	return answer->value && !cJSON_IsFalse(answer->value) && !cJSON_IsNull(answer->value);
}

static void on_expected(struct filter_answer *answer, void *ctx)
{
	struct execution *e = ctx;

	take_back(e, answer);
	if (is_met(answer)) {
		apply_select(e);
		return;
	}
	if (answer->outcome == FILTER_VALUE || answer->outcome == FILTER_EMPTY) {
		e->failure = FAILURE_UNEXPECTED;
		result_fail(e->result, ERR_EXPECT_FAILED, 0,
			"the answer does not meet expect: %.200s, it is %.300s", e->integration->expect,
			e->result->summary ? e->result->summary : "null");
	} else {
		e->failure = FAILURE_PERMANENT;
		result_fail(e->result, ERR_EXPECT_FAILED, 0, "expect cannot be asked: %s", why_none(answer));
	}
	keep_data(e->result);
	execution_conclude(e, e->failure);
}

void execution_settle(struct execution *e, enum failure_class failure)
{
	e->failure = failure;
	if (e->result->success && e->integration->expect)
		start(e, e->integration->expect, on_expected);
	else
		apply_select(e);
}
