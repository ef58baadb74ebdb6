/* The central log: a ring of records, and a file when one is opened. The file is written line by line without
 * stdio's buffer, because that keeps what a full disk refused and writes it twice later. */
#include "executor/logger.h"
#include "executor/buffer.h"
#include "executor/file.h"
#include "executor/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define DEFAULT_CAPACITY 10000
#define MAX_MEMBERS 128

/* A record and its texts. */
struct slot {
	struct log_record record;
	struct arena memory;
};

struct logger {
	const struct clock *clock;
	const struct redactor *redactor;
	enum log_level level;
	struct slot *slots; /* a ring: sequence number n stands at (n - 1) % capacity */
	size_t capacity;
	uint64_t written; /* the last sequence number */
	FILE *file;
	bool torn; /* the file's last line is not complete */
	size_t write_errors;
	void (*observer)(void *ctx, const struct log_record *record);
	void *observer_ctx;
	bool telling;
};

struct logger *logger_new(const struct clock *clock, const struct redactor *redactor, size_t capacity)
{
	struct logger *logger = xcalloc(1, sizeof *logger);

	logger->clock = clock;
	logger->redactor = redactor;
	logger->level = LOG_DEBUG;
	logger->capacity = capacity ? capacity : DEFAULT_CAPACITY;
	/* At once, so that records stay where they are; the kernel gives the pages when they are used. */
	logger->slots = xcalloc(logger->capacity, sizeof *logger->slots);
	return logger;
}

void logger_free(struct logger *logger)
{
	if (!logger)
		return;
	for (size_t i = 0; i < logger_count(logger); i++)
		arena_done(&logger->slots[i].memory);
	if (logger->file)
		fclose(logger->file);
	free(logger->slots);
	free(logger);
}

void logger_set_level(struct logger *logger, enum log_level level)
{
	logger->level = level;
}

enum log_level logger_level(const struct logger *logger)
{
	return logger->level;
}

void logger_observe(
	struct logger *logger, void (*observer)(void *ctx, const struct log_record *record), void *ctx)
{
	logger->observer = observer;
	logger->observer_ctx = ctx;
}

bool logger_open_file(struct logger *logger, const char *path, char **error)
{
	FILE *file = file_open_append(path);

	if (!file) {
		*error = xasprintf("%s: the log cannot be written there: %s", path, strerror(errno));
		return false;
	}
	if (logger->file)
		fclose(logger->file);
	logger->file = file;
	logger->torn = false;
	return true;
}

size_t logger_write_errors(const struct logger *logger)
{
	return logger->write_errors;
}

/* False when not everything could be written; *done tells how much was. */
static bool write_all(int fd, const char *text, size_t len, size_t *done)
{
	*done = 0;
	while (*done < len) {
		ssize_t n = write(fd, text + *done, len - *done);

		if (n > 0)
			*done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			return false;
	}
	return true;
}

static void logger_write_line(struct logger *logger, const struct log_record *record)
{
	cJSON *object = log_record_to_json(record);
	char *text = json_print(object);
	/* A line that was torn by a full disk must not swallow this one. */
	char *line = xasprintf("%s%s\n", logger->torn ? "\n" : "", text);
	size_t done;

	if (write_all(fileno(logger->file), line, strlen(line), &done)) {
		logger->torn = false;
	} else {
		logger->write_errors++;
		logger->torn = logger->torn || done;
	}
	free(line);
	free(text);
	cJSON_Delete(object);
}

static void copy_members(
	struct slot *slot, const struct redactor *redactor, const struct attribute *members, size_t n)
{
	struct log_record *record = &slot->record;

	if (n > MAX_MEMBERS)
		n = MAX_MEMBERS;
	if (!n)
		return;
	record->members = arena_alloc(&slot->memory, n * sizeof *record->members);
	for (size_t i = 0; i < n; i++)
		record->members[i] = attribute_copy(&slot->memory, redactor, members[i], NULL);
	record->member_count = n;
}

/* Observers may write records of their own: those are stored, but nobody is told of them, or there would be
 * no end. */
static void logger_tell(struct logger *logger, const struct span *span, const struct log_record *record)
{
	const struct trace_observer *of_trace = span ? &span->trace->observer : NULL;

	if (logger->telling)
		return;
	logger->telling = true;
	if (of_trace && of_trace->record)
		of_trace->record(of_trace->ctx, record);
	if (logger->observer)
		logger->observer(logger->observer_ctx, record);
	logger->telling = false;
}

void logger_write_text(struct logger *logger, enum log_level level, const struct span *span, const char *area,
	const struct attribute *members, size_t member_count, const char *message)
{
	struct log_record *record;
	struct slot *slot;

	if (!logger || level < logger->level)
		return;
	slot = &logger->slots[logger->written % logger->capacity];
	arena_reset(&slot->memory);
	record = &slot->record;
	*record = (struct log_record){.sequence = ++logger->written, .level = level, .area = area};
	record->time_ns = clock_realtime_ns(logger->clock);
	record->message = attribute_copy_text(&slot->memory, logger->redactor, message, NULL);
	if (span) {
		memcpy(record->trace_id, span->trace->id, TRACE_ID_SIZE);
		memcpy(record->span_id, span->id, SPAN_ID_SIZE);
	}
	copy_members(slot, logger->redactor, members, member_count);
	if (logger->file)
		logger_write_line(logger, record);
	logger_tell(logger, span, record);
}

void logger_write(struct logger *logger, enum log_level level, const struct span *span, const char *area,
	const struct attribute *members, size_t member_count, const char *format, ...)
{
	char room[512], *text = room;
	va_list ap, again;
	int n;

	if (!logger || level < logger->level)
		return;
	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(room, sizeof room, format, ap);
	if (n < 0)
		room[0] = '\0';
	else if ((size_t)n >= sizeof room)
		text = xvasprintf(format, again);
	va_end(again);
	va_end(ap);
	logger_write_text(logger, level, span, area, members, member_count, text);
	if (text != room)
		free(text);
}

size_t logger_count(const struct logger *logger)
{
	return logger->written < logger->capacity ? (size_t)logger->written : logger->capacity;
}

const struct log_record *logger_get(const struct logger *logger, size_t index)
{
	return &logger->slots[(logger_dropped(logger) + index) % logger->capacity].record;
}

size_t logger_dropped(const struct logger *logger)
{
	return (size_t)logger->written - logger_count(logger);
}

static const char *const level_names[] = {
	[LOG_TRACE] = "TRACE",
	[LOG_DEBUG] = "DEBUG",
	[LOG_INFO] = "INFO",
	[LOG_WARN] = "WARN",
	[LOG_ERROR] = "ERROR",
};

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}

bool log_level_parse(const char *name, enum log_level *level)
{
	for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
		if (!strcasecmp(name, level_names[i])) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

cJSON *log_record_to_json(const struct log_record *record)
{
	cJSON *object = cJSON_CreateObject();
	char time[CLOCK_RFC3339_SIZE];

	json_add_string(object, "time", clock_format_rfc3339(record->time_ns, time));
	json_add_string(object, "level", log_level_name(record->level));
	json_add_string(object, "area", record->area);
	json_add_string(object, "message", record->message);
	json_add_string(object, "traceId", *record->trace_id ? record->trace_id : NULL);
	json_add_string(object, "spanId", *record->span_id ? record->span_id : NULL);
	cJSON_AddItemToObject(
		object, "attributes", attributes_to_json(record->members, record->member_count));
	return object;
}
