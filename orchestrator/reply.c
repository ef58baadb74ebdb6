/* Sentences from data. What names a thing and what state it is in make the beginning ("Reservation ABC123 is
 * confirmed"), its other members follow by their names, lists are counted and their first few named. Nothing
 * is said that is not in the data. */
#include "orchestrator/planner.h"
#include "orchestrator/speech.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MEMBERS_MAX 8 /* of one thing that are said */
#define ITEMS_MAX 5   /* of one list */
#define DEPTH_MAX 4

static bool is_scalar(const cJSON *value)
{
	return cJSON_IsString(value) || cJSON_IsNumber(value) || cJSON_IsBool(value);
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && !strcasecmp(name + n - m, end);
}

/* Members for machines, and secrets. */
static bool is_silent(const cJSON *member)
{
	return !member->string || *member->string == '_' || redact_is_secret_name(member->string) ||
		!strcasecmp(member->string, "currency") || !strcasecmp(member->string, "currencyCode");
}

static const cJSON *find_id(const cJSON *object, const char *subject)
{
	static const char *const names[] = {"number", "reference", "id", "code"};
	const cJSON *member;
	size_t n = subject ? strlen(subject) : 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		member = json_get(object, names[i]);
		if (cJSON_IsString(member) || cJSON_IsNumber(member))
			return member;
	}
	/* reservationNumber of a reservation */
	cJSON_ArrayForEach(member, object) for (size_t i = 0; n && i < sizeof(names) / sizeof(names[0]);
						i++) if (cJSON_IsString(member) &&
		!strncasecmp(member->string, subject, n) &&
		ends_with(member->string, names[i])) return member;
	return NULL;
}

static const cJSON *find_state(const cJSON *object)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, object) if (cJSON_IsString(member) && *member->valuestring &&
		(!strcasecmp(member->string, "status") || !strcasecmp(member->string, "state") ||
			ends_with(member->string, "Status"))) return member;
	return NULL;
}

/* What an item of a list is called. */
static const cJSON *find_title(const cJSON *object)
{
	static const char *const names[] = {
		"name", "title", "label", "description", "type", "kind", "number", "id"};
	const cJSON *member;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_scalar(member = json_get(object, names[i])))
			return member;
	cJSON_ArrayForEach(member, object) if (cJSON_IsString(member) &&
		(ends_with(member->string, "name") || ends_with(member->string, "type"))) return member;
	cJSON_ArrayForEach(member, object) if (cJSON_IsString(member) && !is_silent(member)) return member;
	return NULL;
}

/* A price has its currency beside it or, in a list of items, above it. */
static const cJSON *with_currency(const cJSON *object, const cJSON *above)
{
	return json_get(object, "currency") || json_get(object, "currencyCode") ? object : above;
}

static bool is_amount(const cJSON *value)
{
	return cJSON_IsObject(value) && cJSON_IsNumber(json_get(value, "amount")) &&
		json_get(value, "currency");
}

/* ", name value" of every scalar member but those said already. Returns how many. */
static size_t say_members(struct buffer *b, const cJSON *object, const cJSON *above,
	const cJSON *const said[2], const char *first, const char *next)
{
	const cJSON *member, *money = with_currency(object, above);
	size_t count = 0;

	cJSON_ArrayForEach(member, object)
	{
		struct buffer value;

		if (is_silent(member) || member == said[0] || member == said[1] || count == MEMBERS_MAX)
			continue;
		if (!is_scalar(member) && !is_amount(member) &&
			!(cJSON_IsArray(member) && is_scalar(member->child)))
			continue;
		buffer_init(&value, BUFFER_MAX_TEXT);
		if (is_amount(member) ? speech_value(&value, json_get(member, "amount"), "amount", member)
				      : speech_value(&value, member, member->string, money)) {
			buffer_append_str(b, count++ ? next : first);
			speech_name(b, member->string);
			buffer_append_char(b, ' ');
			buffer_append_str(b, buffer_text(&value));
		}
		buffer_done(&value);
	}
	return count;
}

static void say_item(struct buffer *b, const cJSON *item, const cJSON *above)
{
	const cJSON *said[2] = {find_title(item), NULL};
	struct buffer more;

	if (!cJSON_IsObject(item)) {
		if (cJSON_IsArray(item) || !speech_value(b, item, NULL, above))
			buffer_append_str(b, "\xE2\x80\xA6");
		return;
	}
	if (!said[0])
		buffer_append_str(b, "one");
	else
		speech_value(b, said[0], said[0]->string, item);
	buffer_init(&more, BUFFER_MAX_TEXT);
	if (say_members(&more, item, above, said, "", ", "))
		buffer_appendf(b, " (%s)", buffer_text(&more));
	buffer_done(&more);
}

static void say_count(struct buffer *b, int count, const char *name)
{
	struct buffer words;
	size_t n;

	buffer_init(&words, BUFFER_MAX_TEXT);
	speech_name(&words, name && *name ? name : "results");
	n = strlen(buffer_text(&words));
	if (count == 1 && n > 3 && !strcmp(words.data + n - 3, "ies"))
		buffer_appendf(b, "1 %.*sy", (int)n - 3, words.data);
	else if (count == 1 && n > 2 && words.data[n - 1] == 's' && words.data[n - 2] != 's')
		buffer_appendf(b, "1 %.*s", (int)n - 1, words.data);
	else if (count)
		buffer_appendf(b, "%d %s", count, words.data);
	else
		buffer_appendf(b, "There are no %s", words.data);
	buffer_done(&words);
}

