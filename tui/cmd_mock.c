/* testpanel mock: the mock backend by itself, until it is told to end. Its address comes first on standard
 * output, then a line for every request. */
#include "tui/commands.h"
#include "tui/program.h"

#include <errno.h>
#include <stdlib.h>

struct mock {
	struct program *program;
	bool done;
};

static void on_interrupt(void *ctx)
{
	struct mock *mock = ctx;

	mock->done = true;
}

static void on_record(void *ctx, const struct log_record *record)
{
	struct mock *mock = ctx;
	char time[CLOCK_RFC3339_SIZE];
	struct buffer b;

	if (mock->program->json) {
		output_json(log_record_to_json(record));
	} else {
		buffer_init(&b, BUFFER_MAX_TEXT);
		for (size_t i = 0; i < record->member_count; i++) {
			char value[64];

			buffer_appendf(&b, "  %s=%s", record->members[i].key,
				attribute_format(&record->members[i], value, sizeof value));
		}
		output_line("%s %-5s %s%s", clock_format_time(record->time_ns, 1, time),
			log_level_name(record->level), record->message, buffer_text(&b));
		buffer_done(&b);
	}
	if (!output_ok())
		mock->done = true;
}

static int parse_port(const char *text, unsigned *port)
{
	char *end = NULL;
	long value;

	*port = 0;
	if (!text)
		return STATUS_OK;
	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < 0 || value > 65535) {
		complain("--port: '%s' is no port: give a number from 1 to 65535, or 0 for any free one",
			text);
		return STATUS_USAGE;
	}
	*port = (unsigned)value;
	return STATUS_OK;
}

static int serve(struct mock *mock, struct mock_definition *definition, unsigned port)
{
	struct program *program = mock->program;
	struct engine *engine = program->engine;
	char *error = NULL;

	program->mock = mock_server_start(&program->loop, engine->clock, definition, port,
		program->settings.seed, engine->logger, &error);
	if (!program->mock)
		return complain_take(STATUS_SYSTEM, error);
	program->on_interrupt = on_interrupt;
	program->ctx = mock;
	program_catch_signals(program);
	if (program->json) {
		cJSON *line = cJSON_CreateObject();

		cJSON_AddStringToObject(line, "url", mock_server_url(program->mock));
		cJSON_AddNumberToObject(line, "port", mock_server_port(program->mock));
		output_json(line);
	} else {
		output_line("%s", mock_server_url(program->mock));
	}
	logger_observe(engine->logger, on_record, mock);
	program_wait(program, &mock->done);
	logger_observe(engine->logger, NULL, NULL);
	/* Ending it is how it is meant to end. */
	program->interrupted = 0;
	return STATUS_OK;
}

int cmd_mock(const struct options *options)
{
	struct mock_definition *definition;
	struct program program;
	struct mock mock = {.program = &program};
	unsigned port;
	int status;

	program_init(&program, options);
	status = parse_port(options_value(options, OPTION_PORT), &port);
	if (status == STATUS_OK)
		status = program_open(&program, NULL);
	if (status != STATUS_OK)
		goto out;
	definition = program_load_mock(options->arguments[0], &status);
	if (definition)
		status = serve(&mock, definition, port);
out:
	return program_close(&program, status);
}
