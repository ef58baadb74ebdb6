/* A chat completion put together from what a server sends, streamed in chunks or whole (OpenAI API reference,
 * "Chat" and "Chat streaming"), with the ways in which compatible servers differ. Knows no HTTP. */
#ifndef ORCHESTRATOR_CHAT_ANSWER_H
#define ORCHESTRATOR_CHAT_ANSWER_H

#include "executor/executor.h"

#define CHAT_MAX_CALLS 64 /* tool calls of one answer */
#define CHAT_MAX_TEXT ((size_t)1 << 20)

enum chat_finish {
	CHAT_UNFINISHED, /* no finish_reason: the stream was cut */
	CHAT_STOP,
	CHAT_LENGTH,
	CHAT_TOOL_CALLS, /* and the older "function_call" */
	CHAT_CONTENT_FILTER,
};

struct chat_call {
	int index;       /* of the slot it grows in: as the server says, else its position in the delta */
	char *id, *name; /* NULL until they came */
	struct buffer arguments; /* as they came; "" stands for {} */
};

/* {"error": {"message", "type", "code"}}, {"error": "text"}, {"detail": …}, {"message": …} */
struct chat_error {
	char *message, *type, *code; /* message is NULL when there is no error; the others may be */
};

struct chat_answer {
	struct buffer text, refusal;
	bool reasoned; /* there was a "reasoning" or "reasoning_content"; its text is not kept */
	struct chat_call *calls;
	size_t call_count;
	enum chat_finish finish;
	bool has_usage;
	int64_t input_tokens, output_tokens, cached_tokens;
	char *model, *id; /* as the server says; may be NULL */
	struct chat_error error;
	/* Deviations met on the way, for whoever probes a server: bits of 1 << enum chat_quirk. */
	unsigned quirks;
};

#define CHAT_QUIRKS(_)                                                                                       \
	_(NO_INDEX, "tool call deltas have no index")                                                        \
	_(SAME_INDEX, "several tool calls share one index")                                                  \
	_(NO_ID, "tool calls have no id")                                                                    \
	_(ARGUMENTS_OBJECT, "arguments are an object, not a string")                                         \
	_(FUNCTION_CALL, "function_call instead of tool_calls")                                              \
	_(CONTENT_PARTS, "content is an array of parts")                                                     \
	_(FINISH_WRONG, "finish_reason does not tell of the tool calls")                                     \
	_(ERROR_IN_STREAM, "an error inside the stream")

enum chat_quirk {
#define CHAT_QUIRK_ENUM(id, text) CHAT_##id,
	CHAT_QUIRKS(CHAT_QUIRK_ENUM)
#undef CHAT_QUIRK_ENUM
	CHAT_QUIRK_COUNT
};

const char *chat_quirk_text(enum chat_quirk quirk);

void chat_answer_init(struct chat_answer *answer);
void chat_answer_done(struct chat_answer *answer);
/* Adds a chunk of a stream, or a whole completion, which has "message" where a chunk has "delta". Of several
 * choices the first counts. False when it is neither, or over a maximum: then error says why. An error the
 * server sends stands in error, and true is returned. */
bool chat_answer_add(struct chat_answer *answer, const cJSON *json);
/* The arguments of a call as an object; NULL with *why (JSON_ERROR_SIZE bytes) when they are none. The caller
 * deletes them. */
cJSON *chat_call_arguments(const struct chat_call *call, char *why);

/* What an answer that is an error says; false when json is none. The caller calls
 * chat_error_done. */
bool chat_error_read(struct chat_error *error, const cJSON *json);
void chat_error_done(struct chat_error *error);

#endif
