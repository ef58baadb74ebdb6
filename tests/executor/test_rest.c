/* REST integrations against a server that says what it is told: what is sent, and what each answer becomes.
 */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define FAST "'testpanel':{'timeoutMs':2000,'retry':{'max':2,'initialMs':1,'maxMs':2}}"
#define ONCE "'testpanel':{'timeoutMs':2000,'retry':{'max':0}}"
#define REST(rest) "{'integrationType':'rest','url':'${URL}/x'," FAST "," rest "}"

static bool has_header(const char *request, const char *line)
{
	char *wanted = xasprintf("\r\n%s\r\n", line);
	const char *end = strstr(request, "\r\n\r\n"), *at = strcasestr(request, wanted);
	bool found = end && at && at <= end;

	free(wanted);
	return found;
}

static const char *body_of(const char *request)
{
	const char *end = strstr(request, "\r\n\r\n");

	return end ? end + 4 : "";
}

Test(rest, what_is_sent)
{
	static const struct {
		const char *data, *arguments, *line, *header, *body, *comment;
	} rows[] = {
		{REST("'method':'GET'"), NULL, "GET /x HTTP/1.1", "Accept: */*", "", "plain"},
		{REST("'method':'DELETE','body':{'a':1}"), NULL, "DELETE /x HTTP/1.1",
			"Content-Type: application/json", "{\"a\":1}", "a body is of a type"},
		{"{'integrationType':'rest','url':' ${URL}/a b?q=\u00fc '}", NULL,
			"GET /a%20b?q=%C3%BC HTTP/1.1", "Accept: */*", "", "blanks and bytes outside ASCII"},
		{REST("'method':'get'"), "{'a':'x y&z','n':5,'o':{'k':[1]},'e':''}",
			"GET /x?a=x%20y%26z&n=5&o=%7B%22k%22%3A%5B1%5D%7D&e= HTTP/1.1", NULL, "",
			"arguments go into the query"},
		{"{'integrationType':'rest','url':'${URL}/x?k=1#part'}", "{'a':1}", "GET /x?k=1&a=1 HTTP/1.1",
			NULL, "", "behind a query, before a fragment"},
		{"{'integrationType':'rest','url':'${URL}/r/{{id}}'}", "{'id':'A/1','b':2}",
			"GET /r/A%2F1?b=2 HTTP/1.1", NULL, "", "not those a template names"},
		{"{'integrationType':'rest','url':'${URL}/x','headers':'{\\'X-Id\\':\\'{{id}}\\'}'}",
			"{'id':'7','b':2}", "GET /x?b=2 HTTP/1.1", "X-Id: 7", "", "nor those a header names"},
		{REST("'method':'HEAD'"), "{'a':1}", "HEAD /x?a=1 HTTP/1.1", NULL, "", "HEAD"},
		{REST("'method':'DELETE'"), "{'a':1}", "DELETE /x?a=1 HTTP/1.1", NULL, "",
			"DELETE without body"},
		{REST("'method':'DELETE','body':'{\\'k\\':1}'"), "{'a':1}", "DELETE /x HTTP/1.1", NULL,
			"{\"k\":1,\"a\":1}", "DELETE with one"},
		{REST("'method':'POST'"), "{'a':1,'b':{'c':true}}", "POST /x HTTP/1.1",
			"Content-Type: application/json", "{\"a\":1,\"b\":{\"c\":true}}",
			"POST without body sends the arguments"},
		{REST("'method':'POST'"), NULL, "POST /x HTTP/1.1", "Content-Length: 0", "",
			"POST of nothing"},
		{REST("'method':'POST'"), "{}", "POST /x HTTP/1.1", NULL, "{}", "POST of no arguments"},
		{REST("'method':'POST','body':'{\\'a\\':0,\\'k\\':2}'"), "{'a':1}", "POST /x HTTP/1.1", NULL,
			"{\"k\":2,\"a\":1}", "merged, arguments win"},
		{REST("'method':'PUT','body':'{\\'id\\':\\'{{id}}\\',\\'n\\': {{n}}}'"),
			"{'id':'q\\'r','n':5}", "PUT /x HTTP/1.1", NULL, "{\"id\":\"q\\\"r\",\"n\": 5}",
			"templates in a body"},
		{REST("'method':'PATCH','body':'[1]'"), "{'a':1}", "PATCH /x HTTP/1.1", NULL, "[1]",
			"no merging into an array"},
		{REST("'method':'POST','body':'<a>{{a}}</a>','headers':'{\\'content-type\\':\\'text/"
		      "xml\\'}'"),
			"{'a':1,'b':2}", "POST /x HTTP/1.1", "content-type: text/xml", "<a>1</a>",
			"another content type"},
		{REST("'method':'POST','body':'a={{a}}','headers':{'Content-Type':'application/"
		      "x-www-form-urlencoded'}"),
			"{'a':'x&y=z'}", "POST /x HTTP/1.1",
			"Content-Type: application/x-www-form-urlencoded", "a=x%26y%3Dz", "a form"},
		{REST("'method':'POST','headers':{'Content-Type':'application/x-www-form-urlencoded'}"),
			"{'a':'x&y','b':2}", "POST /x HTTP/1.1", NULL, "a=x%26y&b=2",
			"a form made of the arguments"},
		{REST("'method':'GET','body':'{}'"), NULL, "GET /x HTTP/1.1", NULL, "", "a GET has no body"},
		{REST("'authType':'bearer','authToken':'T0K'"), NULL, "GET /x HTTP/1.1",
			"Authorization: Bearer T0K", "", "bearer"},
		{REST("'authType':'apiKey','apiHeaderName':'X-Key','authToken':'T0K'"), NULL,
			"GET /x HTTP/1.1", "X-Key: T0K", "", "api key"},
		{REST("'authType':'apiKey','authToken':'T0K'"), NULL, "GET /x HTTP/1.1", "X-API-Key: T0K", "",
			"its default name"},
		{REST("'authType':'custom','authToken':'Digest x'"), NULL, "GET /x HTTP/1.1",
			"Authorization: Digest x", "", "custom"},
		{REST("'authType':'custom','apiHeaderName':'X-A','authToken':'v'"), NULL, "GET /x HTTP/1.1",
			"X-A: v", "", "custom with a name"},
		{REST("'authType':'none','authToken':'T0K'"), NULL, "GET /x HTTP/1.1", "Accept: */*", "",
			"none"},
		{REST("'headers':'{\\'X-Empty\\':\\'\\',\\'X-N\\':5}'"), NULL, "GET /x HTTP/1.1",
			"X-Empty:", "", "an empty header"},
	};
	struct rig rig;

	rig_init(&rig);
	script_answer(rig.server, 200, "application/json", "", "{}");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result = rig_run(&rig, rows[i].data, rows[i].arguments);
		const char *request = script_request(rig.server, i);

		cr_expect(result->success, "%s: %s", rows[i].comment, result->error);
		cr_expect(!strncmp(request, rows[i].line, strlen(rows[i].line)), "%s: %.80s", rows[i].comment,
			request);
		cr_expect(!rows[i].header || has_header(request, rows[i].header), "%s: %s", rows[i].comment,
			request);
		cr_expect_str_eq(body_of(request), rows[i].body, "%s: %s", rows[i].comment, request);
		cr_expect(strncmp(request, "GET ", 4) || !strstr(request, "\r\nContent-Type:"),
			"%s: what has no body has no type: %s", rows[i].comment, request);
		cr_expect(!strstr(request, "T0K") || strstr(rows[i].header, "T0K"), "%s: %s", rows[i].comment,
			request);
		cr_expect_eq(script_requests(rig.server), i + 1, "%s: arrives once", rows[i].comment);
		result_free(result);
	}
	rig_done(&rig);
}

