/* Where an execution meets a mock node: its answers take the way of those over HTTP, so that retry, breaker
 * and filters treat them alike. See mock_node.h. */
#include "executor/execution_state.h"
#include "executor/json.h"
#include "executor/mock_node.h"
#include "executor/table.h"

#include <stdlib.h>
#include <string.h>

static struct mock_turn turn_of(const struct execution *e)
{
	return (struct mock_turn){e->executor->config.seed, e->mock_turn, e->arguments};
}

/* A session's counts; "" is what belongs to none. */
struct session_turns {
	struct table_entry entry;
	struct table nodes;
};

/* How many turns a mock node has had in it. */
struct turn_count {
	struct table_entry entry;
	size_t count;
};

/* The entry of a name, made of size zeroed bytes where there is none. */
static struct table_entry *find_or_add(struct table *table, const char *name, size_t size)
{
	struct table_entry *entry = table_find(table, name, strlen(name));

	if (!entry) {
		entry = xcalloc(1, size);
		table_add(table, entry, name, strlen(name));
	}
	return entry;
}

/* Sessions side by side each see a sequence from its beginning. */
static size_t take_turn(struct execution *e)
{
	const char *session = e->span->trace->session;
	struct session_turns *turns = (struct session_turns *)find_or_add(
		&e->executor->mock_turns, session ? session : "", sizeof *turns);
	struct turn_count *node =
		(struct turn_count *)find_or_add(&turns->nodes, e->integration->id, sizeof *node);

	return node->count++;
}

static void session_turns_free(struct table_entry *entry)
{
	gate_empty(&((struct session_turns *)entry)->nodes);
	free(entry);
}

void executor_forget_session(struct executor *executor, const char *session)
{
	struct table_entry *entry = table_find(&executor->mock_turns, session, strlen(session));

	if (!entry)
		return;
	table_remove(&executor->mock_turns, entry);
	session_turns_free(entry);
}

void mock_attempt_forget(struct executor *executor)
{
	struct table_entry *entry;

	while ((entry = table_take_any(&executor->mock_turns)))
		session_turns_free(entry);
	table_done(&executor->mock_turns);
}

void mock_attempt(struct execution *e)
{
	struct mock_turn turn;
	struct mock_choice choice;

	e->mock_turn = take_turn(e);
	turn = turn_of(e);
	choice = mock_node_begin(e->integration->mock, &turn);
	e->latency_ms = choice.latency_ms;
	if (choice.fault)
		span_set(e->attempt_span, attr_str("testpanel.fault", mock_fault_name(choice.fault)));
}

/* A node without more than its output, whose answer is to be spoilt all the same. */
static void answer_output(const struct integration *in, struct http_response *response)
{
	char *text = json_print(in->mock_data);

	response->status = 200;
	response->content_type = "application/json";
	buffer_append_str(response->body, text);
	free(text);
}

void mock_attempt_answer(struct execution *e, http_done answered)
{
	struct http_response response = {.message = "", .retry_after_ms = -1, .sent = true};
	const struct mock_turn turn = turn_of(e);
	struct mock_reply reply = {0};
	struct buffer body;

	buffer_init(&body, BUFFER_MAX_TEXT);
	response.body = &body;
	if (e->integration->mock)
		mock_node_answer(e->integration->mock, &turn, clock_realtime_ns(e->executor->config.clock),
			&reply, &response);
	else
		answer_output(e->integration, &response);
	if (e->latency_ms > 0)
		cJSON_AddNumberToObject(e->result->metadata, "simulatedLatencyMs", e->latency_ms);
	answered(&response, e);
	mock_reply_done(&reply);
	buffer_done(&body);
}
