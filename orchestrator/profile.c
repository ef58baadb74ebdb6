/* What a tool is known by: the words of its name, description, examples and intent, each with its weight, and
 * for a department those of the tools behind it. */
#include "orchestrator/profile.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 4 /* departments may consult each other in circles */

struct writer {
	struct rank_index *index;
	struct profile *profile;
	size_t document;
};

/* "check-in" is known as "checkin" too. */
static void add_joined(struct words *words, const char *text, const char *language)
{
	const char *hyphen = strchr(text, '-');
	struct tokens tokens;

	if (!hyphen)
		return;
	tokens_init(&tokens, text);
	for (size_t i = 0; i < tokens.count; i++) {
		char *from = tokens.items[i].lower, *to = from;

		if (!strchr(from, '-') || token_has_digit(&tokens.items[i]))
			continue;
		for (; *from; from++)
			if (*from != '-')
				*to++ = *from;
		*to = '\0';
		words_add(words, tokens.items[i].lower, language);
	}
	tokens_done(&tokens);
}

static void write_text(const struct writer *writer, const char *text, double weight)
{
	struct words words;

	if (!text || !*text)
		return;
	words_init(&words, text, writer->index->language);
	add_joined(&words, text, writer->index->language);
	bm25_extend(writer->index->bm25, writer->document, &words, weight);
	vocabulary_add(&writer->index->vocabulary, text, writer->index->language);
	words_done(&words);
}

static void write_list(const struct writer *writer, const cJSON *list, double weight)
{
	const cJSON *item;

	if (cJSON_IsString(list))
		write_text(writer, list->valuestring, weight);
	cJSON_ArrayForEach(item, list) if (cJSON_IsString(item))
		write_text(writer, item->valuestring, weight);
}

/* The text without the codes that the profile's patterns take as they stand: those are values. Caller frees.
 */
static char *without_codes(const struct profile *profile, const char *text)
{
	struct buffer b;
	struct tokens tokens;

	tokens_init(&tokens, text);
	buffer_init(&b, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < tokens.count; i++)
		if (!rank_code(profile, &tokens, i))
			buffer_appendf(&b, "%s%s", b.len ? " " : "", tokens.items[i].text);
	tokens_done(&tokens);
	return b.len ? buffer_take(&b) : (buffer_done(&b), xstrdup(""));
}

static void write_examples(const struct writer *writer, const cJSON *list, double weight)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		char *text = cJSON_IsString(item) ? without_codes(writer->profile, item->valuestring) : NULL;

		write_text(writer, text, weight);
		free(text);
	}
}

static void add_pattern(struct profile *profile, const char *text)
{
	struct code_pattern pattern = {.text = text};

	if (!text)
		return;
	for (size_t i = 0; i < profile->pattern_count; i++)
		if (!strcmp(profile->patterns[i].text, text))
			return;
	if (!pattern_compile(&pattern.regex, text, NULL))
		return;
	profile->patterns = xreallocarray(profile->patterns, profile->pattern_count + 1, sizeof(pattern));
	profile->patterns[profile->pattern_count++] = pattern;
}

static bool takes(const struct profile *profile, const char *code)
{
	for (size_t i = 0; i < profile->pattern_count; i++)
		if (!regexec(&profile->patterns[i].regex, code, 0, NULL, 0))
			return true;
	return false;
}

bool rank_code(const struct profile *profile, const struct tokens *tokens, size_t i)
{
	const char *text = tokens->items[i].text;

	if (token_has_digit(&tokens->items[i]) || strlen(text) < 3)
		return false;
	for (const char *c = text; *c; c++)
		if (!isupper((unsigned char)*c) && *c != '-')
			return false;
	return tokens->mixed && takes(profile, text);
}

bool profile_takes(const struct profile *profile, const char *code)
{
	char upper[64], plain[64];
	size_t n = 0;

	if (strlen(code) >= sizeof(upper))
		return false;
	for (size_t i = 0; i <= strlen(code); i++) {
		upper[i] = (char)toupper((unsigned char)code[i]);
		if (!code[i] || !strchr("-./", code[i]))
			plain[n++] = upper[i];
	}
	return takes(profile, code) || takes(profile, upper) ||
		(strcmp(plain, upper) && takes(profile, plain));
}

static void write_parameters(const struct writer *writer, const cJSON *parameters, double scale)
{
	const cJSON *parameter;

	cJSON_ArrayForEach(parameter, parameters)
	{
		write_text(writer, json_string(parameter, "name", NULL), 0.3 * scale);
		write_text(writer, json_string(parameter, "description", NULL), 0.2 * scale);
		write_list(writer, json_get(parameter, "enum"), 2 * scale);
	}
}

static void add_patterns(struct profile *profile, const cJSON *parameters)
{
	const cJSON *parameter;

	cJSON_ArrayForEach(parameter, parameters)
		add_pattern(profile, json_string(parameter, "pattern", NULL));
}

static void write_article(const struct writer *writer, const cJSON *article, double scale)
{
	write_text(writer, json_string(article, "title", NULL), 2 * scale);
	write_list(writer, json_get(article, "tags"), 3 * scale);
	write_text(writer, json_string(article, "category", NULL), scale);
	write_text(writer, json_string(article, "content", NULL), 0.4 * scale);
}

static void write_articles(const struct writer *writer, const cJSON *articles, double scale)
{
	const cJSON *article;

	cJSON_ArrayForEach(article, articles) write_article(writer, article, scale);
}

