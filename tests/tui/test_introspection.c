/* The schema language made of an introspection. */
#include "tui/introspection.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define NAMED(kind, name) "{\"kind\":\"" kind "\",\"name\":\"" name "\",\"ofType\":null}"
#define OF(kind, type) "{\"kind\":\"" kind "\",\"name\":null,\"ofType\":" type "}"

Test(introspection, prints)
{
	static const struct {
		const char *comment, *schema, *text;
	} rows[] = {
		{"nothing", "{}", ""},
		{"no list", "{\"types\":5}", ""},
		{"roots first, the language's own left out",
			"{\"queryType\":{\"name\":\"Q\"},\"mutationType\":null,\"types\":["
			"{\"kind\":\"SCALAR\",\"name\":\"String\"},{\"kind\":\"OBJECT\",\"name\":\"__Type\","
			"\"fields\":[]},"
			"{\"kind\":\"SCALAR\",\"name\":\"Date\"},"
			"{\"kind\":\"OBJECT\",\"name\":\"Q\",\"interfaces\":[],\"fields\":[{\"name\":"
			"\"rooms\",\"args\":["
			"{\"name\":\"ids\",\"defaultValue\":null,\"type\":" OF("NON_NULL",
				OF("LIST",
					OF("NON_NULL",
						NAMED("SCALAR",
							"ID")))) "},"
								 "{\"name\":\"n\",\"defaultValue\":\"10\","
								 "\"type\":" NAMED("SCALAR",
									 "Int") "}],"
										"\"type\":" OF("LIST",
											NAMED("OBJECT",
												"Room")) ",\""
													 "isD"
													 "epr"
													 "eca"
													 "ted"
													 "\":"
													 "tru"
													 "e}]"
													 "}]"
													 "}",
			"type Q {\n  rooms(ids: [ID!]!, n: Int = 10): [Room] @deprecated\n}\n\nscalar "
			"Date\n"},
		{"the other kinds",
			"{\"types\":[{\"kind\":\"ENUM\",\"name\":\"E\",\"enumValues\":[{\"name\":\"A\"},{"
			"\"name\":\"B\"}]},"
			"{\"kind\":\"UNION\",\"name\":\"U\",\"possibleTypes\":[{\"name\":\"X\"},{\"name\":"
			"\"Y\"}]},"
			"{\"kind\":\"INPUT_OBJECT\",\"name\":\"I\",\"inputFields\":[{\"name\":\"f\","
			"\"type\":" NAMED(
				"SCALAR", "Int") "}]},"
						 "{\"kind\":\"INTERFACE\",\"name\":\"N\",\"interfaces\":[{"
						 "\"name\":\"M\"},{\"name\":\"L\"}],"
						 "\"fields\":[{\"name\":\"id\",\"args\":[],\"type\":" NAMED(
							 "SCALAR", "ID") "}]}]}",
			"enum E {\n  A\n  B\n}\n\nunion U = X | Y\n\ninput I {\n  f: Int\n}\n\n"
			"interface N implements M & L {\n  id: ID\n}\n"},
		{"what is missing or of another type",
			"{\"types\":[{\"kind\":\"OBJECT\"},{\"kind\":7,\"name\":\"A\"},5,{\"kind\":"
			"\"OBJECT\",\"name\":\"B\","
			"\"fields\":[{},{\"name\":\"c\",\"type\":5,\"args\":{}}]}]}",
			"type ?\n\ntype B {\n  ?: ?\n  c: ?\n}\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char error[JSON_ERROR_SIZE] = "";
		cJSON *schema = json_parse(rows[i].schema, strlen(rows[i].schema), error);
		char *text = introspection_print(schema);

		cr_assert(schema, "%s: %s", rows[i].comment, error);
		cr_expect_str_eq(text, rows[i].text, "%s: %s", rows[i].comment, text);
		free(text);
		cJSON_Delete(schema);
	}
}
