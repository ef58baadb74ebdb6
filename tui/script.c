/* In a script blank lines and lines that begin with # say nothing. */
#include "tui/script.h"
#include "tui/program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void script_add(struct script *script, const char *text, size_t len)
{
	if (script->count == script->capacity) {
		script->capacity = script->capacity > 0 ? 2 * script->capacity : 8;
		script->items = xreallocarray(script->items, script->capacity, sizeof *script->items);
	}
	script->items[script->count++] = (struct script_line){.text = xstrndup(text, len)};
}

void script_done(struct script *script)
{
	for (size_t i = 0; i < script->count; i++)
		free(script->items[i].text);
	free(script->items);
	memset(script, 0, sizeof *script);
}

static void add_lines(struct script *script, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n"), blank = strspn(text, " \t\r");

		if (blank < n && text[blank] != '#') {
			size_t end = n;

			while (end > 0 && strchr(" \t\r", text[end - 1]) != NULL)
				end--;
			script_add(script, text + blank, end - blank);
		}
		text += n + (text[n] == '\n');
	}
}

static bool add_script(struct script *script, const char *path, char **error)
{
	size_t before = script->count, len;
	char *text = file_read(path, PROGRAM_FILE_MAX, &len, error);

	if (!text)
		return false;
	add_lines(script, text);
	free(text);
	if (script->count == before)
		*error = xasprintf("%s: says nothing: write one utterance a line", path);
	return !*error;
}

/* Whether it is there is better known before the turns than after some of them. */
static bool add_sound(struct script *script, const char *path, char **error)
{
	if (access(path, R_OK) != 0) {
		*error = xasprintf("%s: %s", path, strerror(errno));
		return false;
	}
	script_add(script, path, strlen(path));
	script->items[script->count - 1].is_sound = true;
	return true;
}

bool script_has_sound(const struct script *script)
{
	for (size_t i = 0; i < script->count; i++)
		if (script->items[i].is_sound)
			return true;
	return false;
}

bool script_init(struct script *script, const struct options *options, char **error)
{
	memset(script, 0, sizeof *script);
	for (size_t i = 0; i < options->given_count; i++) {
		const struct given_option *given = &options->given[i];

		if (given->option == OPTION_SCRIPT && !add_script(script, given->value, error))
			return false;
		if (given->option == OPTION_WAV && !add_sound(script, given->value, error))
			return false;
		if (given->option != OPTION_SAY)
			continue;
		if (given->value[strspn(given->value, " \t\r\n")] == '\0') {
			*error = xstrdup("--say: nothing to say: give it some words");
			return false;
		}
		script_add(script, given->value, strlen(given->value));
	}
	if (script->count == 0)
		*error = xasprintf("nothing to say: testpanel %s %s --say TEXT",
			command_name(options->command),
			options->argument_count > 0 ? options->arguments[0] : "WORKFLOW");
	return !*error;
}
