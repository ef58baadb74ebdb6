/* The grammar's decoder is asked for words before its grammar is written, so that a word the dictionary lacks
 * costs the phrases it stands in and not the recogniser (libpocketsphinx ends its search where a word is
 * missing). */
#include "audio/sphinx.h"

#include "audio/fit.h"
#include "audio/grammar.h"
#include "audio/masking.h"
#include "audio/spelling.h"

#include <math.h>
#include <pocketsphinx.h>
#include <sphinxbase/err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef POCKETSPHINX_MODEL
#define POCKETSPHINX_MODEL "/usr/share/pocketsphinx/model/en-us"
#endif
#define CHUNK 1024 /* samples converted at a time */
#define SEARCH "workflow"
#define MASKING_DB 24 /* below the utterance: see masking.h */
#define SURE 0.75     /* an agreement that needs no second hearing */
#define HOPELESS 0.02 /* an agreement that no masking makes good */

enum {
	DICTATION,
	GRAMMAR,
	PHONES,
	DECODERS
};

struct sphinx {
	ps_decoder_t *decoders[DECODERS]; /* GRAMMAR and PHONES NULL: no vocabulary */
	cmd_ln_t *configs[DECODERS];
	double least; /* agreement */
	bool begun;
	int16 *heard; /* of the utterance, where there is a grammar to settle it by */
	size_t heard_count, heard_size;
	char *sentence; /* the grammar's, since it was settled */
	double agreement;
};

static char *model_file(const struct sphinx_options *options, const char *name)
{
	return xasprintf("%s/%s", options->model ? options->model : POCKETSPHINX_MODEL, name);
}

/* What is cut by our own voice activity is not to be cut once more. */
#define COMMON "-hmm", hmm, "-dict", dict, "-logfn", "/dev/null", "-remove_silence", "no"
/* Scores count from the best senone of all, or two searches could not be compared. */
#define COMPARED "-cmn", "batch", "-compallsen", "yes"

static cmd_ln_t *config_new(const struct sphinx_options *options, int kind)
{
	char *hmm = model_file(options, "en-us"), *lm = model_file(options, "en-us.lm.bin");
	char *dict = model_file(options, "cmudict-en-us.dict");
	cmd_ln_t *config;

	/* Beside a grammar it is for what nobody expected, and has to leave time for the two others. */
	if (kind == DICTATION)
		config = cmd_ln_init(NULL, ps_args(), FALSE, COMMON, "-lm", lm, "-fwdflat",
			options->vocabulary ? "no" : "yes", "-maxhmmpf",
			options->vocabulary ? "2000" : "30000", "-maxwpf", options->vocabulary ? "8" : "-1",
			NULL);
	else if (kind == GRAMMAR)
		/* A room's noise between words is to be silence, and not a short word. */
		config = cmd_ln_init(NULL, ps_args(), FALSE, COMMON, COMPARED, "-silprob", "0.1", "-fillprob",
			"1e-4", NULL);
	else
		config = cmd_ln_init(NULL, ps_args(), FALSE, COMMON, COMPARED, "-allphone_ci", "yes", NULL);
	free(hmm);
	free(lm);
	free(dict);
	return config;
}

static bool decoder_load(struct sphinx *sphinx, const struct sphinx_options *options, int kind)
{
	sphinx->configs[kind] = config_new(options, kind);
	if (sphinx->configs[kind])
		sphinx->decoders[kind] = ps_init(sphinx->configs[kind]);
	return sphinx->decoders[kind] != NULL;
}

/* With the ending of a plural. */
static bool learn_plural(ps_decoder_t *decoder, const char *word, size_t stem_len)
{
	char *stem = xstrndup(word, stem_len), *phones = ps_lookup_word(decoder, stem), *all;
	const char *last = phones ? strrchr(phones, ' ') : NULL;
	bool hisses, voiceless, learned = false;

	if (last) {
		hisses = strstr(" S Z SH ZH CH JH ", ++last) != NULL;
		voiceless = strstr(" P T K F TH ", last) != NULL;
		all = xasprintf("%s %s", phones, hisses ? "IH Z" : voiceless ? "S" : "Z");
		learned = ps_add_word(decoder, word, all, FALSE) >= 0;
		free(all);
	}
	ckd_free(phones);
	free(stem);
	return learned;
}

/* "cactuses" is said by what is known of "cactus". */
static bool word_known(void *ctx, const char *word)
{
	char *phones = ps_lookup_word(ctx, word);
	bool known = phones != NULL;
	size_t len = strlen(word);

	ckd_free(phones);
	if (known || len < 4 || word[len - 1] != 's')
		return known;
	return learn_plural(ctx, word, len - 1) || (word[len - 2] == 'e' && learn_plural(ctx, word, len - 2));
}

