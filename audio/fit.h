/* How well a grammar's sentence fits the sound, by what two searches say of the same frames: the best path
 * through the grammar, and the best one through phones in any order, which nothing can fit better. And by
 * what dictation makes of it, which knows nothing of the grammar: its words are often wrong, but wrong alike.
 */
#ifndef AUDIO_FIT_H
#define AUDIO_FIT_H

#include <stdbool.h>
#include <stddef.h>

struct fit {
	double grammar, phones; /* scores of the paths, logarithms */
	size_t frames;
	size_t voiced, supple; /* frames of its words; of those that fit into much */
	double distance;       /* of the sentence from what was dictated: fit_distance */
};

/* 0 to 1; 0.5 and more: it is what was said. 0 without frames or words. */
double fit_agreement(const struct fit *fit);
/* Letters to be inserted, removed or replaced to make one of the other, of those of the longer: 0 to 1; case
 * aside. */
double fit_distance(const char *one, const char *other);
/* A letter, a digit, a number, a day, a name: short words, any of which may follow any other, so that they
 * are found in most sounds. word is the grammar's ("a.", "seven"). */
bool fit_supple(const char *word);

#endif
