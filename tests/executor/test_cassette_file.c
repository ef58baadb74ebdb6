/* The file of a cassette: what is added to it, what is refused, what a full disk does, and that no secret
 * gets into it.
 */
#include "tests/executor/tape.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is there is played, what is not goes out and comes behind it, also behind a torn line. */
Test(cassette_file, auto_records_what_is_missing)
{
	static const char *const ends[] = {
		"", "{\"request\":{\"method\":\"GET\",\"ur", "{\"request\":\"torn\" \xc3"};

	for (size_t e = 0; e < 3; e++) {
		struct faults faults;
		struct tape tape;
		struct rig rig;
		char *text;

		tape_init(&tape);
		text = xasprintf("%s%s", tape_rooms, ends[e]);
		tape_write(&tape, text);
		free(text);
		for (int pass = 0; pass < 2; pass++) {
			rig_init(&rig);
			script_answer(rig.server, 200, "text/plain", "", "live");
			env_set(rig.env, "HOTEL", "http://10.0.0.1");
			faults_init(&faults);
			tape_use(&rig, &tape, CASSETTE_AUTO, false, &faults);
			cr_expect_eq(faults.count, pass == 0 && e ? 1 : 0);
			if (faults.count) {
				cr_expect_eq(faults.items[0].severity, FAULT_WARNING);
				cr_expect_eq(faults.items[0].line, 5);
			}
			faults_done(&faults);
			result_free(rig_run(
				&rig, "{'integrationType':'rest','url':'${HOTEL}/rooms/1?a=1&b=2'}", NULL));
			result_free(rig_run(&rig, "{'integrationType':'rest','url':'${URL}/new'}", NULL));
			cr_expect_eq(script_requests(rig.server), pass ? 0 : 1);
			cr_expect_eq(cassette_recorded(tape.cassette), pass ? 0 : 1);
			tape_end(&rig, &tape);
		}
		tape_done(&tape);
	}
}

/* A last line that is whole but for its end is kept. */
Test(cassette_file, auto_completes_a_line_without_end)
{
	struct tape tape;
	struct rig rig;
	char *text;

	tape_init(&tape);
	text = xstrdup(tape_rooms);
	text[strlen(text) - 1] = '\0';
	tape_write(&tape, text);
	free(text);
	for (int pass = 0; pass < 2; pass++) {
		rig_init(&rig);
		script_answer(rig.server, 200, NULL, "", "live");
		tape_use(&rig, &tape, CASSETTE_AUTO, false, NULL);
		cr_expect_eq(cassette_unused(tape.cassette), 3 + (size_t)pass);
		if (!pass)
			result_free(rig_run(&rig, "{'integrationType':'rest','url':'${URL}/new'}", NULL));
		tape_end(&rig, &tape);
	}
	tape_done(&tape);
}

#define SECRETS 20

