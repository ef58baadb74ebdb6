/* From a node's data to an integration that can run, or that knows why it cannot. See integration.h. */
#include "executor/integration.h"
#include "executor/credentials.h"
#include "executor/graphql_document.h"
#include "executor/http.h"
#include "executor/idempotency.h"
#include "executor/json.h"
#include "executor/mock_node.h"
#include "executor/source.h"
#include "executor/template.h"
#include "executor/transport.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LATENCY_MAX_MS 3600000.0

static void add_fault(const struct integration_draft *draft, enum fault_severity severity, const char *member,
	const char *message)
{
	char *pointer = xasprintf("%s%s%s", draft->pointer, *member ? "/" : "", member);

	faults_add(draft->faults, severity, pointer, "%s", message);
	free(pointer);
}

void integration_refuse(
	const struct integration_draft *draft, enum errcode code, const char *member, const char *format, ...)
{
	struct integration *in = draft->integration;
	va_list ap;
	char *message;

	va_start(ap, format);
	message = xvasprintf(format, ap);
	va_end(ap);
	add_fault(draft, FAULT_ERROR, member, message);
	if (in->error) {
		free(message);
		return;
	}
	in->error = code;
	in->error_message = xasprintf("%s%s%s: %s", draft->pointer, *member ? "/" : "", member, message);
	free(message);
}

void integration_warn(const struct integration_draft *draft, const char *member, const char *format, ...)
{
	va_list ap;
	char *message;

	va_start(ap, format);
	message = xvasprintf(format, ap);
	va_end(ap);
	add_fault(draft, FAULT_WARNING, member, message);
	free(message);
}

static bool is_blank(const char *s)
{
	return !s[strspn(s, " \t\r\n")];
}

char *integration_text(const struct integration_draft *draft, const char *member)
{
	const cJSON *value = json_get(draft->data, member);
	char *message, *text;

	if (!value || cJSON_IsNull(value) || (cJSON_IsString(value) && is_blank(value->valuestring)))
		return NULL;
	text = cJSON_IsString(value) ? xstrdup(value->valuestring) : json_print(value);
	message = template_check(text);
	if (message)
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, member, "%s", message);
	free(message);
	return text;
}

static void parse_url(const struct integration_draft *draft, enum errcode no_url)
{
	char *text = integration_text(draft, "url"), *url;
	size_t len;

	if (!text) {
		integration_refuse(draft, no_url, "url", "%s", errcode_message(no_url));
		return;
	}
	url = text + strspn(text, " \t\r\n");
	for (len = strlen(url); len && isspace((unsigned char)url[len - 1]); len--)
		;
	url = draft->integration->url = xstrndup(url, len);
	free(text);
	for (const char *p = url; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f) {
			integration_refuse(
				draft, ERR_INTEGRATION_CONFIG_ERROR, "url", "the URL holds a control byte");
			return;
		}
	if (strncasecmp(url, "http://", 7) && strncasecmp(url, "https://", 8) && strncmp(url, "${", 2)) {
		text = redact_url(NULL, url);
		integration_refuse(draft, ERR_URL_NOT_ALLOWED, "url",
			"\"%.60s\" is not allowed: write http:// or https://", text);
		free(text);
	} else if (!strstr(url, "{{") && !strstr(url, "${") && http_url_fault(url)) {
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "url", "the URL is malformed: %s",
			http_url_fault(url));
	}
}

static bool is_header_name(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("!#$%&'*+-.^_`|~", *p))
			return false;
	return *name;
}

static bool has_control(const char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return true;
	return false;
}

static void add_header(const struct integration_draft *draft, const cJSON *member)
{
	struct integration *in = draft->integration;
	struct integration_header *h;
	char *value, *wrong;

	if (!is_header_name(member->string)) {
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "headers",
			"\"%.60s\" is not a header name", member->string);
		return;
	}
	if (cJSON_IsObject(member) || cJSON_IsArray(member) || cJSON_IsNull(member)) {
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "headers",
			"the header \"%.60s\" needs a text", member->string);
		return;
	}
	value = cJSON_IsString(member) ? xstrdup(member->valuestring) : json_print(member);
	wrong = template_check(value);
	if (wrong || has_control(value))
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "headers", "the header \"%.60s\": %s",
			member->string,
			wrong ? wrong : "a line break or another control byte cannot stand in a header");
	free(wrong);
	in->headers = xreallocarray(in->headers, in->header_count + 1, sizeof *in->headers);
	h = &in->headers[in->header_count++];
	*h = (struct integration_header){.name = xstrdup(member->string), .value = value};
	h->templated = strstr(value, "{{") || strstr(value, "${");
	h->secret = redact_is_secret_name(h->name) || strstr(value, "${");
}

