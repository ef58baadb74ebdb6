/* Cassette files. See cassette_file.h. */
#include "executor/cassette_file.h"
#include "executor/cassette.h"
#include "executor/file.h"
#include "executor/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION 1
#define HEADER "{\"cassette\": 1}"
#define MAX_FAULTS 1000

struct line {
	const char *text;
	size_t len;
	int number;
	bool whole; /* its end is there */
};

/* Hands over the faults found in one line, at their place in the file. */
static void move_faults(struct faults *found, const struct line *line, struct faults *faults)
{
	for (size_t i = 0; i < found->count; i++) {
		const struct fault *f = &found->items[i];
		struct fault *moved;

		faults_add(faults, f->severity, f->pointer, "%s", f->message);
		moved = &faults->items[faults->count - 1];
		moved->line = line->number + (f->line ? f->line - 1 : 0);
		moved->column = f->column ? f->column : 1;
	}
	faults_done(found);
}

static bool check_header(const cJSON *root, struct faults *faults)
{
	const cJSON *version = json_get(root, "cassette");

	if (!cJSON_IsNumber(version))
		faults_add(faults, FAULT_ERROR, "", "not a cassette: the first line of one is %s", HEADER);
	else if (version->valuedouble != VERSION)
		faults_add(faults, FAULT_ERROR, "/cassette", "a cassette of version %.0f: this one reads %d",
			version->valuedouble, VERSION);
	return !faults->errors;
}

/* True when the line is a whole one and what it says is in order. */
static bool read_line(const struct line *line, bool header, struct faults *faults,
	void (*add)(void *ctx, struct interaction *interaction), void *ctx)
{
	struct interaction *interaction = NULL;
	char error[JSON_ERROR_SIZE];
	cJSON *root = json_parse(line->text, line->len, error);
	struct faults found;

	faults_init(&found);
	if (!root && !line->whole && !header) {
		faults_add(&found, FAULT_WARNING, "",
			"the last line is torn, as the recording ended in it: it is left out");
	} else if (!root) {
		faults_add_syntax(&found, error);
	} else if (header) {
		check_header(root, &found);
		faults_locate(&found, line->text, line->len);
		cJSON_Delete(root);
	} else {
		interaction = interaction_parse(root, &found);
		faults_locate(&found, line->text, line->len);
	}
	if (interaction) {
		interaction->line = line->number;
		add(ctx, interaction);
	}
	move_faults(&found, line, faults);
	return root;
}

static bool next_line(const char *text, size_t len, size_t *at, struct line *line)
{
	const char *end;

	if (*at >= len)
		return false;
	end = memchr(text + *at, '\n', len - *at);
	line->text = text + *at;
	line->len = end ? (size_t)(end - line->text) : len - *at;
	line->whole = end;
	line->number++;
	*at += line->len + line->whole;
	return true;
}

static bool is_blank(const struct line *line)
{
	for (size_t i = 0; i < line->len; i++)
		if (!strchr(" \t\r", line->text[i]))
			return false;
	return true;
}

size_t cassette_file_parse(const char *text, size_t len, struct faults *faults, bool *header,
	void (*add)(void *ctx, struct interaction *interaction), void *ctx)
{
	struct line line = {0};
	size_t at = 0, keep = 0;

	*header = false;
	while (next_line(text, len, &at, &line) && faults->errors < MAX_FAULTS) {
		if (is_blank(&line))
			continue;
		if (read_line(&line, !*header, faults, add, ctx))
			keep = at;
		if (!*header && faults->errors)
			break;
		*header = true;
	}
	return keep;
}

bool cassette_file_read(const char *path, bool missing_ok, struct faults *faults, char **error, size_t *keep,
	void (*add)(void *ctx, struct interaction *interaction), void *ctx)
{
	bool header;
	size_t len;
	char *text;

	*keep = 0;
	if (missing_ok && access(path, F_OK) && errno == ENOENT)
		return true;
	text = file_read(path, CASSETTE_MAX_BYTES, &len, error);
	if (!text)
		return false;
	*keep = cassette_file_parse(text, len, faults, &header, add, ctx);
	if (!header && !missing_ok && !faults->errors)
		*error = xasprintf("%s: is empty: record it with --record", path);
	free(text);
	return !faults->errors && !*error;
}

