/* Fetching and keeping access tokens. See oauth2.h. */
#include "executor/oauth2.h"
#include "executor/base64.h"
#include "executor/json.h"
#include "executor/template.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ENTRIES_MAX 256
#define TOKEN_MAX_BYTES ((size_t)64 << 10)
#define ANSWER_MAX_BYTES ((size_t)1 << 20)
#define MARGIN_MAX_MS 30000.0
#define LIFETIME_UNKNOWN_MS 3600000.0 /* where expires_in is missing: until it is refused, or an hour */

struct oauth2_entry {
	struct oauth2 *oauth2;
	struct oauth2_entry *next;
	struct buffer key; /* all that the client is, so that it is the same client */
	char *token;       /* NULL: none */
	uint64_t got_ns;
	double lifetime_ms;
	struct oauth2_wait waiting; /* a ring */

	/* While it fetches. A copy of what the first to ask had: that one may leave before the others. */
	struct http_transfer *transfer;
	struct buffer form;
	char *url, *authorization;
	char *texts[6];
	struct http_header headers[3];
	struct http_transport transport;
};

struct oauth2 {
	struct http *http;
	const struct clock *clock;
	struct redactor *redactor;
	struct oauth2_entry *entries; /* the newest first */
};

struct oauth2 *oauth2_new(struct http *http, const struct clock *clock, struct redactor *redactor)
{
	struct oauth2 *oauth2 = xcalloc(1, sizeof *oauth2);

	oauth2->http = http;
	oauth2->clock = clock;
	oauth2->redactor = redactor;
	return oauth2;
}

/* What only the fetch needed. */
static void end_fetch(struct oauth2_entry *entry)
{
	entry->transfer = NULL;
	for (size_t i = 0; i < sizeof entry->texts / sizeof entry->texts[0]; i++) {
		free(entry->texts[i]);
		entry->texts[i] = NULL;
	}
	free(entry->url);
	free(entry->authorization);
	entry->url = entry->authorization = NULL;
	buffer_reset(&entry->form);
}

static void entry_free(struct oauth2_entry *entry)
{
	end_fetch(entry);
	buffer_done(&entry->key);
	buffer_done(&entry->form);
	free(entry->token);
	free(entry);
}

void oauth2_free(struct oauth2 *oauth2)
{
	if (!oauth2)
		return;
	while (oauth2->entries) {
		struct oauth2_entry *entry = oauth2->entries;

		oauth2->entries = entry->next;
		entry_free(entry);
	}
	free(oauth2);
}

static void make_key(struct buffer *key, const struct oauth2_client *client)
{
	const char *const parts[] = {
		client->token_url, client->id, client->secret, client->scope, client->audience};

	buffer_init(key, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		buffer_append(key, parts[i] ? parts[i] : "", (parts[i] ? strlen(parts[i]) : 0) + 1);
	buffer_append_char(key, client->in_body ? 'b' : 'h');
}

static bool is_waited_for(const struct oauth2_entry *entry)
{
	return entry->waiting.next != &entry->waiting;
}

/* Scopes and URLs may come from variables only, so there are few; all the same they do not grow for ever. */
static void evict(struct oauth2 *oauth2)
{
	struct oauth2_entry **at, **oldest = NULL, *entry;
	size_t count = 0;

	for (at = &oauth2->entries; *at; at = &(*at)->next, count++)
		if (!is_waited_for(*at) && !(*at)->transfer)
			oldest = at;
	if (count <= ENTRIES_MAX || !oldest)
		return;
	entry = *oldest;
	*oldest = entry->next;
	entry_free(entry);
}

static struct oauth2_entry *find_entry(struct oauth2 *oauth2, const struct oauth2_client *client)
{
	struct oauth2_entry *entry;
	struct buffer key;

	make_key(&key, client);
	for (entry = oauth2->entries; entry; entry = entry->next)
		if (entry->key.len == key.len && !memcmp(entry->key.data, key.data, key.len)) {
			buffer_done(&key);
			return entry;
		}
	evict(oauth2);
	entry = xcalloc(1, sizeof *entry);
	entry->oauth2 = oauth2;
	entry->key = key;
	buffer_init(&entry->form, BUFFER_MAX_TEXT);
	entry->waiting.next = entry->waiting.prev = &entry->waiting;
	entry->next = oauth2->entries;
	oauth2->entries = entry;
	return entry;
}

static void forget(struct oauth2_entry *entry)
{
	free(entry->token);
	entry->token = NULL;
}

/* A token may expire on its way. */
static bool is_good(const struct oauth2_entry *entry)
{
	double margin_ms = entry->lifetime_ms / 10;

	if (margin_ms > MARGIN_MAX_MS)
		margin_ms = MARGIN_MAX_MS;
	return clock_ms(entry->got_ns, clock_monotonic_ns(entry->oauth2->clock)) <
		entry->lifetime_ms - margin_ms;
}

const char *oauth2_token(struct oauth2 *oauth2, const struct oauth2_client *client)
{
	struct oauth2_entry *entry = find_entry(oauth2, client);

	if (entry->token && !is_good(entry))
		forget(entry);
	return entry->token;
}

void oauth2_refuse(struct oauth2 *oauth2, const struct oauth2_client *client, const char *token)
{
	struct oauth2_entry *entry = find_entry(oauth2, client);

	if (entry->token && !strcmp(entry->token, token))
		forget(entry);
}

static double lifetime_ms(const cJSON *json)
{
	const cJSON *expires = json_get(json, "expires_in");
	double seconds;
	char *end;

	if (cJSON_IsNumber(expires))
		return expires->valuedouble * 1000;
	/* Some servers write it as a text. */
	if (cJSON_IsString(expires)) {
		seconds = strtod(expires->valuestring, &end);
		if (end != expires->valuestring && !*end)
			return seconds * 1000;
	}
	return LIFETIME_UNKNOWN_MS;
}

/* RFC 6750 §2.1: what may stand behind "Bearer ". */
static bool is_token(const char *token)
{
	for (const char *p = token; *p; p++)
		if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f)
			return false;
	return *token && strlen(token) <= TOKEN_MAX_BYTES;
}

