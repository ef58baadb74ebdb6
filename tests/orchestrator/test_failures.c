/* What goes wrong, at tools and at models, through every orchestrator: the caller hears a clear sentence, the
 * turn has status and code, the trace the cause, and the session goes on as if nothing had been. */
#include "tests/orchestrator/trouble.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define OK_JSON "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define STATUS(line, body)                                                                                   \
	"HTTP/1.1 " line "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" body
#define TELLTALE                                                                                             \
	"{\"error\": {\"message\": \"the key " TROUBLE_SECRET " is of no use\", \"code\": \"E_KEY\"}}"
#define CHAT(events) CHAT_STREAM_HEAD events
#define STAYS CHAT(CHAT_CALLS("c1", "consult_Stays_stays", "{\\\"request\\\":\\\"" TROUBLE_LOOKUP "\\\"}"))
#define OWN_TOOL                                                                                             \
	CHAT(CHAT_CALLS("c1", "lookup_reservation_lookup", "{\\\"reservationNumber\\\":\\\"ABC123\\\"}"))
#define SPA CHAT(CHAT_CALLS("c1", "consult_Spa_spa", "{\\\"request\\\":\\\"a massage\\\"}"))
#define SORRY CHAT(CHAT_SAYS("I am sorry."))
#define CLOCK CHAT(CHAT_CALLS("c1", "tell_time_clock", "{}"))

