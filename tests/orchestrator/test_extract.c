/* Values found in words: every kind of parameter, as people say and write it. */
#include "orchestrator/extract.h"
#include "orchestrator/planner.h"
#include "tests/orchestrator/made_tool.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Sunday 22 November 2026, 12:00 UTC */
#define NOW 1795348800000000000u

#define CODE "[{\"name\":\"reservationNumber\",\"pattern\":\"^[A-Z]{3}[0-9]{3}$\",\"required\":true}]"
#define ROOM "[{\"name\":\"room\",\"pattern\":\"^[1-9][0-9]{2}$\"}]"
#define STAY "[{\"name\":\"checkIn\",\"format\":\"date\"},{\"name\":\"checkOut\",\"format\":\"date\"}]"
#define DATE "[{\"name\":\"date\"}]"
#define COUNT "[{\"name\":\"quantity\",\"type\":\"number\"}]"
#define KIND                                                                                                 \
	"[{\"name\":\"kind\",\"enum\":[\"club sandwich\",\"caesar salad\",\"fish and chips\",\"bottle of "   \
	"wine\"]}]"

Test(extract, values)
{
	static const struct {
		const char *parameters, *utterance, *expected, *comment;
	} cases[] = {
		{CODE, "look at ABC123, please", "{\"reservationNumber\":\"ABC123\"}", "between punctuation"},
		{CODE, "abc123", "{\"reservationNumber\":\"ABC123\"}", "lower case"},
		{CODE, "ABC 123", "{\"reservationNumber\":\"ABC123\"}", "in two words"},
		{CODE, "abc 123", "{\"reservationNumber\":\"ABC123\"}", "nothing else said"},
		{CODE, "a b c 1 2 3", "{\"reservationNumber\":\"ABC123\"}", "spelled"},
		{CODE, "it is D E F four five six thank you", "{\"reservationNumber\":\"DEF456\"}",
			"spelled in words"},
		{CODE, "A B C one oh nine", "{\"reservationNumber\":\"ABC109\"}", "oh for zero"},
		{CODE, "ABC dash 123", "{\"reservationNumber\":\"ABC123\"}", "a spoken hyphen"},
		{CODE, "the table for 200 people", "{}", "for 200 is no code"},
		{CODE, "my dog ate 123 bones", "{}", "nor is a word before a number"},
		{CODE, "ABC1234 or AB123", "{}", "too long, too short"},
		{CODE, "not ABC123 but DEF456", "{\"reservationNumber\":\"DEF456\"}", "what is not meant"},
		{ROOM, "300 guests in room 204", "{\"room\":\"204\"}", "the number beside the name"},
		{ROOM, "room two oh four", "{\"room\":\"204\"}", "digit by digit"},
		{ROOM, "room three hundred and twelve", "{\"room\":\"312\"}", "as a number"},
		{ROOM, "room 12", "{}", "too few digits"},
		{"[{\"name\":\"card\",\"pattern\":\"^[0-9]{4} [0-9]{4}$\"}]", "it is 1234 5678",
			"{\"card\":\"1234 5678\"}", "a pattern with a space"},
		{"[{\"name\":\"ref\",\"pattern\":\"T-[0-9]+\"}]", "ticket (t-77)!", "{\"ref\":\"T-77\"}",
			"unanchored"},
		{"[{\"name\":\"any\",\"pattern\":\".*\"}]", "whatever you say", "{}",
			"a pattern that takes all tells nothing"},
		{"[{\"name\":\"bad\",\"pattern\":\"([\"}]", "whatever", "{}", "a pattern that is broken"},

		{DATE, "on 2026-12-01", "{\"date\":\"2026-12-01\"}", "ISO"},
		{DATE, "1 December", "{\"date\":\"2026-12-01\"}", "day month"},
		{DATE, "December 1st", "{\"date\":\"2026-12-01\"}", "month ordinal"},
		{DATE, "the first of December", "{\"date\":\"2026-12-01\"}", "ordinal in words"},
		{DATE, "3 Jan 2028", "{\"date\":\"2028-01-03\"}", "with a year"},
		{DATE, "1 March", "{\"date\":\"2027-03-01\"}", "past this year: next year"},
		{DATE, "29 February", "{\"date\":\"2028-02-29\"}", "the next that exists"},
		{DATE, "31 April", "{}", "none that exists"},
		{DATE, "2026-02-30", "{}", "nor that"},
		{DATE, "today", "{\"date\":\"2026-11-22\"}", "today"},
		{DATE, "tomorrow morning", "{\"date\":\"2026-11-23\"}", "tomorrow"},
		{DATE, "the day after tomorrow", "{\"date\":\"2026-11-24\"}", "two days on"},
		{DATE, "in two weeks", "{\"date\":\"2026-12-06\"}", "a distance"},
		{DATE, "in 10 days", "{\"date\":\"2026-12-02\"}", "a distance in digits"},
		{DATE, "on wednesday", "{\"date\":\"2026-11-25\"}", "a weekday"},
		{DATE, "sunday", "{\"date\":\"2026-11-29\"}", "today's weekday is a week on"},
		{DATE, "next friday", "{\"date\":\"2026-11-27\"}", "of the next calendar week"},
		{DATE, "on the 3rd", "{\"date\":\"2026-12-03\"}", "of the next month that has it to come"},
		{DATE, "24/12/2026", "{\"date\":\"2026-12-24\"}", "with slashes"},
		{DATE, "12/24/2026", "{\"date\":\"2026-12-24\"}",
			"the other way round where only that can be"},
		{DATE, "may I come in", "{}", "may is a verb, too"},
		{DATE, "a quarter past seven", "{}", "no day"},

		{STAY, "from 1 December to 3 December",
			"{\"checkIn\":\"2026-12-01\",\"checkOut\":\"2026-12-03\"}", "two"},
		{STAY, "from 1 to 3 December", "{\"checkIn\":\"2026-12-01\",\"checkOut\":\"2026-12-03\"}",
			"one month"},
		{STAY, "December 1 to 3", "{\"checkIn\":\"2026-12-01\",\"checkOut\":\"2026-12-03\"}",
			"month first"},
		{STAY, "until 3 December from 1 December",
			"{\"checkIn\":\"2026-12-01\",\"checkOut\":\"2026-12-03\"}", "the end said first"},
		{STAY, "tomorrow for 3 nights", "{\"checkIn\":\"2026-11-23\",\"checkOut\":\"2026-11-26\"}",
			"a length"},
		{STAY, "for a week from friday", "{\"checkIn\":\"2026-11-27\",\"checkOut\":\"2026-12-04\"}",
			"a week"},
		{STAY, "staying until friday", "{\"checkOut\":\"2026-11-27\"}", "an end alone"},
		{STAY, "28 December for five nights",
			"{\"checkIn\":\"2026-12-28\",\"checkOut\":\"2027-01-02\"}", "over the year's end"},

		{COUNT, "bring 3", "{\"quantity\":3}", "digits"},
		{COUNT, "twenty-five of them", "{\"quantity\":25}", "hyphenated"},
		{COUNT, "two hundred and four", "{\"quantity\":204}", "in words"},
		{COUNT, "1,250.5 of it", "{\"quantity\":1250.5}", "with a comma"},
		{COUNT, "a dozen eggs", "{\"quantity\":12}", "a dozen"},
		{COUNT, "is there one that works", "{}", "one as a pronoun"},
		{COUNT, "the third", "{}", "an ordinal is no count"},
		{"[{\"name\":\"nights\",\"type\":\"number\"},{\"name\":\"guests\",\"type\":\"number\"}]",
			"two guests for 3 nights", "{\"guests\":2,\"nights\":3}", "each beside its name"},
		{"[{\"name\":\"amount\",\"type\":\"number\"}]",
			"pay \xE2\x82\xAC"
			"20.50",
			"{\"amount\":20.5}", "money"},

		{KIND, "a club sandwich", "{\"kind\":\"club sandwich\"}", "as it stands"},
		{KIND, "two SANDWICHES", "{\"kind\":\"club sandwich\"}", "a part, in the plural"},
		{KIND, "fish and chips", "{\"kind\":\"fish and chips\"}", "with a stop word inside"},
		{KIND, "some wine", "{\"kind\":\"bottle of wine\"}", "the word that tells"},
		{KIND, "pizza", "{}", "none of them"},
		{"[{\"name\":\"size\",\"type\":\"number\",\"enum\":[10,20]}]", "the 20 please",
			"{\"size\":20}", "a list of numbers"},

		{"[{\"name\":\"email\"}]", "write to ada@example.org.", "{\"email\":\"ada@example.org\"}",
			"an address"},
		{"[{\"name\":\"email\"}]", "ada at home", "{}", "no address"},
		{"[{\"name\":\"phone\"}]", "call +49 30 123 456 please", "{\"phone\":\"+49 30 123 456\"}",
			"a phone number"},
		{"[{\"name\":\"phone\"}]", "room 204", "{}", "too short for one"},
		{"[{\"name\":\"time\"}]", "a table at 7 pm", "{\"time\":\"19:00\"}", "in the evening"},
		{"[{\"name\":\"time\"}]", "19:30 for two", "{\"time\":\"19:30\"}", "on the clock"},
		{"[{\"name\":\"time\"}]", "seven o'clock", "{\"time\":\"07:00\"}", "in words"},
		{"[{\"name\":\"time\"}]", "12 am", "{\"time\":\"00:00\"}", "midnight"},
		{"[{\"name\":\"time\"}]", "for 2 people", "{}", "a number is no time"},
		{"[{\"name\":\"guestName\"}]", "my name is Ada Lovelace and I",
			"{\"guestName\":\"Ada Lovelace\"}", "a name"},
		{"[{\"name\":\"lastName\"}]", "this is Ada Lovelace", "{\"lastName\":\"Lovelace\"}",
			"its last part"},
		{"[{\"name\":\"guestName\"}]", "I am hungry", "{}", "no name"},
		{"[{\"name\":\"breakfast\",\"type\":\"boolean\"}]", "with breakfast", "{\"breakfast\":true}",
			"yes"},
		{"[{\"name\":\"includeBreakfast\",\"type\":\"boolean\"}]", "without any breakfast",
			"{\"includeBreakfast\":false}", "no"},
		{"[{\"name\":\"breakfast\",\"type\":\"boolean\"}]", "a room", "{}", "not said"},
		{"[{\"name\":\"filter\",\"type\":\"json\"}]", "with {\"a\": [1]} please",
			"{\"filter\":{\"a\":[1]}}", "JSON"},
		{"[{\"name\":\"filter\",\"type\":\"json\"}]", "with {broken} please", "{}", "no JSON"},
		{"[{\"name\":\"query\"}]", "when is breakfast", "{\"query\":\"when is breakfast\"}",
			"a sentence"},
		{"[{\"name\":\"item\"}]", "please order a large pizza with olives",
			"{\"item\":\"large pizza with olives\"}", "what is left"},
		{"[{\"name\":\"item\"}]", "I would like to order something please",
			"{\"item\":\"something\"}", "little is left"},
		{"[{\"name\":\"item\"}]", "can I order", "{}", "nothing is left"},
		{"[{\"name\":\"city\"}]", "the city is Paris", "{\"city\":\"Paris\"}",
			"a plain string by its name"},
		{"[{\"name\":\"city\",\"examples\":[\"Paris\",\"New York\"]}]", "fly to new york",
			"{\"city\":\"New York\"}", "by its examples"},
		{"[{\"name\":\"city\"}]", "hello", "{}", "a plain string that was not said"},
	};

	setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct made_tool made;
		cJSON *args;
		char *text;

		made_tool_init(&made, cases[i].parameters);
		args = planner_arguments(&made.tool, cases[i].utterance, NULL, NOW);
		text = json_canonical(args);
		cr_expect_str_eq(text, cases[i].expected, "%s: \"%s\": %s, not %s", cases[i].comment,
			cases[i].utterance, text, cases[i].expected);
		free(text);
		cJSON_Delete(args);
		made_tool_done(&made);
	}
}

