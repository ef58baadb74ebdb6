/* One value of one kind at a time, and which words it leaves to others. test_extract.c has whole requests. */
#include "orchestrator/extract.h"
#include "tests/orchestrator/made_tool.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* What a kind finds, and then "|" and the words that are left. */
static char *outcome(cJSON *value, const struct tokens *tokens)
{
	struct buffer b;
	char *text = value ? json_canonical(value) : xstrdup("-");

	buffer_init(&b, BUFFER_MAX_TEXT);
	buffer_appendf(&b, "%s|", text);
	for (size_t i = 0; i < tokens->count; i++)
		if (!tokens->items[i].used)
			buffer_appendf(&b, " %s", tokens->items[i].text);
	free(text);
	cJSON_Delete(value);
	return buffer_take(&b);
}

#define CITY "[{\"name\": \"city\", \"enum\": [\"New York\", \"York\", \"Rome\"]}]"
#define FROM "[{\"name\": \"origin\", \"enum\": [\"London\", \"Rome\"]}]"
#define TO "[{\"name\": \"destination\", \"enum\": [\"London\", \"Rome\"]}]"
#define REASON                                                                                               \
	"[{\"name\": \"reason\", \"enum\": [\"needed\", \"not needed\", \"wrong size\", \"wrong colour\"]}]"
#define SEAT "[{\"name\": \"seat\", \"pattern\": \"^[1-9][0-9]?[A-F]$\"}]"
#define CODE "[{\"name\": \"bookingCode\", \"pattern\": \"^[A-Z]{6}$\"}]"
#define ARTICLE "[{\"name\": \"article\", \"pattern\": \"^[A-Z]{2}-[0-9]{4}$\"}]"
#define BAGS "[{\"name\": \"pieces\", \"type\": \"number\", \"description\": \"How many bags\"}]"
#define PRICE "[{\"name\": \"maxPrice\", \"type\": \"number\"}]"
#define FLAG "[{\"name\": \"includeBreakfast\", \"type\": \"boolean\"}]"
#define NAME "[{\"name\": \"guestName\"}]"

