/* Single values said in words: names of members, days, amounts, lists of scalars. What comes from outside
 * loses its control bytes here, before anything else sees it. */
#include "orchestrator/speech.h"
#include "orchestrator/token.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define TEXT_MAX 300 /* characters of one text */
#define LIST_MAX 6   /* scalars of one list */

/* An identifier's words: "HTTPStatus_code" is "HTTP status code". */
void speech_name(struct buffer *b, const char *name)
{
	size_t start = b->len;

	for (size_t i = 0; name[i] && i < 80; i++) {
		unsigned char c = (unsigned char)name[i], before = i ? (unsigned char)name[i - 1] : ' ';
		bool lower_follows = islower((unsigned char)name[i + 1]),
		     upper_follows = isupper((unsigned char)name[i + 1]);
		bool hump = isupper(c) &&
			(islower(before) || isdigit(before) || (isupper(before) && lower_follows));
		bool acronym = isupper(c) && (upper_follows || (isupper(before) && !lower_follows));

		if (c == '_' || c == '-' || c == '.' || c <= ' ' || c == 0x7F) {
			buffer_append_char(b, ' ');
			continue;
		}
		if (hump)
			buffer_append_char(b, ' ');
		buffer_append_char(b, acronym ? (char)c : (char)tolower(c));
	}
	if (b->len >= start + 2 && !strcmp(b->data + b->len - 2, "id") &&
		(b->len == start + 2 || b->data[b->len - 3] == ' '))
		memcpy(b->data + b->len - 2, "ID", 2);
}

void speech_text(struct buffer *b, const char *text)
{
	size_t characters = 0;
	bool gap = false, begun = false;

	while (*text) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &c);
		utf8proc_category_t category;

		if (n <= 0) {
			text++;
			continue;
		}
		category = utf8proc_category(c);
		if (category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZS ||
			category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP) {
			gap = begun;
		} else if (category != UTF8PROC_CATEGORY_CF && category != UTF8PROC_CATEGORY_CS) {
			if (characters++ == TEXT_MAX) {
				buffer_append_str(b, "\xE2\x80\xA6");
				return;
			}
			if (gap)
				buffer_append_char(b, ' ');
			buffer_append(b, text, (size_t)n);
			gap = false;
			begun = true;
		}
		text += n;
	}
}

char *speech_take(struct buffer *b)
{
	char *text = buffer_take(b);

	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7F)
			*c = ' ';
	if (islower((unsigned char)*text))
		*text = (char)toupper((unsigned char)*text);
	return text;
}

static bool name_has(const char *name, const char *const *parts, size_t count)
{
	for (size_t i = 0; name && i < count; i++)
		if (strcasestr(name, parts[i]))
			return true;
	return false;
}

static bool is_money(const char *name)
{
	static const char *const parts[] = {"price", "total", "amount", "cost", "refund", "balance", "fee",
		"charge", "subtotal", "deposit", "tax", "rate", "due", "paid"};

	return name_has(name, parts, sizeof(parts) / sizeof(parts[0]));
}

static void say_number(struct buffer *b, double number, bool money)
{
	if (money && number != floor(number))
		buffer_appendf(b, "%.2f", number);
	else
		buffer_appendf(b, "%.15g", number);
}

/* "1 December 2026", with the time where there is one: "1 December 2026 at 14:30". */
static bool say_day(struct buffer *b, const char *text)
{
	static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July",
		"August", "September", "October", "November", "December"};
	char date[11];
	struct day day;
	int hour, minute;

	if (strlen(text) < 10 || (text[10] && text[10] != 'T' && text[10] != ' '))
		return false;
	memcpy(date, text, 10);
	date[10] = '\0';
	if (!day_parse(date, &day) || (text[10] && sscanf(text + 11, "%2d:%2d", &hour, &minute) != 2))
		return false;
	buffer_appendf(b, "%d %s %d", day.mday, months[day.month - 1], day.year);
	if (text[10] && (hour || minute))
		buffer_appendf(b, " at %02d:%02d", hour % 24, minute % 60);
	return true;
}

/* CHECKED_IN is how programs write "checked in". */
static bool is_constant(const char *text)
{
	size_t letters = 0;

	for (const char *c = text; *c; c++) {
		if (!isupper((unsigned char)*c) && *c != '_')
			return false;
		letters += *c != '_';
	}
	return letters > 1 && strlen(text) < 40;
}

static bool is_state(const char *name)
{
	static const char *const parts[] = {"status", "state"};

	return name_has(name, parts, 2);
}

static void say_string(struct buffer *b, const char *text, const char *name)
{
	if (say_day(b, text))
		return;
	if (is_constant(text) && (is_state(name) || strchr(text, '_')))
		for (; *text; text++)
			buffer_append_char(b, *text == '_' ? ' ' : (char)tolower((unsigned char)*text));
	else
		speech_text(b, text);
}

static bool has_text(const char *text)
{
	return text[strspn(text, " \t\r\n")] != '\0';
}

bool speech_value(struct buffer *b, const cJSON *value, const char *name, const cJSON *parent)
{
	const char *currency = json_string(parent, "currency", json_string(parent, "currencyCode", NULL));

	if (cJSON_IsBool(value)) {
		buffer_append_str(b, cJSON_IsTrue(value) ? "yes" : "no");
	} else if (cJSON_IsNumber(value)) {
		say_number(b, value->valuedouble, is_money(name));
		if (currency && is_money(name)) {
			buffer_append_char(b, ' ');
			speech_text(b, currency);
		}
	} else if (cJSON_IsString(value) && has_text(value->valuestring)) {
		say_string(b, value->valuestring, name);
	} else if (cJSON_IsArray(value) && value->child) {
		speech_list(b, value, "and");
	} else {
		return false;
	}
	return true;
}

void speech_list(struct buffer *b, const cJSON *list, const char *conjunction)
{
	int count = cJSON_GetArraySize(list), shown = count > LIST_MAX ? LIST_MAX : count, i = 0;
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (i >= shown)
			break;
		if (i)
			buffer_appendf(b, i + 1 < count ? ", " : " %s ", conjunction);
		if (cJSON_IsArray(item) || !speech_value(b, item, NULL, NULL))
			speech_text(b, json_string(item, "name", json_string(item, "title", "\xE2\x80\xA6")));
		i++;
	}
	if (count > shown)
		buffer_appendf(b, " and %d more", count - shown);
}
