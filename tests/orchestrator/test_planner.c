/* What utterances mean over the hotel: which department, which tool, which arguments; what must not be
 * understood; and how what was said before changes what is meant. A wrong row prints the utterance and what
 * came out. */
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Sunday 22 November 2026, 12:00 UTC */
#define NOW 1795348800000000000u

static struct workflow *hotel(void)
{
	setenv("TZ", "UTC", 1);
	return stage_load("assets/hotel.json");
}

static const char *node_id(const struct tool *tool)
{
	return tool->node->id;
}

/* "lookup {...} ?reservationNumber" for each step, departments followed to their tools with the same memory.
 */
static void describe(struct buffer *b, const struct node *agent, const char *utterance, const cJSON *memory)
{
	struct plan_context context = {.language = "en", .memory = memory, .now_realtime_ns = NOW};
	struct tool_set set;
	struct plan plan;

	tool_set_init(&set, agent, NULL);
	planner_plan(&set, utterance, &context, &plan);
	for (size_t i = 0; i < plan.count; i++) {
		const struct plan_step *step = &plan.steps[i];
		cJSON *shown = json_copy(step->arguments);
		char *args;

		/* the question itself, which a knowledge base or a tool without parameters takes, is not
		 * worth a row */
		cJSON_DeleteItemFromObjectCaseSensitive(shown, "query");
		args = json_canonical(shown);
		if (step->tool->kind == TOOL_DEPARTMENT) {
			describe(b, step->tool->node, step->request, memory);
		} else {
			buffer_appendf(b, "%s%s%s%s", b->len ? " + " : "", node_id(step->tool),
				shown->child ? " " : "", shown->child ? args : "");
			if (step->missing)
				buffer_appendf(b, " ?%s", step->missing->name);
		}
		free(args);
		cJSON_Delete(shown);
	}
	if (!plan.count)
		buffer_appendf(b, "%s%s", b->len ? " + " : "", plan.dropped ? "dropped" : "none");
	plan_done(&plan);
	tool_set_done(&set);
}

