/* Finds out what a chat-completions server can and what it gets wrong, by asking it a little of everything
 * the way a turn would: the same requests, the same reading of the answers. One check after the other, a
 * dozen small requests; a server that is busy is asked again. */
#ifndef ORCHESTRATOR_OPENAI_PROBE_H
#define ORCHESTRATOR_OPENAI_PROBE_H

#include "orchestrator/engine.h"

/* id, name; in the order in which they are told */
#define PROBE_CHECKS(_)                                                                                      \
	_(REACHABLE, "reachable")                                                                            \
	_(TLS, "TLS")                                                                                        \
	_(MODEL, "model list")                                                                               \
	_(AUTHENTICATION, "authentication")                                                                  \
	_(ANSWER, "plain answer")                                                                            \
	_(MAX_TOKENS, "token limit")                                                                         \
	_(STREAM, "streaming")                                                                               \
	_(USAGE, "streamed usage")                                                                           \
	_(SPEED, "speed")                                                                                    \
	_(TOOL_CALL, "tool call")                                                                            \
	_(ARGUMENTS, "arguments")                                                                            \
	_(TOOL_RESULT, "tool result")                                                                        \
	_(PARALLEL, "parallel calls")                                                                        \
	_(NO_CALLS, "tool_choice none")                                                                      \
	_(SEED, "seed")                                                                                      \
	_(TEMPERATURE, "temperature")                                                                        \
	_(ERRORS, "errors")                                                                                  \
	_(LIMITS, "rate limits")

enum probe_check {
#define PROBE_CHECK_ENUM(id, name) PROBE_##id,
	PROBE_CHECKS(PROBE_CHECK_ENUM)
#undef PROBE_CHECK_ENUM
	PROBE_CHECK_COUNT
};

enum probe_verdict {
	PROBE_OK,
	PROBE_DEVIATES, /* not as the API has it */
	PROBE_CANNOT,
	PROBE_SKIPPED,
};

const char *probe_check_name(enum probe_check check);
const char *probe_verdict_name(enum probe_verdict verdict); /* "ok", "deviates", "cannot", "skipped" */

/* Texts are without secrets; of what a server says they may hold anything else. */
struct probe_line {
	enum probe_check check;
	enum probe_verdict verdict;
	const char *seen;    /* what was seen, or why nothing was looked for */
	const char *follows; /* what that means for a session; NULL: nothing */
	bool blocks;         /* sessions will not work with the settings as they are */
};

struct probe_report {
	size_t requests;
	int64_t input_tokens, output_tokens; /* as the server counts them */
	size_t uncounted;                    /* answers without a count */
	double duration_ms;
	size_t blocking; /* lines that block */
	bool cancelled, timed_out;
	const char *server, *model; /* without secrets */
	const cJSON *settings;      /* members to set in testpanel.openai, null: to take out; may be empty */
};

struct openai_probe;

struct probe_listener {
	void (*line)(void *ctx, const struct probe_line *line);
	/* The check that is under way, and how much of it all is done. */
	void (*progress)(void *ctx, enum probe_check check, double share);
	/* Once, from the loop; the probe is gone when it returns. */
	void (*done)(void *ctx, const struct probe_report *report);
	void *ctx;
};

/* The engine's model must be `openai`. From the loop; nothing is told inside. All of it takes timeout_ms at
 * most. Run the loop once more before closing it. */
struct openai_probe *openai_probe_start(
	struct engine *engine, double timeout_ms, const struct probe_listener *listener);
/* done follows from the loop. Harmless when called twice. */
void openai_probe_cancel(struct openai_probe *probe);

#endif
