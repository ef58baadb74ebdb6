/* Where a turn's words come from: as it is told, read again and kept clean of secrets. */
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	struct origin origin;
	const char *json, *comment;
} rows[] = {
	{{.confidence = -1}, "{}", "typed"},
	{{.heard = "check it", .confidence = 0.5, .recogniser = "grammar", .recording = "a.wav"},
		"{\"heard\":{\"text\":\"check "
		"it\",\"confidence\":0.5,\"by\":\"grammar\",\"recording\":\"a.wav\"}}",
		"heard"},
	{{.heard = "check it", .confidence = 1, .alternatives = {"czech it", "check in"}},
		"{\"heard\":{\"text\":\"check it\",\"confidence\":1,\"by\":null,\"recording\":null,"
		"\"alternatives\":[\"czech it\",\"check in\"]}}",
		"with alternatives"},
	{{.heard = "", .confidence = -1},
		"{\"heard\":{\"text\":\"\",\"confidence\":null,\"by\":null,\"recording\":null}}",
		"hardly heard"},
	{{.original = "czech it", .turn = 3, .confidence = -1},
		"{\"edited\":{\"original\":\"czech it\",\"turn\":3}}", "said again"},
	{{.heard = "czech it", .original = "czech it", .confidence = -1},
		"{\"heard\":{\"text\":\"czech it\",\"confidence\":null,\"by\":null,\"recording\":null},"
		"\"edited\":{\"original\":\"czech it\",\"turn\":null}}",
		"edited before it was said"},
};

#define ROWS (sizeof rows / sizeof *rows)

static char *told(const struct origin *origin)
{
	cJSON *json = cJSON_CreateObject();
	char *text;

	origin_add_to_json(origin, json);
	text = cJSON_PrintUnformatted(json);
	cJSON_Delete(json);
	return text;
}

Test(origin, is_told_and_read_again)
{
	struct redactor *redactor = redactor_new();

	for (size_t i = 0; i < ROWS; i++) {
		struct origin *copy = origin_copy(&rows[i].origin, redactor);
		char *text = told(copy), *again;
		cJSON *json = cJSON_Parse(text);
		struct origin read;

		cr_expect_str_eq(text, rows[i].json, "%s: %s", rows[i].comment, text);
		cr_expect_eq(origin_from_json(&read, json), copy != NULL, "%s", rows[i].comment);
		again = told(&read);
		cr_expect_str_eq(again, text, "%s: %s", rows[i].comment, again);
		free(again);
		cJSON_Delete(json);
		free(text);
		free(copy);
	}
	redactor_free(redactor);
}

Test(origin, holds_no_secret)
{
	struct origin origin = {.heard = "my key is s3cr3t-value",
			      .alternatives = {"my keys s3cr3t-value"},
			      .original = "the s3cr3t-value",
			      .confidence = -1},
		      *copy;
	struct redactor *redactor = redactor_new();
	char *text;

	redactor_add(redactor, "s3cr3t-value");
	copy = origin_copy(&origin, redactor);
	text = told(copy);
	cr_expect_null(strstr(text, "s3cr3t"), "%s", text);
	cr_expect_not_null(strstr(text, "my key is"), "%s", text);
	cr_expect_not_null(strstr(text, "my keys"), "%s", text);
	free(text);
	free(copy);
	redactor_free(redactor);
}

Test(origin, stands_in_the_turn)
{
	struct stage stage;
	struct session *session;
	struct origin origin = {.original = "czech reservation ABC123", .turn = 1, .confidence = -1};
	struct turn *turn;

	stage_open(&stage, stage_workflow);
	session = session_new(stage.engine, stage_orchestrator(0), NULL, NULL);
	cr_expect_null(stage_say(&stage, session, "check reservation ABC123")->origin, "typed");
	turn = session_say_from(session, "check reservation ABC123", &origin);
	stage_finish(&stage, session);
	cr_expect_str_eq(turn->origin->original, "czech reservation ABC123");
	cr_expect_eq(turn->origin->turn, 1);
	turn = session_hear(session,
		&(struct voice_heard){
			.origin = {.heard = "tell me the time", .confidence = 0.25, .recording = "x.wav"}});
	stage_finish(&stage, session);
	cr_expect_str_eq(turn->origin->heard, "tell me the time");
	cr_expect_str_eq(turn->origin->recording, "x.wav");
	cr_expect_eq(turn->origin->confidence, 0.25);
	session_free(session);
	stage_close(&stage);
}
