/* A model answers (messages, tools) with text or tool calls. Kinds are ops tables; `embedded` is the
 * deterministic planner. */
#ifndef ORCHESTRATOR_MODEL_H
#define ORCHESTRATOR_MODEL_H

#include "orchestrator/tool.h"

struct engine;

/* All of it stays valid until the answer came or the call was cancelled. */
struct model_request {
	const struct node *agent;  /* who asks: the router or a department */
	const char *system_prompt; /* may be NULL */
	const cJSON *messages;     /* chat-completions messages:
				      {"role","content","tool_calls","tool_call_id","name"}; an
				      assistant's may bear "testpanel": {"awaiting"}, see below. A tool's
				      content is JSON text: history_tool_content; for a department
				      agent_response_content */
	const struct tool_set *tools;
	const cJSON *memory; /* what the session knows: {"argument name": value}, may be NULL */
	struct span *parent;
	double deadline_ms; /* 0: none */
	bool no_calls;      /* the rounds are used up: only an answer will do ("tool_choice": "none") */
	/* Told of the answer's text as it comes, where the model streams: whole UTF-8 characters. From the
	 * loop, never inside ask. May be NULL. */
	void (*part)(const char *text, void *ctx);
	void *part_ctx;
};

enum model_outcome {
	MODEL_TOOL_CALLS,
	MODEL_ANSWER,
	MODEL_QUESTION,       /* text asks the caller for something that is missing */
	MODEL_NOT_UNDERSTOOD, /* text says so */
	MODEL_FAILED,         /* error and text say why */
};

struct model_tool_call {
	char *id; /* unique in the session: "call_1" */
	char *name;
	cJSON *arguments; /* object */
	char *fault;      /* why these are not the model's own, which cannot be used; NULL: they are */
};

struct model_answer {
	enum model_outcome outcome;
	char *text; /* with tool calls what was said beside them, else NULL */
	struct model_tool_call *calls;
	size_t call_count;
	/* With MODEL_QUESTION what is being waited for: {"tool": name, "parameter": name (a department has
	 * none), "arguments": those known so far}; else NULL. Whoever keeps the agent's history stores a copy
	 * in the assistant's message, {"role", "content", "testpanel": {"awaiting": …}}: the next utterance
	 * is understood from the history alone. So a department's history has to live as long as the session,
	 * too. */
	cJSON *awaiting;
	int64_t input_tokens, output_tokens;
	enum errcode error;
};

/* Takes the answer; runs once, from the loop, with a cancelled call too (MODEL_FAILED, ERR_CANCELLED). */
typedef void (*model_done_cb)(struct model_answer *answer, void *ctx);

struct model_call;

struct model_ops {
	const char *name;  /* on the command line */
	const char *title; /* for people */
	bool prompted;     /* reads the system prompt */
	/* What the model of an engine needs to know, into *state; settings are the workflow's and the user's
	 * members of that name ("openai"), may be NULL. False with *error (caller frees) naming the cure.
	 * NULL where there is nothing to know. */
	bool (*open)(struct engine *engine, const cJSON *settings, void **state, char **error);
	void (*close)(void *state);
	/* Starts one call. Never NULL; begins and ends its own span under request->parent. */
	struct model_call *(*ask)(
		struct engine *engine, const struct model_request *request, model_done_cb done, void *ctx);
	void (*cancel)(struct model_call *call);
};

extern const struct model_ops model_embedded;
extern const struct model_ops model_openai;

/* NULL-terminated table of all kinds, and a look-up by name. */
extern const struct model_ops *const models[];
const struct model_ops *model_find(const char *name);

void model_answer_free(struct model_answer *answer);

#endif
