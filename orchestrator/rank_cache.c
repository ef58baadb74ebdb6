/* A workflow's indexes: one for each agent and, where logic nodes open and close ways, for each set of tools
 * it has had. They hang off the workflow, whose document they point into; an edit makes a new workflow and so
 * a new cache. */
#include "orchestrator/extract.h"
#include "orchestrator/profile.h"
#include "orchestrator/rank.h"

#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 64
#define SHAPES_MAX 512
#define PROFILES_MAX 512 /* of a big knowledge base not every article has its own */
#define BEHIND_MAX 3     /* departments behind departments, which may consult each other in circles */

struct rank_cache {
	struct rank_index *entries[ENTRIES_MAX]; /* the oldest is replaced first */
	size_t count, next;
	struct parameter_shape *shapes[SHAPES_MAX]; /* by their parameters' declarations */
	size_t shape_count;
};

static void add_profile(
	struct rank_index *index, const struct node *node, const struct edge *edge, size_t owner)
{
	index->profiles = xreallocarray(index->profiles, index->total + 1, sizeof(*index->profiles));
	profile_init(&index->profiles[index->total++], index, node, edge, owner);
}

static bool same_patterns(const struct profile *a, const struct profile *b)
{
	if (a->pattern_count != b->pattern_count)
		return false;
	for (size_t i = 0; i < a->pattern_count; i++)
		if (strcmp(a->patterns[i].text, b->patterns[i].text))
			return false;
	return true;
}

/* Many tools take the same codes: those need not be tried on each of them. */
static void find_likes(struct rank_index *index)
{
	for (size_t i = 0; i < index->total; i++) {
		struct profile *profile = &index->profiles[i];

		while (profile->like < i && !same_patterns(profile, &index->profiles[profile->like]))
			profile->like++;
	}
}

static void add_articles(struct rank_index *index, const struct node *node, size_t owner)
{
	const cJSON *article;

	if (node->type != NODE_KNOWLEDGE_BASE)
		return;
	cJSON_ArrayForEach(article, json_get(node->data, "articles"))
	{
		if (index->total >= PROFILES_MAX)
			return;
		index->profiles = xreallocarray(index->profiles, index->total + 1, sizeof(*index->profiles));
		profile_init_article(&index->profiles[index->total++], index, node, article, owner);
	}
}

static bool has_behind(const struct rank_index *index, const struct node *node, size_t owner)
{
	for (size_t i = index->count; i < index->total; i++)
		if (index->profiles[i].node == node && index->profiles[i].owner == owner)
			return true;
	return false;
}

/* The tools that a department can come to, so that it is found by what each of them is known by. */
static void add_behind(struct rank_index *index, const struct node *department, size_t owner, int depth)
{
	for (size_t i = 0; i < department->out_count; i++) {
		const struct edge *edge = department->out[i];
		const struct node *node = edge->target;
		bool agent = node->type == NODE_DEPARTMENT || node->type == NODE_LOGIC;

		if (agent && depth < BEHIND_MAX)
			add_behind(index, node, owner, depth + 1);
		else if ((node->type == NODE_SUB_AGENT || node->type == NODE_KNOWLEDGE_BASE) &&
			!has_behind(index, node, owner)) {
			add_profile(index, node, edge, owner);
			add_articles(index, node, owner);
		}
	}
}

static struct rank_index *index_new(const struct tool_set *set, const char *language)
{
	struct rank_index *index = xcalloc(1, sizeof(*index));

	*index = (struct rank_index){.bm25 = bm25_new(), .language = xstrdup(language)};
	for (size_t i = 0; i < set->count; i++)
		add_profile(index, set->items[i].node, set->items[i].edge, i);
	index->count = index->total;
	for (size_t i = 0; i < set->count; i++)
		if (set->items[i].kind == TOOL_DEPARTMENT)
			add_behind(index, set->items[i].node, i, 0);
		else
			add_articles(index, set->items[i].node, i);
	find_likes(index);
	vocabulary_sort(&index->vocabulary);
	synonyms_init(&index->synonyms, set->count ? set->items[0].node->workflow : NULL, language);
	return index;
}

static void index_free(struct rank_index *index)
{
	for (size_t i = 0; i < index->total; i++)
		profile_done(&index->profiles[i]);
	free(index->profiles);
	vocabulary_done(&index->vocabulary);
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
	for (size_t i = 0; i < SHAPES_MAX; i++)
		if (cache->shapes[i]) {
			parameter_shape_done(cache->shapes[i]);
			free(cache->shapes[i]);
		}
	free(cache);
}

const struct parameter_shape *rank_cache_shape(struct rank_cache *cache, const struct parameter *parameter)
{
	size_t place = ((uintptr_t)parameter->spec >> 5) * 0x9e3779b1u % SHAPES_MAX;

	if (!parameter->spec)
		return NULL;
	for (; cache->shapes[place]; place = (place + 1) % SHAPES_MAX)
		if (cache->shapes[place]->spec == parameter->spec)
			return cache->shapes[place];
	if (cache->shape_count >= SHAPES_MAX / 2)
		return NULL;
	cache->shape_count++;
	cache->shapes[place] = xcalloc(1, sizeof(*cache->shapes[place]));
	parameter_shape_init(cache->shapes[place], parameter);
	return cache->shapes[place];
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
