/* See stemmer.h. Making a stemmer costs as much as stemming a sentence, and only one thread may use it: each
 * keeps its last. People say the same words again and again: their stems are remembered, each in the place of
 * its hash. */
#include "orchestrator/stemmer.h"

#include "executor/alloc.h"

#include <libstemmer.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#define STEMMERS_MAX 4 /* languages that a thread has at hand */
#define STEMS_MAX 256  /* that are known of each */
#define STEM_BYTES 24

struct stemmer {
	char code[4];
	struct sb_stemmer *snowball; /* NULL: the place is free */
	struct {
		char word[STEM_BYTES], stem[STEM_BYTES]; /* "": none */
	} known[STEMS_MAX];
};

struct stemmers {
	struct stemmer items[STEMMERS_MAX];
	size_t next; /* to be replaced */
};

static tss_t stemmers_key;
static once_flag stemmers_once = ONCE_FLAG_INIT;

static void stemmers_free(void *stemmers)
{
	for (size_t i = 0; i < STEMMERS_MAX; i++)
		sb_stemmer_delete(((struct stemmers *)stemmers)->items[i].snowball);
	free(stemmers);
}

static void stemmers_begin(void)
{
	if (tss_create(&stemmers_key, stemmers_free) != thrd_success)
		abort();
}

static struct stemmers *stemmers_here(void)
{
	struct stemmers *stemmers;

	call_once(&stemmers_once, stemmers_begin);
	stemmers = tss_get(stemmers_key);
	if (!stemmers) {
		stemmers = xcalloc(1, sizeof *stemmers);
		tss_set(stemmers_key, stemmers);
	}
	return stemmers;
}

struct stemmer *stemmer_for(const char *code)
{
	struct stemmers *stemmers = stemmers_here();
	struct stemmer *stemmer;
	struct sb_stemmer *snowball;

	for (size_t i = 0; i < STEMMERS_MAX; i++)
		if (stemmers->items[i].snowball && !strcmp(stemmers->items[i].code, code))
			return &stemmers->items[i];
	snowball = strlen(code) < sizeof stemmers->items[0].code ? sb_stemmer_new(code, NULL) : NULL;
	if (!snowball)
		return NULL;
	stemmer = &stemmers->items[stemmers->next++ % STEMMERS_MAX];
	sb_stemmer_delete(stemmer->snowball);
	*stemmer = (struct stemmer){.snowball = snowball};
	memcpy(stemmer->code, code, strlen(code) + 1);
	return stemmer;
}

const char *stemmer_stem(struct stemmer *stemmer, const char *word, size_t n)
{
	uint32_t hash = 2166136261u; /* FNV-1a */
	const char *stem;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (unsigned char)word[i]) * 16777619u;
	hash = (hash ^ hash >> 16) % STEMS_MAX;
	if (!strcmp(stemmer->known[hash].word, word))
		return stemmer->known[hash].stem;
	stem = (const char *)sb_stemmer_stem(stemmer->snowball, (const sb_symbol *)word, (int)n);
	if (!stem || n >= STEM_BYTES || sb_stemmer_length(stemmer->snowball) >= STEM_BYTES)
		return stem ? stem : "";
	memcpy(stemmer->known[hash].word, word, n + 1);
	memcpy(stemmer->known[hash].stem, stem, (size_t)sb_stemmer_length(stemmer->snowball) + 1);
	return stemmer->known[hash].stem;
}
