/* Session files read line by line: one of a day's work is larger than what should be in memory at once. */
#include "orchestrator/session_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct session_reader {
	FILE *file;
	char *path, *line;
	size_t capacity, offset;
	unsigned number;
	bool ended;
};

struct session_reader *session_reader_open(const char *path, char **error)
{
	struct session_reader *reader = xcalloc(1, sizeof *reader);
	struct stat st;

	*error = NULL;
	reader->path = xstrdup(path);
	if (stat(path, &st) != 0 || (S_ISREG(st.st_mode) && !(reader->file = fopen(path, "re"))))
		*error = xasprintf("%s: cannot be read: %s%s", path, strerror(errno),
			errno == ENOENT ? ": testpanel sessions lists what there is" : "");
	else if (!reader->file)
		*error = xasprintf("%s: is no file: name a session's", path);
	if (!*error)
		return reader;
	session_reader_close(reader);
	return NULL;
}

/* The next line, without its end. False at the end of the file, which may tear the last one. */
static bool read_line(struct session_reader *reader, size_t *len, char **error)
{
	size_t n = 0;
	int c;

	while ((c = getc_unlocked(reader->file)) != EOF && c != '\n') {
		if (n == SESSION_FILE_MAX_LINE) {
			*error = xasprintf("%s:%u: a line of more than %zu MiB: this is no session's file",
				reader->path, reader->number + 1, SESSION_FILE_MAX_LINE >> 20);
			return false;
		}
		if (n + 1 >= reader->capacity) {
			reader->capacity = reader->capacity ? reader->capacity * 2 : 4096;
			reader->line = xreallocarray(reader->line, reader->capacity, 1);
		}
		reader->line[n++] = (char)c;
	}
	if (c == EOF && ferror(reader->file))
		*error = xasprintf("%s: cannot be read: %s", reader->path, strerror(errno));
	if (c == EOF)
		return false;
	reader->number++;
	*len = n;
	return true;
}

static char *check_first(const struct session_reader *reader, const cJSON *line)
{
	const cJSON *version = json_get(line, "session");

	if (!cJSON_IsNumber(version))
		return xasprintf("%s: is no session's file: the first line of one begins {\"session\": %d",
			reader->path, SESSION_FILE_VERSION);
	if (version->valuedouble > SESSION_FILE_VERSION)
		return xasprintf(
			"%s: a session of version %.0f, and this testpanel knows %d: use a newer one",
			reader->path, version->valuedouble, SESSION_FILE_VERSION);
	return NULL;
}

static cJSON *take_line(struct session_reader *reader, size_t len, char **error)
{
	char what[JSON_ERROR_SIZE];
	cJSON *line;

	line = json_parse(len ? reader->line : "", len, what);
	if (!cJSON_IsObject(line) && reader->number > 1)
		*error = xasprintf("%s:%u: %s", reader->path, reader->number, line ? "not an object" : what);
	else if (reader->number == 1)
		*error = check_first(reader, line);
	if (*error) {
		cJSON_Delete(line);
		reader->ended = true;
		return NULL;
	}
	reader->offset += len + 1;
	return line;
}

cJSON *session_reader_next(struct session_reader *reader, char **error)
{
	size_t len = 0;

	*error = NULL;
	if (!reader->ended && read_line(reader, &len, error))
		return take_line(reader, len, error);
	reader->ended = true;
	return NULL;
}

/* Our own lines begin with the event's name; one that does not is parsed to be sure. */
cJSON *session_reader_find(struct session_reader *reader, const char *event, char **error)
{
	char *begins = xasprintf("{\"event\":\"%s\"", event);
	size_t n = strlen(begins), other = strlen("{\"event\":\"");
	cJSON *found = NULL;

	*error = NULL;
	while (!reader->ended && !found && !*error) {
		size_t len = 0;

		if (!read_line(reader, &len, error)) {
			reader->ended = true;
		} else if (len > n && !memcmp(reader->line, begins, other) &&
			memcmp(reader->line, begins, n)) {
			reader->offset += len + 1;
		} else {
			found = take_line(reader, len, error);
			if (found && strcmp(json_string(found, "event", ""), event) != 0) {
				cJSON_Delete(found);
				found = NULL;
			}
		}
	}
	free(begins);
	return found;
}

size_t session_reader_offset(const struct session_reader *reader)
{
	return reader->offset;
}

void session_reader_close(struct session_reader *reader)
{
	if (reader->file)
		fclose(reader->file);
	free(reader->line);
	free(reader->path);
	free(reader);
}
