/* The grammar's decoder is asked for words before its grammar is written, so that a word the dictionary lacks
 * costs the phrases it stands in and not the recogniser (libpocketsphinx ends its search where a word is
 * missing). */
#include "audio/sphinx.h"

#include "audio/agreement.h"
#include "audio/grammar.h"
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
#define GRAMMAR "workflow"

struct sphinx {
	ps_decoder_t *dictation, *grammar; /* grammar NULL: no vocabulary */
	cmd_ln_t *configs[2];
	double agreement;
	bool begun;
};

static char *model_file(const struct sphinx_options *options, const char *name)
{
	return xasprintf("%s/%s", options->model ? options->model : POCKETSPHINX_MODEL, name);
}

/* What is cut by our own voice activity is not to be cut once more. */
static ps_decoder_t *decoder_new(const struct sphinx_options *options, bool with_lm, cmd_ln_t **config)
{
	char *hmm = model_file(options, "en-us"), *lm = model_file(options, "en-us.lm.bin");
	char *dict = model_file(options, "cmudict-en-us.dict");
	ps_decoder_t *decoder = NULL;

	*config = cmd_ln_init(NULL, ps_args(), FALSE, "-hmm", hmm, "-dict", dict, "-logfn", "/dev/null",
		"-remove_silence", "no", with_lm ? "-lm" : NULL, lm, NULL);
	if (*config)
		decoder = ps_init(*config);
	free(hmm);
	free(lm);
	free(dict);
	return decoder;
}

static bool word_known(void *ctx, const char *word)
{
	char *phones = ps_lookup_word(ctx, word);
	bool known = phones != NULL;

	ckd_free(phones);
	return known;
}

static bool grammar_set(struct sphinx *sphinx, const struct vocabulary *vocabulary, char **missing)
{
	struct grammar_words words = {word_known, sphinx->grammar};
	char *grammar = grammar_write(vocabulary, &words, missing);
	bool set = grammar && ps_set_jsgf_string(sphinx->grammar, GRAMMAR, grammar) == 0 &&
		ps_set_search(sphinx->grammar, GRAMMAR) == 0;

	free(grammar);
	return set;
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

struct sphinx *sphinx_new(const struct sphinx_options *options, char **missing, char **error)
{
	struct sphinx *sphinx = xcalloc(1, sizeof *sphinx);
	char *path = model_missing(options);

	*missing = NULL;
	err_set_logfp(NULL);
	sphinx->agreement = options->agreement > 0 ? options->agreement : SPHINX_AGREEMENT;
	if (path) {
		*error = xasprintf("the English model is not there (%s): install pocketsphinx-en-us", path);
		free(path);
		sphinx_free(sphinx);
		return NULL;
	}
	sphinx->dictation = decoder_new(options, true, &sphinx->configs[0]);
	if (options->vocabulary)
		sphinx->grammar = decoder_new(options, false, &sphinx->configs[1]);
	if (!sphinx->dictation || (options->vocabulary && !sphinx->grammar)) {
		*error = xstrdup("PocketSphinx cannot load its model: is pocketsphinx-en-us whole?");
		sphinx_free(sphinx);
		return NULL;
	}
	if (sphinx->grammar && !grammar_set(sphinx, options->vocabulary, missing)) {
		ps_free(sphinx->grammar);
		sphinx->grammar = NULL;
	}
	return sphinx;
}

void sphinx_free(struct sphinx *sphinx)
{
	if (sphinx->dictation)
		ps_free(sphinx->dictation);
	if (sphinx->grammar)
		ps_free(sphinx->grammar);
	for (size_t i = 0; i < 2; i++)
		if (sphinx->configs[i])
			cmd_ln_free_r(sphinx->configs[i]);
	free(sphinx);
}

static void sphinx_begin(struct sphinx *sphinx)
{
	if (sphinx->begun)
		return;
	sphinx->begun = true;
	ps_start_utt(sphinx->dictation);
	if (sphinx->grammar)
		ps_start_utt(sphinx->grammar);
}

void sphinx_hear(struct sphinx *sphinx, const float *frames, size_t count)
{
	int16 chunk[CHUNK];

	sphinx_begin(sphinx);
	while (count) {
		size_t n = count < CHUNK ? count : CHUNK;

		for (size_t i = 0; i < n; i++)
			chunk[i] = (int16)lrintf(fmaxf(-1, fminf(1, frames[i])) * 32767);
		ps_process_raw(sphinx->dictation, chunk, n, FALSE, FALSE);
		if (sphinx->grammar)
			ps_process_raw(sphinx->grammar, chunk, n, FALSE, FALSE);
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
	const char *grammar, *dictation;

	if (!sphinx->begun)
		return NULL;
	grammar = hypothesis(sphinx->grammar);
	dictation = hypothesis(sphinx->dictation);
	if (*grammar && agreement(grammar, dictation) >= sphinx->agreement)
		dictation = grammar;
	return *dictation ? spelling_written(dictation) : NULL;
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
	ps_nbest_t *nbest = ps_nbest(sphinx->dictation);

	add_alternative(transcript, hypothesis(by_grammar ? sphinx->dictation : sphinx->grammar), -1);
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

void sphinx_end(struct sphinx *sphinx, struct transcript *transcript)
{
	const char *grammar, *dictation;
	bool by_grammar;

	sphinx_begin(sphinx);
	sphinx->begun = false;
	ps_end_utt(sphinx->dictation);
	if (sphinx->grammar)
		ps_end_utt(sphinx->grammar);
	grammar = hypothesis(sphinx->grammar);
	dictation = hypothesis(sphinx->dictation);
	transcript->agreement = sphinx->grammar ? agreement(grammar, dictation) : -1;
	by_grammar = *grammar && transcript->agreement >= sphinx->agreement;
	transcript->by = by_grammar ? "grammar" : "dictation";
	transcript->text = spelling_written(by_grammar ? grammar : dictation);
	transcript->confidence = by_grammar
		? transcript->agreement
		: logmath_exp(ps_get_logmath(sphinx->dictation), ps_get_prob(sphinx->dictation));
	add_alternatives(sphinx, transcript, by_grammar);
}
