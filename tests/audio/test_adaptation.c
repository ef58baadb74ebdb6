/* Models moved to voices: flite's, and what becomes of it when it is played faster. */
#include "audio/adaptation.h"
#include "audio/codebooks.h"
#include "audio/decoder.h"
#include "tests/audio/sound.h"

#include <criterion/criterion.h>
#include <math.h>
#include <sphinxbase/cmd_ln.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_POCKETSPHINX
static struct vocabulary *sentences(void)
{
	struct vocabulary *vocabulary = vocabulary_new("en");

	vocabulary_add_phrase(vocabulary, "check my reservation please");
	vocabulary_add_phrase(vocabulary, "what time is breakfast in the morning");
	vocabulary_add_phrase(vocabulary, "do you have a double room with a view");
	return vocabulary;
}

static struct decoder open_decoder(void)
{
	struct grammar_strange strange = {0};
	struct vocabulary *vocabulary = sentences();
	struct decoder decoder;

	cr_assert(decoder_init(&decoder, DECODER_GRAMMAR, NULL, true));
	cr_assert(decoder_set_grammar(&decoder, vocabulary, &strange));
	grammar_strange_done(&strange);
	vocabulary_free(vocabulary);
	return decoder;
}

Test(codebooks, of_the_english_model)
{
	static const struct {
		const char *name;
		enum phone_class class;
	} classes[] = {{"AA", PHONE_VOWEL}, {"UW", PHONE_VOWEL}, {"ER", PHONE_VOWEL}, {"NG", PHONE_SONORANT},
		{"N", PHONE_SONORANT}, {"B", PHONE_OBSTRUENT}, {"ZH", PHONE_OBSTRUENT},
		{"HH", PHONE_OBSTRUENT}, {"SIL", PHONE_CLASSES}, {"+NSN+", PHONE_CLASSES}};
	struct decoder decoder = open_decoder();
	struct codebooks codebooks;

	cr_assert(codebooks_read(&codebooks, decoder.ps));
	cr_expect_eq(codebooks.phones, 42);
	cr_expect_eq(codebooks.densities, 128);
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
		size_t phone = codebooks_phone(&codebooks, classes[i].name);

		cr_assert_lt(phone, codebooks.phones);
		cr_expect_eq(codebooks_class(&codebooks, phone), classes[i].class, "%s", classes[i].name);
	}
	cr_expect_eq(codebooks_phone(&codebooks, "ZZZ"), codebooks.phones);
	for (size_t i = 0; i < codebooks_at(&codebooks, codebooks.phones, 0, 0); i++)
		cr_assert(isfinite(codebooks.means[i]) && codebooks.precisions[i] > 0);
	codebooks_done(&codebooks);
	decoder_done(&decoder);
}

static void write_file(const char *path, const char *bytes, size_t count)
{
	FILE *file = fopen(path, "w");

	cr_assert(file && fwrite(bytes, 1, count, file) == count && fclose(file) == 0);
}

static char *read_file(const char *path, size_t *count)
{
	FILE *file = fopen(path, "r");
	char *bytes = xmalloc(1 << 20);

	cr_assert(file, "%s", path);
	*count = fread(bytes, 1, 1 << 20, file);
	fclose(file);
	return bytes;
}

/* Whatever is wrong with a file, the model stays as it is. */
Test(codebooks, files_that_are_broken)
{
	static const char *const parts[] = {"_mean", "_var", "_mdef"};
	struct decoder decoder = open_decoder();
	cmd_ln_t *config = ps_get_config(decoder.ps);
	char path[] = "/tmp/codebooks-XXXXXX";

	close(mkstemp(path));
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		char *whole = xstrdup(cmd_ln_str_r(config, parts[i])), *bytes;
		size_t count, cuts[] = {0, 3, 30, 64, 100, 1000};
		struct codebooks codebooks;

		bytes = read_file(whole, &count);
		cmd_ln_set_str_extra_r(config, parts[i], path);
		for (size_t k = 0; k < sizeof cuts / sizeof *cuts; k++) {
			write_file(path, bytes, cuts[k]);
			cr_expect_not(
				codebooks_read(&codebooks, decoder.ps), "%s, %zu bytes", parts[i], cuts[k]);
			codebooks_done(&codebooks);
		}
		/* Sizes that are not. */
		for (size_t at = 36; at < 72; at += 4) {
			char kept[4];

			memcpy(kept, bytes + at, 4);
			memset(bytes + at, 0x7f, 4);
			write_file(path, bytes, count);
			if (i < 2)
				cr_expect_not(
					codebooks_read(&codebooks, decoder.ps), "%s, byte %zu", parts[i], at);
			else
				codebooks_read(&codebooks, decoder.ps);
			codebooks_done(&codebooks);
			memcpy(bytes + at, kept, 4);
		}
		unlink(path);
		cr_expect_not(codebooks_read(&codebooks, decoder.ps), "no %s", parts[i]);
		codebooks_done(&codebooks);
		cr_expect_null(adaptation_new(decoder.ps));
		cmd_ln_set_str_extra_r(config, parts[i], whole);
		cr_expect(codebooks_read(&codebooks, decoder.ps), "whole again");
		codebooks_done(&codebooks);
		free(bytes);
		free(whole);
	}
	decoder_done(&decoder);
}

struct rig {
	struct decoder decoder;
	struct adaptation *adaptation;
};

static struct rig rig_open(void)
{
	struct rig rig = {.decoder = open_decoder()};

	rig.adaptation = adaptation_new(rig.decoder.ps);
	cr_assert(rig.adaptation);
	return rig;
}

static void rig_close(struct rig *rig)
{
	adaptation_free(rig->adaptation);
	decoder_done(&rig->decoder);
}