Test(planner, utterances)
{
	static const struct {
		const char *utterance, *expected;
	} cases[] = {
		/* reservations */
		{"check reservation ABC123", "lookup {\"reservationNumber\":\"ABC123\"}"},
		{"reservation ABC123", "lookup {\"reservationNumber\":\"ABC123\"}"},
		{"check ABC123", "lookup {\"reservationNumber\":\"ABC123\"}"},
		{"Check reservation abc123.", "lookup {\"reservationNumber\":\"ABC123\"}"},
		{"my reservation number is A B C 1 2 3", "lookup {\"reservationNumber\":\"ABC123\"}"},
		{"my reservation number is a b c one two three", "lookup {\"reservationNumber\":\"ABC123\"}"},
		{"is my booking abc 123 confirmed", "lookup {\"reservationNumber\":\"ABC123\"}"},
		{"could you look up ABC-123 for me", "lookup {\"reservationNumber\":\"ABC123\"}"},
		{"look up my booking", "lookup ?reservationNumber"},
		{"is my reservation confirmed", "lookup ?reservationNumber"},
		{"hello I would like to know whether you could possibly tell me the status of my reservation",
			"lookup ?reservationNumber"},
		{"cancel my booking", "cancel ?reservationNumber"},
		{"my name is Ada Lovelace, cancel my booking", "cancel ?reservationNumber"},
		{"cancel my booking, I am Ada Lovelace", "cancel ?reservationNumber"},
		{"please cancel reservation ABC123", "cancel {\"reservationNumber\":\"ABC123\"}"},
		{"I want to annul reservation XYZ789", "cancel {\"reservationNumber\":\"XYZ789\"}"},
		{"call off my stay", "cancel ?reservationNumber"},
		{"are there rooms available tomorrow", "availability {\"checkIn\":\"2026-11-23\"}"},
		{"any rooms free tonight", "availability {\"checkIn\":\"2026-11-22\"}"},
		{"do you have a double room from 1 December to 3 December",
			"availability "
			"{\"checkIn\":\"2026-12-01\",\"checkOut\":\"2026-12-03\",\"roomType\":\"double\"}"},
		{"a suite for 3 nights from next friday",
			"availability "
			"{\"checkIn\":\"2026-11-27\",\"checkOut\":\"2026-11-30\",\"roomType\":\"suite\"}"},
		{"is a suite free from December 24th until the 27th of December",
			"availability "
			"{\"checkIn\":\"2026-12-24\",\"checkOut\":\"2026-12-27\",\"roomType\":\"suite\"}"},
		{"do you have a family room", "availability {\"roomType\":\"family\"} ?checkIn"},
		/* billing */
		{"what is on my bill", "bill ?reservationNumber"},
		{"what is on my bill for ABC123", "bill {\"reservationNumber\":\"ABC123\"}"},
		{"how much do I owe", "bill ?reservationNumber"},
		{"show me the charges for ABC123", "bill {\"reservationNumber\":\"ABC123\"}"},
		{"I was wondering if you could help me with my invoice", "bill ?reservationNumber"},
		{"how many loyalty points do I have", "loyalty ?memberId"},
		{"my member number is HH10042", "loyalty {\"memberId\":\"HH10042\"}"},
		{"what tier is membership hh 10042", "loyalty {\"memberId\":\"HH10042\"}"},
		{"how can I pay", "payment"},
		{"do you take American Express", "payment"},
		{"can I pay in cash", "payment"},
		/* guest services */
		{"please send towels to room 204", "housekeeping {\"request\":\"towels\",\"room\":\"204\"}"},
		{"can someone clean room 312", "housekeeping {\"request\":\"cleaning\",\"room\":\"312\"}"},
		{"two more pillows for room two oh four please",
			"housekeeping {\"request\":\"pillows\",\"room\":\"204\"}"},
		{"I need more pillows", "housekeeping {\"request\":\"pillows\"} ?room"},
		{"order a club sandwich to room 204",
			"room-service {\"item\":\"club sandwich\",\"room\":\"204\"}"},
		{"bring two coffees to room 312",
			"room-service {\"item\":\"coffee\",\"quantity\":2,\"room\":\"312\"}"},
		{"order 12 club sandwiches to room 204",
			"room-service {\"item\":\"club sandwich\",\"quantity\":12,\"room\":\"204\"}"},
		{"fish and chips to room three hundred and twelve",
			"room-service {\"item\":\"fish and chips\",\"room\":\"312\"}"},
		{"I'd like a glass of wine", "room-service {\"item\":\"bottle of wine\"} ?room"},
		{"I am hungry", "room-service ?room"},
		{"what is the weather like tomorrow", "weather {\"date\":\"2026-11-23\"}"},
		{"will it rain today", "weather {\"date\":\"2026-11-22\"}"},
		{"do I need an umbrella", "weather"},
		{"weather forecast for the day after tomorrow", "weather {\"date\":\"2026-11-24\"}"},
		{"what spa treatments do you have", "spa"},
		{"how much is a massage", "spa"},
		{"when does the airport shuttle leave", "shuttle"},
		{"I need a taxi to the airport", "shuttle"},
		/* the house guide */
		{"when is breakfast", "house-guide"},
		{"what are the pool hours", "house-guide"},
		{"is there parking", "house-guide"},
		{"are pets allowed", "house-guide"},
		{"can I bring my dog", "house-guide"},
		{"how do I get on the wifi", "house-guide"},
		{"is there wi-fi", "house-guide"},
		{"what time is check-out", "house-guide"},
		{"when can I check in", "house-guide"},
		{"where can I smoke", "house-guide"},
		/* two at once */
		{"check reservation ABC123 and tell me about breakfast",
			"lookup {\"reservationNumber\":\"ABC123\"} + house-guide"},
		{"cancel ABC123 and then show me my bill",
			"cancel {\"reservationNumber\":\"ABC123\"} + bill "
			"{\"reservationNumber\":\"ABC123\"}"},
		{"what is the weather tomorrow and when does the shuttle leave",
			"weather {\"date\":\"2026-11-23\"} + shuttle"},
		{"send towels and pillows to room 204",
			"housekeeping {\"request\":\"towels\",\"room\":\"204\"} + "
			"housekeeping {\"request\":\"pillows\",\"room\":\"204\"}"},
		/* not to be understood */
		{"colourless green ideas sleep furiously", "none"},
		{"asdf qwer", "none"},
		{"tell me a joke", "none"},
		{"what is the meaning of life", "none"},
		{"who won the football match yesterday", "none"},
		{"sing me a song about the sea", "none"},
		{"book me a flight to the moon", "none"},
		{"42", "none"},
		{"\xF0\x9F\x98\x80", "none"},
		/* what must not happen by mistake */
		{"don't cancel my booking", "none"},
		{"what does it cost to cancel", "none"},
		{"never mind", "dropped"},
	};
	struct workflow *workflow = hotel();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer b;

		buffer_init(&b, BUFFER_MAX_TEXT);
		describe(&b, workflow->router, cases[i].utterance, NULL);
		cr_expect_str_eq(buffer_text(&b), cases[i].expected, "\"%s\": %s, not %s", cases[i].utterance,
			buffer_text(&b), cases[i].expected);
		buffer_done(&b);
	}
	workflow_free(workflow);
}

