/* JSON. The whole input is a text. It is accepted exactly where RFC 8259 accepts it (with our limits: no NUL,
 * 128 levels, valid UTF-8); what was read prints as what reads back as the same; and every value is found
 * where it stands. The grammar is written down here a second time, the simplest way, to be compared with. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

struct grammar {
	const char *at, *end;
};

static bool value(struct grammar *g, int depth);

static void space(struct grammar *g)
{
	while (g->at < g->end && *g->at && strchr(" \t\r\n", *g->at))
		g->at++;
}

static bool literal(struct grammar *g, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(g->end - g->at) < n || memcmp(g->at, text, n) != 0)
		return false;
	g->at += n;
	return true;
}

static bool digits(struct grammar *g)
{
	const char *begin = g->at;

	while (g->at < g->end && *g->at >= '0' && *g->at <= '9')
		g->at++;
	return g->at > begin;
}

static bool number(struct grammar *g)
{
	literal(g, "-");
	if (!literal(g, "0") && !digits(g))
		return false;
	if (literal(g, ".") && !digits(g))
		return false;
	if (literal(g, "e") || literal(g, "E")) {
		if (!literal(g, "+"))
			literal(g, "-");
		return digits(g);
	}
	return true;
}

/* The code unit of \uXXXX, or -1. */
static long unit(struct grammar *g)
{
	char hex[5] = "";

	if (g->end - g->at < 6 || memcmp(g->at, "\\u", 2) != 0)
		return -1;
	memcpy(hex, g->at + 2, 4);
	if (strspn(hex, "0123456789abcdefABCDEF") != 4)
		return -1;
	g->at += 6;
	return strtol(hex, NULL, 16);
}

static bool escape(struct grammar *g)
{
	long code;

	if (g->end - g->at < 2)
		return false;
	if (g->at[1] != 'u') {
		if (!g->at[1] || !strchr("\"\\/bfnrt", g->at[1]))
			return false;
		g->at += 2;
		return true;
	}
	code = unit(g);
	if (code >= 0xd800 && code < 0xdc00) {
		code = unit(g);
		return code >= 0xdc00 && code < 0xe000;
	}
	return code > 0 && !(code >= 0xdc00 && code < 0xe000);
}

static bool string(struct grammar *g)
{
	const char *begin = g->at;

	if (!literal(g, "\""))
		return false;
	while (g->at < g->end && *g->at != '"') {
		if ((unsigned char)*g->at < 0x20)
			return false;
		if (*g->at != '\\')
			g->at++;
		else if (!escape(g))
			return false;
	}
	return literal(g, "\"") && fuzz_is_utf8(begin, (size_t)(g->at - begin));
}

static bool container(struct grammar *g, bool object, int depth)
{
	const char *close = object ? "}" : "]";

	g->at++;
	space(g);
	if (depth == 0 || literal(g, close))
		return depth > 0;
	do {
		space(g);
		if (object) {
			if (!string(g))
				return false;
			space(g);
			if (!literal(g, ":"))
				return false;
		}
		if (!value(g, depth - 1))
			return false;
		space(g);
	} while (literal(g, ","));
	return literal(g, close);
}

static bool value(struct grammar *g, int depth)
{
	space(g);
	if (g->at == g->end)
		return false;
	switch (*g->at) {
	case '{': return container(g, true, depth);
	case '[': return container(g, false, depth);
	case '"': return string(g);
	case 't': return literal(g, "true");
	case 'f': return literal(g, "false");
	case 'n': return literal(g, "null");
	}
	return number(g);
}

static bool is_json(const char *text, size_t len)
{
	struct grammar g = {text, text + len};

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		g.at += 3;
	if (!value(&g, JSON_MAX_DEPTH))
		return false;
	space(&g);
	return g.at == g.end;
}

static void check_same(char *text, const char *canonical)
{
	char error[JSON_ERROR_SIZE], *again;
	cJSON *parsed = json_parse(text, strlen(text), error);

	FUZZ_CHECK(parsed, "%s: %s", error, text);
	again = json_canonical(parsed);
	FUZZ_CHECK(!strcmp(again, canonical), "%s became %s", canonical, again);
	free(again);
	free(text);
	cJSON_Delete(parsed);
}

/* The value at pointer stands in the text where json_locate says. */
static void check_place(const cJSON *item, const char *pointer, const char *text, size_t len)
{
	struct json_place place;
	char *there, *here;
	cJSON *parsed;

	FUZZ_CHECK(json_locate(text, len, pointer, &place), "%s", pointer);
	FUZZ_CHECK(place.offset <= len && place.len <= len - place.offset, "%zu and %zu of %zu", place.offset,
		place.len, len);
	parsed = json_parse(text + place.offset, place.len, NULL);
	FUZZ_CHECK(parsed, "%s: %.*s", pointer, (int)place.len, text + place.offset);
	there = json_print(parsed);
	here = json_print(item);
	FUZZ_CHECK(!strcmp(there, here), "%s: %s is found, %s is there", pointer, there, here);
	free(there);
	free(here);
	cJSON_Delete(parsed);
}

static void check_places(const cJSON *parent, const char *pointer, const char *text, size_t len)
{
	const cJSON *item;
	size_t n = 0;

	check_place(parent, pointer, text, len);
	if (!cJSON_IsObject(parent) && !cJSON_IsArray(parent))
		return;
	cJSON_ArrayForEach(item, parent)
	{
		/* Of duplicate members the first counts. */
		if (item->string && json_get(parent, item->string) != item)
			continue;
		char *child = item->string ? json_pointer_child(pointer, item->string)
					   : json_pointer_index(pointer, n);

		if (n++ < 8)
			check_place(item, child, text, len);
		free(child);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	char error[JSON_ERROR_SIZE] = "", *text, *canonical;
	cJSON *parsed;
	size_t len;

	text = fuzz_bytes(&input, &len);
	parsed = json_parse(text, len, error);
	FUZZ_CHECK((parsed != NULL) == is_json(text, len), "%.*s: %s", (int)len, text, error);
	FUZZ_CHECK(parsed || fuzz_is_clean(error, false), "%s", error);
	if (parsed) {
		canonical = json_canonical(parsed);
		check_same(xstrdup(canonical), canonical);
		check_same(json_print(parsed), canonical);
		check_same(json_print_pretty(parsed), canonical);
		check_places(parsed, "", text, len);
		free(canonical);
	}
	cJSON_Delete(parsed);
	free(text);
	return 0;
}