static void drop(void *ctx, struct interaction *interaction)
{
	(void)ctx;
	interaction_free(interaction);
}

void cassette_check(const char *text, size_t len, struct faults *faults)
{
	bool header;

	cassette_file_parse(text, len, faults, &header, drop, NULL);
	if (!header && !faults->errors)
		faults_add(faults, FAULT_ERROR, "", "is empty: record it with --record");
}

bool cassette_is(const char *text, size_t len)
{
	struct line line = {0};
	size_t at = 0;
	cJSON *root;
	bool is;

	while (next_line(text, len, &at, &line) && is_blank(&line))
		;
	root = line.text ? json_parse(line.text, line.len, NULL) : NULL;
	is = json_get(root, "cassette");
	cJSON_Delete(root);
	return is;
}

bool cassette_file_overwritable(const char *path, char **error)
{
	struct stat st;
	struct line line = {0};
	struct faults faults;
	size_t len, at = 0;
	char *text;
	cJSON *root;
	bool ok;

	/* What is no file, a device, is asked when it is opened. */
	if (stat(path, &st) || !S_ISREG(st.st_mode) || !st.st_size)
		return true;
	text = file_read(path, CASSETTE_MAX_BYTES, &len, error);
	if (!text)
		return false;
	faults_init(&faults);
	next_line(text, len, &at, &line);
	root = json_parse(line.text, line.len, NULL);
	ok = check_header(root, &faults);
	if (!ok)
		*error = xasprintf("%s: is not a cassette and is left alone: name another file", path);
	cJSON_Delete(root);
	faults_done(&faults);
	free(text);
	return ok;
}

static char *open_error(const char *path)
{
	if (errno == ENOENT)
		return xasprintf("%s: the folder does not exist: make it first", path);
	if (errno == EISDIR)
		return xasprintf("%s: is a directory: name a file in it", path);
	return xasprintf("%s: the cassette cannot be written there: %s", path, strerror(errno));
}

bool cassette_file_open(struct cassette_file *file, const char *path, size_t keep, char **error)
{
	struct stat st;
	bool regular;
	char last = '\n';

	*file = (struct cassette_file){.header_due = !keep};
	file->fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
	if (file->fd < 0) {
		*error = open_error(path);
		return false;
	}
	regular = !fstat(file->fd, &st) && S_ISREG(st.st_mode);
	/* A device or a pipe is everybody's. */
	if (regular && flock(file->fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
		*error = xasprintf("%s: another testpanel records there: name another file", path);
		cassette_file_close(file);
		return false;
	}
	if (regular && ftruncate(file->fd, (off_t)keep)) {
		*error = open_error(path);
		cassette_file_close(file);
		return false;
	}
	if (keep && pread(file->fd, &last, 1, (off_t)keep - 1) == 1)
		file->newline_due = last != '\n';
	if (file->header_due)
		cassette_file_append(file, NULL);
	return true;
}

void cassette_file_close(struct cassette_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

static bool write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n > 0) {
			text += n;
			len -= (size_t)n;
		} else if (n == 0 || errno != EINTR) {
			return false;
		}
	}
	return true;
}

bool cassette_file_append(struct cassette_file *file, const char *line)
{
	off_t before = lseek(file->fd, 0, SEEK_END);
	char *text = xasprintf("%s%s%s%s", file->newline_due ? "\n" : "", file->header_due ? HEADER "\n" : "",
		line ? line : "", line ? "\n" : "");
	bool written = write_all(file->fd, text, strlen(text));

	free(text);
	if (written) {
		file->header_due = file->newline_due = false;
		return true;
	}
	file->write_errors++;
	/* Half a line would swallow the next one. */
	if (before >= 0 && ftruncate(file->fd, before))
		file->newline_due = true;
	return false;
}
