/* What the orchestrators' tests stand on: a loop with an engine on it, turns that are run to their end under
 * a guard, and a model that plays a table of answers. */
#ifndef TESTS_ORCHESTRATOR_STAGE_H
#define TESTS_ORCHESTRATOR_STAGE_H

#include "orchestrator/orchestrator.h"

struct stage {
	uv_loop_t loop;
	uv_prepare_t waiting;          /* ends a pass before it sleeps when there is nothing to wait for */
	const struct session *session; /* that is waited for */
	uv_timer_t guard;              /* fails the test when a turn does not end */
	struct engine *engine;
	struct mock_server *server; /* NULL without a backend */
};

/* A small workflow with mock integrations: router desk → department stays (tools: lookup, cancel, broken) and
 * the tools clock, slow, and the knowledge base guide. */
extern const char stage_workflow[];
/* The same with testpanel.communicationConfig, JSON text; NULL: without. The caller frees it. */
char *stage_workflow_with(const char *communication_config);

/* A workflow without errors; fails the test where there are any. */
struct workflow *stage_parse(const char *text);
struct workflow *stage_load(const char *path);
/* The time of day as a test has set it, realtime; what passes is real. For an engine's clock, after
 * stage_open. */
extern const struct clock stage_clock;
extern uint64_t stage_today;
#define STAGE_TODAY 1795348800000000000u /* 2026-11-22T12:00:00Z */

void stage_open(struct stage *stage, const char *workflow);
/* With a time of the test's own. */
void stage_open_at(struct stage *stage, const char *workflow, const struct clock *clock);
/* mock may be NULL; else it is served. */
void stage_open_file(struct stage *stage, const char *workflow, const char *mock);
/* Starts a mock backend and sets ${MOCK_URL}. */
void stage_serve(struct stage *stage, const char *mock);
void stage_serve_text(struct stage *stage, const char *definition);
void stage_close(struct stage *stage);
/* The orchestrators that need nothing of a workflow, in menu order; NULL behind the last. */
const struct orchestrator_ops *stage_orchestrator(size_t n);
/* Runs the loop until the session's turn has ended. */
void stage_finish(struct stage *stage, const struct session *session);
/* Says it and runs the turn to its end. */
const struct turn *stage_say(struct stage *stage, struct session *session, const char *utterance);
/* One pass of the loop that may wait. */
void stage_pass(struct stage *stage);
/* Cancels the turn and ends the session. */
void stage_end_session(struct stage *stage, struct session *session);
/* Is there a span of this name in the turn's trace? The first, or NULL. */
const struct span *stage_span(const struct turn *turn, const char *name);
/* The lines of a session's file behind its first, which says who wrote it; the caller frees them. */
char *stage_events(const char *path);
/* Two session files tell the same, line by line. */
void stage_same_events(const char *path, const char *again, const char *who);
/* The turn's agents as "desk stays lookup"; the caller frees it. */
char *stage_agents(const struct turn *turn);
/* Its calls as "lookup{"reservationNumber":"ABC123"} clock{}"; the caller frees it. */
char *stage_calls(const struct turn *turn);

/* Does the text hold all of these, with a NULL behind the last, in this order? */
void stage_expect_in_order(const char *text, const char *const *parts, const char *comment);

/* One answer of the scripted model. Lines are played in order for each agent; the last one repeats. */
struct script_line {
	const char *agent; /* node id */
	enum model_outcome outcome;
	const char *text;
	const char *calls;    /* JSON: [["tool name", {arguments}], …] */
	const char *awaiting; /* JSON, NULL when none */
	enum errcode error;
};

/* Makes the engine's model play lines, which end with one that has no agent. */
void stage_script(struct stage *stage, const struct script_line *lines);
/* What the model was asked last for an agent: its messages as JSON text, "" when it was not. */
const char *stage_asked(const char *agent);
/* The system prompt that went with it. */
const char *stage_prompt(const char *agent);
/* How often the model was asked for an agent. */
size_t stage_asked_count(const char *agent);

#endif
