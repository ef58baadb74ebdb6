/* Each limit by itself: which one ends an attempt, what it is called, and what it leaves alone. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"

Test(timeouts, the_limit_says_its_name)
{
	static const struct {
		const char *bytes, *method, *limits, *message;
		size_t arrivals;
		const char *comment;
	} rows[] = {
		{NULL, "GET", "'ttfbTimeoutMs':40", "no first byte of the answer within 40 ms", 2,
			"silence, first byte"},
		{NULL, "POST", "'ttfbTimeoutMs':40", "(ttfbTimeoutMs)", 1, "a POST may have been applied"},
		{NULL, "GET", "'stallTimeoutMs':40", "no byte for 40 ms before an answer", 2,
			"silence is a stall where no first byte is asked for"},
		{NULL, "GET", "'stallTimeoutMs':20,'ttfbTimeoutMs':60", "(ttfbTimeoutMs)", 2,
			"first byte before stall"},
		{HEAD "{\"a\":", "GET", "'stallTimeoutMs':40,'ttfbTimeoutMs':30",
			"no byte for 40 ms after 5 of the body (stallTimeoutMs)", 2, "stops in the body"},
		{"HTTP/1.1 200 OK\r\nContent", "GET", "'stallTimeoutMs':40,'ttfbTimeoutMs':500",
			"(stallTimeoutMs)", 2, "stops in the headers"},
		{HEAD "{\"a\":", "GET", "'ttfbTimeoutMs':30,'timeoutMs':90",
			"no complete answer within 90 ms", 2, "the whole of it"},
		{NULL, "GET", "'timeoutMs':50,'ttfbTimeoutMs':0,'stallTimeoutMs':0,'connectTimeoutMs':0",
			"no complete answer within 50 ms", 2, "nought is no limit"},
		{NULL, "GET", "'connectTimeoutMs':30,'timeoutMs':80", "no complete answer within 80 ms", 2,
			"a connection that stands is no longer waited for"},
	};
	struct rig rig;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf("{'integrationType':'rest','url':'${URL}/','method':'%s','testpanel':{"
				       "%s,'retry':{'max':1,'initialMs':1,'maxMs':1}}}",
			rows[i].method, rows[i].limits);
		struct result *result;

		rig_init(&rig);
		script_raw(rig.server, rows[i].bytes, SCRIPT_KEEP);
		result = rig_run(&rig, data, NULL);
		cr_expect_str_eq(result->error_code, "INTEGRATION_TIMEOUT", "%s: %s", rows[i].comment,
			result->error_code);
		cr_expect(result->error && strstr(result->error, rows[i].message), "%s: %s", rows[i].comment,
			result->error);
		cr_expect_eq(script_requests(rig.server), rows[i].arrivals, "%s: %zu arrived",
			rows[i].comment, script_requests(rig.server));
		result_free(result);
		free(data);
		rig_done(&rig);
	}
}

#define LINES "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\nF: 6\r\nG: 7\r\nH: 8\r\nI: 9\r\n"

#define BYTE_NS 5000000 /* a limit of 300 ms is 60 bytes */

static uint64_t by_bytes(void *ctx)
{
	const struct rig *rig = ctx;

	return 1000 + script_paced(rig->server) * BYTE_NS;
}

/* Slow is not stalled: headers and body each take several times the limit. Time goes by the bytes that were
 * sent, so that a busy machine stalls nothing. */
Test(timeouts, a_trickle_is_no_stall)
{
	static const char answer[] =
		"HTTP/1.0 200 OK\r\n" LINES LINES LINES LINES LINES "Content-Length: 250\r\n\r\n\"%0248d\"";
	struct result *result;
	struct rig rig;
	struct clock clock = {by_bytes, by_bytes, &rig};
	char *text;

	rig_init(&rig);
	rig_use_clock(&rig, &clock);
	text = xasprintf(answer, 7);
	script_raw(rig.server, text, SCRIPT_KEEP);
	script_pace(rig.server, 0, 3);
	result = rig_run(&rig,
		"{'integrationType':'rest','url':'${URL}/','testpanel':{'stallTimeoutMs':300,"
		"'ttfbTimeoutMs':1000,'retry':{'max':0}}}",
		NULL);
	cr_expect(result->success, "%s", result->error);
	cr_expect_eq(script_paced(rig.server), strlen(text), "%zu bytes", script_paced(rig.server));
	cr_expect_geq(result->duration_ms, 2500, "took %.0f ms", result->duration_ms);
	result_free(result);
	free(text);
	rig_done(&rig);
}

/* Over and over the same handle: what the first asked for must not last. */
Test(timeouts, a_limit_ends_with_its_request)
{
	struct result *result;
	struct rig rig;

	rig_init(&rig);
	script_raw(rig.server, NULL, SCRIPT_KEEP);
	result = rig_run(&rig,
		"{'integrationType':'rest','url':'${URL}/"
		"','testpanel':{'stallTimeoutMs':30,'retry':{'max':0}}}",
		NULL);
	cr_expect(strstr(result->error, "stallTimeoutMs"), "%s", result->error);
	result_free(result);
	result = rig_run(&rig,
		"{'integrationType':'rest','url':'${URL}/','testpanel':{'timeoutMs':90,'retry':{'max':0}}}",
		NULL);
	cr_expect(strstr(result->error, "no complete answer within 90 ms"), "%s", result->error);
	result_free(result);
	rig_done(&rig);
}

Test(timeouts, faults)
{
	static const struct {
		const char *testpanel, *pointer;
		enum fault_severity severity;
		const char *comment;
	} rows[] = {
		{"{'connectTimeoutMs':'1s'}", "/testpanel/connectTimeoutMs", FAULT_ERROR, "text"},
		{"{'ttfbTimeoutMs':-1}", "/testpanel/ttfbTimeoutMs", FAULT_ERROR, "negative"},
		{"{'stallTimeoutMs':1e9}", "/testpanel/stallTimeoutMs", FAULT_ERROR, "absurd"},
		{"{'stallTimeoutMs':500,'timeoutMs':400}", "/testpanel/stallTimeoutMs", FAULT_WARNING,
			"above the attempt's"},
		{"{'ttfbTimeoutMs':20000}", "/testpanel/ttfbTimeoutMs", FAULT_WARNING, "above the default"},
		{"{'connectTimeoutMs':0,'ttfbTimeoutMs':100,'stallTimeoutMs':10000}", NULL, FAULT_ERROR,
			"fine"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct policy policy = POLICY_DEFAULT;
		cJSON *json = rig_json(rows[i].testpanel);
		struct faults faults;

		faults_init(&faults);
		policy_parse(&policy, json, "/testpanel", &faults);
		cr_expect_eq(faults.count, rows[i].pointer ? 1 : 0, "%s: %zu", rows[i].comment, faults.count);
		if (faults.count && rows[i].pointer) {
			cr_expect_str_eq(faults.items[0].pointer, rows[i].pointer, "%s", rows[i].comment);
			cr_expect_eq(faults.items[0].severity, rows[i].severity, "%s", rows[i].comment);
		}
		faults_done(&faults);
		cJSON_Delete(json);
	}
}
