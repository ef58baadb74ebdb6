/* Where a value stands in its text. */
#include "executor/buffer.h"
#include "executor/json.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s) s, sizeof(s) - 1

static const char places[] = "{\n"
			     "  \"nodes\": [\n"
			     "    {\"id\": \"a\", \"a/b\": 1, \"m~n\": 2},\n"
			     "    {\"id\": [true, {}], \"\\u0069x\": 3, \"\": 4}\n"
			     "  ],\n"
			     "  \"id\": \"first\", \"id\": \"second\",\n"
			     "  \"na-me\": 5, \"na\": {\"me\": 6}\n"
			     "}\n";

Test(json_locate, locates)
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

Test(json_locate, locates_every_value)
{
	static const char text[] =
		"{\"a\":[[],[[1,2],{}],\"x\"],\"~/\\\"\\n\":{\"/\":[null,true],\"~1\":{\"\":-1.5}},"
		"\"\xc3\xa9\":{\"a\":{\"a\":{\"a\":0}}}}";
	cJSON *value = json_parse(TEXT(text), NULL);

	cr_assert_not_null(value);
	check_everywhere(TEXT(text), value, "");
	cJSON_Delete(value);
}

/* A scalar in the innermost container is found like any other. */
Test(json_locate, locates_at_the_greatest_depth)
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
