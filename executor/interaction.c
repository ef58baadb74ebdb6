/* Lines of a cassette: from what happened, and back. See interaction.h. */
#include "executor/interaction.h"
#include "executor/base64.h"
#include "executor/body.h"
#include "executor/nearest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CANCELLED "cancelled"

/* In the file a failure has a name; what has none here is "lost". */
static const char *const failures[] = {
	[HTTP_PROXY_REFUSED] = "proxy-refused",
	[HTTP_NOT_CONNECTED] = "not-connected",
	[HTTP_LOST] = "lost",
	[HTTP_TIMEOUT] = "timeout",
	[HTTP_TLS] = "tls",
	[HTTP_BAD_URL] = "bad-url",
	[HTTP_URL_NOT_ALLOWED] = "url-not-allowed",
	[HTTP_TOO_LARGE] = "too-large",
	[HTTP_HEADERS_TOO_LARGE] = "headers-too-large",
	[HTTP_TOO_MANY_REDIRECTS] = "too-many-redirects",
	[HTTP_UNDECODABLE] = "undecodable",
	[HTTP_INTERNAL] = "internal",
};
#define FAILURE_COUNT (sizeof failures / sizeof failures[0])

static const char *failure_name(enum http_failure failure)
{
	const char *name = (size_t)failure < FAILURE_COUNT ? failures[failure] : NULL;

	return name ? name : failures[HTTP_LOST];
}

static void add_clean(cJSON *object, const char *name, const char *text, const struct redactor *redactor)
{
	char *clean = redact_text(redactor, text, strlen(text));

	cJSON_AddStringToObject(object, name, clean);
	free(clean);
}

/* Differ from run to run, or belong to whoever records. */
static bool is_passing(const char *name)
{
	static const char *const names[] = {
		"traceparent", "tracestate", "baggage", "Idempotency-Key", "User-Agent", "X-Request-Id"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (!strcasecmp(names[i], name))
			return true;
	return false;
}

static cJSON *request_to_json(const struct canonical *canonical, const struct http_request *request,
	const struct redactor *redactor)
{
	cJSON *object = cJSON_CreateObject(), *headers = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "method", canonical->method);
	cJSON_AddStringToObject(object, "url", canonical->url);
	for (size_t i = 0; i < request->header_count; i++) {
		const struct http_header *h = &request->headers[i];

		if (!h->secret && !redact_is_secret_name(h->name) && !is_passing(h->name) &&
			!json_get(headers, h->name))
			add_clean(headers, h->name, h->value, redactor);
	}
	if (headers->child)
		cJSON_AddItemToObject(object, "headers", headers);
	else
		cJSON_Delete(headers);
	switch (canonical->kind) {
	case CANONICAL_NONE: break;
	case CANONICAL_JSON: cJSON_AddRawToObject(object, "body", canonical->body); break;
	case CANONICAL_TEXT: cJSON_AddStringToObject(object, "text", canonical->body); break;
	case CANONICAL_BASE64: cJSON_AddStringToObject(object, "base64", canonical->body); break;
	}
	return object;
}

/* The text as it came, but for secrets; JSON is only printed anew where it has some. */
static void add_json_body(cJSON *object, struct body *body, const struct redactor *redactor)
{
	char *before = json_print(body->json), *after;

	redact_json(redactor, body->json);
	after = json_print(body->json);
	cJSON_AddStringToObject(object, "text", strcmp(before, after) ? after : body->text);
	free(after);
	free(before);
}

/* Bytes may be text in another encoding. */
static bool hides_secret(const struct http_response *r, const struct redactor *redactor)
{
	struct body body;
	bool hides;

	body_read(&body, r->content_type, r->body->data, r->body->len);
	hides = redact_needed(redactor, body.text, body.len) ||
		redact_needed(redactor, r->body->data, r->body->len);
	body_done(&body);
	return hides;
}

static void add_body(cJSON *object, const struct http_response *r, const struct redactor *redactor)
{
	struct body body;
	char *text;

	if (!r->body || !r->body->len)
		return;
	body_read_raw(&body, r->body->data, r->body->len);
	if (body.kind == BODY_BINARY) {
		if (hides_secret(r, redactor)) {
			cJSON_AddStringToObject(object, "text", REDACTED);
		} else {
			text = base64_encode(body.text, body.len);
			cJSON_AddStringToObject(object, "base64", text);
			free(text);
		}
	} else {
		body_redact(&body, redactor);
		if (body.json)
			add_json_body(object, &body, redactor);
		else
			cJSON_AddStringToObject(object, "text", body.text);
	}
	body_done(&body);
}

