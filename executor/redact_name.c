/* Names that are secret by convention, and the shapes in which names have values: URLs and JSON. A name is
 * taken apart into words (accessToken, ACCESS_TOKEN and access-token are the same), because parts of words
 * mislead: max_tokens is a number everybody wants to see, a secretary is a person. */
#include "executor/buffer.h"
#include "executor/redact.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 128
#define NAME_MAX_WORDS 16
#define URL_MARK "REDACTED" /* OpenTelemetry's, without brackets: they have no place in a URL */

struct name {
	char text[NAME_MAX_BYTES];
	const char *words[NAME_MAX_WORDS + 1]; /* lower case; ends with NULL */
	size_t count;
};

static bool word_in(const char *word, const char *const *list)
{
	for (; word && *list; list++)
		if (!strcmp(word, *list))
			return true;
	return false;
}

/* A word ends where a separator stands, before a capital behind a small letter, and before the last capital
 * of a run that a small letter follows (AWSAccessKey). */
static bool word_starts(const char *name, size_t i)
{
	unsigned char before = (unsigned char)name[i - 1], here = (unsigned char)name[i];

	return isupper(here) &&
		(islower(before) || isdigit(before) ||
			(isupper(before) && islower((unsigned char)name[i + 1])));
}

static void name_split(struct name *n, const char *name)
{
	size_t used = 0;
	bool in_word = false;

	n->count = 0;
	for (size_t i = 0; name[i] && used + 2 < sizeof n->text; i++) {
		unsigned char c = (unsigned char)name[i];

		if (!isalnum(c) || (i && in_word && word_starts(name, i))) {
			if (in_word)
				n->text[used++] = '\0';
			in_word = false;
		}
		if (!isalnum(c))
			continue;
		if (!in_word) {
			if (n->count == NAME_MAX_WORDS)
				break;
			n->words[n->count++] = n->text + used;
			in_word = true;
		}
		n->text[used++] = (char)tolower(c);
	}
	n->text[used] = '\0';
	n->words[n->count] = NULL;
}

static bool word_ends_with(const char *word, const char *end)
{
	size_t n = strlen(word), m = strlen(end);

	return n >= m && !strcmp(word + n - m, end);
}

/* "token" is secret unless what stands before it says that it is a place in a list or a number. */
static bool token_is_secret(const char *word, const char *before)
{
	static const char *const harmless[] = {"max", "min", "next", "previous", "prev", "page", "pagination",
		"continuation", "sync", "stop", "per", NULL};
	static const char *const plural[] = {
		"access", "refresh", "auth", "api", "bearer", "secret", "id", "session", NULL};

	if (word_ends_with(word, "tokens"))
		return strcmp(word, "tokens") ? strcmp(word, "maxtokens") && strstr(word, "access")
					      : word_in(before, plural);
	return word_ends_with(word, "token") && strcmp(word, "maxtoken") && !word_in(before, harmless);
}

static bool key_is_secret(const char *word, const char *before)
{
	static const char *const kinds[] = {"api", "access", "secret", "private", "signing", "encryption",
		"auth", "subscription", "shared", "account", "functions", "master", "license", "service",
		"session", NULL};

	if (!strcmp(word, "key") || !strcmp(word, "keys"))
		return word_in(before, kinds);
	return strstr(word, "apikey") || strstr(word, "accesskey") || strstr(word, "privatekey") ||
		strstr(word, "secretkey") || strstr(word, "subscriptionkey");
}

/* Secret wherever it stands in a name. */
static bool word_is_secret(const char *word, const char *before)
{
	static const char *const whole[] = {"pwd", "jwt", "credential", "credentials", "phpsessid",
		"jsessionid", "sessid", "passwords", NULL};

	return word_in(word, whole) || (strstr(word, "secret") && !strstr(word, "secretar")) ||
		strstr(word, "password") || strstr(word, "passwd") || strstr(word, "passphrase") ||
		strstr(word, "passcode") || token_is_secret(word, before) || key_is_secret(word, before);
}

#define LETTER(c) (1u << ((c)&31))

