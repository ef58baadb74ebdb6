/* What is asked with tools, and what else a session may set. See openai_probe_state.h. */
#include "orchestrator/openai_probe_state.h"

#include "orchestrator/history.h"

#include <stdlib.h>
#include <string.h>

#define BIT(quirk) (1u << CHAT_##quirk)
#define WEATHER "What is the weather in Paris now? Use the tool."
#define DEGREES 21 /* in the tool's result, for the answer to repeat */

static bool streams(const struct openai_probe *probe)
{
	return probe->streams && probe->openai->settings.stream;
}

static struct probe_request with_tools(const struct openai_probe *probe, const char *prompt)
{
	return (struct probe_request){
		.prompt = prompt, .stream = streams(probe), .tools = true, .max_tokens = PROBE_ROOM_TOKENS};
}

/* --- one call */

static bool ask_call(struct openai_probe *probe, struct probe_request *request)
{
	*request = with_tools(probe, WEATHER);
	return probe->answers;
}

static bool ask_call_again(struct openai_probe *probe, struct probe_request *request)
{
	*request = with_tools(probe, WEATHER);
	return probe->no_parallel;
}

/* Some servers leave what the model has written to call a tool in its words. */
static bool is_written(const char *text, const char *tool)
{
	return strstr(text, "<tool_call") || strstr(text, "[TOOL_CALLS]") || strstr(text, "<|python_tag|>") ||
		(strstr(text, tool) && strchr(text, '{'));
}

static void tell_no_call(struct openai_probe *probe, const struct probe_exchange *x)
{
	struct probe_note note = {
		PROBE_TOOL_CALL, PROBE_CANNOT, true, "no tool is ever called; take a model that calls tools"};
	char quote[PROBE_QUOTE_SIZE];
	const char *text = x->call.outcome ? x->call.outcome->text : "";

	if (x->failure.code) {
		note.follows = "no agent with tools can work";
		probe_tell(probe, note, "%s", probe_said(x));
	} else if (is_written(text, probe->tools.items[0].name)) {
		note.follows =
			"let the server read calls: llama.cpp --jinja; vLLM --enable-auto-tool-choice and "
			"--tool-call-parser";
		probe_tell(probe, note, "the call stands in the text: %s", probe_quote(text, quote));
	} else {
		probe_tell(probe, note, "answers in words: %s", probe_quote(text, quote));
	}
	probe->calls = false;
}

static void tell_arguments(struct openai_probe *probe, const struct probe_exchange *x)
{
	const struct model_tool_call *call = &x->call.outcome->calls[0];
	char quote[PROBE_QUOTE_SIZE];
	char *text = json_print(call->arguments);

	if (call->fault)
		probe_tell(probe,
			(struct probe_note){PROBE_ARGUMENTS, PROBE_CANNOT, false,
				"the model is told of it, at most twice in a row; then the turn fails"},
			"%s", call->fault);
	else if (x->call.answer.quirks & BIT(ARGUMENTS_OBJECT))
		probe_tell(probe,
			(struct probe_note){
				PROBE_ARGUMENTS, PROBE_DEVIATES, false, "understood all the same"},
			"an object instead of a string: %s", probe_cut(text, quote));
	else if (!json_string(call->arguments, "city", NULL))
		probe_tell(probe,
			(struct probe_note){PROBE_ARGUMENTS, PROBE_DEVIATES, false,
				"the caller will be asked for what the model leaves out"},
			"%s, without the required \"city\"", probe_cut(text, quote));
	else
		probe_tell(probe, (struct probe_note){PROBE_ARGUMENTS, PROBE_OK, false, NULL},
			"JSON in a string: %s", probe_cut(text, quote));
	free(text);
}

/* The history with the call and a result for each. */
static void keep_round(struct openai_probe *probe, const struct probe_exchange *x)
{
	const struct model_answer *answer = x->call.outcome;

	probe->round = json_copy(x->messages);
	history_add_answer(probe->round, answer);
	for (size_t i = 0; i < answer->call_count; i++) {
		cJSON *content = cJSON_CreateObject(), *data;

		cJSON_AddTrueToObject(content, "success");
		data = cJSON_AddObjectToObject(content, "data");
		cJSON_AddStringToObject(data, "sky", "clear");
		cJSON_AddNumberToObject(data, "celsius", DEGREES);
		history_add_tool(probe->round, answer->calls[i].id, answer->calls[i].name, content);
	}
}

static void tell_call(struct openai_probe *probe, const struct probe_exchange *x)
{
	const char *name = x->call.outcome->calls[0].name;
	bool named = !strcmp(name, probe->tools.items[0].name), streamed = x->call.streamed,
	     whole = x->request.stream && !streamed;
	char *quirks = probe_quirks(x, ~BIT(ARGUMENTS_OBJECT));
	struct probe_note note = {.check = PROBE_TOOL_CALL, .verdict = PROBE_DEVIATES};

	note.blocks = probe->no_parallel && !probe->openai->settings.omit_parallel;
	if (probe->no_parallel)
		note.follows = "set testpanel.openai.parallelToolCalls to null";
	else if (!named)
		note.follows = "the model is told that there is no such tool";
	else if (*quirks || whole)
		note.follows = "understood all the same";
	else
		note.verdict = PROBE_OK;
	probe_tell(probe, note, "%s%s%s%s%s%s%s",
		named ? "called" : "called by another name: ", named ? "" : name,
		streamed ? ", streamed" : "", whole ? "; in one piece although a stream was asked for" : "",
		probe->no_parallel ? "; parallel_tool_calls is refused" : "", *quirks ? "; " : "", quirks);
	free(quirks);
}

