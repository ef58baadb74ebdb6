/* Registered values out of texts. Each value becomes a few patterns (as it is, as we write it in JSON and
 * URLs, in base64, in hexadecimal), all looked for at once in one pass that skips most bytes (Wu and Manber,
 * "A fast algorithm for multi-pattern searching", 1994). Escapes are undone rather than imitated: encoders
 * disagree on what they leave alone, and a URL in JSON has two kinds at once. Overlapping hits become one, so
 * that a secret which begins inside another leaves no tail. */
#include "executor/redact.h"
#include "executor/buffer.h"
#include "executor/redact_form.h"
#include "executor/template.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_MIN 4 /* bytes; no pattern is shorter either */
#define LINE_MIN 16  /* of a value of several lines, such as a key, each as long as this is one, too */
#define DEPTH_MAX 2  /* escapes within escapes */
#define SHIFT_BITS 12

struct pattern {
	char *bytes;
	size_t len;
	bool before, after; /* base64: the neighbouring character holds some bits of the secret too */
};

struct redactor {
	struct pattern *patterns;
	size_t count, capacity;
	char **values;
	size_t value_count, value_capacity;
	size_t shortest;
	bool has_space; /* a value with a space: "+" may stand for it */
	bool has_sign;  /* a value with anything but letters, digits, '-', '_', '.' and '~' */
	uint8_t shift[1 << SHIFT_BITS];
};

struct hit {
	size_t start, end;
};

struct hits {
	struct hit *items;
	size_t count, capacity;
};

struct redactor *redactor_new(void)
{
	return xcalloc(1, sizeof(struct redactor));
}

void redactor_free(struct redactor *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++)
		free(r->patterns[i].bytes);
	for (size_t i = 0; i < r->value_count; i++)
		free(r->values[i]);
	free(r->patterns);
	free(r->values);
	free(r);
}

struct redactor *redactor_copy(const struct redactor *r)
{
	struct redactor *copy;

	if (!r)
		return NULL;
	copy = xmalloc(sizeof *copy);
	*copy = *r;
	copy->patterns = xcalloc(r->count + 1, sizeof *copy->patterns);
	copy->values = xcalloc(r->value_count + 1, sizeof *copy->values);
	copy->capacity = r->count + 1;
	copy->value_capacity = r->value_count + 1;
	for (size_t i = 0; i < r->count; i++) {
		copy->patterns[i] = r->patterns[i];
		copy->patterns[i].bytes = xstrndup(r->patterns[i].bytes, r->patterns[i].len);
	}
	for (size_t i = 0; i < r->value_count; i++)
		copy->values[i] = xstrdup(r->values[i]);
	return copy;
}

size_t redactor_count(const struct redactor *r)
{
	return r ? r->value_count : 0;
}

static unsigned block_hash(const char *p)
{
	unsigned a = (unsigned char)p[0], b = (unsigned char)p[1];

	return (a << 4 ^ b) & ((1 << SHIFT_BITS) - 1);
}

/* How far a search may jump when it sees a two-byte block at the end of its window, which is as long as the
 * shortest pattern. */
static void shift_rebuild(struct redactor *r)
{
	size_t window = r->shortest < UINT8_MAX ? r->shortest : UINT8_MAX;

	r->shortest = window;
	memset(r->shift, (int)(window - 1), sizeof r->shift);
	for (size_t i = 0; i < r->count; i++) {
		for (size_t end = 1; end < window; end++) {
			uint8_t *shift = &r->shift[block_hash(r->patterns[i].bytes + end - 1)];

			if (window - 1 - end < *shift)
				*shift = (uint8_t)(window - 1 - end);
		}
	}
}

static void pattern_add(struct redactor *r, const char *bytes, size_t len, bool before, bool after)
{
	if (len < SECRET_MIN)
		return;
	for (size_t i = 0; i < r->count; i++)
		if (r->patterns[i].len == len && !memcmp(r->patterns[i].bytes, bytes, len))
			return;
	if (r->count == r->capacity) {
		r->capacity = r->capacity ? r->capacity * 2 : 16;
		r->patterns = xreallocarray(r->patterns, r->capacity, sizeof *r->patterns);
	}
	if (!r->count || len < r->shortest)
		r->shortest = len;
	r->patterns[r->count++] = (struct pattern){xstrndup(bytes, len), len, before, after};
}

