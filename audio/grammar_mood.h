/* What callers say around a phrase by its grammatical mood: nobody would like to "is a room free". */
#ifndef AUDIO_GRAMMAR_MOOD_H
#define AUDIO_GRAMMAR_MOOD_H

enum grammar_mood {
	MOOD_REQUEST,  /* imperative: "cancel my booking" */
	MOOD_SENTENCE, /* a question, a statement: "is a room free", "I lost my key" */
	MOOD_ANSWER,   /* no sentence, but what was asked for: "it is {code}" */
	GRAMMAR_MOODS
};

struct grammar_frame {
	const char *rule;  /* of JSGF: the name of the phrases' rule */
	const char *frame; /* of JSGF, with the rule in it */
};

extern const struct grammar_frame grammar_frames[GRAMMAR_MOODS];
/* The rules that the frames use beside the phrases'. */
extern const char grammar_frame_rules[];

/* Of a phrase of a vocabulary, with kinds in braces. */
enum grammar_mood grammar_mood_of(const char *phrase);

#endif
