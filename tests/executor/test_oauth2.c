/* Access tokens: fetched once, kept, renewed, shared, and told to nobody. */
#include "tests/executor/office.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(oauth2, one_token_for_all)
{
	struct office office;

	office_open(&office);
	office_give(&office, "tok-one", ",\"expires_in\":3600");
	office_give(&office, "tok-two", "");
	script_answer(office.rig.server, 200, "application/json", "", "{}");
	for (int i = 0; i < 3; i++)
		office_run(&office, OFFICE_NODE("GET", "}"), "");
	cr_expect_eq(script_requests(office.tokens), 1);
	cr_expect_eq(script_requests(office.rig.server), 3);
	for (size_t i = 0; i < 3; i++)
		cr_expect(office_sent(office.rig.server, i, "Authorization: Bearer tok-one\r\n"),
			"request %zu", i);
	office_run(&office, OFFICE_NODE("GET", ",'scope':'other'}"), "");
	cr_expect_eq(script_requests(office.tokens), 2, "another scope is another token");
	cr_expect(office_sent(office.rig.server, 3, "Authorization: Bearer tok-two\r\n"));
	office_close(&office);
}

Test(oauth2, who_asks_and_how)
{
	static const struct {
		const char *more, *present[4], *absent, *comment;
	} rows[] = {
		{"}",
			{"POST /token HTTP/1.1\r\n", "Content-Type: application/x-www-form-urlencoded\r\n",
				/* base64 of front%20desk:s3cr3t%2Fwith%2Bsigns */
				"Authorization: Basic ZnJvbnQlMjBkZXNrOnMzY3IzdCUyRndpdGglMkJzaWducw==\r\n",
				"\r\n\r\ngrant_type=client_credentials"},
			"client_secret", "header"},
		{",'authStyle':'body'}",
			{"&client_id=front%20desk&client_secret=s3cr3t%2Fwith%2Bsigns", "POST /token ",
				"grant_type=client_credentials", "\r\n"},
			"Authorization", "body"},
		{",'scope':'read write','audience':'https://api.example/'}",
			{"&scope=read%20write", "&audience=https%3A%2F%2Fapi.example%2F", "Basic ", "\r\n"},
			"client_secret", "scope and audience"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf("{'integrationType':'rest','url':'${URL}/','testpanel':{" OFFICE_CLIENT
				       "%s}}",
			rows[i].more);
		struct office office;

		office_open(&office);
		office_give(&office, "tok", "");
		script_answer(office.rig.server, 200, "application/json", "", "{}");
		office_run(&office, data, "");
		for (size_t k = 0; k < 4; k++)
			cr_expect(office_sent(office.tokens, 0, rows[i].present[k]), "%s: no %s in %s",
				rows[i].comment, rows[i].present[k], script_request(office.tokens, 0));
		cr_expect(!office_sent(office.tokens, 0, rows[i].absent), "%s", rows[i].comment);
		office_close(&office);
		free(data);
	}
}

Test(oauth2, expiry)
{
	static const struct {
		const char *more;
		double wait_s;
		size_t fetches;
		const char *comment;
	} rows[] = {
		{",\"expires_in\":100", 89, 1, "a tenth of its life is left"},
		{",\"expires_in\":100", 91, 2, "less is left"},
		{",\"expires_in\":\"100\"", 91, 2, "as a text"},
		{",\"expires_in\":36000", 35960, 1, "half a minute of a long life is left"},
		{",\"expires_in\":36000", 35980, 2, "less is left of a long one"},
		{",\"expires_in\":0", 0, 2, "good for those who waited only"},
		{",\"expires_in\":-5", 0, 2, "nonsense"},
		{"", 3000, 1, "nobody knows"},
		{",\"expires_in\":\"soon\"", 3000, 1, "unreadable"},
		{"", 3601, 2, "nobody knows, but not for ever"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct office office;

		office_open(&office);
		office_give(&office, "tok", rows[i].more);
		script_answer(office.rig.server, 200, "application/json", "", "{}");
		office_run(&office, OFFICE_NODE("GET", "}"), "");
		office.ahead_ns = (uint64_t)(rows[i].wait_s * 1e9);
		office_run(&office, OFFICE_NODE("GET", "}"), "");
		cr_expect_eq(script_requests(office.tokens), rows[i].fetches, "%s: %zu", rows[i].comment,
			script_requests(office.tokens));
		office_close(&office);
	}
}

/* A token that has been revoked: one more, which is no retry. */
Test(oauth2, unauthorized_means_another_token)
{
	static const char *const nodes[] = {
		OFFICE_NODE("GET", "},'retry':{'max':0}"), OFFICE_NODE("POST", "},'retry':{'max':0}")};

	for (size_t i = 0; i < 2; i++) {
		struct result *result;
		struct office office;

		office_open(&office);
		office_give(&office, "tok-old", "");
		office_give(&office, "tok-new", "");
		script_answer(office.rig.server, 401, "application/json", "", "{}");
		script_answer(office.rig.server, 200, "application/json", "", "{}");
		result = rig_run(&office.rig, nodes[i], NULL);
		cr_expect(result->success, "%s", result->error);
		cr_assert_eq(result->attempt_count, 2);
		cr_expect_str_eq(result->attempts[0].error_code, "REST_401");
		cr_expect_str_eq(result->attempts[0].reason, "token refused, another one");
		cr_expect_eq(result->attempts[0].backoff_ms, 0);
		cr_expect(office_sent(office.rig.server, 0, "Bearer tok-old\r\n"));
		cr_expect(office_sent(office.rig.server, 1, "Bearer tok-new\r\n"));
		cr_expect(!office_sent(office.rig.server, 1, "tok-old"));
		cr_expect_eq(script_requests(office.tokens), 2);
		cr_expect(span_get(rig_span(&office.rig, "oauth2 token", 1), "testpanel.oauth2.renewal"));
		result_free(result);
		office_close(&office);
	}
}

Test(oauth2, unauthorized_twice_is_final)
{
	struct result *result;
	struct office office;

	office_open(&office);
	office_give(&office, "tok", "");
	script_answer(office.rig.server, 401, "application/json", "", "{}");
	result = rig_run(&office.rig, OFFICE_NODE("GET", "},'retry':{'max':3,'initialMs':1}"), NULL);
	cr_expect_str_eq(result->error_code, "REST_401");
	cr_expect_eq(result->attempt_count, 2);
	cr_expect(!result->retryable);
	cr_expect_eq(script_requests(office.tokens), 2);
	cr_expect_eq(script_requests(office.rig.server), 2);
	result_free(result);
	office_close(&office);
}

/* The 401 is another's than who has read the POST, and may have done what it asks for. */
Test(oauth2, a_redirected_post_is_not_sent_again)
{
	static const struct {
		const char *data;
		size_t arrivals;
	} rows[] = {{OFFICE_NODE("POST", "}"), 2}, {OFFICE_NODE("GET", "}"), 4}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct office office;

		office_open(&office);
		office_give(&office, "tok", "");
		for (int n = 0; n < 2; n++) {
			script_answer(office.rig.server, 303, NULL, "Location: /done\r\n", "");
			script_answer(office.rig.server, 401, NULL, "", "");
		}
		office_run(&office, rows[i].data, "REST_401");
		cr_expect_eq(script_requests(office.rig.server), rows[i].arrivals, "row %zu: %zu arrived", i,
			script_requests(office.rig.server));
		office_close(&office);
	}
}

Test(oauth2, a_renewal_is_no_retry)
{
	struct result *result;
	struct office office;

	office_open(&office);
	office_give(&office, "tok", "");
	script_answer(office.rig.server, 401, "application/json", "", "{}");
	script_answer(office.rig.server, 503, "application/json", "", "{}");
	script_answer(office.rig.server, 200, "application/json", "", "{}");
	result = rig_run(&office.rig, OFFICE_NODE("GET", "},'retry':{'max':1,'initialMs':1}"), NULL);
	cr_expect(result->success, "%s", result->error);
	cr_expect_eq(result->attempt_count, 3);
	cr_expect_eq(script_requests(office.tokens), 2);
	result_free(result);
	office_close(&office);
}

Test(oauth2, no_token)
{
	static const struct {
		int status;
		const char *type, *headers, *body, *code, *message;
		size_t fetches;
		const char *comment;
	} rows[] = {
		{401, "application/json", "", "{\"error\":\"invalid_client\",\"error_description\":\"who?\"}",
			"OAUTH2_ERROR", "401 Unauthorized: invalid_client: who?; check oauth2's clientId", 1,
			"wrong credentials"},
		{400, "application/json", "", "{\"error\":\"invalid_scope\"}", "OAUTH2_ERROR",
			"400 Bad Request: invalid_scope", 1, "wrong scope"},
		{503, "text/plain", "", "later", "OAUTH2_ERROR", "503 Service Unavailable", 2, "tried again"},
		{404, "text/html", "", "<p>", "OAUTH2_ERROR", "404 Not Found", 1, "no such endpoint"},
		{200, "text/html", "", "<p>", "OAUTH2_ERROR", "is not JSON", 1, "a page"},
		{200, "application/json", "", "{}", "OAUTH2_ERROR", "no usable", 1, "no token in it"},
		{200, "application/json", "", "{\"access_token\":7}", "OAUTH2_ERROR", "no usable", 1,
			"a number"},
		{200, "application/json", "", "{\"access_token\":\"a\\r\\nX: y\"}", "OAUTH2_ERROR",
			"no usable", 1, "a line break"},
		{200, "application/json", "", "{\"access_token\":\"t\",\"token_type\":\"mac\"}",
			"OAUTH2_ERROR", "type \"mac\"", 1, "another type"},
		{307, NULL, "Location: /elsewhere\r\n", "", "OAUTH2_ERROR", "307", 1,
			"the secret goes nowhere else"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result;
		struct office office;

		office_open(&office);
		script_answer(office.tokens, rows[i].status, rows[i].type, rows[i].headers, rows[i].body);
		result = rig_run(&office.rig, OFFICE_NODE("POST", "},'retry':{'max':1,'initialMs':1}"), NULL);
		cr_expect_str_eq(result->error_code, rows[i].code, "%s: %s", rows[i].comment, result->error);
		cr_expect(result->error && strstr(result->error, rows[i].message), "%s: %s", rows[i].comment,
			result->error);
		cr_expect_eq(script_requests(office.tokens), rows[i].fetches, "%s: %zu", rows[i].comment,
			script_requests(office.tokens));
		cr_expect_eq(script_requests(office.rig.server), 0, "%s", rows[i].comment);
		result_free(result);
		office_close(&office);
	}
}

Test(oauth2, token_endpoint_is_unreachable_or_silent)
{
	static const struct {
		enum script_then then;
		const char *code, *message;
		size_t fetches;
		const char *comment;
	} rows[] = {
		{SCRIPT_KEEP, "INTEGRATION_TIMEOUT", "no access token came in time", 2, "silent"},
		{SCRIPT_RESET, "REST_NETWORK_ERROR", "no access token: tokenUrl: ", 2, "reset"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result;
		struct office office;

		office_open(&office);
		script_raw(office.tokens, NULL, rows[i].then);
		result = rig_run(&office.rig,
			OFFICE_NODE("POST", "},'timeoutMs':50,'retry':{'max':1,'initialMs':1}"), NULL);
		cr_expect_str_eq(result->error_code, rows[i].code, "%s: %s", rows[i].comment, result->error);
		cr_expect(result->error && strstr(result->error, rows[i].message), "%s: %s", rows[i].comment,
			result->error);
		cr_expect_eq(result->attempt_count, 2, "%s: nothing was sent, so a POST may try again",
			rows[i].comment);
		cr_expect_eq(script_requests(office.tokens), rows[i].fetches, "%s: %zu", rows[i].comment,
			script_requests(office.tokens));
		cr_expect_eq(script_requests(office.rig.server), 0, "%s", rows[i].comment);
		result_free(result);
		office_close(&office);
	}
}

Test(oauth2, nobody_hears_the_secret)
{
	static const char *const secrets[] = {"tok-very-secret", OFFICE_SECRET, "s3cr3t%2Fwith%2Bsigns",
		"ZnJvbnQlMjBkZXNrOnMzY3IzdCUyRndpdGglMkJzaWducw"};
	struct result *result;
	struct office office;
	char *record, *text;
	cJSON *json;

	office_open(&office);
	office_give(&office, "tok-very-secret", "");
	script_answer(
		office.rig.server, 500, "text/plain", "", "what is tok-very-secret or " OFFICE_SECRET "?");
	result = rig_run(&office.rig, OFFICE_NODE("POST", "},'retry':{'max':0}"), NULL);
	json = result_to_json(result);
	text = json_print(json);
	record = rig_record(&office.rig);
	for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
		cr_expect_null(strstr(record, secrets[i]), "%s is on record", secrets[i]);
		cr_expect_null(strstr(text, secrets[i]), "%s is in the result", secrets[i]);
	}
	cr_expect(strstr(text, "[redacted]"));
	free(text);
	free(record);
	cJSON_Delete(json);
	result_free(result);
	office_close(&office);
}

Test(oauth2, basic)
{
	static const struct {
		const char *members, *comment;
	} rows[] = {
		{"'authType':'basic','authToken':'ann:${SECRET}'", "in the builder's members"},
		{"'authType':'none','testpanel':{'basic':{'user':'ann','password':'${SECRET}'}}", "in ours"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf("{'integrationType':'rest','url':'${URL}/',%s}", rows[i].members);
		struct office office;
		char *record;

		office_open(&office);
		script_answer(
			office.rig.server, 200, "application/json", "", "{\"you\":\"" OFFICE_SECRET "\"}");
		office_run(&office, data, "");
		/* base64 of ann:s3cr3t/with+signs */
		cr_expect(office_sent(office.rig.server, 0,
				  "Authorization: Basic YW5uOnMzY3IzdC93aXRoK3NpZ25z\r\n"),
			"%s: %s", rows[i].comment, script_request(office.rig.server, 0));
		record = rig_record(&office.rig);
		cr_expect_null(strstr(record, OFFICE_SECRET), "%s", rows[i].comment);
		free(record);
		free(data);
		office_close(&office);
	}
}

Test(oauth2, faults)
{
	static const struct {
		const char *members, *pointer, *comment;
	} rows[] = {
		{"'testpanel':{'oauth2':'x'}", "/testpanel/oauth2", "no object"},
		{"'testpanel':{'oauth2':{'clientId':'a','clientSecret':'b'}}", "/testpanel/oauth2/tokenUrl",
			"no tokenUrl"},
		{"'testpanel':{'oauth2':{'tokenUrl':'x.example','clientId':'a','clientSecret':'b'}}",
			"/testpanel/oauth2/tokenUrl", "no URL"},
		{"'testpanel':{'oauth2':{'tokenUrl':'https://x/','clientSecret':'b'}}",
			"/testpanel/oauth2/clientId", "no clientId"},
		{"'testpanel':{'oauth2':{'tokenUrl':'https://x/','clientId':'a'}}",
			"/testpanel/oauth2/clientSecret", "no clientSecret"},
		{"'testpanel':{'oauth2':{'tokenUrl':'https://x/','clientId':'{{a}}','clientSecret':'b'}}",
			"/testpanel/oauth2/clientId", "an argument"},
		{"'testpanel':{'oauth2':{'tokenUrl':'https://x/','clientId':'a','clientSecret':'b',"
		 "'authStyle':'query'}}",
			"/testpanel/oauth2/authStyle", "unknown style"},
		{"'testpanel':{'oauth2':{'tokenUrl':'https://x/','clientId':'a','clientSecret':'b',"
		 "'scopes':'c'}}",
			"/testpanel/oauth2/scopes", "unknown member"},
		{"'authType':'bearer','authToken':'t','testpanel':{'oauth2':{'tokenUrl':'https://x/',"
		 "'clientId':'a','clientSecret':'b'}}",
			"/testpanel/oauth2", "two ways to log in"},
		{"'testpanel':{'oauth2':{'tokenUrl':'https://x/','clientId':'a','clientSecret':'b'}}", NULL,
			"fine"},
		{"'testpanel':{'basic':['a','b']}", "/testpanel/basic", "no object"},
		{"'testpanel':{'basic':{'password':'b'}}", "/testpanel/basic/user", "no user"},
		{"'testpanel':{'basic':{'user':'a:b','password':'b'}}", "/testpanel/basic/user", "a colon"},
		{"'testpanel':{'basic':{'user':'a','pass':'b'}}", "/testpanel/basic/pass", "unknown"},
		{"'authType':'bearer','authToken':'t','testpanel':{'basic':{'user':'a'}}", "/testpanel/basic",
			"two ways to log in, too"},
		{"'authType':'basic','authToken':'justatoken'", "/authToken", "no colon"},
		{"'authType':'basic'", "/authToken", "no token"},
		{"'authType':'basic','authToken':'${USER_AND_PASSWORD}'", NULL, "not known yet"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf("{'integrationType':'rest','url':'https://x/',%s}", rows[i].members);
		cJSON *json = rig_json(data);
		struct integration *integration;
		struct faults faults;

		faults_init(&faults);
		integration = integration_parse("node", json, NULL, "", &faults);
		cr_expect_eq(faults.count, rows[i].pointer ? 1 : 0, "%s: %zu", rows[i].comment, faults.count);
		if (faults.count && rows[i].pointer)
			cr_expect_str_eq(faults.items[0].pointer, rows[i].pointer, "%s: %s", rows[i].comment,
				faults.items[0].pointer);
		integration_free(integration);
		faults_done(&faults);
		cJSON_Delete(json);
		free(data);
	}
}
