/* The same dialogues, tests/suite/dialogues.jsonl, through every orchestrator, with and without a model,
 * whole and as streams; each twice in engines of their own, whose turns are the same to the last byte but for
 * the time they took. */
#include "tests/orchestrator/table_model.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct way {
	const char *orchestrator, *model; /* model NULL: it has none of ours */
	bool stream;
};

static const struct way ways[] = {
	{"testpanel", "embedded", false},
	{"testpanel", "openai", false},
	{"testpanel", "openai", true},
	{"system", "embedded", false},
	{"system", "openai", false},
	{"system", "openai", true},
	{"voice", "embedded", false},
	{"voice", "openai", true},
	{"remote", NULL, false},
	{"remote", NULL, true},
};

static const struct {
	const char *name, *path, *mock;
} workflows[] = {
	{"hotel", "assets/hotel.json", "assets/hotel.mock.json"},
	{"airline", "tests/suite/airline.json", NULL},
	{"shop", "tests/suite/shop.json", NULL},
};

/* Where a dialogue is played. */
struct scene {
	struct stage stage;
	struct table_model model;
	const struct way *way;
	struct buffer parts; /* of the turn's reply, as they were told */
	struct buffer turns; /* a line each, without times */
	const char *name;    /* of the workflow */
};

/* With an orchestrator elsewhere, and retries that do not wait. */
static char *workflow_text(const char *path, const struct way *way)
{
	cJSON *json = suite_read_json(path), *settings = cJSON_GetObjectItemCaseSensitive(json, "testpanel"),
	      *node;
	cJSON *remote = cJSON_AddObjectToObject(settings, "remote");
	char *text;

	cJSON_AddStringToObject(remote, "url", way->stream ? "${TABLE}/stream" : "${TABLE}/turn");
	cJSON_AddBoolToObject(remote, "stream", way->stream);
	cJSON_ArrayForEach(node, cJSON_GetObjectItemCaseSensitive(json, "nodes"))
	{
		cJSON *own = cJSON_GetObjectItemCaseSensitive(
			cJSON_GetObjectItemCaseSensitive(node, "data"), "testpanel");
		cJSON *retry = cJSON_GetObjectItemCaseSensitive(own, "retry");

		cJSON_SetNumberValue(cJSON_GetObjectItemCaseSensitive(retry, "initialMs"), 1);
	}
	text = json_print(json);
	cJSON_Delete(json);
	return text;
}

static void use_model(struct scene *scene)
{
	struct engine *engine = scene->stage.engine;
	cJSON *settings = cJSON_CreateObject();
	char url[64], *error = NULL;

	table_model_url(&scene->model, url, sizeof url);
	env_set(engine->env, "TABLE", url);
	env_set(engine->env, "OPENAI_BASE_URL", url);
	cJSON_AddBoolToObject(settings, "stream", scene->way->stream);
	if (scene->way->model)
		cr_assert(engine_use_model(engine, model_find(scene->way->model), settings, &error), "%s",
			error);
	cJSON_Delete(settings);
}

static void scene_open(struct scene *scene, size_t workflow, const struct way *way)
{
	char *text = workflow_text(workflows[workflow].path, way);

	*scene = (struct scene){.way = way, .name = workflows[workflow].name};
	buffer_init(&scene->parts, BUFFER_MAX_TEXT);
	buffer_init(&scene->turns, BUFFER_MAX_TEXT);
	stage_open(&scene->stage, text);
	scene->stage.engine->clock = &suite_clock;
	if (workflows[workflow].mock)
		suite_serve(&scene->stage, workflows[workflow].mock);
	table_model_open(&scene->model, &scene->stage);
	use_model(scene);
	free(text);
}

/* Gives what was played, which the caller frees. */
static char *scene_close(struct scene *scene)
{
	table_model_close(&scene->model);
	stage_close(&scene->stage);
	buffer_done(&scene->parts);
	return buffer_take(&scene->turns);
}

static void on_event(void *ctx, const struct turn_event *event)
{
	struct scene *scene = ctx;

	if (event->type == TURN_EVENT_PART)
		buffer_append_str(&scene->parts, event->text);
}

/* SystemOrchestrator speaks for itself: its model only says what is meant. */
static bool is_spoken_by_model(const struct scene *scene)
{
	return !strcmp(scene->way->orchestrator, "testpanel") && !strcmp(scene->way->model, "openai");
}

static const char *expected_status(const struct scene *scene, const cJSON *row)
{
	const char *status = json_string(row, "status", json_get(row, "asks") ? "needs_info" : "success");

	if (strcmp(status, "not_understood") != 0)
		return status;
	return is_spoken_by_model(scene) ? "success" : "needs_info";
}

static void expect_words(const struct turn *turn, const char *words, const char *where)
{
	cr_expect(strstr(turn->reply, words), "%s: \"%s\": no \"%s\" in: %s", where, turn->utterance, words,
		turn->reply);
}

static void expect_reply(const struct turn *turn, const cJSON *reply, const char *where)
{
	const cJSON *part;

	cr_assert(reply, "%s: \"%s\" says nothing of the reply", where, turn->utterance);
	if (cJSON_IsString(reply))
		expect_words(turn, reply->valuestring, where);
	cJSON_ArrayForEach(part, reply) expect_words(turn, part->valuestring, where);
}

