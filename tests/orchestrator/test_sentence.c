/* Where replies are cut for speaking, what counts as heard of them, and how the states of a voice follow each
 * other. */
#include "executor/executor.h"
#include "orchestrator/sentence.h"
#include "orchestrator/voice_state.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* "One. |Two." */
static char *cut(const char *text, const char *language)
{
	struct buffer b;
	size_t from = 0;

	buffer_init(&b, BUFFER_MAX_TEXT);
	while (text[from]) {
		size_t end = sentence_end(text, from, language);

		cr_assert_gt(end, from, "no progress at %zu of: %s", from, text);
		cr_assert_leq(end, strlen(text));
		buffer_appendf(&b, "%s%.*s", from ? "|" : "", (int)(end - from), text + from);
		from = end;
	}
	return buffer_take(&b);
}

Test(sentence, ends)
{
	static const struct {
		const char *text, *language, *expected, *comment;
	} rows[] = {
		{"", "en", "", "nothing"},
		{"Hello", "en", "Hello", "no stop"},
		{"One. Two! Three?", "en", "One. |Two! |Three?", "the three stops"},
		{"  One.  Two.  ", "en", "  One.  |Two.  ",
			"blanks belong to what they stand before or behind"},
		{"It costs 3.50 EUR. Pay now.", "en", "It costs 3.50 EUR. |Pay now.", "a point in a number"},
		{"Room No. 5 is yours. No. It is not.", "en", "Room No. 5 is yours. |No. |It is not.",
			"a number's sign, and an answer"},
		{"Ask Dr. Brown or Mrs. Hill. They know.", "en", "Ask Dr. Brown or Mrs. Hill. |They know.",
			"titles"},
		{"Ask J. Brown. He knows.", "en", "Ask J. Brown. |He knows.", "an initial"},
		{"So do I. You too.", "en", "So do I. |You too.", "a word of one letter"},
		{"At 8 a.m. tomorrow. Come.", "en", "At 8 a.m. tomorrow. |Come.", "a small letter follows"},
		{"Wait ... Done. Yes\xe2\x80\xa6 Well.", "en", "Wait ... |Done. |Yes\xe2\x80\xa6 |Well.",
			"dots"},
		{"Wait ... for me.", "en", "Wait ... for me.", "dots within a sentence"},
		{"He said \"Go.\" Then he left.", "en", "He said \"Go.\" |Then he left.",
			"a quote ends with it"},
		{"Really?! Yes (so it is.) Fine.", "en", "Really?! |Yes (so it is.) |Fine.",
			"stops and brackets"},
		{"See example.com. It helps.", "en", "See example.com. |It helps.", "a name with a point"},
		{"Your rooms:\n- 101\n- 102", "en", "Your rooms:\n|- 101\n|- 102", "lines"},
		{"Am 5. Mai, z. B. um 9 Uhr. Bis dann.", "de-DE", "Am 5. Mai, z. B. um 9 Uhr. |Bis dann.",
			"German ordinals and abbreviations"},
		{"Room 12. Breakfast is at 7.", "en", "Room 12. |Breakfast is at 7.",
			"no ordinals elsewhere"},
		{"Hr. Maier, bzw. Fr. Maier. Ja.", "de", "Hr. Maier, bzw. Fr. Maier. |Ja.", "German titles"},
		{"La Sra. Ruiz. Hola.", "es", "La Sra. Ruiz. |Hola.", "Spanish ones"},
		{"\xe5\xa5\xbd\xe3\x80\x82\xe5\xa5\xbd\xe3\x80\x82", "zh",
			"\xe5\xa5\xbd\xe3\x80\x82|\xe5\xa5\xbd\xe3\x80\x82", "no space between sentences"},
		{"Dr. Brown. Yes.", NULL, "Dr. Brown. |Yes.", "no language"},
		{"\xff. \xfe Ok.", "en", "\xff. |\xfe Ok.", "no UTF-8"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *found = cut(rows[i].text, rows[i].language);

		cr_expect_str_eq(found, rows[i].expected, "%s: %s", rows[i].comment, found);
		free(found);
	}
}

Test(sentence, a_long_one_is_cut_between_words)
{
	struct buffer b;
	size_t from = 0, n = 0;

	buffer_init(&b, BUFFER_MAX_TEXT);
	for (int i = 0; i < 200; i++)
		buffer_appendf(&b, "word%d%s ", i, i % 20 ? "" : ",");
	while (buffer_text(&b)[from]) {
		size_t end = sentence_end(buffer_text(&b), from, "en");

		cr_expect_leq(end - from, SENTENCE_MAX);
		cr_expect_eq(buffer_text(&b)[end - 1], ' ');
		from = end;
		n++;
	}
	cr_expect_geq(n, b.len / SENTENCE_MAX);
	buffer_reset(&b);
	for (int i = 0; i < 1000; i++)
		buffer_append_str(&b, "\xc3\xa9");
	for (from = 0; buffer_text(&b)[from];) {
		from = sentence_end(buffer_text(&b), from, "en");
		cr_expect_eq(from % 2, 0, "a character is cut at %zu", from);
	}
	buffer_done(&b);
}

Test(sentence, heard_in_whole_words)
{
	static const struct {
		const char *text;
		size_t bytes;
		const char *heard, *comment;
	} rows[] = {
		{"One two three.", 0, "", "nothing"},
		{"One two three.", 2, "", "in the first word"},
		{"One two three.", 3, "One", "at its end"},
		{"One two three.", 4, "One", "in the space"},
		{"One two three.", 5, "One", "in the second word"},
		{"One two three.", 12, "One two", "in the last word"},
		{"One two three.", 13, "One two three.", "but for the point"},
		{"One two three.", 99, "One two three.", "more than there is"},
		{"Well, so.", 4, "Well", "before a comma"},
		{"Well, so.", 5, "Well,", "behind it"},
		{"It is 3.50 EUR", 7, "It is", "in a number"},
		{"It is 3.50 EUR", 8, "It is", "behind its point"},
		{"It is 3.50 EUR", 10, "It is 3.50", "at its end"},
		{"don't go", 4, "", "an apostrophe is of the word"},
		{"caf\xc3\xa9 now", 4, "", "in a character"},
		{"caf\xc3\xa9 now", 5, "caf\xc3\xa9", "behind it"},
		{"\xe4\xba\x88\xe7\xb4\x84\xe3\x81\xaf", 4, "\xe4\xba\x88", "no words: characters"},
		{"...", 0, "", "no words at all"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t n = sentence_heard(rows[i].text, rows[i].bytes);

		cr_expect(n == strlen(rows[i].heard) && !strncmp(rows[i].text, rows[i].heard, n), "%s: %.*s",
			rows[i].comment, (int)n, rows[i].text);
	}
}

/* Any bytes: cut up and put together again they are the same, and more heard is never less. */
Test(sentence, any_text)
{
	static const char *const bits[] = {"a", "B", "7", ".", "!", " ", "\n", "\"", ")", "Dr", "No",
		"\xc3\xa9", "\xe4\xba\x88", "\xe3\x80\x82", "\xff", ",", "\xe2\x80\xa6", "'", "-"};
	struct rng rng;

	rng_seed(&rng, 5);
	for (int round = 0; round < 3000; round++) {
		struct buffer b;
		size_t n = (size_t)(rng_next(&rng) % 40), before = 0;
		char *pieces;

		buffer_init(&b, BUFFER_MAX_TEXT);
		while (n--)
			buffer_append_str(&b, bits[rng_next(&rng) % (sizeof bits / sizeof *bits)]);
		pieces = cut(buffer_text(&b), "de");
		for (char *from = pieces, *to = pieces;; from++) {
			if (*from != '|')
				*to++ = *from;
			if (!*from)
				break;
		}
		cr_expect_str_eq(pieces, buffer_text(&b));
		for (size_t i = 0; i <= b.len; i++) {
			size_t heard = sentence_heard(buffer_text(&b), i);

			cr_expect(heard >= before && (heard <= i || heard == b.len), "%zu of: %s", i,
				buffer_text(&b));
			before = heard;
		}
		free(pieces);
		buffer_done(&b);
	}
}

Test(voice_state, next)
{
	static const struct {
		enum voice_state from;
		enum voice_input input;
		enum voice_state to;
		const char *comment;
	} rows[] = {
		{VOICE_LISTENING, VOICE_SPEECH, VOICE_HEARING, "the caller begins"},
		{VOICE_HEARING, VOICE_QUIET, VOICE_LISTENING, "and has said nothing"},
		{VOICE_HEARING, VOICE_TURN, VOICE_THINKING, "or something"},
		{VOICE_LISTENING, VOICE_TURN, VOICE_THINKING, "typed"},
		{VOICE_LISTENING, VOICE_REPLY, VOICE_SPEAKING, "a greeting"},
		{VOICE_THINKING, VOICE_SPEECH, VOICE_THINKING, "it waits"},
		{VOICE_THINKING, VOICE_REPLY, VOICE_SPEAKING, "the reply"},
		{VOICE_THINKING, VOICE_END, VOICE_LISTENING, "cancelled"},
		{VOICE_THINKING, VOICE_STOPPED, VOICE_INTERRUPTED, "before it was spoken"},
		{VOICE_SPEAKING, VOICE_END, VOICE_LISTENING, "spoken"},
		{VOICE_SPEAKING, VOICE_STOPPED, VOICE_INTERRUPTED, "barge-in"},
		{VOICE_SPEAKING, VOICE_QUIET, VOICE_SPEAKING, "a cough that is not listened to"},
		{VOICE_INTERRUPTED, VOICE_END, VOICE_INTERRUPTED, "the turn ends, the caller speaks"},
		{VOICE_INTERRUPTED, VOICE_SPEECH, VOICE_INTERRUPTED, "still"},
		{VOICE_INTERRUPTED, VOICE_QUIET, VOICE_LISTENING, "nothing said"},
		{VOICE_INTERRUPTED, VOICE_TURN, VOICE_THINKING, "the words that interrupted"},
	};
	enum voice_state found;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		cr_expect_eq(voice_state_next(rows[i].from, rows[i].input), rows[i].to, "%s: %s",
			rows[i].comment, voice_state_name(voice_state_next(rows[i].from, rows[i].input)));
	for (enum voice_state state = 0; state < VOICE_STATE_COUNT; state++) {
		cr_expect(voice_state_find(voice_state_name(state), &found) && found == state);
		cr_expect_eq(voice_state_next(state, VOICE_TURN), VOICE_THINKING,
			"a turn is always thought about");
	}
	cr_expect_not(voice_state_find("asleep", &found));
}
