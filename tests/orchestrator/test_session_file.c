/* Session files: what stands in them, what a session goes on from, and what is left of one that was cut off
 * anywhere. */
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[256];

static void make_folder(void)
{
	char folder[] = "/tmp/testpanel-sessions-XXXXXX";

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/one.jsonl", folder);
}

static void remove_folder(void)
{
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
}

TestSuite(session_file, .init = make_folder, .fini = remove_folder);

static struct session_file *open_file(cJSON **saved)
{
	char *error;
	struct session_file *file = session_file_open(path, saved, &error);

	cr_assert_not_null(file, "%s", error);
	return file;
}

/* Says it in a session that is gone on with when there is one, and gives the turn's number. */
static unsigned say(const struct orchestrator_ops *orchestrator, const char *utterance, char **node)
{
	struct stage stage;
	struct session_file *file;
	struct session *session;
	const struct turn *turn;
	cJSON *saved;
	unsigned number;

	stage_open(&stage, stage_workflow);
	file = open_file(&saved);
	session = session_resume(stage.engine, orchestrator, saved, NULL, NULL);
	session_file_begin(file, session);
	turn = stage_say(&stage, session, utterance);
	number = turn->number;
	*node = turn->tool_call_count ? xstrdup(turn->tool_calls[0].node) : NULL;
	cr_expect_eq(session_file_write_errors(file), 0);
	session_file_close(file);
	session_free(session);
	stage_close(&stage);
	cJSON_Delete(saved);
	return number;
}

/* "session started span:started … ended" of the whole file. */
static char *outline(void)
{
	struct session_reader *reader;
	struct buffer b;
	char *error;
	cJSON *line;

	buffer_init(&b, BUFFER_MAX_TEXT);
	reader = session_reader_open(path, &error);
	cr_assert_not_null(reader, "%s", error);
	while ((line = session_reader_next(reader, &error))) {
		const char *event = json_string(line, "event", "session");

		if (strcmp(event, "span") != 0 && strcmp(event, "record") != 0 && strcmp(event, "voice") != 0)
			buffer_appendf(&b, "%s%s", b.len ? " " : "", event);
		cJSON_Delete(line);
	}
	cr_expect_null(error, "%s", error);
	session_reader_close(reader);
	return buffer_take(&b);
}

Test(session_file, goes_on_where_it_ended)
{
	for (size_t o = 0; stage_orchestrator(o); o++) {
		const char *name = stage_orchestrator(o)->name;
		struct stat st;
		char *node, *text;

		cr_expect_eq(say(stage_orchestrator(o), "cancel my booking", &node), 1, "%s", name);
		cr_expect_null(node);
		cr_expect_eq(say(stage_orchestrator(o), "ABC123", &node), 2, "%s", name);
		cr_expect_str_eq(node, "cancel", "%s", name);
		free(node);
		text = outline();
		/* the model asks at the department already, SystemOrchestrator at the tool agent */
		cr_expect_str_eq(text,
			stage_orchestrator(o) != &orchestrator_testpanel
				? "session started agent edge agent edge reply ended "
				  "resumed started agent edge agent edge agent edge reply ended"
				: "session started agent edge agent reply ended "
				  "resumed started agent edge agent edge agent edge reply ended",
			"%s: %s", name, text);
		free(text);
		cr_expect_eq(stat(path, &st), 0);
		cr_expect_eq(st.st_mode & 0777, 0600);
		unlink(path);
	}
}

/* Something spoken, with the time it took, and something edited. */
static void hear(struct stage *stage, struct session *session)
{
	uint64_t now = clock_monotonic_ns(stage->engine->clock);
	struct voice_heard heard = {.origin = {.heard = "what time is it",
					    .confidence = 0.5,
					    .recogniser = "grammar",
					    .recording = "one.wav",
					    .alternatives = {"what lime is it", "what time it is"}},
		.end_ns = now - 700000000u,
		.decided_ns = now - 100000000u};
	struct origin edited = {.original = "what lime is it", .turn = 1, .confidence = -1};

	cr_assert_not_null(session_hear(session, &heard));
	stage_finish(stage, session);
	cr_assert_not_null(session_say_from(session, "what time is it", &edited));
	stage_finish(stage, session);
}

