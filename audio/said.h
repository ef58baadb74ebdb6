/* How what is written in figures is said, in a dictionary's words with a space after each. */
#ifndef AUDIO_SAID_H
#define AUDIO_SAID_H

#include "executor/executor.h"

/* Below a million: "three hundred forty two ". */
void said_number(struct buffer *out, unsigned long n);
/* Letters and digits one by one, nothing else: "a. b. one ". */
void said_spelled(struct buffer *out, const char *word);

#endif
