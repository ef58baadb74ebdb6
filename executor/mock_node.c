/* See mock_node.h. Choosing and filling in is the mock backend's (mock_chance.c, mock_reply.c); here the
 * answer only becomes what a transfer would have brought. */
#include "executor/mock_node.h"

#include "executor/hash.h"
#include "executor/inject.h"
#include "executor/json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct mock_node {
	cJSON *root; /* the testpanel member: answers borrow from it */
	struct mock_sequence sequence;
	uint64_t which; /* its own chance among all nodes */
};

static const char *const members[] = {"status", "headers", "latencyMs", "body", "text", "contentType",
	"fault", "faultProbability", "faults", "trickleMs", "sequence", "after", NULL};

static const char *first_member(const cJSON *testpanel)
{
	const char *const *name = members;

	while (*name && !json_get(testpanel, *name))
		name++;
	return *name;
}

/* May a turn come to the node's own output, which it does not have? */
static bool misses_output(const struct mock_sequence *sequence)
{
	for (size_t i = 0; i < sequence->count; i++) {
		const struct mock_answer *answer = &sequence->answers[i];

		if (!answer->body && !answer->text && answer->status < 300 && answer->status != 204 &&
			(!answer->fault || answer->fault_probability < 1))
			return true;
	}
	return false;
}

static uint64_t hash_id(const char *id)
{
	uint8_t bytes[16];
	uint64_t hash;

	hash_bytes(id, strlen(id), bytes);
	memcpy(&hash, bytes, sizeof hash);
	return hash;
}

struct mock_node *mock_node_parse(const struct integration_draft *draft)
{
	const struct integration *in = draft->integration;
	const cJSON *testpanel = json_get(draft->data, "testpanel");
	const struct mock_place place = {.node = true, .output = in->mock_data, .latency_ms = in->latency_ms};
	struct mock_node *node;
	char *pointer;

	if (!first_member(testpanel) && !mock_template_used(in->mock_data))
		return NULL;
	node = xcalloc(1, sizeof *node);
	node->root = testpanel ? json_copy(testpanel) : cJSON_CreateObject();
	node->which = hash_id(in->id);
	pointer = json_pointer_child(draft->pointer, "testpanel");
	mock_sequence_parse(&node->sequence, node->root, &place, pointer, draft->faults);
	free(pointer);
	if (!in->mock_data && misses_output(&node->sequence))
		integration_refuse(
			draft, ERR_MOCK_NO_OUTPUT, "mockOutput", "%s", errcode_message(ERR_MOCK_NO_OUTPUT));
	return node;
}

void mock_node_free(struct mock_node *node)
{
	if (!node)
		return;
	mock_sequence_done(&node->sequence);
	cJSON_Delete(node->root);
	free(node);
}

void mock_node_warn(const struct integration_draft *draft)
{
	const char *name = first_member(json_get(draft->data, "testpanel"));
	char *member;

	if (!name)
		return;
	member = xasprintf("testpanel/%s", name);
	integration_warn(draft, member,
		"only a mock heeds %s: for faults of a real integration there is --fault", name);
	free(member);
}

static void make_reply(const struct mock_node *node, const struct mock_turn *turn, struct mock_reply *reply)
{
	struct mock_view view = {.node = true, .arguments = turn->arguments};

	*reply = (struct mock_reply){0};
	mock_reply_answer(reply, &node->sequence, turn->seed, node->which, turn->n, &view);
}

struct mock_choice mock_node_begin(const struct mock_node *node, const struct mock_turn *turn)
{
	struct mock_choice choice;
	struct mock_reply reply;
	struct rng rng;

	mock_chance_seed(&rng, turn->seed, node->which, turn->n);
	choice = mock_choose(&node->sequence, turn->n, &rng);
	if (choice.fault == MOCK_FAULT_TRICKLE) {
		make_reply(node, turn, &reply);
		if (reply.len > 1)
			choice.latency_ms += (double)(reply.len - 1) * reply.trickle_ms;
		mock_reply_done(&reply);
	}
	return choice;
}

static const char *reply_header(const struct mock_reply *reply, const char *name)
{
	const cJSON *header;

	cJSON_ArrayForEach(
		header, reply->headers) if (!strcasecmp(header->string, name)) return header->valuestring;
	return NULL;
}

/* What a fault of the backend is to whoever sits at the other end. */
static void apply_fault(enum mock_fault fault, struct http_response *response)
{
	static const enum inject_kind kinds[] = {
		[MOCK_FAULT_CLOSE] = INJECT_CLOSE,
		[MOCK_FAULT_RESET] = INJECT_RESET,
		[MOCK_FAULT_TRUNCATE] = INJECT_TRUNCATE,
		[MOCK_FAULT_GARBAGE] = INJECT_GARBAGE,
		[MOCK_FAULT_TIMEOUT] = INJECT_TIMEOUT,
	};
	struct injection injection = {.ms = -1};

	if (fault == MOCK_FAULT_NONE || fault == MOCK_FAULT_TRICKLE)
		return;
	injection.kind = kinds[fault];
	if (fault != MOCK_FAULT_TRUNCATE) {
		response->status = 0;
		response->content_type = NULL;
		response->retry_after_ms = -1;
		buffer_reset(response->body);
	}
	injection_apply(&injection, response);
}

void mock_node_answer(const struct mock_node *node, const struct mock_turn *turn, uint64_t now_ns,
	struct mock_reply *reply, struct http_response *response)
{
	const char *type, *retry_after;

	make_reply(node, turn, reply);
	type = reply_header(reply, "Content-Type");
	retry_after = reply_header(reply, "Retry-After");
	response->sent = true;
	response->status = reply->status;
	response->content_type = type ? type : reply->content_type;
	if (retry_after && reply->status >= 300)
		response->retry_after_ms = policy_parse_retry_after(retry_after, now_ns);
	buffer_append(response->body, reply->text, reply->len);
	apply_fault(reply->fault, response);
}