Test(session_file, replay_gives_the_same_events_again)
{
	static const char *const said[] = {"what time is it", "cancel my booking", "ABC123",
		"refill the minbar please", "when does the pool open", "ABC777", "\xc3\xa9\xff nonsense"};
	char again[sizeof path + 8];

	snprintf(again, sizeof again, "%s.again", path);
	for (size_t o = 0; stage_orchestrator(o); o++) {
		struct stage stage;
		struct session_file *file;
		struct session *session;
		struct replay *replay;
		cJSON *saved;
		char *error;

		stage_open(&stage, stage_workflow);
		file = open_file(&saved);
		session = session_new(stage.engine, stage_orchestrator(o), NULL, NULL);
		session_file_begin(file, session);
		session_greet(session);
		for (size_t i = 0; i < sizeof said / sizeof *said; i++)
			stage_say(&stage, session, said[i]);
		hear(&stage, session);
		session_file_close(file);
		session_free(session);

		replay = replay_open(&stage.loop, path, NULL, NULL, &error);
		cr_assert_not_null(replay, "%s", error);
		file = session_file_open(again, &saved, &error);
		cr_assert_not_null(file, "%s", error);
		session_file_begin(file, replay_session(replay));
		while (replay_next(replay, &error) >= 0)
			replay_step(replay);
		cr_expect_null(error, "%s", error);
		session_file_close(file);
		cr_expect_eq(replay_session(replay)->turn_count, sizeof said / sizeof *said + 3);
		replay_close(replay);
		stage_same_events(path, again, stage_orchestrator(o)->name);
		stage_close(&stage);
		unlink(path);
		unlink(again);
	}
}

Test(session_file, cut_anywhere)
{
	char *text, *error, *node;
	size_t len;
	int fd;

	say(&orchestrator_system, "cancel my booking", &node);
	text = file_read(path, 1 << 20, &len, &error);
	cr_assert_not_null(text, "%s", error);
	for (size_t cut = 0; cut <= len; cut += cut < 400 || cut + 400 > len ? 1 : 37) {
		struct session_file *file;
		cJSON *saved;
		struct stat st;

		fd = open(path, O_WRONLY | O_TRUNC);
		cr_assert_eq(write(fd, text, cut), (ssize_t)cut);
		close(fd);
		file = open_file(&saved);
		cr_expect_eq(saved != NULL, cut == len, "cut at %zu of %zu", cut, len);
		stat(path, &st);
		cr_expect(st.st_size == 0 || text[st.st_size - 1] == '\n', "cut at %zu", cut);
		session_file_close(file);
		cJSON_Delete(saved);
	}
	free(text);
}

Test(session_file, refuses_what_is_no_session)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{"{\"nodes\": []}\n", "is no session's file"},
		{"{\"session\": 2}\n", "a session of version 2"},
		{"hello\n", "is no session's file"},
		{"{\"session\": 1}\n[]\n", ":2: not an object"},
		{"{\"session\": 1}\n{\n{\"event\": \"x\"}\n", ":2: "},
		{"\n", "is no session's file"},
	};
	struct session_file *file;
	cJSON *saved;
	char *error;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		FILE *out = fopen(path, "w");

		fputs(rows[i].text, out);
		fclose(out);
		cr_expect_null(session_file_open(path, &saved, &error), "%s", rows[i].text);
		cr_expect(error && strstr(error, rows[i].error) && strstr(error, path), "%s: %s",
			rows[i].text, error);
		cr_expect_null(saved);
		free(error);
	}
	unlink(path);
	file = open_file(&saved);
	cr_expect_null(session_file_open(path, &saved, &error));
	cr_expect(error && strstr(error, "another testpanel"), "%s", error);
	free(error);
	session_file_close(file);
	cr_expect_null(session_file_open("/", &saved, &error));
	free(error);
	cr_expect_null(session_file_open("/dev/full", &saved, &error));
	free(error);
}
