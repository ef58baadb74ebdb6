/* GraphQL over HTTP: what is sent, and the truth table of media type, status and body. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define GQL "application/graphql-response+json"
#define JSON "application/json"
#define QUERY(rest)                                                                                          \
	"{'integrationType':'graphql','url':'${URL}/"                                                        \
	"graphql','testpanel':{'retry':{'max':1,'initialMs':1,'maxMs':1}}," rest "}"

Test(graphql, what_is_sent)
{
	static const struct {
		const char *data, *arguments, *body, *comment;
	} rows[] = {
		{QUERY("'graphQLQuery':'{ hotel { name } }'"), NULL, "{\"query\":\"{ hotel { name } }\"}",
			"shorthand"},
		{QUERY("'graphQLQuery':'query Q($a: Int) { x(a: $a) "
		       "}','graphQLVariables':'{\\'a\\':1,\\'b\\':2}'"),
			"{'a':5}",
			"{\"query\":\"query Q($a: Int) { x(a: $a) "
			"}\",\"operationName\":\"Q\",\"variables\":{\"b\":2,\"a\":5}}",
			"arguments override variables"},
		{QUERY("'graphQLQuery':'{ x }','graphQLVariables':'{\\'id\\':\\'{{n}}\\',\\'k\\':{{n}}}'"),
			"{'n':7}", "{\"query\":\"{ x }\",\"variables\":{\"id\":\"7\",\"k\":7}}",
			"those a template names are not added"},
		{QUERY("'graphQLQuery':'# {\\nquery A { a(s: \\'} query\\') } fragment F on T { b }'"), NULL,
			"{\"query\":\"# {\\nquery A { a(s: \\\"} query\\\") } fragment F on T { b "
			"}\",\"operationName\":\"A\"}",
			"comments, strings and fragments"},
		{QUERY("'graphQLQuery':'query A { a } query B { b }','operationName':'B'"), NULL,
			"{\"query\":\"query A { a } query B { b }\",\"operationName\":\"B\"}", "one of two"},
	};
	struct rig rig;

	rig_init(&rig);
	script_answer(rig.server, 200, GQL, "", "{\"data\":{}}");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result = rig_run(&rig, rows[i].data, rows[i].arguments);
		const char *request = script_request(rig.server, i), *body = strstr(request, "\r\n\r\n");

		cr_expect(result->success, "%s: %s", rows[i].comment, result->error);
		cr_expect(!strncmp(request, "POST /graphql HTTP/1.1\r\n", 24), "%s", request);
		cr_expect(strstr(request, "\r\nAccept: " GQL ", " JSON ";q=0.9\r\n"), "%s", request);
		cr_expect(strstr(request, "\r\nContent-Type: application/json\r\n"), "%s", request);
		cr_expect_str_eq(body + 4, rows[i].body, "%s: %s", rows[i].comment, body + 4);
		result_free(result);
	}
	rig_done(&rig);
}

Test(graphql, answers)
{
	static const struct {
		int status;
		const char *type, *body, *code, *data, *message, *comment;
	} rows[] = {
		{200, GQL, "{\"data\":{\"a\":1}}", "", "{\"a\":1}", NULL, "data"},
		{200, JSON, "{\"data\":{\"a\":1},\"errors\":[]}", "", "{\"a\":1}", NULL,
			"an empty list of errors is none"},
		{200, JSON, "{\"data\":null}", "", "null", NULL, "null data without errors"},
		{200, GQL, "{\"data\":{\"a\":1,\"b\":null},\"errors\":[{\"message\":\"no b\"}]}",
			"GRAPHQL_QUERY_ERROR", "{\"a\":1,\"b\":null}", "no b", "partial"},
		{294, GQL, "{\"data\":{\"a\":1},\"errors\":[{\"message\":\"x\"}]}", "GRAPHQL_QUERY_ERROR",
			"{\"a\":1}", "x", "partial, by its own status"},
		{200, JSON, "{\"data\":null,\"errors\":[{\"message\":\"x\"},{\"message\":\"y\"}]}",
			"GRAPHQL_QUERY_ERROR", "null", "x (and 1 more)", "nothing but errors"},
		{200, JSON, "{\"errors\":[{\"message\":\"Syntax\"}]}", "GRAPHQL_QUERY_ERROR", "null",
			"Syntax", "request error"},
		{200, JSON, "{\"errors\":[{}]}", "GRAPHQL_QUERY_ERROR", "null", "reported errors",
			"an error without message"},
		{400, GQL, "{\"errors\":[{\"message\":\"bad\"}]}", "GRAPHQL_QUERY_ERROR", "null", "bad",
			"400 with errors"},
		{422, JSON, "{\"errors\":[{\"message\":\"bad\"}]}", "GRAPHQL_QUERY_ERROR", "null", "bad",
			"an older server's 4xx"},
		{400, JSON, "{\"error\":\"nope\"}", "GRAPHQL_400", "null", "nope", "400 of something else"},
		{401, "text/html", "<p>login</p>", "GRAPHQL_401", "null", "<p>login</p>", "401"},
		{404, NULL, "", "GRAPHQL_404", "null", "Not Found", "404"},
		{200, JSON, "{\"x\":1}", "INTEGRATION_EXECUTION_ERROR", "null", "neither data nor a list",
			"not GraphQL"},
		{200, JSON, "[1]", "INTEGRATION_EXECUTION_ERROR", "null", "neither", "an array"},
		{200, JSON, "{", "RESPONSE_INVALID_JSON", "null", "line 1", "no JSON"},
		{200, "text/html", "<p>", "RESPONSE_INVALID_JSON", "null", "text/html", "HTML"},
		{204, NULL, "", "RESPONSE_INVALID_JSON", "null", "empty", "nothing"},
		{200, JSON, "", "RESPONSE_INVALID_JSON", "null", JSON, "nothing of JSON's type"},
		{200, "text/html", "{\"data\":{\"a\":1}}", "", "{\"a\":1}", NULL,
			"a response under a wrong type"},
		{200, "text/plain", "{\"data\":{\"a\":1}}", "", "{\"a\":1}", NULL, "as text"},
		{200, NULL, "{\"data\":{\"a\":1}}", "", "{\"a\":1}", NULL, "of no type"},
		{200, "image/png", "\x89PNG", "RESPONSE_INVALID_JSON", "null", "image/png", "a picture"},
		{200, GQL,
			"{\"data\":{\"a\":null},\"errors\":[{\"message\":\"m\",\"path\":[\"a\",0,\"b "
			"c\",\"d\"]},{\"message\":\"n\"}]}",
			"GRAPHQL_QUERY_ERROR", "{\"a\":null}", "m (at a[0][?].d) (and 1 more)", "a path"},
		{200, GQL, "{\"data\":{\"a\":1},\"errors\":\"x\"}", "INTEGRATION_EXECUTION_ERROR", "null",
			"a list of errors", "errors that are no list"},
		{200, GQL, "{\"data\":{\"a\":1},\"errors\":null}", "", "{\"a\":1}", NULL,
			"null is no errors"},
		{404, JSON, "{\"data\":{\"a\":1}}", "GRAPHQL_404", "null", "404",
			"data without errors in a 4xx"},
		{404, GQL, "{\"data\":{\"a\":1}}", "", "{\"a\":1}", NULL, "by its own type it counts"},
		{501, GQL, "{\"errors\":[{\"message\":\"m\"}]}", "GRAPHQL_QUERY_ERROR", "null", "m",
			"a 5xx of its own type"},
		{501, JSON, "{\"errors\":[{\"message\":\"m\"}]}", "GRAPHQL_501", "null",
			"501 Not Implemented: m", "a 5xx under application/json"},
		{406, "text/html", "<p>", "GRAPHQL_406", "null", "406", "a page"},
		{302, NULL, "", "GRAPHQL_302", "null", "302", "a redirect to nowhere"},
	};
	struct rig rig;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result;
		char *data;

		script_clear(rig.server);
		script_answer(rig.server, rows[i].status, rows[i].type, "", rows[i].body);
		result = rig_run(&rig, QUERY("'graphQLQuery':'{ a }'"), NULL);
		data = json_print(result->data);
		cr_expect_str_eq(result->error_code, rows[i].code, "%s: %s: %s", rows[i].comment,
			result->error_code, result->error);
		cr_expect_str_eq(data, rows[i].data, "%s: %s", rows[i].comment, data);
		cr_expect_eq(result->success, !*rows[i].code, "%s", rows[i].comment);
		cr_expect(!rows[i].message || strstr(result->error, rows[i].message), "%s: %s",
			rows[i].comment, result->error);
		cr_expect_eq(result->attempt_count, 1, "%s", rows[i].comment);
		cr_expect(!result->retryable, "%s", rows[i].comment);
		free(data);
		result_free(result);
	}
	rig_done(&rig);
}

/* The draft's table whole: what a body of each shape means under each media type and status. With its own
 * type it is GraphQL whatever the status; under application/json a 2xx says so, and a 4xx whose body has
 * errors is believed as well, as servers older than the type send that. */
