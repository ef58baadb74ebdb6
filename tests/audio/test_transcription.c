/* What a transcription server's JSON comes to: the words, how sure they are, and what is left out. */
#include "audio/multipart.h"
#include "audio/transcription.h"
#include "tests/audio/service_rig.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Written with ' for ". */
#define SEGMENT(text, from, to, logprob, silence, repeats)                                                   \
	"{'text':'" text "','start':" from ",'end':" to ",'avg_logprob':" logprob                            \
	",'no_speech_prob':" silence ",'compression_ratio':" repeats "}"

Test(transcription, read)
{
	static const struct {
		const char *json, *text, *dropped; /* dropped NULL: nothing */
		double confidence;
		const char *comment;
	} rows[] = {
		{"{'text':'hello'}", "hello", NULL, -1, "plain json"},
		{"{'text':'  two\\n lines\\t'}", "two lines", NULL, -1, "white space"},
		{"{'text':'Gr\\u00fc\\u00df Gott, \xc3\xa9t\xc3\xa9 \xf0\x9f\x98\x80'}",
			"Gr\xc3\xbc\xc3\x9f Gott, \xc3\xa9t\xc3\xa9 \xf0\x9f\x98\x80", NULL, -1, "unicode"},
		{"{'text':''}", "", NULL, -1, "nothing was said"},
		{"{'text':' a b','segments':[" SEGMENT(" a", "0", "1", "-0.5", "0.1", "1") "," SEGMENT(
			 " b", "1", "4", "-0.1", "0.1", "1") "]}",
			"a b", NULL, 0.8187307530779818, "weighted by length: exp(-0.8/4)"},
		{"{'text':' a Thank you.','segments':[" SEGMENT(" a", "0", "1", "-0.5", "0.1",
			 "1") "," SEGMENT(" Thank you.", "1", "2", "-1.2", "0.9", "1") "]}",
			"a", "Thank you.", 0.6065306597126334, "silence is left out"},
		{"{'text':' Thank you.','segments':[" SEGMENT(
			 " Thank you.", "0", "1", "-1.01", "0.61", "1") "]}",
			"", "Thank you.", -1, "all of it was silence"},
		{"{'text':' a','segments':[" SEGMENT(" a", "0", "1", "-1.2", "0.6", "1") "]}", "a", NULL,
			0.30119421191220214, "doubted, but it is speech"},
		{"{'text':' a','segments':[" SEGMENT(" a", "0", "1", "-1", "0.99", "1") "]}", "a", NULL,
			0.36787944117144233, "quiet, but not doubted"},
		{"{'text':' so so so','segments':[" SEGMENT(" so so so", "0", "1", "-0.1", "0", "2.41") "]}",
			"", "so so so", -1, "a loop"},
		{"{'text':' a','segments':[" SEGMENT(" a", "0", "1", "-0.5", "0", "2.4") "]}", "a", NULL,
			0.6065306597126334, "just no loop"},
		{"{'text':'a','segments':[{'text':'a','avg_logprob':-0.5,'no_speech_prob':0.1}]}", "a", NULL,
			0.6065306597126334, "whisper.cpp: no compression_ratio, no times"},
		{"{'text':'a','segments':[{'text':'a'}]}", "a", NULL, -1, "segments that tell nothing"},
		{"{'text':'a','segments':[7,null,'x',{'text':5,'avg_logprob':'no','end':'1'}]}", "a", NULL,
			-1, "segments that are none"},
		{"{'text':'a','segments':[" SEGMENT(" a", "2", "1", "0.5", "0", "1") "]}", "a", NULL, 1,
			"impossible ones"},
		{"{'text':' [BLANK_AUDIO]'}", "", "[BLANK_AUDIO]", -1, "a remark"},
		{"{'text':'(music) *sighs* \xe2\x99\xaa.'}", "", "(music) *sighs* \xe2\x99\xaa.", -1,
			"several"},
		{"{'text':'[laughs] yes'}", "[laughs] yes", NULL, -1, "a remark beside words"},
		{"{'text':'(open'}", "(open", NULL, -1, "no remark"},
		{"{'text':'...'}", "", "...", -1, "no words at all"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct transcript transcript = {0};
		char *copy = xstrdup(rows[i].json), *why = NULL;

		for (char *p = copy; *p; p++)
			if (*p == '\'')
				*p = '"';
		cr_assert(transcription_read(&transcript, copy, strlen(copy), &why), "%s: %s",
			rows[i].comment, why);
		cr_expect_str_eq(transcript.text, rows[i].text, "%s: %s", rows[i].comment, transcript.text);
		cr_expect(fabs(transcript.confidence - rows[i].confidence) < 1e-9, "%s: %.17g",
			rows[i].comment, transcript.confidence);
		cr_assert_eq(transcript.alternative_count, rows[i].dropped != NULL, "%s", rows[i].comment);
		if (rows[i].dropped)
			cr_expect_str_eq(transcript.alternatives[0].text, rows[i].dropped, "%s: %s",
				rows[i].comment, transcript.alternatives[0].text);
		transcript_done(&transcript);
		free(copy);
	}
}

Test(transcription, is_none)
{
	static const char *const rows[][2] = {
		{"", "not JSON"},
		{"hello", "not JSON"},
		{"<html>", "not JSON"},
		{"{\"text\":\"a", "not JSON"},
		{"{\"text\":\"\xff\"}", "not JSON"},
		{"{}", "no \"text\""},
		{"[]", "no \"text\""},
		{"{\"text\":5}", "no \"text\""},
		{"{\"text\":null}", "no \"text\""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct transcript transcript = {0};
		char *why = NULL;

		cr_expect_not(transcription_read(&transcript, rows[i][0], strlen(rows[i][0]), &why));
		cr_assert(why && strstr(why, rows[i][1]), "%s: %s", rows[i][0], why);
		free(why);
	}
}

Test(transcription, languages)
{
	static const struct {
		const char *language, *code; /* code NULL: it has none */
	} rows[] = {{"en", "en"}, {"de-DE", "de"}, {"EN_us", "en"}, {"deu", NULL}, {"e", NULL}, {"", NULL},
		{"12", NULL}, {NULL, NULL}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char code[3] = "";

		cr_expect_eq(transcription_language(rows[i].language, code), rows[i].code != NULL, "%s",
			rows[i].language);
		if (rows[i].code)
			cr_expect_str_eq(code, rows[i].code);
	}
}

Test(multipart, bytes)
{
	const struct multipart_part parts[] = {
		{"model", "m", 1, NULL, NULL},
		{"prompt", NULL, 0, NULL, NULL},
		{"file", "a\0b", 3, "u.wav", "audio/wav"},
	};
	static const char expected[] =
		"--testpanel-part\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n"
		"--testpanel-part\r\nContent-Disposition: form-data; name=\"file\"; filename=\"u.wav\"\r\n"
		"Content-Type: audio/wav\r\n\r\na\0b\r\n--testpanel-part--\r\n";
	char type[MULTIPART_TYPE_SIZE], *body;
	size_t len;

	body = multipart_make(parts, 3, &len, type);
	cr_assert_eq(len, sizeof expected - 1);
	cr_expect_arr_eq(body, expected, len);
	cr_expect_str_eq(type, "multipart/form-data; boundary=testpanel-part");
	free(body);
}

/* Nobody who chooses a part's text writes a part of their own. */
Test(multipart, the_boundary_stands_in_no_part)
{
	const char *text =
		"x\r\n--testpanel-part\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nevil "
		"testpanel-part-1";
	const struct multipart_part parts[] = {{"prompt", text, strlen(text), NULL, NULL}};
	char type[MULTIPART_TYPE_SIZE], *body;
	size_t len;

	body = multipart_make(parts, 1, &len, type);
	cr_expect_str_eq(type, "multipart/form-data; boundary=testpanel-part-2");
	cr_expect(strstr(body, text));
	free(body);
}
