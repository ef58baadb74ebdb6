/* How well a grammar's sentence fits the sound, by what two searches say of the same frames: the best path
 * through the grammar, and the best one through phones in any order, which nothing can fit better. And by
 * what its words weigh: letters, digits, days and names, any of which may follow any other, are found in most
 * sounds. */
#ifndef AUDIO_FIT_H
#define AUDIO_FIT_H

#include <stddef.h>

struct fit {
	double sound, phones; /* scores of the paths, logarithms */
	double weights;       /* of the grammar's words, the same */
	size_t voiced;        /* frames of its words */
};

/* 0 to 1; 0.5 and more: it is what was said. 0 without words. */
double fit_agreement(const struct fit *fit);

#endif