static void write_node(const struct writer *writer, const struct node *node, double scale, int depth);

static void write_target(const struct writer *writer, const struct edge *edge, double scale, int depth)
{
	const struct node *target = edge->target;

	write_text(writer, edge->intent, 2 * scale);
	if (target->type == NODE_INTEGRATION)
		write_text(writer, json_string(target->data, "aiInstructions", NULL), 0.2 * scale);
	else if (target->type == NODE_LOGIC)
		for (size_t i = 0; depth < DEPTH_MAX && i < target->out_count; i++)
			write_target(writer, target->out[i], scale, depth + 1);
	else if (target->type != NODE_ROUTER)
		write_node(writer, target, scale, depth + 1);
}

static void write_node(const struct writer *writer, const struct node *node, double scale, int depth)
{
	const cJSON *data = node->data, *own = json_get(data, "testpanel");
	const char *label = json_string(data, "label", ""), *name = json_string(data, "agentName", "");

	add_patterns(writer->profile, json_get(data, "parameters"));
	write_text(writer, json_string(data, "functionName", NULL), 3 * scale);
	write_text(writer, json_string(data, "specialty", NULL), 2 * scale);
	write_text(writer, label, 2 * scale);
	if (strcmp(label, name))
		write_text(writer, name, 2 * scale);
	write_text(writer, json_string(data, "description", NULL), scale);
	write_examples(writer, json_get(own, "examples"), 1.5 * scale);
	write_list(writer, json_get(own, "synonyms"), 2 * scale);
	write_list(writer, json_get(own, "tasks"), 2 * scale);
	write_parameters(writer, json_get(data, "parameters"), scale);
	write_articles(writer, json_get(data, "articles"), scale);
	for (size_t i = 0; depth < DEPTH_MAX && i < node->out_count; i++)
		write_target(
			writer, node->out[i], node->type == NODE_DEPARTMENT ? 0.7 * scale : scale, depth);
}

static void add_examples(struct profile *profile, const cJSON *examples, const char *language)
{
	const cJSON *example;
	size_t count = (size_t)cJSON_GetArraySize(examples);

	profile->examples = xcalloc(count + 1, sizeof(*profile->examples));
	profile->phrases = xcalloc(count + 1, sizeof(*profile->phrases));
	cJSON_ArrayForEach(example, examples)
	{
		char *text = cJSON_IsString(example) ? without_codes(profile, example->valuestring) : NULL;
		struct tokens tokens;

		if (!text)
			continue;
		words_init(&profile->examples[profile->example_count], text, language);
		tokens_init(&tokens, text);
		phrase_init(&profile->phrases[profile->example_count++], &tokens);
		tokens_done(&tokens);
		free(text);
	}
}

/* "The booking code: six letters" is announced by "booking" and "code". */
static void add_hints(struct profile *profile, const struct node *node, const char *language)
{
	const cJSON *parameter;

	cJSON_ArrayForEach(parameter, json_get(node->data, "parameters"))
	{
		const char *description = json_string(parameter, "description", "");
		char *first = xstrndup(description, strcspn(description, ":;("));

		words_add(&profile->hints, json_string(parameter, "name", ""), language);
		words_add(&profile->hints, first, language);
		free(first);
	}
}

static void add_evidence(struct profile *profile, const struct node *node, const char *language)
{
	const cJSON *item, *parameter;

	cJSON_ArrayForEach(
		item, json_get(json_get(node->data, "testpanel"), "synonyms")) if (cJSON_IsString(item))
		words_add(&profile->deeds, item->valuestring, language);
	cJSON_ArrayForEach(parameter, json_get(node->data, "parameters"))
		cJSON_ArrayForEach(item, json_get(parameter, "enum")) if (cJSON_IsString(item))
			words_add(&profile->values, item->valuestring, language);
}

void profile_init(struct profile *profile, struct rank_index *index, const struct node *node,
	const struct edge *edge, size_t owner)
{
	struct words none = {0};
	struct writer writer = {
		.index = index, .profile = profile, .document = bm25_add(index->bm25, &none, 1)};

	*profile = (struct profile){.node = node, .edge = edge, .owner = owner};
	if (edge)
		write_text(&writer, edge->intent, 3);
	write_node(&writer, node, 1, 0);
	add_examples(profile, json_get(json_get(node->data, "testpanel"), "examples"), index->language);
	add_hints(profile, node, index->language);
	profile->changes = tool_changes(node);
	if (!profile->changes)
		return;
	words_init(&profile->name, json_string(node->data, "functionName", node->name), index->language);
	add_evidence(profile, node, index->language);
}

void profile_init_article(struct profile *profile, struct rank_index *index, const struct node *node,
	const cJSON *article, size_t owner)
{
	struct words none = {0};
	struct writer writer = {
		.index = index, .profile = profile, .document = bm25_add(index->bm25, &none, 1)};

	*profile = (struct profile){.node = node, .article = article, .owner = owner};
	write_article(&writer, article, 1);
}

void profile_done(struct profile *profile)
{
	words_done(&profile->name);
	words_done(&profile->deeds);
	words_done(&profile->values);
	words_done(&profile->hints);
	for (size_t i = 0; i < profile->example_count; i++)
		words_done(&profile->examples[i]);
	free(profile->examples);
	free(profile->phrases);
	for (size_t i = 0; i < profile->pattern_count; i++)
		regfree(&profile->patterns[i].regex);
	free(profile->patterns);
}
