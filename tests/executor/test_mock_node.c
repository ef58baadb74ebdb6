/* Mock nodes that do more than say their output: templates, sequences, status, latency and faults, with the
 * codes and retries that a REST node would have. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define NODE(output, testpanel)                                                                              \
	"{'integrationType':'mock','mockOutput':" output ",'testpanel':{'timeoutMs':200,"                    \
	"'retry':{'max':3,'initialMs':1,'maxMs':1}" testpanel "}}"

Test(mock_node, templates)
{
	static const char args[] = "{'name':'Ada','n':3,'who':{'first':'Bo'},'list':[1,2],'count':7}";
	static const struct {
		const char *output, *arguments, *expected, *comment;
	} rows[] = {
		{"{'a':'{{name}}'}", args, "{\"a\":\"Ada\"}", "an argument"},
		{"{'a':'{{args.name}}'}", args, "{\"a\":\"Ada\"}", "the same with args"},
		{"{'a':'{{ n }}','b':'n={{n}}'}", args, "{\"a\":3,\"b\":\"n=3\"}", "its own type when alone"},
		{"{'a':'{{who}}','b':'{{who.first}}!'}", args, "{\"a\":{\"first\":\"Bo\"},\"b\":\"Bo!\"}",
			"objects and members"},
		{"['{{list}}']", args, "[[1,2]]", "an array"},
		{"{'a':'{{args.nobody}}','b':'<{{args.nobody}}>'}", args, "{\"a\":null,\"b\":\"<>\"}",
			"what args lacks is null"},
		{"{'a':'{{nobody}}','b':'<{{ nobody }}>'}", args,
			"{\"a\":\"{{nobody}}\",\"b\":\"<{{ nobody }}>\"}", "other braces stay as they are"},
		{"{'a':'{{nobody|5}}','b':'{{args.nobody|no one}}','c':'{{name|x}}'}", args,
			"{\"a\":5,\"b\":\"no one\",\"c\":\"Ada\"}", "a fallback"},
		{"{'a':'{{'}", args, "{\"a\":\"{{\"}", "not closed"},
		{"{'a':'{{count}}'}", "{}", "{\"a\":1}", "the turn"},
		{"{'a':'{{count}}'}", args, "{\"a\":7}", "an argument of that name wins"},
		{"{'a':'{{name}}'}", NULL, "{\"a\":\"{{name}}\"}", "without arguments"},
		{"'{\\'a\\':\\'{{name}}\\'}'", args, "{\"a\":\"Ada\"}", "output in a string"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf("{'integrationType':'mock','mockOutput':%s}", rows[i].output), *json;
		struct result *result;
		struct rig rig;

		rig_init(&rig);
		result = rig_run(&rig, data, rows[i].arguments);
		json = json_print(result->data);
		cr_expect(result->success, "%s: %s", rows[i].comment, result->error);
		cr_expect_str_eq(json, rows[i].expected, "%s: %s", rows[i].comment, json);
		free(json);
		free(data);
		result_free(result);
		rig_done(&rig);
	}
}

/* An argument may hold quotes, braces and line ends: it stays a value. */
Test(mock_node, arguments_are_values)
{
	struct rig rig;
	struct result *result;
	cJSON *args = cJSON_CreateObject();
	char *text;

	cJSON_AddStringToObject(args, "name", "\",\n{{n}}\\");
	cJSON_AddStringToObject(args, "n", "deep");
	text = json_print(args);
	rig_init(&rig);
	result = rig_run(&rig, NODE("{'a':'<{{name}}>'}", ""), text);
	cr_expect(result->success);
	cr_expect_str_eq(json_string(result->data, "a", ""), "<\",\n{{n}}\\>");
	result_free(result);
	free(text);
	cJSON_Delete(args);
	rig_done(&rig);
}

