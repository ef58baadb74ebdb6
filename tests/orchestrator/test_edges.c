/* What a turn touches of the graph: the edges that its calls go along, logic nodes on the way, and how often
 * its nodes are used. */
#include "tests/executor/script_server.h"
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* The suite's tool stands for members only; its two integrations depend on the argument. The register's
 * answer makes a member of the caller. */
static const char house[] =
	"{\"testpanel\": {\"retry\": {\"max\": 0}, \"remote\": {\"url\": \"${REMOTE}/turn\"}}, \"nodes\": ["
	"{\"id\": \"desk\", \"type\": \"routerNode\", \"data\": {\"agentName\": \"Desk\"}},"
	"{\"id\": \"member\", \"type\": \"logicNode\", \"data\": {\"variableName\": \"membership\","
	" \"operator\": \"exists\"}},"
	"{\"id\": \"club\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"Club\","
	" \"description\": \"suites\"}},"
	"{\"id\": \"suite\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"book_suite\","
	" \"description\": \"Book a suite\", \"parameters\": [{\"name\": \"wing\", \"type\": \"string\","
	" \"required\": true, \"enum\": [\"north\", \"south\"]}]}},"
	"{\"id\": \"is-north\", \"type\": \"logicNode\", \"data\": {\"variableName\": \"wing\","
	" \"operator\": \"equals\", \"value\": \"north\"}},"
	"{\"id\": \"north\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\","
	" \"mockOutput\": \"{\\\"suite\\\": 1}\"}},"
	"{\"id\": \"south\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\","
	" \"mockOutput\": \"{\\\"suite\\\": 2}\"}},"
	"{\"id\": \"register\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"sign_up\","
	" \"description\": \"Sign up the caller\"}},"
	"{\"id\": \"members\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\","
	" \"mockOutput\": \"{\\\"membership\\\": \\\"M1\\\"}\"}}"
	"], \"edges\": ["
	"{\"source\": \"desk\", \"target\": \"member\"}, {\"source\": \"member\", \"target\": \"club\"},"
	"{\"source\": \"club\", \"target\": \"suite\"}, {\"source\": \"suite\", \"target\": \"is-north\"},"
	"{\"source\": \"is-north\", \"target\": \"north\"}, {\"source\": \"suite\", \"target\": \"south\"},"
	"{\"source\": \"desk\", \"target\": \"register\"}, {\"source\": \"register\", \"target\": "
	"\"members\"}"
	"]}";

/* "source>target …" as they are taken. */
static void note_edge(void *ctx, const struct turn_event *event)
{
	struct buffer *edges = ctx;

	if (event->type == TURN_EVENT_EDGE)
		buffer_appendf(edges, "%s%s>%s", edges->len ? " " : "", event->edge->source->id,
			event->edge->target->id);
}

static void expect_usage(const struct session *session, const char *expected, const char *comment)
{
	cJSON *saved = session_save(session);
	char *usage = json_print(json_get(saved, "usage"));

	cr_expect_str_eq(usage, expected, "%s: %s", comment, usage);
	free(usage);
	cJSON_Delete(saved);
}

#define NORTH "desk>member member>club club>suite suite>is-north is-north>north"
#define SOUTH "desk>member member>club club>suite suite>south"

Test(edges, calls_go_along_them)
{
	static const struct {
		const char *comment, *membership, *utterance, *edges, *usage;
	} cases[] = {
		{"conditions that hold", "M1", "book a suite in the north wing", NORTH,
			"{\"desk\":1,\"club\":1,\"suite\":1,\"north\":1}"},
		{"one that does not", "M1", "book a suite in the south wing", SOUTH,
			"{\"desk\":1,\"club\":1,\"suite\":1,\"south\":1}"},
		{"a closed way", NULL, "book a suite in the north wing", "", "{\"desk\":1}"},
		{"no conditions", NULL, "sign up the caller", "desk>register register>members",
			"{\"desk\":1,\"register\":1,\"members\":1}"},
	};

	for (size_t o = 0; stage_orchestrator(o); o++) {
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			char *comment = xasprintf("%s, %s", cases[i].comment, stage_orchestrator(o)->name);
			struct buffer edges;
			struct stage stage;
			struct session *session;

			buffer_init(&edges, BUFFER_MAX_TEXT);
			stage_open(&stage, house);
			session = session_new(stage.engine, stage_orchestrator(o), note_edge, &edges);
			if (cases[i].membership) {
				cJSON *membership = cJSON_CreateString(cases[i].membership);

				state_set(&session->memory, membership, "membership", STATE_SESSION, 1);
				cJSON_Delete(membership);
			}
			stage_say(&stage, session, cases[i].utterance);
			cr_expect_str_eq(
				buffer_text(&edges), cases[i].edges, "%s: %s", comment, buffer_text(&edges));
			expect_usage(session, cases[i].usage, comment);
			session_free(session);
			stage_close(&stage);
			buffer_done(&edges);
			free(comment);
		}
	}
}

