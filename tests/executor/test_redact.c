/* Secrets out of texts, URLs and JSON, and nothing else. */
#include "executor/alloc.h"
#include "executor/clock.h"
#include "executor/json.h"
#include "executor/redact.h"

#include <criterion/criterion.h>
#include <stdio.h>
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

/* One redactor, one value by one way in, and what must be gone from a text afterwards. */
static void check_learned(const struct redactor *r, const char *comment, const char *text, const char *clean)
{
	char *found = redact_text(r, text, strlen(text));

	cr_expect_str_eq(found, clean, "%s", comment);
	free(found);
}

Test(redact, lines_of_a_value)
{
	static const struct {
		const char *comment, *value, *text, *clean;
	} rows[] = {
		{"whole", "abcdefgh\n", "abcdefgh\n", "[redacted]"},
		{"trimmed", " \tabcdefgh \n", "<abcdefgh>", "<[redacted]>"},
		{"other line ends",
			"-----BEGIN KEY-----\n0123456789abcdef\nfedcba9876543210\n-----END KEY-----\n",
			"-----BEGIN KEY-----\r\n0123456789abcdef\r\nfedcba9876543210\r\n-----END "
			"KEY-----\r\n",
			"-----BEGIN KEY-----\r\n[redacted]\r\n[redacted]\r\n-----END KEY-----\r\n"},
		{"a short line", "first\nsecond\n", "first second", "first second"},
		{"blanks alone", "    \n    ", "a     b", "a     b"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct redactor *r = redactor_new();

		redactor_add(r, rows[i].value);
		check_learned(r, rows[i].comment, rows[i].text, rows[i].clean);
		redactor_free(r);
	}
}

Test(redact, learned_from_urls)
{
	static const struct {
		const char *comment, *url, *text, *clean;
	} rows[] = {
		{"password", "http://ann:pa55word@h/p", "ann pa55word", "ann [redacted]"},
		{"an encoded one", "http://ann:p%40ss%2Fword@h/p", "p@ss/word p%40ss%2Fword",
			"[redacted] [redacted]"},
		{"a slash in it", "http://ann:pa55/word@h:80/p", "pa55/word", "[redacted]"},
		{"a port is none", "http://ann:8080/p@x", "8080/p", "8080/p"},
		{"IPv6 has none", "http://[fe80::1]:80/p@x", "fe80::1 80/p", "fe80::1 80/p"},
		{"no password", "http://ann:@h/", "ann", "ann"},
		{"parameters",
			"http://h/?q=ordinary1&api_key=abcdefgh&%74oken=i%20jklmno#access_token=pqrstuvw",
			"ordinary1 abcdefgh i jklmno pqrstuvw", "ordinary1 [redacted] [redacted] [redacted]"},
		{"an ordinary word", "http://h/?token=yes", "yes", "yes"},
		{"semicolons", "http://h/?a;token=abcdefgh;b=c", "abcdefgh b", "[redacted] b"},
		{"empty", "", "", ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct redactor *r = redactor_new();

		redactor_add_url(r, rows[i].url);
		check_learned(r, rows[i].comment, rows[i].text, rows[i].clean);
		redactor_free(r);
	}
	redactor_add_url(NULL, "http://ann:pa55word@h/");
}

Test(redact, learned_from_headers)
{
	static const struct {
		const char *comment, *name, *value, *text, *clean;
	} rows[] = {
		{"a key", "X-Api-Key", "abcdefgh", "abcdefgh", "[redacted]"},
		{"a word", "X-Api-Key", "abc", "abc", "abc"},
		{"behind a scheme", "authorization", "Token abcdefgh", "Token abcdefgh", "Token [redacted]"},
		{"no scheme", "Authorization", "abcdefgh", "abcdefgh", "[redacted]"},
		{"Basic", "Proxy-Authorization", "Basic YW5uOnBhNTV3b3Jk", "ann pa55word YW5uOnBhNTV3b3Jk",
			"ann [redacted] [redacted]"},
		{"Basic that is none", "Authorization", "Basic %%%%%%%%", "%%%%%%%%", "[redacted]"},
		{"cookies", "Cookie", "theme=dark; sid=abcdefgh;x", "dark abcdefgh", "dark [redacted]"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct redactor *r = redactor_new();

		redactor_add_header(r, rows[i].name, rows[i].value);
		check_learned(r, rows[i].comment, rows[i].text, rows[i].clean);
		redactor_free(r);
	}
	redactor_add_header(NULL, "Cookie", "a=abcdefgh");
}

static char *base64(const char *bytes, size_t len, bool url)
{
	static const char *const alphabets[] = {
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"};
	char *text = xcalloc(len * 2 + 8, 1), *out = text;

	for (size_t i = 0; i < len; i += 3) {
		unsigned long group = 0;

		for (size_t k = i; k < i + 3; k++)
			group = group << 8 | (k < len ? (unsigned char)bytes[k] : 0);
		for (size_t k = 0; k < 4; k++)
			if (i + k <= len)
				*out++ = alphabets[url][group >> (18 - 6 * k) & 63];
			else if (!url)
				*out++ = '=';
	}
	return text;
}

static char *percent(const char *bytes, const char *format, const char *keep, bool plus)
{
	char *text = xcalloc(3 * strlen(bytes) + 1, 1), *out = text;

	for (; *bytes; bytes++) {
		if (plus && *bytes == ' ')
			*out++ = '+';
		else if ((*bytes >= 'a' && *bytes <= 'z') || (*bytes >= '0' && *bytes <= '9') ||
			strchr(keep, *bytes))
			*out++ = *bytes;
		else
			out += sprintf(out, strcmp(format, "x") ? "%%%02X" : "%%%02x", (unsigned char)*bytes);
	}
	return text;
}

/* The form wrapped in other text is clean after one redaction: no long part of the form is left. */
static void check_form(const struct redactor *r, struct rng *rng, const char *form, const char *what)
{
	char *text = xasprintf("%.*s\"%s\" tail", (int)(rng_next(rng) % 12), "lead=%41 + a", form);
	char *clean = redact_text(r, text, strlen(text));

	cr_assert(redact_needed(r, text, strlen(text)), "%s is seen: %s", what, form);
	cr_assert(!strstr(clean, form), "%s: %s", what, clean);
	cr_assert(!redact_needed(r, clean, strlen(clean)), "%s, again: %s", what, clean);
	cr_assert(strstr(clean, REDACTED) && strstr(clean, " tail"), "%s: %s", what, clean);
	free(clean);
	free(text);
}

static void check_secret(const struct redactor *r, struct rng *rng, const char *secret)
{
	static const char *const leads[] = {"", "a", "ab", "abc", "user:", "admin:", "me:"};
	cJSON *string = cJSON_CreateString(secret);
	char *json = json_print(string), *form;

	check_form(r, rng, secret, "raw");
	json[strlen(json) - 1] = '\0';
	check_form(r, rng, json + 1, "JSON");
	for (int i = 0; i < 8; i++) {
		form = percent(
			secret, i & 1 ? "x" : "X", i & 2 ? "" : "-._~/=!*ABCDEFGHIJKLMNOPQRSTUVWXYZ", i & 4);
		check_form(r, rng, form, "percent");
		free(form);
	}
	for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++) {
		for (int k = 0; k < 4; k++) {
			char *whole = xasprintf("%s%s%s", leads[i], secret, k & 2 ? "tail" : "");

			form = base64(whole, strlen(whole), k & 1);
			check_form(r, rng, form, "base64");
			free(form);
			free(whole);
		}
	}
	free(json);
	cJSON_Delete(string);
}

/* Many secrets in every form: none survives. */
Test(redact, no_form_survives)
{
	struct redactor *r = redactor_new();
	char *secrets[200];
	struct rng rng;
	size_t n = sizeof secrets / sizeof secrets[0];

	rng_seed(&rng, 7);
	for (size_t i = 0; i < n; i++) {
		size_t len = 6 + rng_next(&rng) % (i % 10 ? 40 : 400);

		secrets[i] = xcalloc(len + 1, 1);
		for (size_t k = 0; k < len; k++)
			secrets[i][k] = (char)(' ' + rng_next(&rng) % 95);
		redactor_add(r, secrets[i]);
	}
	for (size_t i = 0; i < n; i++) {
		check_secret(r, &rng, secrets[i]);
		free(secrets[i]);
	}
	redactor_free(r);
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
	};
	struct redactor *r = redactor_new();

	redactor_add(r, "hunter2");
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
