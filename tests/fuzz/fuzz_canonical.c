/* Requests as a cassette knows them. Line 1: method and URL; line 2: another one; the rest is the body. A
 * request is the same as itself and as its own canonical form; two are equal where there is no difference to
 * name, and then hash alike; a secret is in none of it. */
#include "executor/canonical.h"
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "Tok-S3cr3t-7"

static void make(struct canonical *c, const char *line, const char *body, size_t len,
	const struct canonical_scope *scope)
{
	char *method = xstrdup(line), *space = strchr(method, ' '), *variable = NULL;
	struct http_request request = {.method = method, .url = "", .body = body, .body_len = len};

	if (space) {
		*space = '\0';
		request.url = space + 1;
	}
	canonical_init(c, &request, scope, &variable);
	FUZZ_CHECK(!variable || !strncmp(c->url, "${", 2), "%s begins with %s", c->url, variable);
	free(variable);
	free(method);
}

static void check_pair(const struct canonical *a, const struct canonical *b)
{
	char *difference = canonical_difference(a, b);
	bool equal = canonical_equal(a, b);

	FUZZ_CHECK(equal == !*difference, "%s", difference);
	FUZZ_CHECK(equal == canonical_equal(b, a), "equal one way");
	FUZZ_CHECK(equal == !canonical_distance(a, b), "%s", difference);
	FUZZ_CHECK(!equal || canonical_hash(a) == canonical_hash(b), "%s and %s", a->url, b->url);
	free(difference);
}

static void check_secret(const struct canonical *c)
{
	FUZZ_CHECK(!strstr(c->url, SECRET), "%s", c->url);
	FUZZ_CHECK(!c->body || !strstr(c->body, SECRET), "%s", c->body);
}

/* Every % begins a byte: what a stray one comes to, undoing the others may change. */
static bool is_encoded_well(const char *url)
{
	for (const char *p = strchr(url, '%'); p; p = strchr(p + 1, '%'))
		if (!isxdigit((unsigned char)p[1]) || !isxdigit((unsigned char)p[2]))
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	char *line = fuzz_line(&input), *other_line = fuzz_line(&input), *body, *again_line;
	struct redactor *redactor = redactor_new();
	struct env *env = env_new();
	struct canonical_scope scope = {.env = env, .redactor = redactor};
	struct canonical first, second, again;
	size_t len;

	body = fuzz_bytes(&input, &len);
	env_set(env, "MOCK_URL", "http://127.0.0.1:8080");
	redactor_add(redactor, SECRET);
	make(&first, line, len ? body : NULL, len, &scope);
	make(&second, other_line, len ? body : NULL, len, &scope);
	check_pair(&first, &first);
	check_pair(&second, &second);
	check_pair(&first, &second);
	check_secret(&first);
	/* Its own form: a query sorted once stays as it is. */
	again_line = xasprintf("%s %s", first.method, first.url);
	make(&again, again_line, first.body, first.body ? strlen(first.body) : 0, &scope);
	if (first.kind == CANONICAL_JSON)
		FUZZ_CHECK(again.kind == CANONICAL_JSON && !strcmp(first.body, again.body), "%s became %s",
			first.body, again.body);
	/* A value in other letters' case is known once it is in lower case. */
	if ((!strncmp(first.url, "http://", 7) || !strncmp(first.url, "https://", 8)) &&
		strncmp(again.url, "${", 2) != 0 && is_encoded_well(line))
		FUZZ_CHECK(!strcmp(first.url, again.url), "%s became %s", first.url, again.url);
	canonical_done(&again);
	canonical_done(&first);
	canonical_done(&second);
	free(again_line);
	free(line);
	free(other_line);
	free(body);
	env_free(env);
	redactor_free(redactor);
	return 0;
}
