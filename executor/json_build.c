/* The tree of a text that the scanner has found good, so that nothing is checked a second time: cJSON's
 * parser takes twice as long. The tree is one of cJSON's own making in all else: it copies, changes and
 * deletes it. See json_build.h. */
#include "executor/json_build.h"
#include "executor/alloc.h"
#include "executor/json_number.h"

#include <string.h>
#include <utf8proc.h>

struct builder {
	const char *at, *end;
};

static cJSON *build_value(struct builder *b);

/* Behind a value's first byte there is always one more, but for a number. */
static void skip_space(struct builder *b)
{
	while (*b->at == ' ' || *b->at == '\n' || *b->at == '\r' || *b->at == '\t')
		b->at++;
}

static utf8proc_int32_t read_hex4(const char *digits)
{
	utf8proc_int32_t code = 0;

	for (int i = 0; i < 4; i++)
		code = code << 4 | (digits[i] <= '9' ? digits[i] - '0' : (digits[i] | 32) - 'a' + 10);
	return code;
}

/* Behind "\u". Half of a pair is never alone. */
static const char *unescape_unicode(const char *digits, char **out)
{
	utf8proc_int32_t code = read_hex4(digits);

	digits += 4;
	if (code >= 0xd800 && code <= 0xdfff) {
		code = 0x10000 + ((code - 0xd800) << 10) + read_hex4(digits + 2) - 0xdc00;
		digits += 6;
	}
	*out += utf8proc_encode_char(code, (utf8proc_uint8_t *)*out);
	return digits;
}

/* out has room for as many bytes as stand between from and to: no escape is shorter than what it means. */
static void unescape(const char *from, const char *to, char *out)
{
	static const char letters[] = "bfnrt", bytes[] = "\b\f\n\r\t";
	const char *letter, *plain;

	for (;;) {
		plain = memchr(from, '\\', (size_t)(to - from));
		if (!plain)
			plain = to;
		memcpy(out, from, (size_t)(plain - from));
		out += plain - from;
		if (plain == to)
			break;
		from = plain + 2;
		letter = strchr(letters, plain[1]);
		if (plain[1] == 'u')
			from = unescape_unicode(from, &out);
		else
			*out++ = letter ? bytes[letter - letters] : plain[1];
	}
	*out = '\0';
}

static char *build_string(struct builder *b)
{
	const char *from = b->at + 1, *to = from;
	bool escaped = false;
	char *text;

	for (; *to != '"'; to++) {
		if (*to == '\\') {
			escaped = true;
			to++;
		}
	}
	b->at = to + 1;
	text = xmalloc((size_t)(to - from) + 1);
	if (escaped) {
		unescape(from, to, text);
	} else {
		memcpy(text, from, (size_t)(to - from));
		text[to - from] = '\0';
	}
	return text;
}

/* The bracket is not passed yet. The first child's prev is the last one, as in every list of cJSON's. */
static cJSON *build_children(struct builder *b, char closer)
{
	cJSON *first = NULL, *last = NULL, *child;
	char *name = NULL;

	b->at++;
	skip_space(b);
	while (*b->at != closer) {
		if (last) {
			b->at++; /* the comma */
			skip_space(b);
		}
		if (closer == '}') {
			name = build_string(b);
			skip_space(b);
			b->at++;
			skip_space(b);
		}
		child = build_value(b);
		child->string = name;
		child->prev = last;
		*(last ? &last->next : &first) = child;
		last = child;
		skip_space(b);
	}
	b->at++;
	if (first)
		first->prev = last;
	return first;
}

static void build_number(struct builder *b, cJSON *value)
{
	const char *from = b->at;

	while (b->at < b->end && *b->at != ',' && *b->at != ']' && *b->at != '}' && *b->at > ' ')
		b->at++;
	json_number_set(value, from, (size_t)(b->at - from));
}

/* Recursive: the scanner has bounded the depth. */
static cJSON *build_value(struct builder *b)
{
	/* Not calloc: glibc's passes by what was freed last. */
	cJSON *value = xmalloc(sizeof *value);

	*value = (cJSON){0};
	switch (*b->at) {
	case '{':
		value->type = cJSON_Object;
		value->child = build_children(b, '}');
		break;
	case '[':
		value->type = cJSON_Array;
		value->child = build_children(b, ']');
		break;
	case '"':
		value->type = cJSON_String;
		value->valuestring = build_string(b);
		break;
	case 't':
		value->type = cJSON_True;
		value->valueint = 1;
		b->at += 4;
		break;
	case 'f':
		value->type = cJSON_False;
		b->at += 5;
		break;
	case 'n':
		value->type = cJSON_NULL;
		b->at += 4;
		break;
	default: build_number(b, value);
	}
	return value;
}

cJSON *json_build(const char *text, size_t len)
{
	struct builder b = {text, text + len};

	return build_value(&b);
}
