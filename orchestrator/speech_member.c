/* See speech_member.h and draft.h. */
#include "orchestrator/speech_member.h"

#include "orchestrator/draft.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_MS 3600000.0

static void read_path(const struct draft *draft, const char *name, const char **to)
{
	const char *path = NULL;
	char message[160];

	draft_text(draft, name, &path);
	if (!path)
		return;
	if (*path == '/' && !path[strcspn(path, " ?#\t\r\n")]) {
		*to = path;
		return;
	}
	snprintf(message, sizeof message, "\"%s\" must be a path such as /audio/speech", name);
	draft_fault(draft, name, message);
}

static void read_timeouts(struct speech_member *member, const struct draft *holder)
{
	static const char *const known[] = {"connectMs", "firstByteMs", "stallMs", "totalMs"};
	char *pointer = json_pointer_child(holder->pointer, "timeouts");
	struct draft draft;

	draft_open(&draft, holder, "timeouts", pointer, "{\"firstByteMs\": 20000, \"stallMs\": 10000}");
	draft_number(&draft, "connectMs", 0, HOUR_MS, false, &member->connect_ms);
	draft_number(&draft, "firstByteMs", 0, HOUR_MS, false, &member->first_byte_ms);
	draft_number(&draft, "stallMs", 0, HOUR_MS, false, &member->stall_ms);
	draft_number(&draft, "totalMs", 0, HOUR_MS, false, &member->total_ms);
	draft_close(&draft, known, sizeof known / sizeof *known);
	free(pointer);
}

void speech_member_read(
	struct speech_member *member, const cJSON *json, const char *pointer, struct faults *faults)
{
	static const char *const known[] = {"baseUrl", "transcriptionPath", "transcriptionModel",
		"speechPath", "speechModel", "voice", "pcmRateHz", "timeouts", "retry"};
	const struct draft draft = {cJSON_IsObject(json) ? json : NULL, pointer, faults};

	if (json && !cJSON_IsNull(json) && !draft.object && faults)
		faults_add(faults, FAULT_ERROR, pointer,
			"\"speech\" must be an object such as {\"baseUrl\": \"http://localhost:8000/v1\"}");
	draft_url(&draft, "baseUrl", &member->base_url);
	read_path(&draft, "transcriptionPath", &member->transcription_path);
	draft_text(&draft, "transcriptionModel", &member->transcription_model);
	read_path(&draft, "speechPath", &member->speech_path);
	draft_text(&draft, "speechModel", &member->speech_model);
	draft_text(&draft, "voice", &member->voice);
	draft_number(&draft, "pcmRateHz", 8000, 192000, true, &member->pcm_rate);
	read_timeouts(member, &draft);
	draft_retry(&draft, &member->retry);
	draft_close(&draft, known, sizeof known / sizeof *known);
}
