/* Searching a knowledge base: BM25 over its articles, where a word in the title or the tags counts for more
 * than one in the text. */
#include "orchestrator/text.h"
#include "orchestrator/tool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TITLE_WEIGHT 3.0
#define TAG_WEIGHT 2.0
#define TEXT_WEIGHT 1.0

struct hit {
	const cJSON *article;
	size_t place;
	double score;
};

static void extend(struct bm25 *index, size_t document, const char *text, const char *language, double weight)
{
	struct words words;

	words_init(&words, text, language);
	bm25_extend(index, document, &words, weight);
	words_done(&words);
}

static void add_article(struct bm25 *index, const cJSON *article, const char *language)
{
	struct words title;
	const cJSON *tags = json_get(article, "tags"), *tag;
	size_t document;

	words_init(&title, json_string(article, "title", ""), language);
	document = bm25_add(index, &title, TITLE_WEIGHT);
	words_done(&title);
	if (cJSON_IsString(tags))
		extend(index, document, tags->valuestring, language, TAG_WEIGHT);
	cJSON_ArrayForEach(tag, tags) if (cJSON_IsString(tag))
		extend(index, document, tag->valuestring, language, TAG_WEIGHT);
	extend(index, document, json_string(article, "category", ""), language, TEXT_WEIGHT);
	extend(index, document, json_string(article, "content", ""), language, TEXT_WEIGHT);
}

static int compare_hits(const void *a, const void *b)
{
	const struct hit *p = a, *q = b;

	if (p->score != q->score)
		return p->score > q->score ? -1 : 1;
	return (p->place > q->place) - (p->place < q->place);
}

static cJSON *hit_to_json(const struct hit *hit)
{
	static const char *const members[] = {"id", "title", "content", "category"};
	cJSON *json = cJSON_CreateObject();

	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		const cJSON *value = json_get(hit->article, members[i]);

		if (value)
			cJSON_AddItemToObject(json, members[i], json_copy(value));
	}
	cJSON_AddNumberToObject(json, "score", round(hit->score * 1000) / 1000);
	return json;
}

/* Scores every article; hits has room for all of them. Returns how many have a word of the query. */
static size_t score_articles(const cJSON *articles, const char *query, const char *language, struct hit *hits)
{
	struct bm25 *index = bm25_new();
	size_t count = 0, place = 0;
	const cJSON *article;
	struct words words;

	cJSON_ArrayForEach(article, articles) add_article(index, article, language);
	words_init(&words, query, language);
	cJSON_ArrayForEach(article, articles)
	{
		double score = bm25_score(index, place, &words);

		if (score > 0)
			hits[count++] = (struct hit){article, place, score};
		place++;
	}
	words_done(&words);
	bm25_free(index);
	return count;
}

cJSON *knowledge_search(const struct node *knowledge_base, const char *query, size_t limit)
{
	const cJSON *articles = json_get(knowledge_base->data, "articles");
	const char *language = json_string(knowledge_base->workflow->settings, "language", NULL);
	struct hit *hits = xcalloc((size_t)cJSON_GetArraySize(articles), sizeof *hits);
	cJSON *found = cJSON_CreateObject(), *results;
	size_t count = score_articles(articles, query, language, hits);

	qsort(hits, count, sizeof *hits, compare_hits);
	cJSON_AddStringToObject(found, "query", query);
	results = cJSON_AddArrayToObject(found, "results");
	for (size_t i = 0; i < count && i < limit; i++)
		cJSON_AddItemToArray(results, hit_to_json(&hits[i]));
	free(hits);
	return found;
}