Test(extract_parts, values)
{
	static const struct {
		const char *parameters, *utterance, *outcome;
	} rows[] = {
		/* one of a list */
		{CITY, "to New York please", "\"New York\"| to please"},
		{CITY, "to York", "\"York\"| to"},
		{CITY, "in york, new", "\"New York\"| in"},
		{CITY, "to Roem", "-| to Roem"},
		{CITY, "paris", "-| paris"},
		{FROM, "from Rome to London", "\"Rome\"| from to London"},
		{TO, "from Rome to London", "\"London\"| from Rome to"},
		{TO, "from Rome", "-| from Rome"},
		{TO, "Rome", "\"Rome\"|"},
		{TO, "to Lodnon", "\"London\"| to"},
		{REASON, "it is needed", "\"needed\"| it is"},
		{REASON, "it is not needed", "\"not needed\"| it is not"},
		{REASON, "I don't need it", "\"not needed\"| I don't it"},
		{REASON, "the size was wrong", "\"wrong size\"| the was"},
		{REASON, "it is wrong", "-| it is wrong"},

		/* codes */
		{SEAT, "seat 14C please", "\"14C\"| seat please"},
		{SEAT, "14 c", "\"14C\"|"},
		{SEAT, "fourteen C", "\"14C\"|"},
		{SEAT, "row 14", "-| row 14"},
		{CODE, "booking QWERTZ", "\"QWERTZ\"| booking"},
		{CODE, "cancel my flight", "-| cancel my flight"},
		{CODE, "my code is qwertz", "\"QWERTZ\"| my code is"},
		{CODE, "Q W E R T Z", "\"QWERTZ\"|"},
		{CODE, "quebec whiskey echo romeo tango zulu", "\"QWERTZ\"|"},
		{ARTICLE, "is ll 1042 there", "\"LL-1042\"| is there"},
		{ARTICLE, "LL-1042", "\"LL-1042\"|"},
		{ARTICLE, "LL dash 1042", "\"LL-1042\"|"},
		{ARTICLE, "article LL10424", "-| article LL10424"},

		/* numbers */
		{BAGS, "add two bags to seat 14", "2| add bags to seat 14"},
		{BAGS, "another bag", "1| another bag"},
		{BAGS, "room 204", "-| room 204"},
		{BAGS, "the second", "-| the second"},
		{BAGS, "I have one question", "-| I have one question"},
		{PRICE, "under 100 euros", "100| under euros"},
		{PRICE, "3 lamps for $50", "50| 3 lamps for"},
		{PRICE, "3 lamps", "-| 3 lamps"},
		{PRICE, "30", "30|"},

		/* yes and no */
		{FLAG, "with breakfast", "true| with breakfast"},
		{FLAG, "no breakfast", "false| no breakfast"},
		{FLAG, "without any breakfast", "false| without any breakfast"},
		{FLAG, "lunch", "-| lunch"},

		/* names */
		{NAME, "my name is Ann Miller and I", "\"Ann Miller\"| my name is and I"},
		{NAME, "under the name of Miller", "\"Miller\"| under the name of"},
		{NAME, "this is Ann, hello", "\"Ann\"| this is hello"},
		{NAME, "I am late", "-| I am late"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct made_tool made;
		const struct parameter *parameter;
		struct parameter_shape shape;
		struct tokens tokens;
		cJSON *value = NULL;
		char *text;

		made_tool_init(&made, rows[i].parameters);
		parameter = &made.tool.parameters[0];
		parameter_shape_init(&shape, parameter);
		tokens_init(&tokens, rows[i].utterance);
		tokens_stem(&tokens);
		switch (shape.kind) {
		case VALUE_ENUM: value = extract_enum(parameter, shape.relation, &tokens); break;
		case VALUE_PATTERN: value = extract_pattern(&made.tool, parameter, &shape, &tokens); break;
		case VALUE_NUMBER: value = extract_number(parameter, &tokens); break;
		case VALUE_BOOLEAN: value = extract_boolean(parameter, &tokens); break;
		case VALUE_NAME: value = extract_name(parameter, &tokens); break;
		default: cr_assert_fail("%s: kind %d", rows[i].parameters, (int)shape.kind);
		}
		text = outcome(value, &tokens);
		cr_expect_str_eq(text, rows[i].outcome, "\"%s\": %s, not %s", rows[i].utterance, text,
			rows[i].outcome);
		free(text);
		tokens_done(&tokens);
		parameter_shape_done(&shape);
		made_tool_done(&made);
	}
}

/* Kinds that need nothing but the words. */
Test(extract_parts, by_their_form)
{
	static const struct {
		cJSON *(*extract)(struct tokens *tokens);
		const char *utterance, *outcome;
	} rows[] = {
		{extract_time, "at 7:30 pm sharp", "\"19:30\"| at sharp"},
		{extract_time, "7.30pm", "\"19:30\"|"},
		{extract_time, "noon", "\"12:00\"|"},
		{extract_time, "12 pm", "\"12:00\"|"},
		{extract_time, "24:00", "\"00:00\"|"},
		{extract_time, "13 pm", "-| 13 pm"},
		{extract_time, "7:60", "-| 7:60"},
		{extract_time, "seven people", "-| seven people"},
		{extract_email, "mail ann@example.org now", "\"ann@example.org\"| mail now"},
		{extract_email, "ann dot miller at example dot org", "\"ann.miller@example.org\"|"},
		{extract_email, "ann@", "-| ann@"},
		{extract_email, "@example.org", "-| @example.org"},
		{extract_email, "a@b@c.org", "-| a@b@c.org"},
		{extract_email, "meet me at noon", "-| meet me at noon"},
		{extract_phone, "call (030) 123-4567 now", "\"(030) 123-4567\"| call now"},
		{extract_phone, "call 123456", "-| call 123456"},
		{extract_phone, "1234567890123456", "-| 1234567890123456"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tokens tokens;
		char *text;

		tokens_init(&tokens, rows[i].utterance);
		text = outcome(rows[i].extract(&tokens), &tokens);
		cr_expect_str_eq(text, rows[i].outcome, "\"%s\": %s, not %s", rows[i].utterance, text,
			rows[i].outcome);
		free(text);
		tokens_done(&tokens);
	}
}

Test(extract_parts, shapes)
{
	static const struct {
		const char *parameters;
		enum value_kind kind;
		enum relation relation;
		bool patterned;
		const char *comment;
	} rows[] = {
		{SEAT, VALUE_PATTERN, RELATION_NONE, true, "a pattern"},
		{"[{\"name\": \"x\", \"pattern\": \".*\"}]", VALUE_PATTERN, RELATION_NONE, false,
			"one that takes anything"},
		{"[{\"name\": \"x\", \"pattern\": \"(\"}]", VALUE_PATTERN, RELATION_NONE, false,
			"a broken one"},
		{FROM, VALUE_ENUM, RELATION_FROM, false, "a list"},
		{TO, VALUE_ENUM, RELATION_TO, false, "another"},
		{BAGS, VALUE_NUMBER, RELATION_NONE, false, "a number"},
		{FLAG, VALUE_BOOLEAN, RELATION_NONE, false, "yes or no"},
		{NAME, VALUE_NAME, RELATION_NONE, false, "a name"},
		{"[{\"name\": \"checkIn\", \"format\": \"date\"}]", VALUE_DAY, RELATION_NONE, false, "a day"},
		{"[{\"name\": \"email\"}]", VALUE_EMAIL, RELATION_NONE, false, "an address"},
		{"[{\"name\": \"phone\"}]", VALUE_PHONE, RELATION_NONE, false, "a telephone"},
		{"[{\"name\": \"time\"}]", VALUE_TIME, RELATION_NONE, false, "a time"},
		{"[{\"name\": \"query\"}]", VALUE_SENTENCE, RELATION_NONE, false, "a sentence"},
		{"[{\"name\": \"reason\"}]", VALUE_TEXT, RELATION_NONE, false, "free text"},
		{"[{\"name\": \"filter\", \"type\": \"json\"}]", VALUE_JSON, RELATION_NONE, false, "JSON"},
		{"[{\"name\": \"thing\"}]", VALUE_OTHER, RELATION_NONE, false, "anything"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct made_tool made;
		struct parameter_shape own;
		const struct parameter_shape *shape;

		made_tool_init(&made, rows[i].parameters);
		shape = parameter_shape_of(&made.tool, &made.tool.parameters[0], &own);
		cr_expect_eq(shape, &own, "%s: it has no workflow to be kept with", rows[i].comment);
		cr_expect_eq(shape->kind, rows[i].kind, "%s: %d", rows[i].comment, (int)shape->kind);
		cr_expect_eq(shape->relation, rows[i].relation, "%s", rows[i].comment);
		cr_expect_eq(shape->patterned, rows[i].patterned, "%s", rows[i].comment);
		parameter_shape_drop(shape, &own);
		made_tool_done(&made);
	}
}