Test(rest, answers)
{
	static const struct {
		int status;
		const char *type, *body, *code, *output, *message, *comment;
	} rows[] = {
		{200, "application/json", "{\"a\":1}", "", "{\"a\":1}", NULL, "JSON"},
		{201, "application/json; charset=utf-8", "[]", "", "[]", NULL, "JSON with a parameter"},
		{200, "application/vnd.api+json", "{}", "", "{}", NULL, "+json"},
		{200, "APPLICATION/JSON", "null", "", "null", NULL, "case does not matter"},
		{200, "text/plain", "hello \xc3\xbc", "", "\"hello \xc3\xbc\"", NULL, "text"},
		{200, "text/plain", "{\"a\":1}", "", "\"{\\\"a\\\":1}\"", NULL, "text stays text"},
		{200, NULL, "{\"a\":1}", "", "{\"a\":1}", NULL, "no type, but JSON"},
		{200, NULL, "{oops", "", "\"{oops\"", NULL, "no type and no JSON"},
		{200, "image/png", "\x89PNG", "", "{\"contentType\":\"image/png\",\"base64\":\"iVBORw==\"}",
			NULL, "binary"},
		{200, "application/json", "", "", "null", NULL, "no body"},
		{204, NULL, "", "", "null", NULL, "No Content"},
		{200, "application/json", "{\"a\":", "RESPONSE_INVALID_JSON", "null", "application/json",
			"broken JSON"},
		{200, "application/json", "<html>", "RESPONSE_INVALID_JSON", "null", "<html>",
			"a proxy's page"},
		{400, "application/json", "{\"e\":\"bad\"}", "REST_400", "null",
			"400 Bad Request: {\"e\":\"bad\"}", "bad request"},
		{401, "text/plain", "who are\r\n you?", "REST_401", "null", "401 Unauthorized: who are you?",
			"unauthorized"},
		{404, NULL, "", "REST_404", "null", "404 Not Found", "not found"},
		{409, "application/problem+json", "{\"title\":\"Taken\",\"detail\":\"room 7\",\"x\":1}",
			"REST_409", "null", "409 Conflict: Taken: room 7", "problem details"},
		{403, "application/problem+json", "{\"title\":\"forbidden\",\"detail\":\"d\"}", "REST_403",
			"null", "403 Forbidden: d", "a title that says what the status says"},
		{422, "application/problem+json", "{\"title\":5,\"detail\":\"d\"}", "REST_422", "null",
			"422 Unprocessable Content: d", "a member of the wrong type is as if absent"},
		{400, "application/problem+json", "{\"type\":\"/p/full\",\"status\":\"x\"}", "REST_400",
			"null", "400 Bad Request: /p/full", "its type, where that is all it says"},
		{400, "application/problem+json", "[1]", "REST_400", "null", "400 Bad Request: [1]",
			"no problem at all"},
		{200, "application/problem+json", "{\"title\":\"t\"}", "", "{\"title\":\"t\"}", NULL,
			"the status counts"},
		{200, "text/html", "{\"a\":1}", "", "{\"a\":1}", NULL, "JSON under a wrong type"},
		{200, "application/xml", "<a/>", "", "\"<a/>\"", NULL, "XML"},
		{205, "application/json", "", "", "null", NULL, "Reset Content"},
		{501, "application/json", "{\"a\":", "REST_501", "null",
			"{\"a\":", "an error of broken JSON"},
		{400, "image/png", "\x89PNG", "REST_400", "null", "400 Bad Request", "an error of bytes"},
		{418, NULL, "", "REST_418", "null", "418", "a status without a name"},
		{304, NULL, "", "REST_304", "null", "304 Not Modified", "not modified is no data"},
		{501, NULL, "", "REST_501", "null", "501 Not Implemented", "not implemented is final"},
	};
	struct rig rig;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result;
		char *output;

		script_clear(rig.server);
		script_answer(rig.server, rows[i].status, rows[i].type, "", rows[i].body);
		result = rig_run(&rig, REST("'method':'GET'"), NULL);
		output = json_print(result->data);
		cr_expect_str_eq(
			result->error_code, rows[i].code, "%s: %s", rows[i].comment, result->error_code);
		cr_expect_str_eq(output, rows[i].output, "%s: %s", rows[i].comment, output);
		cr_expect_eq(result->attempt_count, 1, "%s", rows[i].comment);
		cr_expect(!rows[i].message || strstr(result->error, rows[i].message), "%s: %s",
			rows[i].comment, result->error);
		cr_expect_eq(result->attempts[0].status, rows[i].status, "%s", rows[i].comment);
		free(output);
		result_free(result);
	}
	rig_done(&rig);
}

