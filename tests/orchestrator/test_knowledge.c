#include "orchestrator/tool.h"
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct {
	const char *comment, *query, *id; /* of the best article, NULL when there is none */
} searches[] = {
	{"a word of the title", "when is breakfast served", "breakfast"},
	{"another form of the word", "can I park my car", "parking"},
	{"a tag", "is there internet", "wifi"},
	{"two words tell articles apart", "what time is check-out", "check-out"},
	{"a pet by name", "may I bring my dog", "pets"},
	{"nothing fits", "quantum chromodynamics", NULL},
	{"no words at all", "?!", NULL},
};

Test(knowledge, finds_the_article)
{
	struct workflow *w = stage_load("assets/hotel.json");

	for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
		cJSON *found = knowledge_search(workflow_find(w, "house-guide"), searches[i].query, 3);
		const cJSON *results = json_get(found, "results"), *result, *last = NULL;

		cr_expect(!strcmp(json_string(found, "query", ""), searches[i].query));
		cr_expect(cJSON_IsArray(results) && cJSON_GetArraySize(results) <= 3);
		cr_expect(!results->child == !searches[i].id, "%s", searches[i].comment);
		if (results->child && searches[i].id)
			cr_expect(!strcmp(json_string(results->child, "id", ""), searches[i].id), "%s: %s",
				searches[i].comment, json_string(results->child, "id", ""));
		cJSON_ArrayForEach(result, results)
		{
			cr_expect(*json_string(result, "title", "") && *json_string(result, "content", "") &&
				*json_string(result, "category", ""));
			cr_expect(!last || json_number(last, "score", 0) >= json_number(result, "score", 0));
			last = result;
		}
		cJSON_Delete(found);
	}
	workflow_free(w);
}

Test(knowledge, a_base_without_articles_finds_nothing)
{
	const char *text = "{\"nodes\":[{\"id\":\"r\",\"type\":\"routerNode\"},{\"id\":\"k\",\"type\":"
			   "\"knowledgeBaseNode\"}],"
			   "\"edges\":[{\"source\":\"r\",\"target\":\"k\"}]}";
	struct faults faults;
	struct workflow *w;
	cJSON *found;

	faults_init(&faults);
	w = workflow_parse(text, strlen(text), "test", &faults);
	cr_assert(w);
	found = knowledge_search(workflow_find(w, "k"), "pool", 3);
	cr_expect(cJSON_GetArraySize(json_get(found, "results")) == 0);
	cJSON_Delete(found);
	workflow_free(w);
	faults_done(&faults);
}
