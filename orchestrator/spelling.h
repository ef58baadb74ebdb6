/* How far a word is from another as people mistype it. */
#ifndef ORCHESTRATOR_SPELLING_H
#define ORCHESTRATOR_SPELLING_H

#define SPELLING_SHORTEST 5 /* bytes; a shorter word is too near too many others */

#define SPELLING_FAR 9

/* How many slips make word of known, SPELLING_FAR when too many to have meant it: a slip is a letter more,
 * less, other or swapped with its neighbour; one is allowed, two in words of eight letters and more. The
 * first letters agree, or are the ones that were swapped. Both in lower case. */
unsigned spelling_slips(const char *word, const char *known);

#endif