/* What was read otherwise than its type says is told. */
Test(rest, metadata_tells_how_it_was_read)
{
	static const struct {
		const char *type, *body, *output, *read_as, *charset;
		double replaced;
	} rows[] = {
		{"application/json", "[1]", "[1]", NULL, NULL, 0},
		{"text/html", "{\"id\":12345678901234567890}", "{\"id\":12345678901234567890}",
			"application/json", NULL, 0},
		{"text/plain; charset=iso-8859-1", "\xe9", "\"\xc3\xa9\"", NULL, "iso-8859-1", 0},
		{"application/json", "[\"\xff\xfe\"]", "[\"\xef\xbf\xbd\xef\xbf\xbd\"]", NULL, NULL, 2},
	};
	struct rig rig;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result;
		const char *read_as, *charset;
		char *output;

		script_clear(rig.server);
		script_answer(rig.server, 200, rows[i].type, "", rows[i].body);
		result = rig_run(&rig, REST("'method':'GET'"), NULL);
		output = json_print(result->data);
		read_as = json_string(result->metadata, "readAs", NULL);
		charset = json_string(result->metadata, "charset", NULL);
		cr_expect_str_eq(output, rows[i].output, "%s: %s", rows[i].type, output);
		cr_expect(read_as ? rows[i].read_as && !strcmp(read_as, rows[i].read_as) : !rows[i].read_as);
		cr_expect(charset ? rows[i].charset && !strcmp(charset, rows[i].charset) : !rows[i].charset);
		cr_expect_eq(json_number(result->metadata, "replacedCharacters", 0), rows[i].replaced);
		free(output);
		result_free(result);
	}
	rig_done(&rig);
}

