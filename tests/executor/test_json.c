/* Parsing with places, pointers, printing. */
#include "executor/buffer.h"
#include "executor/json.h"

#include <criterion/criterion.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
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

/* A scalar in the innermost container is found like any other. */
Test(json, locates_at_the_greatest_depth)
{
	char text[2 * JSON_MAX_DEPTH + 2], pointer[2 * JSON_MAX_DEPTH + 1];
	struct json_place place;

	memset(text, '[', JSON_MAX_DEPTH);
	text[JSON_MAX_DEPTH] = '7';
	memset(text + JSON_MAX_DEPTH + 1, ']', JSON_MAX_DEPTH);
	text[sizeof text - 1] = '\0';
	for (size_t i = 0; i < JSON_MAX_DEPTH; i++)
		memcpy(pointer + 2 * i, "/0", 3);
	cr_assert(json_locate(text, sizeof text - 1, pointer, &place));
	cr_expect_eq(place.offset, JSON_MAX_DEPTH);
	cr_expect_eq(place.len, 1);
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

static const char places[] = "{\n"
			     "  \"nodes\": [\n"
			     "    {\"id\": \"a\", \"a/b\": 1, \"m~n\": 2},\n"
			     "    {\"id\": [true, {}], \"\\u0069x\": 3, \"\": 4}\n"
			     "  ],\n"
			     "  \"id\": \"first\", \"id\": \"second\",\n"
			     "  \"na-me\": 5, \"na\": {\"me\": 6}\n"
			     "}\n";

Test(json, locates)
{
	static const struct {
		const char *comment, *pointer;
		bool found;
		int line, column;
		const char *value;
	} rows[] = {
		{"whole document", "", true, 1, 1, NULL},
		{"member", "/nodes", true, 2, 12, NULL},
		{"element", "/nodes/0", true, 3, 5, "{\"id\": \"a\", \"a/b\": 1, \"m~n\": 2}"},
		{"string", "/nodes/0/id", true, 3, 12, "\"a\""},
		{"slash", "/nodes/0/a~1b", true, 3, 24, "1"},
		{"tilde", "/nodes/0/m~0n", true, 3, 34, "2"},
		{"escaped key", "/nodes/1/ix", true, 4, 35, "3"},
		{"empty key", "/nodes/1/", true, 4, 42, "4"},
		{"empty object", "/nodes/1/id/1", true, 4, 19, "{}"},
		{"the first of duplicates", "/id", true, 6, 9, "\"first\""},
		{"key that begins like another", "/na", true, 7, 21, "{\"me\": 6}"},
		{"longer key", "/na-me", true, 7, 12, "5"},
		{"below it", "/na/me", true, 7, 28, "6"},
		{"no such member: its parent", "/nodes/1/url", false, 4, 5, NULL},
		{"no such element", "/nodes/2/id", false, 2, 12, NULL},
		{"no leading zeros", "/nodes/01", false, 2, 12, NULL},
		{"the end of an array", "/nodes/-", false, 2, 12, NULL},
		{"below a scalar", "/id/x", false, 6, 9, "\"first\""},
		{"deep below nothing", "/x/y/z", false, 1, 1, NULL},
		{"no pointer at all", "nodes", false, 1, 1, NULL},
	};
	const char *pointers[sizeof rows / sizeof rows[0]];
	struct json_place all[sizeof rows / sizeof rows[0]], place;
	size_t n = sizeof rows / sizeof rows[0], found = 0;

	for (size_t i = 0; i < n; i++) {
		pointers[i] = rows[i].pointer;
		found += rows[i].found;
	}
	cr_expect_eq(json_locate_all(TEXT(places), pointers, n, all), found);
	for (size_t i = 0; i < n; i++) {
		cr_expect_eq(json_locate(TEXT(places), rows[i].pointer, &place), rows[i].found, "%s",
			rows[i].comment);
		cr_expect(place.line == rows[i].line && place.column == rows[i].column, "%s: %d:%d",
			rows[i].comment, place.line, place.column);
		cr_expect(!memcmp(&place, &all[i], sizeof place), "%s: alone and among others",
			rows[i].comment);
		if (rows[i].value)
			cr_expect(place.len == strlen(rows[i].value) &&
					!memcmp(places + place.offset, rows[i].value, place.len),
				"%s: %.*s", rows[i].comment, (int)place.len, places + place.offset);
	}
}

/* Every value of a document is found where it stands: the text at its place parses to an equal value. */
static void check_everywhere(const char *text, size_t len, const cJSON *value, const char *pointer)
{
	struct json_place place;
	const cJSON *child;
	cJSON *there;
	size_t i = 0;

	cr_assert(json_locate(text, len, pointer, &place), "%s", pointer);
	there = json_parse(text + place.offset, place.len, NULL);
	cr_expect(there && cJSON_Compare(there, value, true), "%s", pointer);
	cJSON_Delete(there);
	cJSON_ArrayForEach(child, value)
	{
		char *below = child->string ? json_pointer_child(pointer, child->string)
					    : json_pointer_index(pointer, i++);

		check_everywhere(text, len, child, below);
		free(below);
	}
}

Test(json, locates_every_value)
{
	static const char text[] =
		"{\"a\":[[],[[1,2],{}],\"x\"],\"~/\\\"\\n\":{\"/\":[null,true],\"~1\":{\"\":-1.5}},"
		"\"\xc3\xa9\":{\"a\":{\"a\":{\"a\":0}}}}";
	cJSON *value = json_parse(TEXT(text), NULL);

	cr_assert_not_null(value);
	check_everywhere(TEXT(text), value, "");
	cJSON_Delete(value);
}

Test(json, prints_canonically)
{
	static const struct {
		const char *comment, *text, *canonical;
	} rows[] = {
		{"sorted at every depth", "{\"b\":{\"z\":1,\"a\":2},\"a\":[{\"y\":1,\"x\":2}]}",
			"{\"a\":[{\"x\":2,\"y\":1}],\"b\":{\"a\":2,\"z\":1}}"},
		{"bytes, not letters", "{\"b\":1,\"B\":2,\"\":3,\"\xc3\xa9\":4}",
			"{\"\":3,\"B\":2,\"b\":1,\"\xc3\xa9\":4}"},
		{"numbers", "[1.0, 10e-1, 100E-2]", "[1,1,1]"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cJSON *value = json_parse(rows[i].text, strlen(rows[i].text), NULL);
		char *text = json_canonical(value);

		cr_expect_str_eq(text, rows[i].canonical, "%s", rows[i].comment);
		free(text);
		cJSON_Delete(value);
	}
}

Test(json, prints_pretty)
{
	cJSON *value = json_parse(TEXT("{\"a\":[1,{\"b\":\"c\"}],\"d\":{},\"e\":[]}"), NULL);
	char *text = json_print_pretty(value);

	cr_expect_str_eq(text,
		"{\n  \"a\": [\n    1,\n    {\n      \"b\": \"c\"\n    }\n  ],\n  \"d\": {},\n  \"e\": "
		"[]\n}");
	free(text);
	cJSON_Delete(value);
}

Test(json, prints_only_valid_json)
{
	cJSON *value = cJSON_CreateArray();
	char *text;

	cJSON_AddItemToArray(value, cJSON_CreateString("a\xff\xe2\x82z\x1b[0m"));
	cJSON_AddItemToArray(value, cJSON_CreateNumber(NAN));
	cJSON_AddItemToArray(value, cJSON_CreateNumber(-INFINITY));
	text = json_print(value);
	cr_expect_str_eq(text, "[\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\\u001b[0m\",null,null]");
	free(text);
	cJSON_Delete(value);
	text = json_print(NULL);
	cr_expect_str_eq(text, "null");
	free(text);
}

Test(json, numbers_come_back_the_same)
{
	uint64_t state = 1;

	for (int i = 0; i < 20000; i++) {
		cJSON *value, *back;
		double d;
		char *text;

		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		memcpy(&d, &state, sizeof d);
		if (i % 2)
			d = (double)(int64_t)state / (1 << (i % 30));
		if (!isfinite(d))
			continue;
		value = cJSON_CreateNumber(d);
		text = json_print(value);
		back = json_parse(text, strlen(text), NULL);
		cr_assert(back && back->valuedouble == d, "%s is not %a", text, d);
		free(text);
		cJSON_Delete(back);
		cJSON_Delete(value);
	}
}

Test(json, the_locale_does_not_matter)
{
	static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE"};
	cJSON *value;
	char *text;

	for (size_t i = 0; i < 3 && !setlocale(LC_ALL, names[i]); i++)
		;
	value = json_parse(TEXT("[1.5,2.25e1]"), NULL);
	cr_assert_not_null(value);
	text = json_print(value);
	cr_expect_str_eq(text, "[1.5,22.5]");
	free(text);
	cJSON_Delete(value);
	setlocale(LC_ALL, "C");
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
