/* Keys: what makes the same one, what another, and how they are written. */
#include "executor/idempotency.h"
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char *key_of(const char *run, const char *node, const char *arguments)
{
	cJSON *json = arguments ? rig_json(arguments) : NULL;
	char *key = idempotency_key(run, node, json);

	cJSON_Delete(json);
	return key;
}

Test(idempotency, same_or_another)
{
	static const struct {
		const char *run, *node, *arguments;
		bool same;
		const char *comment;
	} rows[] = {
		{"r1", "pay", "{'a':1,'b':{'c':[1,2],'d':'x'}}", true, "again"},
		{"r1", "pay", " { 'b' : {'d':'x','c':[1,2]}, 'a':1.0 } ", true, "order and spaces"},
		{"r2", "pay", "{'a':1,'b':{'c':[1,2],'d':'x'}}", false, "another run"},
		{"r1", "book", "{'a':1,'b':{'c':[1,2],'d':'x'}}", false, "another node"},
		{"r1", "pay", "{'a':2,'b':{'c':[1,2],'d':'x'}}", false, "another value"},
		{"r1", "pay", "{'a':'1','b':{'c':[1,2],'d':'x'}}", false, "another type"},
		{"r1", "pay", "{'a':1,'b':{'c':[2,1],'d':'x'}}", false, "another order of items"},
		{"r1p", "ay", "{'a':1,'b':{'c':[1,2],'d':'x'}}", false, "parts do not flow together"},
		{"r1", "pay", NULL, false, "no arguments"},
	};
	char *first = key_of(rows[0].run, rows[0].node, rows[0].arguments);

	cr_expect_eq(strlen(first), 34);
	cr_expect(first[0] == '"' && first[33] == '"', "a quoted string: %s", first);
	cr_expect_eq(strspn(first + 1, "0123456789abcdef"), 32, "%s", first);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *key = key_of(rows[i].run, rows[i].node, rows[i].arguments);

		cr_expect_eq(!strcmp(key, first), rows[i].same, "%s", rows[i].comment);
		free(key);
	}
	free(first);
}

Test(idempotency, no_arguments_are_an_empty_object)
{
	char *none = key_of("r", "n", NULL), *empty = key_of("r", "n", "{}");

	cr_expect_str_eq(none, empty);
	free(none);
	free(empty);
}

Test(idempotency, quote)
{
	static const struct {
		const char *text, *quoted, *comment;
	} rows[] = {
		{"order-1", "\"order-1\"", "plain"},
		{"a\"b\\c", "\"a\\\"b\\\\c\"", "quotes and backslashes"},
		{" ~", "\" ~\"", "the ends of what is allowed"},
		{"", NULL, "empty"},
		{"a\tb", NULL, "control byte"},
		{"a\nb", NULL, "line break"},
		{"\xc3\xa9", NULL, "not ASCII"},
		{"\x7f", NULL, "DEL"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *quoted = idempotency_quote(rows[i].text);

		if (rows[i].quoted)
			cr_expect_str_eq(quoted, rows[i].quoted, "%s", rows[i].comment);
		else
			cr_expect_null(quoted, "%s", rows[i].comment);
		free(quoted);
	}
}
