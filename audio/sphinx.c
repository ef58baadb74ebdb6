/* What a hearing leaves is written by the decoders' threads and read when both are done. */
#include "audio/sphinx.h"

#include "audio/adaptation.h"
#include "audio/decoder.h"
#include "audio/denoise.h"
#include "audio/fit.h"
#include "audio/masking.h"
#include "audio/spelling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 1024     /* samples converted at a time */
#define MASKING_DB 30  /* below the utterance: see masking.h */
#define QUIET_DB (-33) /* noise that does less harm than taking it off would */

struct sphinx {
	double least; /* agreement */
	bool has_grammar;
	struct decoder decoders[DECODER_KINDS];
	struct adaptation *adaptation;   /* NULL: without a grammar nothing is sure enough to learn from */
	unsigned adapted[DECODER_KINDS]; /* to its version */
	/* Dictation's: */
	bool begun;
	char *texts[1 + TRANSCRIPT_ALTERNATIVES]; /* written, the best first */
	size_t text_count;
	double confidence;
	/* The grammar's: */
	char *sentence; /* NULL: none */
	struct fit fit; /* but for phones */
	/* The phones': */
	double phones;
};

static void texts_clear(struct sphinx *sphinx)
{
	for (size_t i = 0; i < sphinx->text_count; i++)
		free(sphinx->texts[i]);
	sphinx->text_count = 0;
}

static void forget_sentence(struct sphinx *sphinx)
{
	free(sphinx->sentence);
	sphinx->sentence = NULL;
}

void sphinx_free(struct sphinx *sphinx)
{
	for (int kind = 0; kind < DECODER_KINDS; kind++)
		decoder_done(&sphinx->decoders[kind]);
	adaptation_free(sphinx->adaptation);
	texts_clear(sphinx);
	forget_sentence(sphinx);
	free(sphinx);
}

struct sphinx *sphinx_new(const struct sphinx_options *options, struct grammar_strange *strange, char **error)
{
	struct sphinx *sphinx = xcalloc(1, sizeof *sphinx);
	char *path = decoder_missing(options->model);
	int count = options->vocabulary ? DECODER_KINDS : 1;
	bool loaded = true;

	*strange = (struct grammar_strange){0};
	sphinx->least = options->agreement > 0 ? options->agreement : SPHINX_AGREEMENT;
	for (int kind = 0; !path && loaded && kind < count; kind++)
		loaded = decoder_init(&sphinx->decoders[kind], kind, options->model, count > 1);
	if (path || !loaded) {
		*error = path
			? xasprintf("the English model is not there (%s): install pocketsphinx-en-us", path)
			: xstrdup("PocketSphinx cannot load its model: is pocketsphinx-en-us whole?");
		free(path);
		sphinx_free(sphinx);
		return NULL;
	}
	sphinx->has_grammar = options->vocabulary &&
		decoder_set_grammar(&sphinx->decoders[DECODER_GRAMMAR], options->vocabulary, strange) &&
		decoder_set_phones(&sphinx->decoders[DECODER_PHONES]);
	if (sphinx->has_grammar)
		sphinx->adaptation = adaptation_new(sphinx->decoders[DECODER_GRAMMAR].ps);
	return sphinx;
}

bool sphinx_has_grammar(const struct sphinx *sphinx)
{
	return sphinx->has_grammar;
}

static void to_samples(int16_t *samples, const float *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		samples[i] = (int16_t)lrintf(fmaxf(-1, fminf(1, frames[i])) * 32767);
}

/* To the caller's voice, as far as it is known. */
static struct decoder *adapted(struct sphinx *sphinx, enum decoder_kind kind)
{
	struct decoder *decoder = &sphinx->decoders[kind];
	unsigned version = adaptation_version(sphinx->adaptation);

	if (version != sphinx->adapted[kind] && adaptation_apply(sphinx->adaptation, decoder->ps))
		sphinx->adapted[kind] = version;
	return decoder;
}

static void dictation_begin(struct sphinx *sphinx)
{
	if (!sphinx->begun)
		ps_start_utt(adapted(sphinx, DECODER_DICTATION)->ps);
	sphinx->begun = true;
}

void sphinx_hear(struct sphinx *sphinx, const float *frames, size_t count)
{
	int16_t chunk[CHUNK];

	dictation_begin(sphinx);
	while (count) {
		size_t n = count < CHUNK ? count : CHUNK;

		to_samples(chunk, frames, n);
		ps_process_raw(sphinx->decoders[DECODER_DICTATION].ps, chunk, n, FALSE, FALSE);
		frames += n;
		count -= n;
	}
}

char *sphinx_partial(struct sphinx *sphinx)
{
	const char *text = sphinx->begun ? decoder_heard(&sphinx->decoders[DECODER_DICTATION]) : "";

	return *text ? spelling_written(text) : NULL;
}

