/* One decoder's senones for another: the same scores as from the sound, and what becomes of their place. */
#include "audio/decoder.h"
#include "audio/sphinx.h"
#include "tests/audio/sound.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined HAVE_FLITE && defined HAVE_POCKETSPHINX
static struct vocabulary *sentences(void)
{
	struct vocabulary *vocabulary = vocabulary_new("en");

	vocabulary_add_phrase(vocabulary, "check my reservation please");
	vocabulary_add_phrase(vocabulary, "is breakfast included");
	return vocabulary;
}

struct rig {
	char folder[64];                        /* $TMPDIR, empty at first */
	struct decoder grammar, phones, others; /* others: phones by the sound */
	int16_t *samples;
	size_t count;
};

static void open_rig(struct rig *rig)
{
	struct vocabulary *vocabulary = sentences();
	struct grammar_strange strange;

	strcpy(rig->folder, "/tmp/test-senones-XXXXXX");
	cr_assert(mkdtemp(rig->folder));
	setenv("TMPDIR", rig->folder, 1);
	cr_assert(decoder_init(&rig->grammar, DECODER_GRAMMAR, NULL, true));
	cr_assert(decoder_set_grammar(&rig->grammar, vocabulary, &strange));
	cr_assert(decoder_init(&rig->phones, DECODER_PHONES, NULL, true));
	cr_assert(decoder_init(&rig->others, DECODER_PHONES, NULL, true));
	cr_assert(decoder_set_phones(&rig->phones) && decoder_set_phones(&rig->others));
	grammar_strange_done(&strange);
	vocabulary_free(vocabulary);
}

static void say(struct rig *rig, const char *text)
{
	struct sound sound = {0};

	sound_speech(&sound, text);
	free(rig->samples);
	rig->samples = xmalloc(sound.count * sizeof *rig->samples);
	for (size_t i = 0; i < sound.count; i++)
		rig->samples[i] = (int16_t)(sound.samples[i] * 32767);
	rig->count = sound.count;
	sound_done(&sound);
}

static size_t entries(const char *folder)
{
	DIR *dir = opendir(folder);
	size_t count = 0;

	cr_assert(dir, "%s", folder);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static void close_rig(struct rig *rig)
{
	decoder_done(&rig->grammar);
	decoder_done(&rig->phones);
	decoder_done(&rig->others);
	free(rig->samples);
	cr_expect_eq(entries(rig->folder), 0, "nothing stays");
	cr_expect_eq(rmdir(rig->folder), 0);
}

Test(senones, score_as_the_sound_does)
{
	static const char *const texts[] = {"check my reservation please", "hello", "is breakfast included",
		"who won the game last night"};
	struct rig rig = {0};
	size_t files = 0;

	open_rig(&rig);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		double followed;

		say(&rig, texts[i]);
		cr_assert(decoder_decode(&rig.grammar, rig.samples, rig.count));
		cr_expect_eq(entries(rig.grammar.senones.folder), 0, "the link is gone");
		cr_assert(decoder_follow(&rig.phones, &rig.grammar), "%s", texts[i]);
		followed = decoder_score(&rig.phones);
		cr_expect_not(decoder_follow(&rig.phones, &rig.grammar), "it is forgotten");
		/* The grammar's decoder, too, has heard what came before. */
		decoder_decode(&rig.others, rig.samples, rig.count);
		cr_expect_float_eq(followed, decoder_score(&rig.others), 20, "%s: %g, by the sound %g",
			texts[i], followed, decoder_score(&rig.others));
		cr_expect(!files || entries("/proc/self/fd") == files, "files stay open");
		files = entries("/proc/self/fd");
	}
	decoder_decode(&rig.grammar, rig.samples, rig.count);
	cr_expect_not(decoder_follow(&rig.others, &rig.grammar), "it would overrun its buffer");
	close_rig(&rig);
}

Test(senones, of_nothing)
{
	static const int16_t silence[16000];
	struct rig rig = {0};

	open_rig(&rig);
	cr_expect_not(decoder_follow(&rig.phones, &rig.grammar), "nothing was heard");
	for (size_t count = 0; count < 3; count++) {
		cr_expect(decoder_decode(&rig.grammar, silence, count));
		decoder_follow(&rig.phones, &rig.grammar);
	}
	cr_expect(decoder_decode(&rig.grammar, silence, 16000));
	cr_expect(decoder_follow(&rig.phones, &rig.grammar));
	close_rig(&rig);
}

Test(senones, place_is_made_again)
{
	struct rig rig = {0};
	char *folder;

	open_rig(&rig);
	say(&rig, "is breakfast included");
	folder = xstrdup(rig.grammar.senones.folder);
	cr_assert(decoder_decode(&rig.grammar, rig.samples, rig.count));
	cr_assert_eq(rmdir(folder), 0);
	cr_expect(decoder_decode(&rig.grammar, rig.samples, rig.count));
	cr_expect_str_eq(decoder_heard(&rig.grammar), "is breakfast included");
	cr_expect(decoder_follow(&rig.phones, &rig.grammar));
	/* Another's file stands there, then no more. */
	cr_assert_eq(rmdir(folder), 0);
	close(open(folder, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	cr_expect_not(decoder_decode(&rig.grammar, rig.samples, rig.count));
	cr_expect_not(decoder_follow(&rig.phones, &rig.grammar));
	unlink(folder);
	cr_expect(decoder_decode(&rig.grammar, rig.samples, rig.count));
	cr_expect(decoder_follow(&rig.phones, &rig.grammar));
	free(folder);
	close_rig(&rig);
}

/* What is heard does not depend on it. */
Test(senones, nowhere_to_be)
{
	struct vocabulary *vocabulary = sentences();
	struct sphinx_options options = {.vocabulary = vocabulary};
	struct grammar_strange strange;
	struct transcript transcript = {0};
	struct sound sound = {.seed = 5};
	struct sphinx *sphinx;
	char *error = NULL;

	setenv("TMPDIR", "/nowhere", 1);
	sphinx = sphinx_new(&options, &strange, &error);
	cr_assert(sphinx, "%s", error);
	sound_speech(&sound, "check my reservation please");
	sphinx_hear(sphinx, sound.samples, sound.count);
	sphinx_finish(sphinx);
	sphinx_explain(sphinx, sound.samples, sound.count);
	sphinx_decide(sphinx, &transcript);
	cr_expect_str_eq(transcript.by, "grammar");
	cr_expect_str_eq(transcript.text, "check my reservation please");
	transcript_done(&transcript);
	sound_done(&sound);
	sphinx_free(sphinx);
	grammar_strange_done(&strange);
	vocabulary_free(vocabulary);
}
#endif
