/* Sentences from data: nothing invented, nothing that a terminal would obey, the same every time. */
#include "orchestrator/planner.h"
#include "orchestrator/speech.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A tool of a workflow, with an integration behind it or none, and a form for its replies or none. */
struct made {
	struct workflow *workflow;
	cJSON *json;
	struct tool tool;
};

static const char document[] =
	"{\"nodes\":[{\"id\":\"r\",\"type\":\"routerNode\",\"data\":{}},"
	"{\"id\":\"t\",\"type\":\"subAgentNode\",\"data\":{\"label\":\"Desk\",\"functionName\":\"desk\","
	"\"testpanel\":%s}},"
	"{\"id\":\"bare\",\"type\":\"subAgentNode\",\"data\":{\"label\":\"Desk\",\"functionName\":\"bare\"}},"
	"{\"id\":\"i\",\"type\":\"integrationNode\",\"data\":{\"label\":\"I\",\"integrationType\":\"mock\","
	"\"mockOutput\":\"{}\"}}],"
	"\"edges\":[{\"id\":\"1\",\"source\":\"r\",\"target\":\"t\"},{\"id\":\"2\",\"source\":\"t\","
	"\"target\":\"i\"},"
	"{\"id\":\"3\",\"source\":\"r\",\"target\":\"bare\"}]}";

static void make(struct made *made, enum tool_kind kind, const char *node, const char *form, const char *data)
{
	cJSON *own = cJSON_CreateObject();
	struct faults faults;
	char *text, *printed;

	if (form)
		cJSON_AddStringToObject(own, "replyTemplate", form);
	printed = json_print(own);
	text = xasprintf(document, printed);
	faults_init(&faults);
	*made = (struct made){.workflow = workflow_parse(text, strlen(text), "reply", &faults)};
	cr_assert_not_null(made->workflow, "%s", faults.count ? faults.items[0].message : "");
	made->json = data ? cJSON_Parse(data) : NULL;
	made->tool = (struct tool){.name = "t", .kind = kind, .node = workflow_find(made->workflow, node)};
	faults_done(&faults);
	free(text);
	free(printed);
	cJSON_Delete(own);
}

static void made_done(struct made *made)
{
	workflow_free(made->workflow);
	cJSON_Delete(made->json);
}

Test(reply, sentences)
{
	static const struct {
		const char *data, *expected, *comment;
	} cases[] = {
		{"{\"reservation\":{\"number\":\"ABC123\",\"status\":\"confirmed\"}}",
			"Reservation ABC123 is confirmed.", "what it is and its state"},
		{"{\"reservation\":{\"number\":\"ABC123\",\"status\":\"CHECKED_IN\",\"guestName\":\"Ada\","
		 "\"checkIn\":"
		 "\"2026-12-01\",\"breakfast\":true,\"late\":false,\"total\":420.5,\"currency\":\"EUR\"}}",
			"Reservation ABC123 is checked in: guest name Ada, check in 1 December 2026, "
			"breakfast yes, late no, "
			"total 420.50 EUR.",
			"days, yes and no, amounts"},
		{"{\"cancelBooking\":{\"number\":\"A1\",\"status\":\"CANCELLED\",\"refund\":80,\"currency\":"
		 "\"EUR\"}}",
			"Booking A1 is cancelled: refund 80 EUR.", "a GraphQL field without its verb"},
		{"{\"order\":{\"status\":\"accepted\",\"minutes\":25}}", "The order is accepted: minutes 25.",
			"no number"},
		{"{\"points\":12480,\"tier\":\"gold\"}", "Desk: points 12480, tier gold.",
			"the label where nothing says more"},
		{"{\"loyaltyAccount\":{\"memberId\":\"HH1\",\"points\":3}}",
			"Loyalty account: member ID HH1, points 3.", "an acronym"},
		{"{\"price\":{\"amount\":12.5,\"currency\":\"EUR\"}}", "Price: amount 12.50 EUR.",
			"an amount"},
		{"{\"a\":1,\"price\":{\"amount\":12.5,\"currency\":\"EUR\"}}", "Desk: a 1, price 12.50 EUR.",
			"an amount among others"},
		{"{\"rooms\":[{\"type\":\"single\",\"price\":95},{\"type\":\"suite\",\"price\":260}],"
		 "\"currency\":\"EUR\"}",
			"2 rooms: single (price 95 EUR) and suite (price 260 EUR).",
			"a list, its currency above"},
		{"{\"rooms\":[{\"type\":\"suite\"}]}", "1 room: suite.", "a list of one"},
		{"{\"cities\":[{\"name\":\"Bonn\"}]}", "1 city: Bonn.", "and its singular"},
		{"{\"rooms\":[]}", "There are no rooms.", "an empty list"},
		{"[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"},{\"name\":\"d\"},{\"name\":\"e\"},{"
		 "\"name\":\"f\"},"
		 "{\"name\":\"g\"}]",
			"7 results: a; b; c; d; e; and 2 more.", "a long list is counted"},
		{"{\"methods\":[\"Visa\",\"cash\",\"cheque\"],\"due\":\"now\"}",
			"Desk: methods Visa, cash and cheque, due now.", "a list of words"},
		{"{\"guest\":{\"name\":\"Ada\",\"address\":{\"city\":\"London\"}}}",
			"Guest: name Ada. Address: city London.", "nested"},
		{"{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":1}}}}}}",
			"Desk has nothing to say about that: the answer was empty.", "too deep to be said"},
		{"{\"time\":\"2026-12-01T14:30:00Z\",\"n\":1}", "Desk: time 1 December 2026 at 14:30, n 1.",
			"a time"},
		{"\"It will rain.\"", "It will rain.", "text as it is"},
		{"\"it\\u001b[31m will\\n\\n rain\\u0007\"", "It [31m will rain.",
			"control bytes do not pass"},
		{"\"\\u202Eevil\\u200B text\"", "Evil text.", "nor do marks of direction"},
		{"42", "42.", "a number"},
		{"true", "Yes.", "a boolean"},
		{"{}", "Desk has nothing to say about that: the answer was empty.", "an empty object"},
		{"[]", "There are no results.", "an empty list by itself"},
		{"null", "Desk has nothing to say about that: the answer was empty.", "null"},
		{"\"  \"", "Desk has nothing to say about that: the answer was empty.", "blank text"},
		{NULL, "Desk has nothing to say about that: the answer was empty.", "no data"},
		{"{\"cancelBooking\":null}", "Desk has nothing to say about that: the answer was empty.",
			"a field of null"},
		{"{\"name\":\"Ada\",\"password\":\"x\",\"apiKey\":\"y\",\"__typename\":\"Guest\"}",
			"Desk: name Ada.", "secrets and names of types are not said"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct made made;
		char *text;

		make(&made, TOOL_SUB_AGENT, "t", NULL, cases[i].data);
		text = planner_reply(&made.tool, made.json);
		cr_expect_str_eq(text, cases[i].expected, "%s: %s", cases[i].comment, text);
		free(text);
		made_done(&made);
	}
}

