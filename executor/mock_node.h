/* A mock node that answers as the mock backend would, in process: status, sequence, latency, faults and
 * templates from the arguments, in the words of assets/mock.schema.json as members of the node's "testpanel".
 */
#ifndef EXECUTOR_MOCK_NODE_H
#define EXECUTOR_MOCK_NODE_H

#include "executor/http.h"
#include "executor/mock_reply.h"
#include "executor/source.h"

struct mock_node;

/* NULL where the node only says what it answers, without a template: nothing here is needed for that. Faults
 * go to the draft's; in->mock_data, which may be NULL, is borrowed. */
struct mock_node *mock_node_parse(const struct integration_draft *draft);
void mock_node_free(struct mock_node *node);
/* Warns of members that only a mock heeds. */
void mock_node_warn(const struct integration_draft *draft);

/* One attempt. */
struct mock_turn {
	uint64_t seed;
	size_t n; /* from 0: which of the node's attempts it is, in its session */
	const cJSON *arguments;
};

/* A turn begins: how long its answer takes, and the fault in it. */
struct mock_choice mock_node_begin(const struct mock_node *node, const struct mock_turn *turn);
/* The answer of that turn as HTTP would have given it; response->body is empty before. response points into
 * reply, which the caller frees with mock_reply_done. now_ns: real time, for Retry-After. */
void mock_node_answer(const struct mock_node *node, const struct mock_turn *turn, uint64_t now_ns,
	struct mock_reply *reply, struct http_response *response);

#endif
