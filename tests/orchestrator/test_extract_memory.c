/* What is taken from memory, and what has to be said anew. */
#include "orchestrator/extract.h"
#include "tests/orchestrator/made_tool.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define CODE "[{\"name\": \"reservationNumber\", \"required\": true, \"pattern\": \"^[A-Z]{3}[0-9]{3}$\"}]"
#define OPTIONAL "[{\"name\": \"reservationNumber\", \"pattern\": \"^[A-Z]{3}[0-9]{3}$\"}]"
#define COUNT "[{\"name\": \"quantity\", \"type\": \"number\", \"required\": true}]"
#define DAY "[{\"name\": \"date\", \"format\": \"date\"}]"
#define ROOM "[{\"name\": \"room\", \"required\": true, \"pattern\": \"^[1-9][0-9]{2}$\"}]"
#define QUERY "[{\"name\": \"query\", \"required\": true}]"
#define NUMBER "{\"reservationNumber\": \"ABC123\"}"

Test(extract_memory, values)
{
	static const struct {
		const char *comment, *parameters, *utterance, *memory, *known, *expected;
	} rows[] = {
		{"what names the thing", CODE, "cancel my booking", NUMBER, "{}",
			"{\"reservationNumber\":\"ABC123\"}"},
		{"what is said counts", CODE, "cancel it", NUMBER, "{\"reservationNumber\": \"DEF456\"}",
			"{\"reservationNumber\":\"DEF456\"}"},
		{"under a like name", CODE, "cancel it", "{\"reservation_number\": \"ABC123\"}", "{}",
			"{\"reservationNumber\":\"ABC123\"}"},
		{"by the end of its name", CODE, "cancel it", "{\"number\": \"ABC123\"}", "{}",
			"{\"reservationNumber\":\"ABC123\"}"},
		{"the end alone, and another shape", CODE, "cancel it", "{\"number\": \"12\"}", "{}", "{}"},
		{"its own name, and another shape", CODE, "cancel it", "{\"reservationNumber\": \"12\"}",
			"{}", "{}"},
		{"another name", CODE, "cancel it", "{\"guest\": \"ABC123\"}", "{}", "{}"},
		{"a number for a text", ROOM, "towels please", "{\"room\": 204}", "{}", "{\"room\":\"204\"}"},
		{"a text for a number", COUNT, "the same again", "{\"quantity\": \"2\"}", "{}", "{}"},
		{"an empty text", CODE, "cancel it", "{\"reservationNumber\": \"\"}", "{}", "{}"},
		{"how many is said anew", COUNT, "coffee", "{\"quantity\": 2}", "{}", "{}"},
		{"unless it is the same", COUNT, "the same again", "{\"quantity\": 2}", "{}",
			"{\"quantity\":2}"},
		{"an option is not assumed", OPTIONAL, "rooms please", NUMBER, "{}", "{}"},
		{"unless words refer to it", OPTIONAL, "is it confirmed", NUMBER, "{}",
			"{\"reservationNumber\":\"ABC123\"}"},
		{"a day never comes back by itself", DAY, "the same again", "{\"date\": \"2026-12-01\"}",
			"{}", "{}"},
		{"a sentence is always new", QUERY, "the same again", "{\"query\": \"pool\"}", "{}", "{}"},
		{"an empty memory", CODE, "cancel it", "{}", "{}", "{}"},
		{"no memory", CODE, "cancel it", NULL, "{}", "{}"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cJSON *memory = rows[i].memory ? cJSON_Parse(rows[i].memory) : NULL;
		cJSON *args = cJSON_Parse(rows[i].known);
		struct made_tool made;
		struct tokens tokens;
		char *text;

		made_tool_init(&made, rows[i].parameters);
		tokens_init(&tokens, rows[i].utterance);
		extract_from_memory(&made.tool, &tokens, memory, args);
		text = json_canonical(args);
		cr_expect_str_eq(text, rows[i].expected, "%s: %s", rows[i].comment, text);
		free(text);
		tokens_done(&tokens);
		made_tool_done(&made);
		cJSON_Delete(memory);
		cJSON_Delete(args);
	}
}