/* Secrets go before the end does: one that is cut in two would not be recognised. Caller frees. */
static char *clean_text(const struct redactor *redactor, const cJSON *json, const char *member)
{
	const char *text = json_string(json, member, "");

	return redact_text(redactor, text, strlen(text));
}

/* What the token endpoint says is wrong (RFC 6749 §5.2), NULL where it says nothing. Caller frees. */
static char *complaint(const struct redactor *redactor, const cJSON *json)
{
	char *error = clean_text(redactor, json, "error"),
	     *text = clean_text(redactor, json, "error_description"), *said = NULL;

	if (*error || *text)
		said = xasprintf("%.200s%s%.500s", error, *error && *text ? ": " : "", text);
	free(error);
	free(text);
	return said;
}

static char *describe_refusal(
	const struct redactor *redactor, const struct http_response *response, const cJSON *json)
{
	const char *name = http_status_text(response->status);
	char *said = complaint(redactor, json), *message;
	bool credentials = response->status == 401 ||
		(json && !strcmp(json_string(json, "error", ""), "invalid_client"));

	message = xasprintf("no access token: tokenUrl answered %ld%s%s%s%s%s", response->status,
		*name ? " " : "", name, said ? ": " : "", said ? said : "",
		credentials ? "; check oauth2's clientId, clientSecret and authStyle" : "");
	free(said);
	return message;
}

/* Takes the token out of the answer. NULL, or why there is none; caller frees. */
static char *read_token(struct oauth2_entry *entry, const struct http_response *response)
{
	struct redactor *redactor = entry->oauth2->redactor;
	cJSON *json = NULL;
	const char *token, *type;
	char *message = NULL;

	if (response->failure)
		return xasprintf("no access token: tokenUrl: %s", response->message);
	json = json_parse(buffer_text(response->body), response->body->len, NULL);
	token = json_string(json, "access_token", NULL);
	type = json_string(json, "token_type", "Bearer");
	if (response->status < 200 || response->status > 299)
		message = describe_refusal(redactor, response, json);
	else if (!json)
		message = xstrdup("no access token: tokenUrl's answer is not JSON");
	else if (!token || !is_token(token))
		message = xstrdup("no access token: tokenUrl's answer has no usable \"access_token\"");
	else if (strcasecmp(type, "bearer") != 0)
		message = xasprintf("tokenUrl gave a token of type \"%.40s\": only Bearer is known", type);
	if (!message && token) {
		forget(entry);
		entry->token = xstrdup(token);
		entry->got_ns = clock_monotonic_ns(entry->oauth2->clock);
		entry->lifetime_ms = lifetime_ms(json);
		/* A replayed answer has this in the token's place. */
		if (redactor && strcmp(token, REDACTED) != 0)
			redactor_add(redactor, token);
	}
	cJSON_Delete(json);
	return message;
}

static void leave(struct oauth2_wait *wait)
{
	wait->prev->next = wait->next;
	wait->next->prev = wait->prev;
	wait->entry = NULL;
}

