/* CentralLogger: levels, structured members, correlation with spans, a bounded ring that drops the oldest and
 * counts what it dropped, and optionally a JSON-lines file. Messages and string members are redacted before
 * they are stored. A record that bears a span is also told to the observer of the span's trace. Loop's thread
 * only. */
#ifndef EXECUTOR_LOGGER_H
#define EXECUTOR_LOGGER_H

#include "executor/alloc.h"
#include "executor/attribute.h"
#include "executor/clock.h"
#include "executor/redact.h"
#include "executor/tracer.h"

enum log_level {
	LOG_TRACE,
	LOG_DEBUG,
	LOG_INFO,
	LOG_WARN,
	LOG_ERROR,
};

struct log_record {
	uint64_t sequence; /* from 1, never reused */
	uint64_t time_ns;  /* realtime */
	enum log_level level;
	const char *area; /* literal: "executor", "mock", "flow" … */
	char *message;
	char trace_id[TRACE_ID_SIZE]; /* "" without a span */
	char span_id[SPAN_ID_SIZE];
	struct attribute *members;
	size_t member_count;
};

struct logger;

/* capacity: records kept (0 means 10,000). The redactor and the clock outlive the logger. */
struct logger *logger_new(const struct clock *clock, const struct redactor *redactor, size_t capacity);
void logger_free(struct logger *logger);
void logger_set_level(
	struct logger *logger, enum log_level level); /* records under it are not made; default DEBUG */
enum log_level logger_level(const struct logger *logger);
/* Appends every record from now on to a file, created 0600. False with *error (caller frees). A write that
 * fails later is counted (logger_write_errors), never fatal. */
bool logger_open_file(struct logger *logger, const char *path, char **error);
size_t logger_write_errors(const struct logger *logger);
/* Called for every record after it was stored; NULL stops it. */
void logger_observe(
	struct logger *logger, void (*observer)(void *ctx, const struct log_record *record), void *ctx);

/* Writes one record. span may be NULL; logger may be NULL: nothing happens. */
void logger_write(struct logger *logger, enum log_level level, const struct span *span, const char *area,
	const struct attribute *members, size_t member_count, const char *format, ...) PRINTF_ATTR(7, 8);
#define log_debug(logger, span, area, ...) logger_write(logger, LOG_DEBUG, span, area, NULL, 0, __VA_ARGS__)
#define log_info(logger, span, area, ...) logger_write(logger, LOG_INFO, span, area, NULL, 0, __VA_ARGS__)
#define log_warn(logger, span, area, ...) logger_write(logger, LOG_WARN, span, area, NULL, 0, __VA_ARGS__)
#define log_error(logger, span, area, ...) logger_write(logger, LOG_ERROR, span, area, NULL, 0, __VA_ARGS__)
/* The same, without printf: for what is written with every request. */
void logger_write_text(struct logger *logger, enum log_level level, const struct span *span, const char *area,
	const struct attribute *members, size_t member_count, const char *message);

/* Records in the ring, oldest is 0. A pointer is valid until the next logger_write. */
size_t logger_count(const struct logger *logger);
const struct log_record *logger_get(const struct logger *logger, size_t index);
size_t logger_dropped(const struct logger *logger);

const char *log_level_name(enum log_level level);              /* "INFO" */
bool log_level_parse(const char *name, enum log_level *level); /* case does not matter */
/* {"time","level","area","message","traceId","spanId","attributes"}; the file's line. */
cJSON *log_record_to_json(const struct log_record *record);

#endif