Test(adaptation, of_nothing)
{
	struct rig rig = rig_open();
	int16_t silence[16000] = {0};

	adaptation_hear(NULL, rig.decoder.ps, silence, 16000);
	adaptation_keep(NULL);
	adaptation_free(NULL);
	cr_expect_eq(adaptation_version(NULL), 0);
	adaptation_keep(rig.adaptation);
	cr_expect_eq(adaptation_version(rig.adaptation), 0, "nothing was heard");
	decoder_decode(&rig.decoder, silence, 16000);
	adaptation_hear(rig.adaptation, rig.decoder.ps, silence, 16000);
	adaptation_keep(rig.adaptation);
	decoder_decode(&rig.decoder, silence, 1);
	adaptation_hear(rig.adaptation, rig.decoder.ps, silence, 1);
	adaptation_keep(rig.adaptation);
	decoder_decode(&rig.decoder, silence, 0);
	adaptation_hear(rig.adaptation, rig.decoder.ps, silence, 0);
	adaptation_keep(rig.adaptation);
	cr_expect_eq(adaptation_version(rig.adaptation), 0, "nobody spoke");
	cr_expect_eq(adaptation_frames(rig.adaptation), 0);
	rig_close(&rig);
}

#ifdef HAVE_FLITE
/* As who speaks so much faster and higher. */
static int16_t *say(const char *text, double faster, size_t *count)
{
	struct sound sound = {.seed = 7};
	int16_t *samples;

	sound_speech(&sound, text);
	*count = (size_t)((double)(sound.count - 1) / faster);
	samples = xmalloc(*count * sizeof *samples);
	for (size_t i = 0; i < *count; i++) {
		size_t at = (size_t)((double)i * faster);
		float part = (float)((double)i * faster - (double)at);

		samples[i] =
			(int16_t)(32767 * (sound.samples[at] * (1 - part) + sound.samples[at + 1] * part));
	}
	sound_done(&sound);
	return samples;
}

static void hear(struct rig *rig, const char *text, double faster)
{
	size_t count;
	int16_t *samples = say(text, faster, &count);

	decoder_decode(&rig->decoder, samples, count);
	cr_expect_str_eq(decoder_heard(&rig->decoder), text);
	adaptation_hear(rig->adaptation, rig->decoder.ps, samples, count);
	free(samples);
}

static void learn(struct rig *rig, const char *text, double faster)
{
	hear(rig, text, faster);
	adaptation_keep(rig->adaptation);
	cr_assert(adaptation_apply(rig->adaptation, rig->decoder.ps));
}

Test(adaptation, what_was_never_said_fits_better)
{
	static const double voices[] = {0.9, 1, 1.1};

	for (size_t i = 0; i < sizeof voices / sizeof *voices; i++) {
		struct rig rig = rig_open();

		hear(&rig, "check my reservation please", voices[i]);
		cr_expect_eq(adaptation_gain(rig.adaptation), 0, "there is no transform yet");
		adaptation_keep(rig.adaptation);
		learn(&rig, "what time is breakfast in the morning", voices[i]);
		cr_expect_eq(adaptation_version(rig.adaptation), 2);
		cr_expect(adaptation_frames(rig.adaptation) > 150 && adaptation_frames(rig.adaptation) < 600,
			"%g", adaptation_frames(rig.adaptation));
		hear(&rig, "do you have a double room with a view", voices[i]);
		cr_expect_gt(adaptation_gain(rig.adaptation), 0.3, "%g times as fast: %g", voices[i],
			adaptation_gain(rig.adaptation));
		rig_close(&rig);
	}
}

/* A voice so low that the plain model hears nothing in it is understood by way of those between. */
Test(adaptation, what_was_not_understood_is)
{
	struct rig rig = rig_open();
	size_t count;
	int16_t *samples = say("check my reservation please", 0.75, &count);

	decoder_decode(&rig.decoder, samples, count);
	cr_expect_str_empty(decoder_heard(&rig.decoder));
	for (int i = 0; i < 2; i++) {
		learn(&rig, "check my reservation please", 0.9);
		learn(&rig, "what time is breakfast in the morning", 0.9);
	}
	decoder_decode(&rig.decoder, samples, count);
	cr_expect_str_eq(decoder_heard(&rig.decoder), "check my reservation please");
	free(samples);
	rig_close(&rig);
}

Test(adaptation, another_caller)
{
	struct rig rig = rig_open();
	double of_one, of_other;

	for (int i = 0; i < 6; i++) {
		learn(&rig, "check my reservation please", 0.9);
		learn(&rig, "what time is breakfast in the morning", 0.9);
	}
	of_one = adaptation_frames(rig.adaptation);
	hear(&rig, "do you have a double room with a view", 1.2);
	cr_expect_lt(adaptation_gain(rig.adaptation), 0, "%g", adaptation_gain(rig.adaptation));
	adaptation_keep(rig.adaptation);
	of_other = adaptation_frames(rig.adaptation);
	cr_expect(of_other < of_one / 6, "%g frames, then %g", of_one, of_other);
	rig_close(&rig);
}

Test(adaptation, old_words_fade)
{
	struct rig rig = rig_open();
	size_t count;
	int16_t *samples = say("check my reservation please", 1, &count);

	decoder_decode(&rig.decoder, samples, count);
	for (int i = 0; i < 60; i++) {
		adaptation_hear(rig.adaptation, rig.decoder.ps, samples, count);
		adaptation_keep(rig.adaptation);
	}
	cr_expect_eq(adaptation_version(rig.adaptation), 60);
	cr_expect(adaptation_frames(rig.adaptation) > 5000 && adaptation_frames(rig.adaptation) < 6001, "%g",
		adaptation_frames(rig.adaptation));
	free(samples);
	rig_close(&rig);
}
#endif
#endif
