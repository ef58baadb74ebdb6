/* Secrets out of texts, URLs and JSON, and nothing else. */
#include "executor/alloc.h"
#include "executor/clock.h"
#include "executor/json.h"
#include "executor/redact.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(redact, names)
{
	static const struct {
		const char *name;
		bool secret;
	} rows[] = {
		{"authorization", true},
		{"Authorization", true},
		{"Proxy-Authorization", true},
		{"authorization_header", true},
		{"http.request.header.authorization", true},
		{"cookie", true},
		{"Set-Cookie", true},
		{"set-cookie2", true},
		{"x-api-key", true},
		{"X-API-KEY", true},
		{"apikey", true},
		{"apiKey", true},
		{"APIKey", true},
		{"api_key", true},
		{"OPENAI_API_KEY", true},
		{"XApiKey", true},
		{"xapikey", true},
		{"AWSAccessKeyId", true},
		{"Ocp-Apim-Subscription-Key", true},
		{"private_key", true},
		{"token", true},
		{"access_token", true},
		{"accessToken", true},
		{"ACCESSTOKEN", true},
		{"access_tokens", true},
		{"id_token", true},
		{"x-csrf-token", true},
		{"token_value", true},
		{"X-Amz-Security-Token", true},
		{"X-Amz-Signature", true},
		{"sig", true},
		{"client_secret", true},
		{"clientSecret", true},
		{"password", true},
		{"userPassword", true},
		{"db.password", true},
		{"passwd", true},
		{"pwd", true},
		{"passphrase", true},
		{"credentials", true},
		{"jwt", true},
		{"auth", true},
		{"a.very.long.name.that.goes.on.and.on.and.on.until.nobody.can.tell.where.it.ends.and.then."
		 "goes.on.for."
		 "some.time.more.and.is.called.password",
			true},
		{"..........................................................................................."
		 "....................."
		 "..............................key",
			true},
		{"", false},
		{"-", false},
		{"name", false},
		{"max_tokens", false},
		{"maxTokens", false},
		{"tokens", false},
		{"total_tokens", false},
		{"gen_ai.usage.input_tokens", false},
		{"token_count", false},
		{"token_type", false},
		{"tokenUrl", false},
		{"token_expires_at", false},
		{"tokenizer", false},
		{"nextToken", false},
		{"next_page_token", false},
		{"secretary", false},
		{"api_key_name", false},
		{"apiKeyName", false},
		{"authType", false},
		{"author", false},
		{"cookie_policy", false},
		{"key", false},
		{"primary_key", false},
		{"idempotency-key", false},
		{"keyboard", false},
		{"monkey", false},
		{"passenger", false},
		{"compass", false},
		{"signal", false},
		{"session", false},
		{"content-type", false},
		{"traceparent", false},
		{"reservation", false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_eq(redact_is_secret_name(rows[i].name), rows[i].secret, "'%s'", rows[i].name);
}

Test(redact, text)
{
	/* Registered: "hunter2", "s3cr3t/key+ü =\"x\"", "abcd", "abcdefgh", "abcd%41xyz". */
	static const struct {
		const char *comment, *text, *clean;
	} rows[] = {
		{"nothing", "an ordinary line", "an ordinary line"},
		{"empty", "", ""},
		{"alone", "hunter2", "[redacted]"},
		{"at the start", "hunter2 is it", "[redacted] is it"},
		{"at the end", "it is hunter2", "it is [redacted]"},
		{"twice", "hunter2hunter2 hunter2", "[redacted] [redacted]"},
		{"almost", "hunter1 hunter unter2", "hunter1 hunter unter2"},
		{"other case", "HUNTER2", "HUNTER2"},
		{"behind its own beginning", "huntehunter2", "hunte[redacted]"},
		{"longest first", "xabcdefghx", "x[redacted]x"},
		{"the short one", "xabcdefx", "x[redacted]efx"},
		{"odd characters", "k=s3cr3t/key+ü =\"x\";", "k=[redacted];"},
		{"percent, capitals", "k=s3cr3t%2Fkey%2B%C3%BC%20%3D%22x%22&b", "k=[redacted]&b"},
		{"percent, small", "k=s3cr3t%2fkey%2b%c3%bc%20%3d%22x%22&b", "k=[redacted]&b"},
		{"percent, mixed", "k=s3cr3t%2Fkey%2b%C3%bc%20%3D%22x%22&b", "k=[redacted]&b"},
		{"plus for space", "k=s3cr3t%2Fkey%2B%C3%BC+%3D%22x%22&b", "k=[redacted]&b"},
		{"some left alone", "k=s3cr3t/key%2B%C3%BC%20=%22x%22&b", "k=[redacted]&b"},
		{"letters encoded, too", "%68unter%32", "[redacted]"},
		{"broken percents", "100% %zz %4 hunter2%", "100% %zz %4 [redacted]%"},
		{"one with a percent, another in it", "abcd%41xyz hunter2", "[redacted] [redacted]"},
		{"in JSON text", "{\"k\":\"s3cr3t/key+ü =\\\"x\\\"\"}", "{\"k\":\"[redacted]\"}"},
		{"escapes of JSON in text", "k: s3cr3t\\/key+\\u00fc =\\\"x\\\";", "k: [redacted];"},
		{"escapes of C", "k: s3cr3t\\x2fkey+\\xc3\\xbc =\"x\";", "k: [redacted];"},
		{"JSON in JSON", "{\"k\":\"s3cr3t/key+\\\\u00fc =\\\\\\\"x\\\\\\\"\"}",
			"{\"k\":\"[redacted]\"}"},
		{"entities", "<b>s3cr3t&#x2F;key+&#252; =&quot;x&#34;</b>", "<b>[redacted]</b>"},
		{"percent twice", "k=s3cr3t%252Fkey%252B%25C3%25BC%2520%253D%2522x%2522&b", "k=[redacted]&b"},
		{"percent in JSON", "\"s3cr3t%2Fkey%2B%C3%BC%20%3D\\u0025\\u00322x%22\"", "\"[redacted]\""},
		{"entities in percent", "s3cr3t%2Fkey%2B%26%23xfc%3B+%3D%26quot%3Bx%26quot%3B", "[redacted]"},
		{"broken escapes", "\\u12 \\ud800 &; &# &#0; &#x110000; hunter2 \\",
			"\\u12 \\ud800 &; &# &#0; &#x110000; [redacted] \\"},
		{"pair of surrogates around it", "\\ud83d\\ude00hunter2\\ud83d\\ude00",
			"\\ud83d\\ude00[redacted]\\ud83d\\ude00"},
		{"hexadecimal", "68756e74657232", "[redacted]"},
		{"hexadecimal, capitals", "x6162636465666768x", "x[redacted]x"},
		{"base64", "aHVudGVyMg==", "[redacted]=="},
		{"basic, user: of 5", "Basic Z3Vlc3Q6aHVudGVyMg==", "Basic Z3Vlc3Q6[redacted]=="},
		{"basic, me:", "Basic bWU6aHVudGVyMg==", "Basic bWU6[redacted]=="},
		{"basic, a: (alignment 2)", "Basic YTpodW50ZXIy", "Basic YT[redacted]"},
		{"basic, abc: (alignment 1)", "Basic eHl6Omh1bnRlcjI=", "Basic eHl6O[redacted]="},
	};
	struct redactor *r = redactor_new();

	redactor_add(r, "hunter2");
	redactor_add(r, "s3cr3t/key+ü =\"x\"");
	redactor_add(r, "abcd");
	redactor_add(r, "abcdefgh");
	redactor_add(r, "abcd%41xyz");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t len = strlen(rows[i].text);
		char *exact = memcpy(xmalloc(len), rows[i].text, len), *clean = redact_text(r, exact, len);

		cr_expect_str_eq(clean, rows[i].clean, "%s", rows[i].comment);
		cr_expect_eq(redact_needed(r, exact, len), strcmp(rows[i].text, rows[i].clean) != 0, "%s",
			rows[i].comment);
		free(clean);
		free(exact);
	}
	redactor_free(r);
}

Test(redact, what_is_not_registered)
{
	struct redactor *r = redactor_new();
	char *text;

	redactor_add(r, "abc");
	redactor_add(r, "");
	redactor_add(r, "redacted");
	cr_expect(!redact_needed(r, "abc redacted", 12), "too short, or a part of the mark");
	cr_expect(!redact_needed(NULL, "abc", 3));
	text = redact_text(NULL, "abcdef", 3);
	cr_expect_str_eq(text, "abc");
	free(text);
	redactor_free(r);
	redactor_free(NULL);
}

/* The one-pass search finds exactly what looking for each value finds. */
Test(redact, search_agrees_with_strstr)
{
	static const char letters[] = "abc";
	struct rng rng;

	rng_seed(&rng, 3);
	for (int round = 0; round < 3000; round++) {
		struct redactor *r = redactor_new();
		char values[3][9] = {{0}}, text[40] = {0};
		bool expected = false;

		for (size_t k = 0; k < sizeof text - 1; k++)
			text[k] = letters[rng_next(&rng) % 3];
		for (int i = 0; i < 3; i++) {
			size_t len = 4 + rng_next(&rng) % 5;

			for (size_t k = 0; k < len; k++)
				values[i][k] = letters[rng_next(&rng) % 3];
			redactor_add(r, values[i]);
			expected |= strstr(text, values[i]) != NULL;
		}
		cr_assert_eq(redact_needed(r, text, strlen(text)), expected, "%s in %s", values[0], text);
		redactor_free(r);
	}
}

Test(redact, urls)
{
	static const struct {
		const char *comment, *url, *clean;
	} rows[] = {
		{"plain", "http://h:80/p?q=1#f", "http://h:80/p?q=1#f"},
		{"empty", "", ""},
		{"userinfo", "https://u:p@h/p", "https://REDACTED:REDACTED@h/p"},
		{"user alone", "https://u@h/p", "https://REDACTED:REDACTED@h/p"},
		{"@ in the password", "https://u:p@x@h/p", "https://REDACTED:REDACTED@h/p"},
		{"@ in the path", "https://h/a@b", "https://h/a@b"},
		{"@ in the query", "https://h?m=a@b", "https://h?m=a@b"},
		{"no scheme", "u:p@h/p", "REDACTED:REDACTED@h/p"},
		{"no scheme, slashes", "//u:p@h/p", "//REDACTED:REDACTED@h/p"},
		{"one slash", "http:/u:p@h", "http:/REDACTED:REDACTED@h"},
		{"backslashes", "http:\\\\u:p@h", "http:\\\\REDACTED:REDACTED@h"},
		{"parameters", "http://h/?a=1&api_key=xyz&b=2&access_token=t",
			"http://h/?a=1&api_key=REDACTED&b=2&access_token=REDACTED"},
		{"semicolons", "http://h/?a=1;token=xyz;b=2", "http://h/?a=1;token=REDACTED;b=2"},
		{"an = in the value", "http://h/?token=a=b", "http://h/?token=REDACTED"},
		{"no value", "http://h/?token=&token&x", "http://h/?token=&token&x"},
		{"encoded name", "http://h/?%74oken=x", "http://h/?%74oken=REDACTED"},
		{"fragment", "http://h/#access_token=x&state=1", "http://h/#access_token=REDACTED&state=1"},
		{"harmless", "http://h/?max_tokens=5&page_token=abc",
			"http://h/?max_tokens=5&page_token=abc"},
		{"registered in the path", "http://h/bot/hunter2/send", "http://h/bot/[redacted]/send"},
		{"registered and encoded", "http://h/?q=hunter%32", "http://h/?q=[redacted]"},
		{"registered, with what parts a URL", "http://u:/slash/edp@h/p",
			"http://REDACTED:REDACTED@h/p"},
	};
	struct redactor *r = redactor_new();

	redactor_add(r, "hunter2");
	redactor_add(r, "/slash/ed");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *clean = redact_url(r, rows[i].url);

		cr_expect_str_eq(clean, rows[i].clean, "%s", rows[i].comment);
		free(clean);
	}
	redactor_free(r);
}

