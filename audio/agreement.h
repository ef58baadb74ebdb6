/* How far two transcripts of the same sound agree. */
#ifndef AUDIO_AGREEMENT_H
#define AUDIO_AGREEMENT_H

/* 1 - Levenshtein's distance in characters / length of the longer one: 1 for equal texts, 0 for wholly
 * different ones. Case and everything but letters, digits and single spaces is left aside. Two empty texts
 * agree. */
double agreement(const char *a, const char *b);

#endif
