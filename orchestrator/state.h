/* The state manager: what a session knows, {"argument or data member": value}, and for how long. Later turns
 * draw from it; the latest value of a name wins. Nothing runs to let a value expire: whoever is about to use
 * them drops first what is over. */
#ifndef ORCHESTRATOR_STATE_H
#define ORCHESTRATOR_STATE_H

#include "orchestrator/turn.h"

#define STATE_MAX 200         /* values; the one learned longest ago goes first, those for long last */
#define STATE_MAX_STRING 1000 /* bytes; a longer text is no value to fill a parameter with */

enum state_scope {
	STATE_EPHEMERAL, /* of the turn that learned it */
	STATE_SESSION,   /* of the session, until its timeout */
	STATE_LONG_TERM, /* of the caller: outlives the timeout */
};

const char *state_scope_name(enum state_scope scope); /* "long_term" */
bool state_scope_parse(const char *name, enum state_scope *scope);

/* A workflow's testpanel.stateManagement. */
struct state_settings {
	enum state_scope scope;   /* storageType: of what is learned and has no scope of its own */
	const cJSON *scopes;      /* {"name": scope} of its own, may be NULL */
	uint64_t session_timeout; /* ns without a turn; 0: none */
	int max_history;          /* messages of an agent */
};

#define STATE_MAX_TIMEOUT_MS (366 * 86400e3)

/* workflow may be NULL. What is missing or wrong is as without it. */
struct state_settings state_settings_of(const struct workflow *workflow);
/* What is wrong with the object at pointer. */
void state_settings_check(const cJSON *settings, const char *pointer, struct faults *faults);

struct state_note;

struct state {
	cJSON *values;            /* the one view of it, learned longest ago first; only to be read */
	struct state_note *notes; /* on each, in the same order */
	size_t count, capacity;
	uint64_t last_turn_ns; /* realtime, the last turn's end; 0 before there was one */
};

void state_init(struct state *state);
void state_done(struct state *state);
/* Copies a value that is worth remembering: text, number or boolean, not named like a secret. */
void state_set(
	struct state *state, const cJSON *value, const char *name, enum state_scope scope, uint64_t now);
/* How long the value of a name is known; false when it is not. */
bool state_get(const struct state *state, const char *name, enum state_scope *scope, uint64_t *learned);
/* Returns how many values there were of a scope. */
size_t state_drop(struct state *state, enum state_scope scope);
/* A turn has ended: drops what was only its own. */
void state_end_turn(struct state *state, uint64_t now);
/* Has there been no turn for as long as the session lasts without one? */
bool state_expired(const struct state *state, const struct state_settings *settings, uint64_t now);
/* Adds "memory", {"name": value}, "learned", {scope: {"name": time}}, and "lastTurn", a time, to saved. */
void state_save(const struct state *state, cJSON *saved);
/* As they stand there, in the place of what was known; what is missing is as in a new session. */
void state_load(struct state *state, const cJSON *saved);

/* What a tool call taught the turn's session: its arguments and two levels of its data, when it succeeded.
 * What a search of articles finds says nothing about the caller and is not remembered. */
void state_learn_call(
	struct turn *turn, const struct tool *tool, const cJSON *arguments, const struct result *result);
/* What the turn's utterance says about the caller, for the fields of a customer profile with autoDetect. */
void state_learn_caller(struct turn *turn);
/* The caller's name as it is known for long, NULL when it is not. */
const char *state_caller_name(const struct state *state);
/* What is known about the caller for long, {"name": value}, NULL when that is nothing. The caller deletes it.
 */
cJSON *state_profile(const struct state *state);
/* The prompt with what is known about the caller for long, for a model; NULL when that is nothing. Caller
 * frees. */
char *state_prompt(const struct state *state, const char *prompt);

#endif
