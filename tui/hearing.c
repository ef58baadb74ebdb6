/* A file is heard to its end before its first utterance is said: a turn takes as long as it takes, and what
 * is heard meanwhile would have to wait anyway. */
#include "tui/hearing.h"

#include "tui/heard.h"
#include "tui/spoken.h"

#include <stdlib.h>
#include <string.h>

struct hearing {
	struct program *program;
	struct voice_setup setup;
	struct microphone *microphone;
	const char *path;
	struct hearing_utterance *utterances;
	size_t count;
	bool over;
	int status;
};

static void drop_utterances(struct hearing *hearing)
{
	for (size_t i = 0; i < hearing->count; i++)
		free(hearing->utterances[i].origin);
	free(hearing->utterances);
	hearing->utterances = NULL;
	hearing->count = 0;
}

static void settle(struct hearing *hearing)
{
	if (hearing->microphone && microphone_state(hearing->microphone) == MICROPHONE_OFF &&
		!microphone_pending(hearing->microphone))
		hearing->over = true;
}

/* A file that ends too early is a lost microphone: it would only be lost again. */
static void on_changed(void *ctx)
{
	struct hearing *hearing = ctx;

	if (microphone_state(hearing->microphone) == MICROPHONE_LOST) {
		complain("%s", microphone_reason(hearing->microphone));
		hearing->status = STATUS_SYSTEM;
		microphone_stop(hearing->microphone, true);
	}
	settle(hearing);
}

static void on_heard(void *ctx, const struct microphone_heard *heard)
{
	struct hearing *hearing = ctx;
	struct voice_heard told = heard_told(heard);
	struct hearing_utterance *utterance;

	if (heard->error) {
		complain("%s: %s", hearing->path, heard->error);
		hearing->status = STATUS_FAILED;
	}
	if (*heard->text) {
		hearing->utterances =
			xreallocarray(hearing->utterances, hearing->count + 1, sizeof *hearing->utterances);
		utterance = &hearing->utterances[hearing->count++];
		*utterance = (struct hearing_utterance){
			.origin = origin_copy(&told.origin, NULL),
			.heard = told,
			.told_ns = clock_monotonic_ns(hearing->program->engine->clock),
		};
		utterance->heard.origin = *utterance->origin;
	}
	settle(hearing);
}

static void on_note(void *ctx, const char *text)
{
	(void)ctx;
	complain("%s", text);
}

static void ignore(void *ctx)
{
	(void)ctx;
}

static void ignore_decision(void *ctx, const struct activity_decision *decision)
{
	(void)ctx;
	(void)decision;
}

static void ignore_text(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

struct hearing *hearing_new(struct program *program, char **error)
{
	struct hearing *hearing = xcalloc(1, sizeof *hearing);
	struct microphone_listener listener = {
		on_changed, ignore_decision, ignore, ignore_text, on_heard, on_note, hearing};
	struct microphone_options options = {
		.loop = &program->loop,
		.clock = program->engine->clock,
		.source = &audio_source_file,
		.source_options = {.as_fast = options_given(program->options, OPTION_FAST)},
	};
	struct vocabulary *vocabulary;

	hearing->program = program;
	if (!voice_setup(&hearing->setup, program, error)) {
		hearing_free(hearing);
		return NULL;
	}
	vocabulary = spoken_vocabulary(program->engine->workflow);
	options.recogniser = hearing->setup.headset.recogniser;
	options.recogniser_options = hearing->setup.headset.recogniser_options;
	options.recogniser_options.vocabulary = vocabulary;
	options.activity = hearing->setup.headset.activity;
	hearing->microphone = microphone_new(&options, &listener);
	vocabulary_free(vocabulary);
	return hearing;
}

void hearing_free(struct hearing *hearing)
{
	if (!hearing)
		return;
	drop_utterances(hearing);
	microphone_free(hearing->microphone);
	voice_setup_done(&hearing->setup);
	free(hearing);
}

int hearing_file(
	struct hearing *hearing, const char *path, const struct hearing_utterance **utterances, size_t *count)
{
	char *error = NULL;

	drop_utterances(hearing);
	hearing->path = path;
	hearing->over = false;
	hearing->status = STATUS_OK;
	microphone_use_device(hearing->microphone, path);
	if (!microphone_start(hearing->microphone, UTTERANCE_OPEN, &error))
		return complain_take(STATUS_USAGE, error);
	program_wait(hearing->program, &hearing->over);
	if (!hearing->count && hearing->status == STATUS_OK && !hearing->program->interrupted) {
		complain("%s: nothing was said in it", path);
		hearing->status = STATUS_FAILED;
	}
	*utterances = hearing->utterances;
	*count = hearing->count;
	return hearing->status;
}

void hearing_stop(struct hearing *hearing)
{
	if (!hearing)
		return;
	microphone_stop(hearing->microphone, false);
	hearing->over = true;
}

struct turn *hearing_say(const struct hearing_utterance *utterance, struct session *session)
{
	uint64_t since_ns = clock_monotonic_ns(session->engine->clock) - utterance->told_ns;
	struct voice_heard heard = utterance->heard;

	heard.end_ns += since_ns;
	heard.decided_ns += since_ns;
	return session_hear(session, &heard);
}