static bool grammar_set(struct sphinx *sphinx, const struct vocabulary *vocabulary, char **missing)
{
	ps_decoder_t *decoder = sphinx->decoders[GRAMMAR];
	struct grammar_words words = {word_known, decoder};
	char *grammar = grammar_write(vocabulary, &words, missing);
	bool set = grammar && ps_set_jsgf_string(decoder, SEARCH, grammar) == 0 &&
		ps_set_search(decoder, SEARCH) == 0;

	free(grammar);
	return set && ps_set_allphone_file(sphinx->decoders[PHONES], SEARCH, NULL) == 0 &&
		ps_set_search(sphinx->decoders[PHONES], SEARCH) == 0;
}

static char *model_missing(const struct sphinx_options *options)
{
	static const char *const names[] = {"en-us", "en-us.lm.bin", "cmudict-en-us.dict"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = model_file(options, names[i]);

		if (access(path, R_OK) != 0)
			return path;
		free(path);
	}
	return NULL;
}

static void decoder_free(struct sphinx *sphinx, int kind)
{
	if (sphinx->decoders[kind])
		ps_free(sphinx->decoders[kind]);
	if (sphinx->configs[kind])
		cmd_ln_free_r(sphinx->configs[kind]);
	sphinx->decoders[kind] = NULL;
	sphinx->configs[kind] = NULL;
}

void sphinx_free(struct sphinx *sphinx)
{
	for (int kind = 0; kind < DECODERS; kind++)
		decoder_free(sphinx, kind);
	free(sphinx->heard);
	free(sphinx->sentence);
	free(sphinx);
}

struct sphinx *sphinx_new(const struct sphinx_options *options, char **missing, char **error)
{
	struct sphinx *sphinx = xcalloc(1, sizeof *sphinx);
	char *path = model_missing(options);
	bool loaded = true;

	*missing = NULL;
	err_set_logfp(NULL);
	sphinx->least = options->agreement > 0 ? options->agreement : SPHINX_AGREEMENT;
	for (int kind = 0; !path && loaded && kind < (options->vocabulary ? DECODERS : 1); kind++)
		loaded = decoder_load(sphinx, options, kind);
	if (path || !loaded) {
		*error = path
			? xasprintf("the English model is not there (%s): install pocketsphinx-en-us", path)
			: xstrdup("PocketSphinx cannot load its model: is pocketsphinx-en-us whole?");
		free(path);
		sphinx_free(sphinx);
		return NULL;
	}
	if (options->vocabulary && !grammar_set(sphinx, options->vocabulary, missing)) {
		decoder_free(sphinx, GRAMMAR);
		decoder_free(sphinx, PHONES);
	}
	return sphinx;
}

static void sphinx_begin(struct sphinx *sphinx)
{
	if (sphinx->begun)
		return;
	sphinx->begun = true;
	sphinx->heard_count = 0;
	ps_start_utt(sphinx->decoders[DICTATION]);
}

static void keep(struct sphinx *sphinx, const int16 *chunk, size_t count)
{
	if (sphinx->heard_count + count > sphinx->heard_size) {
		sphinx->heard_size = 2 * (sphinx->heard_count + count);
		sphinx->heard = xreallocarray(sphinx->heard, sphinx->heard_size, sizeof *sphinx->heard);
	}
	memcpy(sphinx->heard + sphinx->heard_count, chunk, count * sizeof *chunk);
	sphinx->heard_count += count;
}

void sphinx_hear(struct sphinx *sphinx, const float *frames, size_t count)
{
	int16 chunk[CHUNK];

	sphinx_begin(sphinx);
	while (count) {
		size_t n = count < CHUNK ? count : CHUNK;

		for (size_t i = 0; i < n; i++)
			chunk[i] = (int16)lrintf(fmaxf(-1, fminf(1, frames[i])) * 32767);
		ps_process_raw(sphinx->decoders[DICTATION], chunk, n, FALSE, FALSE);
		if (sphinx->decoders[GRAMMAR])
			keep(sphinx, chunk, n);
		frames += n;
		count -= n;
	}
}

static const char *hypothesis(ps_decoder_t *decoder)
{
	const char *text = decoder ? ps_get_hyp(decoder, NULL) : NULL;

	return text ? text : "";
}

char *sphinx_partial(struct sphinx *sphinx)
{
	const char *text = sphinx->begun ? hypothesis(sphinx->decoders[DICTATION]) : "";

	return *text ? spelling_written(text) : NULL;
}

