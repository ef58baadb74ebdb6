/* A dialogue of the hotel, recorded against its backend and had again when the backend is gone. */
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const utterances[] = {
	"check reservation ABC123", /* 503, 503, 200 */
	"what is on my bill",
	"cancel my booking", /* GraphQL */
	"what is the weather like",
};

/* Removes members of this name at every depth: ids and times. */
static void drop(cJSON *value, const char *name)
{
	cJSON *child;

	cJSON_DeleteItemFromObjectCaseSensitive(value, name);
	cJSON_ArrayForEach(child, value) drop(child, name);
}

static void append_turn(struct buffer *out, const struct turn *turn)
{
	static const char *const names[] = {
		"durationMs", "traceId", "session", "latency", "backoffMs", "timing"};
	cJSON *json = turn_to_json(turn);
	char *text;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		drop(json, names[i]);
	text = json_print(json);
	buffer_appendf(out, "%s\n", text);
	free(text);
	cJSON_Delete(json);
}

/* All turns as text; the caller frees it. */
static char *hold(const char *path, enum cassette_mode mode, const struct orchestrator_ops *orchestrator)
{
	struct cassette *cassette;
	struct session *session;
	struct faults faults;
	struct buffer out;
	struct stage stage;
	char *error = NULL;
	bool unwritable;

	buffer_init(&out, BUFFER_MAX_TEXT);
	stage_open_file(
		&stage, "assets/hotel.json", mode == CASSETTE_RECORD ? "assets/hotel.mock.json" : NULL);
	faults_init(&faults);
	cassette = cassette_open(
		path, mode, true, stage.engine->env, stage.engine->redactor, &faults, &error, &unwritable);
	cr_assert_not_null(cassette, "%s", error);
	faults_done(&faults);
	engine_use_cassette(stage.engine, cassette);
	session = session_new(stage.engine, orchestrator, NULL, NULL);
	for (size_t i = 0; i < sizeof utterances / sizeof utterances[0]; i++) {
		const struct turn *turn = stage_say(&stage, session, utterances[i]);

		cr_expect_eq(turn->status, TURN_SUCCESS, "%s: %s", utterances[i], turn->reply);
		append_turn(&out, turn);
	}
	cr_expect_eq(cassette_unused(cassette), 0);
	if (mode == CASSETTE_REPLAY)
		cr_expect_geq(cassette_played(cassette), 5);
	stage_end_session(&stage, session);
	stage_close(&stage);
	cassette_close(cassette);
	return buffer_take(&out);
}

Test(cassette, dialogue_without_its_backend)
{
	char path[] = "/tmp/testpanel-dialogue-XXXXXX";

	close(mkstemp(path));
	for (size_t i = 0; i < 2; i++) {
		char *before = hold(path, CASSETTE_RECORD, orchestrators[i]), *after;

		cr_expect(strstr(before, "\"attempts\":3"), "%s", before);
		after = hold(path, CASSETTE_REPLAY, orchestrators[i]);
		cr_expect_str_eq(after, before, "%s\n%s", before, after);
		free(after);
		free(before);
	}
	unlink(path);
}
