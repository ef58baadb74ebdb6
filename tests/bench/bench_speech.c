/* How well a workflow's callers are understood: sessions of tests/bench/speech/corpus.sh through all that
 * stands between microphone and transcript.
 *
 *   bench-speech fast|live WORKFLOW FOLDER/SESSION.NOISE.wav...
 *
 * One line of JSON for each sentence of a session: {"session", "noise", "wanted", "said", "heard", "by",
 * "agreement", "whole", "audioMs", "workMs", "waitMs"}. whole: one utterance, with no part of the sentence
 * outside of it. waitMs, live only: how long after the hangover the transcript came. An utterance that is no
 * sentence has "wanted": null. */
#include "tui/spoken.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENTENCES 200

struct sentence {
	uint64_t first, end;
	char wanted[256], said[256];
	bool told;
};

struct expected {
	struct sentence *sentence; /* NULL: none was said there */
	bool whole;
};

struct call {
	char *name;
	const char *noise;
	struct sentence sentences[SENTENCES];
	size_t count;
	struct expected expected[2 * SENTENCES]; /* the utterances in turn */
	size_t ended, transcribed;
	struct recogniser *recogniser;
	struct utterances *utterances;
	struct audio_source *source;
	bool over;
};

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "bench-speech: %s: %s\n", what, why);
	exit(1);
}

static void print(
	const struct call *call, const struct expected *expected, const struct transcript *transcript)
{
	cJSON *line = cJSON_CreateObject();
	char *text;

	json_add_string(line, "session", call->name);
	json_add_string(line, "noise", call->noise);
	json_add_string(line, "wanted", expected->sentence ? expected->sentence->wanted : NULL);
	json_add_string(line, "said", expected->sentence ? expected->sentence->said : NULL);
	json_add_string(line, "heard", transcript->text ? transcript->text : "");
	json_add_string(line, "by", transcript->by);
	cJSON_AddNumberToObject(line, "agreement", transcript->agreement);
	cJSON_AddBoolToObject(line, "whole", expected->whole);
	cJSON_AddNumberToObject(line, "audioMs", transcript->audio_ms);
	cJSON_AddNumberToObject(line, "workMs", transcript->work_ms);
	cJSON_AddNumberToObject(line, "waitMs", transcript->wait_ms);
	text = json_print(line);
	puts(text);
	fflush(stdout);
	free(text);
	cJSON_Delete(line);
}

static void settle(struct call *call)
{
	if (!call->over || call->transcribed < call->ended)
		return;
	audio_source_close(call->source);
	call->source = NULL;
}

static void on_transcript(void *ctx, struct transcript *transcript, const char *error)
{
	struct call *call = ctx;

	if (!transcript)
		fail("recogniser", error);
	print(call, &call->expected[call->transcribed++], transcript);
	settle(call);
}

static void on_sound(void *ctx, const float *frames, size_t count)
{
	struct call *call = ctx;

	recogniser_hear(call->recogniser, frames, count);
}

static void on_paused(void *ctx, bool silent)
{
	struct call *call = ctx;

	recogniser_pause(call->recogniser, silent);
}

/* The sentence that is said between two samples, the one that most of is; and whether it is all of one. */
static struct expected find(struct call *call, uint64_t first, uint64_t end)
{
	struct expected expected = {NULL, false};
	uint64_t most = 0, touched = 0;

	for (size_t i = 0; i < call->count; i++) {
		struct sentence *sentence = &call->sentences[i];
		uint64_t from = sentence->first > first ? sentence->first : first;
		uint64_t to = sentence->end < end ? sentence->end : end;

		if (to <= from)
			continue;
		touched++;
		if (to - from > most) {
			most = to - from;
			expected.sentence = sentence;
		}
	}
	if (expected.sentence)
		expected.whole = touched == 1 && !expected.sentence->told &&
			first <= expected.sentence->first && end >= expected.sentence->end;
	return expected;
}

static void on_ended(void *ctx, const struct activity_decision *decision, const float *frames, size_t count)
{
	struct call *call = ctx;
	bool keep = decision->event != ACTIVITY_DROPPED;
	struct expected expected = find(call, decision->first, decision->first + count);

	(void)frames;
	if (keep && call->ended < sizeof call->expected / sizeof *call->expected) {
		call->expected[call->ended++] = expected;
		if (expected.sentence)
			expected.sentence->told = true;
	}
	recogniser_end(call->recogniser, keep);
}

