/* From a request to its answer without a socket: routing, matches, templates, sequences, GraphQL. */
#include "executor/json.h"
#include "executor/mock_reply.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct bench {
	struct mock_definition *definition;
	struct mock_counts counts;
};

static void bench_init(struct bench *bench, const char *text)
{
	struct faults faults;

	faults_init(&faults);
	bench->definition = mock_definition_parse(text, strlen(text), &faults);
	cr_assert(bench->definition, "%s: %s", faults.count ? faults.items[0].pointer : "",
		faults.count ? faults.items[0].message : "");
	bench->counts.routes = xcalloc(bench->definition->route_count + 1, sizeof(size_t));
	bench->counts.operations = xcalloc(bench->definition->operation_count + 1, sizeof(size_t));
	faults_done(&faults);
}

static void bench_done(struct bench *bench)
{
	mock_definition_free(bench->definition);
	free(bench->counts.routes);
	free(bench->counts.operations);
}

/* ctx is "Name: value\nName: value". */
static const char *header_of(void *ctx, const char *name)
{
	static char values[4][256]; /* a few are in use at once */
	static unsigned turn;
	char *value = values[turn++ % 4];
	size_t len = strlen(name);

	for (const char *line = ctx; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (strncasecmp(line, name, len) == 0 && strncmp(line + len, ": ", 2) == 0) {
			snprintf(value, sizeof(values[0]), "%.*s", (int)strcspn(line + len + 2, "\n"),
				line + len + 2);
			return value;
		}
	return NULL;
}

static void ask(struct bench *bench, const char *method, const char *target, const char *headers,
	const char *body, struct mock_reply *reply)
{
	char *path = xstrdup(target), *query = strchr(path, '?');
	struct mock_arrival arrival = {.method = method,
		.path = path,
		.header = header_of,
		.ctx = (void *)(uintptr_t)headers,
		.body = body ? body : "",
		.body_len = body ? strlen(body) : 0};

	if (query) {
		*query = '\0';
		arrival.query = query + 1;
	}
	mock_reply_make(bench->definition, &bench->counts, &arrival, reply);
	free(path);
}

static const char routing[] =
	"{\"routes\": ["
	"{\"path\": \"/r/{n}\", \"text\": \"parameter {{path.n}}\"},"
	"{\"path\": \"/r/new\", \"text\": \"literal\"},"
	"{\"path\": \"/r/{n}/{m}\", \"text\": \"both {{path.n}} {{path.m}}\"},"
	"{\"path\": \"/r/{n}/x\", \"text\": \"late literal {{path.n}}\"},"
	"{\"path\": \"/r/a/{m}\", \"text\": \"early literal {{path.m}}\"},"
	"{\"path\": \"/r/{n}\", \"method\": \"DELETE\", \"status\": 204},"
	"{\"path\": \"/\", \"text\": \"root\"},"
	"{\"path\": \"/d/\", \"text\": \"folder\"},"
	"{\"path\": \"/sp%20ace\", \"text\": \"decoded\"},"
	"{\"path\": \"/m\", \"match\": {\"query\": {\"k\": \"1\"}}, \"text\": \"one\"},"
	"{\"path\": \"/m\", \"match\": {\"headers\": {\"X-K\": \"2\"}}, \"text\": \"two\"},"
	"{\"path\": \"/m\", \"method\": \"POST\", \"match\": {\"body\": {\"a\": {\"b\": [1]}}}, \"text\": "
	"\"three\"},"
	"{\"path\": \"/head\", \"method\": \"HEAD\", \"headers\": {\"X-H\": \"own\"}},"
	"{\"path\": \"/head\", \"text\": \"get\"}"
	"]}";

Test(mock_reply, routes)
{
	static const struct {
		const char *method, *target, *headers, *body;
		unsigned status;
		const char *text, *comment;
	} cases[] = {
		{"GET", "/r/7", "", NULL, 200, "parameter 7", "parameter"},
		{"GET", "/r/new", "", NULL, 200, "literal", "a literal wins over an earlier parameter"},
		{"GET", "/r/b/x", "", NULL, 200, "late literal b", "literal at the end"},
		{"GET", "/r/a/x", "", NULL, 200, "early literal x", "the leftmost literal decides"},
		{"GET", "/r/b/c", "", NULL, 200, "both b c", "two parameters"},
		{"GET", "/r/a%2Fb%20c+d", "", NULL, 200, "parameter a/b c+d",
			"decoded after splitting, plus stays"},
		{"GET", "/r/%zz%4", "", NULL, 200, "parameter %zz%4", "bad escapes stay"},
		{"GET", "/r/%00", "", NULL, 404, NULL, "NUL fits nothing"},
		{"GET", "/r/", "", NULL, 404, NULL, "a parameter is not empty"},
		{"GET", "/r", "", NULL, 404, NULL, "too short"},
		{"GET", "/r/a/b/c", "", NULL, 404, NULL, "too long"},
		{"GET", "/R/7", "", NULL, 404, NULL, "case matters"},
		{"GET", "/", "", NULL, 200, "root", "root"},
		{"GET", "/d/", "", NULL, 200, "folder", "closing slash"},
		{"GET", "/d", "", NULL, 404, NULL, "without it"},
		{"GET", "/sp%20ace", "", NULL, 200, "decoded", "literal with escape"},
		{"GET", "*", "", NULL, 404, NULL, "asterisk form"},
		{"DELETE", "/r/7", "", NULL, 204, "", "another method"},
		{"HEAD", "/r/7", "", NULL, 200, "parameter 7", "HEAD by GET"},
		{"HEAD", "/head", "", NULL, 200, "", "HEAD by its own route"},
		{"PUT", "/r/7", "", NULL, 405, NULL, "wrong method"},
		{"GET", "/m?k=1", "", NULL, 200, "one", "query matches"},
		{"GET", "/m?x=&k=1&k=2", "", NULL, 200, "one", "first of equal names"},
		{"GET", "/m?k=2", "X-K: 2", NULL, 200, "two", "header matches"},
		{"GET", "/m?k=2", "X-K: 3", NULL, 404, NULL, "nothing matches"},
		{"GET", "/m", "", NULL, 404, NULL, "no query at all"},
		{"POST", "/m", "", "{\"a\": {\"b\": [1], \"c\": 2}, \"d\": 3}", 200, "three",
			"body holds it"},
		{"POST", "/m", "", "{\"a\": {\"b\": [1, 2]}}", 404, NULL, "arrays are compared whole"},
		{"POST", "/m", "", "{\"a\": {\"b\"", 404, NULL, "broken body"},
		{"POST", "/m", "", NULL, 404, NULL, "no body"},
	};
	struct bench bench;

	bench_init(&bench, routing);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mock_reply reply;

		ask(&bench, cases[i].method, cases[i].target, cases[i].headers, cases[i].body, &reply);
		cr_expect_eq(reply.status, cases[i].status, "%s: %u", cases[i].comment, reply.status);
		if (cases[i].text)
			cr_expect_str_eq(reply.text ? reply.text : "", cases[i].text, "%s: %s",
				cases[i].comment, reply.text);
		else
			cr_expect(
				reply.refused && strcmp(reply.content_type, "application/problem+json") == 0,
				"%s", cases[i].comment);
		mock_reply_done(&reply);
	}
	bench_done(&bench);
}

