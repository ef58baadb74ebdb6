/* What a mock definition may say and, fault by fault with its place, what it may not. */
#include "executor/file.h"
#include "executor/json.h"
#include "executor/mock_definition.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define ROUTE(members) "{\"routes\": [{\"path\": \"/a/{id}\", " members "}]}"
#define OPERATION(members) "{\"graphql\": [{\"path\": \"/g\", \"operations\": [{" members "}]}]}"

struct fault_case {
	const char *text, *pointer, *message, *comment;
};

static const struct fault_case fault_cases[] = {
	{"{", "", "not JSON: ", "no JSON"},
	{"[]", "", "must be an object", "not an object"},
	{"{}", "", "serves nothing", "empty"},
	{"{\"routs\": []}", "/routs", "did you mean routes?", "misspelt member"},
	{"{\"routes\": {}}", "/routes", "must be an array", "routes no array"},
	{"{\"routes\": [1]}", "/routes/0", "must be an object", "route no object"},
	{"{\"routes\": [{}]}", "/routes/0", "needs a path", "route without path"},
	{"{\"routes\": [{\"path\": 1}]}", "/routes/0/path", "must be a string", "path no string"},
	{"{\"routes\": [{\"path\": \"a\"}]}", "/routes/0/path", "begin with \"/\"", "relative path"},
	{"{\"routes\": [{\"path\": \"/a?b\"}]}", "/routes/0/path", "query belongs into match",
		"query in path"},
	{"{\"routes\": [{\"path\": \"/a{b}\"}]}", "/routes/0/path", "whole segment",
		"parameter in a segment"},
	{"{\"routes\": [{\"path\": \"/{}\"}]}", "/routes/0/path", "whole segment", "nameless parameter"},
	{"{\"routes\": [{\"path\": \"/{a.b}\"}]}", "/routes/0/path", "letters, digits", "odd parameter"},
	{"{\"routes\": [{\"path\": \"/{a}/{a}\"}]}", "/routes/0/path", "twice", "parameter twice"},
	{"{\"routes\": [{\"path\": \"/%00\"}]}", "/routes/0/path", "%00", "NUL in path"},
	{"{\"routes\": [{\"path\": \"/a\"}, {\"path\": \"/a\", \"match\": {\"query\": {\"b\": \"1\"}}}]}",
		"/routes/1", "is never reached: /routes/0 takes every GET /a", "shadowed route"},
	{ROUTE("\"sttaus\": 500"), "/routes/0/sttaus", "did you mean status?", "misspelt route member"},
	{ROUTE("\"x~/y\": 1"), "/routes/0/x~0~1y", "is not known here; there are description",
		"escaped pointer"},
	{ROUTE("\"data\": {}"), "/routes/0/data", "is not known here", "GraphQL member in REST"},
	{ROUTE("\"method\": \"G T\""), "/routes/0/method", "no HTTP method", "bad method"},
	{ROUTE("\"method\": \"\""), "/routes/0/method", "is empty", "empty method"},
	{ROUTE("\"status\": \"200\""), "/routes/0/status", "must be a number", "status as text"},
	{ROUTE("\"status\": 100"), "/routes/0/status", "from 200 to 599", "informational status"},
	{ROUTE("\"status\": 200.5"), "/routes/0/status", "whole number", "fractional status"},
	{ROUTE("\"status\": 204, \"body\": 1"), "/routes/0/status", "204 has no body", "body with 204"},
	{ROUTE("\"headers\": []"), "/routes/0/headers", "must be an object", "headers no object"},
	{ROUTE("\"headers\": {\"a b\": \"1\"}"), "/routes/0/headers/a b", "no valid header name",
		"header name"},
	{ROUTE("\"headers\": {\"a\": 1}"), "/routes/0/headers/a", "must be a string", "header no string"},
	{ROUTE("\"headers\": {\"a\": \"b\\r\\nc: d\"}"), "/routes/0/headers/a", "one line",
		"header injection"},
	{ROUTE("\"headers\": {\"content-length\": \"9\"}"), "/routes/0/headers/content-length", "truncate",
		"own Content-Length"},
	{ROUTE("\"latencyMs\": -1"), "/routes/0/latencyMs", "from 0 to 3600000", "negative latency"},
	{ROUTE("\"latencyMs\": 1e9"), "/routes/0/latencyMs", "from 0 to 3600000", "endless latency"},
	{ROUTE("\"latencyMs\": \"5\""), "/routes/0/latencyMs", "must be a number, {\"uniform\"",
		"latency as text"},
	{ROUTE("\"latencyMs\": {}"), "/routes/0/latencyMs", "either uniform or lognormal", "no distribution"},
	{ROUTE("\"latencyMs\": {\"uniform\": [1, 2], \"lognormal\": {}}"), "/routes/0/latencyMs",
		"either uniform or lognormal", "two distributions"},
	{ROUTE("\"latencyMs\": {\"unifrom\": [1, 2]}"), "/routes/0/latencyMs/unifrom",
		"did you mean uniform?", "misspelt distribution"},
	{ROUTE("\"latencyMs\": {\"uniform\": [2, 1]}"), "/routes/0/latencyMs/uniform", "the lower first",
		"bounds the wrong way round"},
	{ROUTE("\"latencyMs\": {\"uniform\": [-1, 1]}"), "/routes/0/latencyMs/uniform", "from 0 to 3600000",
		"a bound below zero"},
	{ROUTE("\"latencyMs\": {\"uniform\": [1]}"), "/routes/0/latencyMs/uniform", "two numbers",
		"one bound"},
	{ROUTE("\"latencyMs\": {\"lognormal\": {\"median\": 5}}"), "/routes/0/latencyMs/lognormal",
		"needs median", "log-normal without sigma"},
	{ROUTE("\"latencyMs\": {\"lognormal\": {\"median\": 5, \"sigma\": -1}}"),
		"/routes/0/latencyMs/lognormal/sigma", "from 0 to 10", "negative sigma"},
	{ROUTE("\"latencyMs\": {\"lognormal\": {\"median\": 5, \"sigma\": 1, \"max\": 4}}"),
		"/routes/0/latencyMs/lognormal/max", "below the median", "maximum below the median"},
	{ROUTE("\"fault\": \"reset\", \"faultProbability\": 1.5"), "/routes/0/faultProbability",
		"from 0 (never)", "probability above 1"},
	{ROUTE("\"faultProbability\": 0.5"), "/routes/0/faultProbability", "name the fault",
		"probability of nothing"},
	{ROUTE("\"faults\": {}"), "/routes/0/faults", "must be an array", "faults no array"},
	{ROUTE("\"faults\": [1]"), "/routes/0/faults/0", "must be an object", "fault no object"},
	{ROUTE("\"faults\": [{\"fault\": \"reset\"}]"), "/routes/0/faults/0", "needs a probability",
		"fault without probability"},
	{ROUTE("\"faults\": [{\"probability\": 0.5}]"), "/routes/0/faults/0", "changes nothing", "no fault"},
	{ROUTE("\"faults\": [{\"probability\": 0.5, \"fault\": \"reset\"}, {\"probability\": 0.6, "
	       "\"status\": 500}]"),
		"/routes/0/faults", "add up to 1.1", "more than always"},
	{ROUTE("\"faults\": [{\"probability\": 0.5, \"fault\": \"boom\"}]"), "/routes/0/faults/0/fault",
		"close, reset", "unknown fault in faults"},
	{ROUTE("\"trickleMs\": 60001"), "/routes/0/trickleMs", "from 0 to 60000", "endless trickle"},
	{ROUTE("\"fault\": \"explode\""), "/routes/0/fault", "close, reset, truncate", "unknown fault"},
	{ROUTE("\"body\": 1, \"text\": \"a\""), "/routes/0/text", "beside body", "body and text"},
	{ROUTE("\"text\": 1"), "/routes/0/text", "must be a string", "text no string"},
	{ROUTE("\"contentType\": \"\""), "/routes/0/contentType", "media type", "empty type"},
	{ROUTE("\"after\": \"loop\""), "/routes/0/after", "there is none", "after without sequence"},
	{ROUTE("\"sequence\": [{}], \"after\": \"stop\""), "/routes/0/after", "must be last",
		"unknown after"},
	{ROUTE("\"sequence\": []"), "/routes/0/sequence", "is empty", "empty sequence"},
	{ROUTE("\"sequence\": [{}, 1]"), "/routes/0/sequence/1", "must be an object", "answer no object"},
	{ROUTE("\"sequence\": [{\"status\": 1}]"), "/routes/0/sequence/0/status", "200 to 599",
		"status in sequence"},
	{ROUTE("\"sequence\": [{\"path\": \"/\"}]"), "/routes/0/sequence/0/path", "not known",
		"path in sequence"},
	{ROUTE("\"sequence\": [{}], \"status\": 500"), "/routes/0/status", "beside a sequence",
		"status beside it"},
	{ROUTE("\"body\": {\"a\": [\"{{path.no}}\"]}"), "/routes/0/body/a/0", "no parameter {no}",
		"no such parameter"},
	{ROUTE("\"body\": \"{{nothing}}\""), "/routes/0/body", "stands for nothing", "unknown template"},
	{ROUTE("\"body\": \"{{query}}\""), "/routes/0/body", "stands for nothing", "query without name"},
	{ROUTE("\"body\": \"{{path.id\""), "/routes/0/body", "without \"}}\"", "unclosed template"},
	{ROUTE("\"text\": \"{{variables.a}}\""), "/routes/0/text", "stands for nothing", "variables in REST"},
	{ROUTE("\"headers\": {\"a\": \"{{b}}\"}"), "/routes/0/headers/a", "stands for nothing",
		"template in header"},
	{ROUTE("\"match\": {\"cookies\": {}}"), "/routes/0/match/cookies", "not known", "unknown match"},
	{ROUTE("\"match\": {\"query\": {\"a\": 1}}"), "/routes/0/match/query/a", "must be a string",
		"number in query"},
	{"{\"graphql\": [{\"operations\": []}]}", "/graphql/0", "needs a path", "endpoint without path"},
	{"{\"graphql\": [{\"path\": \"/g\"}]}", "/graphql/0", "at least one operation",
		"endpoint without operations"},
	{"{\"graphql\": [{\"path\": \"/{g}\", \"operations\": [{\"name\": \"A\", \"data\": {}}]}]}",
		"/graphql/0/path", "plain path", "endpoint with parameter"},
	{"{\"routes\": [{\"path\": \"/g\"}], \"graphql\": [{\"path\": \"/g\", \"operations\": [{\"name\": "
	 "\"A\", \"data\": "
	 "{}}]}]}",
		"/graphql/0/path", "also the path of /routes/0", "endpoint on a route"},
	{OPERATION("\"data\": {}"), "/graphql/0/operations/0", "either the operation's name or",
		"nameless operation"},
	{OPERATION("\"name\": \"A\", \"document\": \"{a}\", \"data\": {}"), "/graphql/0/operations/0",
		"either", "name and document"},
	{OPERATION("\"name\": \"A\""), "/graphql/0/operations/0", "needs data", "operation without answer"},
	{OPERATION("\"name\": \"A\", \"data\": 1"), "/graphql/0/operations/0/data", "object or null",
		"data a number"},
	{OPERATION("\"name\": \"A\", \"errors\": []"), "/graphql/0/operations/0/errors", "message",
		"no errors in errors"},
	{OPERATION("\"name\": \"A\", \"errors\": [{}]"), "/graphql/0/operations/0/errors", "message",
		"error without it"},
	{OPERATION("\"name\": \"A\", \"data\": {}, \"body\": 1"), "/graphql/0/operations/0",
		"only one can be sent", "data and body"},
	{OPERATION("\"name\": \"A\", \"data\": {\"a\": \"{{path.a}}\"}"), "/graphql/0/operations/0/data/a",
		"stands for nothing", "path in GraphQL"},
	{OPERATION("\"name\": \"A\", \"data\": {}, \"match\": {\"query\": {}}"),
		"/graphql/0/operations/0/match/query", "not known", "query match in GraphQL"},
};