Test(planner, memory)
{
	static const struct {
		const char *utterance, *memory, *expected, *comment;
	} cases[] = {
		{"what is on my bill", "{\"reservationNumber\":\"ABC123\"}",
			"bill {\"reservationNumber\":\"ABC123\"}", "by its name"},
		{"cancel it", "{\"reservation_number\":\"ABC123\"}",
			"cancel {\"reservationNumber\":\"ABC123\"}", "the name in another shape"},
		{"what is on my bill", "{\"number\":\"ABC123\"}", "bill {\"reservationNumber\":\"ABC123\"}",
			"the end of the name, with the same pattern"},
		{"what is on my bill", "{\"number\":\"17\"}", "bill ?reservationNumber",
			"a number of another kind"},
		{"what is on my bill for XYZ789", "{\"reservationNumber\":\"ABC123\"}",
			"bill {\"reservationNumber\":\"XYZ789\"}", "words before memory"},
		{"what is on my bill", "{\"reservationNumber\":true}", "bill ?reservationNumber",
			"a wrong type"},
		{"more towels please", "{\"room\":204}",
			"housekeeping {\"request\":\"towels\",\"room\":\"204\"}",
			"a number where text is wanted"},
		{"any double rooms tomorrow", "{\"checkOut\":\"2026-12-27\"}",
			"availability {\"checkIn\":\"2026-11-23\",\"roomType\":\"double\"}",
			"what is optional and not referred to stays out"},
	};
	struct workflow *workflow = hotel();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cJSON *memory = cJSON_Parse(cases[i].memory);
		struct buffer b;

		buffer_init(&b, BUFFER_MAX_TEXT);
		describe(&b, workflow->router, cases[i].utterance, memory);
		cr_expect_str_eq(buffer_text(&b), cases[i].expected, "%s: \"%s\": %s, not %s",
			cases[i].comment, cases[i].utterance, buffer_text(&b), cases[i].expected);
		buffer_done(&b);
		cJSON_Delete(memory);
	}
	workflow_free(workflow);
}