Test(redact, json)
{
	static const struct {
		const char *comment, *text, *clean;
	} rows[] = {
		{"a member", "{\"password\":\"x\",\"user\":\"u\"}",
			"{\"password\":\"[redacted]\",\"user\":\"u\"}"},
		{"deep", "[{\"a\":{\"apiKey\":\"x\"}}]", "[{\"a\":{\"apiKey\":\"[redacted]\"}}]"},
		{"numbers stay", "{\"max_tokens\":5,\"token\":7,\"password\":null}",
			"{\"max_tokens\":5,\"token\":7,\"password\":null}"},
		{"empty stays", "{\"password\":\"\"}", "{\"password\":\"\"}"},
		{"a list", "{\"access_tokens\":[\"a\",[\"b\"],1]}",
			"{\"access_tokens\":[\"[redacted]\",[\"[redacted]\"],1]}"},
		{"an object is judged by its own names",
			"{\"credentials\":{\"user\":\"u\",\"password\":\"p\"}}",
			"{\"credentials\":{\"user\":\"u\",\"password\":\"[redacted]\"}}"},
		{"a pair", "[{\"name\":\"Authorization\",\"value\":\"Bearer x\"}]",
			"[{\"name\":\"Authorization\",\"value\":\"[redacted]\"}]"},
		{"another pair", "[{\"name\":\"Accept\",\"value\":\"x\"}]",
			"[{\"name\":\"Accept\",\"value\":\"x\"}]"},
		{"registered in a string", "[\"a hunter2 b\"]", "[\"a [redacted] b\"]"},
		{"longer than its place", "[\"hunter2\"]", "[\"[redacted]\"]"},
		{"registered as a name", "{\"hunter2\":{\"x\":1}}", "{\"[redacted]\":{\"x\":1}}"},
		{"a string alone", "\"hunter2\"", "\"[redacted]\""},
	};
	struct redactor *r = redactor_new();

	redactor_add(r, "hunter2");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cJSON *value = json_parse(rows[i].text, strlen(rows[i].text), NULL);
		char *text;

		redact_json(r, value);
		text = json_print(value);
		cr_expect_str_eq(text, rows[i].clean, "%s", rows[i].comment);
		free(text);
		cJSON_Delete(value);
	}
	redact_json(r, NULL);
	redactor_free(r);
}