static void judge_call(struct openai_probe *probe, const struct probe_exchange *x)
{
	const struct model_answer *answer = x->call.outcome;

	if (x->failure.code && strstr(x->failure.message, "parallel_tool_calls") && !probe->no_parallel) {
		probe->no_parallel = true;
		probe_recommend(probe, "parallelToolCalls", cJSON_CreateNull());
		return;
	}
	if (!answer || answer->outcome != MODEL_TOOL_CALLS) {
		tell_no_call(probe, x);
		return;
	}
	probe->calls = true;
	tell_call(probe, x);
	tell_arguments(probe, x);
	keep_round(probe, x);
}

/* --- its result */

static bool ask_result(struct openai_probe *probe, struct probe_request *request)
{
	*request = with_tools(probe, NULL);
	return probe->calls;
}

static void judge_result(struct openai_probe *probe, const struct probe_exchange *x)
{
	const struct model_answer *answer = x->call.outcome;
	char quote[PROBE_QUOTE_SIZE], degrees[8];

	snprintf(degrees, sizeof degrees, "%d", DEGREES);
	if (!answer)
		probe_tell(probe,
			(struct probe_note){PROBE_TOOL_RESULT, PROBE_CANNOT, true,
				"no turn gets past its first tool call"},
			"%s", probe_said(x));
	else if (answer->outcome == MODEL_TOOL_CALLS)
		probe_tell(probe,
			(struct probe_note){PROBE_TOOL_RESULT, PROBE_DEVIATES, false,
				"turns may go in circles until their rounds of tools are used up"},
			"calls the tool again instead of answering");
	else if (!strstr(answer->text, degrees))
		probe_tell(probe,
			(struct probe_note){PROBE_TOOL_RESULT, PROBE_DEVIATES, false,
				"replies may leave out what tools have found"},
			"not in the answer: %s", probe_quote(answer->text, quote));
	else
		probe_tell(probe, (struct probe_note){PROBE_TOOL_RESULT, PROBE_OK, false, NULL}, "used: %s",
			probe_quote(answer->text, quote));
}

/* --- several calls at once */

static bool ask_parallel(struct openai_probe *probe, struct probe_request *request)
{
	*request = with_tools(probe,
		"What is the weather in Paris, in Rome and in Oslo? Call the tool for all three at once.");
	return probe->calls;
}

static bool shares_ids(const struct chat_answer *answer)
{
	for (size_t i = 0; i < answer->call_count; i++)
		for (size_t j = 0; j < i; j++)
			if (answer->calls[i].id && answer->calls[j].id &&
				!strcmp(answer->calls[i].id, answer->calls[j].id))
				return true;
	return false;
}

static void judge_parallel(struct openai_probe *probe, const struct probe_exchange *x)
{
	const struct model_answer *answer = x->call.outcome;
	size_t count = answer && answer->outcome == MODEL_TOOL_CALLS ? answer->call_count : 0;
	char *quirks = probe_quirks(x, ~0u);
	bool shared = shares_ids(&x->call.answer), odd = *quirks || shared;

	if (!answer)
		probe_tell(probe,
			(struct probe_note){
				PROBE_PARALLEL, PROBE_CANNOT, false, "turns with several tools may fail"},
			"%s", probe_said(x));
	else if (count < 2)
		probe_tell(probe,
			(struct probe_note){PROBE_PARALLEL, PROBE_CANNOT, false,
				"several tools take as many rounds, of which a turn has five"},
			count ? "one call at a time" : "no call when three were asked for");
	else
		probe_tell(probe,
			(struct probe_note){PROBE_PARALLEL, odd ? PROBE_DEVIATES : PROBE_OK, false,
				odd ? "understood all the same" : NULL},
			"%zu calls in one answer%s%s%s", count, shared ? "; they share an id" : "",
			*quirks ? "; " : "", quirks);
	free(quirks);
}

/* --- no call at all */

static bool ask_no_calls(struct openai_probe *probe, struct probe_request *request)
{
	*request = with_tools(probe, WEATHER);
	request->no_calls = true;
	return probe->calls;
}

static void judge_no_calls(struct openai_probe *probe, const struct probe_exchange *x)
{
	struct probe_note note = {PROBE_NO_CALLS, PROBE_CANNOT, false,
		"a turn that has used up its rounds of tools ends with an error"};

	if (!x->call.outcome) {
		probe_tell(probe, note, "%s", probe_said(x));
	} else if (x->call.outcome->outcome == MODEL_TOOL_CALLS) {
		note.verdict = PROBE_DEVIATES;
		probe_tell(probe, note, "calls a tool all the same");
	} else if (x->call.answer.call_count) {
		note = (struct probe_note){PROBE_NO_CALLS, PROBE_DEVIATES, false, "the words count"};
		probe_tell(probe, note, "calls a tool all the same, beside its words");
	} else {
		probe_tell(probe, (struct probe_note){PROBE_NO_CALLS, PROBE_OK, false, NULL},
			"answers in words");
	}
}

const struct probe_step probe_tool_steps[] = {
	{PROBE_TOOL_CALL, ask_call, judge_call},
	{PROBE_TOOL_CALL, ask_call_again, judge_call},
	{PROBE_TOOL_RESULT, ask_result, judge_result},
	{PROBE_PARALLEL, ask_parallel, judge_parallel},
	{PROBE_NO_CALLS, ask_no_calls, judge_no_calls},
	{0},
};