/* One agent's plan with what was asked back or called before. */
Test(planner, conversation)
{
	static const struct {
		const char *agent, *awaiting, *previous, *utterance, *expected, *comment;
	} cases[] = {
		{"reservations",
			"{\"tool\":\"cancel_booking_cancel\",\"parameter\":\"reservationNumber\","
			"\"arguments\":{}}",
			NULL, "ABC123", "cancel {\"reservationNumber\":\"ABC123\"}", "the bare answer"},
		{"reservations",
			"{\"tool\":\"cancel_booking_cancel\",\"parameter\":\"reservationNumber\","
			"\"arguments\":{}}",
			NULL, "it's A B C one two three", "cancel {\"reservationNumber\":\"ABC123\"}",
			"spelled"},
		{"reservations",
			"{\"tool\":\"cancel_booking_cancel\",\"parameter\":\"reservationNumber\","
			"\"arguments\":{}}",
			NULL, "well I don't know", "cancel ?reservationNumber", "no answer: asked again"},
		{"reservations",
			"{\"tool\":\"cancel_booking_cancel\",\"parameter\":\"reservationNumber\","
			"\"arguments\":{}}",
			NULL, "are there rooms available tomorrow",
			"availability {\"checkIn\":\"2026-11-23\"}", "another request"},
		{"reservations",
			"{\"tool\":\"cancel_booking_cancel\",\"parameter\":\"reservationNumber\","
			"\"arguments\":{}}",
			NULL, "never mind", "dropped", "given up"},
		{"reservations",
			"{\"tool\":\"check_availability_availability\",\"parameter\":\"checkIn\","
			"\"arguments\":{\"roomType\":\"suite\"}}",
			NULL, "tomorrow please",
			"availability {\"checkIn\":\"2026-11-23\",\"roomType\":\"suite\"}",
			"what was known is kept"},
		{"guest-services",
			"{\"tool\":\"request_housekeeping_housekeeping\",\"parameter\":\"room\","
			"\"arguments\":{\"request\":\"towels\"}}",
			NULL, "room 204", "housekeeping {\"request\":\"towels\",\"room\":\"204\"}",
			"not room service"},
		{"guest-services",
			"{\"tool\":\"request_housekeeping_housekeeping\",\"parameter\":\"room\","
			"\"arguments\":{}}",
			NULL, "towels to 204", "housekeeping {\"request\":\"towels\",\"room\":\"204\"}",
			"more than was asked"},
		{"front-desk", "{\"tool\":\"consult_Reservations_reservations\",\"arguments\":{}}", NULL,
			"ABC123", "reservations", "a department's question"},
		{"front-desk", "{\"tool\":\"consult_Reservations_reservations\",\"arguments\":{}}", NULL,
			"when is breakfast", "guest-services", "another department's business"},
		{"reservations", NULL,
			"{\"tool\":\"lookup_reservation_lookup\",\"arguments\":{\"reservationNumber\":"
			"\"ABC123\"}}",
			"no, I meant DEF456", "lookup {\"reservationNumber\":\"DEF456\"}", "a correction"},
		{"reservations", NULL,
			"{\"tool\":\"cancel_booking_cancel\",\"arguments\":{\"reservationNumber\":\"ABC123\"}"
			"}",
			"not ABC123 but DEF456, sorry I meant DEF456",
			"cancel {\"reservationNumber\":\"DEF456\"}", "the value that is not meant"},
		{"reservations", NULL,
			"{\"tool\":\"lookup_reservation_lookup\",\"arguments\":{\"reservationNumber\":"
			"\"ABC123\"}}",
			"DEF456", "lookup {\"reservationNumber\":\"DEF456\"}", "the same for another"},
		{"reservations", NULL,
			"{\"tool\":\"cancel_booking_cancel\",\"arguments\":{\"reservationNumber\":\"ABC123\"}"
			"}",
			"DEF456", "none", "but nothing is cancelled on a bare code"},
		{"reservations", NULL,
			"{\"tool\":\"check_availability_availability\",\"arguments\":{\"checkIn\":\"2026-12-"
			"01\",\"checkOut\":\"2026-12-03\"}}",
			"and on 10 December?",
			"availability {\"checkIn\":\"2026-12-10\",\"checkOut\":\"2026-12-12\"}",
			"a moved stay keeps its length"},
		{"reservations", NULL,
			"{\"tool\":\"check_availability_availability\",\"arguments\":{\"checkIn\":\"2026-12-"
			"01\",\"roomType\":\"double\"}}",
			"what about a suite",
			"availability {\"checkIn\":\"2026-12-01\",\"roomType\":\"suite\"}",
			"one thing changed"},
		{"front-desk", NULL,
			"{\"tool\":\"consult_Reservations_reservations\",\"arguments\":{\"query\":\"x\"}}",
			"no, I meant DEF456", "reservations", "a correction is passed on"},
		{"front-desk", NULL,
			"{\"tool\":\"consult_Reservations_reservations\",\"arguments\":{\"query\":\"x\"}}",
			"no, tell me a joke", "none", "a correction without a value is none"},
		{"front-desk", NULL,
			"[{\"tool\":\"consult_Reservations_reservations\",\"arguments\":{}},"
			"{\"tool\":\"consult_Guest_services_guest_services\",\"arguments\":{}}]",
			"no, I meant DEF456", "reservations", "the one of two calls that takes the value"},
		{"reservations", NULL,
			"{\"tool\":\"cancel_booking_cancel\",\"arguments\":{\"reservationNumber\":\"ABC123\"}"
			"}",
			"and DEF456 too", "cancel {\"reservationNumber\":\"DEF456\"}",
			"one more in so many words"},
		{"reservations", NULL, NULL, "check ABC123 and DEF456",
			"lookup {\"reservationNumber\":\"ABC123\"} + lookup "
			"{\"reservationNumber\":\"DEF456\"}",
			"two values, two calls"},
		{"reservations", NULL, NULL, "cancel ABC123 and cancel DEF456",
			"cancel {\"reservationNumber\":\"ABC123\"} + cancel "
			"{\"reservationNumber\":\"DEF456\"}",
			"two requests, two calls"},
		{"reservations", NULL, NULL, "cancel ABC123, no, cancel DEF456",
			"cancel {\"reservationNumber\":\"DEF456\"}", "the second is meant instead"},
		{"reservations", NULL, NULL, "check ABC123 and the reservation DEF456",
			"lookup {\"reservationNumber\":\"DEF456\"} + lookup "
			"{\"reservationNumber\":\"ABC123\"}",
			"a hint before one of two values"},
		{"reservations", NULL, NULL, "cancel that", "cancel ?reservationNumber",
			"nothing is awaited that could be given up"},
		{"front-desk", "{\"tool\":\"gone\",\"arguments\":{}}", "{\"tool\":\"gone\",\"arguments\":{}}",
			"ABC123", "none", "tools that are no more"},
		{"front-desk", "[1]", "7", "ABC123", "none", "garbage for what was before"},
	};
	struct workflow *workflow = hotel();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cJSON *awaiting = cases[i].awaiting ? cJSON_Parse(cases[i].awaiting) : NULL;
		cJSON *previous = cases[i].previous ? cJSON_Parse(cases[i].previous) : NULL;
		struct plan_context context = {
			.language = "en", .awaiting = awaiting, .previous = previous, .now_realtime_ns = NOW};
		struct tool_set set;
		struct buffer b;
		struct plan plan;

		buffer_init(&b, BUFFER_MAX_TEXT);
		tool_set_init(&set, workflow_find(workflow, cases[i].agent), NULL);
		planner_plan(&set, cases[i].utterance, &context, &plan);
		for (size_t j = 0; j < plan.count; j++) {
			char *args = json_canonical(plan.steps[j].arguments);

			buffer_appendf(&b, "%s%s%s%s%s%s", j ? " + " : "", node_id(plan.steps[j].tool),
				plan.steps[j].arguments->child ? " " : "",
				plan.steps[j].arguments->child ? args : "", plan.steps[j].missing ? " ?" : "",
				plan.steps[j].missing ? plan.steps[j].missing->name : "");
			free(args);
		}
		if (!plan.count)
			buffer_append_str(&b, plan.dropped ? "dropped" : "none");
		cr_expect_str_eq(buffer_text(&b), cases[i].expected, "%s: \"%s\": %s, not %s",
			cases[i].comment, cases[i].utterance, buffer_text(&b), cases[i].expected);
		plan_done(&plan);
		tool_set_done(&set);
		buffer_done(&b);
		cJSON_Delete(awaiting);
		cJSON_Delete(previous);
	}
	workflow_free(workflow);
}

