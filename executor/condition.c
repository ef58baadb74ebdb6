/* Conditions of others. See condition.h. */
#include "executor/condition.h"
#include "executor/execution_state.h"
#include "executor/filter.h"

#include <stdlib.h>

struct condition {
	struct filter_job *job;
	condition_done done;
	void *ctx;
};

char *condition_check_syntax(const char *program)
{
	return filter_check_syntax(program);
}

char *condition_check(const char *program)
{
	return filter_check(program);
}

static enum condition_outcome judge(const struct filter_answer *answer)
{
	switch (answer->outcome) {
	case FILTER_VALUE:
	case FILTER_MORE:
		return cJSON_IsFalse(answer->value) || cJSON_IsNull(answer->value) ? CONDITION_BROKEN
										   : CONDITION_HOLDS;
	case FILTER_EMPTY: return CONDITION_BROKEN;
	default: return CONDITION_UNDECIDED;
	}
}

static const char *why(const struct filter_answer *answer)
{
	if (answer->outcome == FILTER_STOPPED)
		return "it took too long and was stopped";
	return answer->error ? answer->error : "it gives nothing";
}

static void on_answer(struct filter_answer *answer, void *ctx)
{
	struct condition *condition = ctx;
	enum condition_outcome outcome = judge(answer);

	condition->done(outcome, outcome == CONDITION_UNDECIDED ? why(answer) : NULL, condition->ctx);
	free(condition);
}

struct condition *condition_ask(
	struct executor *executor, const char *program, cJSON *input, condition_done done, void *ctx)
{
	struct condition *condition = xcalloc(1, sizeof *condition);
	const cJSON *arguments = json_get(input, "arguments");

	if (!executor->filters)
		executor->filters = filters_new(executor->config.loop);
	condition->done = done;
	condition->ctx = ctx;
	condition->job = filter_start(executor->filters, program, input,
		arguments ? json_copy(arguments) : NULL, CONDITION_MAX_MS, true, on_answer, condition);
	return condition;
}

void condition_cancel(struct condition *condition)
{
	filter_cancel(condition->job);
	free(condition);
}