/* The characters of base64 text that a value alone decides when it begins lead bytes after a group of three:
 * the whole of it may be "user:" and the value. */
static void base64_add(struct redactor *r, const char *value, size_t len, size_t lead, const char *last_two)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t first = (8 * lead + 5) / 6, end = 8 * (lead + len) / 6;
	char *text = xmalloc(end - first + 1);

	for (size_t i = first; i < end; i++) {
		unsigned code = 0;

		for (size_t bit = 6 * i; bit < 6 * i + 6; bit++) {
			unsigned char byte = (unsigned char)value[bit / 8 - lead];

			code = code << 1 | (byte >> (7 - bit % 8) & 1);
		}
		text[i - first] = code < 62 ? letters[code] : last_two[code - 62];
	}
	text[end - first] = '\0';
	pattern_add(r, text, end - first, lead != 0, 8 * (lead + len) % 6 != 0);
	free(text);
}

/* Undoing finds the next two as well, but not behind a stray "%2" or backslash that takes their beginning for
 * its own. */
static void json_form_add(struct redactor *r, const char *value, size_t len)
{
	struct buffer text;

	buffer_init(&text, 6 * len);
	template_escape_json(&text, value, len);
	pattern_add(r, buffer_text(&text), text.len, false, false);
	buffer_done(&text);
}

static void url_form_add(struct redactor *r, const char *value, size_t len)
{
	struct buffer text;

	buffer_init(&text, 3 * len);
	template_escape_url(&text, value, len);
	pattern_add(r, buffer_text(&text), text.len, false, false);
	buffer_done(&text);
}

static void hex_add(struct redactor *r, const char *value, size_t len, const char *digits)
{
	char *text = xmalloc(2 * len + 1);

	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[(unsigned char)value[i] >> 4];
		text[2 * i + 1] = digits[value[i] & 15];
	}
	pattern_add(r, text, 2 * len, false, false);
	free(text);
}

static bool value_known(const struct redactor *r, const char *value)
{
	for (size_t i = 0; i < r->value_count; i++)
		if (!strcmp(r->values[i], value))
			return true;
	return false;
}

static void value_add(struct redactor *r, const char *value)
{
	size_t len = strlen(value);

	/* A part of the mark itself would come back with every redaction. */
	if (len < SECRET_MIN || strstr(REDACTED, value) || value_known(r, value))
		return;
	if (r->value_count == r->value_capacity) {
		r->value_capacity = r->value_capacity ? r->value_capacity * 2 : 8;
		r->values = xreallocarray(r->values, r->value_capacity, sizeof *r->values);
	}
	r->values[r->value_count++] = xstrdup(value);
	r->has_space = r->has_space || strchr(value, ' ');
	for (const char *p = value; *p; p++)
		r->has_sign = r->has_sign || !(isalnum((unsigned char)*p) || strchr("-_.~", *p));
	pattern_add(r, value, len, false, false);
	json_form_add(r, value, len);
	url_form_add(r, value, len);
	for (size_t lead = 0; lead < 3; lead++) {
		base64_add(r, value, len, lead, "+/");
		base64_add(r, value, len, lead, "-_");
	}
	hex_add(r, value, len, "0123456789abcdef");
	hex_add(r, value, len, "0123456789ABCDEF");
	shift_rebuild(r);
}

/* Without what stands around it. */
static void trimmed_add(struct redactor *r, const char *text, size_t len)
{
	static const char blanks[] = " \t\r\n";
	char *trimmed;

	for (; len && strchr(blanks, *text); text++)
		len--;
	while (len && strchr(blanks, text[len - 1]))
		len--;
	trimmed = xstrndup(text, len);
	value_add(r, trimmed);
	free(trimmed);
}

