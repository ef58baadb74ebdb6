/* Which requests are the same, and what differs between those that are not. */
#include "executor/base64.h"
#include "executor/canonical.h"
#include "executor/executor.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char *canonical_text(const char *method, const char *url, const char *type, const char *body,
	const struct canonical_scope *scope)
{
	struct http_header header = {"Content-Type", type, false};
	struct http_request request = {.method = method,
		.url = url,
		.headers = &header,
		.header_count = type ? 1 : 0,
		.body = body,
		.body_len = body ? strlen(body) : 0};
	struct canonical c;
	char *variable, *text;

	canonical_init(&c, &request, scope, &variable);
	text = xasprintf("%s %s %d %s", c.method, c.url, c.kind, c.body ? c.body : "-");
	free(variable);
	canonical_done(&c);
	return text;
}

Test(canonical, makes)
{
	static const struct {
		const char *url, *type, *body, *expected, *comment;
	} rows[] = {
		{"http://h/a", NULL, NULL, "GET http://h/a 0 -", "plain"},
		{"HTTP://H:80/a", NULL, NULL, "GET http://h/a 0 -", "case and port of the origin"},
		{"https://h:443", NULL, NULL, "GET https://h/ 0 -", "an empty path"},
		{"http://h:8080/a", NULL, NULL, "GET http://h:8080/a 0 -", "another port"},
		{"http://h:80:80/a", NULL, NULL, "GET http://h:80:80/a 0 -", "what is no port"},
		{"http://[::1]:80/a", NULL, NULL, "GET http://[::1]/a 0 -", "of an address with colons"},
		{"http://h/a?b=2&a=1&&a=0#f", NULL, NULL, "GET http://h/a?a=0&a=1&b=2 0 -", "query sorted"},
		{"http://h/%7ea%2fb%41", NULL, NULL, "GET http://h/~a%2FbA 0 -", "percent-encoding"},
		{"http://h/100%", NULL, NULL, "GET http://h/100% 0 -", "a lone percent sign"},
		{"http://u:pass@h/a", NULL, NULL, "GET http://redacted:redacted@h/a 0 -", "userinfo"},
		{"http://h/a?api_key=abc&x=1", NULL, NULL, "GET http://h/a?api_key=REDACTED&x=1 0 -",
			"a secret parameter"},
		{"http://h/tell/s3cr3t-value/x", NULL, NULL, "GET http://h/tell/[redacted]/x 0 -",
			"a secret in the path"},
		{"http://h/tell/%5Bredacted%5D/x", NULL, NULL, "GET http://h/tell/[redacted]/x 0 -",
			"a secret that was not set in replay"},
		{"http://127.0.0.1:4123/x?b&a", NULL, NULL, "GET ${MOCK}/x?a&b 0 -", "a variable"},
		{"http://127.0.0.1:41230/x", NULL, NULL, "GET http://127.0.0.1:41230/x 0 -",
			"only its beginning"},
		{"http://127.0.0.1:4123", NULL, NULL, "GET ${MOCK}/ 0 -", "a variable alone"},
		{"http://api/v1/x", NULL, NULL, "GET ${BASE}/x 0 -", "a variable with a path and a slash"},
		{"http://h/", NULL, "{\"b\": 1,\n \"a\": [2, {\"d\":1,\"c\":2}]}",
			"GET http://h/ 1 {\"a\":[2,{\"c\":2,\"d\":1}],\"b\":1}", "JSON is sorted"},
		{"http://h/", NULL, "{\"password\":\"x\",\"n\":\"s3cr3t-value\"}",
			"GET http://h/ 1 {\"n\":\"[redacted]\",\"password\":\"[redacted]\"}",
			"secrets in JSON"},
		{"http://h/", "application/x-www-form-urlencoded", "b=1&client_secret=zzz",
			"GET http://h/ 2 b=1&client_secret=REDACTED", "a form"},
		{"http://h/", "text/plain", "say s3cr3t-value", "GET http://h/ 2 say [redacted]", "text"},
		{"http://h/", NULL, "{broken", "GET http://h/ 2 {broken", "broken JSON is text"},
		{"http://h/", NULL, "\xff\xfe", "GET http://h/ 3 //4=", "bytes"},
		{"http://h/", NULL, "\xff s3cr3t-value", "GET http://h/ 2 [redacted]", "a secret in bytes"},
	};
	struct env *env = env_new();
	struct redactor *redactor = redactor_new();
	struct canonical_scope scope = {env, redactor, NULL};

	env_set(env, "MOCK", "http://127.0.0.1:4123");
	env_set(env, "BASE", "http://api/v1/");
	redactor_add(redactor, "s3cr3t-value");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *text = canonical_text("GET", rows[i].url, rows[i].type, rows[i].body, &scope);

		cr_expect_str_eq(text, rows[i].expected, "%s: %s", rows[i].comment, text);
		free(text);
	}
	redactor_free(redactor);
	env_free(env);
}

/* Where two variables have the same value, the cassette's own choice comes first. */
Test(canonical, prefers_known_variables)
{
	static const char *const known[] = {"SECOND", NULL};
	struct env *env = env_new();
	struct canonical_scope scope = {env, NULL, known};
	char *text;

	env_set(env, "FIRST", "http://h");
	env_set(env, "SECOND", "http://h");
	text = canonical_text("GET", "http://h/x", NULL, NULL, &scope);
	cr_expect_str_eq(text, "GET ${SECOND}/x 0 -", "%s", text);
	free(text);
	env_free(env);
}

static struct canonical make(const char *text)
{
	static const struct canonical_scope scope;
	char *method = xstrndup(text, strcspn(text, " ")), *url, *body;
	struct http_request request = {.method = method};
	struct canonical c;

