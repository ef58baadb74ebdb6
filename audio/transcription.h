/* What a transcription server answers (OpenAI API reference, "Create transcription"; whisper.cpp's server):
 * its JSON becomes a transcript. Pure. */
#ifndef AUDIO_TRANSCRIPTION_H
#define AUDIO_TRANSCRIPTION_H

#include "audio/recogniser.h"

/* Of a segment. Whisper invents words for what are none: it was silence where it doubts its own words and
 * says that there was no speech, and a loop where the text can be compressed like one. */
#define TRANSCRIPTION_DOUBT -1.0    /* avg_logprob under it */
#define TRANSCRIPTION_NO_SPEECH 0.6 /* no_speech_prob over it */
#define TRANSCRIPTION_REPEATS 2.4   /* compression_ratio over it */

/* Fills in text, confidence (exp of the segments' mean avg_logprob by their length; negative where it tells
 * of none) and, as an alternative, what was left out; the rest is the caller's. False with *why (caller
 * frees) for what is no transcription. */
bool transcription_read(struct transcript *transcript, const char *body, size_t len, char **why);
/* "de-DE" is "de" (ISO 639-1) in code; false for what has no such code. */
bool transcription_language(const char *language, char code[3]);

#endif
