/* Opens and closes what the commands stand on. The order matters: settings need the workflow's own, the
 * mock's URL must stand in the environment before anything runs, and everything that owns a handle closes
 * before the loop does. */
#include "tui/program.h"
#include "tui/injecting.h"
#include "tui/recording.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MAX_FAULTS_SHOWN 20
#define AGAIN_MS 300

void program_init(struct program *program, const struct options *options)
{
	memset(program, 0, sizeof *program);
	program->options = options;
	program->json = options_given(options, OPTION_JSON);
	settings_init(&program->settings);
	uv_loop_init(&program->loop);
	uv_prepare_init(&program->loop, &program->waiting);
}

static void complain_faults(const struct faults *faults, const char *path)
{
	size_t shown = 0;

	for (size_t i = 0; i < faults->count; i++) {
		if (faults->items[i].severity != FAULT_ERROR || ++shown > MAX_FAULTS_SHOWN)
			continue;
		char *line = fault_format(&faults->items[i], path);

		complain("%s", line);
		free(line);
	}
	if (shown > MAX_FAULTS_SHOWN)
		complain("%s: %zu more errors: testpanel validate shows all", path, shown - MAX_FAULTS_SHOWN);
}

struct workflow *program_load_workflow(
	const char *path, const char *variant, bool for_turns, size_t *tolerated, int *status)
{
	struct faults faults, variant_faults;
	struct workflow *workflow;
	char *error = NULL;

	if (variant && !strcmp(path, "-") && !strcmp(variant, "-")) {
		complain("--variant -: the workflow is standard input already: name a file");
		*status = STATUS_USAGE;
		return NULL;
	}
	faults_init(&faults);
	faults_init(&variant_faults);
	workflow = workflow_load_variant(path, variant, &faults, &variant_faults, &error);
	if (workflow && for_turns && !workflow->router) {
		workflow_free(workflow);
		workflow = NULL;
	}
	if (!workflow) {
		*status = STATUS_USAGE;
		if (error)
			complain("%s", error);
		else if (variant_faults.errors)
			complain_faults(&variant_faults, variant);
		else
			complain_faults(&faults, path);
	}
	*tolerated = faults.count + variant_faults.count;
	free(error);
	faults_done(&variant_faults);
	faults_done(&faults);
	return workflow;
}

struct mock_definition *program_load_mock(const char *path, int *status)
{
	struct mock_definition *definition;
	struct faults faults;
	char *error = NULL, *text;
	size_t len;

	text = file_read(path, PROGRAM_FILE_MAX, &len, &error);
	if (!text) {
		*status = complain_take(STATUS_USAGE, error);
		return NULL;
	}
	faults_init(&faults);
	definition = mock_definition_parse(text, len, &faults);
	if (!definition) {
		*status = STATUS_USAGE;
		complain_faults(&faults, path);
	}
	faults_done(&faults);
	free(text);
	return definition;
}

struct node *program_find_node(const struct workflow *workflow, const char *id)
{
	struct node *node = workflow_find(workflow, id);
	const char **ids, *nearest;

	if (node)
		return node;
	ids = xcalloc(workflow->node_count + 1, sizeof *ids);
	for (size_t i = 0; i < workflow->node_count; i++)
		ids[i] = workflow->nodes[i].id;
	nearest = nearest_name(id, ids, workflow->node_count);
	if (nearest) {
		complain("no node '%s' in %s: did you mean %s?", id, workflow->path, nearest);
	} else {
		struct buffer b;

		buffer_init(&b, BUFFER_MAX_TEXT);
		for (size_t i = 0; i < workflow->node_count; i++)
			buffer_appendf(&b, "%s%s", i > 0 ? " " : "", ids[i]);
		complain("no node '%s' in %s: its nodes are %s", id, workflow->path, buffer_text(&b));
		buffer_done(&b);
	}
	free(ids);
	return NULL;
}

