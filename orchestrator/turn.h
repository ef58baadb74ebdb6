/* A turn is one utterance and all that it causes; its events come up through one callback, from which the
 * screen, reports and comparisons all draw. */
#ifndef ORCHESTRATOR_TURN_H
#define ORCHESTRATOR_TURN_H

#include "orchestrator/origin.h"
#include "orchestrator/tool.h"
#include "orchestrator/voice_state.h"

struct session;

enum turn_status {
	TURN_RUNNING,
	TURN_SUCCESS,
	TURN_NEEDS_INFO,
	TURN_PARTIAL,
	TURN_ERROR,
	TURN_BLOCKED, /* by a guardrail */
};

/* One tool call of a turn, as it stands in the turn's JSON. */
struct turn_tool_call {
	const char *tool, *node; /* a turn's own: with integration and error in one allocation, which begins
				    with tool */
	const char *integration; /* node id, NULL without one */
	const char *error;       /* why it failed, and the cure; NULL where it did not */
	const char *source;
	cJSON *arguments;
	bool success;
	char error_code[ERRCODE_SIZE];
	size_t attempts;
	double duration_ms;
};

struct turn_latency {
	/* They add up to the duration. endpoint: the silence that told that the caller had ended. */
	double endpoint_ms, recognition_ms, model_ms, tools_ms, synthesis_ms, other_ms;
};

/* What became of a reply that was spoken. */
struct turn_spoken {
	char *heard;        /* of the reply, NULL when it was not to be spoken */
	bool interrupted;   /* it was stopped before its end: the history has no more of it than heard */
	double duration_ms; /* from its first sound */
	char *failure;      /* why sound could not speak it to its end, NULL: it could */
};

struct turn {
	struct session *session;
	struct workflow *workflow; /* as it stood when the turn began, referenced; may be NULL */
	unsigned number;           /* from 1 in its session; 0 is the greeting */
	char *utterance;           /* "" for the greeting */
	struct origin *origin;     /* of its words; NULL: they were typed */
	char *reply;               /* NULL while it runs */
	enum turn_status status;
	enum errcode code;
	char error_code[ERRCODE_SIZE]; /* "" when all is well */
	const struct node **agents;    /* in the order they were first active */
	size_t agent_count;
	char *error; /* why nobody answered, and the cure; NULL: somebody did, or a tool tells */
	struct turn_tool_call *tool_calls; /* in the order they ended */
	size_t tool_call_count;
	struct trace *trace;         /* referenced; NULL once it is packed: see turn_open_trace */
	struct packed_trace *packed; /* of turns that are not their session's last any more */
	struct span *root;           /* NULL once it is packed */
	uint64_t start_ns, end_ns;   /* monotonic */
	uint64_t answered_ns;        /* the first sound of a reply that is spoken; 0: none */
	struct turn_spoken spoken;   /* in a session with a voice, filled at the end */
	uint64_t start_realtime_ns;
	int64_t input_tokens, output_tokens;
	struct turn_latency latency; /* filled at the end */
	void *run;                   /* the orchestrator's own while it runs */
};

enum turn_event_type {
	TURN_EVENT_STARTED,
	TURN_EVENT_SPAN,   /* span and change */
	TURN_EVENT_RECORD, /* record */
	TURN_EVENT_AGENT,  /* node became active */
	TURN_EVENT_EDGE,   /* edge was taken: a call went along it */
	TURN_EVENT_PART,   /* text: the next part of a reply that is being made */
	TURN_EVENT_REPLY,  /* turn->reply is there; it counts, whatever the parts said */
	TURN_EVENT_ENDED,  /* status, code, latency, tool calls are final */
	TURN_EVENT_VOICE,  /* voice is the session's state; text what is heard of the caller so far, NULL when
			      the state has changed. turn is NULL while none runs */
};

struct turn_event {
	enum turn_event_type type;
	const struct turn *turn;
	const struct span *span;
	enum span_change change;
	const struct log_record *record;
	const struct node *node;
	const struct edge *edge;
	const char *text; /* UTF-8, whole characters, secrets redacted */
	enum voice_state voice;
};

/* For sessions, which keep the turn and free it when it is over. A new turn runs, with its trace and root
 * span; nothing of it is told before turn_announce. */
struct turn *turn_new(struct session *session, unsigned number, const char *utterance);
void turn_announce(struct turn *turn);
/* Tells the session's listener and its file; event.turn is set here. */
void turn_tell(struct turn *turn, struct turn_event event);
void turn_free(struct turn *turn);
/* Packs the trace of a turn that has ended, unless somebody else has a reference to it. */
void turn_pack(struct turn *turn);

/* Its spans, whether they were packed or not, until trace_unref, which must come before the engine's end. */
struct trace *turn_open_trace(const struct turn *turn);
const char *turn_trace_id(const struct turn *turn);
/* So far, or whole: up to the first sound of a reply that was spoken, to the turn's end of any other. */
double turn_ms(const struct turn *turn);
double turn_elapsed_ms(const struct turn *turn);       /* up to the turn's end in any case */
const char *turn_status_name(enum turn_status status); /* "needs_info" */
/* The line of `testpanel run --json`; the caller deletes it. */
cJSON *turn_to_json(const struct turn *turn);

#endif