Test(graphql, truth_table)
{
	enum {
		DATA,
		PARTIAL,
		NULL_DATA,
		ERRORS,
		OTHER,
		BROKEN,
		NOTHING,
		SHAPES
	};
	static const char *const bodies[SHAPES] = {
		[DATA] = "{\"data\":{\"a\":1}}",
		[PARTIAL] = "{\"data\":{\"a\":1},\"errors\":[{\"message\":\"m\"}]}",
		[NULL_DATA] = "{\"data\":null,\"errors\":[{\"message\":\"m\"}]}",
		[ERRORS] = "{\"errors\":[{\"message\":\"m\"}]}",
		[OTHER] = "{\"a\":1}",
		[BROKEN] = "{\"data\":",
		[NOTHING] = "",
	};
#define QUERY_ERROR "GRAPHQL_QUERY_ERROR"
#define NO_GRAPHQL "INTEGRATION_EXECUTION_ERROR"
#define NO_JSON "RESPONSE_INVALID_JSON"
	static const struct {
		const char *type;
		int status;
		const char *codes[SHAPES];
	} rows[] = {
		{GQL, 200, {"", QUERY_ERROR, QUERY_ERROR, QUERY_ERROR, NO_GRAPHQL, NO_JSON, NO_JSON}},
		{GQL, 294, {"", QUERY_ERROR, QUERY_ERROR, QUERY_ERROR, NO_GRAPHQL, NO_JSON, NO_JSON}},
		{GQL, 400,
			{"", QUERY_ERROR, QUERY_ERROR, QUERY_ERROR, "GRAPHQL_400", "GRAPHQL_400",
				"GRAPHQL_400"}},
		{GQL, 422,
			{"", QUERY_ERROR, QUERY_ERROR, QUERY_ERROR, "GRAPHQL_422", "GRAPHQL_422",
				"GRAPHQL_422"}},
		{GQL, 500,
			{"", QUERY_ERROR, QUERY_ERROR, QUERY_ERROR, "GRAPHQL_500", "GRAPHQL_500",
				"GRAPHQL_500"}},
		{JSON, 200, {"", QUERY_ERROR, QUERY_ERROR, QUERY_ERROR, NO_GRAPHQL, NO_JSON, NO_JSON}},
		{JSON, 294, {"", QUERY_ERROR, QUERY_ERROR, QUERY_ERROR, NO_GRAPHQL, NO_JSON, NO_JSON}},
		{JSON, 400,
			{"GRAPHQL_400", QUERY_ERROR, QUERY_ERROR, QUERY_ERROR, "GRAPHQL_400", "GRAPHQL_400",
				"GRAPHQL_400"}},
		{JSON, 422,
			{"GRAPHQL_422", QUERY_ERROR, QUERY_ERROR, QUERY_ERROR, "GRAPHQL_422", "GRAPHQL_422",
				"GRAPHQL_422"}},
		{JSON, 500,
			{"GRAPHQL_500", "GRAPHQL_500", "GRAPHQL_500", "GRAPHQL_500", "GRAPHQL_500",
				"GRAPHQL_500", "GRAPHQL_500"}},
	};
	struct rig rig;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (size_t shape = 0; shape < SHAPES; shape++) {
			const char *code = rows[i].codes[shape];
			bool partial = shape == PARTIAL && !strcmp(code, QUERY_ERROR);
			struct result *result;

			script_clear(rig.server);
			script_answer(rig.server, rows[i].status, rows[i].type, "", bodies[shape]);
			result = rig_run(&rig,
				"{'integrationType':'graphql','url':'${URL}/','graphQLQuery':'{ a }',"
				"'testpanel':{'retry':{'max':0}}}",
				NULL);
			cr_expect_str_eq(result->error_code, code, "%s %d %s: %s", rows[i].type,
				rows[i].status, bodies[shape], result->error_code);
			cr_expect_eq(result->success, !*code, "%s", bodies[shape]);
			cr_expect_eq(result->data != NULL, !*code || partial, "%s %d %s", rows[i].type,
				rows[i].status, bodies[shape]);
			cr_expect_eq(cJSON_IsTrue(json_get(result->metadata, "partial")), partial, "%s %d %s",
				rows[i].type, rows[i].status, bodies[shape]);
			result_free(result);
		}
	}
	rig_done(&rig);
}

