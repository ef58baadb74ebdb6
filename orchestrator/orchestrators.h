/* The orchestrators behind one ops table; a new one is one file and one line. The calls under "for
 * orchestrators" are how they report what they do. */
#ifndef ORCHESTRATOR_ORCHESTRATORS_H
#define ORCHESTRATOR_ORCHESTRATORS_H

#include "orchestrator/turn.h"

struct orchestrator_ops {
	const char *name;    /* on the command line: "system" */
	const char *title;   /* in the menu: "SystemOrchestrator" */
	const char *summary; /* one line for the menu */
	/* State of a new session, may be NULL; freed by close. saved is what save once gave, of whatever
	 * orchestrator (members that are not known are ignored), NULL for a session that begins. */
	void *(*open)(struct session *session, const cJSON *saved);
	void (*close)(void *state);
	/* What a session that is resumed needs, without secrets; the caller deletes it. Between turns only.
	 * May be NULL. */
	cJSON *(*save)(const void *state);
	/* The words for a caller who comes back to a session that had turns; expired: what it knew of them is
	 * gone. *status is TURN_SUCCESS, and may become TURN_NEEDS_INFO with a question. Caller frees. NULL:
	 * nobody is welcomed. */
	char *(*welcome)(const struct session *session, bool expired, enum turn_status *status);
	/* Starts turn->session's turn. Comes to turn_finish, from the loop, exactly once. */
	void (*run)(struct turn *turn);
	/* Gives up what is under way; turn_finish follows with ERR_CANCELLED. From the loop, never inside an
	 * event, so that nothing that is just being reported is cancelled under its reporter. */
	void (*cancel)(struct turn *turn);
	/* What the workflow lacks for it and how to add that, a literal; NULL: nothing. May be NULL. */
	const char *(*missing)(const struct workflow *workflow);
	/* Its sessions have a voice from the beginning: what they say is spoken. */
	bool spoken;
};

#define REMOTE_INTEGRATION "testpanel.remote" /* the id that remote's requests are executed under */

extern const struct orchestrator_ops orchestrator_testpanel, orchestrator_system, orchestrator_voice,
	orchestrator_remote;

/* NULL-terminated, in menu order. */
extern const struct orchestrator_ops *const orchestrators[];
const struct orchestrator_ops *orchestrator_find(const char *name);
/* What keeps it from answering turns of this workflow (may be NULL), with the cure; NULL: nothing. */
const char *orchestrator_missing(
	const struct orchestrator_ops *orchestrator, const struct workflow *workflow);

/* For orchestrators: */
void turn_agent_active(struct turn *turn, const struct node *agent);
void turn_edge_taken(struct turn *turn, const struct edge *edge);
/* All of workflow_path's; NULL is allowed. */
void turn_path_taken(struct turn *turn, const struct edge *const *path);
/* One more use of a node in the session, which counts them; span (may be NULL) is told how many these are. */
void turn_node_used(struct turn *turn, const struct node *node, struct span *span);
/* A call goes from agent to a tool of its set: all edges on the way, logic nodes between them, are taken. */
void turn_way_taken(struct turn *turn, const struct node *agent, const struct tool *tool);
/* tool_run for a turn: with what its session knows; the edges to the integration are taken, uses counted. */
struct tool_run *turn_run_tool(struct turn *turn, const struct tool_set *set, const char *name,
	const cJSON *args, struct span *parent, double deadline_ms, tool_done_cb done, void *ctx);
/* Of the reply that is being made, as it comes from a model; text as in struct turn_event. */
void turn_reply_part(struct turn *turn, const char *text);
/* Takes arguments; fills the rest from result and tool. */
void turn_add_tool_call(
	struct turn *turn, const struct tool *tool, cJSON *arguments, const struct result *result);
/* The same for a call that was made elsewhere; copies its texts, takes its arguments, which hold no secrets.
 */
void turn_add_foreign_call(struct turn *turn, const struct turn_tool_call *call);
/* Why nobody answers, with the cure, for who builds the system; forgotten where the turn does not fail. */
void turn_set_error(struct turn *turn, const char *error);
/* Ends a span of an agent's work as the outcome says; what was cancelled is nobody's error. */
void turn_end_span(struct span *span, enum turn_status status, enum errcode code);
/* Sets reply (taken), status and code, and tells the listener of the reply; then the turn ends, in a session
 * with a voice when the reply has been spoken, else at once. error_code is the code as users see it
 * ("REST_503"), which code alone cannot say for the *_STATUS families; NULL formats code. */
void turn_finish(
	struct turn *turn, enum turn_status status, enum errcode code, const char *error_code, char *reply);
/* For the voice: closes the root span, computes latency, tells the session and its listener, who may start
 * the next turn at once. */
void turn_end(struct turn *turn);

#endif