void redactor_add(struct redactor *r, const char *value)
{
	value_add(r, value);
	trimmed_add(r, value, strlen(value));
	/* Line ends are often other ones afterwards. "-----BEGIN PRIVATE KEY-----" is no secret. */
	for (const char *p = strpbrk(value, "\r\n") ? value : ""; *p; p += strspn(p, "\r\n")) {
		size_t len = strcspn(p, "\r\n");

		if (len >= LINE_MIN && strncmp(p, "-----", 5) != 0)
			trimmed_add(r, p, len);
		p += len;
	}
}

static bool is_base64(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c && strchr("+/-_", c));
}

/* Adds a hit, or lengthens the last one; hits come in order of their start, give or take one byte. */
static void hits_add(struct hits *hits, size_t start, size_t end)
{
	struct hit *last = hits->count ? &hits->items[hits->count - 1] : NULL;

	if (last && start <= last->end && start >= last->start) {
		if (end > last->end)
			last->end = end;
		return;
	}
	if (hits->count == hits->capacity) {
		hits->capacity = hits->capacity ? hits->capacity * 2 : 8;
		hits->items = xreallocarray(hits->items, hits->capacity, sizeof *hits->items);
	}
	hits->items[hits->count++] = (struct hit){start, end};
}

static int hit_compare(const void *a, const void *b)
{
	const struct hit *h = a, *k = b;

	return (h->start > k->start) - (h->start < k->start);
}

static void hits_sort(struct hits *hits)
{
	if (hits->count)
		qsort(hits->items, hits->count, sizeof *hits->items, hit_compare);
}

/* Every pattern that begins at start. True when there is one. */
static bool match_at(const struct redactor *r, const char *text, size_t len, size_t start, struct hits *hits)
{
	bool found = false;

	for (size_t i = 0; i < r->count; i++) {
		const struct pattern *p = &r->patterns[i];
		size_t begin = start, end = start + p->len;

		if (p->len > len - start || memcmp(text + start, p->bytes, p->len))
			continue;
		found = true;
		if (!hits)
			break;
		if (p->before && begin && is_base64(text[begin - 1]))
			begin--;
		if (p->after && end < len && is_base64(text[end]))
			end++;
		hits_add(hits, begin, end);
	}
	return found;
}

/* Collects all hits, or stops at the first when hits is NULL. True when there was any. */
static bool search(const struct redactor *r, const char *text, size_t len, struct hits *hits)
{
	size_t window = r->shortest, at = window - 1;
	bool found = false;

	while (at < len) {
		size_t shift = r->shift[block_hash(text + at - 1)];

		if (!shift) {
			if (match_at(r, text, len, at + 1 - window, hits)) {
				found = true;
				if (!hits)
					return true;
			}
			shift = 1;
		}
		at += shift;
	}
	return found;
}

/* The decoded text in *decoded (caller frees); false where nothing in it was written otherwise. */
static bool decode(enum redact_form form, const char *text, size_t len, char **decoded, size_t *count)
{
	char *out = xmalloc(len + 4);
	size_t n = 0, taken;
	bool changed = false;

	for (size_t at = 0; at < len; at += taken) {
		size_t plain = redact_form_plain(form, text + at, len - at);

		memcpy(out + n, text + at, plain);
		n += plain;
		at += plain;
		if (at == len)
			break;
		n += redact_form_read(form, text + at, len - at, out + n, &taken);
		changed = changed || taken > 1 || out[n - 1] != text[at];
	}
	*decoded = out;
	*count = n;
	return changed;
}

/* Hits in the decoded text, in order, become places in the text as it stands. */
static void hits_map(
	enum redact_form form, const char *text, size_t len, const struct hits *inner, struct hits *hits)
{
	size_t at = 0, from = 0, end, taken;
	char bytes[4];

	for (size_t i = 0; i < inner->count; i++) {
		const struct hit *hit = &inner->items[i];

		while (from < len) {
			size_t made = redact_form_read(form, text + from, len - from, bytes, &taken);

			if (at + made > hit->start)
				break;
			at += made;
			from += taken;
		}
		end = from;
		for (size_t k = at; k < hit->end && end < len; end += taken)
			k += redact_form_read(form, text + end, len - end, bytes, &taken);
		hits_add(hits, from, end);
	}
}