Test(graphql, errors_and_extensions_are_kept)
{
	struct rig rig;
	struct result *result;
	const cJSON *errors;

	rig_init(&rig);
	script_answer(rig.server, 200, GQL, "",
		"{\"errors\":[{\"message\":\"m\",\"path\":[\"a\",0],\"extensions\":{\"code\":\"X\"}}],"
		"\"extensions\":{\"cost\":3}}");
	result = rig_run(&rig, QUERY("'graphQLQuery':'{ a }'"), NULL);
	errors = json_get(result->metadata, "graphqlErrors");
	cr_expect_str_eq(json_string(json_get(errors->child, "extensions"), "code", ""), "X");
	cr_expect_eq(json_number(json_get(result->metadata, "extensions"), "cost", 0), 3);
	result_free(result);
	rig_done(&rig);
}

Test(graphql, partial_data_tells_where)
{
	struct rig rig;
	struct result *result;
	char *paths;

	rig_init(&rig);
	script_answer(rig.server, 200, GQL, "",
		"{\"data\":{\"hotel\":{\"rooms\":[{\"price\":null}]}},\"errors\":[{\"message\":\"no price\","
		"\"path\":[\"hotel\",\"rooms\",0,\"price\"]},{\"message\":\"x\",\"path\":[]},{\"message\":"
		"\"y\",\"path\":[\"b\"]},5]}");
	result = rig_run(&rig, QUERY("'graphQLQuery':'{ a }'"), NULL);
	paths = json_print(json_get(result->metadata, "errorPaths"));
	cr_expect_str_eq(paths, "[\"hotel.rooms[0].price\",\"b\"]");
	cr_expect(json_bool(result->metadata, "partial", false));
	cr_expect_not_null(result->data);
	free(paths);
	result_free(result);
	rig_done(&rig);
}

