/* Segments are judged one by one; without segments the text counts as it is. See transcription.h. */
#include "audio/transcription.h"

#include "executor/executor.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)1 << 20)

/* What is kept and what is left out of an answer. */
struct sorted {
	struct buffer kept, dropped;
	double log_sum[2], seconds[2]; /* of kept and dropped ones that tell */
};

/* Without white space around it, each run of it one space: whisper.cpp writes a line for each segment. */
static void add_text(struct buffer *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (!strchr(" \t\r\n", *p))
			buffer_append_char(out, *p);
		else if (out->len && out->data[out->len - 1] != ' ')
			buffer_append_char(out, ' ');
	}
}

static void trim_end(struct buffer *text)
{
	while (text->len && text->data[text->len - 1] == ' ')
		buffer_truncate(text, text->len - 1);
}

static bool is_invented(const cJSON *segment)
{
	return json_number(segment, "compression_ratio", 0) > TRANSCRIPTION_REPEATS ||
		(json_number(segment, "avg_logprob", 0) < TRANSCRIPTION_DOUBT &&
			json_number(segment, "no_speech_prob", 0) > TRANSCRIPTION_NO_SPEECH);
}

static void sort_segment(struct sorted *sorted, const cJSON *segment)
{
	bool invented = is_invented(segment);
	double logprob = json_number(segment, "avg_logprob", NAN);
	double seconds = json_number(segment, "end", 0) - json_number(segment, "start", 0);

	add_text(invented ? &sorted->dropped : &sorted->kept, json_string(segment, "text", ""));
	if (!isfinite(logprob))
		return;
	if (!(seconds > 0.01 && seconds < 1e6))
		seconds = 0.01;
	sorted->log_sum[invented] += logprob * seconds;
	sorted->seconds[invented] += seconds;
}

static double confidence_of(const struct sorted *sorted, bool invented)
{
	if (!(sorted->seconds[invented] > 0))
		return -1;
	return fmin(exp(sorted->log_sum[invented] / sorted->seconds[invented]), 1);
}

/* "[BLANK_AUDIO]", "(music)", "♪": said by the model, not by the caller. */
static bool is_remark(const char *text)
{
	char close = '\0';

	for (const char *p = text; *p; p++) {
		if (close) {
			close = *p == close ? '\0' : close;
		} else if (*p == '[' || *p == '(' || *p == '*') {
			close = *p == '[' ? ']' : *p == '(' ? ')' : '*';
		} else if (strncmp(p, "\xe2\x99\xaa", 3) == 0 || strncmp(p, "\xe2\x99\xab", 3) == 0) {
			p += 2;
		} else if (!strchr(" .,;!?-", *p)) {
			return false;
		}
	}
	return !close;
}

static void leave_out(struct transcript *transcript, struct buffer *text, double confidence)
{
	if (text->len)
		transcript->alternatives[transcript->alternative_count++] =
			(struct transcript_alternative){buffer_take(text), confidence};
}

static void read_sorted(struct transcript *transcript, const cJSON *json)
{
	const cJSON *segments = json_get(json, "segments"), *segment;
	struct sorted sorted = {0};

	buffer_init(&sorted.kept, TEXT_MAX);
	buffer_init(&sorted.dropped, TEXT_MAX);
	cJSON_ArrayForEach(segment, segments) sort_segment(&sorted, segment);
	/* The text as a whole is better than its pieces while none is missing. */
	if (!sorted.dropped.len) {
		buffer_reset(&sorted.kept);
		add_text(&sorted.kept, json_string(json, "text", ""));
	}
	trim_end(&sorted.kept);
	trim_end(&sorted.dropped);
	transcript->confidence = confidence_of(&sorted, false);
	if (is_remark(buffer_text(&sorted.kept))) {
		leave_out(transcript, &sorted.kept, transcript->confidence);
		transcript->confidence = -1;
		buffer_reset(&sorted.kept);
	}
	leave_out(transcript, &sorted.dropped, confidence_of(&sorted, true));
	transcript->text = buffer_take(&sorted.kept);
	buffer_done(&sorted.kept);
	buffer_done(&sorted.dropped);
}

bool transcription_read(struct transcript *transcript, const char *body, size_t len, char **why)
{
	char error[JSON_ERROR_SIZE];
	cJSON *json = json_parse(body, len, error);
	bool is = cJSON_IsString(json_get(json, "text"));

	if (!json)
		*why = xasprintf("the answer is not JSON: %s", error);
	else if (!is)
		*why = xstrdup("the answer has no \"text\"");
	else
		read_sorted(transcript, json);
	cJSON_Delete(json);
	return is;
}

bool transcription_language(const char *language, char code[3])
{
	if (!language || !isalpha((unsigned char)language[0]) || !isalpha((unsigned char)language[1]) ||
		isalnum((unsigned char)language[2]))
		return false;
	for (int i = 0; i < 2; i++)
		code[i] = (char)tolower((unsigned char)language[i]);
	code[2] = '\0';
	return true;
}
