/* Values for a tool's parameters, found in an utterance and in memory. Internal to the planner. */
#ifndef ORCHESTRATOR_EXTRACT_H
#define ORCHESTRATOR_EXTRACT_H

#include "orchestrator/relation.h"
#include "orchestrator/text.h"
#include "orchestrator/token.h"
#include "orchestrator/tool.h"

#include <regex.h>

/* What kind of value a parameter takes, as its declaration tells. In the order in which they choose: a token
 * taken by one kind is not there for those after it. */
enum value_kind {
	VALUE_DAY,
	VALUE_TIME,
	VALUE_EMAIL,
	VALUE_PATTERN,
	VALUE_PHONE,
	VALUE_ENUM,
	VALUE_NUMBER,
	VALUE_BOOLEAN,
	VALUE_NAME,
	VALUE_JSON,
	VALUE_SENTENCE, /* the whole utterance: a query */
	VALUE_TEXT,     /* what is left of it: an item, a reason */
	VALUE_OTHER,    /* a string of which nothing is known */
};

enum value_kind value_kind_of(const struct parameter *parameter);

/* What a parameter's declaration says, found out once: compiling a pattern costs more than all its uses. */
struct parameter_shape {
	const cJSON *spec;
	enum value_kind kind;
	enum relation relation;
	bool compiled;  /* there is a pattern, and it could be */
	bool patterned; /* and it does not take just anything */
	regex_t regex;
};

void parameter_shape_init(struct parameter_shape *shape, const struct parameter *parameter);
void parameter_shape_done(struct parameter_shape *shape);
/* From the workflow's cache; where the tool has none, or it is full, made in own, which the caller gives
 * back by parameter_shape_drop. */
const struct parameter_shape *parameter_shape_of(
	const struct tool *tool, const struct parameter *parameter, struct parameter_shape *own);
void parameter_shape_drop(const struct parameter_shape *shape, struct parameter_shape *own);
/* The same from the workflow's cache. */
enum value_kind extract_kind(const struct tool *tool, const struct parameter *parameter);
/* Is the text what the parameter's pattern wants? True without a pattern. */
bool pattern_accepts(const struct parameter *parameter, const char *text);

/* Adds to args what the tokens give, and marks the tokens it used. typed leaves sentences and free text out.
 */
void extract_from_words(const struct tool *tool, const struct parameter *first, struct tokens *tokens,
	struct day today, bool typed, cJSON *args);
/* "reservation_number" and "reservationNumber" are one name. Where a is not b, ends says whether it ends in
 * it. */
bool extract_same_name(const char *a, const char *b, bool *ends);
/* Adds to args what memory knows of parameters that are required, or that the words refer to. */
void extract_from_memory(
	const struct tool *tool, const struct tokens *tokens, const cJSON *memory, cJSON *args);
/* The utterance taken as the answer to a question for one parameter; NULL when it cannot be. */
cJSON *extract_answer(const struct tool *tool, const struct parameter *parameter, const char *utterance,
	uint64_t now_realtime_ns);
/* What the words alone give, without free text. What could be the value of several parameters goes to first,
 * which may be NULL. */
cJSON *extract_typed(const struct tool *tool, const struct parameter *first, const char *utterance,
	uint64_t now_realtime_ns);
/* "check ABC123 and DEF456": an array of further arguments, each args with another value that was said next
 * to the one in it. Empty where there is one. */
cJSON *extract_further(
	const struct tool *tool, const cJSON *args, const char *utterance, uint64_t now_realtime_ns);

/* A stay that begins on another day than before is as long as before: adds the end to fresh when only the
 * beginning is new. */
void extract_shift_end(const struct tool *tool, const cJSON *before, cJSON *fresh);

/* A value for the parameter, of the kind that it takes; no day, because all days are shared out at once.
 * Marks the tokens it used. NULL when there is none. */
cJSON *extract_value(const struct tool *tool, const struct parameter *parameter, enum value_kind kind,
	struct tokens *tokens);
/* One value of a kind each; NULL when there is none. */
cJSON *extract_pattern(const struct tool *tool, const struct parameter *parameter,
	const struct parameter_shape *shape, struct tokens *tokens);
cJSON *extract_enum(const struct parameter *parameter, enum relation relation, struct tokens *tokens);
cJSON *extract_number(const struct parameter *parameter, struct tokens *tokens);
cJSON *extract_boolean(const struct parameter *parameter, const struct tokens *tokens);
cJSON *extract_time(struct tokens *tokens);
cJSON *extract_email(struct tokens *tokens);
cJSON *extract_phone(struct tokens *tokens);
cJSON *extract_name(const struct parameter *parameter, struct tokens *tokens);
cJSON *extract_json(const struct tokens *tokens);
cJSON *extract_text(const struct tool *tool, const struct parameter *parameter, const struct tokens *tokens);
cJSON *extract_other(const struct parameter *parameter, struct tokens *tokens);

/* Does one of the (stemmed) words begin with the letter? */
bool words_begin(const struct words *words, char letter);
/* Does a word of the parameter's name stand among the tokens [from, to)? */
bool tokens_hint(const struct tokens *tokens, size_t from, size_t to, const struct parameter *parameter);

#endif
