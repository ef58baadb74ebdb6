/* testpanel tune: recordings decided again with other settings of voice activity, all of them in one pass.
 * What a choice loses is counted beside the reference, the defaults with the longest hangover of all choices.
 */
#include "tui/commands.h"
#include "tui/program.h"
#include "tui/spoken.h"
#include "tui/tune_grid.h"
#include "tui/tune_words.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct tune {
	bool json;
	uv_loop_t loop;
	uv_signal_t signals[2];
	int interrupted; /* by this signal; 0: not */
	struct tune_grid grid;
	struct tuning reference, *tunings; /* one a choice */
	struct tuning_cost *totals;        /* the same */
	struct tune_words *words;          /* NULL: without */
	struct audio_source *source;
	const char *name; /* of the file */
	size_t files;     /* that were heard */
	float frame[AUDIO_BLOCK_FRAMES];
	size_t frame_count;
	uint64_t shown_ms; /* when progress was last told */
	float *sound;      /* all of it, where words are wanted */
	size_t sound_count, sound_size;
	int status;
};

static void on_signal(uv_signal_t *handle, int number)
{
	struct tune *t = handle->data;

	t->interrupted = number;
	audio_source_close(t->source);
	t->source = NULL;
}

static void step(struct tune *t, const float *frame, size_t count)
{
	tuning_step(&t->reference, frame, count);
	for (size_t i = 0; i < t->grid.count; i++)
		tuning_step(&t->tunings[i], frame, count);
}

static void show_progress(struct tune *t)
{
	uint64_t now = uv_now(&t->loop);
	char *line;

	if (now - t->shown_ms < 250)
		return;
	t->shown_ms = now;
	line = xasprintf("%s: %.0f s", t->name, (double)t->reference.activity.heard / AUDIO_RATE_HZ);
	output_progress(line);
	free(line);
}

static void keep_sound(struct tune *t, const float *frames, size_t count)
{
	if (t->sound_count + count > t->sound_size) {
		t->sound_size = 2 * (t->sound_count + count);
		t->sound = xreallocarray(t->sound, t->sound_size, sizeof *t->sound);
	}
	memcpy(t->sound + t->sound_count, frames, count * sizeof *frames);
	t->sound_count += count;
}

static void on_frames(void *ctx, const float *frames, size_t count)
{
	struct tune *t = ctx;

	if (t->words)
		keep_sound(t, frames, count);
	for (size_t i = 0; i < count; i++) {
		t->frame[t->frame_count++] = frames[i];
		if (t->frame_count == AUDIO_BLOCK_FRAMES) {
			step(t, t->frame, AUDIO_BLOCK_FRAMES);
			t->frame_count = 0;
		}
	}
	show_progress(t);
}

static void on_source_ended(void *ctx, const char *reason)
{
	struct tune *t = ctx;

	if (t->frame_count)
		step(t, t->frame, t->frame_count);
	t->frame_count = 0;
	tuning_finish(&t->reference);
	for (size_t i = 0; i < t->grid.count; i++)
		tuning_finish(&t->tunings[i]);
	if (reason) {
		complain("%s", reason);
		t->status = STATUS_SYSTEM;
	}
	audio_source_close(t->source);
	t->source = NULL;
}

static double wait_of(const struct tuning_cost *cost)
{
	return cost->waits ? cost->wait_ms / (double)cost->waits : 0;
}

static double cut_part(const struct tuning_cost *cost)
{
	return cost->voice_ms > 0 ? 100 * cost->cut_ms / cost->voice_ms : 0;
}

static double ms_of(uint64_t samples)
{
	return (double)samples * 1000 / AUDIO_RATE_HZ;
}

/* Their words, or an error that is told; NULL after an interruption too. */
static const char *heard(struct tune *t, const struct tuning_utterance *utterance)
{
	char *error = NULL;
	const char *text;

	uv_run(&t->loop, UV_RUN_NOWAIT);
	if (t->interrupted)
		return NULL;
	text = tune_words_heard(t->words, t->sound, utterance, &error);
	if (!text)
		t->status = complain_take(STATUS_SYSTEM, error);
	return text;
}

