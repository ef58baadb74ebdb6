/* Values stand in one cJSON object, because tools, logic nodes and planners read one, and notes on them in an
 * array beside it; both keep the order of learning, which is also the one in which values are forgotten. */
#include "orchestrator/state.h"

#include <stdlib.h>
#include <string.h>

struct state_note {
	uint64_t learned_ns; /* realtime */
	enum state_scope scope;
};

static const char *const scope_names[] = {
	[STATE_EPHEMERAL] = "ephemeral",
	[STATE_SESSION] = "session",
	[STATE_LONG_TERM] = "long_term",
};

#define SCOPES (sizeof scope_names / sizeof *scope_names)

const char *state_scope_name(enum state_scope scope)
{
	return scope_names[scope];
}

bool state_scope_parse(const char *name, enum state_scope *scope)
{
	for (size_t i = 0; i < SCOPES; i++)
		if (!strcmp(name, scope_names[i])) {
			*scope = (enum state_scope)i;
			return true;
		}
	return false;
}

void state_init(struct state *state)
{
	*state = (struct state){.values = cJSON_CreateObject()};
}

void state_done(struct state *state)
{
	cJSON_Delete(state->values);
	free(state->notes);
	*state = (struct state){0};
}

/* The place of a name, and its value; count and NULL when it is not known. */
static size_t state_find(const struct state *state, const char *name, cJSON **value)
{
	cJSON *known = state->values->child;
	size_t i = 0;

	while (known && strcmp(known->string, name) != 0) {
		known = known->next;
		i++;
	}
	*value = known;
	return i;
}

static void state_remove(struct state *state, size_t i, cJSON *value)
{
	cJSON_Delete(cJSON_DetachItemViaPointer(state->values, value));
	state->count--;
	memmove(&state->notes[i], &state->notes[i + 1], (state->count - i) * sizeof *state->notes);
}

/* What is known for long goes only when there is nothing else. */
static void state_remove_oldest(struct state *state)
{
	cJSON *value = state->values->child;
	size_t i = 0;

	while (value && state->notes[i].scope == STATE_LONG_TERM) {
		value = value->next;
		i++;
	}
	if (value)
		state_remove(state, i, value);
	else
		state_remove(state, 0, state->values->child);
}

static void state_add(
	struct state *state, const cJSON *value, const char *name, enum state_scope scope, uint64_t now)
{
	cJSON *known;
	size_t i = state_find(state, name, &known);

	if (known)
		state_remove(state, i, known);
	else if (state->count == STATE_MAX)
		state_remove_oldest(state);
	if (state->count == state->capacity) {
		state->capacity = state->capacity ? 2 * state->capacity : 8;
		state->notes = xreallocarray(state->notes, state->capacity, sizeof *state->notes);
	}
	cJSON_AddItemToObject(state->values, name, json_copy(value));
	state->notes[state->count++] = (struct state_note){.learned_ns = now, .scope = scope};
}

static bool state_takes(const cJSON *value)
{
	if (cJSON_IsString(value))
		return value->valuestring[0] && strlen(value->valuestring) <= STATE_MAX_STRING;
	return cJSON_IsNumber(value) || cJSON_IsBool(value);
}

void state_set(
	struct state *state, const cJSON *value, const char *name, enum state_scope scope, uint64_t now)
{
	if (name[0] && state_takes(value) && !redact_is_secret_name(name))
		state_add(state, value, name, scope, now);
}

bool state_get(const struct state *state, const char *name, enum state_scope *scope, uint64_t *learned)
{
	cJSON *value;
	size_t i = state_find(state, name, &value);

	if (!value)
		return false;
	*scope = state->notes[i].scope;
	*learned = state->notes[i].learned_ns;
	return true;
}

size_t state_drop(struct state *state, enum state_scope scope)
{
	cJSON *value = state->values->child, *next;
	size_t kept = 0, count = state->count;

	for (size_t i = 0; i < count; i++, value = next) {
		next = value->next;
		if (state->notes[i].scope == scope)
			cJSON_Delete(cJSON_DetachItemViaPointer(state->values, value));
		else
			state->notes[kept++] = state->notes[i];
	}
	state->count = kept;
	return count - kept;
}

void state_end_turn(struct state *state, uint64_t now)
{
	state_drop(state, STATE_EPHEMERAL);
	state->last_turn_ns = now;
}

bool state_expired(const struct state *state, const struct state_settings *settings, uint64_t now)
{
	return settings->session_timeout && state->last_turn_ns && now > state->last_turn_ns &&
		now - state->last_turn_ns >= settings->session_timeout;
}

static void add_time(cJSON *object, const char *name, uint64_t realtime_ns)
{
	char time[CLOCK_RFC3339_SIZE];

	if (realtime_ns)
		cJSON_AddStringToObject(object, name, clock_format_rfc3339(realtime_ns, time));
}

void state_save(const struct state *state, cJSON *saved)
{
	cJSON *scopes[SCOPES] = {0}, *learned, *value;
	size_t i = 0;

	cJSON_AddItemToObject(saved, "memory", json_copy(state->values));
	learned = cJSON_AddObjectToObject(saved, "learned");
	for (enum state_scope scope = STATE_SESSION; scope < SCOPES; scope++)
		scopes[scope] = cJSON_AddObjectToObject(learned, scope_names[scope]);
	cJSON_ArrayForEach(value, state->values)
	{
		const struct state_note *note = &state->notes[i++];

		if (scopes[note->scope])
			add_time(scopes[note->scope], value->string, note->learned_ns);
	}
	add_time(saved, "lastTurn", state->last_turn_ns);
}

/* What stands in a file of before there were scopes is the session's. */
static void state_load_value(struct state *state, const cJSON *value, const cJSON *learned)
{
	enum state_scope scope = STATE_SESSION;
	const char *time = NULL;

	for (enum state_scope s = STATE_SESSION; s < SCOPES && !time; s++) {
		time = json_string(json_get(learned, scope_names[s]), value->string, NULL);
		if (time)
			scope = s;
	}
	state_add(state, value, value->string, scope, time ? clock_parse_rfc3339(time) : 0);
}

void state_load(struct state *state, const cJSON *saved)
{
	const cJSON *memory = json_get(saved, "memory"), *learned = json_get(saved, "learned"), *value;

	cJSON_Delete(state->values);
	state->values = cJSON_CreateObject();
	state->count = 0;
	state->last_turn_ns = clock_parse_rfc3339(json_string(saved, "lastTurn", ""));
	if (!cJSON_IsObject(memory))
		return;
	cJSON_ArrayForEach(value, memory)
	{
		if (cJSON_IsString(value) || cJSON_IsNumber(value) || cJSON_IsBool(value))
			state_load_value(state, value, learned);
	}
}
