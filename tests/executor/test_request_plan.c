/* Plans: that the request is the one that is sent, that secrets are masked, and that a shell runs the command
 * line into the same request. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static cJSON *plan(struct rig *rig, const char *data, const char *arguments)
{
	cJSON *args = arguments ? rig_json(arguments) : NULL, *json;

	integration_free(rig->integration);
	rig->integration = rig_integration(data);
	json = execution_plan(rig->executor, rig->integration, args, NULL);
	cJSON_Delete(args);
	return json;
}

static const char *header(const cJSON *plan, const char *name)
{
	const cJSON *h;

	cJSON_ArrayForEach(h, json_get(json_get(plan, "request"), "headers"))
	{
		if (!strcasecmp(json_string(h, "name", ""), name))
			return json_string(h, "value", "");
	}
	return "(none)";
}

/* Nodes that are sent as well, to see whether the plan spoke the truth. */
static const struct {
	const char *data, *arguments, *comment;
} sent[] = {
	{"{'integrationType':'rest','url':'${URL}/a b?x=1','method':'GET','headers':'{\\'X-A\\':\\'{{q}}\\',"
	 "\\'X-Empty\\':\\'\\'}'}",
		"{'q':'one','r':'t&o'}", "arguments in a header and the query"},
	{"{'integrationType':'rest','url':'${URL}/p','method':'POST','body':'{\\'a\\':\\'it is {{q}}\\'}'}",
		"{'q':'a \\\"quote\\\" and it\\u0027s','more':[1,2]}", "a JSON body"},
	{"{'integrationType':'rest','url':'${URL}/p','method':'PUT','headers':'{\\'Content-Type\\':"
	 "\\'application/x-www-form-urlencoded\\'}'}",
		"{'q':'a b','r':'ü'}", "a form"},
	{"{'integrationType':'rest','url':'${URL}/p','method':'DELETE'}", NULL, "DELETE"},
	{"{'integrationType':'rest','url':'${URL}/p','method':'HEAD'}", NULL, "HEAD"},
	{"{'integrationType':'graphql','url':'${URL}/g','graphQLQuery':'query Q($id: ID) { a(id: $id) }'}",
		"{'id':'7 $HOME `x` !'}", "GraphQL"},
};

/* Every header of the plan stands in the request as it arrived, and none else. */
static void compare_headers(const cJSON *plan, const char *arrived, const char *comment)
{
	const char *line = strstr(arrived, "\r\n") + 2;
	size_t lines = 0, planned = 0;
	const cJSON *h;

	for (; strncmp(line, "\r\n", 2) != 0; line = strstr(line, "\r\n") + 2)
		lines++;
	cJSON_ArrayForEach(h, json_get(json_get(plan, "request"), "headers"))
	{
		const char *name = json_string(h, "name", ""), *value = json_string(h, "value", "");
		char *wanted = xasprintf("\r\n%s:%s%s\r\n", name, *value ? " " : "", value);

		planned++;
		cr_expect(!strcmp(name, "traceparent") || strstr(arrived, wanted), "%s: \"%s\" is not in\n%s",
			comment, wanted, arrived);
		free(wanted);
	}
	cr_expect_eq(planned, lines, "%s: %zu headers, %zu arrived:\n%s", comment, planned, lines, arrived);
}

static void compare_request(const cJSON *plan, const char *arrived, const char *comment)
{
	const cJSON *request = json_get(plan, "request");
	const char *url = json_string(request, "url", ""), *path = strchr(url + 7, '/');
	char *first = xasprintf("%s %s HTTP/1.1\r\n", json_string(request, "method", ""), path);

	cr_expect(!strncmp(arrived, first, strlen(first)), "%s: %s is not\n%s", comment, first, arrived);
	cr_expect_str_eq(strstr(arrived, "\r\n\r\n") + 4, json_string(request, "body", ""), "%s", comment);
	free(first);
}