static const struct fault *find_fault(const struct faults *faults, const struct fault_case *expected)
{
	for (size_t i = 0; i < faults->count; i++)
		if (strcmp(faults->items[i].pointer, expected->pointer) == 0 &&
			strstr(faults->items[i].message, expected->message))
			return &faults->items[i];
	return NULL;
}

Test(mock_definition, faults_have_a_place)
{
	for (size_t i = 0; i < sizeof(fault_cases) / sizeof(fault_cases[0]); i++) {
		const struct fault_case *c = &fault_cases[i];
		const struct fault *fault;
		struct faults faults;

		faults_init(&faults);
		cr_expect_null(mock_definition_parse(c->text, strlen(c->text), &faults), "%s is accepted",
			c->comment);
		fault = find_fault(&faults, c);
		cr_expect(fault, "%s: first fault is %s %s", c->comment,
			faults.count ? faults.items[0].pointer : "-",
			faults.count ? faults.items[0].message : "");
		cr_expect(!fault || strcmp(c->text, "{") == 0 || (fault->line == 1 && fault->column > 0),
			"%s: not located", c->comment);
		faults_done(&faults);
	}
}

Test(mock_definition, all_faults_at_once_with_lines)
{
	static const char text[] = "{\n \"routes\": [\n  {\"path\": \"a\",\n   \"status\": 99},\n  {}\n ]\n}";
	struct faults faults;

	faults_init(&faults);
	cr_assert_null(mock_definition_parse(text, strlen(text), &faults));
	cr_assert_eq(faults.count, 3);
	for (size_t i = 0; i < faults.count; i++) {
		if (strcmp(faults.items[i].pointer, "/routes/0/status") == 0)
			cr_expect(faults.items[i].line == 4 && faults.items[i].column == 14);
		if (strcmp(faults.items[i].pointer, "/routes/1") == 0)
			cr_expect(faults.items[i].line == 5 && faults.items[i].column == 3);
	}
	faults_done(&faults);
}