bool program_has_orchestrator(const struct program *program, const struct orchestrator_ops *orchestrator)
{
	const struct workflow *workflow = program->engine->workflow;
	const char *missing = orchestrator_missing(orchestrator, workflow);

	if (missing)
		complain("%s: %s: %s", workflow->path ? workflow->path : workflow->name, orchestrator->name,
			missing);
	return !missing;
}

static int read_config(struct settings *settings)
{
	char *path = settings_config_path(), *error = NULL;
	bool ok = !path || settings_from_config(settings, path, &error);

	free(path);
	return ok ? STATUS_OK : complain_take(STATUS_USAGE, error);
}

int program_read_environment(const struct options *options, struct settings *settings, struct env *env)
{
	int status = read_config(settings);
	char *error = NULL;
	const char *file;

	settings_from_environment(settings);
	settings_from_options(settings, options);
	file = settings_get(settings, SETTING_ENV);
	if (status == STATUS_OK && file && !env_load(env, file, &error))
		status = complain_take(STATUS_USAGE, error);
	return status;
}

static int read_settings(struct program *program, const struct workflow *workflow)
{
	struct settings *settings = &program->settings;
	int status = read_config(settings);
	char *error = NULL;

	if (status != STATUS_OK)
		return status;
	if (workflow)
		settings_from_workflow(settings, workflow->settings, workflow->path);
	settings_from_environment(settings);
	settings_from_options(settings, program->options);
	if (!settings_check(settings, &error))
		return complain_take(STATUS_USAGE, error);
	return STATUS_OK;
}

static int start_mock(struct program *program, const char *path)
{
	struct engine *engine = program->engine;
	int status = STATUS_OK;
	struct mock_definition *definition = program_load_mock(path, &status);
	char *error = NULL;

	if (!definition)
		return status;
	program->mock = mock_server_start(
		&program->loop, engine->clock, definition, 0, program->settings.seed, engine->logger, &error);
	if (!program->mock)
		return complain_take(STATUS_SYSTEM, error);
	env_set(engine->env, "MOCK_URL", mock_server_url(program->mock));
	return STATUS_OK;
}

bool program_use_model(struct program *program, char **error)
{
	struct engine *engine = program->engine;
	const struct model_ops *model = program->settings.model;
	const cJSON *settings = engine->workflow ? json_get(engine->workflow->settings, model->name) : NULL;

	return engine_use_model(engine, model, settings, error);
}

/* Nobody says anything that would have to be answered. */
static bool only_speech(const struct program *program)
{
	return program->options->command == COMMAND_TRANSCRIBE || program->options->command == COMMAND_SPEAK;
}

/* Behind the environment's file and the mock, whose variables it may name. The doctor tells of it itself. */
static int use_model(struct program *program)
{
	char *error = NULL;

	if (program->options->command != COMMAND_DOCTOR && !only_speech(program) &&
		!program_use_model(program, &error))
		return complain_take(STATUS_USAGE, error);
	return STATUS_OK;
}

/* The console shows records, and a mock backend tells of its requests; all others only write them. */
static void say_level_is_idle(const struct program *program)
{
	enum command command = program->options->command;

	if (options_given(program->options, OPTION_LOG_LEVEL) && command != COMMAND_CONSOLE &&
		command != COMMAND_MOCK)
		complain("--log-level has no effect without --log: name the log's file");
}

static int apply_settings(struct program *program)
{
	const struct settings *settings = &program->settings;
	struct engine *engine = program->engine;
	const char *env = settings_get(settings, SETTING_ENV);
	const char *log = settings_get(settings, SETTING_LOG);
	const char *mock = settings_get(settings, SETTING_MOCK);
	char *error = NULL;

	logger_set_level(engine->logger, settings->log_level);
	if (env && !env_load(engine->env, env, &error))
		return complain_take(STATUS_USAGE, error);
	engine_learn_secrets(engine);
	if (log && !strcmp(log, "-")) {
		complain("--log -: the log needs a file: --log /dev/stderr shows it here");
		return STATUS_USAGE;
	}
	if (log && !logger_open_file(engine->logger, log, &error))
		return complain_take(STATUS_SYSTEM, error);
	if (!log)
		say_level_is_idle(program);
	/* `testpanel mock` serves its own file and needs no second backend. */
	if (mock && program->options->command != COMMAND_MOCK)
		return start_mock(program, mock);
	return STATUS_OK;
}