static cJSON *response_to_json(const struct http_response *r, const struct redactor *redactor)
{
	cJSON *object = cJSON_CreateObject(), *headers = NULL;
	char *url;

	if (r->status)
		cJSON_AddNumberToObject(object, "status", (double)r->status);
	if (r->failure != HTTP_OK) {
		cJSON_AddStringToObject(object, "failure", failure_name(r->failure));
		add_clean(object, "message", r->message, redactor);
		cJSON_AddBoolToObject(object, "sent", r->sent);
	}
	if (r->version)
		cJSON_AddStringToObject(object, "version", r->version);
	if (r->content_type || r->header_count)
		headers = cJSON_AddObjectToObject(object, "headers");
	if (r->content_type)
		add_clean(headers, "Content-Type", r->content_type, redactor);
	for (size_t i = 0; i < r->header_count; i++)
		add_clean(headers, r->headers[i].name, r->headers[i].value, redactor);
	if (r->retry_after_ms >= 0)
		cJSON_AddNumberToObject(object, "retryAfterMs", r->retry_after_ms);
	if (r->redirected_to) {
		url = redact_url(redactor, r->redirected_to);
		cJSON_AddNumberToObject(object, "redirects", r->redirects);
		cJSON_AddStringToObject(object, "redirectedTo", url);
		free(url);
	}
	if (r->resends)
		cJSON_AddNumberToObject(object, "resends", r->resends);
	if (r->failure == HTTP_OK)
		add_body(object, r, redactor);
	return object;
}

static cJSON *timing_to_json(const struct http_response *response)
{
	const struct attempt_timing *t = &response->timing;
	cJSON *object = cJSON_CreateObject();

	json_add_ms(object, "dnsMs", t->dns_ms);
	json_add_ms(object, "connectMs", t->connect_ms);
	json_add_ms(object, "tlsMs", t->tls_ms);
	json_add_ms(object, "ttfbMs", t->ttfb_ms);
	json_add_ms(object, "totalMs", t->total_ms);
	if (response->silence_ms > 0)
		json_add_ms(object, "silenceMs", response->silence_ms);
	return object;
}

/* Scheme, host and port of a URL: the path behind them may be a secret. Caller frees. */
static char *origin_of(const char *url)
{
	const char *authority = strstr(url, "://") + 3, *end = authority + strcspn(authority, "/?#");
	const char *at = memrchr(authority, '@', (size_t)(end - authority));

	if (at)
		return xasprintf("%.*s%.*s", (int)(authority - url), url, (int)(end - at - 1), at + 1);
	return xstrndup(url, (size_t)(end - url));
}

cJSON *interaction_to_json(const struct canonical *canonical, const char *variable,
	const struct http_request *request, const struct http_response *response, double ms,
	const struct redactor *redactor)
{
	struct http_response cancelled = {.message = "", .retry_after_ms = -1, .timing.total_ms = ms};
	cJSON *object = cJSON_CreateObject(), *answer;
	char *origin;

	cJSON_AddItemToObject(object, "request", request_to_json(canonical, request, redactor));
	answer = response_to_json(response ? response : &cancelled, redactor);
	if (!response)
		cJSON_AddStringToObject(answer, "failure", CANCELLED);
	cJSON_AddItemToObject(object, "response", answer);
	cJSON_AddItemToObject(object, "timing", timing_to_json(response ? response : &cancelled));
	if (variable) {
		origin = origin_of(request->url);
		add_clean(cJSON_AddObjectToObject(object, "variables"), variable, origin, redactor);
		free(origin);
	}
	return object;
}

/* A line being checked: the object at pointer. */
struct reading {
	const cJSON *object;
	const char *pointer;
	struct faults *faults;
};

static void fault_at(const struct reading *in, const char *name, const char *what)
{
	char *pointer = json_pointer_child(in->pointer, name);

	faults_add(in->faults, FAULT_ERROR, pointer, "%s", what);
	free(pointer);
}