Test(redact, json_references_and_constant_names)
{
	struct redactor *r = redactor_new();
	cJSON *value = cJSON_CreateObject();
	char *text;

	redactor_add(r, "hunter2");
	cJSON_AddItemToObjectCS(value, "hunter2", cJSON_CreateStringReference("my hunter2"));
	redact_json(r, value);
	text = json_print(value);
	cr_expect_str_eq(text, "{\"[redacted]\":\"my [redacted]\"}");
	free(text);
	cJSON_Delete(value);
	redactor_free(r);
}

Test(redact, what_may_be_told_of_a_text_that_is_coming)
{
	static const struct {
		const char *text;
		size_t settled;
		const char *comment;
	} rows[] = {
		{"", 0, "nothing"},
		{"the key", 7, "no secret begins"},
		{"the key is hunt", 11, "one begins"},
		{"the key is hunter2", 18, "it is there"},
		{"the key is sesames", 11, "its end is its beginning as well"},
		{"the key is sesames, ok", 22, "and now it goes on"},
		{"hunter2 hunt", 8, "another one begins"},
		{"Gr\xc3", 2, "half a character"},
		{"\xf0\x9f\x8f", 0, "three quarters of one"},
		{"\xf0\x9f\x8f\xa8", 4, "all of it"},
		{"a\x8f\x8f\x8f\x8f", 5, "bytes that are none"},
	};
	struct redactor *r = redactor_new();

	redactor_add(r, "hunter2");
	redactor_add(r, "sesames");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_eq(redact_settled(r, rows[i].text, strlen(rows[i].text)), rows[i].settled,
			"%s: %zu", rows[i].comment, redact_settled(r, rows[i].text, strlen(rows[i].text)));
	cr_expect_eq(redact_settled(NULL, "hunt", 4), 4);
	redactor_free(r);
}
