/* What may be sent again, and the Idempotency-Key that says that it was. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define NO_RETRY "'retry':{'max':0}"

/* The header's value in request i, to the end of its line. Caller frees. */
static char *key_in(struct rig *rig, size_t i)
{
	const char *at = strstr(script_request(rig->server, i), "Idempotency-Key: ");

	return at ? xstrndup(at + 17, strcspn(at + 17, "\r")) : xstrdup("");
}

#define FAST "'retry':{'max':2,'initialMs':1,'maxMs':1}"

Test(resend, retries_of_unsafe_methods)
{
	static const struct {
		const char *method, *testpanel;
		int status; /* 0: closed without an answer */
		size_t arrivals;
		const char *comment;
	} rows[] = {
		{"POST", FAST, 503, 1, "POST on 503"},
		{"PATCH", FAST, 503, 1, "PATCH on 503"},
		{"PUT", FAST, 503, 3, "PUT is idempotent"},
		{"DELETE", FAST, 503, 3, "DELETE is"},
		{"POST", FAST, 429, 3, "429 any method"},
		{"POST", FAST ",'idempotent':true", 503, 3, "the node says so"},
		{"POST", FAST ",'idempotencyKey':true", 503, 3, "keyed"},
		{"PATCH", FAST ",'idempotencyKey':'k-{{a}}'", 503, 3, "keyed by a template"},
		{"POST", FAST ",'idempotencyKey':false", 503, 1, "not keyed after all"},
		{"POST", FAST, 0, 1, "lost"},
		{"POST", FAST ",'idempotencyKey':true", 0, 3, "lost, keyed"},
		{"POST", FAST ",'idempotencyKey':true", 409, 3, "the first is still being processed"},
		{"POST", FAST ",'idempotent':true", 409, 1, "a conflict"},
		{"POST", FAST ",'idempotencyKey':true", 422, 1, "the key's payload differs"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rig rig;

		rig_init(&rig);
		if (rows[i].status)
			script_answer(rig.server, rows[i].status, NULL, "", "");
		else
			script_raw(rig.server, NULL, SCRIPT_CLOSE);
		rig_call_code(&rig, rows[i].method, rows[i].testpanel);
		cr_expect_eq(script_requests(rig.server), rows[i].arrivals, "%s: %zu", rows[i].comment,
			script_requests(rig.server));
		rig_done(&rig);
	}
}

Test(resend, key_is_stable_over_attempts)
{
	struct rig rig;
	char *first, *other;

	rig_init(&rig);
	script_answer(rig.server, 503, NULL, "", "");
	rig_call_code(&rig, "POST", FAST ",'idempotencyKey':true");
	first = key_in(&rig, 0);
	cr_expect_eq(strlen(first), 34, "%s", first);
	for (size_t i = 1; i < 3; i++) {
		other = key_in(&rig, i);
		cr_expect_str_eq(other, first, "attempt %zu", i + 1);
		free(other);
	}
	rig_call_code(&rig, "POST", FAST ",'idempotencyKey':true");
	other = key_in(&rig, 3);
	cr_expect_str_neq(other, first, "another run");
	free(first);
	free(other);
	rig_done(&rig);
}

struct waiting {
	struct rig *rig;
	bool done;
};

static void on_result(struct result *result, void *ctx)
{
	struct waiting *waiting = ctx;

	result_free(result);
	waiting->done = true;
	uv_stop(&waiting->rig->loop);
}

static void run_as(struct rig *rig, const char *run_id, const char *arguments)
{
	struct execute_options options = {.run_id = run_id};
	struct waiting waiting = {.rig = rig};
	struct integration *in = rig_integration("{'integrationType':'rest','url':'${URL}/','method':'POST',"
						 "'testpanel':{'idempotencyKey':true}}");
	cJSON *args = rig_json(arguments);

	execute(rig->executor, in, args, &options, on_result, &waiting);
	rig_wait(rig, &waiting.done);
	cJSON_Delete(args);
	integration_free(in);
}

Test(resend, key_is_stable_over_replays)
{
	struct rig rig;
	char *keys[4];

	rig_init(&rig);
	script_answer(rig.server, 200, NULL, "", "");
	run_as(&rig, "session-1/3", "{'a':1,'b':2}");
	run_as(&rig, "session-1/3", "{'b':2,'a':1}");
	run_as(&rig, "session-1/4", "{'a':1,'b':2}");
	run_as(&rig, "session-1/3", "{'a':1,'b':3}");
	for (size_t i = 0; i < 4; i++)
		keys[i] = key_in(&rig, i);
	cr_expect_str_eq(keys[0], keys[1], "the same run, node and arguments");
	cr_expect_str_neq(keys[0], keys[2], "another run");
	cr_expect_str_neq(keys[0], keys[3], "other arguments");
	for (size_t i = 0; i < 4; i++)
		free(keys[i]);
	rig_done(&rig);
}

Test(resend, key_from_a_template)
{
	static const struct {
		const char *data, *arguments, *key, *code, *comment;
	} rows[] = {
		{"'testpanel':{'idempotencyKey':'order-{{n}}'}", "{'n':7}", "\"order-7\"", "", "quoted"},
		{"'testpanel':{'idempotencyKey':'{{n}}'}", "{'n':'a\\\\b'}", "\"a\\\\b\"", "", "escaped"},
		{"'testpanel':{'idempotencyKey':'{{n}}'}", "{'n':''}", "", "INTEGRATION_CONFIG_ERROR",
			"empty"},
		{"'testpanel':{'idempotencyKey':'{{n}}'}", "{'n':'\xc3\xa9'}", "", "INTEGRATION_CONFIG_ERROR",
			"not ASCII"},
		{"'testpanel':{'idempotencyKey':'{{n}}'}", "{}", "", "MISSING_ARGUMENT", "missing"},
		{"'headers':{'idempotency-key':'mine'},'testpanel':{'idempotencyKey':true}", "{}", NULL, "",
			"the node's own header wins"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf(
			"{'integrationType':'rest','url':'${URL}/','method':'POST',%s}", rows[i].data);
		struct result *result;
		struct rig rig;
		char *key;

		rig_init(&rig);
		script_answer(rig.server, 200, NULL, "", "");
		result = rig_run(&rig, data, rows[i].arguments);
		cr_expect_str_eq(
			result->error_code, rows[i].code, "%s: %s", rows[i].comment, result->error_code);
		key = key_in(&rig, 0);
		if (rows[i].key)
			cr_expect_str_eq(key, rows[i].key, "%s: %s", rows[i].comment, key);
		else
			cr_expect(strstr(script_request(rig.server, 0), "\r\nidempotency-key: mine\r\n") &&
					!*key,
				"%s", rows[i].comment);
		free(key);
		result_free(result);
		free(data);
		rig_done(&rig);
	}
}

/* A kept-alive connection that dies: a keyed POST may travel on it and be sent again, an ordinary one never
 * does. */
Test(resend, resending_keyed_and_unkeyed)
{
	static const struct {
		const char *testpanel;
		size_t arrivals, attempts;
	} rows[] = {{NO_RETRY, 1, 1}, {NO_RETRY ",'idempotencyKey':true", 2, 2}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result;
		struct rig rig;

		rig_init(&rig);
		script_answer(rig.server, 200, NULL, "", "");
		script_raw(rig.server, NULL, SCRIPT_CLOSE);
		script_answer(rig.server, 200, NULL, "", "");
		rig_call_code(&rig, "GET", "");
		result = rig_call(&rig, "POST", rows[i].testpanel);
		cr_expect_eq(script_requests(rig.server) - 1, rows[i].arrivals, "%zu",
			script_requests(rig.server) - 1);
		cr_expect_eq(result->attempt_count, rows[i].attempts);
		cr_expect_eq(result->success, i == 1);
		result_free(result);
		rig_done(&rig);
	}
}

Test(resend, key_faults)
{
	static const struct {
		const char *key;
		bool fault;
	} rows[] = {{"true", false}, {"false", false}, {"'x-{{a}}'", false}, {"''", true}, {"5", true},
		{"'{{a'", true}, {"{}", true}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *text = xasprintf("{'integrationType':'mock','mockOutput':'{}','testpanel':"
				       "{'idempotencyKey':%s}}",
			rows[i].key);
		cJSON *json = rig_json(text);
		struct integration *in;
		struct faults faults;

		faults_init(&faults);
		in = integration_parse("n", json, NULL, "/data", &faults);
		cr_expect_eq(faults.errors, rows[i].fault, "%s", rows[i].key);
		cr_expect_eq(in->error, rows[i].fault ? ERR_INTEGRATION_CONFIG_ERROR : ERR_NONE, "%s",
			rows[i].key);
		if (rows[i].fault && faults.count)
			cr_expect_str_eq(faults.items[0].pointer, "/data/testpanel/idempotencyKey");
		integration_free(in);
		faults_done(&faults);
		cJSON_Delete(json);
		free(text);
	}
}