Test(request_plan, is_what_is_sent)
{
	for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++) {
		struct rig rig;
		cJSON *json;

		rig_init(&rig);
		script_answer(rig.server, 200, "application/json", "", "{}");
		json = plan(&rig, sent[i].data, sent[i].arguments);
		cr_expect_eq(script_requests(rig.server), 0, "%s: a plan sends nothing", sent[i].comment);
		result_free(rig_run(&rig, sent[i].data, sent[i].arguments));
		compare_request(json, script_request(rig.server, 0), sent[i].comment);
		compare_headers(json, script_request(rig.server, 0), sent[i].comment);
		cJSON_Delete(json);
		rig_done(&rig);
	}
}

static void on_shell_ended(uv_process_t *process, int64_t status, int signal)
{
	bool *done = process->data;

	(void)signal;
	cr_expect_eq(status, 0, "the command ends with %d", (int)status);
	*done = true;
	uv_stop(process->loop);
}

static void run_shell(struct rig *rig, const char *command)
{
	char *quiet = xasprintf("exec </dev/null >/dev/null 2>&1; %s", command);
	char *args[] = {(char *)"/bin/sh", (char *)"-c", quiet, NULL};
	uv_stdio_container_t stdio[3] = {{UV_IGNORE, {0}}, {UV_IGNORE, {0}}, {UV_INHERIT_FD, {.fd = 2}}};
	bool done = false;
	uv_process_t process = {.data = &done};
	uv_process_options_t options = {
		.exit_cb = on_shell_ended, .file = args[0], .args = args, .stdio = stdio, .stdio_count = 3};

	cr_assert_eq(uv_spawn(&rig->loop, &process, &options), 0);
	rig_wait(rig, &done);
	uv_close((uv_handle_t *)&process, NULL);
	uv_run(&rig->loop, UV_RUN_NOWAIT);
	free(quiet);
}

static bool has_curl(void)
{
	return system("command -v curl >/dev/null 2>&1") == 0;
}

Test(request_plan, the_command_line_sends_the_same)
{
	if (!has_curl())
		cr_skip_test("no curl here");
	for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++) {
		struct rig rig;
		cJSON *json;

		rig_init(&rig);
		script_answer(rig.server, 200, "application/json", "", "{}");
		json = plan(&rig, sent[i].data, sent[i].arguments);
		run_shell(&rig, json_string(json, "curl", "false"));
		cr_assert_eq(script_requests(rig.server), 1, "%s", sent[i].comment);
		compare_request(json, script_request(rig.server, 0), sent[i].comment);
		cJSON_Delete(json);
		rig_done(&rig);
	}
}

#define SECRET_NODE                                                                                          \
	"{'integrationType':'rest','url':'${URL}/x?token=${TOKEN}&plain=${PLAIN}&api_key=literal-key-1',"    \
	"'method':'POST','authType':'bearer','authToken':'${TOKEN}','headers':'{\\'X-API-Key\\':\\'in-the-"  \
	"file two words\\',"                                                                                 \
	"\\'X-Tenant\\':\\'${PLAIN}\\'}','body':'{\\'password\\':\\'${PASSWORD}\\',\\'note\\':\\'a "         \
	"${TOKEN} b\\',"                                                                                     \
	"\\'secret\\':\\'short\\',\\'pin\\':${PIN_SECRET},\\'room\\':7}'}"

static void set_secrets(struct rig *rig)
{
	env_set(rig->env, "TOKEN", "tok-4711-abcdef");
	env_set(rig->env, "PASSWORD", "it's \"quoted\" $HOME");
	env_set(rig->env, "PIN_SECRET", "482911");
	env_set(rig->env, "PLAIN", "harbour");
}

Test(request_plan, secrets_are_masked)
{
	static const char *const secrets[] = {
		"tok-4711", "quoted", "482911", "literal-key-1", "in-the-file", "short", "two words"};
	struct rig rig;
	cJSON *json;
	const char *line;
	char *text;

	rig_init(&rig);
	set_secrets(&rig);
	json = plan(&rig, SECRET_NODE, NULL);
	text = json_print(json);
	for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
		cr_expect(!strstr(text, secrets[i]), "%s is in %s", secrets[i], text);
	cr_expect_str_eq(header(json, "Authorization"), "Bearer [redacted]");
	cr_expect_str_eq(header(json, "X-API-Key"), "[redacted]");
	cr_expect_str_eq(header(json, "X-Tenant"), "harbour", "not in a secret place");
	line = json_string(json, "curl", "");
	cr_expect(strstr(line, "'Authorization: Bearer '\"$TOKEN\""), "%s", line);
	cr_expect(strstr(line, "/x?token='\"$TOKEN\"'&plain=harbour&api_key=REDACTED'"), "%s", line);
	cr_expect(strstr(line, "'X-API-Key: [redacted]'"), "%s", line);
	cr_expect(strstr(line, "\"note\":\"a '\"$TOKEN\"' b\""), "%s", line);
	cr_expect(strstr(line, "\"password\":\"[redacted]\""), "quotes in it would need JSON's: %s", line);
	cr_expect(strstr(line, "\"room\":7"), "%s", line);
	free(text);
	cJSON_Delete(json);
	rig_done(&rig);
}

