/* A workflow's indexes: one for each agent and, where logic nodes open and close ways, for each set of tools
 * it has had. They hang off the workflow, whose document they point into; an edit makes a new workflow and so
 * a new cache. */
#include "orchestrator/profile.h"
#include "orchestrator/rank.h"

#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 64

struct rank_cache {
	struct rank_index *entries[ENTRIES_MAX]; /* the oldest is replaced first */
	size_t count, next;
};

static struct rank_index *index_new(const struct tool_set *set, const char *language)
{
	struct rank_index *index = xcalloc(1, sizeof(*index));

	*index = (struct rank_index){.bm25 = bm25_new(), .count = set->count, .language = xstrdup(language)};
	index->profiles = xcalloc(set->count + 1, sizeof(*index->profiles));
	for (size_t i = 0; i < set->count; i++)
		profile_init(&index->profiles[i], index, &set->items[i]);
	synonyms_init(&index->synonyms, set->count ? set->items[0].node->workflow : NULL, language);
	return index;
}

static void index_free(struct rank_index *index)
{
	for (size_t i = 0; i < index->count; i++)
		profile_done(&index->profiles[i]);
	free(index->profiles);
	synonyms_done(&index->synonyms);
	bm25_free(index->bm25);
	free(index->language);
	free(index);
}

static bool index_fits(const struct rank_index *index, const struct tool_set *set, const char *language)
{
	if (index->count != set->count || strcmp(index->language, language))
		return false;
	for (size_t i = 0; i < set->count; i++)
		if (index->profiles[i].node != set->items[i].node ||
			index->profiles[i].edge != set->items[i].edge)
			return false;
	return true;
}

struct rank_cache *rank_cache_new(void)
{
	return xcalloc(1, sizeof(struct rank_cache));
}

void rank_cache_free(struct rank_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->count; i++)
		index_free(cache->entries[i]);
	free(cache);
}

const struct rank_index *rank_cache_get(
	struct rank_cache *cache, const struct tool_set *set, const char *language)
{
	size_t place = cache->next;

	if (!language)
		language = "en";
	for (size_t i = 0; i < cache->count; i++)
		if (index_fits(cache->entries[i], set, language))
			return cache->entries[i];
	if (place < cache->count)
		index_free(cache->entries[place]);
	else
		cache->count++;
	cache->next = (place + 1) % ENTRIES_MAX;
	cache->entries[place] = index_new(set, language);
	return cache->entries[place];
}
