/* What testpanel needs of this machine, looked at without changing any of it. See doctor.h. */
#include "orchestrator/workflow_lint.h"
#include "tui/demo.h"
#include "tui/doctor.h"
#include "tui/session_store.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NAMES_SHOWN 8

static void tell(struct doctor *doctor, const char *name, enum probe_verdict verdict, int status,
	const char *seen, const char *follows)
{
	doctor_tell(doctor, &(struct doctor_line){name, verdict, seen, follows, status});
}

/* The settings it holds count for the other checks. */
static void check_config(struct doctor *doctor, struct settings *settings)
{
	char *path = settings_config_path(), *error = NULL, *seen;

	if (!path) {
		tell(doctor, "configuration", PROBE_OK, STATUS_OK, "none: HOME is not set", NULL);
		return;
	}
	if (!settings_from_config(settings, path, &error))
		tell(doctor, "configuration", PROBE_CANNOT, STATUS_USAGE, error,
			"every command refuses to run until it is corrected");
	else {
		seen = xasprintf(access(path, F_OK) ? "no %s: defaults" : "%s", path);
		tell(doctor, "configuration", PROBE_OK, STATUS_OK, seen, NULL);
		free(seen);
	}
	free(error);
	free(path);
}

static void check_state(struct doctor *doctor)
{
	char *folder, *error;

	if (session_store_check(&folder, &error))
		tell(doctor, "sessions", PROBE_OK, STATUS_OK, folder, NULL);
	else
		tell(doctor, "sessions", PROBE_CANNOT, STATUS_SYSTEM, error,
			"--session NAME cannot be kept: set XDG_STATE_HOME to a folder of yours");
	free(error);
	free(folder);
}

static void check_environment(struct doctor *doctor, const struct settings *settings, struct env *env)
{
	const char *file = settings_get(settings, SETTING_ENV);
	char *error = NULL;

	if (!file)
		return;
	if (env_load(env, file, &error))
		tell(doctor, "--env file", PROBE_OK, STATUS_OK, file, NULL);
	else
		tell(doctor, "--env file", PROBE_CANNOT, STATUS_USAGE, error, NULL);
	free(error);
}

static void tell_faults(struct doctor *doctor, const struct faults *faults, const char *path, bool usable)
{
	char *seen, *first = NULL, *follows = xasprintf("testpanel validate %s shows all", path);

	for (size_t i = 0; i < faults->count && !first; i++)
		if (!faults->errors || faults->items[i].severity == FAULT_ERROR)
			first = fault_format(&faults->items[i], path);
	if (faults->errors)
		seen = xasprintf("%zu errors, %zu warnings: %s", faults->errors,
			faults->count - faults->errors, first);
	else
		seen = xasprintf("%s: valid, %zu warnings", path, faults->count);
	if (!faults->count)
		tell(doctor, "workflow", PROBE_OK, STATUS_OK, path, NULL);
	else
		tell(doctor, "workflow", usable ? PROBE_DEVIATES : PROBE_CANNOT,
			!faults->errors  ? STATUS_OK
				: usable ? STATUS_FAILED
					 : STATUS_USAGE,
			seen, follows);
	free(follows);
	free(first);
	free(seen);
}

static void check_variables(struct doctor *doctor, const struct settings *settings,
	const struct workflow *workflow, struct env *env)
{
	struct faults faults;
	struct buffer names;
	size_t shown = 0;

	faults_init(&faults);
	buffer_init(&names, BUFFER_MAX_TEXT);
	workflow_lint_variables(workflow, env, &faults);
	for (size_t i = 0; i < faults.count; i++) {
		char *name = xstrndup(faults.items[i].message, strcspn(faults.items[i].message, "}") + 1);

		if (!strstr(buffer_text(&names), name) && shown++ < NAMES_SHOWN)
			buffer_appendf(&names, "%s%s", names.len ? ", " : "", name);
		free(name);
	}
	if (shown > NAMES_SHOWN)
		buffer_appendf(&names, " and %zu more", shown - NAMES_SHOWN);
	if (shown)
		buffer_append_str(&names, shown > 1 ? " are set nowhere" : " is set nowhere");
	if (strstr(workflow->text, "${MOCK_URL}") && !env_get(env, "MOCK_URL") &&
		!settings_get(settings, SETTING_MOCK) && !settings_get(settings, SETTING_REPLAY))
		buffer_appendf(&names, "%s${MOCK_URL} waits for --mock FILE", names.len ? "; " : "");
	if (names.len)
		tell(doctor, "variables", PROBE_DEVIATES, STATUS_OK, buffer_text(&names),
			"calls that need them fail: set them in the environment or in the --env file");
	else
		tell(doctor, "variables", PROBE_OK, STATUS_OK, "all that the workflow names are set", NULL);
	buffer_done(&names);
	faults_done(&faults);
}

