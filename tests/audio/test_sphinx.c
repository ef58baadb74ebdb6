/* What the decoders make of one utterance after the other. */
#include "audio/sphinx.h"
#include "tests/audio/sound.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#if defined HAVE_FLITE && defined HAVE_POCKETSPHINX
static struct sphinx *open_sphinx(bool with_grammar)
{
	struct vocabulary *vocabulary = vocabulary_new("en");
	struct sphinx_options options = {.vocabulary = with_grammar ? vocabulary : NULL};
	struct grammar_strange strange;
	struct sphinx *sphinx;
	char *error = NULL;

	vocabulary_add_phrase(vocabulary, "check my reservation please");
	vocabulary_add_phrase(vocabulary, "is breakfast included");
	sphinx = sphinx_new(&options, &strange, &error);
	cr_assert(sphinx, "%s", error);
	grammar_strange_done(&strange);
	vocabulary_free(vocabulary);
	return sphinx;
}

static void hear(struct sphinx *sphinx, const char *said, const char *by)
{
	struct sound sound = {.seed = 5};
	struct transcript transcript = {0};

	sound_speech(&sound, said);
	sphinx_hear(sphinx, sound.samples, sound.count);
	sphinx_finish(sphinx);
	if (sphinx_has_grammar(sphinx))
		sphinx_explain(sphinx, sound.samples, sound.count);
	sphinx_decide(sphinx, &transcript);
	cr_expect_str_eq(transcript.by, by, "%s: %s", said, transcript.text);
	if (!strcmp(by, "grammar"))
		cr_expect_str_eq(transcript.text, said);
	transcript_done(&transcript);
	sound_done(&sound);
}

Test(sphinx, voices_are_learned_from_what_is_believed)
{
	struct sphinx *sphinx = open_sphinx(true);
	double ms;

	cr_expect_eq(sphinx_adapted_ms(sphinx), 0);
	hear(sphinx, "who won the game last night", "dictation");
	cr_expect_eq(sphinx_adapted_ms(sphinx), 0, "nobody knows what was said");
	hear(sphinx, "check my reservation please", "grammar");
	ms = sphinx_adapted_ms(sphinx);
	cr_expect(ms > 800 && ms < 3000, "%g ms", ms);
	hear(sphinx, "my brother painted the old house", "dictation");
	cr_expect_eq(sphinx_adapted_ms(sphinx), ms);
	hear(sphinx, "is breakfast included", "grammar");
	cr_expect(sphinx_adapted_ms(sphinx) > ms + 500, "%g ms", sphinx_adapted_ms(sphinx));
	sphinx_free(sphinx);
}

Test(sphinx, dictation_alone_learns_nothing)
{
	struct sphinx *sphinx = open_sphinx(false);

	cr_expect_not(sphinx_has_grammar(sphinx));
	hear(sphinx, "check my reservation please", "dictation");
	cr_expect_eq(sphinx_adapted_ms(sphinx), 0);
	sphinx_free(sphinx);
}
#endif
