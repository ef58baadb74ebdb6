/* testpanel sessions: what --session has kept. */
#include "tui/commands.h"
#include "tui/session_store.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Of a session's file: its first line with "turns" and "utterance", the last one's. */
static cJSON *summarise(const char *path, char **error)
{
	struct session_reader *reader = session_reader_open(path, error);
	cJSON *first, *line;

	if (!reader)
		return NULL;
	first = session_reader_next(reader, error);
	while (first && (line = session_reader_find(reader, "ended", error))) {
		const cJSON *result = json_get(line, "result");
		bool greeting = json_number(result, "turn", 0) < 1;

		if (greeting && json_get(first, "turns")) {
			cJSON_Delete(line);
			continue;
		}
		cJSON_DeleteItemFromObjectCaseSensitive(first, "turns");
		cJSON_DeleteItemFromObjectCaseSensitive(first, "utterance");
		cJSON_AddNumberToObject(first, "turns", json_number(result, "turn", 0));
		cJSON_AddStringToObject(first, "utterance", json_string(result, "utterance", ""));
		cJSON_DeleteItemFromObjectCaseSensitive(first, "orchestrator");
		cJSON_AddStringToObject(first, "orchestrator", json_string(result, "orchestrator", ""));
		cJSON_Delete(line);
	}
	session_reader_close(reader);
	return first;
}

static void print_session(const char *name, const char *path, cJSON *summary, bool json)
{
	char started[17];
	double turns = json_number(summary, "turns", 0);
	struct stat st;

	if (json) {
		cJSON *line = cJSON_CreateObject();
		static const char *const texts[] = {"id", "started", "orchestrator", "model", "workflow"};

		cJSON_AddStringToObject(line, "name", name);
		cJSON_AddStringToObject(line, "path", path);
		for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
			json_add_string(line, texts[i], json_string(summary, texts[i], NULL));
		cJSON_AddNumberToObject(line, "turns", turns);
		json_add_string(line, "utterance", json_string(summary, "utterance", NULL));
		cJSON_AddNumberToObject(line, "bytes", stat(path, &st) == 0 ? (double)st.st_size : 0);
		output_json(line);
		return;
	}
	snprintf(started, sizeof started, "%s", json_string(summary, "started", ""));
	if (strlen(started) == 16)
		started[10] = ' ';
	output_line("%-20s %s  %3.0f turn%s  %-10s %s%s%s%s", name, started, turns, turns == 1 ? " " : "s",
		json_string(summary, "orchestrator", ""), json_string(summary, "workflow", ""),
		turns > 0 ? ": \"" : "", json_string(summary, "utterance", ""), turns > 0 ? "\"" : "");
}

int cmd_sessions(const struct options *options)
{
	bool json = options_given(options, OPTION_JSON);
	char **names = session_store_names();
	int status = STATUS_OK;

	if (!names[0] && !json)
		output_line("No sessions yet: testpanel run WORKFLOW --say TEXT --session NAME keeps one.");
	for (size_t i = 0; names[i]; i++) {
		char *error = NULL, *path = session_store_path(names[i], false, &error);
		cJSON *summary = path ? summarise(path, &error) : NULL;

		if (summary)
			print_session(names[i], path, summary, json);
		if (error)
			status = complain_take(STATUS_USAGE, error);
		cJSON_Delete(summary);
		free(path);
		free(names[i]);
	}
	free(names);
	if (!output_ok()) {
		complain("standard output cannot be written to");
		return STATUS_SYSTEM;
	}
	return status;
}