static void check_workflow(
	struct doctor *doctor, struct settings *settings, const char *path, struct env *env)
{
	struct workflow *workflow;
	struct faults faults;
	char *error = NULL;

	faults_init(&faults);
	workflow = workflow_load(path, &faults, &error);
	if (error)
		tell(doctor, "workflow", PROBE_CANNOT, STATUS_USAGE, error, NULL);
	else
		tell_faults(doctor, &faults, path, workflow && workflow->router);
	if (workflow) {
		settings_from_workflow(settings, workflow->settings, path);
		check_variables(doctor, settings, workflow, env);
	}
	if (workflow && workflow->router)
		doctor->workflow = xstrdup(path);
	workflow_free(workflow);
	faults_done(&faults);
	free(error);
}

/* Without a workflow of the user's: the demo is there, and with it its backend. */
static void check_demo(struct doctor *doctor, struct settings *settings, struct env *env)
{
	char *folder = demo_folder(), *path, *backend;

	if (!folder) {
		tell(doctor, "workflow", PROBE_CANNOT, STATUS_OK, "the bundled demo is not installed",
			"name a workflow, as in testpanel WORKFLOW");
		return;
	}
	path = xasprintf("%s/" DEMO_WORKFLOW, folder);
	backend = xasprintf("%s/" DEMO_BACKEND, folder);
	settings_set(settings, SETTING_MOCK, LAYER_DEFAULT, backend, "the demo");
	settings_set(&doctor->program->settings, SETTING_MOCK, LAYER_DEFAULT, backend, "the demo");
	check_workflow(doctor, settings, path, env);
	free(backend);
	free(path);
	free(folder);
}

static void check_terminal(struct doctor *doctor)
{
	const char *term = getenv("TERM"), *follows = NULL;
	struct winsize size = {0};
	struct buffer seen;

	if (!isatty(STDOUT_FILENO)) {
		tell(doctor, "terminal", PROBE_SKIPPED, STATUS_OK, "standard output is none", NULL);
		return;
	}
	buffer_init(&seen, 256);
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	buffer_appendf(&seen, "%.40s, %d x %d, %s", term ? term : "TERM is not set", size.ws_col, size.ws_row,
		nl_langinfo(CODESET));
	if (!term || !strcmp(term, "dumb"))
		follows = "the console needs a TERM that can place text; run, exec and compare do not";
	else if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		follows = "lines and accents become ASCII: set LANG to a UTF-8 locale, such as C.UTF-8";
	else if (size.ws_col < 80 || size.ws_row < 24)
		follows = "panes fold under 80 x 24";
	tell(doctor, "terminal", follows ? PROBE_DEVIATES : PROBE_OK, STATUS_OK, buffer_text(&seen), follows);
	buffer_done(&seen);
}

void doctor_check_machine(struct doctor *doctor, const char *path)
{
	struct settings settings;
	struct env *env = env_new();

	settings_init(&settings);
	check_config(doctor, &settings);
	settings_from_environment(&settings);
	settings_from_options(&settings, doctor->program->options);
	check_state(doctor);
	check_environment(doctor, &settings, env);
	if (path)
		check_workflow(doctor, &settings, path, env);
	else
		check_demo(doctor, &settings, env);
	check_terminal(doctor);
	env_free(env);
	settings_done(&settings);
}

struct greeting {
	struct model_answer *answer;
	bool done;
};

static void on_answer(struct model_answer *answer, void *ctx)
{
	struct greeting *greeting = ctx;

	greeting->answer = answer;
	greeting->done = true;
}

void doctor_check_embedded(struct doctor *doctor)
{
	struct engine *engine = doctor->program->engine;
	cJSON *messages = cJSON_Parse("[{\"role\": \"user\", \"content\": \"hello\"}]");
	struct model_request request = {.agent = engine->workflow->router, .messages = messages};
	uint64_t start_ns = clock_monotonic_ns(engine->clock);
	struct greeting greeting = {0};
	struct tool_set tools;
	char *seen;

	/* Nothing is called: only what it would do is asked. */
	tool_set_init(&tools, request.agent, NULL);
	request.tools = &tools;
	engine->model->ask(engine, &request, on_answer, &greeting);
	program_wait(doctor->program, &greeting.done);
	seen = xasprintf("%zu tools planned for in %.2f ms", tools.count,
		clock_ms(start_ns, clock_monotonic_ns(engine->clock)));
	if (greeting.answer->outcome == MODEL_FAILED)
		tell(doctor, "embedded model", PROBE_CANNOT, STATUS_FAILED, greeting.answer->text, NULL);
	else if (!tools.count)
		tell(doctor, "embedded model", PROBE_DEVIATES, STATUS_OK, "the router has no tools",
			"connect it to departments or tools");
	else
		tell(doctor, "embedded model", PROBE_OK, STATUS_OK, seen, NULL);
	free(seen);
	model_answer_free(greeting.answer);
	tool_set_done(&tools);
	cJSON_Delete(messages);
}
