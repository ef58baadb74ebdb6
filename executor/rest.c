/* REST. Arguments that no template names travel as the original's users expect: in the query where there is
 * no body, else merged into a JSON body. See source.h. */
#include "executor/json.h"
#include "executor/source.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define METADATA_BODY_MAX 4096

enum body_rule {
	BODY_NEVER,
	BODY_IF_GIVEN,
	BODY_ALWAYS,
};

static const struct {
	const char *name;
	enum body_rule body;
} methods[] = {
	{"GET", BODY_NEVER},
	{"POST", BODY_ALWAYS},
	{"PUT", BODY_ALWAYS},
	{"PATCH", BODY_ALWAYS},
	{"DELETE", BODY_IF_GIVEN},
	{"HEAD", BODY_NEVER},
	{"OPTIONS", BODY_NEVER},
};

static enum body_rule body_rule(const char *method)
{
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
		if (!strcmp(methods[i].name, method))
			return methods[i].body;
	return BODY_NEVER;
}

static bool looks_like_json(const char *text)
{
	text += strspn(text, " \t\r\n");
	return *text == '{' || *text == '[';
}

static void parse_method(const struct integration_draft *draft)
{
	char *method = draft->integration->method = integration_text(draft, "method");

	if (!method)
		draft->integration->method = method = xstrdup("GET");
	for (char *p = method; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
		if (!strcmp(methods[i].name, method))
			return;
	integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "method",
		"unknown method \"%.20s\": write GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS", method);
	faults_name_rule(draft->faults, FAULT_RULE_UNKNOWN_METHOD);
}

static const char *own_content_type(const struct integration *in)
{
	for (size_t i = 0; i < in->header_count; i++)
		if (!strcasecmp(in->headers[i].name, "Content-Type"))
			return in->headers[i].value;
	return NULL;
}

static bool is_json_type(const char *type)
{
	return !type || strcasestr(type, "json");
}

static void check_json(const struct integration_draft *draft, const char *member, const char *text)
{
	char error[JSON_ERROR_SIZE], *probe = template_probe(text);
	cJSON *json = json_parse(probe, strlen(probe), error);

	if (!json)
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, member,
			"the %s is not valid JSON: %s", member, error);
	cJSON_Delete(json);
	free(probe);
}

static void rest_parse(const struct integration_draft *draft)
{
	struct integration *in = draft->integration;

	parse_method(draft);
	integration_parse_http(draft, ERR_REST_NO_URL);
	in->body = integration_text(draft, "body");
	if (in->body && body_rule(in->method) == BODY_NEVER) {
		integration_warn(draft, "body", "a %s request has no body: this one is not sent", in->method);
		faults_name_rule(draft->faults, FAULT_RULE_BODY_WITH_GET);
		free(in->body);
		in->body = NULL;
	}
	if (in->body && looks_like_json(in->body) && is_json_type(own_content_type(in)))
		check_json(draft, "body", in->body);
}

static bool rest_repeatable(const struct integration *in)
{
	return policy_method_idempotent(in->method);
}

static enum template_place body_place(const char *content_type, const char *text)
{
	if (strcasestr(content_type, "x-www-form-urlencoded"))
		return TEMPLATE_URL;
	return is_json_type(content_type) || looks_like_json(text) ? TEMPLATE_JSON : TEMPLATE_PLAIN;
}

/* Puts the arguments nobody named into the body, when that is a JSON object. */
static void merge_arguments(struct request *request, const struct integration *in, const cJSON *arguments)
{
	cJSON *body = NULL;
	const cJSON *argument;
	char *text;

	cJSON_ArrayForEach(argument, arguments)
	{
		if (request_names_argument(in, argument->string))
			continue;
		if (!body && !(body = json_parse(request->body.data, request->body.len, NULL)))
			return;
		if (!cJSON_IsObject(body))
			break;
		cJSON_DeleteItemFromObjectCaseSensitive(body, argument->string);
		cJSON_AddItemToObject(body, argument->string, json_copy(argument));
	}
	if (cJSON_IsObject(body)) {
		text = json_print(body);
		buffer_reset(&request->body);
		buffer_append_str(&request->body, text);
		free(text);
	}
	cJSON_Delete(body);
}

/* Without a body of its own the node sends its arguments: as a form where it says so, else as a JSON object.
 */