static void check_members(const struct reading *in, const char *const *names, size_t count)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, in->object)
	{
		const char *nearest = nearest_name(member->string, names, count);
		char message[120];
		size_t i = 0;

		while (i < count && strcmp(names[i], member->string) != 0)
			i++;
		if (i < count)
			continue;
		snprintf(message, sizeof message, "unknown member: %s%s%s",
			nearest ? "did you mean " : "remove it", nearest ? nearest : "", nearest ? "?" : "");
		fault_at(in, member->string, message);
	}
}

static const char *read_string(const struct reading *in, const char *name, bool required)
{
	const cJSON *member = json_get(in->object, name);

	if (!member && required)
		faults_add(in->faults, FAULT_ERROR, in->pointer, "has no \"%s\"", name);
	else if (member && !cJSON_IsString(member))
		fault_at(in, name, "must be a string");
	return cJSON_IsString(member) ? member->valuestring : NULL;
}

static double read_number(const struct reading *in, const char *name, double fallback, double max)
{
	const cJSON *member = json_get(in->object, name);
	char message[64];

	if (!member)
		return fallback;
	if (cJSON_IsNumber(member) && member->valuedouble >= 0 && member->valuedouble <= max)
		return member->valuedouble;
	snprintf(message, sizeof message, "must be a number from 0 to %.0f", max);
	fault_at(in, name, message);
	return fallback;
}

/* A member that is an object, or NULL. */
static const cJSON *read_object(const struct reading *in, const char *name, bool required)
{
	const cJSON *member = json_get(in->object, name);

	if (!member && required)
		faults_add(in->faults, FAULT_ERROR, in->pointer, "has no \"%s\"", name);
	else if (member && !cJSON_IsObject(member))
		fault_at(in, name, "must be an object");
	return cJSON_IsObject(member) ? member : NULL;
}

static const cJSON *read_headers(const struct reading *in)
{
	const cJSON *headers = read_object(in, "headers", false), *header;

	cJSON_ArrayForEach(header, headers) if (!cJSON_IsString(header))
		fault_at(in, "headers", "must hold strings");
	return headers;
}

static void read_request(struct interaction *interaction, const struct reading *in)
{
	static const char *const names[] = {"method", "url", "headers", "body", "text", "base64"};
	struct canonical *c = &interaction->request;
	const cJSON *body = json_get(in->object, "body");
	const char *text = read_string(in, "text", false), *base64 = read_string(in, "base64", false);

	check_members(in, names, sizeof names / sizeof names[0]);
	c->method = xstrdup_null(read_string(in, "method", true));
	c->url = xstrdup_null(read_string(in, "url", true));
	read_headers(in);
	if ((body != NULL) + (text != NULL) + (base64 != NULL) > 1)
		faults_add(in->faults, FAULT_ERROR, in->pointer,
			"has more than one of \"body\", \"text\" and \"base64\": keep one");
	c->kind = body ? CANONICAL_JSON : text ? CANONICAL_TEXT : base64 ? CANONICAL_BASE64 : CANONICAL_NONE;
	c->body = body ? json_canonical(body) : xstrdup_null(text ? text : base64);
}

static void read_failure(struct interaction *interaction, const struct reading *in)
{
	const char *name = read_string(in, "failure", false);

	if (!name)
		return;
	interaction->cancelled = !strcmp(name, CANCELLED);
	interaction->response.failure = HTTP_TIMEOUT;
	if (interaction->cancelled)
		return;
	for (size_t i = 0; i < FAILURE_COUNT; i++)
		if (failures[i] && !strcmp(failures[i], name)) {
			interaction->response.failure = (enum http_failure)i;
			return;
		}
	fault_at(in, "failure",
		"unknown failure: not-connected, lost, timeout, tls, bad-url, url-not-allowed, too-large, "
		"headers-too-large, too-many-redirects, undecodable, internal or cancelled");
}

static void read_body(struct interaction *interaction, const struct reading *in)
{
	const char *text = read_string(in, "text", false), *base64 = read_string(in, "base64", false);

	if (text && base64)
		faults_add(
			in->faults, FAULT_ERROR, in->pointer, "has both \"text\" and \"base64\": keep one");
	interaction->bytes = text ? text : "";
	interaction->len = strlen(interaction->bytes);
	if (!base64)
		return;
	interaction->decoded = base64_decode(base64, &interaction->len);
	if (interaction->decoded)
		interaction->bytes = interaction->decoded;
	else
		fault_at(in, "base64", "is not base64");
}