/* The secrets stand in every place there is; none is in the file, in any form. */
Test(cassette_file, no_secret_gets_into_the_file)
{
	static const char data[] =
		"{'integrationType':'rest','url':'${URL}/p/${API_KEY_0}?api_key=${API_KEY_1}&x=${TOKEN_2}',"
		"'method':'POST','authType':'bearer','authToken':'${API_KEY_3}','headers':{'X-Token':'${API_"
		"KEY_4}',"
		"'Cookie':'s=${API_KEY_5}','X-Note':'see ${SECRET_6}','Proxy-Authorization':'Basic "
		"${API_KEY_7}'},"
		"'body':{'password':'${P_8}','list':['${API_KEY_9}',{'${API_KEY_10}':1}],'note':'${SECRET_11}"
		" !'},"
		"'testpanel':{'idempotent':true,'retry':{'max':0}}}";
	static const char *const names[] = {"API_KEY_0", "API_KEY_1", "TOKEN_2", "API_KEY_3", "API_KEY_4",
		"API_KEY_5", "SECRET_6", "API_KEY_7", "P_8", "API_KEY_9", "API_KEY_10", "SECRET_11"};
	char secrets[SECRETS][40], *answer, *text, *base64, *all;
	struct tape tape;
	struct rig rig;

	tape_init(&tape);
	rig_init(&rig);
	for (size_t i = 0; i < SECRETS; i++) {
		snprintf(secrets[i], sizeof secrets[i], "s%zu/Geheim +%zu&x~%zu\"q", i, i * 7919, i * 104729);
		if (i < sizeof names / sizeof names[0])
			env_set(rig.env, names[i], secrets[i]);
		else if (i < 16)
			redactor_add(rig.redactor, secrets[i]);
	}
	/* The server says them back; the last ones are known by their names alone. */
	all = xasprintf("%s %s %s", secrets[0], secrets[3], secrets[12]);
	base64 = xasprintf("user:%s", secrets[13]);
	text = base64;
	base64 = NULL;
	{
		cJSON *json = cJSON_CreateObject();

		cJSON_AddStringToObject(json, "echo", all);
		cJSON_AddStringToObject(json, "basic", text);
		cJSON_AddStringToObject(json, "fourteen", secrets[14]);
		cJSON_AddStringToObject(json, "access_token", secrets[16]);
		cJSON_AddStringToObject(json, "password", secrets[17]);
		cJSON_AddStringToObject(cJSON_AddObjectToObject(json, "inner"), "client_secret", secrets[18]);
		cJSON_AddStringToObject(json, "refreshToken", secrets[19]);
		cJSON_AddStringToObject(json, "kept", "harmless");
		answer = json_print(json);
		cJSON_Delete(json);
	}
	free(text);
	free(all);
	script_answer(rig.server, 200, "application/json", "", answer);
	script_answer(rig.server, 500, "text/plain", "", secrets[15]);
	free(answer);
	tape_use(&rig, &tape, CASSETTE_RECORD, false, NULL);
	result_free(rig_run(&rig, data, NULL));
	result_free(rig_run(&rig, data, NULL));
	cr_expect_eq(cassette_recorded(tape.cassette), 2);
	tape_end(&rig, &tape);
	text = tape_read(&tape);
	cr_expect(strstr(text, "harmless") && strstr(text, "redacted"), "%s", text);
	for (size_t i = 0; i < SECRETS; i++) {
		struct redactor *one = redactor_new();

		redactor_add(one, secrets[i]);
		cr_expect(!redact_needed(one, text, strlen(text)), "secret %zu in %s", i, text);
		redactor_free(one);
		/* The redactor is not its own witness. */
		secrets[i][strcspn(secrets[i], "/") + 8] = '\0';
		cr_expect(!strstr(text, secrets[i]), "secret %zu in %s", i, text);
	}
	cr_expect(!strstr(text, "Geheim") && !strstr(text, "Authorization") && !strstr(text, "Cookie"), "%s",
		text);
	free(text);
	/* And in replay none of them need be known. */
	rig_init(&rig);
	tape_use(&rig, &tape, CASSETTE_REPLAY, false, NULL);
	{
		struct result *result = rig_run(&rig, data, NULL);

		cr_expect(!*result->error_code, "%s: %s", result->error_code, result->error);
		result_free(result);
	}
	tape_end(&rig, &tape);
	tape_done(&tape);
}

