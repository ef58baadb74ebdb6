/* Words that mean the same: ours, and a workflow's own. */
#include "orchestrator/synonyms.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static bool is_phrase(const struct synonym *synonym, const char *phrase, const char *language)
{
	struct words wanted;
	bool same;

	words_init(&wanted, phrase, language);
	same = wanted.count == synonym->words.count;
	for (size_t i = 0; same && i < wanted.count; i++)
		same = !strcmp(wanted.items[i], synonym->words.items[i]);
	words_done(&wanted);
	return same;
}

/* Do both phrases stand in one group? */
static bool same_group(const struct synonyms *synonyms, const char *a, const char *b, const char *language)
{
	for (size_t i = 0; i < synonyms->count; i++)
		for (size_t j = 0; j < synonyms->count; j++)
			if (synonyms->items[i].group == synonyms->items[j].group &&
				is_phrase(&synonyms->items[i], a, language) &&
				is_phrase(&synonyms->items[j], b, language))
				return true;
	return false;
}

Test(synonyms, groups)
{
	static const struct {
		const char *own, *language, *a, *b;
		bool same;
		const char *comment;
	} rows[] = {
		{NULL, "en", "booking", "reservation", true, "ours"},
		{NULL, NULL, "bill", "invoice", true, "without a language it is English"},
		{NULL, "en-GB", "price", "fee", true, "of whatever country"},
		{NULL, "de", "booking", "reservation", false, "ours are English"},
		{NULL, "en", "booking", "invoice", false, "two groups"},
		{NULL, "en", "bookings", "reservations", true, "in the plural"},
		{"{\"room\": [\"chamber\", \"suite\"]}", "en", "room", "suite", true, "the workflow's"},
		{"{\"room\": [\"chamber\", \"suite\"]}", "en", "chamber", "suite", true, "among each other"},
		{"{\"room\": \"chamber\"}", "en", "room", "chamber", true, "one alone, without a list"},
		{"{\"cancel\": [\"call off\"]}", "en", "call off", "cancel", true, "a phrase"},
		{"{\"room\": [\"chamber\"]}", "en", "bill", "charge", true, "ours stay beside them"},
		{"{\"Zimmer\": [\"Kammer\"]}", "de", "Zimmer", "Kammer", true, "of another language"},
		{"{\"room\": [3, null, {}]}", "en", "room", "3", false, "what is no word is passed over"},
		{"{\"room\": [\"the\"]}", "en", "room", "the", false, "a stop word means nothing"},
		{"[\"room\", \"chamber\"]", "en", "room", "chamber", false, "a list names no groups"},
		{"3", "en", "booking", "reservation", true, "no object at all"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cJSON *settings = cJSON_CreateObject();
		struct workflow workflow = {.settings = settings};
		struct synonyms synonyms;

		if (rows[i].own)
			cJSON_AddItemToObject(settings, "synonyms", cJSON_Parse(rows[i].own));
		synonyms_init(&synonyms, &workflow, rows[i].language);
		cr_expect_eq(same_group(&synonyms, rows[i].a, rows[i].b, rows[i].language), rows[i].same,
			"%s: %s, %s", rows[i].comment, rows[i].a, rows[i].b);
		synonyms_done(&synonyms);
		cr_expect_eq(synonyms.count, 0);
		cJSON_Delete(settings);
	}
}

Test(synonyms, without_a_workflow)
{
	struct synonyms synonyms;

	synonyms_init(&synonyms, NULL, "en");
	cr_expect(same_group(&synonyms, "search", "find", "en"));
	synonyms_done(&synonyms);
	synonyms_init(&synonyms, NULL, "fr");
	cr_expect_eq(synonyms.count, 0);
	synonyms_done(&synonyms);
}
