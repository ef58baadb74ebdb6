/* Redirects: how far, with which method, and what does not travel to another origin. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char *location(const char *url)
{
	return xasprintf("Location: %s\r\n", url);
}

Test(redirect, methods)
{
	static const struct {
		int status;
		const char *method, *line, *body, *comment;
	} rows[] = {
		{301, "GET", "GET /next ", "", "301 GET"},
		{301, "POST", "GET /next ", "", "301 POST becomes GET"},
		{302, "POST", "GET /next ", "", "302 POST becomes GET"},
		{302, "PUT", "PUT /next ", "{}", "302 PUT stays"},
		{303, "POST", "GET /next ", "", "303 becomes GET"},
		{303, "PUT", "GET /next ", "", "303 becomes GET"},
		{303, "HEAD", "HEAD /next ", "", "303 HEAD stays"},
		{307, "POST", "POST /next ", "{}", "307 stays"},
		{308, "PATCH", "PATCH /next ", "{}", "308 stays"},
		{307, "DELETE", "DELETE /next ", "", "307 DELETE"},
	};
	struct rig rig;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf(
			"{'integrationType':'rest','url':'${URL}/first','method':'%s'}", rows[i].method);
		const char *request;
		struct result *result;

		script_clear(rig.server);
		script_answer(rig.server, rows[i].status, NULL, "Location: /next\r\n", "");
		script_answer(rig.server, 200, NULL, "", "");
		result = rig_run(&rig, data, "{}");
		request = script_request(rig.server, 2 * i + 1);
		cr_expect(result->success, "%s: %s", rows[i].comment, result->error);
		cr_expect(!strncmp(request, rows[i].line, strlen(rows[i].line)), "%s: %.60s", rows[i].comment,
			request);
		cr_expect_str_eq(strstr(request, "\r\n\r\n") + 4, rows[i].body, "%s", rows[i].comment);
		cr_expect(*rows[i].body || !strcasestr(request, "Content-Length"), "%s: %s", rows[i].comment,
			request);
		cr_expect_eq(result->attempt_count, 1, "%s: a redirect is no retry", rows[i].comment);
		result_free(result);
		free(data);
	}
	rig_done(&rig);
}

Test(redirect, five_and_no_more)
{
	struct rig rig;
	struct result *result;

	rig_init(&rig);
	for (int i = 0; i < 5; i++)
		script_answer(rig.server, 302, NULL, "Location: /again\r\n", "");
	script_answer(rig.server, 200, NULL, "", "");
	result = rig_run(&rig, "{'integrationType':'rest','url':'${URL}/'}", NULL);
	cr_expect(result->success, "five are followed: %s", result->error);
	result_free(result);
	script_clear(rig.server);
	script_answer(rig.server, 302, NULL, "Location: /again\r\n", "");
	result = rig_run(&rig, "{'integrationType':'rest','url':'${URL}/'}", NULL);
	cr_expect_str_eq(result->error_code, "REST_NETWORK_ERROR");
	cr_expect(strstr(result->error, "redirects"));
	cr_expect_eq(script_requests(rig.server), 6 + 6);
	cr_expect_eq(result->attempt_count, 1);
	result_free(result);
	rig_done(&rig);
}

Test(redirect, only_http_and_https)
{
	static const char *const targets[] = {"file:///etc/passwd", "ftp://127.0.0.1/x",
		"gopher://127.0.0.1/", "FILE:///x", "dict://127.0.0.1/", "scp://127.0.0.1/x", "http://",
		"http://127.0.0.1:x/", "http://[::1/"};
	struct rig rig;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
		char *header = location(targets[i]);
		struct result *result;

		script_clear(rig.server);
		script_answer(rig.server, 302, NULL, header, "root:x:0:0");
		result = rig_run(&rig, "{'integrationType':'rest','url':'${URL}/'}", NULL);
		cr_expect_str_eq(result->error_code, "URL_NOT_ALLOWED", "%s: %s %s", targets[i],
			result->error_code, result->error);
		cr_expect_eq(result->attempt_count, 1);
		result_free(result);
		free(header);
	}
	rig_done(&rig);
}

Test(redirect, without_a_target)
{
	struct rig rig;
	struct result *result;

	rig_init(&rig);
	script_answer(rig.server, 302, NULL, "", "");
	result = rig_run(&rig, "{'integrationType':'rest','url':'${URL}/'}", NULL);
	cr_expect_str_eq(result->error_code, "REST_302");
	result_free(result);
	rig_done(&rig);
}

Test(redirect, secrets_stay_with_their_origin)
{
	static const char data[] =
		"{'integrationType':'rest','url':'${URL}/','authType':'bearer','authToken':'${TOKEN}',"
		"'headers':{'X-API-Key':'key-literal','X-Mine':'${TOKEN}','X-Tenant':'hotel','Cookie':'c=1'}"
		"}";
	struct script_server *other;
	struct rig rig;
	struct result *result;
	const char *request;
	char *url, *header;

	rig_init(&rig);
	env_set(rig.env, "TOKEN", "tok-98765");
	other = script_server_new(&rig.loop);
	script_answer(other, 200, NULL, "", "");
	url = xasprintf("http://127.0.0.1:%u/elsewhere", script_server_port(other));
	header = location(url);
	script_answer(rig.server, 302, NULL, "Location: /here\r\n", "");
	script_answer(rig.server, 307, NULL, header, "");
	result = rig_run(&rig, data, NULL);
	cr_expect(result->success, "%s", result->error);
	cr_expect(strstr(script_request(rig.server, 1), "Bearer tok-98765"), "the same origin gets it again");
	request = script_request(other, 0);
	cr_expect(strstr(request, "GET /elsewhere"));
	cr_expect(!strstr(request, "tok-98765"), "%s", request);
	cr_expect(!strstr(request, "key-literal"), "%s", request);
	cr_expect(!strstr(request, "c=1"), "%s", request);
	cr_expect(strstr(request, "X-Tenant: hotel"), "%s", request);
	cr_expect(strcasestr(request, "traceparent: 00-"), "%s", request);
	result_free(result);
	free(header);
	free(url);
	script_server_free(other);
	rig_done(&rig);
}
