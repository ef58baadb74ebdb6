/* The ring, the levels, the file, and who is told. */
#include "executor/json.h"
#include "executor/logger.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t fixed_time(void *ctx)
{
	(void)ctx;
	return UINT64_C(1795363267112000000);
}

static const struct clock fixed = {fixed_time, fixed_time, NULL};

Test(logger, the_ring_drops_the_oldest_and_counts)
{
	struct logger *logger = logger_new(&fixed, NULL, 3);

	cr_expect_eq(logger_count(logger), 0);
	for (int i = 1; i <= 3; i++)
		log_info(logger, NULL, "t", "%d", i);
	cr_expect_eq(logger_count(logger), 3);
	cr_expect_eq(logger_dropped(logger), 0);
	for (int i = 4; i <= 8; i++)
		log_info(logger, NULL, "t", "%d", i);
	cr_expect_eq(logger_count(logger), 3);
	cr_expect_eq(logger_dropped(logger), 5);
	for (size_t i = 0; i < 3; i++) {
		cr_expect_eq(logger_get(logger, i)->sequence, 6 + i);
		cr_expect_eq(logger_get(logger, i)->message[0], (char)('6' + i));
	}
	logger_free(logger);
	logger_free(NULL);
}

Test(logger, levels)
{
	static const struct {
		const char *name;
		bool known;
		enum log_level level;
	} rows[] = {
		{"trace", true, LOG_TRACE},
		{"DEBUG", true, LOG_DEBUG},
		{"Info", true, LOG_INFO},
		{"warn", true, LOG_WARN},
		{"error", true, LOG_ERROR},
		{"warning", false, LOG_TRACE},
		{"", false, LOG_TRACE},
		{"info ", false, LOG_TRACE},
	};
	struct logger *logger = logger_new(&fixed, NULL, 0);
	enum log_level level;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_expect_eq(log_level_parse(rows[i].name, &level), rows[i].known, "'%s'", rows[i].name);
		if (rows[i].known) {
			cr_expect_eq(level, rows[i].level, "%s", rows[i].name);
			cr_expect(!strcasecmp(log_level_name(level), rows[i].name));
		}
	}
	cr_expect_eq(logger_level(logger), LOG_DEBUG);
	logger_write(logger, LOG_TRACE, NULL, "t", NULL, 0, "not made");
	log_debug(logger, NULL, "t", "made");
	logger_set_level(logger, LOG_ERROR);
	log_warn(logger, NULL, "t", "not made");
	log_error(logger, NULL, "t", "made");
	cr_expect_eq(logger_count(logger), 2);
	log_error(NULL, NULL, "t", "nobody");
	logger_free(logger);
}

Test(logger, a_record_as_json)
{
	struct redactor *redactor = redactor_new();
	struct logger *logger;
	struct attribute members[] = {attr_int("status", 503), attr_str("body", "with hunter2"),
		attr_str("x-api-key", "any"), attr_double("ms", 1.5), attr_bool("again", true)};
	cJSON *json;
	char *text;

	redactor_add(redactor, "hunter2");
	logger = logger_new(&fixed, redactor, 0);
	logger_write(logger, LOG_WARN, NULL, "executor", members, 5, "%s said \"%s\"\n", "pms", "hunter2");
	json = log_record_to_json(logger_get(logger, 0));
	text = json_print(json);
	cr_expect_str_eq(text,
		"{\"time\":\"2026-11-22T16:01:07.112Z\",\"level\":\"WARN\",\"area\":\"executor\","
		"\"message\":\"pms said \\\"[redacted]\\\"\\n\",\"traceId\":null,\"spanId\":null,"
		"\"attributes\":{\"status\":503,\"body\":\"with [redacted]\",\"x-api-key\":\"[redacted]\","
		"\"ms\":1.5,\"again\":true}}");
	free(text);
	cJSON_Delete(json);
	logger_free(logger);
	redactor_free(redactor);
}

Test(logger, long_messages_are_whole)
{
	struct logger *logger = logger_new(&fixed, NULL, 0);
	char *long_text = calloc(5001, 1);

	for (size_t n = 500; n < 530; n++) {
		memset(long_text, 'a', n);
		log_info(logger, NULL, "t", "%s|%d", long_text, 7);
		cr_expect_eq(strlen(logger_get(logger, logger_count(logger) - 1)->message), n + 2);
	}
	memset(long_text, 'b', 5000);
	log_info(logger, NULL, "t", "%s", long_text);
	cr_expect_str_eq(logger_get(logger, 30)->message, long_text);
	free(long_text);
	logger_free(logger);
}

struct told {
	struct logger *logger;
	int by_trace, by_logger;
	uint64_t last;
};

static void told_by_trace(void *ctx, const struct log_record *record)
{
	struct told *told = ctx;

	told->by_trace++;
	told->last = record->sequence;
}

static void told_by_logger(void *ctx, const struct log_record *record)
{
	struct told *told = ctx;

	told->by_logger++;
	log_info(told->logger, NULL, "observer", "a record about record %d", (int)record->sequence);
	cr_expect_eq(record->sequence, logger_get(told->logger, logger_count(told->logger) - 2)->sequence);
}

