/* testpanel doctor: what testpanel finds on this machine, and with the model `openai` what its server can and
 * what it gets wrong. */
#include "tui/commands.h"
#include "tui/doctor.h"

#include <stdlib.h>
#include <string.h>

#define TIMEOUT_S 180.0

struct visit {
	struct doctor doctor;
	struct openai_probe *probe;
	bool done;
};

static void on_line(void *ctx, const struct probe_line *line)
{
	struct visit *visit = ctx;

	doctor_tell(&visit->doctor,
		&(struct doctor_line){probe_check_name(line->check), line->verdict, line->seen, line->follows,
			line->blocks ? STATUS_FAILED : STATUS_OK});
}

static void on_progress(void *ctx, enum probe_check check, double share)
{
	char line[80];

	(void)ctx;
	snprintf(line, sizeof line, "%3.0f %%  %s ...", share * 100, probe_check_name(check));
	output_progress(line);
}

static cJSON *summary_to_json(const struct doctor *doctor, const struct probe_report *report)
{
	cJSON *json = cJSON_CreateObject(), *tokens;

	cJSON_AddBoolToObject(json, "ok", !doctor->failed && !(report && report->timed_out));
	if (!report)
		return json;
	cJSON_AddStringToObject(json, "server", report->server);
	cJSON_AddStringToObject(json, "model", report->model);
	cJSON_AddNumberToObject(json, "requests", (double)report->requests);
	tokens = cJSON_AddObjectToObject(json, "tokens");
	cJSON_AddNumberToObject(tokens, "input", (double)report->input_tokens);
	cJSON_AddNumberToObject(tokens, "output", (double)report->output_tokens);
	cJSON_AddNumberToObject(json, "uncounted", (double)report->uncounted);
	json_add_ms(json, "durationMs", report->duration_ms);
	cJSON_AddBoolToObject(json, "timedOut", report->timed_out);
	cJSON_AddItemToObject(json, "settings", json_copy(report->settings));
	return json;
}

static void print_summary(const struct probe_report *report)
{
	char *settings = json_print(report->settings);
	char uncounted[64] = "";

	if (report->uncounted)
		snprintf(uncounted, sizeof uncounted, ", not counting %zu answers", report->uncounted);
	output_line("%s", "");
	output_line("%s: %zu request%s, %lld + %lld tokens%s, %.1f s", report->model, report->requests,
		report->requests == 1 ? "" : "s", (long long)report->input_tokens,
		(long long)report->output_tokens, uncounted, report->duration_ms / 1000);
	if (report->settings->child)
		output_line("put into the workflow's testpanel.openai: %s", settings);
	else if (!report->cancelled && !report->timed_out && !report->blocking)
		output_line("the workflow's testpanel.openai needs no change");
	free(settings);
}

static void on_done(void *ctx, const struct probe_report *report)
{
	struct visit *visit = ctx;
	struct doctor *doctor = &visit->doctor;

	visit->probe = NULL;
	visit->done = true;
	output_progress(NULL);
	doctor_flush(doctor);
	if (report->timed_out && doctor->worst < STATUS_FAILED)
		doctor->worst = STATUS_FAILED;
	if (report->cancelled)
		complain("interrupted after %zu request%s", report->requests,
			report->requests == 1 ? "" : "s");
	if (doctor->program->json)
		output_json(summary_to_json(doctor, report));
	else
		print_summary(report);
}

static void on_interrupt(void *ctx)
{
	struct visit *visit = ctx;

	if (visit->probe)
		openai_probe_cancel(visit->probe);
}

static void probe_server(struct visit *visit, double timeout_s)
{
	struct program *program = visit->doctor.program;
	const struct probe_listener listener = {on_line, on_progress, on_done, visit};
	char *error = NULL;

	if (!program_use_model(program, &error)) {
		doctor_tell(&visit->doctor,
			&(struct doctor_line){"server", PROBE_CANNOT, error, NULL, STATUS_USAGE});
		free(error);
		return;
	}
	program->on_interrupt = on_interrupt;
	program->ctx = visit;
	program_catch_signals(program);
	visit->probe = openai_probe_start(program->engine, timeout_s * 1000, &listener);
	program_wait(program, &visit->done);
	program->on_interrupt = NULL;
}

/* What needs the program to be open, once nothing stands in its way. */
static void examine(struct visit *visit, double timeout_s)
{
	struct doctor *doctor = &visit->doctor;
	struct program *program = doctor->program;
	int status = program_open(program, doctor->workflow);

	if (status != STATUS_OK) {
		doctor->worst = status > doctor->worst ? status : doctor->worst;
		doctor->failed++;
		return;
	}
	if (program->engine->workflow)
		doctor_check_embedded(doctor);
	doctor_check_speech(doctor);
	if (program->settings.model == &model_openai)
		probe_server(visit, timeout_s);
}

int cmd_doctor(const struct options *options)
{
	struct program program;
	struct visit visit = {.doctor.program = &program};
	struct doctor *doctor = &visit.doctor;
	double timeout_s = TIMEOUT_S;
	char *error = NULL;

	if (!options_number(options, OPTION_TIMEOUT, 1, 3600, false, &timeout_s, &error))
		return complain_take(STATUS_USAGE, error);
	/* It is read more than once. */
	if (options->argument_count && !strcmp(options->arguments[0], "-")) {
		complain("doctor reads no standard input: name the workflow's file");
		return STATUS_USAGE;
	}
	program_init(&program, options);
	buffer_init(&doctor->skipped, BUFFER_MAX_TEXT);
	doctor_check_machine(doctor, options->argument_count ? options->arguments[0] : NULL);
	if (doctor->worst != STATUS_USAGE)
		examine(&visit, timeout_s);
	doctor_flush(doctor);
	if (program.json && !visit.done)
		output_json(summary_to_json(doctor, NULL));
	doctor_done(doctor);
	return program_close(&program, doctor->worst);
}
