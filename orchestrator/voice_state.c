/* Who speaks. Speech during a reply that must not be interrupted never gets here, so every row is total and
 * no input is an error: sound comes when it comes. */
#include "orchestrator/voice_state.h"

#include <stddef.h>
#include <string.h>

#define L VOICE_LISTENING
#define H VOICE_HEARING
#define T VOICE_THINKING
#define S VOICE_SPEAKING
#define I VOICE_INTERRUPTED

static const enum voice_state next[VOICE_STATE_COUNT][VOICE_INPUT_COUNT] = {
	/*                      speech quiet turn reply stopped end */
	[VOICE_LISTENING] = {H, L, T, S, L, L},
	[VOICE_HEARING] = {H, L, T, S, H, H},
	[VOICE_THINKING] = {T, T, T, S, I, L},
	[VOICE_SPEAKING] = {S, S, T, S, I, L},
	[VOICE_INTERRUPTED] = {I, L, T, S, I, I},
};

enum voice_state voice_state_next(enum voice_state state, enum voice_input input)
{
	return next[state][input];
}

static const char *const names[VOICE_STATE_COUNT] = {
	[VOICE_LISTENING] = "listening",
	[VOICE_HEARING] = "hearing",
	[VOICE_THINKING] = "thinking",
	[VOICE_SPEAKING] = "speaking",
	[VOICE_INTERRUPTED] = "interrupted",
};

const char *voice_state_name(enum voice_state state)
{
	return names[state];
}

bool voice_state_find(const char *name, enum voice_state *state)
{
	for (size_t i = 0; i < VOICE_STATE_COUNT; i++)
		if (!strcmp(names[i], name)) {
			*state = (enum voice_state)i;
			return true;
		}
	return false;
}
