/* The grammar's decoder is asked for words before its grammar is written, so that a word the dictionary lacks
 * costs the phrases it stands in and not the recogniser (libpocketsphinx ends its search where a word is
 * missing). */
#include "audio/decoder.h"

#include "audio/grammar.h"
#include "audio/pronunciation.h"
#include "executor/executor.h"

#include <sphinxbase/err.h>
#include <sphinxbase/jsgf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef POCKETSPHINX_MODEL
#define POCKETSPHINX_MODEL "/usr/share/pocketsphinx/model/en-us"
#endif
#define SEARCH "workflow"

static char *model_file(const char *model, const char *name)
{
	return xasprintf("%s/%s", model ? model : POCKETSPHINX_MODEL, name);
}

char *decoder_missing(const char *model)
{
	static const char *const names[] = {"en-us", "en-us.lm.bin", "cmudict-en-us.dict"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = model_file(model, names[i]);

		if (access(path, R_OK) != 0)
			return path;
		free(path);
	}
	return NULL;
}

/* What is cut by our own voice activity is not to be cut once more. */
#define COMMON "-hmm", hmm, "-dict", dict, "-logfn", "/dev/null", "-remove_silence", "no"
/* Scores count from the best senone of all, or two searches could not be compared. */
#define COMPARED "-cmn", "batch", "-compallsen", "yes"

static cmd_ln_t *config_new(enum decoder_kind kind, const char *model, bool beside_grammar, const char *log)
{
	char *hmm = model_file(model, "en-us"), *lm = model_file(model, "en-us.lm.bin");
	char *dict = model_file(model, "cmudict-en-us.dict");
	cmd_ln_t *config;

	/* Beside a grammar it is for what nobody expected, and has to leave time for the two others. */
	if (kind == DECODER_DICTATION)
		config = cmd_ln_init(NULL, ps_args(), FALSE, COMMON, "-lm", lm, "-fwdflat",
			beside_grammar ? "no" : "yes", "-maxhmmpf", beside_grammar ? "1000" : "30000",
			"-maxwpf", beside_grammar ? "8" : "-1", "-topn", beside_grammar ? "2" : "4", NULL);
	else if (kind == DECODER_GRAMMAR)
		/* A room's noise between words is to be silence, and not a short word. What ends a word is
		 * kept longer than by default (7e-29): the weight of a letter or a digit falls there at once.
		 */
		config = cmd_ln_init(NULL, ps_args(), FALSE, COMMON, COMPARED, "-silprob", "0.1", "-fillprob",
			"1e-4", "-wbeam", "1e-40", log ? "-senlogdir" : NULL, log, NULL);
	else
		/* A log of senones' scores is read once: without looking ahead, which finds nothing here. */
		config = cmd_ln_init(NULL, ps_args(), FALSE, COMMON, COMPARED, "-allphone_ci", "yes",
			"-pl_window", "0", NULL);
	free(hmm);
	free(lm);
	free(dict);
	return config;
}

bool decoder_init(struct decoder *decoder, enum decoder_kind kind, const char *model, bool beside_grammar)
{
	err_set_logfp(NULL);
	decoder->senones = (struct senones){.fd = -1};
	decoder->by_sound = false;
	if (kind == DECODER_GRAMMAR)
		senones_init(&decoder->senones);
	decoder->config = config_new(kind, model, beside_grammar, decoder->senones.folder);
	decoder->ps = decoder->config ? ps_init(decoder->config) : NULL;
	return decoder->ps != NULL;
}

void decoder_done(struct decoder *decoder)
{
	if (decoder->ps)
		ps_free(decoder->ps);
	if (decoder->config)
		cmd_ln_free_r(decoder->config);
	senones_done(&decoder->senones);
	*decoder = (struct decoder){0};
}

