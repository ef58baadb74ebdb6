/* How a word is likely to be said that no dictionary has. */
#ifndef AUDIO_PRONUNCIATION_H
#define AUDIO_PRONUNCIATION_H

/* The phones of an English word (lower case, letters of ASCII and apostrophes) as CMUdict names them, without
 * stress: "K AE K T AH S". By the letter-to-sound rules of flite (Black, Lenzo, Pagel: Issues in building
 * general letter to sound rules, 1998), so that our own voices are understood again. NULL: there is no flite,
 * or nothing of it can be said. The caller frees. Blocks, for microseconds; any thread. */
char *pronunciation_guess(const char *word);
/* flite and its lexicon, which its voices share, are ready after it. Any thread. */
void pronunciation_prepare(void);

#endif
