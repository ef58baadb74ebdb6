/* Every code has the name and the message of its row. */
#include "executor/errcode.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>

Test(errcode, names)
{
	static const struct {
		enum errcode code;
		long status;
		const char *name;
	} rows[] = {
		{ERR_NONE, 0, ""},
		{ERR_NONE, 503, ""},
		{ERR_MOCK_NO_OUTPUT, 0, "MOCK_NO_OUTPUT"},
		{ERR_REST_STATUS, 503, "REST_503"},
		{ERR_GRAPHQL_STATUS, 400, "GRAPHQL_400"},
		{ERR_REST_NETWORK_ERROR, 503, "REST_NETWORK_ERROR"},
		{ERR_INTEGRATION_EXECUTION_ERROR, 0, "INTEGRATION_EXECUTION_ERROR"},
		{ERR_INVALID_ARGUMENT, 0, "INVALID_ARGUMENT"},
	};
	char buf[ERRCODE_SIZE];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_str_eq(errcode_format(rows[i].code, rows[i].status, buf), rows[i].name);
	errcode_format(ERR_GRAPHQL_STATUS, LONG_MIN, buf);
	cr_expect_str_eq(buf, "GRAPHQL_-9223372036854775808", "the longest fits");
}

Test(errcode, every_row_is_whole)
{
	char buf[ERRCODE_SIZE];

	cr_expect_str_eq(errcode_message(ERR_NONE), "");
#define CHECK_ROW(name, text)                                                                                \
	cr_expect(!strcmp(errcode_format(ERR_##name, 0, buf), #name) || strstr(#name, "_STATUS"), "%s",      \
		#name);                                                                                      \
	cr_expect_str_eq(errcode_message(ERR_##name), text);                                                 \
	cr_expect_lt(sizeof #name, ERRCODE_SIZE);
	ERRCODES(CHECK_ROW)
#undef CHECK_ROW
}
