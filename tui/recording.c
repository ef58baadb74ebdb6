/* The cassette of a run. See recording.h. */
#include "tui/recording.h"

#include <stdlib.h>

#define MAX_SHOWN 20

static const struct {
	enum setting setting;
	enum cassette_mode mode;
} modes[] = {
	{SETTING_RECORD, CASSETTE_RECORD},
	{SETTING_REPLAY, CASSETTE_REPLAY},
	{SETTING_CASSETTE, CASSETTE_AUTO},
};

/* The strongest of the three settings; -1 for none, -2 where two are as strong. */
static int choose(const struct settings *settings)
{
	int chosen = -1;

	for (int i = 0; i < 3; i++) {
		const struct setting_value *value = &settings->values[modes[i].setting], *other;

		other = chosen < 0 ? NULL : &settings->values[modes[chosen].setting];
		if (!value->text || (other && other->layer > value->layer))
			continue;
		if (other && other->layer == value->layer) {
			complain("%s and %s do not go together: choose one", other->origin, value->origin);
			return -2;
		}
		chosen = i;
	}
	return chosen;
}

static void complain_faults(const struct faults *faults, const char *path)
{
	for (size_t i = 0; i < faults->count && i < MAX_SHOWN; i++) {
		char *line = fault_format(&faults->items[i], path);

		complain("%s", line);
		free(line);
	}
	if (faults->count > MAX_SHOWN)
		complain("%s: %zu more faults", path, faults->count - MAX_SHOWN);
}

int recording_open(struct program *program)
{
	struct engine *engine = program->engine;
	int chosen = choose(&program->settings);
	struct faults faults;
	char *error = NULL;
	const char *path;
	bool unwritable;

	if (chosen < 0)
		return chosen == -1 ? STATUS_OK : STATUS_USAGE;
	path = settings_get(&program->settings, modes[chosen].setting);
	faults_init(&faults);
	program->cassette =
		cassette_open(path, modes[chosen].mode, options_given(program->options, OPTION_FAST),
			engine->env, engine->redactor, &faults, &error, &unwritable);
	complain_faults(&faults, path);
	faults_done(&faults);
	if (!program->cassette)
		return error ? complain_take(unwritable ? STATUS_SYSTEM : STATUS_USAGE, error) : STATUS_USAGE;
	engine_use_cassette(engine, program->cassette);
	return STATUS_OK;
}

static void complain_unused(const struct cassette *cassette)
{
	size_t unused = cassette_unused(cassette);

	for (size_t i = 0; i < unused && i < MAX_SHOWN; i++) {
		char *title = cassette_unused_title(cassette, i);

		complain("%s: recorded and not asked for", title);
		free(title);
	}
	if (unused > MAX_SHOWN)
		complain("%zu more recordings were not asked for", unused - MAX_SHOWN);
}

int recording_close(struct program *program, int status)
{
	struct cassette *cassette = program->cassette;
	size_t lost;

	if (!cassette)
		return status;
	complain_unused(cassette);
	lost = cassette_write_errors(cassette);
	if (lost) {
		complain("%s: %zu lines could not be written: is the disk full?", cassette_path(cassette),
			lost);
		status = STATUS_SYSTEM;
	}
	cassette_close(cassette);
	program->cassette = NULL;
	return status;
}
