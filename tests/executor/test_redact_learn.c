/* What is learned to be secret, and that it survives in none of its forms. */
#include "executor/alloc.h"
#include "executor/clock.h"
#include "executor/json.h"
#include "executor/redact.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One redactor, one value by one way in, and what must be gone from a text afterwards. */
static void check_learned(const struct redactor *r, const char *comment, const char *text, const char *clean)
{
	char *found = redact_text(r, text, strlen(text));

	cr_expect_str_eq(found, clean, "%s", comment);
	free(found);
}

Test(redact_learn, lines_of_a_value)
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

Test(redact_learn, learned_from_urls)
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

Test(redact_learn, learned_from_headers)
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
Test(redact_learn, no_form_survives)
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