Test(extract, answers)
{
	static const struct {
		const char *parameters, *utterance, *expected, *comment;
	} cases[] = {
		{"[{\"name\":\"city\"}]", "it's Paris, please", "\"Paris\"",
			"a plain string takes the words"},
		{"[{\"name\":\"guestName\"}]", "Ada Lovelace", "\"Ada Lovelace\"", "so does a name"},
		{"[{\"name\":\"reason\"}]", "the room is too loud", "\"room is too loud\"", "and free text"},
		{"[{\"name\":\"late\",\"type\":\"boolean\"}]", "yes please", "true", "yes"},
		{"[{\"name\":\"late\",\"type\":\"boolean\"}]", "no", "false", "no"},
		{"[{\"name\":\"late\",\"type\":\"boolean\"}]", "perhaps", NULL, "neither"},
		{CODE, "I do not have it", NULL, "no code in it"},
		{COUNT, "one", "1", "one alone is a count"},
		{"[{\"name\":\"query\"}]", "breakfast", "\"breakfast\"", "a sentence"},
		{"[{\"name\":\"city\"}]", "please", NULL, "nothing but politeness"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct made_tool made;
		cJSON *value;
		char *text;

		made_tool_init(&made, cases[i].parameters);
		value = extract_answer(&made.tool, &made.tool.parameters[0], cases[i].utterance, NOW);
		text = value ? json_canonical(value) : xstrdup("NULL");
		cr_expect_str_eq(text, cases[i].expected ? cases[i].expected : "NULL", "%s: %s",
			cases[i].comment, text);
		free(text);
		cJSON_Delete(value);
		made_tool_done(&made);
	}
}

Test(extract, hostile)
{
	static const char *const parameters[] = {CODE, ROOM, STAY, COUNT, KIND, "[{\"name\":\"time\"}]",
		"[{\"name\":\"phone\"}]", "[{\"name\":\"item\"}]", "[{\"name\":\"guestName\"}]"};
	static const char *const utterances[] = {"", " ", "\x01\x1b[2J\x7f", "\xFF\xFE\xE2\x80",
		"'''\"\"..,,", "- - - -", "99999999999999999999999999999999999999", "1/1", "//",
		"00:99 99:00 pm", "31 31 31 of of december", "0000-00-00 9999-99-99",
		"hundred hundred thousand thousand million", "in in in 3 3 days", "the the the"};

	for (size_t p = 0; p < sizeof(parameters) / sizeof(parameters[0]); p++)
		for (size_t u = 0; u < sizeof(utterances) / sizeof(utterances[0]); u++) {
			struct made_tool made;
			cJSON *args;

			made_tool_init(&made, parameters[p]);
			args = planner_arguments(&made.tool, utterances[u], NULL, NOW);
			cr_expect(cJSON_IsObject(args), "%s", utterances[u]);
			cr_expect_null(json_get(args, "reservationNumber"), "%s", utterances[u]);
			cJSON_Delete(args);
			made_tool_done(&made);
		}
}
