/* A line is made whole in memory and written by one call: what is in the file are whole lines, apart from the
 * last one, which a full disk or a power cut may tear. */
#include "orchestrator/session_file.h"

#include "orchestrator/engine.h"
#include "orchestrator/variant.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct session_file {
	int fd;
	bool begun;              /* the file has its first line */
	struct session *session; /* NULL before session_file_begin */
	size_t write_errors;
};

/* Takes line. */
static void file_write(struct session_file *file, cJSON *line)
{
	char *text = json_print(line), *at;
	size_t left = strlen(text);
	bool ok = true;

	cJSON_Delete(line);
	text[left++] = '\n'; /* in the place of the NUL */
	for (at = text; left && ok;) {
		ssize_t n = write(file->fd, at, left);

		if (n >= 0) {
			at += n;
			left -= (size_t)n;
		} else {
			ok = errno == EINTR;
		}
	}
	if (!ok && !file->write_errors++)
		log_error(file->session->engine->logger, NULL, "session",
			"the session's file cannot be written: %s; it ends here", strerror(errno));
	free(text);
}

/* What a session file knows of one that is there: the last state, and how much of it is whole. */
static bool read_before(struct session_file *file, const char *path, cJSON **saved, char **error)
{
	struct session_reader *reader = session_reader_open(path, error);
	cJSON *line;
	off_t whole;

	if (!reader)
		return false;
	while ((line = session_reader_next(reader, error))) {
		cJSON *state = cJSON_DetachItemFromObjectCaseSensitive(line, "saved");

		file->begun = true;
		if (state) {
			cJSON_Delete(*saved);
			*saved = state;
		}
		cJSON_Delete(line);
	}
	whole = (off_t)session_reader_offset(reader);
	session_reader_close(reader);
	if (*error)
		return false;
	if (ftruncate(file->fd, whole) == 0)
		return true;
	*error = xasprintf("%s: cannot be written to: %s", path, strerror(errno));
	return false;
}

struct session_file *session_file_open(const char *path, cJSON **saved, char **error)
{
	struct session_file *file = xcalloc(1, sizeof *file);
	struct stat st;

	*saved = NULL;
	*error = NULL;
	file->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	if (file->fd < 0 || fstat(file->fd, &st) != 0)
		*error = xasprintf("%s: cannot be opened for writing: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		*error = xasprintf("%s: is no file: a session needs one", path);
	else if (flock(file->fd, LOCK_EX | LOCK_NB) != 0)
		*error = xasprintf(
			"%s: another testpanel is in this session: end it, or take another name", path);
	else if (st.st_size == 0 || read_before(file, path, saved, error))
		return file;
	cJSON_Delete(*saved);
	*saved = NULL;
	session_file_close(file);
	return NULL;
}

static void add_time(cJSON *line, const char *name, uint64_t realtime_ns)
{
	char time[CLOCK_RFC3339_SIZE];

	cJSON_AddStringToObject(line, name, clock_format_rfc3339(realtime_ns, time));
}

void session_file_begin(struct session_file *file, struct session *session)
{
	const struct engine *engine = session->engine;
	cJSON *line = cJSON_CreateObject();
	uint64_t now = clock_realtime_ns(engine->clock);

	file->session = session;
	session->file = file;
	if (file->begun) {
		cJSON_AddStringToObject(line, "event", "resumed");
		add_time(line, "time", now);
	} else {
		cJSON_AddNumberToObject(line, "session", SESSION_FILE_VERSION);
		cJSON_AddStringToObject(line, "id", session->id);
		add_time(line, "started", now);
	}
	cJSON_AddStringToObject(line, "testpanel", TESTPANEL_VERSION);
	cJSON_AddStringToObject(line, "orchestrator", session->orchestrator->name);
	cJSON_AddStringToObject(line, "model", engine->model->name);
	json_add_string(line, "workflow", engine->workflow ? engine->workflow->name : NULL);
	if (engine->workflow && engine->workflow->variant)
		json_add_string(line, "variant", engine->workflow->variant->id);
	file_write(file, line);
	file->begun = true;
}

static const char *add_event(cJSON *line, const struct turn_event *event)
{
	const struct turn *turn = event->turn;

	switch (event->type) {
	case TURN_EVENT_STARTED:
		add_time(line, "time", turn->start_realtime_ns);
		cJSON_AddStringToObject(line, "traceId", turn->trace->id);
		cJSON_AddStringToObject(line, "utterance", turn->utterance);
		origin_add_to_json(turn->origin, line);
		return "started";
	case TURN_EVENT_SPAN:
		if (event->change == SPAN_CHANGED)
			return NULL; /* its end tells all of it */
		cJSON_AddStringToObject(line, "change", event->change == SPAN_STARTED ? "started" : "ended");
		cJSON_AddItemToObject(line, "span", span_to_json(event->span));
		return "span";
	case TURN_EVENT_RECORD:
		cJSON_AddItemToObject(line, "record", log_record_to_json(event->record));
		return "record";
	case TURN_EVENT_AGENT: cJSON_AddStringToObject(line, "node", event->node->id); return "agent";
	case TURN_EVENT_EDGE:
		cJSON_AddStringToObject(line, "source", event->edge->source->id);
		cJSON_AddStringToObject(line, "target", event->edge->target->id);
		return "edge";
	case TURN_EVENT_PART: cJSON_AddStringToObject(line, "text", event->text); return "part";
	case TURN_EVENT_REPLY: cJSON_AddStringToObject(line, "text", turn->reply); return "reply";
	case TURN_EVENT_VOICE:
		cJSON_AddStringToObject(line, "state", voice_state_name(event->voice));
		if (event->text)
			cJSON_AddStringToObject(line, "text", event->text);
		return "voice";
	case TURN_EVENT_ENDED:
		cJSON_AddItemToObject(line, "result", turn_to_json(turn));
		cJSON_AddItemToObject(line, "saved", session_save(turn->session));
		return "ended";
	}
	return NULL;
}

/* Between turns. */
static void add_now(const struct session_file *file, cJSON *line)
{
	add_time(line, "time", clock_realtime_ns(file->session->engine->clock));
}

/* "event", "turn" and "ms" stand before the rest: people read these files, too. */
void session_file_event(struct session_file *file, const struct turn_event *event)
{
	cJSON *line, *name, *ms = NULL;
	const char *what;

	if (file->write_errors)
		return;
	line = cJSON_CreateObject();
	name = cJSON_AddStringToObject(line, "event", "");
	if (event->turn) {
		cJSON_AddNumberToObject(line, "turn", event->turn->number);
		ms = cJSON_AddNumberToObject(line, "ms", 0);
	} else {
		add_now(file, line);
	}
	what = add_event(line, event);
	if (!what) {
		cJSON_Delete(line);
		return;
	}
	cJSON_SetValuestring(name, what);
	if (ms)
		cJSON_SetNumberValue(ms, round(turn_elapsed_ms(event->turn) * 1000) / 1000);
	file_write(file, line);
}

size_t session_file_write_errors(const struct session_file *file)
{
	return file->write_errors;
}

void session_file_end(struct session_file *file)
{
	if (file->session)
		file->session->file = NULL;
	file->session = NULL;
}

void session_file_close(struct session_file *file)
{
	if (!file)
		return;
	session_file_end(file);
	if (file->fd >= 0)
		close(file->fd);
	free(file);
}