/* The first even when it is nothing. */
static void add_text(struct sphinx *sphinx, const char *text)
{
	char *written = spelling_written(text);
	bool useless = sphinx->text_count == sizeof sphinx->texts / sizeof *sphinx->texts ||
		(sphinx->text_count && !*written);

	for (size_t i = 0; i < sphinx->text_count; i++)
		useless = useless || !strcmp(written, sphinx->texts[i]);
	if (useless)
		free(written);
	else
		sphinx->texts[sphinx->text_count++] = written;
}

void sphinx_finish(struct sphinx *sphinx)
{
	struct decoder *decoder = &sphinx->decoders[DECODER_DICTATION];
	ps_nbest_t *nbest;

	dictation_begin(sphinx);
	sphinx->begun = false;
	ps_end_utt(decoder->ps);
	texts_clear(sphinx);
	add_text(sphinx, decoder_heard(decoder));
	sphinx->confidence = logmath_exp(ps_get_logmath(decoder->ps), ps_get_prob(decoder->ps));
	nbest = ps_nbest(decoder->ps);
	/* Many of the best paths are the same words at other times. */
	for (int i = 0; nbest && i < 30; i++) {
		const char *text = ps_nbest_hyp(nbest, NULL);

		if (text)
			add_text(sphinx, text);
		nbest = ps_nbest_next(nbest);
	}
	if (nbest)
		ps_nbest_free(nbest);
}

/* Samples without the room, for decoders that hear all of an utterance at once. The caller frees. */
static int16_t *cleaned(const float *frames, size_t count)
{
	int16_t *samples = xmalloc((count + 1) * sizeof *samples), *masked;

	to_samples(samples, frames, count);
	if (masking_noise_db(samples, count) > QUIET_DB)
		denoise(samples, count);
	masked = masking_added(samples, count, MASKING_DB);
	free(samples);
	return masked;
}

static void take_words(ps_decoder_t *ps, struct fit *fit)
{
	for (ps_seg_t *seg = ps_seg_iter(ps); seg; seg = ps_seg_next(seg)) {
		int32 sound = 0, weight = 0, back;
		int first, last;

		ps_seg_prob(seg, &sound, &weight, &back);
		fit->sound += sound;
		fit->weights += weight;
		ps_seg_frames(seg, &first, &last);
		if (!strchr("<(+[", *ps_seg_word(seg)) && last >= first)
			fit->voiced += (size_t)(last - first + 1);
	}
}

/* False: nothing was heard. */
static bool explain_by_grammar(struct sphinx *sphinx, const int16_t *samples, size_t count)
{
	struct decoder *decoder = adapted(sphinx, DECODER_GRAMMAR);

	forget_sentence(sphinx);
	sphinx->fit = (struct fit){0};
	if (!decoder_decode(decoder, samples, count))
		return false;
	take_words(decoder->ps, &sphinx->fit);
	sphinx->sentence = spelling_written(decoder_heard(decoder));
	adaptation_hear(sphinx->adaptation, decoder->ps, samples, count);
	return true;
}

void sphinx_explain(struct sphinx *sphinx, const float *frames, size_t count)
{
	struct decoder *phones = &sphinx->decoders[DECODER_PHONES];
	int16_t *samples = cleaned(frames, count);

	if (explain_by_grammar(sphinx, samples, count) &&
		!decoder_follow(phones, &sphinx->decoders[DECODER_GRAMMAR]))
		decoder_decode(adapted(sphinx, DECODER_PHONES), samples, count);
	sphinx->phones = decoder_score(phones);
	free(samples);
}

static double agreement_of(const struct sphinx *sphinx)
{
	struct fit fit = sphinx->fit;

	fit.phones = sphinx->phones;
	return sphinx->sentence && *sphinx->sentence ? fit_agreement(&fit) : 0;
}

static void add_alternative(struct transcript *transcript, const char *text)
{
	if (!*text || !strcmp(text, transcript->text) ||
		transcript->alternative_count == TRANSCRIPT_ALTERNATIVES)
		return;
	transcript->alternatives[transcript->alternative_count++] =
		(struct transcript_alternative){xstrdup(text), -1};
}

void sphinx_decide(struct sphinx *sphinx, struct transcript *transcript)
{
	const char *dictated = sphinx->text_count ? sphinx->texts[0] : "";
	double agreement = agreement_of(sphinx);
	const char *sentence = agreement > 0 ? sphinx->sentence : "";
	bool by_grammar = agreement >= sphinx->least;

	transcript->agreement = sphinx->has_grammar ? agreement : -1;
	transcript->by = by_grammar ? "grammar" : "dictation";
	transcript->text = xstrdup(by_grammar ? sentence : dictated);
	transcript->confidence = by_grammar ? agreement : sphinx->confidence;
	if (by_grammar)
		adaptation_keep(sphinx->adaptation);
	else
		add_alternative(transcript, sentence);
	for (size_t i = 0; i < sphinx->text_count; i++)
		add_alternative(transcript, sphinx->texts[i]);
	texts_clear(sphinx);
	forget_sentence(sphinx);
}

double sphinx_adapted_ms(const struct sphinx *sphinx)
{
	return adaptation_frames(sphinx->adaptation) * 10;
}