/* With the variables set, the placeholders become what the executor sends. */
Test(request_plan, placeholders_work_in_a_shell)
{
	static const char data[] =
		"{'integrationType':'rest','url':'${URL}/"
		"x?token=${TOKEN}','method':'POST','authType':'apiKey',"
		"'apiHeaderName':'X-Desk','authToken':'${TOKEN}','body':'{\\'password\\':\\'${TOKEN}\\'}'}";
	struct rig rig;
	cJSON *json;
	const char *arrived;

	if (!has_curl())
		cr_skip_test("no curl here");
	rig_init(&rig);
	set_secrets(&rig);
	setenv("TOKEN", "tok-4711-abcdef", 1);
	script_answer(rig.server, 200, "application/json", "", "{}");
	json = plan(&rig, data, NULL);
	run_shell(&rig, json_string(json, "curl", "false"));
	arrived = script_request(rig.server, 0);
	cr_expect(strstr(arrived, "POST /x?token=tok-4711-abcdef HTTP"), "%s", arrived);
	cr_expect(strstr(arrived, "\r\nX-Desk: tok-4711-abcdef\r\n"), "%s", arrived);
	cr_expect(strstr(arrived, "{\"password\":\"tok-4711-abcdef\"}"), "%s", arrived);
	cJSON_Delete(json);
	rig_done(&rig);
}

/* What of the way it travels curl must be told, too. */
Test(request_plan, the_command_line_travels_the_same_way)
{
	static const char data[] =
		"{'integrationType':'rest','url':'https://${HOST}/[x]','method':'PATCH','testpanel':{'proxy':"
		"'http://ann:${PROXY_PASSWORD}@proxy:3128','httpVersion':'2','cookies':true,'timeoutMs':1500,"
		"'connectTimeoutMs':250,'idempotencyKey':true,'tls':{'caFile':'my ca.pem','certFile':'c.pem',"
		"'keyPassword':'${KEY_PASSWORD}','minVersion':'1.3','serverName':'sni.example','insecure':"
		"true}}}";
	static const char *const wanted[] = {"--cacert 'my ca.pem'", "--cert c.pem",
		"--pass \"$KEY_PASSWORD\"", "--proxy ", "--insecure", "--tlsv1.3", "--cookie ''", "--http2",
		"--request PATCH", "--globoff", "--max-time 1.5", "--connect-timeout 0.25",
		"--header 'Idempotency-Key: \"", "--connect-to sni.example:", "--header 'Host: "};
	struct rig rig;
	const char *line;
	cJSON *json;

	rig_init(&rig);
	env_set(rig.env, "HOST", "example.test");
	env_set(rig.env, "PROXY_PASSWORD", "swordfish-77");
	env_set(rig.env, "KEY_PASSWORD", "tok-4711-abcdef");
	json = plan(&rig, data, NULL);
	line = json_string(json, "curl", "");
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		cr_expect(strstr(line, wanted[i]), "%s is not in %s (%s)", wanted[i], line,
			json_string(json, "error", ""));
	cr_expect(!strstr(line, "swordfish") && !strstr(line, "tok-4711"), "%s", line);
	cJSON_Delete(json);
	rig_done(&rig);
}