static void parse_headers(const struct integration_draft *draft)
{
	char *text = integration_text(draft, "headers"), error[JSON_ERROR_SIZE];
	const cJSON *member;
	cJSON *json;

	if (!text)
		return;
	json = json_parse(text, strlen(text), error);
	if (!json)
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "headers",
			"headers are not valid JSON: %s", error);
	else if (!cJSON_IsObject(json))
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "headers",
			"headers must be a JSON object of texts");
	else
		cJSON_ArrayForEach(member, json) add_header(draft, member);
	cJSON_Delete(json);
	free(text);
}

static void parse_auth(const struct integration_draft *draft)
{
	static const char *const names[] = {[AUTH_NONE] = "none",
		[AUTH_BEARER] = "bearer",
		[AUTH_API_KEY] = "apiKey",
		[AUTH_BASIC] = "basic",
		[AUTH_CUSTOM] = "custom"};
	struct integration *in = draft->integration;
	const char *type = json_string(draft->data, "authType", "none");
	size_t i;

	in->auth_token = integration_text(draft, "authToken");
	in->api_header = integration_text(draft, "apiHeaderName");
	for (i = 0; i < sizeof names / sizeof names[0] && strcmp(names[i], *type ? type : "none") != 0; i++)
		;
	if (i == sizeof names / sizeof names[0]) {
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "authType",
			"unknown authType \"%.40s\": write none, bearer, apiKey, basic or custom", type);
		return;
	}
	in->auth = (enum integration_auth)i;
	if (in->auth_token && has_control(in->auth_token))
		integration_refuse(
			draft, ERR_INTEGRATION_CONFIG_ERROR, "authToken", "the token holds a control byte");
	if (in->api_header && !is_header_name(in->api_header))
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "apiHeaderName",
			"\"%.60s\" is not a header name", in->api_header);
	if ((in->auth == AUTH_BEARER || in->auth == AUTH_API_KEY || in->auth == AUTH_BASIC) &&
		!in->auth_token)
		integration_warn(draft, "authToken",
			"authType is %s but there is no authToken: requests go out without it", type);
	if (in->auth == AUTH_BASIC && in->auth_token && !strpbrk(in->auth_token, ":$"))
		integration_warn(draft, "authToken", "authType is basic: authToken is user:password");
	if (in->auth == AUTH_API_KEY && !in->api_header)
		integration_warn(draft, "apiHeaderName", "no apiHeaderName: the key goes out as X-API-Key");
}

void integration_parse_http(const struct integration_draft *draft, enum errcode no_url)
{
	parse_url(draft, no_url);
	parse_headers(draft);
	parse_auth(draft);
	credentials_parse(draft);
	transport_parse(draft);
}

static void parse_latency(const struct integration_draft *draft)
{
	const cJSON *latency = json_get(draft->data, "latency");
	double ms = 0;
	char *end;

	if (!latency || cJSON_IsNull(latency))
		return;
	if (cJSON_IsNumber(latency)) {
		ms = latency->valuedouble;
	} else if (cJSON_IsString(latency)) {
		ms = strtod(latency->valuestring, &end);
		if (*end)
			ms = -1;
	} else {
		ms = -1;
	}
	if (!(ms >= 0 && ms <= LATENCY_MAX_MS)) {
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "latency",
			"latency must be milliseconds from 0 to %.0f", LATENCY_MAX_MS);
		return;
	}
	draft->integration->latency_ms = ms;
}

static void parse_kind(const struct integration_draft *draft)
{
	const cJSON *type = json_get(draft->data, "integrationType");

	if (!cJSON_IsString(type)) {
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "integrationType",
			"no integrationType: write " SOURCE_NAMES);
		return;
	}
	draft->integration->source = source_find(type->valuestring);
	if (draft->integration->source)
		draft->integration->source->parse(draft);
	else
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "integrationType",
			"unknown integrationType \"%.40s\": write " SOURCE_NAMES, type->valuestring);
}

