/* The embedded planner: which tool a sentence means, with which arguments, and what to say. Deterministic and
 * pure: same input, same output. `embedded` (model_embedded) puts it behind the model interface;
 * SystemOrchestrator uses it for its intents. */
#ifndef ORCHESTRATOR_PLANNER_H
#define ORCHESTRATOR_PLANNER_H

#include "orchestrator/model.h"

/* How well a tool fits an utterance. */
struct ranking {
	const struct tool *tool;
	double score;
	const struct node
		*node; /* the tool's own or, of a department, that of the tool behind it that fits */
};

#define PLANNER_THRESHOLD 1.0 /* under it nothing was understood; scores are scaled so */
#define PLAN_MAX 4            /* requests in one utterance */
#define PLAN_TOP 3

/* What one utterance asks for, in the order it asks. */
struct plan_step {
	const struct tool *tool;
	double score;
	cJSON *arguments;                /* of the words, then of memory; {} for a department */
	const struct parameter *missing; /* the first required one still unknown, or NULL */
	char *request;                   /* the part of the utterance that asks for it */
	bool confirmed;                  /* the caller has said yes to it; the planner never says so */
};

struct plan {
	struct plan_step steps[PLAN_MAX];
	size_t count;                 /* 0: nothing understood */
	bool dropped;                 /* "never mind": the caller gives up what was awaited; count is 0 */
	struct ranking top[PLAN_TOP]; /* the best tools for the whole utterance, for the record */
	size_t top_count;
};

/* What the conversation so far says about the next utterance. All of it may be NULL. */
struct plan_context {
	const char *language;
	const cJSON *awaiting; /* what the last question waits for, as in struct model_answer */
	const cJSON *previous; /* the last call that was made, {"tool", "arguments"}, or an array of those of
				  the last turn that made any: "no, I meant DEF456" repeats one */
	const cJSON *memory;
	uint64_t now_realtime_ns;
};

/* The decisions that the embedded model and SystemOrchestrator share: an utterance that fits what is awaited
 * completes that call, one that asks for something else leaves it; a correction or a follow-up ("and
 * tomorrow?") repeats the previous call with what is new. Call plan_done. */
void planner_plan(const struct tool_set *set, const char *utterance, const struct plan_context *context,
	struct plan *plan);
void plan_done(struct plan *plan);
/* False where no plan of the utterance can have more than one step. */
bool planner_may_be_several(const char *utterance);

/* Ranks every tool, best first, into rankings (set->count places); the words of a department are also those
 * of the tools behind it. Returns how many there are. */
size_t planner_rank(
	const struct tool_set *set, const char *utterance, const char *language, struct ranking *rankings);
/* Arguments for a tool from the words (patterns, enums, numbers, dates relative to today, codes …), then from
 * memory when the words refer to it or the parameter is required. An object, never NULL; the caller deletes
 * it. */
cJSON *planner_arguments(
	const struct tool *tool, const char *utterance, const cJSON *memory, uint64_t now_realtime_ns);
/* A question that asks the caller for the parameter. Caller frees. */
char *planner_question(const struct tool *tool, const struct parameter *missing);
/* One question for every required parameter that args lacks. Caller frees. */
char *planner_questions(const struct tool *tool, const cJSON *args);
/* Must the caller be asked before the tool is called? Where its node says testpanel.confirm, true or the
 * question, or the workflow does, for tools that change something. */
bool planner_must_confirm(const struct tool *tool);
/* "Shall I cancel booking, reservation number ABC123?", or the node's own words. Caller frees. */
char *planner_confirmation(const struct tool *tool, const cJSON *args);
/* That, where the caller must be asked; else NULL. Arguments that are wrong are not worth a question. */
char *planner_consent_question(const struct tool *tool, const cJSON *args);

enum consent {
	CONSENT_NONE, /* something else was said */
	CONSENT_YES,
	CONSENT_NO, /* wins where both are said */
};

enum consent planner_consent(const char *utterance);
/* Says honestly that the request was not understood and names what the tools can do. Caller frees. */
char *planner_not_understood(const struct tool_set *set);
/* A sentence or a few made from a tool's data for the caller, in the words of its members ("Reservation
 * ABC123 is confirmed…"); a node's testpanel.replyTemplate is used where there is one. Caller frees. */
char *planner_reply(const struct tool *tool, const cJSON *data);
/* What to say when a tool failed: honest, without technical detail. error_code is the code as users see it
 * ("REST_404"): the status makes a difference to the caller. Caller frees. */
char *planner_apology(const struct tool *tool, const char *error_code);
/* What to say to a caller who gave up what was awaited. */
#define PLANNER_DROPPED "All right, we leave that. What else can I do for you?"
/* Greeting, thanks, goodbye, yes, no and the like, which are no request: a reply, or NULL when it is none. */
char *planner_small_talk(const struct node *agent, const char *utterance);

#endif