Test(planner, deterministic_and_bounded)
{
	struct workflow *workflow = hotel();
	struct tool_set set;
	struct ranking first[8], again[8];
	char *huge = xmalloc(((size_t)1 << 20) + 1);

	tool_set_init(&set, workflow->router, NULL);
	cr_assert_eq(planner_rank(&set, "check reservation ABC123", "en", first), 3);
	planner_rank(&set, "check reservation ABC123", "en", again);
	cr_expect_eq(memcmp(first, again, 3 * sizeof(first[0])), 0, "the same words, the same scores");
	cr_expect_str_eq(first[0].tool->node->id, "reservations");
	planner_rank(&set, "", "en", first);
	cr_expect_str_eq(first[0].tool->node->id, "reservations", "equals stay in the file's order");
	cr_expect_eq(first[0].score, 0);
	memset(huge, 'x', (size_t)1 << 20);
	for (size_t i = 5; i < (size_t)1 << 20; i += 6)
		huge[i] = " \xFF\n1"[i % 4];
	huge[(size_t)1 << 20] = '\0';
	planner_rank(&set, huge, "en", first);
	cr_expect_lt(first[0].score, PLANNER_THRESHOLD, "a megabyte of nothing");
	free(huge);
	tool_set_done(&set);
	workflow_free(workflow);
}