/* Which tools there are is asked anew for each round. */
Test(edges, what_a_tool_found_out_opens_the_way)
{
	static const struct script_line lines[] = {
		{"desk", .outcome = MODEL_TOOL_CALLS,
			.calls = "[[\"consult_Club_club\", {\"query\": \"the north wing\"}]]"},
		{"desk", .outcome = MODEL_TOOL_CALLS, .calls = "[[\"sign_up_register\", {}]]"},
		{"desk", .outcome = MODEL_TOOL_CALLS,
			.calls = "[[\"consult_Club_club\", {\"query\": \"the north wing\"}]]"},
		{"desk", .outcome = MODEL_ANSWER, .text = "Booked."},
		{"club", .outcome = MODEL_TOOL_CALLS,
			.calls = "[[\"book_suite_suite\", {\"wing\": \"north\"}]]"},
		{"club", .outcome = MODEL_ANSWER, .text = "Booked."},
		{0},
	};
	struct buffer edges;
	struct stage stage;
	struct session *session;
	const struct turn *turn;
	const struct span *span;

	buffer_init(&edges, BUFFER_MAX_TEXT);
	stage_open(&stage, house);
	stage_script(&stage, lines);
	session = session_new(stage.engine, &orchestrator_testpanel, note_edge, &edges);
	turn = stage_say(&stage, session, "a suite for a new member");
	cr_expect_eq(turn->status, TURN_SUCCESS);
	cr_expect_str_eq(buffer_text(&edges), "desk>register register>members " NORTH);
	span = stage_span(turn, "book_suite");
	cr_assert_not_null(span);
	cr_expect_eq(span_get(span, "testpanel.node.uses")->value.integer, 1);
	stage_script(&stage, lines);
	turn = stage_say(&stage, session, "another one");
	span = stage_span(turn, "book_suite");
	cr_expect_eq(span_get(span, "testpanel.node.uses")->value.integer, 2, "in the session");
	cr_expect_eq(span_get(turn->root, "testpanel.node.uses")->value.integer, 2);
	expect_usage(session, "{\"desk\":2,\"register\":2,\"members\":2,\"club\":3,\"suite\":2,\"north\":2}",
		"two turns");
	session_free(session);
	stage_close(&stage);
	buffer_done(&edges);
}

Test(edges, usage_goes_on_with_the_session)
{
	cJSON *saved = cJSON_Parse("{\"usage\": {\"desk\": 4, \"members\": \"many\"}}");
	struct stage stage;
	struct session *session;

	stage_open(&stage, house);
	session = session_resume(stage.engine, &orchestrator_system, saved, NULL, NULL);
	stage_say(&stage, session, "sign up the caller");
	expect_usage(session, "{\"desk\":5,\"register\":1,\"members\":1}", "resumed");
	session_free(session);
	stage_close(&stage);
	cJSON_Delete(saved);
}

/* Calls that were made elsewhere name the tools and nodes of the graph, or do not. */
Test(edges, calls_made_elsewhere_go_along_them)
{
	static const struct {
		const char *comment, *answer, *edges, *usage;
	} cases[] = {
		{"agents and a tool",
			"\"agents\": [\"club\"], \"toolCalls\": [{\"tool\": \"book_suite\", \"arguments\": "
			"{\"wing\": \"north\"}}]",
			NORTH, "{\"desk\":1,\"club\":1,\"suite\":1,\"north\":1}"},
		{"by the node's id, other arguments",
			"\"agents\": [\"desk\", \"club\"], \"toolCalls\": [{\"tool\": \"x\", \"node\": "
			"\"suite\", \"arguments\": {\"wing\": \"south\"}}]",
			SOUTH, "{\"desk\":1,\"club\":1,\"suite\":1,\"south\":1}"},
		{"a tool of the router", "\"toolCalls\": [{\"tool\": \"sign_up_register\"}]",
			"desk>register register>members", "{\"desk\":1,\"register\":1,\"members\":1}"},
		{"a tool of nobody who is active", "\"toolCalls\": [{\"tool\": \"suite\"}]",
			"suite>is-north is-north>north", "{\"desk\":1,\"suite\":1,\"north\":1}"},
		{"nothing of the graph", "\"toolCalls\": [{\"tool\": \"own\"}], \"agents\": [\"who\"]", "",
			"{\"desk\":1}"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *answer = xasprintf("{\"reply\": \"Yes.\", %s}", cases[i].answer);
		struct script_server *server;
		struct buffer edges;
		struct stage stage;
		struct session *session;
		char url[64];

		buffer_init(&edges, BUFFER_MAX_TEXT);
		stage_open(&stage, house);
		server = script_server_new(&stage.loop);
		snprintf(url, sizeof url, "http://127.0.0.1:%u", script_server_port(server));
		env_set(stage.engine->env, "REMOTE", url);
		script_answer(server, 200, "application/json", "", answer);
		session = session_new(stage.engine, &orchestrator_remote, note_edge, &edges);
		stage_say(&stage, session, "hello");
		cr_expect_str_eq(
			buffer_text(&edges), cases[i].edges, "%s: %s", cases[i].comment, buffer_text(&edges));
		expect_usage(session, cases[i].usage, cases[i].comment);
		session_free(session);
		script_server_free(server);
		stage_close(&stage);
		buffer_done(&edges);
		free(answer);
	}
}