static cJSON *utterances_to_json(struct tune *t, const struct tuning *tuning)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < tuning->count; i++) {
		const struct tuning_utterance *utterance = &tuning->utterances[i];
		cJSON *item = cJSON_CreateObject();

		cJSON_AddNumberToObject(item, "firstMs", ms_of(utterance->first));
		cJSON_AddNumberToObject(item, "endMs", ms_of(utterance->end));
		cJSON_AddNumberToObject(item, "voiceFirstMs", ms_of(utterance->voice_first));
		cJSON_AddNumberToObject(item, "voiceEndMs", ms_of(utterance->voice_end));
		if (t->words)
			json_add_string(item, "text", heard(t, utterance));
		cJSON_AddItemToArray(list, item);
	}
	return list;
}

/* tuning NULL: of all files. */
static void print_json(struct tune *t, const struct tune_choice *choice, const struct tuning *tuning,
	const struct tuning_cost *cost)
{
	cJSON *line = cJSON_CreateObject(), *settings = cJSON_CreateObject();

	json_add_string(line, "file", tuning ? t->name : NULL);
	cJSON_AddItemToObject(line, "settings", settings);
#define SETTING_ADD(member, json, value, least, most, meaning)                                               \
	cJSON_AddNumberToObject(settings, json, choice->settings.member);
	ACTIVITY_SETTINGS(SETTING_ADD)
#undef SETTING_ADD
	cJSON_AddBoolToObject(line, "defaults", choice->defaults);
	cJSON_AddNumberToObject(line, "utterances", (double)cost->utterances);
	cJSON_AddNumberToObject(line, "dropped", (double)cost->dropped);
	cJSON_AddNumberToObject(line, "splits", (double)cost->splits);
	cJSON_AddNumberToObject(line, "joins", (double)cost->joins);
	cJSON_AddNumberToObject(line, "voiceMs", cost->voice_ms);
	cJSON_AddNumberToObject(line, "cutMs", cost->cut_ms);
	cJSON_AddNumberToObject(line, "waitMs", wait_of(cost));
	if (tuning)
		cJSON_AddItemToObject(line, "heard", utterances_to_json(t, tuning));
	output_json(line);
}

static void print_row(const struct tune_choice *choice, const struct tuning_cost *cost)
{
	output_line("%c %-36s %10zu %7zu %6zu %6zu %8.0f %5.1f %% %8.0f", choice->defaults ? '*' : ' ',
		choice->name, cost->utterances, cost->dropped, cost->splits, cost->joins, cost->cut_ms,
		cut_part(cost), wait_of(cost));
}

static void print_words(struct tune *t, const struct tuning *tuning)
{
	for (size_t i = 0; i < tuning->count && !t->interrupted; i++) {
		const char *text = heard(t, &tuning->utterances[i]);

		if (text)
			output_line("    %7.2f s  %s", ms_of(tuning->utterances[i].voice_first) / 1000,
				*text ? text : "(nothing)");
	}
}

static void print_heading(const char *title)
{
	output_line("%s", title);
	output_line("  %-36s %10s %7s %6s %6s %8s %7s %8s", "settings", "utterances", "dropped", "split",
		"joined", "cut ms", "cut", "wait ms");
}

static void print_file(struct tune *t)
{
	output_progress(NULL);
	if (!t->json)
		print_heading(t->name);
	for (size_t i = 0; i < t->grid.count && !t->interrupted; i++) {
		struct tuning_cost cost = tuning_compare(&t->reference, &t->tunings[i]);

		tuning_add(&t->totals[i], &cost);
		if (t->json) {
			print_json(t, &t->grid.choices[i], &t->tunings[i], &cost);
			continue;
		}
		print_row(&t->grid.choices[i], &cost);
		if (t->words)
			print_words(t, &t->tunings[i]);
	}
	t->files++;
}

