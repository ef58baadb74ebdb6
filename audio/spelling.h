/* Codes that are spelled: what recognisers hear word by word, as people write it. */
#ifndef AUDIO_SPELLING_H
#define AUDIO_SPELLING_H

#include <stddef.h>

/* The letter (upper case) or digit that a word of len bytes stands for: "a." and "alpha" are A, "oh" is 0.
 * '\0': none. */
char spelling_letter(const char *word, size_t len);
/* "reservation a. b. c. one two" is "reservation ABC12". The caller frees. */
char *spelling_written(const char *hypothesis);

#endif