/* To what the user may have: the usual 1,024 are there for select(), which nothing here calls. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int program_open(struct program *program, const char *path)
{
	bool for_turns = program->options->command != COMMAND_EXEC && !only_speech(program);
	const char *variant = options_value(program->options, OPTION_VARIANT);
	struct workflow *workflow = NULL;
	int status = STATUS_OK;

	raise_descriptor_limit();
	signal(SIGPIPE, SIG_IGN); /* a closed pipe is a write that failed */
	if (path &&
		!(workflow = program_load_workflow(path, variant, for_turns, &program->tolerated, &status)))
		return status;
	status = read_settings(program, workflow);
	if (status != STATUS_OK) {
		workflow_free(workflow);
		return status;
	}
	program->engine = engine_new(&program->loop, &clock_system, program->settings.seed, workflow);
	status = apply_settings(program);
	/* Behind the mock: a recording names servers by the variables that hold their URLs. */
	if (status == STATUS_OK)
		status = recording_open(program);
	/* Behind the recording: what is replayed needs no key. */
	if (status == STATUS_OK)
		status = use_model(program);
	return status == STATUS_OK ? injecting_open(program) : status;
}

/* Who is asked again ends at once. What comes together is asked once: timeout(1) signals its child and then
 * their group. */
static void on_signal(uv_signal_t *handle, int number)
{
	struct program *program = handle->data;

	if (program->interrupted != 0) {
		if (uv_now(&program->loop) - program->interrupted_ms >= AGAIN_MS)
			_exit(128 + number);
		return;
	}
	program->interrupted = number;
	program->interrupted_ms = uv_now(&program->loop);
	if (program->on_interrupt)
		program->on_interrupt(program->ctx);
}

void program_catch_signals(struct program *program)
{
	static const int numbers[] = {SIGINT, SIGTERM};

	for (size_t i = 0; i < 2; i++) {
		uv_signal_init(&program->loop, &program->signals[i]);
		program->signals[i].data = program;
		uv_signal_start(&program->signals[i], on_signal, numbers[i]);
	}
	program->catches_signals = true;
}

/* A timer that was due when a pass began has run before the loop goes to sleep in that pass: it must not
 * then.
 */
static void on_prepare(uv_prepare_t *prepare)
{
	if (*(const bool *)prepare->data)
		uv_stop(prepare->loop);
}

void program_wait(struct program *program, const bool *done)
{
	program->waiting.data = (void *)done;
	uv_prepare_start(&program->waiting, on_prepare);
	while (!*done)
		uv_run(&program->loop, UV_RUN_ONCE);
	uv_prepare_stop(&program->waiting);
}

int program_close(struct program *program, int status)
{
	size_t lost = 0;

	if (program->mock)
		mock_server_stop(program->mock);
	for (size_t i = 0; i < 2 && program->catches_signals; i++)
		uv_close((uv_handle_t *)&program->signals[i], NULL);
	if (program->engine) {
		lost = logger_write_errors(program->engine->logger);
		engine_free(program->engine);
	}
	uv_close((uv_handle_t *)&program->waiting, NULL);
	uv_run(&program->loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&program->loop) != 0)
		complain("a handle is still open: this is an error in testpanel");
	status = recording_close(program, status);
	if (lost > 0) {
		complain("%s: %zu records could not be written: is the disk full?",
			settings_get(&program->settings, SETTING_LOG), lost);
		status = STATUS_SYSTEM;
	}
	settings_done(&program->settings);
	if (program->interrupted != 0)
		return 128 + program->interrupted;
	if (!output_ok()) {
		complain("standard output cannot be written to");
		return STATUS_SYSTEM;
	}
	return status;
}