Test(graphql, by_get)
{
	static const struct {
		const char *data, *arguments, *line;
	} rows[] = {
		{QUERY("'graphQLQuery':'{ a(b: \\'x&y\\') }'"), NULL,
			"GET /graphql?query=%7B%20a%28b%3A%20%22x%26y%22%29%20%7D HTTP/1.1\r\n"},
		{QUERY("'graphQLQuery':'query Q($n: Int) { a "
		       "}','graphQLVariables':{'n':12345678901234567890}"),
			NULL,
			"GET "
			"/graphql?query=query%20Q%28%24n%3A%20Int%29%20%7B%20a%20%7D&operationName=Q&"
			"variables="
			"%7B%22n%22%3A12345678901234567890%7D HTTP/1.1\r\n"},
	};
	struct rig rig;

	rig_init(&rig);
	script_answer(rig.server, 200, GQL, "", "{\"data\":{}}");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xstrdup(rows[i].data), *at = strstr(data, "'retry'"), *by_get;
		struct result *result;

		by_get = xasprintf("%.*s'method':'GET',%s", (int)(at - data), data, at);
		result = rig_run(&rig, by_get, rows[i].arguments);
		cr_expect(result->success, "%s", result->error);
		cr_expect(!strncmp(script_request(rig.server, i), rows[i].line, strlen(rows[i].line)), "%s",
			script_request(rig.server, i));
		cr_expect(!strstr(script_request(rig.server, i), "Content-Length"));
		result_free(result);
		free(by_get);
		free(data);
	}
	rig_done(&rig);
}