static void say_list(struct buffer *b, const cJSON *list, const char *name, const cJSON *above)
{
	int count = cJSON_GetArraySize(list), i = 0;
	const cJSON *item;

	say_count(b, count, name);
	if (count)
		buffer_append_str(b, ": ");
	cJSON_ArrayForEach(item, list)
	{
		if (i == ITEMS_MAX)
			break;
		if (i)
			buffer_append_str(b, i + 1 < count ? "; " : " and ");
		say_item(b, item, above);
		i++;
	}
	if (count > ITEMS_MAX)
		buffer_appendf(b, "; and %d more", count - ITEMS_MAX);
	buffer_append_str(b, ". ");
}

/* A field named like its call, as GraphQL has them, without the verb: cancelBooking is about a booking. */
static const char *without_verb(const char *name)
{
	static const char *const verbs[] = {"cancel", "create", "update", "delete", "remove", "get", "add",
		"make", "place", "order", "book", "find", "lookup", "fetch", "list", "set", "submit", "send",
		"check", "request", "search"};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		size_t n = strlen(verbs[i]);

		if (!strncmp(name, verbs[i], n) && (isupper((unsigned char)name[n]) || name[n] == '_'))
			return name + n + (name[n] == '_');
	}
	return name;
}

static void say_sentence(struct buffer *b, const char *text)
{
	size_t n = strlen(text);

	if (!n)
		return;
	buffer_append_char(b, (char)toupper((unsigned char)*text));
	buffer_append(b, text + 1, n - 1);
	buffer_append_str(b, strchr(".!?", text[n - 1]) ? " " : ". ");
}

/* The first sentence about a thing: what it is, in which state, and its members. */
static void say_head(struct buffer *b, const cJSON *object, const char *subject, const cJSON *above)
{
	const cJSON *said[2] = {find_id(object, subject), find_state(object)};
	struct buffer head;

	buffer_init(&head, BUFFER_MAX_TEXT);
	if (!said[0] && said[1])
		buffer_append_str(&head, "the ");
	speech_name(&head, without_verb(subject));
	if (said[0]) {
		buffer_append_char(&head, ' ');
		speech_value(&head, said[0], NULL, NULL);
	}
	if (said[1]) {
		buffer_append_str(&head, " is ");
		speech_value(&head, said[1], said[1]->string, NULL);
	}
	if (say_members(&head, object, above, said, ": ", ", ") || said[0] || said[1])
		say_sentence(b, buffer_text(&head));
	buffer_done(&head);
}

static void say_thing(
	struct buffer *b, const cJSON *value, const char *subject, const cJSON *above, int depth)
{
	const cJSON *member;

	if (depth == DEPTH_MAX)
		return;
	if (cJSON_IsArray(value)) {
		say_list(b, value, subject, above);
		return;
	}
	/* an envelope round one thing is not worth a word */
	if (value->child && !value->child->next &&
		(cJSON_IsObject(value->child) || cJSON_IsArray(value->child))) {
		say_thing(b, value->child, value->child->string, above, depth + 1);
		return;
	}
	say_head(b, value, subject, above);
	cJSON_ArrayForEach(member, value)
	{
		if (is_silent(member) || is_amount(member))
			continue;
		if (cJSON_IsObject(member) && member->child)
			say_thing(b, member, member->string, with_currency(value, above), depth + 1);
		else if (cJSON_IsArray(member) && !is_scalar(member->child))
			say_list(b, member, member->string, with_currency(value, above));
	}
}

void speech_data(struct buffer *b, const cJSON *data, const char *label)
{
	struct buffer text;

	if (is_scalar(data)) {
		buffer_init(&text, BUFFER_MAX_TEXT);
		if (speech_value(&text, data, NULL, NULL))
			say_sentence(b, buffer_text(&text));
		buffer_done(&text);
	} else if (cJSON_IsArray(data)) {
		say_list(b, data, NULL, NULL);
	} else if (cJSON_IsObject(data)) {
		say_thing(b, data, label, NULL, 0);
	}
}

/* The article that fits best says it all. */
static void say_article(struct buffer *b, const struct tool *tool, const cJSON *data)
{
	const cJSON *best = json_get(data, "results");
	const char *content = json_string(best ? best->child : NULL, "content", "");

	if (*content)
		speech_text(b, content);
	else
		buffer_appendf(b, "I am sorry, I found nothing about that in %s.", tool->node->name);
}

static bool has_integration(const struct tool *tool)
{
	return tool->kind != TOOL_SUB_AGENT || workflow_target(tool->node, NODE_INTEGRATION, NULL);
}

char *planner_reply(const struct tool *tool, const cJSON *data)
{
	const cJSON *own = json_get(tool->node->data, "testpanel");
	const char *form = json_string(own, "replyTemplate", NULL);
	const char *label = json_string(tool->node->data, "label", tool->node->name);
	struct buffer b;
	char *text = form ? speech_template(form, data) : NULL;

	if (text)
		return text;
	buffer_init(&b, BUFFER_MAX_TEXT);
	if (tool->kind == TOOL_KNOWLEDGE_BASE && cJSON_IsArray(json_get(data, "results")))
		say_article(&b, tool, data);
	else if (!has_integration(tool))
		buffer_appendf(
			&b, "%s has no integration connected yet, so I have no data to give you.", label);
	else
		speech_data(&b, data, label);
	while (b.len && b.data[b.len - 1] == ' ')
		b.data[--b.len] = '\0';
	if (!b.len)
		buffer_appendf(&b, "%s has nothing to say about that: the answer was empty.", label);
	return speech_take(&b);
}