static void judge(struct scene *scene, const struct turn *turn, const cJSON *row)
{
	char *made = suite_made_calls(turn, "MISSING_ARGUMENT");
	char *wanted = suite_expected_calls(json_get(row, "calls"));
	char *where = xasprintf("%s, %s, %s%s", scene->name, scene->way->orchestrator,
		scene->way->model ? scene->way->model : "elsewhere", scene->way->stream ? ", streaming" : "");

	cr_expect_str_eq(turn_status_name(turn->status), expected_status(scene, row), "%s: \"%s\": %s: %s",
		where, turn->utterance, turn_status_name(turn->status), turn->reply);
	cr_expect_str_eq(turn->error_code, json_string(row, "code", ""), "%s: \"%s\": %s", where,
		turn->utterance, turn->error_code);
	cr_expect_str_eq(
		made, wanted, "%s: \"%s\": [%s] instead of [%s]", where, turn->utterance, made, wanted);
	expect_reply(turn, json_get(row, "reply"), where);
	cr_expect_eq(turn->trace->open_count, 0, "%s: \"%s\": spans are left open", where, turn->utterance);
	if (scene->way->stream && (is_spoken_by_model(scene) || !scene->way->model) &&
		turn->status != TURN_BLOCKED)
		cr_expect_str_eq(buffer_text(&scene->parts), turn->reply,
			"%s: \"%s\": the parts are no whole", where, turn->utterance);
	free(where);
	free(made);
	free(wanted);
}

static int by_arguments(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In the order of their text: those that ran at once end in any. */
static void add_calls(struct buffer *out, cJSON *calls)
{
	size_t n = (size_t)cJSON_GetArraySize(calls);
	char **texts = xcalloc(n + 1, sizeof *texts);

	for (size_t i = 0; i < n; i++) {
		cJSON *call = cJSON_GetArrayItem(calls, (int)i);

		cJSON_DeleteItemFromObjectCaseSensitive(call, "durationMs");
		texts[i] = json_print(call);
	}
	qsort(texts, n, sizeof *texts, by_arguments);
	for (size_t i = 0; i < n; i++) {
		buffer_appendf(out, " %s", texts[i]);
		free(texts[i]);
	}
	free(texts);
}

static void add_turn(struct buffer *out, const struct turn *turn)
{
	cJSON *json = turn_to_json(turn), *calls = cJSON_DetachItemFromObjectCaseSensitive(json, "toolCalls");
	char *text;

	cJSON_DeleteItemFromObjectCaseSensitive(json, "durationMs");
	cJSON_DeleteItemFromObjectCaseSensitive(json, "latency");
	cJSON_DeleteItemFromObjectCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(json, "spoken"), "durationMs");
	text = json_print(json);
	buffer_append_str(out, text);
	add_calls(out, calls);
	buffer_append_char(out, '\n');
	cJSON_Delete(calls);
	cJSON_Delete(json);
	free(text);
}

static void play_dialogue(struct scene *scene, const cJSON *rows)
{
	struct session *session = session_new(
		scene->stage.engine, orchestrator_find(scene->way->orchestrator), on_event, scene);
	const cJSON *row;

	cJSON_ArrayForEach(row, rows)
	{
		const struct turn *turn;

		scene->model.row = row;
		buffer_reset(&scene->parts);
		turn = stage_say(&scene->stage, session, json_string(row, "say", ""));
		judge(scene, turn, row);
		add_turn(&scene->turns, turn);
	}
	session_free(session);
}

/* All of a workflow's, each in a session of its own. */
static char *play(const cJSON *dialogues, size_t workflow, const struct way *way)
{
	const cJSON *dialogue;
	struct scene scene;
	size_t played = 0;

	scene_open(&scene, workflow, way);
	cJSON_ArrayForEach(dialogue, dialogues)
	{
		if (strcmp(json_string(dialogue, "workflow", ""), workflows[workflow].name) != 0)
			continue;
		play_dialogue(&scene, json_get(dialogue, "turns"));
		played++;
	}
	cr_expect_geq(played, 5, "%s", workflows[workflow].name);
	if (!scene.way->model || !strcmp(scene.way->model, "openai"))
		cr_expect_gt(script_requests(scene.model.server), played, "nobody was asked");
	return scene_close(&scene);
}

/* By number: a test has an address space of its own. */
ParameterizedTestParameters(every_way, says_the_same_twice)
{
	static size_t numbers[sizeof ways / sizeof *ways];

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		numbers[i] = i;
	return cr_make_param_array(size_t, numbers, sizeof ways / sizeof *ways, NULL);
}

ParameterizedTest(size_t *number, every_way, says_the_same_twice, .timeout = 60)
{
	cJSON *dialogues = suite_read("tests/suite/dialogues.jsonl");

	setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < sizeof workflows / sizeof *workflows; i++) {
		char *first = play(dialogues, i, &ways[*number]), *again = play(dialogues, i, &ways[*number]);

		cr_expect_str_eq(again, first, "%s\n%s", again, first);
		free(first);
		free(again);
	}
	cJSON_Delete(dialogues);
}