/* With the ending of a plural. */
static bool learn_plural(ps_decoder_t *ps, const char *word, size_t stem_len)
{
	char *stem = xstrndup(word, stem_len), *phones = ps_lookup_word(ps, stem), *all;
	const char *last = phones ? strrchr(phones, ' ') : NULL;
	bool hisses, voiceless, learned = false;

	if (last) {
		hisses = strstr(" S Z SH ZH CH JH ", ++last) != NULL;
		voiceless = strstr(" P T K F TH ", last) != NULL;
		all = xasprintf("%s %s", phones, hisses ? "IH Z" : voiceless ? "S" : "Z");
		learned = ps_add_word(ps, word, all, FALSE) >= 0;
		free(all);
	}
	ckd_free(phones);
	free(stem);
	return learned;
}

static bool word_known(void *ctx, const char *word)
{
	char *phones = ps_lookup_word(ctx, word);

	ckd_free(phones);
	return phones != NULL;
}

/* Beside how it is said already, if it is. */
static bool learn_guess(ps_decoder_t *ps, const char *word, bool beside)
{
	char *phones = pronunciation_guess(word), *name = xasprintf("%s%s", word, beside ? "(2)" : "");
	bool learned = phones && ps_add_word(ps, name, phones, FALSE) >= 0;

	free(name);
	free(phones);
	return learned;
}

/* "cactuses" is said by what is known of "cactus", and as it is written. */
static bool word_learned(void *ctx, const char *word)
{
	size_t len = strlen(word);
	bool plural = len > 3 && word[len - 1] == 's' &&
		(learn_plural(ctx, word, len - 1) ||
			(word[len - 2] == 'e' && learn_plural(ctx, word, len - 2)));

	return learn_guess(ctx, word, plural) || plural;
}

bool decoder_set_grammar(
	struct decoder *decoder, const struct vocabulary *vocabulary, struct grammar_strange *strange)
{
	struct grammar_words words = {word_known, word_learned, decoder->ps};
	char *grammar = grammar_write(vocabulary, &words, strange);
	fsg_model_t *fsg;
	bool set;

	if (!grammar)
		return false;
	/* ps_set_jsgf_string does the same, and loses what it has parsed. */
	fsg = jsgf_read_string(
		grammar, ps_get_logmath(decoder->ps), (float32)cmd_ln_float_r(decoder->config, "-lw"));
	free(grammar);
	set = fsg && ps_set_fsg(decoder->ps, SEARCH, fsg) == 0 && ps_set_search(decoder->ps, SEARCH) == 0;
	if (fsg)
		fsg_model_free(fsg);
	return set;
}

bool decoder_set_phones(struct decoder *decoder)
{
	return ps_set_allphone_file(decoder->ps, SEARCH, NULL) == 0 &&
		ps_set_search(decoder->ps, SEARCH) == 0;
}

bool decoder_decode(struct decoder *decoder, const int16_t *sound, size_t count)
{
	bool begun;

	if (!senones_begin(&decoder->senones))
		return false;
	begun = ps_start_utt(decoder->ps) >= 0;
	if (begun)
		ps_process_raw(decoder->ps, sound, count, FALSE, TRUE);
	decoder->by_sound = true;
	ps_end_utt(decoder->ps);
	senones_end(&decoder->senones);
	return begun;
}

/* Sound of more frames than before has libpocketsphinx make room for their features, but not for where they
 * are in a log (acmod.c, framepos). */
bool decoder_follow(struct decoder *decoder, struct decoder *grammar)
{
	FILE *log = decoder->by_sound ? NULL : senones_log(&grammar->senones);
	int frames;

	if (!log)
		return false;
	frames = ps_decode_senscr(decoder->ps, log);
	fclose(log);
	senones_forget(&grammar->senones);
	return frames >= 0 && frames + 1 >= ps_get_n_frames(grammar->ps);
}

double decoder_score(struct decoder *decoder)
{
	int32 score = 0;

	ps_get_hyp(decoder->ps, &score);
	return score;
}

const char *decoder_heard(struct decoder *decoder)
{
	const char *text = ps_get_hyp(decoder->ps, NULL);

	return text ? text : "";
}