static bool uses_arguments(const struct integration *in)
{
	const char *const texts[] = {in->url, in->body, in->variables, in->auth_token};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (template_has_arguments(texts[i]))
			return true;
	for (size_t i = 0; i < in->header_count; i++)
		if (template_has_arguments(in->headers[i].value))
			return true;
	return false;
}

void integration_refuse_faulty(const struct integration_draft *draft, size_t first)
{
	for (size_t i = first; i < draft->faults->count; i++) {
		const struct fault *fault = &draft->faults->items[i];

		if (fault->severity != FAULT_ERROR || draft->integration->error)
			continue;
		draft->integration->error = ERR_INTEGRATION_CONFIG_ERROR;
		draft->integration->error_message = xasprintf("%s: %s", fault->pointer, fault->message);
	}
}

void integration_defaults_parse(struct integration_defaults *defaults, const cJSON *holder,
	const char *pointer, struct faults *faults)
{
	char *member = json_pointer_child(pointer, "testpanel");

	policy_parse(&defaults->policy, json_get(holder, "testpanel"), member, faults);
	transport_free(defaults->transport);
	defaults->transport = transport_parse_defaults(holder, pointer, defaults->folder, faults);
	free(member);
}

void integration_defaults_done(struct integration_defaults *defaults)
{
	transport_free(defaults->transport);
	defaults->transport = NULL;
	free(defaults->folder);
	defaults->folder = NULL;
}

struct integration *integration_parse(const char *id, const cJSON *data,
	const struct integration_defaults *defaults, const char *pointer, struct faults *faults)
{
	static const struct integration_defaults standard = INTEGRATION_DEFAULTS;
	struct integration *in = xcalloc(1, sizeof *in);
	struct integration_draft draft = {in, data, pointer, faults, defaults ? defaults : &standard};
	struct faults own;
	size_t before;
	char *member;

	faults_init(&own);
	if (!faults)
		draft.faults = &own;
	before = draft.faults->count;
	in->id = xstrdup(id);
	in->label = xstrdup_null(json_string(data, "label", NULL));
	in->instructions = xstrdup_null(json_string(data, "aiInstructions", NULL));
	in->policy = defaults ? defaults->policy : standard.policy;
	if (cJSON_IsObject(data)) {
		member = json_pointer_child(pointer, "testpanel");
		policy_parse(&in->policy, json_get(data, "testpanel"), member, draft.faults);
		idempotency_parse(in, json_get(data, "testpanel"), member, draft.faults);
		free(member);
		integration_refuse_faulty(&draft, before);
		parse_latency(&draft);
		parse_kind(&draft);
		if (in->source != &source_mock)
			mock_node_warn(&draft);
		integration_parse_filters(&draft);
		in->uses_arguments = uses_arguments(in);
	} else {
		integration_refuse(
			&draft, ERR_INTEGRATION_CONFIG_ERROR, "", "an integration's data must be an object");
	}
	faults_done(&own);
	return in;
}

void integration_free(struct integration *in)
{
	if (!in)
		return;
	for (size_t i = 0; i < in->header_count; i++) {
		free(in->headers[i].name);
		free(in->headers[i].value);
	}
	free(in->headers);
	mock_node_free(in->mock);
	cJSON_Delete(in->mock_data);
	free(in->id);
	free(in->label);
	free(in->url);
	free(in->method);
	free(in->api_header);
	free(in->auth_token);
	free(in->body);
	free(in->query);
	free(in->operation_name);
	free(in->variables);
	for (size_t i = 0; i < in->required_count; i++)
		graphql_variable_done(&in->required[i]);
	free(in->required);
	free(in->mock_output);
	free(in->expect);
	free(in->select);
	free(in->instructions);
	transport_free(in->transport);
	credentials_free(in->oauth2);
	free(in->key_template);
	free(in->error_message);
	free(in);
}

const char *integration_kind(const struct integration *in)
{
	return in->source ? in->source->name : "unknown";
}

bool integration_repeatable(const struct integration *in)
{
	return in->policy.idempotent || idempotency_keyed(in) || (in->source && in->source->repeatable(in));
}
