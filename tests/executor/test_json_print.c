/* Printing, and that what is printed is read as the same. */
#include "executor/buffer.h"
#include "executor/json.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s) s, sizeof(s) - 1

Test(json_print, prints_canonically)
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

Test(json_print, prints_pretty)
{
	cJSON *value = json_parse(TEXT("{\"a\":[1,{\"b\":\"c\"}],\"d\":{},\"e\":[]}"), NULL);
	char *text = json_print_pretty(value);

	cr_expect_str_eq(text,
		"{\n  \"a\": [\n    1,\n    {\n      \"b\": \"c\"\n    }\n  ],\n  \"d\": {},\n  \"e\": "
		"[]\n}");
	free(text);
	cJSON_Delete(value);
}

Test(json_print, prints_only_valid_json)
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

Test(json_print, numbers_come_back_the_same)
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

Test(json_print, the_locale_does_not_matter)
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
