/* Utterances from the command line. In a script blank lines and lines that begin with # say nothing. */
#include "tui/utterances.h"
#include "tui/program.h"

#include <stdlib.h>
#include <string.h>

void utterances_add(struct utterances *utterances, const char *text, size_t len)
{
	if (utterances->count == utterances->capacity) {
		utterances->capacity = utterances->capacity > 0 ? 2 * utterances->capacity : 8;
		utterances->items =
			xreallocarray(utterances->items, utterances->capacity, sizeof *utterances->items);
	}
	utterances->items[utterances->count++] = xstrndup(text, len);
}

void utterances_done(struct utterances *utterances)
{
	for (size_t i = 0; i < utterances->count; i++)
		free(utterances->items[i]);
	free(utterances->items);
	memset(utterances, 0, sizeof *utterances);
}

static void add_lines(struct utterances *utterances, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n"), blank = strspn(text, " \t\r");

		if (blank < n && text[blank] != '#') {
			size_t end = n;

			while (end > 0 && strchr(" \t\r", text[end - 1]) != NULL)
				end--;
			utterances_add(utterances, text + blank, end - blank);
		}
		text += n + (text[n] == '\n');
	}
}

static bool add_script(struct utterances *utterances, const char *path, char **error)
{
	size_t before = utterances->count, len;
	char *text = file_read(path, PROGRAM_FILE_MAX, &len, error);

	if (!text)
		return false;
	add_lines(utterances, text);
	free(text);
	if (utterances->count == before)
		*error = xasprintf("%s: says nothing: write one utterance a line", path);
	return !*error;
}

bool utterances_init(struct utterances *utterances, const struct options *options, char **error)
{
	memset(utterances, 0, sizeof *utterances);
	for (size_t i = 0; i < options->given_count; i++) {
		const struct given_option *given = &options->given[i];

		if (given->option == OPTION_SCRIPT && !add_script(utterances, given->value, error))
			return false;
		if (given->option != OPTION_SAY)
			continue;
		if (given->value[strspn(given->value, " \t\r\n")] == '\0') {
			*error = xstrdup("--say: nothing to say: give it some words");
			return false;
		}
		utterances_add(utterances, given->value, strlen(given->value));
	}
	if (utterances->count == 0)
		*error = xasprintf("nothing to say: testpanel %s %s --say TEXT",
			command_name(options->command),
			options->argument_count > 0 ? options->arguments[0] : "WORKFLOW");
	return !*error;
}