Test(mock_reply, refusals_say_what_there_is)
{
	struct mock_reply reply;
	struct bench bench;
	cJSON *problem;

	bench_init(&bench, routing);
	ask(&bench, "PUT", "/r/7", "", NULL, &reply);
	cr_expect_str_eq(reply.allow, "GET, HEAD, DELETE");
	mock_reply_done(&reply);
	ask(&bench, "OPTIONS", "/head", "", NULL, &reply);
	cr_expect_eq(reply.status, 204);
	cr_expect_str_eq(reply.allow, "HEAD, GET");
	mock_reply_done(&reply);
	ask(&bench, "GET", "/r/newt", "", NULL, &reply);
	cr_expect_eq(reply.status, 200, "a parameter takes it");
	mock_reply_done(&reply);
	ask(&bench, "GET", "/ehad", "", NULL, &reply);
	problem = json_parse(reply.text, reply.len, NULL);
	cr_assert(problem, "%s", reply.text);
	cr_expect_eq(json_number(problem, "status", 0), 404);
	cr_expect_str_eq(json_string(problem, "detail", ""), "GET /ehad: the mock has no such route");
	cr_assert_eq(cJSON_GetArraySize(json_get(problem, "nearest")), 3);
	cr_expect_str_eq(json_get(problem, "nearest")->child->valuestring, "GET /head", "%s", reply.text);
	cJSON_Delete(problem);
	mock_reply_done(&reply);
	bench_done(&bench);
}