/* False where no word of the name can be a secret one: all of those hold aut, bea, coo, cre, jwt, key, pas,
 * pwd, sec, ses, sig or tok. Most names end here, and every attribute, header and member asks. Letters are
 * taken by their last five bits, which other characters share, and second and third ones apart: a few names
 * pass that need not. */
static bool name_may_be_secret(const char *name)
{
	/* By the first letter. */
	static const struct {
		uint32_t second, third;
	} next[32] = {
		['a' & 31] = {LETTER('u'), LETTER('t')},
		['b' & 31] = {LETTER('e'), LETTER('a')},
		['c' & 31] = {LETTER('o') | LETTER('r'), LETTER('o') | LETTER('e')},
		['j' & 31] = {LETTER('w'), LETTER('t')},
		['k' & 31] = {LETTER('e'), LETTER('y')},
		['p' & 31] = {LETTER('a') | LETTER('w'), LETTER('s') | LETTER('d')},
		['s' & 31] = {LETTER('e') | LETTER('i'), LETTER('c') | LETTER('s') | LETTER('g')},
		['t' & 31] = {LETTER('o'), LETTER('k')},
	};

	for (; *name; name++)
		if (next[*name & 31].second & LETTER(name[1]) && next[*name & 31].third & LETTER(name[2]))
			return true;
	return false;
}

bool redact_is_secret_name(const char *name)
{
	/* Behind one of these no secret follows: token_type, api_key_name, token_url, password_expires_at. */
	static const char *const harmless_last[] = {"type", "count", "limit", "name", "names", "url", "uri",
		"endpoint", "expires", "expiry", "expiration", "ttl", "at", "length", "size", "usage",
		"budget", "policy", "status", "required", "enabled", "present", "in", NULL};
	static const char *const secret_last[] = {"authorization", "authorisation", "cookie", "cookie2",
		"cookies", "bearer", "signature", "sig", NULL};
	static const char *const code_or_value[] = {"header", "value", "code", NULL};
	const char *last;
	struct name n;

	if (!name_may_be_secret(name))
		return false;
	name_split(&n, name);
	if (!n.count)
		return true; /* only separators, as far as we look: nobody names anything so */
	last = n.words[n.count - 1];
	if (word_in(last, harmless_last))
		return false;
	if (word_in(last, secret_last) || (!strcmp(last, "auth") && n.count <= 2))
		return true;
	if (n.count > 1 && word_in(last, code_or_value) && word_in(n.words[n.count - 2], secret_last))
		return true;
	for (size_t i = 0; i < n.count; i++)
		if (word_is_secret(n.words[i], i ? n.words[i - 1] : NULL))
			return true;
	return strlen(name) >= NAME_MAX_BYTES &&
		(strcasestr(name, "token") || strcasestr(name, "secret") || strcasestr(name, "password") ||
			strcasestr(name, "key"));
}

/* A parameter's name may itself be percent-encoded. */
static bool parameter_is_secret(const char *name, size_t len)
{
	char *plain = xmalloc(len + 1);
	size_t n = 0;
	bool secret;

	for (size_t i = 0; i < len; i++) {
		char hex[3] = {0};

		if (name[i] == '%' && len - i > 2 && isxdigit((unsigned char)name[i + 1]) &&
			isxdigit((unsigned char)name[i + 2])) {
			memcpy(hex, name + i + 1, 2);
			plain[n++] = (char)strtol(hex, NULL, 16);
			i += 2;
		} else {
			plain[n++] = name[i];
		}
	}
	plain[n] = '\0';
	secret = redact_is_secret_name(plain);
	free(plain);
	return secret;
}

/* name=value pairs of a query or a fragment. */
static void append_parameters(struct buffer *out, const char *p)
{
	while (*p) {
		size_t n = strcspn(p, "&;#?");
		const char *equals = memchr(p, '=', n);

		if (equals && equals + 1 < p + n && parameter_is_secret(p, (size_t)(equals - p))) {
			buffer_append(out, p, (size_t)(equals - p) + 1);
			buffer_append_str(out, URL_MARK);
		} else {
			buffer_append(out, p, n);
		}
		p += n;
		if (*p)
			buffer_append_char(out, *p++);
	}
}