Test(rest, problem_object_is_kept)
{
	struct rig rig;
	struct result *result;

	rig_init(&rig);
	script_answer(rig.server, 403, "application/problem+json", "",
		"{\"title\":\"No\",\"balance\":30,\"instance\":7,\"status\":\"403\"}");
	result = rig_run(&rig, REST("'method':'GET'"), NULL);
	cr_expect_eq(json_number(json_get(result->metadata, "problem"), "balance", 0), 30);
	cr_expect_null(json_get(json_get(result->metadata, "problem"), "instance"));
	cr_expect_null(json_get(json_get(result->metadata, "problem"), "status"));
	result_free(result);
	rig_done(&rig);
}

Test(rest, configuration)
{
	static const struct {
		const char *data, *code, *comment;
	} rows[] = {
		{"{'integrationType':'rest'}", "REST_NO_URL", "no url"},
		{"{'integrationType':'rest','url':' '}", "REST_NO_URL", "a blank one"},
		{"{'integrationType':'rest','url':'file:///etc/passwd'}", "URL_NOT_ALLOWED", "file"},
		{"{'integrationType':'rest','url':'ftp://h/'}", "URL_NOT_ALLOWED", "ftp"},
		{"{'integrationType':'rest','url':'/only/a/path'}", "URL_NOT_ALLOWED", "no scheme"},
		{"{'integrationType':'rest','url':'${FILE}'}", "URL_NOT_ALLOWED",
			"file from the environment"},
		{"{'integrationType':'rest','url':'http:///x'}", "INTEGRATION_CONFIG_ERROR", "no host"},
		{"{'integrationType':'rest','url':'http://${NOTHING}/x'}", "URL_NOT_ALLOWED",
			"no host in the end"},
		{"{'integrationType':'rest','url':'http://h:99999/'}", "INTEGRATION_CONFIG_ERROR",
			"no such port"},
		{"{'integrationType':'rest','url':'http://h/{{a'}", "INTEGRATION_CONFIG_ERROR",
			"unclosed template"},
		{"{'integrationType':'rest','url':'${NO_SUCH_VARIABLE}/x'}", "INTEGRATION_CONFIG_ERROR",
			"unknown variable"},
		{"{'integrationType':'rest','url':'${URL}/{{a}}'}", "MISSING_ARGUMENT", "missing argument"},
		{"{'integrationType':'rest','url':'${URL}','method':'FETCH'}", "INTEGRATION_CONFIG_ERROR",
			"unknown method"},
		{"{'integrationType':'rest','url':'${URL}','method':'GET\\r\\nX: 1'}",
			"INTEGRATION_CONFIG_ERROR", "method with CRLF"},
		{"{'integrationType':'rest','url':'${URL}','headers':'{'}", "INTEGRATION_CONFIG_ERROR",
			"headers no JSON"},
		{"{'integrationType':'rest','url':'${URL}','headers':'[]'}", "INTEGRATION_CONFIG_ERROR",
			"headers no object"},
		{"{'integrationType':'rest','url':'${URL}','headers':{'A b':'c'}}",
			"INTEGRATION_CONFIG_ERROR", "header name"},
		{"{'integrationType':'rest','url':'${URL}','headers':{'A':'c\\r\\nX: 1'}}",
			"INTEGRATION_CONFIG_ERROR", "CRLF"},
		{"{'integrationType':'rest','url':'${URL}','headers':{'A':{}}}", "INTEGRATION_CONFIG_ERROR",
			"header no text"},
		{"{'integrationType':'rest','url':'${URL}','authType':'ntlm'}", "INTEGRATION_CONFIG_ERROR",
			"auth"},
		{"{'integrationType':'rest','url':'${URL}','authType':'apiKey','apiHeaderName':'A:','"
		 "authToken':'t'}",
			"INTEGRATION_CONFIG_ERROR", "auth header name"},
		{"{'integrationType':'rest','url':'${URL}','method':'POST','body':'{'}",
			"INTEGRATION_CONFIG_ERROR", "body"},
		{"{'integrationType':'rest','url':'${URL}','authType':'bearer','authToken':'${LINES}'}",
			"INVALID_ARGUMENT", "a token with a line break"},
		{"{'integrationType':'rest','url':'${URL}','testpanel':{'retry':{'maxx':1}}}",
			"INTEGRATION_CONFIG_ERROR", "unknown member of retry"},
	};
	struct rig rig;

	rig_init(&rig);
	env_set(rig.env, "FILE", "file:///etc/passwd");
	env_set(rig.env, "LINES", "a\nb");
	env_set(rig.env, "NOTHING", "");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result = rig_run(&rig, rows[i].data, NULL);

		cr_expect_str_eq(result->error_code, rows[i].code, "%s: %s: %s", rows[i].comment,
			result->error_code, result->error);
		cr_expect(!result->success && result->error && *result->error, "%s", rows[i].comment);
		result_free(result);
	}
	cr_expect_eq(script_requests(rig.server), 0, "nothing was sent");
	rig_done(&rig);
}

