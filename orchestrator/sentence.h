/* Text cut up for speaking. Pure. */
#ifndef ORCHESTRATOR_SENTENCE_H
#define ORCHESTRATOR_SENTENCE_H

#include <stddef.h>

#define SENTENCE_MAX 320 /* bytes; a longer one is spoken in parts, cut at a comma or between words */

/* Where the sentence that begins at from ends, white space behind it included: with from 0, 0 < n, … the
 * whole text is gone through. strlen(text) at the end. Neither "No. 5" nor "3.50", "Dr. Brown", "J. Brown" or
 * "z. B." is cut. language as in a workflow ("de-DE"), may be NULL. */
size_t sentence_end(const char *text, size_t from, const char *language);
/* How much of a text counts as heard when its first bytes were: whole words, without white space behind the
 * last one. All of it when nothing but punctuation is missing. */
size_t sentence_heard(const char *text, size_t bytes);

#endif
