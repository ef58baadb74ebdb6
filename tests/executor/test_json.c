/* Parsing, its limits, and looking into what was parsed. */
#include "executor/buffer.h"
#include "executor/json.h"

#include <criterion/criterion.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s) s, sizeof(s) - 1

Test(json, refuses_what_is_no_json)
{
	static const struct {
		const char *comment, *text;
		size_t len;
		const char *place, *part;
	} rows[] = {
		{"empty", TEXT(""), "line 1, column 1", "end of the text"},
		{"only space", TEXT(" \n "), "line 2, column 2", "end of the text"},
		{"only a BOM", TEXT("\xef\xbb\xbf"), "line 1, column 1", "end of the text"},
		{"trailing comma in an object", TEXT("{\"a\":1,}"), "line 1, column 8", "name"},
		{"trailing comma in an array", TEXT("[1,]"), "line 1, column 4", "comma"},
		{"missing comma", TEXT("{\"a\": 1\n \"b\": 2}"), "line 2, column 2", "','"},
		{"missing colon", TEXT("{\"a\" 1}"), "line 1, column 6", "':'"},
		{"bare name", TEXT("{a: 1}"), "line 1, column 2", "double quotes"},
		{"single quotes", TEXT("['a']"), "line 1, column 2", "quotes"},
		{"comment", TEXT("[1] // one"), "line 1, column 5", "nothing may follow"},
		{"two values", TEXT("1 2"), "line 1, column 3", "nothing may follow"},
		{"NUL behind the value", TEXT("1\0"), "line 1, column 2", "nothing may follow"},
		{"vertical tab is no white space", TEXT("\v1"), "line 1, column 1", "expected a value"},
		{"wrong bracket", TEXT("[1}"), "line 1, column 3", "']'"},
		{"not closed", TEXT("[1"), "line 1, column 3", "']'"},
		{"leading zero", TEXT("[01]"), "line 1, column 2", "begin with 0"},
		{"plus sign", TEXT("+1"), "line 1, column 1", "expected a value"},
		{"minus alone", TEXT("-"), "line 1, column 1", "minus"},
		{"no digits behind the point", TEXT("1."), "line 1, column 1", "point"},
		{"no digits before the point", TEXT(".5"), "line 1, column 1", "expected a value"},
		{"empty exponent", TEXT("1e+"), "line 1, column 1", "exponent"},
		{"hexadecimal", TEXT("0x10"), "line 1, column 2", "nothing may follow"},
		{"NaN", TEXT("NaN"), "line 1, column 1", "expected a value"},
		{"word cut", TEXT("tru"), "line 1, column 1", "expected a value"},
		{"word in capitals", TEXT("True"), "line 1, column 1", "expected a value"},
		{"word too long", TEXT("nullx"), "line 1, column 5", "nothing may follow"},
		{"open string", TEXT("{\"a\": \"b"), "line 1, column 7", "not closed"},
		{"string over a line break", TEXT("[\"a\nb\"]"), "line 1, column 2", "not closed"},
		{"tab in a string", TEXT("\"a\tb\""), "line 1, column 3", "control"},
		{"NUL in a string", TEXT("\"a\0b\""), "line 1, column 3", "control"},
		{"unknown escape", TEXT("\"\\x41\""), "line 1, column 2", "escape"},
		{"escape at the end", TEXT("\"\\"), "line 1, column 2", "not closed"},
		{"short \\u", TEXT("\"\\u12\""), "line 1, column 2", "four hex"},
		{"signed \\u", TEXT("\"\\u+123\""), "line 1, column 2", "four hex"},
		{"NUL escape", TEXT("\"ab\\u0000\""), "line 1, column 4", "NUL"},
		{"lone high surrogate", TEXT("\"\\ud83d\""), "line 1, column 2", "surrogate"},
		{"high without low", TEXT("\"\\ud83d\\u0041\""), "line 1, column 2", "surrogate"},
		{"lone low surrogate", TEXT("\"\\ude00\""), "line 1, column 2", "surrogate"},
		{"overlong UTF-8", TEXT("\"\xc0\xaf\""), "line 1, column 2", "UTF-8"},
		{"UTF-8 surrogate", TEXT("\"\xed\xa0\x80\""), "line 1, column 2", "UTF-8"},
		{"beyond Unicode", TEXT("\"\xf4\x90\x80\x80\""), "line 1, column 2", "UTF-8"},
		{"UTF-8 cut by the quote", TEXT("\"\xe2\x82\""), "line 1, column 2", "UTF-8"},
		{"UTF-8 cut by the end", TEXT("\"a\xe2\x82"), "line 1, column 3", "UTF-8"},
		{"continuation byte", TEXT("\"\x80\""), "line 1, column 2", "UTF-8"},
		{"UTF-16", TEXT("\xff\xfe[\0]\0"), "line 1, column 1", "expected a value"},
		{"column counts behind a BOM", TEXT("\xef\xbb\xbf[1,]"), "line 1, column 4", "comma"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char error[JSON_ERROR_SIZE] = "";
		/* A copy of exact size, so that reading past the end is seen. */
		char *copy = memcpy(malloc(rows[i].len + !rows[i].len), rows[i].text, rows[i].len);
		cJSON *value = json_parse(copy, rows[i].len, error);

		cr_expect_null(value, "%s", rows[i].comment);
		cr_expect(strstr(error, rows[i].place) == error && error[strlen(rows[i].place)] == ':',
			"%s: %s", rows[i].comment, error);
		cr_expect(strstr(error, rows[i].part), "%s: %s", rows[i].comment, error);
		cr_expect_null(json_parse(copy, rows[i].len, NULL), "%s, without error", rows[i].comment);
		free(copy);
	}
}

Test(json, parses_and_prints)
{
	static const struct {
		const char *comment, *text;
		size_t len;
		const char *printed;
	} rows[] = {
		{"empty object", TEXT("{ }"), "{}"},
		{"empty array", TEXT("[ ]"), "[]"},
		{"BOM and space", TEXT("\xef\xbb\xbf \r\n\ttrue\n"), "true"},
		{"scalar", TEXT("\"x\""), "\"x\""},
		{"nested", TEXT("{\"a\":[1,{\"b\":null}],\"c\":false}"),
			"{\"a\":[1,{\"b\":null}],\"c\":false}"},
		{"only the first len bytes", "[1]garbage", 3, "[1]"},
		{"escapes", TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u001f\""),
			"\"\\\"\\\\/\\b\\f\\n\\r\\t\xc3\xa9\\u001f\""},
		{"surrogate pair", TEXT("\"\\uD83D\\uDE00\""), "\"\xf0\x9f\x98\x80\""},
		{"DEL may stand", TEXT("\"\x7f\""), "\"\x7f\""},
		{"minus zero", TEXT("-0"), "0"},
		{"fractions", TEXT("[0.1,-2.5e-3,1E2]"), "[0.1,-0.0025,100]"},
		{"the sum cJSON rounds", TEXT("0.30000000000000004"), "0.30000000000000004"},
		{"the largest exact integer", TEXT("9007199254740991"), "9007199254740991"},
		{"the largest double", TEXT("1.7976931348623157e+308"), "1.7976931348623157e+308"},
		{"zero however it is written", TEXT("[0e999,-0.0E-5]"), "[0,0]"},
		{"another way of writing it", TEXT("[1e3,1.50]"), "[1000,1.5]"},
		{"duplicates stay", TEXT("{\"a\":1,\"a\":2}"), "{\"a\":1,\"a\":2}"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char error[JSON_ERROR_SIZE] = "";
		cJSON *value = json_parse(rows[i].text, rows[i].len, error);
		char *printed = json_print(value);

		cr_expect(value, "%s: %s", rows[i].comment, error);
		cr_expect_str_eq(printed, rows[i].printed, "%s", rows[i].comment);
		free(printed);
		cJSON_Delete(value);
	}
}

/* cJSON's own parser takes the same texts where no limit of ours is touched. */
static void expect_same_list(const cJSON *ours, const cJSON *theirs, const char *text)
{
	const cJSON *last = NULL, *first = ours;

	for (; ours && theirs; last = ours, ours = ours->next, theirs = theirs->next) {
		cr_expect_eq(ours->type, theirs->type, "%s", text);
		cr_expect_eq(ours->valueint, theirs->valueint, "%s", text);
		cr_expect(!memcmp(&ours->valuedouble, &theirs->valuedouble, sizeof(double)), "%s", text);
		cr_expect(!ours->string == !theirs->string, "%s", text);
		cr_expect(!ours->string || !strcmp(ours->string, theirs->string), "%s", text);
		cr_expect(!ours->valuestring == !theirs->valuestring, "%s", text);
		cr_expect(!ours->valuestring || !strcmp(ours->valuestring, theirs->valuestring), "%s", text);
		cr_expect(!last || ours->prev == last, "%s", text);
		expect_same_list(ours->child, theirs->child, text);
	}
	cr_expect(!ours && !theirs, "%s", text);
	cr_expect(!first || !first->prev || first->prev == last, "a list's last one: %s", text);
}

Test(json, builds_the_tree_that_cjson_builds)
{
	static const char *const texts[] = {
		"null",
		" [ true , false , null ] ",
		"{\"a\" : { \"b\" :[ ] , \"\" : {} }\n,\t\"a\":\r\"\"}",
		"[[[1],2],[[],3,{\"x\":[{}]}]]",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t plain \\u0041\\u00e9\\u6728\\uD834\\uDd1E\\uffff end\"",
		"{\"\\n\":\"\\\\\",\"\\ud834\\udd1e\":\"\\\"\"}",
		"[0,-0,7,-12,2147483647,2147483648,-3000000000,123456789012345,1234567890123.5]",
		"[0.1,-0.25,3.14159,0.00001,100.50,99999999999999.9,1e5,2.5E-3,-1.5e+10,4.9e-324]",
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		cJSON *ours = json_parse(texts[i], strlen(texts[i]), NULL), *theirs = cJSON_Parse(texts[i]);

		cr_assert(ours && theirs, "%s", texts[i]);
		expect_same_list(ours, theirs, texts[i]);
		cJSON_Delete(ours);
		cJSON_Delete(theirs);
	}
}

Test(json, numbers_beyond_a_double_keep_their_text)
{
	static const struct {
		const char *comment, *text;
		double nearest;
	} rows[] = {
		{"a 64-bit id", "12345678901234567890", 12345678901234567890.0},
		{"a negative one", "-9223372036854775807", -9223372036854775807.0},
		{"zeros at the end", "10000000000000000000", 1e19},
		{"too many digits behind the point", "3.14159265358979323846", 3.14159265358979323846},
		{"63 characters", "100000000000000000000000000000000000000000000000000000000000000", 1e62},
		{"64 characters", "1000000000000000000000000000000000000000000000000000000000000000", 1e63},
		{"90 behind the point",
			"-0.000000000000000000000000000000000000000000000000000000000000000000000000000000000"
			"00000001",
			-1e-89},
		{"many and an exponent",
			"1234567890123456789012345678901234567890123456789012345678901234567890e-60",
			1234567890.1234567},
		{"beyond the largest", "1e999", DBL_MAX},
		{"below the lowest", "-1e99999999999999999999999", -DBL_MAX},
		{"by its digits", "1234.5e306", DBL_MAX},
		{"below the smallest", "1e-999", 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char error[JSON_ERROR_SIZE] = "",
		     *text = xasprintf("{\"-1\\\"2\":[7,%s,{\"a\":\"3\"}],\"b\":%s,\"c\":8}", rows[i].text,
			     rows[i].text);
		cJSON *value = json_parse(text, strlen(text), error), *copy = json_copy(value);
		char *printed = json_print(value), *canonical = json_canonical(copy);
		const cJSON *number = json_get(value, "b");

		cr_assert(value, "%s: %s", rows[i].comment, error);
		cr_expect(cJSON_IsNumber(number), "%s", rows[i].comment);
		cr_expect_eq(number->valuedouble, rows[i].nearest, "%s: %.17g", rows[i].comment,
			number->valuedouble);
		cr_expect_str_eq(printed, text, "%s: %s", rows[i].comment, printed);
		cr_expect_str_eq(canonical, text, "%s, of a copy: %s", rows[i].comment, canonical);
		free(canonical);
		free(printed);
		free(text);
		cJSON_Delete(copy);
		cJSON_Delete(value);
	}
}

Test(json, a_number_of_a_megabyte)
{
	size_t len = (size_t)1 << 20;
	char *text = malloc(len + 1), *printed;
	cJSON *value;

	memset(text, '7', len);
	text[len] = '\0';
	value = json_parse(text, len, NULL);
	cr_assert_not_null(value);
	cr_expect_eq(value->valuedouble, DBL_MAX);
	printed = json_print(value);
	cr_expect(!strcmp(printed, text));
	free(printed);
	cJSON_Delete(value);
	text[1] = '.';
	value = json_parse(text, len, NULL);
	cr_expect(value && value->valuedouble == 70.0 / 9, "%.17g", value->valuedouble);
	cJSON_Delete(value);
	free(text);
}

Test(json, limits_values)
{
	size_t len = 2 * JSON_MAX_VALUES + 1;
	char *text = malloc(len), error[JSON_ERROR_SIZE];

	memset(text, ',', len);
	text[0] = '[';
	for (size_t i = 1; i < len; i += 2)
		text[i] = '1';
	text[len - 1] = ']';
	cr_expect_null(json_parse(text, len, error));
	cr_expect(strstr(error, "a million values"), "%s", error);
	text[len - 3] = ']'; /* one less, and so as many as may be */
	text[len - 2] = text[len - 1] = ' ';
	{
		cJSON *value = json_parse(text, len, error);

		cr_expect(value, "%s", error);
		cJSON_Delete(value);
	}
	free(text);
}

Test(json, limits_depth)
{
	char text[2 * JSON_MAX_DEPTH + 4], error[JSON_ERROR_SIZE];
	cJSON *value;

	for (int extra = 0; extra < 2; extra++) {
		int depth = JSON_MAX_DEPTH + extra;

		memset(text, '[', (size_t)depth);
		memset(text + depth, ']', (size_t)depth);
		value = json_parse(text, 2 * (size_t)depth, error);
		cr_expect_eq(value != NULL, !extra, "depth %d", depth);
		if (extra)
			cr_expect(strstr(error, "line 1, column 129: nested"), "%s", error);
		cJSON_Delete(value);
	}
}

Test(json, ten_megabytes_of_brackets_are_refused_at_once)
{
	size_t len = (size_t)10 << 20;
	char *text = malloc(len), error[JSON_ERROR_SIZE];

	memset(text, '[', len);
	cr_expect_null(json_parse(text, len, error));
	cr_expect(strstr(error, "column 129"), "%s", error);
	free(text);
}

Test(json, getters_never_fail)
{
	cJSON *o = json_parse(
		TEXT("{\"s\":\"x\",\"n\":2.5,\"t\":true,\"f\":false,\"z\":null,\"S\":1,\"s\":\"second\"}"),
		NULL);

	cr_assert_not_null(o);
	cr_expect_str_eq(json_string(o, "s", "-"), "x");
	cr_expect_str_eq(json_string(o, "S", "-"), "-", "names are case-sensitive");
	cr_expect_str_eq(json_string(o, "n", "-"), "-");
	cr_expect_null(json_string(o, "none", NULL));
	cr_expect_eq(json_number(o, "n", 1), 2.5);
	cr_expect_eq(json_number(o, "s", 1), 1);
	cr_expect_eq(json_bool(o, "t", false), true);
	cr_expect_eq(json_bool(o, "f", true), false);
	cr_expect_eq(json_bool(o, "z", true), true);
	cr_expect_null(json_get(NULL, "a"));
	cr_expect_null(json_get(json_get(o, "s"), "a"));
	cJSON_Delete(o);
}

Test(json, pointers_and_copies)
{
	char *a = json_pointer_child("/nodes", "a/b~c"), *b = json_pointer_index("", 12);
	cJSON *object = cJSON_CreateObject(), *copy;
	char *text;

	cr_expect_str_eq(a, "/nodes/a~1b~0c");
	cr_expect_str_eq(b, "/12");
	json_add_string(object, "s", "x");
	json_add_string(object, "n", NULL);
	copy = json_copy(object);
	text = json_print(copy);
	cr_expect_str_eq(text, "{\"s\":\"x\",\"n\":null}");
	cJSON_Delete(copy);
	copy = json_copy(NULL);
	cr_expect(cJSON_IsNull(copy));
	cJSON_Delete(copy);
	cJSON_Delete(object);
	free(text);
	free(b);
	free(a);
}
