/* Turns: each of width sessions says its next sentence as soon as it was answered, with all that belongs to a
 * turn: spans, records, history, memory, and somebody who listens to its events. A session is over after
 * TURNS_A_SESSION turns; whoever needs more turns gets a new one. See subject.h. */
#include "orchestrator/orchestrator.h"
#include "tests/bench/subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A tool of the workflow: all take a code of the same form, so that only the words tell them apart. */
struct bench_tool {
	const char *name, *description, *example;
};

static const struct bench_tool tools[] = {
	{"lookup_reservation", "Look up a reservation by its number", "check reservation ABC123"},
	{"cancel_booking", "Cancel a booking and release the room", "cancel my booking ABC123"},
	{"order_breakfast", "Order breakfast to the room", "bring breakfast for ABC123"},
	{"book_massage", "Book a massage in the spa", "I would like a massage"},
	{"show_invoice", "Show the invoice with all charges", "show me the bill of ABC123"},
	{"request_towels", "Have fresh towels brought", "fresh towels please"},
	{"report_fault", "Report a broken lamp, heater or tap", "the heater is broken"},
	{"extend_stay", "Extend the stay by some nights", "stay two nights longer"},
	{"late_checkout", "Ask for a late checkout", "can I check out later"},
	{"airport_shuttle", "Reserve a seat in the airport shuttle", "a shuttle to the airport"},
	{"lost_property", "Search the lost property office", "I lost my umbrella"},
	{"parking_space", "Reserve a parking space in the garage", "where can I park my car"},
	{"rent_bicycle", "Rent a bicycle for a day", "rent two bicycles"},
	{"dry_cleaning", "Send clothes to the dry cleaning", "my suit needs cleaning"},
	{"wake_up_call", "Set a wake-up call", "wake me at seven"},
	{"baby_cot", "Put a cot for a baby into the room", "we need a cot"},
	{"theatre_tickets", "Buy theatre tickets at the concierge", "two tickets for tonight"},
	{"loyalty_points", "Tell how many loyalty points were collected", "how many points do I have"},
	{"upgrade_suite", "Upgrade the room to a suite", "upgrade me to a suite"},
	{"restaurant_table", "Reserve a table in the restaurant", "a table for four"},
};

#define TOOLS (sizeof tools / sizeof tools[0])

/* Any of them calls the first tool, whichever came before. */
static const char *const sentences[] = {
	"check reservation ABC123",
	"please look up the reservation with the number DEF456",
	"what about GHI789?",
	"could you look up reservation JKL012 for me",
	"and look up MNO345",
};

#define SENTENCES (sizeof sentences / sizeof sentences[0])

struct seat {
	struct rig *rig;
	struct session *session;
	struct seat *next; /* of those that wait for a new session */
};

struct rig {
	uv_loop_t loop;
	struct engine *engine;
	const struct orchestrator_ops *orchestrator;
	struct seat *seats, *waiting;
	size_t width, total, started, ended, bad, events;
};

static void add_node(cJSON *nodes, const char *id, const char *type, cJSON *data)
{
	cJSON *node = cJSON_CreateObject();

	cJSON_AddStringToObject(node, "id", id);
	cJSON_AddStringToObject(node, "type", type);
	cJSON_AddItemToObject(node, "data", data);
	cJSON_AddItemToArray(nodes, node);
}

static void add_edge(cJSON *edges, const char *source, const char *target)
{
	cJSON *edge = cJSON_CreateObject();

	cJSON_AddStringToObject(edge, "source", source);
	cJSON_AddStringToObject(edge, "target", target);
	cJSON_AddItemToArray(edges, edge);
}

static cJSON *tool_data(const struct bench_tool *tool)
{
	static const char parameters[] =
		"[{\"name\": \"reservationNumber\", \"type\": \"string\", \"required\": true,"
		" \"pattern\": \"^[A-Z]{3}[0-9]{3}$\", \"description\": \"The number of the reservation\"}]";
	cJSON *data = cJSON_CreateObject(), *examples;

	cJSON_AddStringToObject(data, "functionName", tool->name);
	cJSON_AddStringToObject(data, "description", tool->description);
	cJSON_AddItemToObject(data, "parameters", json_parse(parameters, strlen(parameters), NULL));
	examples = cJSON_AddArrayToObject(cJSON_AddObjectToObject(data, "testpanel"), "examples");
	cJSON_AddItemToArray(examples, cJSON_CreateString(tool->example));
	return data;
}

static cJSON *mock_data(void)
{
	cJSON *data = cJSON_CreateObject();

	cJSON_AddStringToObject(data, "label", "bench");
	cJSON_AddStringToObject(data, "integrationType", "mock");
	cJSON_AddStringToObject(
		data, "mockOutput", "{\"reservation\":{\"number\":\"ABC123\",\"status\":\"confirmed\"}}");
	return data;
}

