/* A grid starts with the defaults alone; each --set multiplies it by its values. */
#include "tui/tune_grid.h"

#include <stdlib.h>
#include <string.h>

static const char *const setting_names[] = {
#define SETTING_NAME(name, json, value, least, most, meaning) json,
	ACTIVITY_SETTINGS(SETTING_NAME)
#undef SETTING_NAME
};
#define SETTING_COUNT (sizeof setting_names / sizeof *setting_names)

static void add_choice(struct tune_grid *grid, const struct activity_settings *settings, char *name)
{
	grid->choices = xreallocarray(grid->choices, grid->count + 1, sizeof *grid->choices);
	grid->choices[grid->count++] = (struct tune_choice){*settings, name, false};
}

/* The settings of a choice with one of them changed, into settings. */
static bool change(struct activity_settings *settings, const char *name, const char *value, char **error)
{
	cJSON *json = cJSON_CreateObject(), *number = cJSON_Parse(value);

	cJSON_AddItemToObject(json, name, number ? number : cJSON_CreateNull());
	*error = activity_settings_read(settings, json);
	cJSON_Delete(json);
	return !*error;
}

static bool is_defaults(const struct activity_settings *settings)
{
	struct activity_settings defaults = activity_defaults();
	bool same = true;

#define SAME(name, json, value, least, most, meaning) same = same && settings->name == defaults.name;
	ACTIVITY_SETTINGS(SAME)
#undef SAME
	return same;
}

/* from's choice with each of the values; text is "VALUE[,VALUE...]". */
static bool multiply(struct tune_grid *grid, const struct tune_choice *from, const char *name,
	const char *text, char **error)
{
	while (*text) {
		size_t len = strcspn(text, ",");
		struct activity_settings settings = from->settings;
		char *value = xstrndup(text, len);
		bool changed = change(&settings, name, value, error);

		if (changed)
			add_choice(grid, &settings,
				xasprintf("%s%s%s %s", from->name, *from->name ? ", " : "", name, value));
		free(value);
		if (!changed)
			return false;
		text += len + (text[len] == ',');
	}
	return true;
}

static char *unknown(const char *name)
{
	const char *near = nearest_name(name, setting_names, SETTING_COUNT);
	struct buffer all;
	char *message;

	buffer_init(&all, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		buffer_appendf(&all, "%s%s", i ? ", " : "", setting_names[i]);
	message = near
		? xasprintf("--set: voice activity has no '%s': did you mean %s?", name, near)
		: xasprintf("--set: voice activity has no '%s'; there are %s", name, buffer_text(&all));
	buffer_done(&all);
	return message;
}

static bool apply_set(struct tune_grid *grid, const char *set, char **error)
{
	size_t len = strcspn(set, "="), known = 0;
	char *name = xstrndup(set, len);
	struct tune_grid before = *grid;
	bool applied = true;

	while (known < SETTING_COUNT && strcmp(setting_names[known], name) != 0)
		known++;
	if (known == SETTING_COUNT)
		*error = unknown(name);
	else if (!set[len] || !set[len + 1])
		*error = xasprintf("--set %s: values are missing: --set %s=VALUE[,VALUE...]", set, name);
	grid->choices = NULL;
	grid->count = 0;
	for (size_t i = 0; applied && !*error && i < before.count; i++)
		applied = multiply(grid, &before.choices[i], name, set + len + 1, error) &&
			grid->count <= TUNE_CHOICES;
	if (!*error && grid->count > TUNE_CHOICES)
		*error = xasprintf("--set: more than %d choices: name fewer values", TUNE_CHOICES);
	tune_grid_done(&before);
	free(name);
	return !*error;
}

/* What there is to see first: one of them changed at a time. */
static bool usual(struct tune_grid *grid, char **error)
{
	static const struct {
		const char *name, *values;
	} rows[] = {{"hangoverMs", "200,300,400,500,800,1000"}, {"enterDb", "6,12,15"}, {"exitDb", "3,9"},
		{"leastDbfs", "-60,-40"}, {"preRollMs", "100,500"}, {"leastMs", "100,400"}};
	struct tune_choice defaults = grid->choices[0];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!multiply(grid, &defaults, rows[i].name, rows[i].values, error))
			return false;
	return true;
}

/* Those first that are the defaults, added where none is. */
static void finish(struct tune_grid *grid)
{
	struct activity_settings defaults = activity_defaults();
	struct tune_choice first;
	size_t at = 0;

	while (at < grid->count && !is_defaults(&grid->choices[at].settings))
		at++;
	if (at == grid->count)
		add_choice(grid, &defaults, xstrdup(""));
	first = grid->choices[at];
	memmove(grid->choices + 1, grid->choices, at * sizeof first);
	free(first.name);
	first.name = xstrdup("defaults");
	first.defaults = true;
	grid->choices[0] = first;
	grid->reference = defaults;
	for (size_t i = 0; i < grid->count; i++)
		if (grid->choices[i].settings.hangover_ms > grid->reference.hangover_ms)
			grid->reference.hangover_ms = grid->choices[i].settings.hangover_ms;
}

bool tune_grid_init(struct tune_grid *grid, const char *const *sets, size_t count, char **error)
{
	struct activity_settings defaults = activity_defaults();
	bool made = true;

	*grid = (struct tune_grid){0};
	*error = NULL;
	add_choice(grid, &defaults, xstrdup(""));
	if (!count)
		made = usual(grid, error);
	for (size_t i = 0; made && i < count; i++)
		made = apply_set(grid, sets[i], error);
	if (made)
		finish(grid);
	return made;
}

void tune_grid_done(struct tune_grid *grid)
{
	for (size_t i = 0; i < grid->count; i++)
		free(grid->choices[i].name);
	free(grid->choices);
	grid->choices = NULL;
	grid->count = 0;
}