Test(request_plan, other_credentials)
{
	static const struct {
		const char *testpanel, *header, *curl, *comment;
	} rows[] = {
		{"{'basic':{'user':'ann','password':'${TOKEN}'}}", "Basic [redacted]",
			"--user 'ann:'\"$TOKEN\"", "basic, a variable"},
		{"{'basic':{'user':'ann','password':'tok-4711'}}", "Basic [redacted]",
			"--user 'ann:[redacted]'", "basic, in the file"},
		{"{'oauth2':{'tokenUrl':'${URL}/token','clientId':'me','clientSecret':'${TOKEN}'}}",
			"Bearer [redacted]", "'Authorization: Bearer '\"$ACCESS_TOKEN\"",
			"a token to be fetched"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rig rig;
		char *data = xasprintf("{'integrationType':'rest','url':'${URL}/','method':'GET',"
				       "'testpanel':%s}",
			     rows[i].testpanel),
		     *text;
		cJSON *json;

		rig_init(&rig);
		set_secrets(&rig);
		json = plan(&rig, data, NULL);
		text = json_print(json);
		cr_expect_str_eq(
			header(json, "Authorization"), rows[i].header, "%s: %s", rows[i].comment, text);
		cr_expect(
			strstr(json_string(json, "curl", ""), rows[i].curl), "%s: %s", rows[i].comment, text);
		cr_expect(!strstr(text, "tok-4711"), "%s: %s", rows[i].comment, text);
		cr_expect_eq(script_requests(rig.server), 0, "%s: nothing is fetched", rows[i].comment);
		free(text);
		free(data);
		cJSON_Delete(json);
		rig_done(&rig);
	}
}

Test(request_plan, what_cannot_be_sent_says_why)
{
	static const struct {
		const char *data, *code, *comment;
	} rows[] = {
		{"{'integrationType':'rest','url':'${URL}/{{id}}','method':'GET'}", "MISSING_ARGUMENT",
			"argument"},
		{"{'integrationType':'rest','url':'${NOWHERE}/','method':'GET'}", "INTEGRATION_CONFIG_ERROR",
			"variable"},
		{"{'integrationType':'rest','url':'file:///etc/passwd','method':'GET'}", "URL_NOT_ALLOWED",
			"scheme"},
		{"{'integrationType':'rest'}", "REST_NO_URL", "no URL"},
		{"{'integrationType':'soap'}", "INTEGRATION_CONFIG_ERROR", "kind"},
		{"{'integrationType':'mock','mockOutput':'{'}", "MOCK_JSON_PARSE_ERROR", "mock"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rig rig;
		cJSON *json;

		rig_init(&rig);
		json = plan(&rig, rows[i].data, NULL);
		cr_expect_str_eq(json_string(json, "errorCode", ""), rows[i].code, "%s", rows[i].comment);
		cr_expect(*json_string(json, "error", ""), "%s", rows[i].comment);
		cr_expect(cJSON_IsNull(json_get(json, "request")), "%s", rows[i].comment);
		cr_expect(cJSON_IsNull(json_get(json, "curl")), "%s", rows[i].comment);
		cJSON_Delete(json);
		rig_done(&rig);
	}
}

Test(request_plan, a_mock_says_its_answer)
{
	struct rig rig;
	cJSON *json;
	char *answer;

	rig_init(&rig);
	json = plan(&rig, "{'integrationType':'mock','mockOutput':'{\\'a\\':1}','latency':250}", NULL);
	answer = json_print(json_get(json, "answer"));
	cr_expect_str_eq(answer, "{\"a\":1}");
	cr_expect_eq(json_number(json, "latencyMs", 0), 250);
	cr_expect(cJSON_IsNull(json_get(json, "request")));
	cr_expect_eq(json_number(json_get(json, "schedule"), "worstMs", 0), 250);
	cr_expect_eq(cJSON_GetArraySize(json_get(json_get(json, "schedule"), "attempts")), 1);
	free(answer);
	cJSON_Delete(json);
	rig_done(&rig);
}

Test(request_plan, retries_depend_on_the_method)
{
	static const struct {
		const char *data, *after, *comment;
	} rows[] = {
		{"{'integrationType':'rest','url':'${URL}/','method':'GET'}",
			"[\"not sent\",\"timeout\",\"lost "
			"connection\",\"408\",\"425\",\"429\",\"500\",\"502\",\"503\","
			"\"504\"]",
			"GET"},
		{"{'integrationType':'rest','url':'${URL}/','method':'POST'}", "[\"not sent\",\"429\"]",
			"POST"},
		{"{'integrationType':'rest','url':'${URL}/','method':'GET','testpanel':{'retry':{'max':0}}}",
			"[]", "retries off"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rig rig;
		cJSON *json;
		char *after;

		rig_init(&rig);
		json = plan(&rig, rows[i].data, NULL);
		after = json_print(json_get(json_get(json, "schedule"), "retriedAfter"));
		cr_expect_str_eq(after, rows[i].after, "%s", rows[i].comment);
		free(after);
		cJSON_Delete(json);
		rig_done(&rig);
	}
}

Test(request_plan, gates_and_faults)
{
	static const struct {
		const char *data, *fault, *path, *wanted, *comment;
	} rows[] = {
		{"'integrationType':'rest','url':'http://h.example:81/'", NULL, "gates",
			"{\"queue\":{\"maxConcurrent\":9,\"maxConcurrentPerHost\":3},\"retryBudget\":{"
			"\"host\":\"h.example:"
			"81\",\"maxTokens\":7,\"minPerSecond\":10,\"tokenRatio\":0.2,\"tokens\":7}}",
			"what all requests have"},
		{"'integrationType':'mock','mockOutput':'{}'", NULL, "gates", "{}", "nothing is sent"},
		{"'integrationType':'mock','mockOutput':'{}','testpanel':{'rateLimit':{'perSecond':5,'burst':"
		 "2},"
		 "'breaker':{'window':4,'minimumCalls':2,'openMs':50}}",
			NULL, "gates",
			"{\"breaker\":{\"failureRatio\":0.5,\"halfOpenCalls\":1,\"minimumCalls\":2,"
			"\"nextCallInMs\":0,"
			"\"openMs\":50,\"state\":\"closed\",\"window\":4},\"rateLimit\":{\"burst\":2,"
			"\"perSecond\":5,"
			"\"tokens\":2,\"waitMs\":0}}",
			"a node's own"},
		{"'integrationType':'mock','mockOutput':'{}'", NULL, "faults", "null", "none"},
		{"'integrationType':'mock','mockOutput':'{}'", "429:2s:0.5", "faults",
			"[{\"fault\":\"429\",\"probability\":0.5,\"retryAfterMs\":2000,\"when\":\"instead\"}"
			"]",
			"one"},
		{"'integrationType':'mock','mockOutput':'{}','latency':50", "slow:300ms", "schedule/worstMs",
			"4050", "1 and 2 s of backoff"},
		{"'integrationType':'mock','mockOutput':'{}'", "timeout", "schedule/worstMs", "30000",
			"the deadline"},
		{"'integrationType':'rest','url':'http://h/','testpanel':{'retry':{'jitter':'none'}}",
			"reset", "schedule/worstMs", "3000", "attempts that take no time"},
		{"'integrationType':'rest','url':'http://h/','testpanel':{'retry':{'jitter':'none'}}",
			"429:4s", "schedule/worstMs", "8000", "a Retry-After above the backoff"},
		{"'integrationType':'rest','url':'http://h/','testpanel':{'retry':{'jitter':'none'},"
		 "'rateLimit':{'perSecond':0.2}}",
			"reset", "schedule/worstMs", "10000", "a rate limit below the backoff"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct budget_policy budget = {.capacity = 7, .per_success = 0.2, .per_second = 10};
		char *data = xasprintf("{%s}", rows[i].data), *path = xstrdup(rows[i].path), *rest = path,
		     *text;
		struct injection injection;
		const cJSON *found;
		struct rig rig;
		cJSON *json;

		rig_init(&rig);
		executor_limit(rig.executor, 9, 3);
		executor_retry_budget(rig.executor, &budget);
		if (rows[i].fault) {
			cr_assert(injection_parse(&injection, rows[i].fault, &text));
			executor_inject(rig.executor, NULL, &injection);
		}
		json = plan(&rig, data, NULL);
		for (found = json; rest;)
			found = json_get(found, strsep(&rest, "/"));
		text = found ? json_canonical(found) : xstrdup("null");
		cr_expect_str_eq(text, rows[i].wanted, "%s: %s", rows[i].comment, text);
		free(text);
		cJSON_Delete(json);
		rig_done(&rig);
		free(path);
		free(data);
	}
}