static void make_body(struct request *request, const struct integration *in, const cJSON *arguments)
{
	bool form = strcasestr(request_header(request, "Content-Type"), "x-www-form-urlencoded");
	cJSON *object = cJSON_CreateObject();
	const cJSON *argument;
	char *text;

	cJSON_ArrayForEach(argument, arguments)
	{
		if (request_names_argument(in, argument->string))
			continue;
		if (form) {
			if (request->body.len)
				buffer_append_char(&request->body, '&');
			request_append_pair(&request->body, argument);
		} else {
			cJSON_AddItemToObject(object, argument->string, json_copy(argument));
		}
	}
	if (!form && cJSON_IsObject(arguments)) {
		text = json_print(object);
		buffer_append_str(&request->body, text);
		free(text);
	}
	cJSON_Delete(object);
}

static enum errcode set_body(struct request *request, const struct integration *in,
	const struct template_scope *scope, char **message)
{
	enum template_place place;
	enum errcode code;

	if (!in->body) {
		make_body(request, in, scope->arguments);
		return ERR_NONE;
	}
	place = body_place(request_header(request, "Content-Type"), in->body);
	code = template_expand(in->body, place, scope, &request->body, message);
	if (!code && place == TEMPLATE_JSON)
		merge_arguments(request, in, scope->arguments);
	return code;
}

static enum errcode rest_render(struct request *request, const struct integration *in,
	const struct template_scope *scope, char **message)
{
	enum body_rule rule = body_rule(in->method);
	const cJSON *argument;
	enum errcode code;

	request->method = in->method;
	request->has_body = rule == BODY_ALWAYS || (rule == BODY_IF_GIVEN && in->body);
	if ((code = request_set_url(request, in, scope, message)) ||
		(code = request_add_headers(request, in, scope, message)))
		return code;
	if (request->has_body)
		return set_body(request, in, scope, message);
	cJSON_ArrayForEach(argument, scope->arguments) if (!request_names_argument(in, argument->string))
		request_add_query(request, argument);
	return ERR_NONE;
}

/* RFC 9457: a member of the wrong type is as if absent. */
static void clean_problem(cJSON *problem)
{
	static const char *const texts[] = {"type", "title", "detail", "instance"};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (!json_string(problem, texts[i], NULL))
			cJSON_DeleteItemFromObjectCaseSensitive(problem, texts[i]);
	if (!cJSON_IsNumber(json_get(problem, "status")))
		cJSON_DeleteItemFromObjectCaseSensitive(problem, "status");
}

/* "title: detail", or the type where it has neither; a title that is but the status' name is left out. NULL
 * where it has no text at all. Caller frees. */
static char *problem_text(const cJSON *problem, const char *status)
{
	const char *title = json_string(problem, "title", NULL),
		   *detail = json_string(problem, "detail", NULL), *type = json_string(problem, "type", NULL);

	if (!title && !detail)
		return xstrdup_null(type);
	if (detail && title && !strcasecmp(title, status))
		title = NULL;
	return xasprintf("%s%s%s", title ? title : "", title && detail ? ": " : "", detail ? detail : "");
}

static void judge_error(struct result *result, long status, struct body *body)
{
	const char *text = http_status_text(status);
	bool problem = !strcmp(body->type, "application/problem+json") && cJSON_IsObject(body->json);
	char *said = NULL;

	if (problem) {
		clean_problem(body->json);
		said = problem_text(body->json, text);
	}
	if (!said)
		said = body_excerpt(body);
	if (!strcasecmp(said, text))
		*said = '\0'; /* once is enough */
	result_fail(result, ERR_REST_STATUS, status, "%ld%s%s%s%.1000s", status, *text ? " " : "", text,
		*said ? ": " : "", said);
	free(said);
	if (problem || (body->kind == BODY_JSON && body->len <= METADATA_BODY_MAX))
		cJSON_AddItemToObject(result->metadata, problem ? "problem" : "body", body_take_data(body));
}

static void rest_judge(struct result *result, const struct integration *in, struct answer *answer)
{
	char *excerpt;

	(void)in;
	if (answer->status < 200 || answer->status > 299) {
		judge_error(result, answer->status, &answer->body);
	} else if (answer->body.kind == BODY_BAD_JSON) {
		excerpt = body_excerpt(&answer->body);
		result_fail(result, ERR_RESPONSE_INVALID_JSON, answer->status,
			"the answer says it is %s and cannot be read as that: %s: %s", answer->body.type,
			answer->body.error, excerpt);
		free(excerpt);
	} else {
		result_set_data(result, body_take_data(&answer->body));
	}
}

const struct source_ops source_rest = {
	.name = "rest",
	.network_error = ERR_REST_NETWORK_ERROR,
	.parse = rest_parse,
	.repeatable = rest_repeatable,
	.render = rest_render,
	.judge = rest_judge,
};
