/* What bodies are read as: media type, charset, bytes that are no text, bombs. */
#include "executor/body.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define TEXT(s) s, sizeof(s) - 1
#define FFFD "\xef\xbf\xbd"

Test(body, types)
{
	static const struct {
		const char *comment, *type, *bytes;
		size_t len;
		enum body_kind kind;
		const char *data; /* as JSON; NULL: none to be looked at */
		bool mistyped;
	} rows[] = {
		{"JSON", "application/json", TEXT("{\"a\":1}"), BODY_JSON, "{\"a\":1}", false},
		{"with a BOM", "application/json", TEXT("\xef\xbb\xbf[1]"), BODY_JSON, "[1]", false},
		{"+json", "application/problem+json", TEXT("{}"), BODY_JSON, "{}", false},
		{"JSON as HTML", "text/html; charset=utf-8", TEXT(" {\"a\":1}"), BODY_JSON, "{\"a\":1}",
			true},
		{"JSON as octets", "application/octet-stream", TEXT("[1]"), BODY_JSON, "[1]", true},
		{"JSON of no type", NULL, TEXT("[1]"), BODY_JSON, "[1]", false},
		{"JSON as plain text is text", "text/plain", TEXT("[1]"), BODY_TEXT, "\"[1]\"", false},
		{"lines of JSON are text", "application/x-ndjson", TEXT("{}"), BODY_TEXT, "\"{}\"", false},
		{"what only begins like JSON", "text/html", TEXT("{oops"), BODY_TEXT, "\"{oops\"", false},
		{"a scalar is not guessed", "text/html", TEXT("12"), BODY_TEXT, "\"12\"", false},
		{"HTML as JSON", "application/json", TEXT("<!doctype html>"), BODY_BAD_JSON, NULL, false},
		{"JSON cut short", "application/json", TEXT("{\"a\":"), BODY_BAD_JSON, NULL, false},
		{"XML", "application/xml", TEXT("<a>\xc3\xa9</a>"), BODY_TEXT, "\"<a>\xc3\xa9</a>\"", false},
		{"+xml", "image/svg+xml", TEXT("<svg/>"), BODY_TEXT, "\"<svg/>\"", false},
		{"a picture", "image/png", TEXT("\x89PNG"), BODY_BINARY,
			"{\"contentType\":\"image/png\",\"base64\":\"iVBORw==\"}", false},
		{"a picture of ASCII", "image/gif", TEXT("GIF89a"), BODY_BINARY,
			"{\"contentType\":\"image/gif\",\"base64\":\"R0lGODlh\"}", false},
		{"octets", "application/octet-stream", TEXT("a\0b"), BODY_BINARY,
			"{\"contentType\":\"application/octet-stream\",\"base64\":\"YQBi\"}", false},
		{"octets of no type", NULL, TEXT("\xff"), BODY_BINARY,
			"{\"contentType\":\"application/octet-stream\",\"base64\":\"/w==\"}", false},
		{"octets that are text", "application/octet-stream", TEXT("hello"), BODY_TEXT, "\"hello\"",
			false},
		{"a BOM is no text", "text/plain", TEXT("\xef\xbb\xbfhi"), BODY_TEXT, "\"hi\"", false},
		{"nothing", "application/json", TEXT(""), BODY_EMPTY, "null", false},
		{"nothing of no type", NULL, TEXT(""), BODY_EMPTY, "null", false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct body body;
		cJSON *data;
		char *text;

		body_read(&body, rows[i].type, rows[i].bytes, rows[i].len);
		cr_expect_eq(body.kind, rows[i].kind, "%s: %d", rows[i].comment, (int)body.kind);
		cr_expect_eq(body.mistyped, rows[i].mistyped, "%s", rows[i].comment);
		cr_expect_eq(body.replaced, 0, "%s", rows[i].comment);
		if (rows[i].data) {
			data = body_take_data(&body);
			text = json_print(data);
			cr_expect_str_eq(text, rows[i].data, "%s: %s", rows[i].comment, text);
			free(text);
			cJSON_Delete(data);
		}
		body_done(&body);
	}
}

Test(body, charsets)
{
	static const struct {
		const char *comment, *type, *bytes;
		size_t len;
		const char *charset, *data;
		size_t replaced;
	} rows[] = {
		{"Latin-1", "text/plain; charset=ISO-8859-1", TEXT("caf\xe9"), "iso-8859-1", "caf\xc3\xa9",
			0},
		{"what is called Latin-1", "text/html;charset=\"iso-8859-1\"", TEXT("\x93q\x94"),
			"iso-8859-1", "\xe2\x80\x9cq\xe2\x80\x9d", 0},
		{"a byte Windows-1252 has not", "text/plain; charset=latin1", TEXT("a\x81z"), "latin1",
			"a" FFFD "z", 1},
		{"UTF-16 by its mark", "text/plain", TEXT("\xff\xfeh\0i\0"), "utf-16le", "hi", 0},
		{"UTF-16 by name", "text/plain; charset=utf-16be", TEXT("\0h\0i"), "utf-16be", "hi", 0},
		{"half a UTF-16 unit", "text/plain; charset=utf-16be", TEXT("\0h\0"), "utf-16be", "h" FFFD,
			1},
		{"NUL", "text/plain; charset=latin1", TEXT("a\0b"), "latin1", "a" FFFD "b", 0},
		{"Cyrillic", "text/plain; charset=windows-1251", TEXT("\xc4\xe0"), "windows-1251",
			"\xd0\x94\xd0\xb0", 0},
		{"XML says it itself", "application/xml",
			TEXT("<?xml version='1.0' encoding='ISO-8859-1'?>\xe9"), "iso-8859-1",
			"<?xml version='1.0' encoding='ISO-8859-1'?>\xc3\xa9", 0},
		{"the header counts more", "text/xml; charset=utf-8",
			TEXT("<?xml version='1.0' encoding='latin1'?>\xc3\xa9"), "",
			"<?xml version='1.0' encoding='latin1'?>\xc3\xa9", 0},
		{"an unknown charset", "text/plain; charset=x-klingon", TEXT("a\xe9"), "", "a" FFFD, 1},
		{"a charset that is a path", "text/plain; charset=../../tmp/x", TEXT("a"), "", "a", 0},
		{"invalid UTF-8", "text/plain; charset=utf-8", TEXT("a\xff\xc3(\0z"), "",
			"a" FFFD FFFD "(" FFFD "z", 3},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct body body;
		cJSON *data;

		body_read(&body, rows[i].type, rows[i].bytes, rows[i].len);
		cr_expect_eq(body.kind, BODY_TEXT, "%s: %d", rows[i].comment, (int)body.kind);
		cr_expect_str_eq(body.charset, rows[i].charset, "%s: %s", rows[i].comment, body.charset);
		cr_expect_eq(body.replaced, rows[i].replaced, "%s: %zu", rows[i].comment, body.replaced);
		data = body_take_data(&body);
		cr_expect(cJSON_IsString(data) && !strcmp(data->valuestring, rows[i].data), "%s: %s",
			rows[i].comment, cJSON_IsString(data) ? data->valuestring : "no string");
		cJSON_Delete(data);
		body_done(&body);
	}
}

Test(body, json_that_has_to_be_mended)
{
	static const struct {
		const char *comment, *type, *bytes;
		size_t len;
		const char *data;
		size_t replaced;
	} rows[] = {
		{"invalid UTF-8", "application/json", TEXT("{\"a\":\"\xff\"}"), "{\"a\":\"" FFFD "\"}", 1},
		{"an escaped NUL", "application/json", TEXT("[\"a\\u0000b\",\"\\\\u0000\"]"),
			"[\"a" FFFD "b\",\"\\\\u0000\"]", 1},
		{"half a pair", "application/json", TEXT("[\"\\ud83d\",\"\\ude00\",\"\\ud83d\\ude00\"]"),
			"[\"" FFFD "\",\"" FFFD "\",\"\xf0\x9f\x98\x80\"]", 2},
		{"Latin-1", "application/json; charset=iso-8859-1", TEXT("[\"\xe9\"]"), "[\"\xc3\xa9\"]", 0},
		{"said to be Latin-1 and is UTF-8", "application/json; charset=iso-8859-1",
			TEXT("[\"\xc3\xa9\"]"), "[\"\xc3\xa9\"]", 0},
		{"UTF-16", "application/json", TEXT("\xfe\xff\0[\0\x31\0]"), "[1]", 0},
		{"beyond mending", "application/json", TEXT("{\"a\":\"\xff\""), NULL, 0},
		{"a backslash at the end", "application/json", TEXT("[\"\xff\\"), NULL, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		/* A copy of exact size, so that reading past the end is seen. */
		char *copy = memcpy(malloc(rows[i].len), rows[i].bytes, rows[i].len), *text;
		struct body body;

		body_read(&body, rows[i].type, copy, rows[i].len);
		text = json_print(body.json);
		cr_expect_eq(body.kind, rows[i].data ? BODY_JSON : BODY_BAD_JSON, "%s", rows[i].comment);
		cr_expect_str_eq(text, rows[i].data ? rows[i].data : "null", "%s: %s", rows[i].comment, text);
		cr_expect_eq(body.replaced, rows[i].replaced, "%s: %zu", rows[i].comment, body.replaced);
		free(text);
		body_done(&body);
		free(copy);
	}
}

static long peak_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

/* Ten megabytes, the most that comes without asking, must not become a gigabyte. */
Test(body, bombs)
{
	static const struct {
		const char *comment, *piece, *error;
	} rows[] = {
		{"depth", "[", "nested too deeply"},
		{"objects in objects", "{\"a\":", "nested too deeply"},
		{"many short values", "[],", "a million values"},
		{"digits", "7", "nothing may follow"},
	};
	size_t len = (size_t)10 << 20;
	char *text = malloc(len);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t piece = strlen(rows[i].piece);
		long before = peak_kib();
		struct body body;

		for (size_t at = 0; at < len; at++)
			text[at] = rows[i].piece[at % piece];
		if (*rows[i].piece == '7')
			text[len - 1] = ']';
		else if (piece == 3)
			text[0] = '[', text[1] = '7', text[2] = ',';
		body_read(&body, "application/json", text, len);
		cr_expect_eq(body.kind, BODY_BAD_JSON, "%s", rows[i].comment);
		cr_expect(strstr(body.error, rows[i].error), "%s: %s", rows[i].comment, body.error);
		cr_expect_lt(
			peak_kib() - before, 40 << 10, "%s: %ld KiB", rows[i].comment, peak_kib() - before);
		body_done(&body);
	}
	free(text);
}

Test(body, secrets_go_before_base64)
{
	struct redactor *redactor = redactor_new();
	struct body body;
	cJSON *data;

	redactor_add(redactor, "S3CRETVALUE");
	body_read(&body, "image/png", TEXT("\x89\0S3CRETVALUE\0"));
	body_redact(&body, redactor);
	data = body_take_data(&body);
	cr_expect(cJSON_IsString(data) && !strcmp(data->valuestring, REDACTED));
	cJSON_Delete(data);
	body_done(&body);
	body_read(&body, "application/json", TEXT("[123456789012345678901,\"a\\u0000\"]"));
	redactor_add(redactor, "123456789012345678901");
	body_redact(&body, redactor);
	cr_expect(!memmem(body.text, body.len, "1234567", 7), "%s", body.text);
	body_done(&body);
	redactor_free(redactor);
}