Test(logger, tells_the_observer_and_the_trace)
{
	struct logger *logger = logger_new(&fixed, NULL, 10);
	struct tracer *tracer = tracer_new(&fixed, 1, NULL, 0);
	struct told told = {.logger = logger};
	struct trace_observer observer = {.record = told_by_trace, .ctx = &told};
	struct span *span = span_begin(trace_begin(tracer, &observer), NULL, "s", SPAN_INTERNAL);

	logger_observe(logger, told_by_logger, &told);
	log_info(logger, span, "t", "one");
	cr_expect_eq(told.by_trace, 1);
	cr_expect_eq(told.by_logger, 1, "what an observer writes is not told again");
	cr_expect_eq(logger_count(logger), 2);
	cr_expect_str_eq(logger_get(logger, 0)->trace_id, span->trace->id);
	cr_expect_str_eq(logger_get(logger, 0)->span_id, span->id);
	cr_expect_str_eq(logger_get(logger, 1)->span_id, "");
	log_info(logger, NULL, "t", "two");
	cr_expect_eq(told.by_trace, 1);
	cr_expect_eq(told.by_logger, 2);
	logger_observe(logger, NULL, NULL);
	trace_detach(span->trace);
	log_info(logger, span, "t", "three");
	cr_expect_eq(told.by_trace, 1);
	cr_expect_eq(told.by_logger, 2);
	tracer_free(tracer);
	logger_free(logger);
}

static char *read_back(const char *path, size_t *len)
{
	static char text[65536];
	FILE *file = fopen(path, "r");

	cr_assert_not_null(file);
	*len = fread(text, 1, sizeof text - 1, file);
	text[*len] = '\0';
	fclose(file);
	return text;
}

Test(logger, the_file_is_json_lines_of_mode_0600)
{
	char folder[] = "/tmp/testpanel-logger-XXXXXX", path[64], *error = NULL, *text, *line;
	struct logger *logger = logger_new(&fixed, NULL, 2);
	struct stat st;
	int lines = 0;
	size_t len;

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/log", folder);
	log_info(logger, NULL, "t", "before the file");
	umask(0);
	cr_assert(logger_open_file(logger, path, &error), "%s", error);
	for (int i = 0; i < 5; i++)
		log_info(logger, NULL, "t", "line\n%d \xff", i);
	cr_expect_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0600);
	text = read_back(path, &len); /* while it is open: every line is there at once */
	while ((line = strsep(&text, "\n")) && *line) {
		cJSON *json = json_parse(line, strlen(line), NULL);

		cr_expect(json && strstr(json_string(json, "message", ""), "line\n"), "%s", line);
		cJSON_Delete(json);
		lines++;
	}
	cr_expect_eq(lines, 5, "more than the ring keeps");
	cr_expect_eq(logger_write_errors(logger), 0);
	logger_free(logger);
	unlink(path);
	rmdir(folder);
}

Test(logger, a_file_that_cannot_be_opened)
{
	struct logger *logger = logger_new(&fixed, NULL, 0);
	char *error = NULL;

	cr_expect(!logger_open_file(logger, "/nonexistent/log", &error));
	cr_expect(
		error && strstr(error, "/nonexistent/log: ") && strstr(error, strerror(ENOENT)), "%s", error);
	free(error);
	log_info(logger, NULL, "t", "goes on");
	cr_expect_eq(logger_count(logger), 1);
	logger_free(logger);
}

Test(logger, a_full_disk_is_counted)
{
	struct logger *logger = logger_new(&fixed, NULL, 0);
	char *error = NULL;

	cr_assert(logger_open_file(logger, "/dev/full", &error), "%s", error);
	for (int i = 0; i < 3; i++)
		log_info(logger, NULL, "t", "%d", i);
	cr_expect_eq(logger_write_errors(logger), 3);
	cr_expect_eq(logger_count(logger), 3);
	logger_free(logger);
}

/* A disk that fills up in the middle of a line and has room again later. */
Test(logger, a_torn_line_swallows_no_other)
{
	char folder[] = "/tmp/testpanel-logger-XXXXXX", path[64], *error = NULL, *text, *line;
	struct logger *logger = logger_new(&fixed, NULL, 0);
	struct rlimit limit, small;
	int whole = 0, torn = 0;
	size_t len;

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/log", folder);
	cr_assert(logger_open_file(logger, path, &error), "%s", error);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	small = limit;
	small.rlim_cur = 200; /* one line and a part */
	setrlimit(RLIMIT_FSIZE, &small);
	for (int i = 0; i < 3; i++)
		log_info(logger, NULL, "t", "%d", i);
	setrlimit(RLIMIT_FSIZE, &limit);
	log_info(logger, NULL, "t", "after");
	log_info(logger, NULL, "t", "after that");
	cr_expect_eq(logger_write_errors(logger), 2);
	text = read_back(path, &len);
	while ((line = strsep(&text, "\n")) && (*line || text)) {
		cJSON *json = json_parse(line, strlen(line), NULL);

		whole += json != NULL;
		torn += !json;
		cJSON_Delete(json);
	}
	cr_expect_eq(whole, 3);
	cr_expect_eq(torn, 1);
	logger_free(logger);
	unlink(path);
	rmdir(folder);
}