Test(mock_node, outcomes)
{
	static const struct {
		const char *data, *code, *output;
		long status; /* of the first attempt */
		size_t attempts;
		const char *comment;
	} rows[] = {
		{NODE("{'a':1}", ",'sequence':[{'status':503},{'fault':'reset'},{}]"), "", "{\"a\":1}", 503,
			3, "fails twice, then its output"},
		{NODE("{'a':1}", ",'sequence':[{'status':503},{'body':{'b':'{{count}}'}}]"), "", "{\"b\":2}",
			503, 2, "a body of the sequence's own"},
		{NODE("{'a':1}", ",'status':503"), "REST_503", "null", 503, 4, "503 for ever"},
		{NODE("{'a':1}", ",'status':404"), "REST_404", "null", 404, 1, "a final status"},
		{NODE("{'a':1}", ",'status':429,'headers':{'retry-after':'9'},'deadlineMs':300"), "REST_429",
			"null", 429, 1, "Retry-After over the deadline"},
		{NODE("{'a':1}", ",'status':204"), "", "null", 204, 1, "no content"},
		{NODE("{'a':1}", ",'text':'half a {','contentType':'application/json'"),
			"RESPONSE_INVALID_JSON", "null", 200, 1, "text that is no JSON"},
		{NODE("{'a':1}", ",'text':'hello {{name|you}}'"), "", "\"hello you\"", 200, 1, "text"},
		{NODE("{'a':1}", ",'fault':'reset'"), "REST_NETWORK_ERROR", "null", 0, 4, "reset"},
		{NODE("{'a':1}", ",'fault':'close'"), "REST_NETWORK_ERROR", "null", 0, 4, "close"},
		{NODE("{'a':1}", ",'fault':'garbage'"), "REST_NETWORK_ERROR", "null", 0, 4, "garbage"},
		{NODE("{'a':1}", ",'fault':'truncate'"), "REST_NETWORK_ERROR", "null", 200, 4, "truncate"},
		{NODE("{'a':1}", ",'fault':'timeout','deadlineMs':250"), "INTEGRATION_TIMEOUT", "null", 0, 2,
			"timeout, until the deadline"},
		{NODE("{'a':1}", ",'fault':'trickle','trickleMs':5"), "", "{\"a\":1}", 200, 1, "trickle"},
		{NODE("{'a':1}", ",'fault':'trickle','trickleMs':100"), "INTEGRATION_TIMEOUT", "null", 0, 4,
			"a trickle that takes too long"},
		{NODE("{'a':1}", ",'latencyMs':500"), "INTEGRATION_TIMEOUT", "null", 0, 4, "too late"},
		{NODE("{'a':1}", ",'fault':'reset','faultProbability':0"), "", "{\"a\":1}", 200, 1, "never"},
		{NODE("{'a':1}", ",'faults':[{'status':500,'probability':1}]"), "REST_500", "null", 500, 4,
			"by chance, always"},
		{NODE("''", ",'body':[1]"), "", "[1]", 200, 1, "a body instead of the output"},
		{NODE("''", ",'status':500"), "REST_500", "null", 500, 4, "an error needs no output"},
		{NODE("''", ",'sequence':[{'status':500},{}]"), "MOCK_NO_OUTPUT", "null", 0, 0,
			"but what follows it does"},
		{NODE("'{'", ",'status':500"), "MOCK_JSON_PARSE_ERROR", "null", 0, 0, "a broken output"},
		{NODE("{}", ",'status':99"), "INTEGRATION_CONFIG_ERROR", "null", 0, 0, "a faulty member"},
		{NODE("{}", ",'sequence':[{'stats':500}]"), "INTEGRATION_CONFIG_ERROR", "null", 0, 0,
			"a misspelt member"},
		{NODE("{'b':[{'c':5}]}", ",'latencyMs':1,'select':'.b[0].c'"), "", "5", 200, 1,
			"select works on it"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result;
		struct rig rig;
		char *output;

		rig_init(&rig);
		result = rig_run(&rig, rows[i].data, "{}");
		output = json_print(result->data);
		cr_expect_str_eq(
			result->error_code, rows[i].code, "%s: %s", rows[i].comment, result->error_code);
		cr_expect_str_eq(output, rows[i].output, "%s: %s", rows[i].comment, output);
		cr_expect_eq(result->attempt_count, rows[i].attempts, "%s: %zu attempts", rows[i].comment,
			result->attempt_count);
		cr_expect_str_eq(result->source, "mock");
		cr_expect(!result->attempt_count || result->attempts[0].status == rows[i].status,
			"%s: status %ld", rows[i].comment, result->attempts[0].status);
		free(output);
		result_free(result);
		rig_done(&rig);
	}
}

/* The sequence goes on from execution to execution. */
Test(mock_node, sequence_over_executions)
{
	static const char *const expected[] = {"1", "2", "1", "2", "1"};
	struct integration *integration = rig_integration(
		NODE("''", ",'sequence':[{'body':{'a':1}},{'body':{'a':2}}],'after':'loop','select':'.a'"));
	struct rig rig;

	rig_init(&rig);
	for (size_t i = 0; i < 5; i++) {
		struct result *result = rig_execute(&rig, integration, NULL);
		char *output = json_print(result->data);

		cr_expect_str_eq(output, expected[i], "%zu: %s", i, output);
		free(output);
		result_free(result);
	}
	integration_free(integration);
	rig_done(&rig);
}

static char *seen(const char *id, uint64_t seed)
{
	cJSON *data = rig_json("{'integrationType':'mock','mockOutput':{},'testpanel':{'retry':{'max':0},"
			       "'faults':[{'status':500,'probability':0.5}]}}");
	struct integration *integration = integration_parse(id, data, NULL, "", NULL);
	struct buffer out;
	struct rig rig;

	buffer_init(&out, BUFFER_MAX_TEXT);
	rig_init(&rig);
	executor_free(rig.executor);
	rig.executor = executor_new(&(struct executor_config){
		&rig.loop, &clock_system, rig.tracer, rig.logger, rig.redactor, rig.env, seed});
	for (int i = 0; i < 40; i++) {
		struct result *result = rig_execute(&rig, integration, NULL);

		buffer_append_char(&out, result->success ? '+' : '-');
		result_free(result);
	}
	rig_done(&rig);
	integration_free(integration);
	cJSON_Delete(data);
	return buffer_take(&out);
}

Test(mock_node, seed_decides)
{
	char *first = seen("pms", 1), *again = seen("pms", 1), *other_seed = seen("pms", 2),
	     *other_node = seen("billing", 1);

	cr_expect_str_eq(first, again);
	cr_expect_str_neq(first, other_seed);
	cr_expect_str_neq(first, other_node, "nodes do not fail together");
	cr_expect(strchr(first, '+') && strchr(first, '-'), "%s", first);
	free(first);
	free(again);
	free(other_seed);
	free(other_node);
}

Test(mock_node, opens_the_breaker_and_marks_its_span)
{
	static const char data[] =
		NODE("{}", ",'fault':'close','breaker':{'minimumCalls':2,'window':4,'openMs':60000}");
	struct breaker_view view;
	struct result *result;
	struct rig rig;
	char *record;

	rig_init(&rig);
	result = rig_run(&rig, data, NULL);
	cr_expect(executor_breaker_read(rig.executor, "node", &view) && view.state == BREAKER_OPEN);
	record = rig_record(&rig);
	cr_expect(strstr(record, "testpanel.fault"));
	cr_expect(strstr(record, "(injected)"));
	free(record);
	result_free(result);
	rig_done(&rig);
}

Test(mock_node, faults_of_the_file)
{
	static const struct {
		const char *data, *pointer, *message;
		enum fault_severity severity;
	} rows[] = {
		{NODE("{}", ",'status':99"), "/n/testpanel/status", "from 200 to 599", FAULT_ERROR},
		{NODE("{}", ",'sequence':[{'stats':500}]"), "/n/testpanel/sequence/0/stats",
			"did you mean status?", FAULT_ERROR},
		{NODE("{}", ",'latencyMs':{'uniform':[2,1]}"), "/n/testpanel/latencyMs/uniform",
			"the lower first", FAULT_ERROR},
		{NODE("{}", ",'sequence':[{}],'status':500"), "/n/testpanel/status", "beside a sequence",
			FAULT_ERROR},
		{NODE("{}", ",'body':'{{oops'"), "/n/testpanel/body", "without \"}}\"", FAULT_ERROR},
		{"{'integrationType':'rest','url':'http://a/','testpanel':{'fault':'reset'}}",
			"/n/testpanel/fault", "only a mock heeds fault", FAULT_WARNING},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cJSON *data = rig_json(rows[i].data);
		struct faults faults;

		faults_init(&faults);
		integration_free(integration_parse("n", data, NULL, "/n", &faults));
		cr_assert_eq(faults.count, 1, "%s: %zu", rows[i].data, faults.count);
		cr_expect_str_eq(faults.items[0].pointer, rows[i].pointer);
		cr_expect(strstr(faults.items[0].message, rows[i].message), "%s", faults.items[0].message);
		cr_expect_eq(faults.items[0].severity, rows[i].severity);
		faults_done(&faults);
		cJSON_Delete(data);
	}
}