static void on_answer(const struct http_response *response, void *ctx)
{
	struct oauth2_entry *entry = ctx;
	struct oauth2_outcome outcome = {.response = response};
	char *message = read_token(entry, response), *token = xstrdup_null(entry->token);
	struct oauth2_wait ring = {.next = &ring, .prev = &ring};

	outcome.message = message;
	outcome.token = message ? NULL : token;
	end_fetch(entry);
	/* Whoever comes while these are told waits for another fetch. */
	if (is_waited_for(entry)) {
		ring = entry->waiting;
		ring.next->prev = ring.prev->next = &ring;
		entry->waiting.next = entry->waiting.prev = &entry->waiting;
	}
	while (ring.next != &ring) {
		struct oauth2_wait *wait = ring.next;

		leave(wait);
		wait->done(&outcome, wait->ctx);
	}
	free(token);
	free(message);
}

static void add_field(struct buffer *form, const char *name, const char *value)
{
	if (!value)
		return;
	buffer_appendf(form, "%s%s=", form->len ? "&" : "", name);
	template_escape_url(form, value, strlen(value));
}

/* Id and secret are form-encoded before they are joined (RFC 6749 §2.3.1). */
static char *basic_credentials(const struct oauth2_client *client, struct redactor *redactor)
{
	struct buffer text;
	char *base64, *value;

	buffer_init(&text, BUFFER_MAX_TEXT);
	template_escape_url(&text, client->id, strlen(client->id));
	buffer_append_char(&text, ':');
	template_escape_url(&text, client->secret, strlen(client->secret));
	base64 = base64_encode(buffer_text(&text), text.len);
	value = xasprintf("Basic %s", base64);
	if (redactor)
		redactor_add(redactor, base64);
	free(base64);
	buffer_done(&text);
	return value;
}

static void copy_transport(struct oauth2_entry *entry, const struct http_transport *from)
{
	struct http_transport *to = &entry->transport;
	const char **const texts[] = {
		&to->ca_file, &to->cert_file, &to->key_file, &to->key_password, &to->server_name, &to->proxy};

	*to = *from;
	to->cookies = false;
	to->folder = NULL;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		*texts[i] = entry->texts[i] = xstrdup_null(*texts[i]);
}

static void fetch(struct oauth2_entry *entry, const struct oauth2_client *client,
	const struct http_transport *transport)
{
	struct http_request request = {.method = "POST", .repeatable = true, .max_bytes = ANSWER_MAX_BYTES};
	size_t n = 0;

	entry->headers[n++] =
		(struct http_header){"Content-Type", "application/x-www-form-urlencoded", false};
	entry->headers[n++] = (struct http_header){"Accept", "application/json", false};
	add_field(&entry->form, "grant_type", "client_credentials");
	if (client->in_body) {
		add_field(&entry->form, "client_id", client->id);
		add_field(&entry->form, "client_secret", client->secret);
	} else {
		entry->authorization = basic_credentials(client, entry->oauth2->redactor);
		entry->headers[n++] = (struct http_header){"Authorization", entry->authorization, true};
	}
	add_field(&entry->form, "scope", client->scope);
	add_field(&entry->form, "audience", client->audience);
	if (transport)
		copy_transport(entry, transport);
	request.transport = transport ? &entry->transport : NULL;
	request.url = entry->url = xstrdup(client->token_url);
	request.headers = entry->headers;
	request.header_count = n;
	request.body = buffer_text(&entry->form);
	request.body_len = entry->form.len;
	/* A redirect would take the secret elsewhere. */
	request.stay = true;
	entry->transfer = http_start(entry->oauth2->http, &request, on_answer, entry);
}

bool oauth2_fetch(struct oauth2 *oauth2, const struct oauth2_client *client,
	const struct http_transport *transport, struct oauth2_wait *wait, oauth2_done done, void *ctx)
{
	struct oauth2_entry *entry = find_entry(oauth2, client);
	bool shared = entry->transfer != NULL;

	wait->entry = entry;
	wait->done = done;
	wait->ctx = ctx;
	wait->prev = entry->waiting.prev;
	wait->next = &entry->waiting;
	wait->prev->next = wait->next->prev = wait;
	if (!shared)
		fetch(entry, client, transport);
	return shared;
}

void oauth2_cancel(struct oauth2_wait *wait)
{
	struct oauth2_entry *entry = wait->entry;

	if (!entry)
		return;
	leave(wait);
	if (entry->transfer && !is_waited_for(entry)) {
		http_cancel(entry->transfer, NULL);
		end_fetch(entry);
	}
}