Test(cassette_file, faulty_files)
{
	static const struct {
		const char *text;
		int line, column;
		const char *pointer, *message;
	} rows[] = {
		{"hello\n", 1, 1, "", "not JSON"},
		{"{\"nodes\":[]}\n", 1, 1, "", "not a cassette: the first line of one is {\"cassette\": 1}"},
		{"{\"cassette\":2}\n", 1, 13, "/cassette", "a cassette of version 2: this one reads 1"},
		{TAPE_HEADER "\n{\"request\":\n", 3, 12, "", "not JSON"},
		{TAPE_HEADER "[]\n", 2, 1, "", "must be an object"},
		{TAPE_HEADER "{\"request\":{\"method\":\"GET\",\"url\":\"x\"}}\n", 2, 1, "",
			"has no \"response\""},
		{TAPE_HEADER "{\"request\":{\"url\":1,\"method\":\"GET\"},\"response\":{\"status\":200}}\n",
			2, 19, "/request/url", "must be a string"},
		{TAPE_HEADER "{\"request\":{\"url\":\"x\",\"method\":\"GET\"},\"response\":{}}\n", 2, 50,
			"/response", "needs a \"status\""},
		{TAPE_HEADER
			"{\"request\":{\"url\":\"x\",\"method\":\"GET\"},\"response\":{\"failure\":\"bad\"}}"
			"\n",
			2, 61, "/response/failure", "unknown failure"},
		{TAPE_HEADER "{\"request\":{\"url\":\"x\",\"method\":\"GET\"},\"response\":"
			     "{\"status\":200,\"base64\":\"?\"}}\n",
			2, 73, "/response/base64", "is not base64"},
		{TAPE_HEADER "{\"request\":{\"url\":\"x\",\"method\":\"GET\",\"text\":\"\",\"body\":1},"
			     "\"response\":{\"status\":200}}\n",
			2, 12, "/request", "more than one"},
		{TAPE_HEADER "{\"request\":{\"url\":\"x\",\"method\":\"GET\"},\"response\":{\"status\":200},"
			     "\"timing\":{\"totalMs\":-1}}\n",
			2, 85, "/timing/totalMs", "must be a number from 0"},
		{TAPE_HEADER "{\"request\":{\"url\":\"x\",\"method\":\"GET\"},\"response\":{\"status\":200,"
			     "\"txt\":\"\"}}\n",
			2, 70, "/response/txt", "did you mean text?"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct env *env = env_new();
		struct faults faults;
		struct tape tape;
		char *error = NULL;
		bool unwritable;

		tape_init(&tape);
		tape_write(&tape, rows[i].text);
		faults_init(&faults);
		cr_expect_null(cassette_open(
			tape.path, CASSETTE_REPLAY, false, env, NULL, &faults, &error, &unwritable));
		cr_expect(!unwritable);
		cr_expect_null(error, "%s", error);
		cr_assert_geq(faults.count, 1, "%s", rows[i].text);
		cr_expect_eq(faults.items[0].line, rows[i].line, "%s: line %d", rows[i].text,
			faults.items[0].line);
		cr_expect_eq(faults.items[0].column, rows[i].column, "%s: column %d", rows[i].text,
			faults.items[0].column);
		cr_expect_str_eq(faults.items[0].pointer, rows[i].pointer, "%s", faults.items[0].pointer);
		cr_expect(strstr(faults.items[0].message, rows[i].message), "%s", faults.items[0].message);
		faults_done(&faults);
		free(error);
		env_free(env);
		tape_done(&tape);
	}
}

static char *refusal(const char *path, enum cassette_mode mode, bool *unwritable)
{
	struct env *env = env_new();
	struct faults faults;
	char *error = NULL;

	faults_init(&faults);
	cr_expect_null(cassette_open(path, mode, false, env, NULL, &faults, &error, unwritable));
	faults_done(&faults);
	env_free(env);
	return error ? error : xstrdup("");
}

Test(cassette_file, refuses_what_it_would_spoil)
{
	static const struct {
		const char *path;
		enum cassette_mode mode;
		const char *message;
		bool unwritable;
	} rows[] = {
		{"/tmp/no-such-cassette", CASSETTE_REPLAY, "no such file", false},
		{"/tmp", CASSETTE_REPLAY, "is a directory", false},
		{"/tmp", CASSETTE_RECORD, "is a directory", true},
		{"/tmp", CASSETTE_AUTO, "is a directory", true},
		{"/no/such/folder/x", CASSETTE_RECORD, "the folder does not exist", true},
		{"/no/such/folder/x", CASSETTE_AUTO, "the folder does not exist", true},
		{"assets/hotel.json", CASSETTE_RECORD, "is not a cassette and is left alone", false},
	};
	struct tape tape;
	struct rig rig;
	bool unwritable;
	char *error;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		error = refusal(rows[i].path, rows[i].mode, &unwritable);
		cr_expect_eq(unwritable, rows[i].unwritable, "%s", rows[i].path);
		cr_expect(strstr(error, rows[i].message), "%s: %s", rows[i].path, error);
		free(error);
	}
	tape_init(&tape);
	tape_write(&tape, "");
	error = refusal(tape.path, CASSETTE_REPLAY, &unwritable);
	cr_expect(strstr(error, "is empty"), "%s", error);
	free(error);
	/* Over a cassette it begins anew, and nobody else writes meanwhile. */
	tape_write(&tape, tape_rooms);
	rig_init(&rig);
	tape_use(&rig, &tape, CASSETTE_RECORD, false, NULL);
	error = refusal(tape.path, CASSETTE_AUTO, &unwritable);
	cr_expect(strstr(error, "another testpanel records there"), "%s", error);
	free(error);
	error = tape_read(&tape);
	cr_expect_str_eq(error, TAPE_HEADER);
	free(error);
	tape_end(&rig, &tape);
	tape_done(&tape);
}

/* A full disk costs the recording, not the run. */
Test(cassette_file, disk_full)
{
	char full[] = "/dev/full";
	struct tape tape = {.path = full};
	struct result *result;
	struct rig rig;
	int other = open(full, O_WRONLY | O_CLOEXEC);

	rig_init(&rig);
	/* A device is everybody's: somebody's lock on it, this one or another test's, changes nothing. */
	cr_assert(other >= 0);
	flock(other, LOCK_EX | LOCK_NB);
	script_answer(rig.server, 200, "text/plain", "", "fine");
	tape_use(&rig, &tape, CASSETTE_RECORD, false, NULL);
	close(other);
	result = rig_run(&rig, "{'integrationType':'rest','url':'${URL}/'}", NULL);
	cr_expect(result->success);
	result_free(result);
	cr_expect_eq(cassette_recorded(tape.cassette), 0);
	cr_expect_eq(cassette_write_errors(tape.cassette), 2, "header and line");
	tape_end(&rig, &tape);
}

/* Whatever ends the program takes at most the line in flight. */
Test(cassette_file, is_written_at_once)
{
	struct tape tape;
	struct rig rig;
	char *text;

	tape_init(&tape);
	rig_init(&rig);
	script_answer(rig.server, 200, "text/plain", "", "fine");
	tape_use(&rig, &tape, CASSETTE_RECORD, false, NULL);
	result_free(rig_run(&rig, "{'integrationType':'rest','url':'${URL}/x'}", NULL));
	text = tape_read(&tape);
	cr_expect(strstr(text, "\"text\":\"fine\"") && text[strlen(text) - 1] == '\n', "%s", text);
	free(text);
	tape_end(&rig, &tape);
	tape_done(&tape);
}