	text += strlen(method) + 1;
	url = xstrndup(text, strcspn(text, " "));
	text += strlen(url);
	body = *text ? xstrdup(text + 1) : NULL;
	for (char *p = body; p && *p; p++)
		if (*p == '\'')
			*p = '"';
	request.url = url;
	request.body = body;
	request.body_len = body ? strlen(body) : 0;
	canonical_init(&c, &request, &scope, NULL);
	free(body);
	free(url);
	free(method);
	return c;
}

Test(canonical, differences)
{
	static const struct {
		const char *recorded, *asked, *expected, *comment;
	} rows[] = {
		{"GET http://h/a", "GET http://h/a", "", "none"},
		{"GET http://h/a", "POST http://h/a", "method: GET recorded, POST asked", "method"},
		{"GET http://h/r/ABC", "GET http://h/r/DEF",
			"url: \"http://h/r/ABC\" recorded, \"http://h/r/DEF\" asked", "path"},
		{"GET http://h/a?n=1&z=1", "GET http://h/a?n=2&z=1", "query n: \"1\" recorded, \"2\" asked",
			"a parameter"},
		{"GET http://h/a?n=1", "GET http://h/a", "query n: \"1\" recorded, nothing asked",
			"a parameter less"},
		{"GET http://h/a", "GET http://h/a?n", "query n: nothing recorded, \"\" asked",
			"a parameter more"},
		{"POST http://h/g {'variables':{'number':'ABC123','x':1}}",
			"POST http://h/g {'variables':{'number':'DEF456','x':2}}",
			"$.variables.number: \"ABC123\" recorded, \"DEF456\" asked", "the first of two"},
		{"POST http://h/g {'a':[1,2]}", "POST http://h/g {'a':[1,2,3]}",
			"$.a[2]: nothing recorded, 3 asked", "an item more"},
		{"POST http://h/g {'a b':null}", "POST http://h/g {}",
			"$[\"a b\"]: null recorded, nothing asked", "a member less"},
		{"POST http://h/g {'a':{}}", "POST http://h/g {'a':[]}", "$.a: {} recorded, [] asked",
			"another type"},
		{"POST http://h/g {'a':1}", "POST http://h/g text", "a JSON body recorded, a text body asked",
			"another kind"},
		{"POST http://h/g {'a':1}", "POST http://h/g", "a JSON body recorded, no body asked",
			"no body"},
		{"POST http://h/g {'n':12345678901234567890}", "POST http://h/g {'n':12345678901234567891}",
			"$.n: 12345678901234567890 recorded, 12345678901234567891 asked", "long numbers"},
		{"POST http://h/g one", "POST http://h/g two", "body: \"one\" recorded, \"two\" asked",
			"texts"},
		{"POST http://h/g 0123456789012345678901234567890123456789012345678901234567890123456789A",
			"POST http://h/g "
			"0123456789012345678901234567890123456789012345678901234567890123456789B",
			"body: \"…01234567890123456789A\" recorded, \"…01234567890123456789B\" asked",
			"far behind the beginning"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct canonical a = make(rows[i].recorded), b = make(rows[i].asked);
		char *text = canonical_difference(&a, &b);

		cr_expect_str_eq(text, rows[i].expected, "%s: %s", rows[i].comment, text);
		cr_expect_eq(canonical_equal(&a, &b), !*rows[i].expected, "%s", rows[i].comment);
		cr_expect_eq(canonical_distance(&a, &b) == 0, !*rows[i].expected, "%s", rows[i].comment);
		cr_expect_eq(
			canonical_hash(&a) == canonical_hash(&b), !*rows[i].expected, "%s", rows[i].comment);
		free(text);
		canonical_done(&a);
		canonical_done(&b);
	}
}

Test(canonical, nearness)
{
	static const struct {
		const char *asked, *near, *far, *comment;
	} rows[] = {
		{"GET http://h/r/1", "GET http://h/r/2", "GET http://h/bills/1", "the later segment"},
		{"GET http://h/r/1", "POST http://h/r/1", "GET http://h/r/2", "path before method"},
		{"GET http://h/r?a=1", "GET http://h/r?a=2", "POST http://h/r?a=1", "method before query"},
		{"POST http://h/g {'a':1,'b':2}", "POST http://h/g {'a':1,'b':3}",
			"POST http://h/g {'a':2,'b':3}", "fewer values"},
		{"POST http://h/g {'a':1}", "POST http://h/g {'b':2,'c':3}", "POST http://h/g text",
			"JSON before text"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct canonical asked = make(rows[i].asked), near = make(rows[i].near),
				 far = make(rows[i].far);

		cr_expect_lt(canonical_distance(&near, &asked), canonical_distance(&far, &asked), "%s",
			rows[i].comment);
		canonical_done(&asked);
		canonical_done(&near);
		canonical_done(&far);
	}
}

Test(canonical, base64)
{
	static const char *const good[] = {"", "Zg==", "Zm8=", "Zm9v", "/+8A"}; /* RFC 4648 §10 */
	static const char *const bad[] = {"Z", "Zg", "Zg=", "Z===", "====", "Zm=v", "Zm9 ", "Zm9v\n"};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		size_t len;
		char *bytes = base64_decode(good[i], &len), *text;

		cr_assert_not_null(bytes, "%s", good[i]);
		text = base64_encode(bytes, len);
		cr_expect_str_eq(text, good[i]);
		free(text);
		free(bytes);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		size_t len;

		cr_expect_null(base64_decode(bad[i], &len), "%s", bad[i]);
	}
}
