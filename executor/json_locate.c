/* From JSON pointers to places in the text. All pointers are answered in one walk over the text, so that a
 * file with thousands of faults is not read thousands of times: they are sorted so that those with a common
 * beginning stand together, and every container hands the run that names one of its members down to that
 * member. */
#include "executor/buffer.h"
#include "executor/json_scan.h"

#include <stdlib.h>
#include <string.h>

struct location {
	const char *pointer;
	struct json_place *place;
	size_t entered; /* depth of the innermost value found so far, from 1; the pointer ends there when it
			   was found */
	bool found;
};

struct walk {
	struct json_scanner scanner;
	size_t line_seen, line_start; /* offsets */
	int line;
	struct buffer key;
};

/* Byte order in which '/' comes first, so that a token's pointers are not torn apart by longer tokens. */
static int pointer_order(unsigned char c)
{
	return c == '/' ? 1 : c ? c + 1 : 0;
}

static int location_compare(const void *a, const void *b)
{
	const char *p = ((const struct location *)a)->pointer, *q = ((const struct location *)b)->pointer;

	while (*p && *p == *q)
		p++, q++;
	return pointer_order((unsigned char)*p) - pointer_order((unsigned char)*q);
}

/* How the token at p stands to a whole key of n bytes, in the same order. */
static int token_compare(const char *p, const char *key, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int a = *p && *p != '/' ? pointer_order((unsigned char)*p) : 0;
		int b = pointer_order((unsigned char)key[i]);

		if (a != b)
			return a - b;
		p++;
	}
	return *p && *p != '/' ? 1 : 0;
}

/* Narrows [*lo, *hi) to the locations whose token at byte offset skip is key. */
static void locations_narrow(
	const struct location *locations, size_t *lo, size_t *hi, size_t skip, const char *key, size_t n)
{
	size_t a = *lo, b = *hi, end = *hi;

	while (a < b) {
		size_t mid = a + (b - a) / 2;

		if (token_compare(locations[mid].pointer + skip, key, n) < 0)
			a = mid + 1;
		else
			b = mid;
	}
	*lo = a;
	b = end;
	while (a < b) {
		size_t mid = a + (b - a) / 2;

		if (token_compare(locations[mid].pointer + skip, key, n) <= 0)
			a = mid + 1;
		else
			b = mid;
	}
	*hi = a;
}

static void walk_place(struct walk *w, struct json_place *place)
{
	size_t at = w->scanner.pos;
	const unsigned char *text = w->scanner.text, *newline;

	while ((newline = memchr(text + w->line_seen, '\n', at - w->line_seen))) {
		w->line++;
		w->line_start = w->line_seen = (size_t)(newline - text) + 1;
	}
	w->line_seen = at;
	*place = (struct json_place){.offset = at, .line = w->line, .column = (int)(at - w->line_start) + 1};
}

/* The string between the quotes at raw - 1 and raw + n, as a pointer's token: unescaped, then "~" and "/"
 * escaped. */
static void key_to_token(struct walk *w, const char *raw, size_t n)
{
	cJSON *string = memchr(raw, '\\', n) ? cJSON_ParseWithLength(raw - 1, n + 2) : NULL;

	if (cJSON_IsString(string)) {
		raw = string->valuestring;
		n = strlen(raw);
	}
	buffer_reset(&w->key);
	for (size_t i = 0; i < n; i++) {
		if (raw[i] == '~' || raw[i] == '/')
			buffer_append_str(&w->key, raw[i] == '~' ? "~0" : "~1");
		else
			buffer_append_char(&w->key, raw[i]);
	}
	cJSON_Delete(string);
}

