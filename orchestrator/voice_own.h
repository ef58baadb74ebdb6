/* Internal to voice*.c: what their parts share. */
#ifndef ORCHESTRATOR_VOICE_OWN_H
#define ORCHESTRATOR_VOICE_OWN_H

#include "orchestrator/session.h"
#include "orchestrator/voice.h"

/* Given to sound, and not done yet. */
struct voice_piece {
	struct voice *voice;
	struct voice_piece *next;
	size_t start, len;   /* in the reply; of no meaning for a filler */
	size_t heard;        /* bytes */
	struct span *filler; /* its span while it is open */
	bool is_filler;
};

/* Words that wait for their turn. */
struct voice_words {
	struct origin *origin;
	struct voice_heard heard; /* its texts are those */
};

struct voice {
	struct session *session;
	void *line; /* NULL: silent */
	enum voice_state state;
	struct voice_settings settings; /* as the running turn's workflow has them */
	bool listens, held;
	bool gone;    /* nothing is said or told any more but of the turn that runs */
	bool hearing; /* the caller speaks */
	bool deaf;    /* to this utterance of theirs: it began while a reply was not to be interrupted */
	struct voice_words queue[VOICE_QUEUE_MAX];
	size_t queue_count;
	struct deferred pump;
	struct voice_piece *pieces;

	/* Of the reply. turn is NULL but from its beginning to its end. */
	struct turn *turn;
	const cJSON *last; /* of the session's messages, when the turn began; only compared */
	struct span *span, *synthesis;
	size_t left;  /* pieces of the reply that are not done */
	size_t heard; /* bytes of it, up to the first that was not */
	bool waits;   /* for the caller to end */
	bool stopped, gap;
	uint64_t began_ns;
	char *failure;

	uv_timer_t timer; /* of the filler */
	bool armed, filled;
	unsigned fillers; /* so far: the phrases take turns */
};

/* voice.c */
void voice_enter(struct voice *voice, enum voice_input input);
/* Of the history, NULL when there is none. */
const cJSON *voice_last_message(const struct session *session);
/* After a turn: what waits is said. */
void voice_pump_later(struct voice *voice);

/* voice_speak.c */
/* What is spoken comes to the same two ends. */
struct voice_piece *voice_say(struct voice *voice, const char *text, size_t len, bool is_filler);
void voice_speak_reply(struct voice *voice);

/* voice_filler.c */
void voice_filler_init(struct voice *voice);
/* Something of the turn's trace has changed. */
void voice_filler_watch(struct voice *voice, const struct span *span);
/* Nothing is to be filled any more; what sounds is stopped. */
void voice_filler_stop(struct voice *voice);
void voice_filler_end_span(struct voice_piece *piece);

#endif