static const struct trouble_row rows[] = {
	/* Tools */
	{"a tool that refuses", ALL, .tool = STATUS("400 Bad Request", TELLTALE), .code = "REST_400"},
	{"a tool that wants another key", ALL, .tool = STATUS("401 Unauthorized", TELLTALE),
		.code = "REST_401"},
	{"a tool that finds nothing", ALL, .tool = STATUS("404 Not Found", "{}"), .code = "REST_404"},
	{"a tool that has enough", ALL, .tool = STATUS("429 Too Many Requests", ""), .code = "REST_429"},
	{"a tool that breaks", ALL, .tool = STATUS("500 Internal Server Error", TELLTALE),
		.code = "REST_500"},
	{"a tool that is away", ALL, .tool = STATUS("503 Service Unavailable", "<html>"), .code = "REST_503"},
	{"a connection that breaks", ALL, .tool = OK_JSON "Content-Length: 50\r\n\r\n{\"res",
		.then = SCRIPT_RESET, .code = "REST_NETWORK_ERROR"},
	{"a connection that ends at once", ALL, .tool = "", .then = SCRIPT_CLOSE,
		.code = "REST_NETWORK_ERROR"},
	{"no HTTP", ALL, .tool = "220 mail.example ESMTP\r\n", .then = SCRIPT_CLOSE,
		.code = "REST_NETWORK_ERROR"},
	{"half a JSON", ALL, .tool = STATUS("200 OK", "{\"reservation\": "), .code = "RESPONSE_INVALID_JSON"},
	{"more than is taken", ALL, .tool = STATUS("200 OK", TROUBLE_GOOD), .policy = ", \"maxBytes\": 20",
		.code = "RESPONSE_TOO_LARGE"},
	{"a tool that never answers", ALL, .tool = OK_JSON "Content-Length: 50\r\n\r\n{",
		.policy = ", \"timeoutMs\": 40", .code = "INTEGRATION_TIMEOUT"},
	{"a department without time", ALL, .tool = OK_JSON "Content-Length: 50\r\n\r\n{",
		.department = ", \"communicationTimeout\": 40", .code = "INTEGRATION_TIMEOUT"},
	{"an open breaker", ALL, .tool = STATUS("500 Internal Server Error", ""), .before = 1,
		.policy = ", \"breaker\": {\"window\": 1, \"minimumCalls\": 1, \"openMs\": 60000}",
		.code = "CIRCUIT_OPEN"},
	{"a rate limit", ALL, .before = 1,
		.policy = ", \"timeoutMs\": 200, \"rateLimit\": {\"perSecond\": 0.01, \"burst\": 1}",
		.code = "RATE_LIMITED"},
	{"an answer that is not what was expected", ALL, .tool = STATUS("200 OK", "{}"),
		.policy = ", \"expect\": \".reservation\"", .code = "EXPECT_FAILED"},

	/* Models */
	{"nobody there", ASKED, .refused = true, .code = "MODEL_UNREACHABLE"},
	{"a model that breaks", ASKED, .plays = {STATUS("500 Internal Server Error", TELLTALE)},
		.code = "MODEL_ERROR"},
	{"a model that wants another key", ASKED, .plays = {STATUS("401 Unauthorized", TELLTALE)},
		.code = "MODEL_UNAUTHORIZED"},
	{"no such model", ASKED, .plays = {STATUS("404 Not Found", TELLTALE)}, .code = "MODEL_NOT_FOUND"},
	{"a model that has enough", ASKED, .plays = {STATUS("429 Too Many Requests", TELLTALE)},
		.code = "MODEL_RATE_LIMITED"},
	{"a quota that is used up", ASKED,
		.plays = {STATUS("429 Too Many Requests",
			"{\"error\": {\"code\": \"insufficient_quota\", \"message\": \"pay\"}}")},
		.code = "MODEL_QUOTA_EXCEEDED"},
	{"more than the model can read", ASKED,
		.plays = {STATUS("400 Bad Request",
			"{\"error\": {\"code\": \"context_length_exceeded\", \"message\": \"long\"}}")},
		.code = "MODEL_REFUSED"},
	{"garbage", ASKED, .plays = {STATUS("200 OK", "\x01\xff<<garbage>>")}, .code = "MODEL_BAD_ANSWER"},
	{"a page", ASKED,
		.plays = {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>"},
		.code = "MODEL_BAD_ANSWER"},
	{"a stream of garbage", ASKED, .plays = {CHAT("data: {\"choices\": 3}\n\n" CHAT_DONE)},
		.code = "MODEL_BAD_ANSWER"},
	{"a stream that ends early", ASKED, .plays = {CHAT(CHAT_TEXT(""))}, .code = "MODEL_BAD_ANSWER"},
	{"a model that never answers", ASKED, .desk = ", \"communicationTimeout\": 300", .plays = {""},
		.code = "MODEL_TIMEOUT"},
	{"a model that falls silent", ASKED, .desk = ", \"communicationTimeout\": 300",
		.plays = {"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" CHAT_TEXT("It is ")},
		.code = "MODEL_TIMEOUT"},
	{"a department whose model never answers", ASKED, .department = ", \"communicationTimeout\": 300",
		.plays = {STAYS, "", SORRY}, .code = "MODEL_TIMEOUT"},
	{"nothing at all", ASKED, .plays = {CHAT(CHAT_END("stop"))}, .code = "MODEL_BAD_ANSWER"},
	{"an unknown tool, again and again", ASKED, .plays = {CHAT(CHAT_CALLS("c1", "dance", "{}"))},
		.code = "MODEL_BAD_ANSWER", .cause = "TOOL_NOT_FOUND", .reply = "step by step"},
	{"broken arguments, again and again", ASKED,
		.plays = {CHAT(CHAT_CALLS("c1", "tell_time_clock", "{\\\"n\\\":"))},
		.code = "MODEL_BAD_ANSWER", .cause = "INVALID_ARGUMENT", .reply = "step by step"},
	{"calls without end", FLOW_ASKED, .plays = {CLOCK}, .code = "TOOL_EXECUTION_ERROR", .cause = "",
		.reply = "step by step"},
	{"a department that calls its tool without end", FLOW_ASKED,
		.plays = {STAYS, OWN_TOOL, OWN_TOOL, OWN_TOOL, OWN_TOOL, OWN_TOOL, OWN_TOOL, SORRY},
		.code = "TOOL_EXECUTION_ERROR"},
	{"a department consulted without end", FLOW_ASKED, .department = ", \"maxConversationDepth\": 2",
		.plays = {STAYS, SORRY, STAYS, SORRY, STAYS}, .code = "TOOL_EXECUTION_ERROR",
		.cause = "INVALID_NODE_TYPE", .reply = "step by step"},
	{"departments that consult each other", FLOW_ASKED, .circle = true,
		.plays = {STAYS, SPA, STAYS, SORRY}, .code = "INVALID_NODE_TYPE"},
	{"departments that consult each other without end", FLOW_ASKED, .circle = true,
		.plays = {STAYS, SPA, STAYS, STAYS, STAYS, STAYS, STAYS, STAYS, SORRY},
		.code = "TOOL_EXECUTION_ERROR"},
	{"departments that send the caller on to each other", FLOW_PLANNED, .circle = true,
		.say = "I would like a wellness massage", .code = "INVALID_NODE_TYPE"},
	{"departments that send the caller on to each other", SYSTEM, .circle = true,
		.say = "I would like a wellness massage", .code = "TOOL_EXECUTION_ERROR"},

	/* Guardrails */
	{"what must not be asked", ALL, .say = "tell me the card number of room 12", .status = TURN_BLOCKED,
		.reply = "Not here.", .unasked = true},
	{"what must not be asked, though it can be understood", ALL, .unasked = true, .status = TURN_BLOCKED,
		.say = "check reservation ABC123 by its card number", .reply = "Not here."},
	{"what must not be said", ALL, .status = TURN_BLOCKED, .reply = "Not here.",
		.tool = STATUS("200 OK",
			"{\"reservation\": {\"number\": \"ABC123\", \"status\": \"card number 42\"}}")},
	{"what the model must not say", ASKED, .status = TURN_BLOCKED, .reply = "Not here.",
		.plays = {CHAT(CHAT_SAYS("The card-number is 42."))}},
};

static void expect_no_secret(const struct trouble *trouble, const struct turn *turn, const char *where)
{
	const struct logger *logger = trouble->stage.engine->logger;
	cJSON *all = cJSON_CreateArray();
	char *text;

	cJSON_AddItemToArray(all, turn_to_json(turn));
	for (size_t i = 0; i < turn->trace->span_count; i++)
		cJSON_AddItemToArray(all, span_to_json(turn->trace->spans[i]));
	for (size_t i = 0; i < logger_count(logger); i++)
		cJSON_AddItemToArray(all, log_record_to_json(logger_get(logger, i)));
	text = json_print(all);
	cr_expect(!strstr(text, TROUBLE_SECRET), "%s: a secret is told: %s", where, text);
	free(text);
	cJSON_Delete(all);
}

static bool has_cause(const struct turn *turn, const char *type)
{
	for (size_t i = 0; i < turn->trace->span_count; i++) {
		const struct attribute *attribute = span_get(turn->trace->spans[i], "error.type");

		if (attribute && !strcmp(attribute->value.string, type) &&
			turn->trace->spans[i] != turn->root)
			return true;
	}
	return false;
}

static void expect_cause(const struct turn *turn, const struct trouble_row *row, const char *where)
{
	const char *cause = row->cause ? row->cause : row->code;

	if (row->status == TURN_BLOCKED) {
		cr_expect(turn->root->event_count && !strcmp(turn->root->events[0].name, "guardrail"),
			"%s: no guardrail on record", where);
		return;
	}
	cr_expect(!*cause || has_cause(turn, cause), "%s: no span has error.type %s", where, cause);
	cr_expect(span_get(turn->root, "error.type"), "%s: the turn's span has no error.type", where);
	cr_expect_eq(turn->root->status, SPAN_ERROR, "%s: the turn's span is well", where);
}

/* SystemOrchestrator does without its model when it has to. */
static bool planner_stands_in(const struct trouble_row *row, size_t way)
{
	return trouble_ways[way].bit == SYSTEM_ASKED && (row->plays[0] || row->refused) &&
		row->status != TURN_BLOCKED;
}

static void expect_planned(const struct turn *turn, const struct trouble_row *row, const char *where)
{
	bool noted = false;

	cr_expect_eq(turn->status, TURN_SUCCESS, "%s: %s: %s", where, turn->error_code, turn->reply);
	cr_expect(strstr(turn->reply, "confirmed"), "%s: %s", where, turn->reply);
	for (size_t i = 0; i < turn->trace->span_count; i++) {
		const struct attribute *error = span_get(turn->trace->spans[i], "intent.model_error");

		noted = noted || (error && !strcmp(error->value.string, row->code));
	}
	cr_expect(noted, "%s: nobody says that the model failed with %s", where, row->code);
}

static void expect_failed(const struct turn *turn, const struct trouble_row *row, const char *where)
{
	enum turn_status status = row->status ? row->status : TURN_ERROR;

	cr_expect_eq(turn->status, status, "%s: %s: %s", where, turn_status_name(turn->status), turn->reply);
	cr_expect_str_eq(turn->error_code, row->code ? row->code : "", "%s: %s", where, turn->error_code);
	cr_expect(strstr(turn->reply, row->reply ? row->reply : "sorry"), "%s: %s", where, turn->reply);
	expect_cause(turn, row, where);
}

static void expect_unasked(const struct trouble *trouble, const struct turn *turn, const char *where)
{
	cr_expect_eq(script_requests(trouble->model.server), 0, "%s: the model was asked", where);
	cr_expect_eq(turn->input_tokens + turn->output_tokens, 0, "%s: tokens were spent", where);
}

static void play(const struct trouble_row *row, size_t way)
{
	const char *utterance = row->say ? row->say : TROUBLE_LOOKUP;
	char *where = xasprintf("%s: %s", trouble_ways[way].name, row->comment);
	const struct turn *turn;
	struct trouble trouble;

	trouble_open(&trouble, row, way);
	if (row->tool)
		script_raw(trouble.tools, row->tool,
			strstr(row->tool, "Connection: close") ? SCRIPT_CLOSE : row->then);
	else
		script_answer(trouble.tools, 200, "application/json", "", TROUBLE_GOOD);
	for (unsigned i = 0; i < row->before; i++)
		trouble_say(&trouble, utterance);
	trouble.model.plays = row->plays[0] ? row->plays : NULL;
	turn = trouble_say(&trouble, utterance);
	if (planner_stands_in(row, way))
		expect_planned(turn, row, where);
	else
		expect_failed(turn, row, where);
	if (row->unasked)
		expect_unasked(&trouble, turn, where);
	cr_expect_eq(turn->trace->open_count, 0, "%s: spans are left open", where);
	cr_expect_eq(executor_active(trouble.stage.engine->executor), 0, "%s: something still runs", where);
	trouble_expect_clear(turn->reply, where);
	expect_no_secret(&trouble, turn, where);

	trouble.model.plays = NULL;
	trouble_use_model(&trouble, trouble_ways[way].asked, false);
	turn = trouble_say(&trouble, TROUBLE_TIME);
	cr_expect_eq(turn->status, TURN_SUCCESS, "%s: the session does not go on: %s %s", where,
		turn->error_code, turn->reply);
	cr_expect(strstr(turn->reply, "12:01"), "%s: afterwards: %s", where, turn->reply);
	trouble_close(&trouble);
	free(where);
}

Test(failures, are_told_and_gone_by, .timeout = 120)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t way = 0; way < TROUBLE_WAYS; way++)
			if (rows[i].ways & trouble_ways[way].bit)
				play(&rows[i], way);
}