Test(graphql, faults)
{
	static const struct {
		const char *rest, *pointer;
		enum fault_severity severity;
		const char *part;
	} rows[] = {
		{"'graphQLQuery':'mutation { a }','testpanel':{'method':'GET'}", "/testpanel/method",
			FAULT_ERROR, "a mutation must not go by GET"},
		{"'graphQLQuery':'{ a }','testpanel':{'method':'PUT'}", "/testpanel/method", FAULT_ERROR,
			"by \"POST\" or"},
		{"'graphQLQuery':'{ a }','testpanel':{'method':1}", "/testpanel/method", FAULT_ERROR, "POST"},
		{"'graphQLQuery':'query($a: Int) { a }','graphQLVariables':{'a':1,'b':2}",
			"/graphQLVariables", FAULT_WARNING, "declares no $b"},
		{"'graphQLQuery':'query A { a } mutation B($x: Int) { b }','testpanel':{'operationName':'B'},"
		 "'graphQLVariables':{'x':1,'y':2}",
			"/graphQLVariables", FAULT_WARNING, "declares no $y"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf(
			"{'integrationType':'graphql','method':'GET','url':'http://h/',%s}", rows[i].rest);
		cJSON *json = rig_json(data);
		struct faults faults;

		faults_init(&faults);
		integration_free(integration_parse("n", json, NULL, "", &faults));
		cr_assert_eq(faults.count, 1, "%s: %zu faults", data, faults.count);
		cr_expect_str_eq(
			faults.items[0].pointer, rows[i].pointer, "%s: %s", data, faults.items[0].pointer);
		cr_expect_eq(faults.items[0].severity, rows[i].severity, "%s", data);
		cr_expect(strstr(faults.items[0].message, rows[i].part), "%s: %s", data,
			faults.items[0].message);
		faults_done(&faults);
		cJSON_Delete(json);
		free(data);
	}
}

Test(graphql, too_long_for_a_url)
{
	struct rig rig;
	struct result *result;
	char *data;

	rig_init(&rig);
	data = xasprintf(
		"{'integrationType':'graphql','url':'${URL}/','graphQLQuery':'{ a }%20000s','testpanel':"
		"{'method':'GET'}}",
		"");
	result = rig_run(&rig, data, NULL);
	cr_expect_str_eq(result->error_code, "INTEGRATION_CONFIG_ERROR");
	cr_expect(strstr(result->error, "too long for a URL"), "%s", result->error);
	result_free(result);
	free(data);
	rig_done(&rig);
}

Test(graphql, retries)
{
	static const struct {
		const char *query, *more;
		int status;
		const char *type, *body;
		size_t arrivals;
		const char *comment;
	} rows[] = {
		{"query { a }", "", 503, NULL, "", 2, "a query is repeated"},
		{"{ a }", "", 503, GQL, "{\"errors\":[{\"message\":\"busy\"}]}", 2,
			"also when the 503 is GraphQL"},
		{"mutation { a }", "", 503, NULL, "", 1, "a mutation is not"},
		{"mutation { a }", ",'idempotent':true", 503, NULL, "", 2, "unless the node says so"},
		{"mutation { a }", "", 429, NULL, "", 2, "429 is for all"},
		{"query { a }", "", 400, NULL, "", 1, "400 is final"},
	};
	struct rig rig;
	size_t before = 0;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf("{'integrationType':'graphql','url':'${URL}/','graphQLQuery':'%s',"
				       "'testpanel':{'retry':{'max':1,'initialMs':1,'maxMs':1}%s}}",
			rows[i].query, rows[i].more);

		script_clear(rig.server);
		script_answer(rig.server, rows[i].status, rows[i].type, "", rows[i].body);
		script_answer(rig.server, 200, JSON, "", "{\"data\":{}}");
		result_free(rig_run(&rig, data, NULL));
		cr_expect_eq(script_requests(rig.server) - before, rows[i].arrivals, "%s", rows[i].comment);
		before = script_requests(rig.server);
		free(data);
	}
	rig_done(&rig);
}