Test(planner, questions_and_apologies)
{
	static const struct {
		const char *node, *known, *expected;
	} cases[] = {
		{"lookup", "{}",
			"Could you tell me the reservation number, please? It is three letters and three "
			"digits, as in ABC123."},
		{"housekeeping", "{}", "Could you tell me your room number and what you would like, please?"},
		{"housekeeping", "{\"room\":\"204\"}",
			"Could you tell me what you would like, please? It can be cleaning, towels, pillows, "
			"blankets or "
			"toiletries."},
		{"availability", "{}", "Could you tell me the day of arrival, please?"},
	};
	struct workflow *workflow = hotel();
	struct tool_set master;
	char *text;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const departments[] = {"reservations", "guest-services"};
		cJSON *known = cJSON_Parse(cases[i].known);
		bool found = false;

		for (size_t d = 0; d < 2; d++) {
			struct tool_set set;

			tool_set_init(&set, workflow_find(workflow, departments[d]), NULL);
			for (size_t t = 0; t < set.count; t++) {
				if (strcmp(node_id(&set.items[t]), cases[i].node))
					continue;
				found = true;
				text = planner_questions(&set.items[t], known);
				cr_expect_str_eq(text, cases[i].expected, "%s: %s", cases[i].node, text);
				free(text);
			}
			tool_set_done(&set);
		}
		cr_expect(found, "%s", cases[i].node);
		cJSON_Delete(known);
	}
	tool_set_init(&master, workflow->router, NULL);
	text = planner_not_understood(&master);
	cr_expect_str_eq(text,
		"I am sorry, I did not understand that. I can help with Reservations, Billing and Guest "
		"services.");
	free(text);
	text = planner_apology(&master.items[0], "INTEGRATION_TIMEOUT");
	cr_expect_not_null(strstr(text, "not answering"), "%s", text);
	cr_expect_null(strstr(text, "TIMEOUT"), "no technical detail");
	free(text);
	tool_set_done(&master);
	workflow_free(workflow);
}

Test(planner, small_talk)
{
	static const struct {
		const char *utterance, *part, *comment;
	} cases[] = {
		{"hello", "this is Front desk", "greeting"},
		{"Hi there!", "How may I help", "greeting with filler"},
		{"good morning", "this is Front desk", "greeting of two words"},
		{"thanks, bye", "Goodbye", "the weightier of two"},
		{"thank you very much", "welcome", "thanks"},
		{"ok", "All right", "yes"},
		{"no thanks", "welcome", "no and thanks"},
		{"what can you do", "Reservations, Billing and Guest services", "abilities"},
		{"hello, check reservation ABC123", NULL, "a request all the same"},
		{"", NULL, "nothing"},
		{"there", NULL, "filler alone"},
		{"asdf", NULL, "nonsense"},
	};
	struct workflow *workflow = hotel();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = planner_small_talk(workflow->router, cases[i].utterance);

		if (!cases[i].part)
			cr_expect_null(text, "%s: %s", cases[i].comment, text);
		else
			cr_expect(text && strstr(text, cases[i].part), "%s: %s", cases[i].comment,
				text ? text : "NULL");
		free(text);
	}
	workflow_free(workflow);
}