Test(reply, templates)
{
	static const struct {
		const char *form, *data, *expected, *comment;
	} cases[] = {
		{"Room {{room.number}} for {{room.price}}.",
			"{\"room\":{\"number\":7,\"price\":9.5,\"currency\":\"EUR\"}}",
			"Room 7 for 9.50 EUR.", "members"},
		{"{{ items.length }} items, first {{items.0.name}}.", "{\"items\":[{\"name\":\"tea\"},{}]}",
			"2 items, first tea.", "lists"},
		{"Pay by {{methods}}.", "{\"methods\":[\"Visa\",\"cash\"]}", "Pay by Visa and cash.",
			"a list of words"},
		{"On {{day}}.", "{\"day\":\"2026-12-01\"}", "On 1 December 2026.", "a day"},
		{"Hello {{who}}.", "{\"name\":\"Ada\"}", "Desk: name Ada.",
			"a missing member: plain sentences"},
		{"{{items.9.name}}", "{\"items\":[]}", "There are no items.", "a missing place"},
		{"Plain text {{ as it stands", "{}", "Plain text {{ as it stands", "an open brace"},
		{"Say {{x}}", "{\"x\":\"a\\u001b[2Jb\"}", "Say a [2Jb", "control bytes do not pass"},
		{"{{}}", "{\"n\":1}", "Desk: n 1.", "an empty path"},
		{"{{x}}", "{\"x\":{\"y\":1}}", "X: y 1.", "an object is no text"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct made made;
		char *text;

		make(&made, TOOL_SUB_AGENT, "t", cases[i].form, cases[i].data);
		text = planner_reply(&made.tool, made.json);
		cr_expect_str_eq(text, cases[i].expected, "%s: %s", cases[i].comment, text);
		free(text);
		made_done(&made);
	}
}

Test(reply, other_kinds)
{
	struct made made;
	char *text;

	make(&made, TOOL_KNOWLEDGE_BASE, "t", NULL,
		"{\"query\":\"pool\",\"results\":[{\"title\":\"Pool\",\"content\":\"Open till "
		"21:00.\"},{\"content\":\"x\"}]}");
	text = planner_reply(&made.tool, made.json);
	cr_expect_str_eq(text, "Open till 21:00.", "the best article alone: %s", text);
	free(text);
	made_done(&made);
	make(&made, TOOL_KNOWLEDGE_BASE, "t", NULL, "{\"query\":\"pool\",\"results\":[]}");
	text = planner_reply(&made.tool, made.json);
	cr_expect_str_eq(text, "I am sorry, I found nothing about that in Desk.", "%s", text);
	free(text);
	made_done(&made);
	make(&made, TOOL_SUB_AGENT, "bare", NULL, "{\"message\":\"made up\"}");
	text = planner_reply(&made.tool, made.json);
	cr_expect_not_null(strstr(text, "no integration connected"), "%s", text);
	cr_expect_null(strstr(text, "made up"), "what nobody answered is not passed on");
	free(text);
	made_done(&made);
}

Test(reply, huge)
{
	struct made made;
	char *text;

	make(&made, TOOL_SUB_AGENT, "t", NULL, NULL);
	made.json = cJSON_CreateObject();
	for (int i = 0; i < 5000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "member%d", i);
		cJSON_AddStringToObject(made.json, name, "value");
	}
	text = planner_reply(&made.tool, made.json);
	cr_expect_lt(strlen(text), 300, "%zu bytes", strlen(text));
	free(text);
	made_done(&made);
}

Test(reply, names)
{
	static const struct {
		const char *name, *expected;
	} cases[] = {
		{"checkIn", "check in"},
		{"member_id", "member ID"},
		{"memberId", "member ID"},
		{"HTTPStatus", "HTTP status"},
		{"roomURL", "room URL"},
		{"ETA", "ETA"},
		{"Total", "total"},
		{"id", "ID"},
		{"paid", "paid"},
		{"a\x1b[b", "a [b"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer b;

		buffer_init(&b, BUFFER_MAX_TEXT);
		speech_name(&b, cases[i].name);
		cr_expect_str_eq(
			buffer_text(&b), cases[i].expected, "%s: %s", cases[i].name, buffer_text(&b));
		buffer_done(&b);
	}
}