/* All of the utterance at once: its means are then the decoder's. */
static double decode_whole(struct sphinx *sphinx, int kind, const int16 *sound)
{
	ps_decoder_t *decoder = sphinx->decoders[kind];
	int32 score = 0;

	ps_start_utt(decoder);
	ps_process_raw(decoder, sound, sphinx->heard_count, FALSE, TRUE);
	ps_end_utt(decoder);
	ps_get_hyp(decoder, &score);
	return score;
}

static void count_words(ps_decoder_t *decoder, struct fit *fit)
{
	for (ps_seg_t *seg = ps_seg_iter(decoder); seg; seg = ps_seg_next(seg)) {
		const char *word = ps_seg_word(seg);
		int first, last;

		ps_seg_frames(seg, &first, &last);
		if (strchr("<(+[", *word) || last < first)
			continue;
		fit->voiced += (size_t)(last - first + 1);
		if (fit_supple(word))
			fit->supple += (size_t)(last - first + 1);
	}
}

/* What the grammar makes of sound; takes it over where that fits better than what stands there. */
static void settle_by(struct sphinx *sphinx, const int16 *sound)
{
	struct fit fit = {.grammar = decode_whole(sphinx, GRAMMAR, sound)};
	const char *sentence = hypothesis(sphinx->decoders[GRAMMAR]);
	double agreement;

	if (!*sentence)
		return;
	fit.phones = decode_whole(sphinx, PHONES, sound);
	fit.frames = (size_t)ps_get_n_frames(sphinx->decoders[GRAMMAR]);
	count_words(sphinx->decoders[GRAMMAR], &fit);
	agreement = fit_agreement(&fit);
	if (sphinx->sentence && agreement <= sphinx->agreement)
		return;
	free(sphinx->sentence);
	sphinx->sentence = xstrdup(sentence);
	sphinx->agreement = agreement;
}

void sphinx_settle(struct sphinx *sphinx)
{
	int16 *masked;

	free(sphinx->sentence);
	sphinx->sentence = NULL;
	sphinx->agreement = 0;
	if (!sphinx->decoders[GRAMMAR] || !sphinx->heard_count)
		return;
	settle_by(sphinx, sphinx->heard);
	/* Noise costs letters, so that only what is strange without it is heard again. */
	if (sphinx->agreement >= SURE || (sphinx->sentence && sphinx->agreement < HOPELESS))
		return;
	masked = masking_added(sphinx->heard, sphinx->heard_count, MASKING_DB);
	settle_by(sphinx, masked);
	free(masked);
}

static void add_alternative(struct transcript *transcript, const char *text, double confidence)
{
	char *copy = spelling_written(text);
	bool known = !*copy || !strcmp(copy, transcript->text);

	for (size_t i = 0; i < transcript->alternative_count; i++)
		known = known || !strcmp(copy, transcript->alternatives[i].text);
	if (known || transcript->alternative_count == TRANSCRIPT_ALTERNATIVES) {
		free(copy);
		return;
	}
	transcript->alternatives[transcript->alternative_count++] =
		(struct transcript_alternative){copy, confidence};
}

static void add_alternatives(struct sphinx *sphinx, struct transcript *transcript, bool by_grammar)
{
	ps_nbest_t *nbest = ps_nbest(sphinx->decoders[DICTATION]);

	add_alternative(transcript,
		by_grammar || !sphinx->sentence ? hypothesis(sphinx->decoders[DICTATION]) : sphinx->sentence,
		-1);
	/* Many of the best paths are the same words at other times. */
	for (int i = 0; nbest && i < 30; i++) {
		const char *text = ps_nbest_hyp(nbest, NULL);

		if (text)
			add_alternative(transcript, text, -1);
		nbest = ps_nbest_next(nbest);
	}
	if (nbest)
		ps_nbest_free(nbest);
}

void sphinx_end(struct sphinx *sphinx, bool settled, struct transcript *transcript)
{
	ps_decoder_t *decoder = sphinx->decoders[DICTATION];
	bool by_grammar;

	sphinx_begin(sphinx);
	sphinx->begun = false;
	ps_end_utt(decoder);
	if (!settled)
		sphinx_settle(sphinx);
	by_grammar = sphinx->sentence && *sphinx->sentence && sphinx->agreement >= sphinx->least;
	transcript->agreement = sphinx->decoders[GRAMMAR] ? sphinx->agreement : -1;
	transcript->by = by_grammar ? "grammar" : "dictation";
	transcript->text = spelling_written(by_grammar ? sphinx->sentence : hypothesis(decoder));
	transcript->confidence = by_grammar ? transcript->agreement
					    : logmath_exp(ps_get_logmath(decoder), ps_get_prob(decoder));
	add_alternatives(sphinx, transcript, by_grammar);
}