Test(mock_definition, earlier_faults_do_not_count)
{
	struct mock_definition *definition;
	struct faults faults;

	faults_init(&faults);
	faults_add(&faults, FAULT_ERROR, "", "somebody else's");
	definition = mock_definition_parse("{\"routes\": []}", 14, &faults);
	cr_expect_not_null(definition);
	mock_definition_free(definition);
	faults_done(&faults);
}

Test(mock_definition, accepts_everything_the_format_has)
{
	static const char text[] = "{\"$schema\": \"s\", \"description\": \"d\", \"routes\": "
				   "[{\"description\": \"r\", \"method\": \"post\","
				   "\"path\": \"/a/{id}\", \"match\": {\"query\": {\"q\": \"1\"}, "
				   "\"headers\": {\"x\": \"y\"}, \"body\": 1},"
				   "\"status\": 201, \"headers\": {\"Location\": \"/a/{{path.id}}\"}, "
				   "\"latencyMs\": 5, \"contentType\": "
				   "\"text/html\", \"text\": \"{{ body.a.0 }} {{query.b}} {{headers.c}} "
				   "{{count}}\", \"fault\": \"trickle\","
				   "\"trickleMs\": 1}, {\"path\": \"/\", \"latencyMs\": 7, \"sequence\": "
				   "[{\"status\": 503}, {\"latencyMs\": 1,"
				   "\"body\": null}], \"after\": \"loop\"}], \"graphql\": [{\"description\": "
				   "\"g\", \"path\": \"/g\","
				   "\"operations\": [{\"name\": \"A\", \"match\": {\"variables\": {\"n\": "
				   "1}}, \"data\": {\"a\": "
				   "\"{{variables.n}}\"}, \"errors\": [{\"message\": \"m\"}], "
				   "\"extensions\": {}}, {\"document\": \"{a}\","
				   "\"sequence\": [{\"fault\": \"close\"}, {\"data\": null}]}]}]}";
	struct mock_definition *definition;
	struct faults faults;

	faults_init(&faults);
	definition = mock_definition_parse(text, strlen(text), &faults);
	cr_assert(definition, "%s %s", faults.items ? faults.items[0].pointer : "",
		faults.items ? faults.items[0].message : "");
	cr_expect_eq(faults.count, 0);
	cr_expect_str_eq(definition->routes[0].method, "POST", "lower case is taken as upper");
	cr_expect_eq(definition->routes[1].sequence.answers[0].delay.low_ms, 7,
		"the route's latency is the default");
	cr_expect_eq(definition->routes[1].sequence.answers[1].delay.low_ms, 1);
	cr_expect_eq(definition->operation_count, 2);
	mock_definition_free(definition);
	faults_done(&faults);
}

