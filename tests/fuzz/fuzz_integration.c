/* Integration nodes. Line 1: the arguments; the rest is a node's data, a JSON object. A node that cannot run
 * says why and has a fault for it; one that can has settings within bounds; the request made of it can be
 * sent as it is (an http URL, headers without line breaks); and its plan holds no secret. */
#include "executor/source.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define POINTER "/nodes/0/data"
#define SECRET "Tok-s3cr3t-7"

/* Everything a plan is made with; made anew for each input, so that none depends on those before. */
struct desk {
	uv_loop_t loop;
	struct env *env;
	struct redactor *redactor;
	struct tracer *tracer;
	struct executor *executor;
};

static void desk_init(struct desk *desk)
{
	uv_loop_init(&desk->loop);
	desk->env = env_new();
	env_set(desk->env, "MOCK_URL", "http://127.0.0.1:8080");
	env_set(desk->env, "API_TOKEN", SECRET);
	env_set(desk->env, "NAME", "a b/c");
	desk->redactor = redactor_new();
	desk->tracer = tracer_new(&clock_system, 1, desk->redactor, 0);
	desk->executor = executor_new(&(struct executor_config){
		&desk->loop, &clock_system, desk->tracer, NULL, desk->redactor, desk->env, 1});
}

static void desk_done(struct desk *desk)
{
	executor_free(desk->executor);
	uv_run(&desk->loop, UV_RUN_DEFAULT);
	FUZZ_CHECK(!uv_loop_close(&desk->loop), "a handle is open");
	tracer_free(desk->tracer);
	redactor_free(desk->redactor);
	env_free(desk->env);
}

static bool is_time(double ms)
{
	return isfinite(ms) && ms >= 0;
}

static void check_policy(const struct policy *p)
{
	FUZZ_CHECK(is_time(p->timeout_ms) && is_time(p->connect_ms) && is_time(p->ttfb_ms) &&
			is_time(p->stall_ms),
		"timeout %f", p->timeout_ms);
	FUZZ_CHECK(is_time(p->deadline_ms), "deadline %f", p->deadline_ms);
	FUZZ_CHECK(p->retry.max >= 0 && is_time(p->retry.initial_ms) && is_time(p->retry.max_ms) &&
			isfinite(p->retry.factor) && p->retry.factor >= 1,
		"%d retries, %f by %f", p->retry.max, p->retry.initial_ms, p->retry.factor);
	FUZZ_CHECK(is_time(p->poll.interval_ms), "poll %f", p->poll.interval_ms);
	FUZZ_CHECK(p->max_bytes > 0, "%zu bytes", p->max_bytes);
}

static void check_parsed(const struct integration *in, const struct faults *faults)
{
	size_t n = strlen(POINTER);

	FUZZ_CHECK((in->error != ERR_NONE) == (in->error_message != NULL), "%d", (int)in->error);
	FUZZ_CHECK((in->error != ERR_NONE) == (faults->errors > 0), "%zu errors, but %s", faults->errors,
		in->error_message);
	FUZZ_CHECK(in->source || in->error, "no source and no error");
	for (size_t i = 0; i < faults->count; i++)
		FUZZ_CHECK(!strncmp(faults->items[i].pointer, POINTER, n) &&
				(!faults->items[i].pointer[n] || faults->items[i].pointer[n] == '/'),
			"%s", faults->items[i].pointer);
	check_policy(&in->policy);
}

static void check_request(const struct request *request)
{
	const char *url = buffer_text(&request->url);

	FUZZ_CHECK(!strncasecmp(url, "http://", 7) || !strncasecmp(url, "https://", 8), "%s", url);
	for (size_t i = 0; i < request->header_count; i++)
		FUZZ_CHECK(!strpbrk(request->headers[i].name, "\r\n: ") && *request->headers[i].name &&
				!strpbrk(request->headers[i].value, "\r\n"),
			"%s: %s", request->headers[i].name, request->headers[i].value);
}

static void check_rendered(const struct integration *in, const cJSON *arguments, struct desk *desk)
{
	struct template_scope scope = {.arguments = arguments, .env = desk->env, .redactor = desk->redactor};
	struct request request;
	char *message = NULL;
	enum errcode code;

	if (in->error)
		return;
	request_init(&request);
	code = source_render(&request, in, "run", &scope, &message);
	FUZZ_CHECK((code != ERR_NONE) == (message != NULL), "%d", (int)code);
	if (!code && !in->source->answer)
		check_request(&request);
	free(message);
	request_done(&request);
}

static void check_plan(const struct integration *in, const cJSON *arguments, struct desk *desk, bool secret)
{
	cJSON *plan = execution_plan(desk->executor, in, arguments, NULL);
	char *text = json_print(plan);

	/* Nor in letters of another case, as those of a host are. */
	FUZZ_CHECK(!secret || !strcasestr(text, SECRET), "%s", text);
	if (in->error)
		FUZZ_CHECK(json_string(plan, "error", NULL), "%s", text);
	fuzz_check_prints(plan);
	free(text);
	cJSON_Delete(plan);
}

static void check_repeats(const cJSON *data, const struct faults *before)
{
	struct faults faults;
	struct integration *in;

	faults_init(&faults);
	in = integration_parse("n", data, NULL, POINTER, &faults);
	FUZZ_CHECK(faults.count == before->count, "%zu faults, then %zu", before->count, faults.count);
	integration_free(in);
	faults_done(&faults);
}

/* An input may have the secret from the dictionary, in letters of any case. */
static bool is_secretless(const uint8_t *data, size_t size)
{
	static const char part[] = "s3cr3t";

	for (size_t i = 0; i + strlen(part) <= size; i++)
		if (strncasecmp((const char *)data + i, part, strlen(part)) == 0)
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	cJSON *arguments = fuzz_json(&input), *json;
	struct integration *in;
	struct faults faults;
	struct desk desk;
	char *text = fuzz_rest(&input);

	json = json_parse(text, strlen(text), NULL);
	if (json) {
		faults_init(&faults);
		desk_init(&desk);
		in = integration_parse("n", json, NULL, POINTER, &faults);
		check_parsed(in, &faults);
		fuzz_check_faults(&faults, text, strlen(text));
		check_repeats(json, &faults);
		check_rendered(in, cJSON_IsObject(arguments) ? arguments : NULL, &desk);
		check_plan(
			in, cJSON_IsObject(arguments) ? arguments : NULL, &desk, is_secretless(data, size));
		integration_free(in);
		desk_done(&desk);
		faults_done(&faults);
	}
	cJSON_Delete(json);
	cJSON_Delete(arguments);
	free(text);
	return 0;
}