/* Passes a member's name and colon, or counts an element; the token is in w->key. */
static bool walk_key(struct walk *w, bool is_object, size_t index)
{
	struct json_scanner *s = &w->scanner;
	size_t start;

	json_scan_space(s);
	if (!is_object) {
		buffer_reset(&w->key);
		return buffer_appendf(&w->key, "%zu", index);
	}
	start = s->pos + 1;
	if (json_scan_peek(s) != '"' || !json_scan_string(s))
		return false;
	key_to_token(w, (const char *)s->text + start, s->pos - 1 - start);
	json_scan_space(s);
	return json_scan_peek(s) == ':' && ++s->pos;
}

static bool walk_value(struct walk *w, struct location *locations, size_t n, size_t skip, size_t depth);

/* The members of the container whose opening bracket was passed; locations all want one of them. */
static bool walk_members(
	struct walk *w, struct location *locations, size_t n, size_t skip, size_t depth, char closer)
{
	struct json_scanner *s = &w->scanner;

	json_scan_space(s);
	for (size_t i = 0; i || json_scan_peek(s) != closer; i++) {
		size_t lo = 0, hi = n;
		bool ok;

		if (!walk_key(w, closer == '}', i))
			return false;
		locations_narrow(locations, &lo, &hi, skip, buffer_text(&w->key), w->key.len);
		/* A duplicate of a member that was walked already is passed over like one nobody asks for. */
		if (lo < hi && locations[lo].entered <= depth)
			ok = walk_value(w, locations + lo, hi - lo, skip + w->key.len, depth + 1);
		else
			ok = json_scan_value(s, JSON_MAX_DEPTH);
		if (!ok)
			return false;
		json_scan_space(s);
		if (json_scan_peek(s) != ',')
			break;
		s->pos++;
	}
	return json_scan_peek(s) == closer && ++s->pos;
}

/* The value at the scanner's place, to which the first skip bytes of the n locations' pointers lead. */
static bool walk_value(struct walk *w, struct location *locations, size_t n, size_t skip, size_t depth)
{
	struct json_scanner *s = &w->scanner;
	struct json_place place;
	size_t here = 0;
	bool ok;
	int c;

	json_scan_space(s);
	walk_place(w, &place);
	for (size_t i = 0; i < n; i++) {
		*locations[i].place = place;
		locations[i].entered = depth;
		locations[i].found = !locations[i].pointer[skip];
		here += locations[i].found; /* these stand first */
	}
	c = json_scan_peek(s);
	/* What stands in the innermost container that is allowed may still be found. */
	if (here < n && (c == '{' || c == '[') && depth > JSON_MAX_DEPTH) {
		ok = false;
	} else if (here < n && (c == '{' || c == '[')) {
		s->pos++;
		ok = walk_members(w, locations + here, n - here, skip + 1, depth, c == '{' ? '}' : ']');
	} else {
		ok = json_scan_value(s, JSON_MAX_DEPTH);
	}
	for (size_t i = 0; i < n; i++)
		if (locations[i].entered == depth)
			locations[i].place->len = s->pos - place.offset;
	return ok;
}

size_t json_locate_all(
	const char *text, size_t len, const char *const *pointers, size_t n, struct json_place *places)
{
	struct location *locations = xcalloc(n, sizeof *locations);
	struct walk w = {.line = 1};
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		bool valid = !pointers[i][0] || pointers[i][0] == '/';

		/* "/~" is no escaped token: it names nothing. */
		locations[i] = (struct location){.pointer = valid ? pointers[i] : "/~", .place = &places[i]};
	}
	qsort(locations, n, sizeof *locations, location_compare);
	json_scan_init(&w.scanner, text, len);
	w.line_seen = w.line_start = w.scanner.pos;
	buffer_init(&w.key, 2 * len + 24);
	walk_value(&w, locations, n, 0, 1);
	buffer_done(&w.key);
	for (size_t i = 0; i < n; i++)
		found += locations[i].found;
	free(locations);
	return found;
}

bool json_locate(const char *text, size_t len, const char *pointer, struct json_place *place)
{
	return json_locate_all(text, len, &pointer, 1, place) == 1;
}