/* Known before anything runs where no template is in it; the message says what is wrong, and where. */
Test(rest, malformed_urls)
{
	static const struct {
		const char *url, *fault, *comment;
	} rows[] = {
		{"http://h:99999/", "/url: the URL is malformed: Port number", "no such port"},
		{"http:///x", "/url: the URL is malformed: it names no host", "a path for a host"},
		{"https://?q", "/url: the URL is malformed: it names no host", "a query for a host"},
		{"http://h:x/", "Port number", "a word as port"},
		{"http://[::1/", "IPv6", "an unclosed bracket"},
		{"http://a b/", "hostname", "a blank in the host"},
		{"http://h:{{port}}/", NULL, "who knows what the argument is"},
		{"http://[::1]:8080/\xc3\xbc?q=a b", NULL, "what is encoded later"},
		{"http://b\xc3\xbc"
		 "cher.example/",
			NULL, "an international name"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cJSON *data = cJSON_CreateObject();
		struct integration *in;

		cJSON_AddStringToObject(data, "integrationType", "rest");
		cJSON_AddStringToObject(data, "url", rows[i].url);
		in = integration_parse("n", data, NULL, "", NULL);
		cr_expect_eq(!in->error, !rows[i].fault, "%s: %s", rows[i].comment, in->error_message);
		cr_expect(!rows[i].fault || !in->error || strstr(in->error_message, rows[i].fault), "%s: %s",
			rows[i].comment, in->error_message);
		integration_free(in);
		cJSON_Delete(data);
	}
}

/* How often a request arrives when the first answers are these, and what comes of it. */
Test(rest, retries)
{
	static const struct {
		const char *method;
		int first, second;
		size_t arrivals;
		const char *code, *more, *comment;
	} rows[] = {
		{"GET", 503, 200, 2, "", "", "GET 503"},
		{"GET", 500, 200, 2, "", "", "GET 500"},
		{"GET", 503, 503, 3, "REST_503", "", "GET 503 for ever"},
		{"PUT", 502, 200, 2, "", "", "PUT 502"},
		{"DELETE", 504, 200, 2, "", "", "DELETE 504"},
		{"POST", 503, 200, 1, "REST_503", "", "POST 503"},
		{"PATCH", 500, 200, 1, "REST_500", "", "PATCH 500"},
		{"POST", 429, 200, 2, "", "", "POST 429"},
		{"POST", 503, 200, 2, "", ",'idempotent':true", "POST 503 marked idempotent"},
		{"GET", 404, 200, 1, "REST_404", "", "GET 404"},
		{"GET", 501, 200, 1, "REST_501", "", "GET 501"},
		{"GET", 408, 200, 2, "", "", "GET 408"},
		{"GET", 425, 200, 2, "", "", "GET 425"},
	};
	struct rig rig;
	size_t before = 0;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result;
		char *data = xasprintf("{'integrationType':'rest','url':'${URL}/','method':'%s',"
				       "'testpanel':{'retry':{'max':2,'initialMs':1,'maxMs':2}%s}}",
			rows[i].method, rows[i].more);

		script_clear(rig.server);
		script_answer(rig.server, rows[i].first, NULL, "", "");
		script_answer(rig.server, rows[i].second, NULL, "", "");
		result = rig_run(&rig, data, NULL);
		cr_expect_str_eq(
			result->error_code, rows[i].code, "%s: %s", rows[i].comment, result->error_code);
		cr_expect_eq(script_requests(rig.server) - before, rows[i].arrivals, "%s: %zu",
			rows[i].comment, script_requests(rig.server) - before);
		cr_expect_eq(result->attempt_count, rows[i].arrivals, "%s", rows[i].comment);
		cr_expect(result->attempts[result->attempt_count - 1].backoff_ms < 0, "%s", rows[i].comment);
		cr_expect(result->attempt_count == 1 || result->attempts[0].backoff_ms >= 0, "%s",
			rows[i].comment);
		before = script_requests(rig.server);
		free(data);
		result_free(result);
	}
	rig_done(&rig);
}
