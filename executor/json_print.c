/* JSON out: one line, pretty, canonical. See json.h for where this differs from cJSON's printer. */
#include "executor/buffer.h"
#include "executor/json_number.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

struct printer {
	struct buffer out;
	bool pretty, sorted;
	int depth;
};

static void print_value(struct printer *p, const cJSON *value);

static void print_number(struct printer *p, const cJSON *number)
{
	char text[JSON_NUMBER_SIZE];

	if (!number->valuestring)
		json_number_print(number->valuedouble, text);
	buffer_append_str(&p->out, number->valuestring ? number->valuestring : text);
}

static void print_escaped(struct printer *p, unsigned char c)
{
	static const char names[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
	const char *name = c ? strchr(names, c) : NULL;

	if (name)
		buffer_appendf(&p->out, "\\%c", letters[name - names]);
	else
		buffer_appendf(&p->out, "\\u%04x", c);
}

static void print_string(struct printer *p, const char *s)
{
	size_t len = strlen(s), plain = 0, i = 0;

	buffer_append_char(&p->out, '"');
	while (i < len) {
		unsigned char c = (unsigned char)s[i];
		utf8proc_int32_t code;
		utf8proc_ssize_t n = 1;

		if (c >= 0x80)
			n = utf8proc_iterate(
				(const utf8proc_uint8_t *)s + i, (utf8proc_ssize_t)(len - i), &code);
		if (n > 0 && c >= 0x20 && c != '"' && c != '\\') {
			i += (size_t)n;
			continue;
		}
		buffer_append(&p->out, s + plain, i - plain);
		if (n < 1)
			buffer_append_str(&p->out, "\xef\xbf\xbd");
		else
			print_escaped(p, c);
		plain = ++i;
	}
	buffer_append(&p->out, s + plain, len - plain);
	buffer_append_char(&p->out, '"');
}

static void print_break(struct printer *p)
{
	if (!p->pretty)
		return;
	buffer_append_char(&p->out, '\n');
	for (int i = 0; i < p->depth; i++)
		buffer_append_str(&p->out, "  ");
}

struct member {
	const cJSON *item;
	size_t index;
};

static int member_compare(const void *a, const void *b)
{
	const struct member *m = a, *n = b;
	int order = strcmp(m->item->string ? m->item->string : "", n->item->string ? n->item->string : "");

	return order ? order : (m->index > n->index) - (m->index < n->index);
}

static void print_child(struct printer *p, const cJSON *item, bool named, bool last)
{
	print_break(p);
	if (named) {
		print_string(p, item->string ? item->string : "");
		buffer_append_str(&p->out, p->pretty ? ": " : ":");
	}
	print_value(p, item);
	if (!last)
		buffer_append_char(&p->out, ',');
}

static void print_sorted(struct printer *p, const cJSON *object)
{
	size_t count = 0, n = 0;
	struct member *members;
	const cJSON *item;

	cJSON_ArrayForEach(item, object) count++;
	members = xcalloc(count, sizeof *members);
	cJSON_ArrayForEach(item, object)
	{
		members[n] = (struct member){item, n};
		n++;
	}
	qsort(members, n, sizeof *members, member_compare);
	for (size_t i = 0; i < n; i++)
		print_child(p, members[i].item, true, i + 1 == n);
	free(members);
}

static void print_container(struct printer *p, const cJSON *value)
{
	bool is_object = cJSON_IsObject(value);
	const cJSON *item;

	buffer_append_char(&p->out, is_object ? '{' : '[');
	p->depth++;
	if (p->sorted && is_object) {
		print_sorted(p, value);
	} else {
		cJSON_ArrayForEach(item, value) print_child(p, item, is_object, !item->next);
	}
	p->depth--;
	if (value->child)
		print_break(p);
	buffer_append_char(&p->out, is_object ? '}' : ']');
}

static void print_value(struct printer *p, const cJSON *value)
{
	if (cJSON_IsObject(value) || cJSON_IsArray(value))
		print_container(p, value);
	else if (cJSON_IsString(value))
		print_string(p, value->valuestring ? value->valuestring : "");
	else if (cJSON_IsNumber(value))
		print_number(p, value);
	else if (cJSON_IsBool(value))
		buffer_append_str(&p->out, cJSON_IsTrue(value) ? "true" : "false");
	else if (cJSON_IsRaw(value) && value->valuestring)
		buffer_append_str(&p->out, value->valuestring);
	else
		buffer_append_str(&p->out, "null");
}

static char *print_new(const cJSON *value, bool pretty, bool sorted)
{
	struct printer p = {.pretty = pretty, .sorted = sorted};

	buffer_init(&p.out, PTRDIFF_MAX / 2); /* bounded by the value; a text cut short would be no JSON */
	print_value(&p, value);
	return buffer_take(&p.out);
}

char *json_print(const cJSON *value)
{
	return print_new(value, false, false);
}

char *json_print_pretty(const cJSON *value)
{
	return print_new(value, true, false);
}

char *json_canonical(const cJSON *value)
{
	return print_new(value, false, true);
}