Test(mock_definition, sequences)
{
	struct mock_answer answers[3];
	const struct {
		bool loop;
		size_t n, expected;
		const char *comment;
	} cases[] = {
		{false, 0, 0, "first"},
		{false, 2, 2, "last"},
		{false, 9, 2, "stays at the last"},
		{true, 3, 0, "begins again"},
		{true, 7, 1, "goes on"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mock_sequence sequence = {.answers = answers, .count = 3, .loop = cases[i].loop};

		cr_expect_eq(mock_sequence_at(&sequence, cases[i].n), &answers[cases[i].expected], "%s",
			cases[i].comment);
	}
}

Test(mock_definition, the_bundled_backend_is_valid)
{
	struct mock_definition *definition;
	struct faults faults;
	char *error = NULL, *text;
	size_t len;

	text = file_read("assets/hotel.mock.json", (size_t)1 << 20, &len, &error);
	cr_assert(text, "%s", error);
	faults_init(&faults);
	definition = mock_definition_parse(text, len, &faults);
	cr_assert(definition, "%s %s", faults.items ? faults.items[0].pointer : "",
		faults.items ? faults.items[0].message : "");
	cr_expect_eq(faults.count, 0);
	cr_expect_str_eq(definition->routes[0].path, "/reservations/{number}");
	cr_expect_eq(definition->routes[0].sequence.count, 3);
	mock_definition_free(definition);
	faults_done(&faults);
	free(text);
}

/* Collects the names the schema has for an object, "allOf" included. */
static void schema_names(const cJSON *schema, const cJSON *object, cJSON *names)
{
	const cJSON *item;

	cJSON_ArrayForEach(item,
		json_get(object, "properties")) if (!cJSON_GetObjectItemCaseSensitive(names, item->string))
		cJSON_AddTrueToObject(names, item->string);
	if (json_string(object, "$ref", NULL))
		schema_names(schema,
			json_get(json_get(schema, "$defs"),
				strrchr(json_string(object, "$ref", "/"), '/') + 1),
			names);
	cJSON_ArrayForEach(item, json_get(object, "allOf")) schema_names(schema, item, names);
}

/* Names the parser has for the object at pointer: what it offers for an unknown one. */
static char *parser_names(const char *text)
{
	struct faults faults;
	char *names = NULL;

	faults_init(&faults);
	cr_expect_null(mock_definition_parse(text, strlen(text), &faults));
	for (size_t i = 0; i < faults.count && !names; i++) {
		const char *list = strstr(faults.items[i].message, "is not known here; there are ");

		if (list)
			names = xstrdup(list + strlen("is not known here; there are "));
	}
	faults_done(&faults);
	return names;
}

/* The editor's schema and the parser are two descriptions of one format. */
Test(mock_definition, the_schema_has_the_parsers_members)
{
	static const struct {
		const char *definition, *place, *text;
	} cases[] = {
		{NULL, NULL, "{\"qqqqqqqqqq\": 1}"},
		{"route", NULL, "{\"routes\": [{\"qqqqqqqqqq\": 1}]}"},
		{"route", "sequence",
			"{\"routes\": [{\"path\": \"/\", \"sequence\": [{\"qqqqqqqqqq\": 1}]}]}"},
		{"route", "match", "{\"routes\": [{\"path\": \"/\", \"match\": {\"qqqqqqqqqq\": 1}}]}"},
		{"endpoint", NULL, "{\"graphql\": [{\"qqqqqqqqqq\": 1}]}"},
		{"operation", NULL, OPERATION("\"qqqqqqqqqq\": 1")},
		{"operation", "sequence", OPERATION("\"name\": \"A\", \"sequence\": [{\"qqqqqqqqqq\": 1}]")},
		{"operation", "match", OPERATION("\"name\": \"A\", \"match\": {\"qqqqqqqqqq\": 1}")},
	};
	char *error = NULL, *text;
	cJSON *schema;
	size_t len;

	text = file_read("assets/mock.schema.json", (size_t)1 << 20, &len, &error);
	cr_assert(text, "%s", error);
	schema = json_parse(text, len, NULL);
	cr_assert(schema);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const cJSON *object = schema;
		cJSON *names = cJSON_CreateObject();
		char *known = parser_names(cases[i].text), *rest = NULL;

		if (cases[i].definition)
			object = json_get(json_get(schema, "$defs"), cases[i].definition);
		if (cases[i].place)
			object = json_get(json_get(object, "properties"), cases[i].place);
		if (json_get(object, "items"))
			object = json_get(object, "items");
		schema_names(schema, object, names);
		cr_assert(known, "%s", cases[i].text);
		for (char *name = strtok_r(known, ", ", &rest); name; name = strtok_r(NULL, ", ", &rest)) {
			cr_expect(json_get(names, name), "the schema lacks %s: %s", name, cases[i].text);
			cJSON_DeleteItemFromObjectCaseSensitive(names, name);
		}
		cr_expect(!names->child, "the parser lacks %s: %s", names->child ? names->child->string : "",
			cases[i].text);
		cJSON_Delete(names);
		free(known);
	}
	cJSON_Delete(schema);
	free(text);
}