Test(mock_reply, templates)
{
	static const char body[] =
		"{\"guest\": {\"name\": \"Ada \\\"L\\\"\", \"age\": 36, \"tags\": [\"a\", {\"b\": null}]},"
		" \"yes\": true}";
	static const struct {
		const char *template, *expected, *comment;
	} cases[] = {
		{"\"{{path.id}}\"", "\"a b\"", "decoded path parameter"},
		{"\"{{ path.id }}\"", "\"a b\"", "blanks in the braces"},
		{"\"{{query.page}}\"", "\"2\"", "query is text"},
		{"\"{{query.q}}\"", "\"x y&\"", "decoded query"},
		{"\"{{query.a.b}}\"", "\"dotted\"", "a name with a dot"},
		{"\"{{query.none}}\"", "null", "missing alone"},
		{"\"<{{query.none}}>\"", "\"<>\"", "missing inside"},
		{"\"{{headers.x-request-id}}\"", "\"R1\"", "header, any case"},
		{"\"{{headers.none}}\"", "null", "missing header"},
		{"\"{{body.guest.age}}\"", "36", "a number stays one"},
		{"\"{{body.yes}}\"", "true", "a boolean stays one"},
		{"\"{{body.guest.tags}}\"", "[\"a\",{\"b\":null}]", "an array as a whole"},
		{"\"{{body.guest.tags.0}}\"", "\"a\"", "an element"},
		{"\"{{body.guest.tags.9}}\"", "null", "no such element"},
		{"\"{{body.guest.tags.x}}\"", "null", "no number"},
		{"\"{{body.guest.name.x}}\"", "null", "deeper than there is"},
		{"\"Hi {{body.guest.name}}, {{body.guest.age}}!\"", "\"Hi Ada \\\"L\\\", 36!\"",
			"inside a text, escaped"},
		{"\"{{body.guest.tags.1}} {{query.page}}\"", "\"{\\\"b\\\":null} 2\"",
			"an object inside a text"},
		{"[\"{{path.id}}\", {\"k\": \"{{count}}\"}, 1, null]", "[\"a b\",{\"k\":1},1,null]",
			"at every depth"},
		{"{\"{{path.id}}\": 1}", "{\"{{path.id}}\":1}", "member names stay"},
		{"\"{{query.bad}}\"", "\"\xEF\xBF\xBD\"", "no UTF-8 becomes U+FFFD"},
		{"\"}} {{path.id}}{{path.id}}\"", "\"}} a ba b\"", "two in a row"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = xasprintf(
			"{\"routes\": [{\"method\": \"POST\", \"path\": \"/t/{id}\", \"body\": %s}]}",
			cases[i].template);
		struct mock_reply reply;
		struct bench bench;

		bench_init(&bench, text);
		ask(&bench, "POST", "/t/a%20b?page=2&q=x+y%26&a.b=dotted&bad=%FF", "X-Request-ID: R1", body,
			&reply);
		cr_expect_str_eq(reply.text, cases[i].expected, "%s: %s", cases[i].comment, reply.text);
		cr_expect_str_eq(reply.content_type, MOCK_MEDIA_JSON);
		mock_reply_done(&reply);
		bench_done(&bench);
		free(text);
	}
}

Test(mock_reply, templates_in_text_and_headers)
{
	struct mock_reply reply;
	struct bench bench;

	bench_init(&bench,
		"{\"routes\": [{\"method\": \"POST\", \"path\": \"/t\", \"text\": "
		"\"{{body.n}}|{{query.x}}|{{count}}\","
		"\"headers\": {\"Location\": \"/t/{{query.x}}\", \"X-N\": \"{{body.n}}\"}}]}");
	ask(&bench, "POST", "/t?x=a%0d%0aSet-Cookie:b", "Content-Type: application/x-www-form-urlencoded",
		"n=5&m", &reply);
	cr_expect_str_eq(reply.text, "5|a\r\nSet-Cookie:b|1");
	cr_expect_str_eq(
		json_string(reply.headers, "Location", ""), "/t/a  Set-Cookie:b", "no header is injected");
	cr_expect_str_eq(json_string(reply.headers, "X-N", ""), "5", "form fields are the body's members");
	mock_reply_done(&reply);
	bench_done(&bench);
}

Test(mock_reply, sequences_count_per_route)
{
	static const unsigned stay[] = {503, 503, 200, 200, 200}, again[] = {500, 200, 500, 200, 500};
	struct bench bench;

	bench_init(&bench,
		"{\"routes\": [{\"path\": \"/stay\", \"sequence\": [{\"status\": 503, \"headers\": "
		"{\"Retry-After\": "
		"\"0\"}}, {\"status\": 503}, {}]}, {\"path\": \"/again\", \"sequence\": [{\"status\": 500}, "
		"{}], "
		"\"after\": \"loop\"}]}");
	for (size_t i = 0; i < 5; i++) {
		struct mock_reply reply;

		ask(&bench, "GET", "/stay", "", NULL, &reply);
		cr_expect_eq(reply.status, stay[i], "stay, request %zu", i);
		cr_expect_eq(json_get(reply.headers, "Retry-After") != NULL, i == 0, "only the first has it");
		if (i == 0)
			cr_expect_str_eq(reply.text, "{\"title\":\"Service Unavailable\",\"status\":503}");
		mock_reply_done(&reply);
		ask(&bench, "GET", "/again", "", NULL, &reply);
		cr_expect_eq(reply.status, again[i], "again, request %zu", i);
		mock_reply_done(&reply);
	}
	cr_expect_eq(bench.counts.routes[0], 5);
	bench_done(&bench);
}

static const char graphql[] =
	"{\"graphql\": [{\"path\": \"/graphql\", \"operations\": ["
	"{\"name\": \"Cancel\", \"match\": {\"variables\": {\"n\": \"Z\"}}, \"data\": null, \"errors\": "
	"[{\"message\": "
	"\"no {{variables.n}}\"}]},"
	"{\"name\": \"Cancel\", \"data\": {\"cancel\": {\"n\": \"{{variables.n}}\"}}},"
	"{\"document\": \"{ spa { name } }\", \"data\": {\"spa\": []}},"
	"{\"name\": \"Only\", \"match\": {\"variables\": {\"x\": 1}}, \"data\": {\"only\": 1}},"
	"{\"name\": \"Bad\", \"errors\": [{\"message\": \"bad\"}]},"
	"{\"name\": \"Busy\", \"status\": 503}"
	"]}]}";

#define NEW                                                                                                  \
	"Content-Type: application/json\nAccept: application/graphql-response+json, application/json;q=0.9"
#define OLD "Content-Type: application/json; charset=utf-8\nAccept: application/json"
#define CANCEL "mutation Cancel($n: String!) { cancel(n: $n) { n } }"

Test(mock_reply, graphql)
{
	static const struct {
		const char *method, *target, *headers, *body;
		unsigned status;
		const char *text, *comment;
	} cases[] = {
		{"POST", "", NEW, "{\"query\": \"" CANCEL "\", \"variables\": {\"n\": \"A\"}}", 200,
			"{\"data\":{\"cancel\":{\"n\":\"A\"}}}", "by name"},
		{"POST", "", NEW,
			"{\"query\": \"" CANCEL
			" query B { b }\", \"operationName\": \"Cancel\", \"variables\": {\"n\": "
			"\"A\"}}",
			200, "{\"data\":{\"cancel\":{\"n\":\"A\"}}}", "by operationName"},
		{"POST", "", NEW, "{\"query\": \"" CANCEL "\", \"variables\": {\"n\": \"Z\"}}", 500,
			"{\"errors\":[{\"message\":\"no Z\"}],\"data\":null}", "by variables, no data"},
		{"POST", "", OLD, "{\"query\": \"" CANCEL "\", \"variables\": {\"n\": \"Z\"}}", 200,
			"{\"errors\":[{\"message\":\"no Z\"}],\"data\":null}",
			"the same for an older client"},
		{"POST", "", NEW, "{\"query\": \"query {spa{name,}} # x\"}", 422, "this mock has no query",
			"not the document"},
		{"POST", "", NEW, "{\"query\": \"{spa{name,}} # x\", \"variables\": null}", 200,
			"{\"data\":{\"spa\":[]}}", "by document"},
		{"POST", "", NEW, "{\"query\": \"query Bad { b }\"}", 400,
			"{\"errors\":[{\"message\":\"bad\"}]}", "errors alone"},
		{"POST", "", NEW, "{\"query\": \"query Busy { b }\"}", 503, "Service Unavailable",
			"an HTTP error"},
		{"POST", "", NEW, "{\"query\": \"query Nope { a }\"}", 422,
			"this mock has no query Nope; it has: Cancel, Only, Bad, Busy", "unknown operation"},
		{"POST", "", OLD, "{\"query\": \"query Nope { a }\"}", 200, "this mock has no query Nope",
			"for an older client"},
		{"POST", "", NEW, "{\"query\": \"query Only { a }\", \"variables\": {\"x\": 2}}", 422,
			"no match accepts", "no match"},
		{"POST", "", NEW, "{\"query\": \"" CANCEL "\"}", 422, "Variable \\\"$n\\\" is required",
			"variable missing"},
		{"POST", "", NEW, "{\"query\": \"{ a \"}", 400, "Syntax Error: line 1: expected a closing",
			"broken document"},
		{"POST", "", OLD, "{\"query\": \"{ a \"}", 200, "Syntax Error",
			"broken document, older client"},
		{"POST", "", NEW, "{\"query\": \"query A {a} query B {b}\"}", 422, "several operations",
			"no operationName"},
		{"POST", "", NEW, "{\"query\": \"query A {a}\", \"operationName\": \"B\"}", 422,
			"no operation named B", "wrong operationName"},
		{"POST", "", NEW, "{\"query\"", 400, "the body is no JSON", "broken body"},
		{"POST", "", NEW, "[]", 422, "no batches", "batch"},
		{"POST", "", NEW, "{}", 422, "no query", "no query"},
		{"POST", "", NEW, "{\"query\": \"{a}\", \"variables\": []}", 422, "variables must be",
			"variables an array"},
		{"POST", "", NEW, "{\"query\": \"{a}\", \"operationName\": 1}", 422, "operationName must",
			"name a number"},
		{"POST", "", "Content-Type: text/plain", "{}", 415, "Content-Type must be",
			"wrong content type"},
		{"POST", "", "Content-Type: application/json\nAccept: text/html", "{}", 406, "Accept allows",
			"wrong Accept"},
		{"POST", "", "Content-Type: application/json\nAccept: application/json;q=0", "{}", 406,
			"Accept allows", "Accept with q=0"},
		{"GET", "?query=%7B+spa+%7Bname%7D+%7D", "Accept: */*", NULL, 200, "{\"data\":{\"spa\":[]}}",
			"GET"},
		{"GET", "?query=query+Only%7Ba%7D&variables=%7B%22x%22%3A1%7D&operationName=Only", NEW, NULL,
			200, "{\"data\":{\"only\":1}}", "GET with variables"},
		{"GET", "?query=query+Only%7Ba%7D&variables=%7B", NEW, NULL, 400, "variables is no JSON",
			"GET, bad variables"},
		{"GET", "?query=mutation+Cancel%7Ba%7D", NEW, NULL, 405, "this is a mutation",
			"GET of a mutation"},
		{"GET", "", NEW, NULL, 422, "no query", "GET without query"},
		{"PUT", "", NEW, "{}", 405, "POST or GET", "PUT"},
	};
	struct bench bench;

	bench_init(&bench, graphql);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *target = xasprintf("/graphql%s", cases[i].target);
		struct mock_reply reply;

		ask(&bench, cases[i].method, target, cases[i].headers, cases[i].body, &reply);
		cr_expect_eq(reply.status, cases[i].status, "%s: %u %s", cases[i].comment, reply.status,
			reply.text);
		cr_expect(strstr(reply.text, cases[i].text), "%s: %s", cases[i].comment, reply.text);
		cr_expect_eq(reply.status == 405, reply.allow != NULL, "%s", cases[i].comment);
		mock_reply_done(&reply);
		free(target);
	}
	bench_done(&bench);
}

