/* Growing lists of copied texts. */
#include "audio/vocabulary.h"

#include "executor/executor.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct vocabulary *vocabulary_new(const char *language)
{
	struct vocabulary *vocabulary = xcalloc(1, sizeof *vocabulary);

	vocabulary->language = xstrdup(language ? language : "en");
	return vocabulary;
}

static void texts_free(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
	free(texts);
}

void vocabulary_free(struct vocabulary *vocabulary)
{
	if (!vocabulary)
		return;
	texts_free(vocabulary->phrases, vocabulary->phrase_count);
	for (size_t i = 0; i < vocabulary->list_count; i++) {
		free(vocabulary->lists[i].name);
		texts_free(vocabulary->lists[i].values, vocabulary->lists[i].count);
	}
	free(vocabulary->lists);
	free(vocabulary->language);
	free(vocabulary);
}

static void texts_add(char ***texts, size_t *count, const char *text)
{
	if (!text[strspn(text, " \t\r\n")])
		return;
	for (size_t i = 0; i < *count; i++)
		if (strcasecmp((*texts)[i], text) == 0)
			return;
	*texts = xreallocarray(*texts, *count + 1, sizeof **texts);
	(*texts)[(*count)++] = xstrdup(text);
}

void vocabulary_add_phrase(struct vocabulary *vocabulary, const char *phrase)
{
	texts_add(&vocabulary->phrases, &vocabulary->phrase_count, phrase);
}

const struct vocabulary_list *vocabulary_list(const struct vocabulary *vocabulary, const char *name)
{
	for (size_t i = 0; i < vocabulary->list_count; i++)
		if (strcmp(vocabulary->lists[i].name, name) == 0)
			return &vocabulary->lists[i];
	return NULL;
}

void vocabulary_add_value(struct vocabulary *vocabulary, const char *list, const char *value)
{
	struct vocabulary_list *found = (struct vocabulary_list *)vocabulary_list(vocabulary, list);

	if (!found) {
		size_t n = vocabulary->list_count++;

		vocabulary->lists = xreallocarray(vocabulary->lists, n + 1, sizeof *vocabulary->lists);
		found = &vocabulary->lists[n];
		*found = (struct vocabulary_list){.name = xstrdup(list)};
	}
	texts_add(&found->values, &found->count, value);
}

struct vocabulary *vocabulary_copy(const struct vocabulary *vocabulary)
{
	struct vocabulary *copy;

	if (!vocabulary)
		return NULL;
	copy = vocabulary_new(vocabulary->language);
	for (size_t i = 0; i < vocabulary->phrase_count; i++)
		vocabulary_add_phrase(copy, vocabulary->phrases[i]);
	for (size_t i = 0; i < vocabulary->list_count; i++)
		for (size_t v = 0; v < vocabulary->lists[i].count; v++)
			vocabulary_add_value(copy, vocabulary->lists[i].name, vocabulary->lists[i].values[v]);
	return copy;
}

/* With a comma before it; false when it does not fit. */
static bool prompt_add(struct buffer *prompt, size_t max, const char *text)
{
	if (prompt->len + (prompt->len ? 2 : 0) + strlen(text) > max)
		return false;
	if (prompt->len)
		buffer_append_str(prompt, ", ");
	buffer_append_str(prompt, text);
	return true;
}

/* A hint counts most at its end (Whisper reads the last 224 tokens): names come after whole sentences. */
char *vocabulary_prompt(const struct vocabulary *vocabulary, size_t max)
{
	struct buffer names, prompt;

	buffer_init(&names, max + 1);
	buffer_init(&prompt, max + 1);
	for (size_t i = 0; i < vocabulary->list_count; i++)
		for (size_t v = 0; v < vocabulary->lists[i].count; v++)
			prompt_add(&names, max, vocabulary->lists[i].values[v]);
	for (size_t i = 0; i < vocabulary->phrase_count; i++)
		if (!strchr(vocabulary->phrases[i], '{'))
			prompt_add(&prompt, names.len + 2 < max ? max - names.len - 2 : 0,
				vocabulary->phrases[i]);
	if (names.len)
		prompt_add(&prompt, max, buffer_text(&names));
	buffer_done(&names);
	return buffer_take(&prompt);
}
