/* The general groups are few and of no trade on purpose: what is special to a hotel or a bank stands in its
 * workflow. */
#include "orchestrator/synonyms.h"

#include <stdlib.h>
#include <string.h>

static const char *const general[] = {
	"booking reservation",
	"bill invoice charge",
	"price cost rate fee",
	"cancel annul revoke",
	"delete remove erase",
	"change modify update amend edit",
	"search find lookup",
	"buy purchase",
	"phone telephone",
};

static void add(struct synonyms *synonyms, const char *text, const char *language)
{
	if (synonyms->count == synonyms->capacity) {
		synonyms->capacity = synonyms->capacity ? synonyms->capacity * 2 : 32;
		synonyms->items =
			xreallocarray(synonyms->items, synonyms->capacity, sizeof(*synonyms->items));
	}
	synonyms->items[synonyms->count].group = synonyms->groups;
	words_init(&synonyms->items[synonyms->count].words, text, language);
	if (synonyms->items[synonyms->count].words.count)
		synonyms->count++;
	else
		words_done(&synonyms->items[synonyms->count].words);
}

static void add_general(struct synonyms *synonyms, const char *list)
{
	char word[32];

	for (size_t n; *list; list += n + (list[n] == ' ')) {
		n = strcspn(list, " ");
		memcpy(word, list, n);
		word[n] = '\0';
		add(synonyms, word, "en");
	}
	synonyms->groups++;
}

void synonyms_init(struct synonyms *synonyms, const struct workflow *workflow, const char *language)
{
	const cJSON *own = workflow ? json_get(workflow->settings, "synonyms") : NULL, *row, *word;

	*synonyms = (struct synonyms){0};
	if (!language || !strncmp(language, "en", 2))
		for (size_t i = 0; i < sizeof(general) / sizeof(general[0]); i++)
			add_general(synonyms, general[i]);
	cJSON_ArrayForEach(row, own)
	{
		if (!row->string)
			continue;
		add(synonyms, row->string, language);
		if (cJSON_IsString(row))
			add(synonyms, row->valuestring, language);
		cJSON_ArrayForEach(word, row) if (cJSON_IsString(word))
			add(synonyms, word->valuestring, language);
		synonyms->groups++;
	}
}

void synonyms_done(struct synonyms *synonyms)
{
	for (size_t i = 0; i < synonyms->count; i++)
		words_done(&synonyms->items[i].words);
	free(synonyms->items);
	*synonyms = (struct synonyms){0};
}