static void take_headers(struct interaction *interaction, const cJSON *headers)
{
	struct http_response *r = &interaction->response;
	const cJSON *header;

	interaction->headers = xcalloc((size_t)cJSON_GetArraySize(headers) + 1, sizeof *interaction->headers);
	r->headers = interaction->headers;
	cJSON_ArrayForEach(header, headers)
	{
		if (!strcasecmp(header->string, "Content-Type"))
			r->content_type = header->valuestring;
		else if (cJSON_IsString(header))
			interaction->headers[r->header_count++] =
				(struct http_header){header->string, header->valuestring, false};
	}
}

static void read_response(struct interaction *interaction, const struct reading *in)
{
	static const char *const names[] = {"status", "failure", "message", "sent", "version", "headers",
		"retryAfterMs", "redirects", "redirectedTo", "resends", "text", "base64"};
	struct http_response *r = &interaction->response;

	check_members(in, names, sizeof names / sizeof names[0]);
	read_failure(interaction, in);
	r->message = read_string(in, "message", false);
	if (!r->message)
		r->message = "";
	r->sent = json_bool(in->object, "sent", r->failure == HTTP_OK);
	r->status = (long)read_number(in, "status", 0, 999);
	if (r->failure == HTTP_OK && r->status < 100 && !in->faults->errors)
		faults_add(in->faults, FAULT_ERROR, in->pointer,
			"needs a \"status\" from 100 to 999, or a \"failure\"");
	r->version = read_string(in, "version", false);
	r->retry_after_ms = read_number(in, "retryAfterMs", -1, 1e12);
	r->redirected_to = read_string(in, "redirectedTo", false);
	r->redirects = (int)read_number(in, "redirects", 0, 1000);
	r->resends = (int)read_number(in, "resends", 0, 1000);
	take_headers(interaction, read_headers(in));
	read_body(interaction, in);
}

static void read_timing(struct interaction *interaction, const struct reading *in)
{
	static const char *const names[] = {"dnsMs", "connectMs", "tlsMs", "ttfbMs", "totalMs", "silenceMs"};
	struct attempt_timing *t = &interaction->response.timing;

	check_members(in, names, sizeof names / sizeof names[0]);
	t->dns_ms = read_number(in, "dnsMs", 0, INTERACTION_MAX_MS);
	t->connect_ms = read_number(in, "connectMs", 0, INTERACTION_MAX_MS);
	t->tls_ms = read_number(in, "tlsMs", 0, INTERACTION_MAX_MS);
	t->ttfb_ms = read_number(in, "ttfbMs", 0, INTERACTION_MAX_MS);
	t->total_ms = read_number(in, "totalMs", 0, INTERACTION_MAX_MS);
	interaction->response.silence_ms = read_number(in, "silenceMs", 0, INTERACTION_MAX_MS);
}

struct interaction *interaction_parse(cJSON *root, struct faults *faults)
{
	static const char *const names[] = {"request", "response", "timing", "variables"};
	struct reading line = {root, "", faults}, part = {NULL, "/request", faults};
	struct interaction *interaction = xcalloc(1, sizeof *interaction);
	size_t before = faults->errors;
	const cJSON *variables, *variable;

	interaction->root = root;
	if (!cJSON_IsObject(root)) {
		faults_add(faults, FAULT_ERROR, "", "must be an object");
		interaction_free(interaction);
		return NULL;
	}
	check_members(&line, names, sizeof names / sizeof names[0]);
	if ((part.object = read_object(&line, "request", true)))
		read_request(interaction, &part);
	part.pointer = "/response";
	if ((part.object = read_object(&line, "response", true)))
		read_response(interaction, &part);
	part.pointer = "/timing";
	if ((part.object = read_object(&line, "timing", false)))
		read_timing(interaction, &part);
	variables = read_object(&line, "variables", false);
	cJSON_ArrayForEach(variable, variables) if (!cJSON_IsString(variable))
		fault_at(&line, "variables", "must hold strings");
	if (faults->errors > before) {
		interaction_free(interaction);
		return NULL;
	}
	return interaction;
}

void interaction_free(struct interaction *interaction)
{
	if (!interaction)
		return;
	canonical_done(&interaction->request);
	cJSON_Delete(interaction->root);
	free(interaction->decoded);
	free(interaction->headers);
	free(interaction);
}