Test(graphql, required_variables)
{
	static const struct {
		const char *rest, *arguments, *message, *comment;
	} rows[] = {
		{"'graphQLQuery':'query Q($id: ID!) { a }'", NULL,
			"no value for $id: ID! (line 1), which the query Q requires", "nothing gives it"},
		{"'graphQLQuery':'query Q($id: ID!) { a }'", "{'id':7}", NULL, "an argument gives it"},
		{"'graphQLQuery':'query Q($id: ID!) { a }'", "{'Id':7}", "no value for $id", "another case"},
		{"'graphQLQuery':'query Q($id: ID!) { a }'", "{'id':null}", "$id: ID! (line 1, null)",
			"null is no value"},
		{"'graphQLQuery':'query Q($id: ID!) { a }','graphQLVariables':{'id':7}", NULL, NULL,
			"the node gives it"},
		{"'graphQLQuery':'query Q($id: ID!) { a }','graphQLVariables':{'id':7}", "{'id':null}",
			"null)", "null overrides the node's"},
		{"'graphQLQuery':'query Q($id: ID!) { a }','graphQLVariables':{'id':'{{n}}'}", "{'n':7}",
			NULL, "by a template"},
		{"'graphQLQuery':'query Q($id: ID!) { a }','headers':{'X-Id':'{{id}}'}", "{'id':7}",
			"no value for $id", "a template elsewhere takes the argument"},
		{"'graphQLQuery':'query ($id: ID! = 7, $n: Int) { a }'", NULL, NULL,
			"a default, an optional one"},
		{"'graphQLQuery':'mutation\\n(\\n$id: [ ID! ] !,\\n$n: Int!) { a }'", NULL,
			"no value for $id: [ID!]! (line 3), $n: Int! (line 4), which the mutation without a "
			"name",
			"two"},
		{"'graphQLQuery':'query A($id: ID!) { a } query B { b }','operationName':'B'", NULL, NULL,
			"of the operation that does not run"},
	};
	struct rig rig;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *comment = rows[i].comment;
		char *data = xasprintf("{'integrationType':'graphql','url':'${URL}/',%s}", rows[i].rest);
		size_t before = script_requests(rig.server);
		struct result *result;

		script_clear(rig.server);
		script_answer(rig.server, 200, GQL, "", "{\"data\":{}}");
		result = rig_run(&rig, data, rows[i].arguments);
		cr_expect_eq(result->success, !rows[i].message, "%s: %s", comment, result->error);
		cr_expect_eq(script_requests(rig.server) - before, rows[i].message ? 0 : 1, "%s", comment);
		if (rows[i].message) {
			cr_expect_str_eq(result->error_code, "GRAPHQL_INVALID_VARIABLES", "%s", comment);
			cr_expect(strstr(result->error, rows[i].message), "%s: %s", comment, result->error);
			cr_expect(!result->retryable && !result->attempt_count, "%s", comment);
		}
		result_free(result);
		free(data);
	}
	rig_done(&rig);
}

Test(graphql, configuration)
{
	static const struct {
		const char *data, *code, *comment;
	} rows[] = {
		{"{'integrationType':'graphql','graphQLQuery':'{ a }'}", "GRAPHQL_NO_URL", "no url"},
		{"{'integrationType':'graphql','url':'${URL}'}", "GRAPHQL_NO_QUERY", "no query"},
		{"{'integrationType':'graphql','url':'${URL}','graphQLQuery':' '}", "GRAPHQL_NO_QUERY",
			"a blank one"},
		{QUERY("'graphQLQuery':'{ a'"), "INTEGRATION_CONFIG_ERROR", "unbalanced"},
		{QUERY("'graphQLQuery':'query A { a } query B { b }'"), "INTEGRATION_CONFIG_ERROR",
			"two and no name"},
		{QUERY("'graphQLQuery':'query A { a }','operationName':'C'"), "INTEGRATION_CONFIG_ERROR",
			"no such operation"},
		{QUERY("'graphQLQuery':'subscription { a }'"), "INTEGRATION_CONFIG_ERROR", "subscription"},
		{QUERY("'graphQLQuery':'{ a }','graphQLVariables':'{'"), "GRAPHQL_INVALID_VARIABLES",
			"no JSON"},
		{QUERY("'graphQLQuery':'{ a }','graphQLVariables':'[1]'"), "GRAPHQL_INVALID_VARIABLES",
			"no object"},
		{QUERY("'graphQLQuery':'{ a }','graphQLVariables':'{\\'a\\':{{b}}}'"), "MISSING_ARGUMENT",
			"missing argument"},
		{"{'integrationType':'graphql','url':'ws://h/','graphQLQuery':'{ a }'}", "URL_NOT_ALLOWED",
			"a web socket"},
		{"{'integrationType':'graphql','url':'http://127.0.0.1:1/','graphQLQuery':'{ a "
		 "}','testpanel':{'retry':{'max':0}}}",
			"GRAPHQL_NETWORK_ERROR", "refused"},
	};
	struct rig rig;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result = rig_run(&rig, rows[i].data, NULL);

		cr_expect_str_eq(result->error_code, rows[i].code, "%s: %s: %s", rows[i].comment,
			result->error_code, result->error);
		result_free(result);
	}
	cr_expect_eq(script_requests(rig.server), 0);
	rig_done(&rig);
}