/* A master with the first count tools, all before one mock. */
static struct workflow *make_workflow(size_t count)
{
	cJSON *json = cJSON_CreateObject(), *master = cJSON_CreateObject();
	cJSON *nodes = cJSON_AddArrayToObject(json, "nodes"), *edges = cJSON_AddArrayToObject(json, "edges");
	struct workflow *workflow;
	struct faults faults;
	char *text;

	cJSON_AddStringToObject(master, "agentName", "Desk");
	add_node(nodes, "desk", "routerNode", master);
	add_node(nodes, "mock", "integrationNode", mock_data());
	for (size_t i = 0; i < count; i++) {
		add_node(nodes, tools[i].name, "subAgentNode", tool_data(&tools[i]));
		add_edge(edges, "desk", tools[i].name);
		add_edge(edges, tools[i].name, "mock");
	}
	text = json_print(json);
	cJSON_Delete(json);
	faults_init(&faults);
	workflow = workflow_parse(text, strlen(text), "bench", &faults);
	faults_done(&faults);
	free(text);
	if (!workflow) {
		fprintf(stderr, "bench: the workflow has faults\n");
		exit(1);
	}
	return workflow;
}

static void say_next(struct seat *seat)
{
	struct rig *rig = seat->rig;
	size_t number = seat->session->turn_count;

	rig->started++;
	session_say(seat->session, sentences[number % SENTENCES]);
}

static bool as_meant(const struct turn *turn)
{
	return turn->status == TURN_SUCCESS && turn->tool_call_count == 1 &&
		!strcmp(turn->tool_calls[0].node, tools[0].name);
}

static void end_turn(struct seat *seat, const struct turn *turn)
{
	struct rig *rig = seat->rig;

	if (!as_meant(turn) && !rig->bad++)
		fprintf(stderr, "bench: \"%s\": %s\n", turn->utterance, turn->reply);
	rig->ended++;
	if (rig->started == rig->total)
		return;
	if (seat->session->turn_count < TURNS_A_SESSION) {
		say_next(seat);
		return;
	}
	seat->next = rig->waiting;
	rig->waiting = seat;
}

static void on_event(void *ctx, const struct turn_event *event)
{
	struct seat *seat = ctx;

	seat->rig->events++;
	if (event->type == TURN_EVENT_ENDED)
		end_turn(seat, event->turn);
}

static void renew(struct seat *seat)
{
	struct rig *rig = seat->rig;

	session_free(seat->session);
	seat->session = session_new(rig->engine, rig->orchestrator, on_event, seat);
}

static void *rig_open(const struct orchestrator_ops *orchestrator, size_t tool_count, size_t width)
{
	struct rig *rig = xcalloc(1, sizeof *rig);

	uv_loop_init(&rig->loop);
	rig->engine = engine_new(&rig->loop, &clock_system, 1, make_workflow(tool_count));
	engine_allow(rig->engine, width);
	rig->orchestrator = orchestrator;
	rig->width = width;
	rig->seats = xcalloc(width, sizeof *rig->seats);
	for (size_t i = 0; i < width; i++) {
		rig->seats[i].rig = rig;
		renew(&rig->seats[i]);
	}
	return rig;
}

static void *system_open(const char *url, size_t width)
{
	(void)url;
	return rig_open(&orchestrator_system, 1, width);
}

static void *testpanel_open(const char *url, size_t width)
{
	(void)url;
	return rig_open(&orchestrator_testpanel, TOOLS, width);
}

static void rig_start(void *state, size_t total)
{
	struct rig *rig = state;

	rig->total = total;
	rig->started = rig->ended = 0;
	rig->waiting = NULL;
	for (size_t i = 0; i < rig->width && i < total; i++) {
		if (rig->seats[i].session->turn_count >= TURNS_A_SESSION)
			renew(&rig->seats[i]);
		say_next(&rig->seats[i]);
	}
}

static bool rig_pass(void *state, bool wait)
{
	struct rig *rig = state;
	struct seat *seat;

	while ((seat = rig->waiting) && rig->started < rig->total) {
		rig->waiting = seat->next;
		renew(seat);
		say_next(seat);
	}
	if (rig->ended < rig->total)
		uv_run(&rig->loop, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
	return rig->ended < rig->total;
}

static size_t rig_close(void *state)
{
	struct rig *rig = state;
	size_t bad = rig->bad;

	for (size_t i = 0; i < rig->width; i++)
		session_free(rig->seats[i].session);
	engine_free(rig->engine);
	uv_run(&rig->loop, UV_RUN_DEFAULT);
	uv_loop_close(&rig->loop);
	free(rig->seats);
	free(rig);
	return bad;
}

const struct subject subject_system = {"system", system_open, rig_start, rig_pass, rig_close};
const struct subject subject_testpanel = {"testpanel", testpanel_open, rig_start, rig_pass, rig_close};