Test(mock_reply, graphql_media_types)
{
	static const struct {
		const char *accept, *media, *comment;
	} cases[] = {
		{"application/graphql-response+json", MOCK_MEDIA_GRAPHQL, "the new one"},
		{"application/json", MOCK_MEDIA_JSON, "the old one"},
		{"*/*", MOCK_MEDIA_JSON, "anything"},
		{"application/graphql-response+json;q=0.5, application/json;q=0.9", MOCK_MEDIA_JSON,
			"prefers the old"},
		{"application/json;q=0.9,application/graphql-response+json; q=0.9", MOCK_MEDIA_GRAPHQL,
			"both alike"},
		{"text/html, application/graphql-response+json;charset=utf-8", MOCK_MEDIA_GRAPHQL,
			"with a parameter"},
	};
	struct bench bench;

	bench_init(&bench, graphql);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *headers = xasprintf("Content-Type: application/json\nAccept: %s", cases[i].accept);
		struct mock_reply reply;

		ask(&bench, "POST", "/graphql", headers, "{\"query\": \"{spa{name}}\"}", &reply);
		cr_expect_str_eq(
			reply.content_type, cases[i].media, "%s: %s", cases[i].comment, reply.content_type);
		mock_reply_done(&reply);
		free(headers);
	}
	bench_done(&bench);
}