static void print_totals(struct tune *t)
{
	char *title = xasprintf("all %zu files", t->files);

	if (!t->json)
		print_heading(title);
	for (size_t i = 0; i < t->grid.count; i++)
		if (t->json)
			print_json(t, &t->grid.choices[i], NULL, &t->totals[i]);
		else
			print_row(&t->grid.choices[i], &t->totals[i]);
	free(title);
}

static void tune_file(struct tune *t, const char *path)
{
	struct audio_listener listener = {on_frames, on_source_ended, t};
	struct audio_source_options options = {.device = path, .as_fast = true};
	char *error = NULL;

	t->name = path;
	t->sound_count = t->frame_count = 0;
	tuning_init(&t->reference, &t->grid.reference);
	for (size_t i = 0; i < t->grid.count; i++)
		tuning_init(&t->tunings[i], &t->grid.choices[i].settings);
	t->source =
		audio_source_open(&audio_source_file, &t->loop, &clock_system, &options, &listener, &error);
	if (t->source && audio_source_start(t->source, &error)) {
		while (t->source)
			uv_run(&t->loop, UV_RUN_ONCE);
		if (!t->interrupted)
			print_file(t);
	} else {
		audio_source_close(t->source);
		t->source = NULL;
		t->status = complain_take(STATUS_USAGE, error);
	}
	if (t->words)
		tune_words_forget(t->words);
	tuning_done(&t->reference);
	for (size_t i = 0; i < t->grid.count; i++)
		tuning_done(&t->tunings[i]);
}

static bool open_words(struct tune *t, const char *path)
{
	struct workflow *workflow;
	struct vocabulary *vocabulary;
	size_t tolerated = 0;
	char *error = NULL;

	if (!path)
		return true;
	workflow = program_load_workflow(path, NULL, false, &tolerated, &t->status);
	if (!workflow)
		return false;
	vocabulary = spoken_vocabulary(workflow);
	t->words = tune_words_open(&t->loop, vocabulary, &error);
	vocabulary_free(vocabulary);
	workflow_free(workflow);
	if (!t->words)
		t->status = complain_take(STATUS_SYSTEM, error);
	return t->words != NULL;
}

static bool read_grid(struct tune *t, const struct options *options)
{
	const char **sets = xcalloc(options->given_count + 1, sizeof *sets);
	size_t count = 0;
	char *error = NULL;

	for (size_t i = 0; i < options->given_count; i++)
		if (options->given[i].option == OPTION_SET)
			sets[count++] = options->given[i].value;
	if (!tune_grid_init(&t->grid, sets, count, &error))
		t->status = complain_take(STATUS_USAGE, error);
	free(sets);
	t->tunings = xcalloc(t->grid.count + 1, sizeof *t->tunings);
	t->totals = xcalloc(t->grid.count + 1, sizeof *t->totals);
	return !error;
}

int cmd_tune(const struct options *options)
{
	struct tune *t = xcalloc(1, sizeof *t);
	int status;

	t->json = options_given(options, OPTION_JSON);
	uv_loop_init(&t->loop);
	for (int i = 0; i < 2; i++) {
		uv_signal_init(&t->loop, &t->signals[i]);
		t->signals[i].data = t;
		uv_signal_start(&t->signals[i], on_signal, i ? SIGTERM : SIGINT);
	}
	if (read_grid(t, options) && open_words(t, options_value(options, OPTION_WORKFLOW))) {
		for (size_t i = 0; i < options->argument_count && !t->interrupted && output_ok(); i++)
			tune_file(t, options->arguments[i]);
		if (t->files > 1 && !t->interrupted)
			print_totals(t);
	}
	output_progress(NULL);
	if (t->interrupted) {
		complain("interrupted: what was heard so far is above");
		t->status = 128 + t->interrupted;
	}
	for (int i = 0; i < 2; i++)
		uv_close((uv_handle_t *)&t->signals[i], NULL);
	tune_words_close(t->words);
	uv_run(&t->loop, UV_RUN_DEFAULT);
	uv_loop_close(&t->loop);
	tune_grid_done(&t->grid);
	free(t->tunings);
	free(t->totals);
	free(t->sound);
	status = output_ok() ? t->status : STATUS_SYSTEM;
	free(t);
	return status;
}