/* Where the authority begins: behind "scheme:" and its slashes, however many, as lenient readers take it. */
static size_t authority_start(const char *url)
{
	size_t n = 0;

	while (isalnum((unsigned char)url[n]) || (url[n] && strchr("+-.", url[n])))
		n++;
	n = url[n] == ':' && (url[n + 1] == '/' || url[n + 1] == '\\') ? n + 1 : 0;
	return n + strspn(url + n, "/\\");
}

char *redact_url(const struct redactor *r, const char *url)
{
	size_t start = authority_start(url), authority = strcspn(url + start, "/\\?#"), path;
	const char *at = memrchr(url + start, '@', authority), *rest = url;
	struct buffer out;
	char *clean, *again;

	buffer_init(&out, 3 * strlen(url) + 64);
	if (at) {
		buffer_append(&out, url, start);
		buffer_append_str(&out, URL_MARK ":" URL_MARK);
		rest = at;
	}
	path = strcspn(rest, "?#");
	buffer_append(&out, rest, path);
	append_parameters(&out, rest + path);
	if (!redact_needed(r, buffer_text(&out), out.len))
		return buffer_take(&out);
	clean = redact_text(r, buffer_text(&out), out.len);
	buffer_done(&out);
	/* A value that went may have held what parts a URL: "u:/SECRET@h" is userinfo now. */
	again = redact_url(NULL, clean);
	free(clean);
	return again;
}

/* Not cJSON_SetValuestring: that leaves a string it only refers to as it was. */
static void set_string(cJSON *value, const char *text)
{
	cJSON *fresh = cJSON_CreateString(text);
	char *old = value->type & cJSON_IsReference ? NULL : value->valuestring;

	value->type &= ~cJSON_IsReference;
	value->valuestring = fresh->valuestring;
	fresh->valuestring = old;
	cJSON_Delete(fresh);
}

static void json_redact_string(const struct redactor *r, cJSON *value, bool secret)
{
	size_t len = value->valuestring ? strlen(value->valuestring) : 0;
	char *clean;

	if (secret && len) {
		set_string(value, REDACTED);
	} else if (len && redact_needed(r, value->valuestring, len)) {
		clean = redact_text(r, value->valuestring, len);
		set_string(value, clean);
		free(clean);
	}
}

/* {"name": "Authorization", "value": "…"}, as HAR and form fields have it. */
static void json_redact_pair(cJSON *object)
{
	const cJSON *name = cJSON_GetObjectItemCaseSensitive(object, "name");
	cJSON *value = cJSON_GetObjectItemCaseSensitive(object, "value");

	if (cJSON_IsString(name) && cJSON_IsString(value) && redact_is_secret_name(name->valuestring))
		set_string(value, REDACTED);
}

/* A registered value may be a member's name, too. */
static void json_redact_member_name(const struct redactor *r, cJSON *member)
{
	size_t len = strlen(member->string);
	cJSON *fresh;
	char *clean;

	if (!redact_needed(r, member->string, len))
		return;
	clean = redact_text(r, member->string, len);
	fresh = cJSON_CreateString(clean);
	free(clean);
	if (!(member->type & cJSON_StringIsConst))
		cJSON_free(member->string);
	member->type &= ~cJSON_StringIsConst;
	member->string = fresh->valuestring;
	fresh->valuestring = NULL;
	cJSON_Delete(fresh);
}

/* secret: the value, or the list it stands in, has a secret name. */
static void json_redact(const struct redactor *r, cJSON *value, bool secret)
{
	cJSON *child;

	if (cJSON_IsString(value) || cJSON_IsRaw(value)) {
		json_redact_string(r, value, secret);
	} else if (cJSON_IsArray(value)) {
		cJSON_ArrayForEach(child, value) json_redact(r, child, secret);
	} else if (cJSON_IsObject(value)) {
		json_redact_pair(value);
		cJSON_ArrayForEach(child, value)
		{
			json_redact(r, child, redact_is_secret_name(child->string));
			json_redact_member_name(r, child);
		}
	}
}

void redact_json(const struct redactor *r, cJSON *value)
{
	json_redact(r, value, false);
}
