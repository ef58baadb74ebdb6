/* Registered values out of texts. All patterns are looked for at once in one pass that skips most bytes (Wu
 * and Manber, "A fast algorithm for multi-pattern searching", 1994). Escapes are undone rather than imitated:
 * encoders disagree on what they leave alone, and a URL in JSON has two kinds at once. Overlapping hits
 * become one, so that a secret which begins inside another leaves no tail. */
#include "executor/buffer.h"
#include "executor/redact_form.h"
#include "executor/redactor_own.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 2 /* escapes within escapes */

struct hit {
	size_t start, end;
};

struct hits {
	struct hit *items;
	size_t count, capacity;
};

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
