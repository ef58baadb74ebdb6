/* The states of a voice, and how they follow each other. Pure. */
#ifndef ORCHESTRATOR_VOICE_STATE_H
#define ORCHESTRATOR_VOICE_STATE_H

#include <stdbool.h>

enum voice_state {
	VOICE_LISTENING,   /* waits for the caller's words, spoken or typed */
	VOICE_HEARING,     /* the caller speaks */
	VOICE_THINKING,    /* a turn runs; what the caller says meanwhile waits */
	VOICE_SPEAKING,    /* the reply sounds, or is about to */
	VOICE_INTERRUPTED, /* it was stopped: the caller speaks, or it is not quiet yet */
};
#define VOICE_STATE_COUNT (VOICE_INTERRUPTED + 1)

enum voice_input {
	VOICE_SPEECH,  /* the caller begins to speak */
	VOICE_QUIET,   /* the caller does not speak, or has said nothing */
	VOICE_TURN,    /* a turn begins */
	VOICE_REPLY,   /* a reply begins to be spoken */
	VOICE_STOPPED, /* a reply is stopped before its end */
	VOICE_END,     /* the turn is over */
};
#define VOICE_INPUT_COUNT (VOICE_END + 1)

enum voice_state voice_state_next(enum voice_state state, enum voice_input input);
const char *voice_state_name(enum voice_state state); /* "listening" */
/* The state of a name; false for any other. */
bool voice_state_find(const char *name, enum voice_state *state);

#endif