static bool search_forms(
	const struct redactor *r, const char *text, size_t len, int depth, struct hits *hits);

static bool search_decoded(const struct redactor *r, enum redact_form form, const char *text, size_t len,
	int depth, struct hits *hits)
{
	struct hits inner = {0};
	bool found = false;
	char *decoded;
	size_t count;

	if (decode(form, text, len, &decoded, &count))
		found = search_forms(r, decoded, count, depth + 1, hits ? &inner : NULL);
	if (found && hits) {
		hits_sort(&inner);
		hits_map(form, text, len, &inner, hits);
	}
	free(inner.items);
	free(decoded);
	return found;
}

/* An entity is for what letters are not; "+" stands for nothing but a space. */
static bool form_matters(const struct redactor *r, enum redact_form form)
{
	return form == REDACT_PLUS ? r->has_space : form == REDACT_ENTITY ? r->has_sign : true;
}

/* Collects all hits, or stops at the first when hits is NULL. */
static bool search_forms(const struct redactor *r, const char *text, size_t len, int depth, struct hits *hits)
{
	bool found;

	if (len < r->shortest)
		return false;
	found = search(r, text, len, hits);
	for (int i = 0; i < REDACT_FORM_COUNT && depth < DEPTH_MAX && !(found && !hits); i++) {
		enum redact_form form = (enum redact_form)i;

		if (form_matters(r, form) && redact_form_occurs(form, text, len))
			found |= search_decoded(r, form, text, len, depth, hits);
	}
	return found;
}

static bool search_all(const struct redactor *r, const char *text, size_t len, struct hits *hits)
{
	return r && r->count && search_forms(r, text, len, 0, hits);
}

bool redact_needed(const struct redactor *r, const char *text, size_t len)
{
	return search_all(r, text, len, NULL);
}

char *redact_text(const struct redactor *r, const char *text, size_t len)
{
	struct hits hits = {0};
	struct buffer out;
	size_t done = 0;
	char *copy;

	if (!search_all(r, text, len, &hits)) {
		copy = xmalloc(len + 1);
		if (len)
			memcpy(copy, text, len);
		copy[len] = '\0';
		return copy;
	}
	hits_sort(&hits);
	buffer_init(&out, PTRDIFF_MAX / 2);
	for (size_t i = 0; i < hits.count; i++) {
		if (hits.items[i].start >= done) {
			buffer_append(&out, text + done, hits.items[i].start - done);
			buffer_append_str(&out, REDACTED);
		}
		if (hits.items[i].end > done)
			done = hits.items[i].end;
	}
	buffer_append(&out, text + done, len - done);
	free(hits.items);
	return buffer_take(&out);
}

/* Where the longest end of the text begins that is the beginning of a pattern; len where there is none. */
static size_t find_beginning(const struct redactor *r, const char *text, size_t len)
{
	size_t first = len;

	for (size_t i = 0; r && i < r->count; i++) {
		const struct pattern *p = &r->patterns[i];

		for (size_t n = p->len - 1 < len ? p->len - 1 : len; n > len - first; n--)
			if (!memcmp(text + len - n, p->bytes, n))
				first = len - n;
	}
	return first;
}

/* Without the beginning of a character at the end. */
static size_t whole_characters(const char *text, size_t len)
{
	size_t at = len, size;

	while (at && len - at < 3 && ((unsigned char)text[at - 1] & 0xc0) == 0x80)
		at--;
	if (!at)
		return len;
	at--;
	size = (unsigned char)text[at] >= 0xf0    ? 4
		: (unsigned char)text[at] >= 0xe0 ? 3
		: (unsigned char)text[at] >= 0xc0 ? 2
						  : 1;
	return at + size > len ? at : len;
}

size_t redact_settled(const struct redactor *r, const char *text, size_t len)
{
	size_t settled = find_beginning(r, text, len);
	struct hits hits = {0};

	if (search_all(r, text, len, &hits)) {
		hits_sort(&hits);
		for (size_t i = hits.count; i-- > 0;)
			if (hits.items[i].start < settled && hits.items[i].end > settled)
				settled = hits.items[i].start;
	}
	free(hits.items);
	return whole_characters(text, settled);
}