static void on_frames(void *ctx, const float *frames, size_t count)
{
	struct call *call = ctx;

	utterances_hear(call->utterances, frames, count);
}

static void on_source_ended(void *ctx, const char *reason)
{
	struct call *call = ctx;

	if (reason)
		fail(call->name, reason);
	call->over = true;
	utterances_finish(call->utterances);
	settle(call);
}

/* WORKFLOW.VOICE.NOISE.wav has its sentences in WORKFLOW.VOICE.tsv. */
static void read_sentences(struct call *call, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char *stem = xstrndup(path, strlen(path) - strlen(".wav")), *dot = strrchr(stem, '.'), *tsv;
	char line[640];
	FILE *file;

	if (!dot || dot < stem + (name - path))
		fail(path, "not SESSION.NOISE.wav");
	*dot = '\0';
	tsv = xasprintf("%s.tsv", stem);
	call->name = xstrdup(stem + (name - path));
	call->noise = xstrdup(dot + 1);
	file = fopen(tsv, "r");
	if (!file)
		fail(tsv, "cannot be read");
	while (call->count < SENTENCES && fgets(line, sizeof line, file)) {
		struct sentence *sentence = &call->sentences[call->count];

		call->count +=
			sscanf(line, "%" SCNu64 "\t%" SCNu64 "\t%255[^\t]\t%255[^\n]", &sentence->first,
				&sentence->end, sentence->wanted, sentence->said) == 4;
	}
	fclose(file);
	free(tsv);
	free(stem);
}

static void hear(
	struct recogniser *recogniser, uv_loop_t *loop, struct call *call, const char *path, bool live)
{
	struct activity_settings settings = activity_defaults();
	struct utterance_listener told = {
		.sound = on_sound, .paused = on_paused, .ended = on_ended, .ctx = call};
	struct audio_listener listener = {on_frames, on_source_ended, call};
	struct audio_source_options options = {.device = path, .as_fast = !live};
	char *error = NULL;

	read_sentences(call, path);
	call->recogniser = recogniser;
	call->utterances = utterances_new(&settings, UTTERANCE_OPEN, &told);
	call->source =
		audio_source_open(&audio_source_file, loop, &clock_system, &options, &listener, &error);
	if (!call->source || !audio_source_start(call->source, &error))
		fail(path, error);
	uv_run(loop, UV_RUN_DEFAULT);
	for (size_t i = 0; i < call->count; i++)
		if (!call->sentences[i].told)
			print(call, &(struct expected){&call->sentences[i], false},
				&(struct transcript){.by = "nothing", .agreement = -1});
	utterances_free(call->utterances);
}

static struct vocabulary *vocabulary_of(const char *path)
{
	struct faults faults;
	struct vocabulary *vocabulary;
	struct workflow *workflow;
	char *error = NULL;

	faults_init(&faults);
	workflow = workflow_load(path, &faults, &error);
	if (!workflow)
		fail(path, error ? error : "is no workflow");
	vocabulary = spoken_vocabulary(workflow);
	workflow_free(workflow);
	faults_done(&faults);
	return vocabulary;
}

int main(int argc, char **argv)
{
	struct recogniser_options options = {.clock = &clock_system};
	struct call *call = xcalloc(1, sizeof *call);
	struct recogniser_listener listener = {.ended = on_transcript, .ctx = call};
	struct vocabulary *vocabulary;
	uv_loop_t loop;

	if (argc < 4 || !recognisers[0]) {
		fprintf(stderr, "usage: bench-speech fast|live WORKFLOW SESSION.NOISE.wav...\n");
		return 2;
	}
	uv_loop_init(&loop);
	vocabulary = vocabulary_of(argv[2]);
	options.loop = &loop;
	options.vocabulary = vocabulary;
	for (int i = 3; i < argc; i++) {
		char *error = NULL;
		/* Each caller is a new one. */
		struct recogniser *recogniser = recogniser_open(recognisers[0], &options, &listener, &error);

		if (!recogniser)
			fail("recogniser", error);
		uv_run(&loop, UV_RUN_DEFAULT);
		hear(recogniser, &loop, call, argv[i], !strcmp(argv[1], "live"));
		recogniser_close(recogniser);
		uv_run(&loop, UV_RUN_DEFAULT);
		free(call->name);
		free((char *)call->noise);
		*call = (struct call){0};
	}
	vocabulary_free(vocabulary);
	free(call);
	return uv_loop_close(&loop) != 0;
}
