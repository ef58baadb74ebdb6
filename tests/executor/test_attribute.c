/* Attributes as text, as JSON, and as copies to keep. */
#include "executor/attribute.h"
#include "executor/json.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

Test(attribute, text_and_json)
{
	struct {
		struct attribute attribute;
		const char *text, *json;
	} rows[] = {
		{attr_str("k", "v \"q\""), "v \"q\"", "{\"k\":\"v \\\"q\\\"\"}"},
		{attr_str("k", NULL), "", "{\"k\":\"\"}"},
		{attr_int("k", -5), "-5", "{\"k\":-5}"},
		{attr_int("k", INT64_MIN), "-9223372036854775808", "{\"k\":-9223372036854775808}"},
		{attr_int("k", INT64_MAX), "9223372036854775807", "{\"k\":9223372036854775807}"},
		{attr_int("k", INT64_C(9007199254740993)), "9007199254740993", "{\"k\":9007199254740993}"},
		{attr_double("k", 0.25), "0.25", "{\"k\":0.25}"},
		{attr_double("k", NAN), "nan", "{\"k\":null}"},
		{attr_bool("k", true), "true", "{\"k\":true}"},
		{attr_bool("k", false), "false", "{\"k\":false}"},
	};
	char buf[64];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cJSON *json = attributes_to_json(&rows[i].attribute, 1);
		char *text = json_print(json);

		cr_expect_str_eq(attribute_format(&rows[i].attribute, buf, sizeof buf), rows[i].text);
		cr_expect_str_eq(text, rows[i].json);
		free(text);
		cJSON_Delete(json);
	}
}

Test(attribute, none_is_an_empty_object)
{
	cJSON *json = attributes_to_json(NULL, 0);
	char *text = json_print(json);

	cr_expect_str_eq(text, "{}");
	free(text);
	cJSON_Delete(json);
}

Test(attribute, copies)
{
	static const struct {
		const char *comment, *key, *value, *kept;
	} rows[] = {
		{"harmless", "k", "v", "v"},
		{"empty", "k", "", ""},
		{"registered", "k", "a hunter2", "a [redacted]"},
		{"secret name", "password", "v", "[redacted]"},
		{"secret name, nothing in it", "password", "", ""},
		{"harmless name", "token_type", "bearer", "bearer"},
	};
	struct redactor *r = redactor_new();
	struct arena arena = {0};

	redactor_add(r, "hunter2");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char value[32];
		struct attribute copy;

		strcpy(value, rows[i].value);
		copy = attribute_copy(&arena, r, attr_str(rows[i].key, value), NULL);
		memset(value, '?', sizeof value);
		cr_expect_str_eq(copy.value.string, rows[i].kept, "%s", rows[i].comment);
		cr_expect_eq(copy.key, rows[i].key, "%s: keys are not copied", rows[i].comment);
	}
	cr_expect_eq(attribute_copy(&arena, r, attr_int("password", 5), NULL).value.integer, 5);
	cr_expect_null(attribute_copy_text(&arena, r, NULL, NULL));
	arena_done(&arena);
	redactor_free(r);
}

/* A secret that the cut would tear in two is taken out before the cut. */
Test(attribute, cut_after_redaction)
{
	struct redactor *r = redactor_new();
	struct arena arena = {0};
	char *text = malloc(ATTRIBUTE_MAX_BYTES + 20), *kept;

	redactor_add(r, "hunter2");
	memset(text, 'x', ATTRIBUTE_MAX_BYTES + 19);
	text[ATTRIBUTE_MAX_BYTES + 19] = '\0';
	memcpy(text + ATTRIBUTE_MAX_BYTES - 4, "hunter2", 7);
	kept = attribute_copy_text(&arena, r, text, NULL);
	cr_expect_null(strstr(kept, "hunt"));
	cr_expect_lt(strlen(kept), ATTRIBUTE_MAX_BYTES + 40);
	cr_expect(strstr(kept, " more bytes]"));
	arena_done(&arena);
	free(text);
	redactor_free(r);
}

Test(attribute, replaced)
{
	static const struct {
		const char *comment, *first, *second;
		bool same_place;
	} rows[] = {
		{"longer", "ab", "abc", false},
		{"as long", "abc", "xyz", true},
		{"shorter", "abc", "x", true},
		{"empty", "abc", "", true},
		{"for nothing", "", "", true},
	};
	struct arena arena = {0};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct attribute first = attribute_copy(&arena, NULL, attr_str("k", rows[i].first), NULL);
		struct attribute second = attribute_copy(&arena, NULL, attr_str("k", rows[i].second), &first);

		cr_expect_str_eq(second.value.string, rows[i].second, "%s", rows[i].comment);
		cr_expect_eq(
			second.value.string == first.value.string, rows[i].same_place, "%s", rows[i].comment);
	}
	cr_expect_str_eq(attribute_copy_text(&arena, NULL, "tail", NULL), "tail");
	arena_done(&arena);
}

/* What replaces a text may be a part of it. */
Test(attribute, replaced_by_its_own_end)
{
	struct arena arena = {0};
	char *text = attribute_copy_text(&arena, NULL, "abcdef", NULL);

	cr_expect_str_eq(attribute_copy_text(&arena, NULL, text + 2, text), "cdef");
	arena_done(&arena);
}
