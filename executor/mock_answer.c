/* One answer, or a sequence of them, as a route or an operation has it in the file. Everything a server could
 * not send (a body with 204, a Content-Length of the author's own) is a fault here, so that serving never has
 * to refuse. */
#include "executor/json.h"
#include "executor/mock_definition.h"
#include "executor/nearest.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LATENCY_MS_MAX 3600000.0
#define TRICKLE_MS_MAX 60000.0
#define TRICKLE_MS 10.0

static const struct {
	enum mock_fault fault;
	const char *name;
} fault_names[] = {
#define MOCK_FAULT_ROW(name, text) {MOCK_FAULT_##name, text},
	MOCK_FAULTS(MOCK_FAULT_ROW)
#undef MOCK_FAULT_ROW
};

#define FAULT_COUNT (sizeof(fault_names) / sizeof(fault_names[0]))

const char *mock_fault_name(enum mock_fault fault)
{
	for (size_t i = 0; i < FAULT_COUNT; i++)
		if (fault_names[i].fault == fault)
			return fault_names[i].name;
	return NULL;
}

void mock_fault_at(struct faults *faults, const char *pointer, const char *name, const char *format, ...)
{
	char *place = json_pointer_child(pointer, name), *message;
	va_list ap;

	va_start(ap, format);
	message = xvasprintf(format, ap);
	va_end(ap);
	faults_add(faults, FAULT_ERROR, place, "%s", message);
	free(message);
	free(place);
}

static void unknown_member(
	const char *name, const char *const *names, const char *pointer, struct faults *faults)
{
	struct buffer known;
	const char *near;
	size_t count = 0;

	buffer_init(&known, BUFFER_MAX_TEXT);
	for (; names[count]; count++)
		buffer_appendf(&known, "%s%s", count ? ", " : "", names[count]);
	near = nearest_name(name, names, count);
	if (near)
		mock_fault_at(faults, pointer, name, "is not known here; did you mean %s?", near);
	else
		mock_fault_at(faults, pointer, name, "is not known here; there are %s", buffer_text(&known));
	buffer_done(&known);
}

void mock_check_members(
	const cJSON *object, const char *const *names, const char *pointer, struct faults *faults)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, object)
	{
		const char *const *name = names;

		while (*name && strcmp(*name, member->string) != 0)
			name++;
		if (!*name)
			unknown_member(member->string, names, pointer, faults);
	}
}

const cJSON *mock_member(
	const cJSON *object, const char *name, int type, const char *pointer, struct faults *faults)
{
	const cJSON *member = json_get(object, name);

	if (!member || (member->type & 0xff) == type)
		return member;
	mock_fault_at(faults, pointer, name, "must be %s",
		type == cJSON_String           ? "a string"
			: type == cJSON_Array  ? "an array"
			: type == cJSON_Object ? "an object"
					       : "a number");
	return NULL;
}

double mock_member_number(const cJSON *object, const char *name, double fallback, double max,
	const char *pointer, struct faults *faults)
{
	const cJSON *member = mock_member(object, name, cJSON_Number, pointer, faults);

	if (!member)
		return fallback;
	if (member->valuedouble >= 0 && member->valuedouble <= max)
		return member->valuedouble;
	mock_fault_at(faults, pointer, name, "must be from 0 to %.0f", max);
	return fallback;
}

static unsigned parse_status(const cJSON *object, const char *pointer, struct faults *faults)
{
	const cJSON *member = mock_member(object, "status", cJSON_Number, pointer, faults);

	if (!member)
		return 0;
	if (member->valuedouble >= 200 && member->valuedouble <= 599 &&
		member->valuedouble == member->valueint)
		return (unsigned)member->valueint;
	mock_fault_at(faults, pointer, "status", "must be a whole number from 200 to 599");
	return 0;
}

static enum mock_fault parse_fault(const cJSON *object, const char *pointer, struct faults *faults)
{
	const cJSON *member = mock_member(object, "fault", cJSON_String, pointer, faults);

	if (!member)
		return MOCK_FAULT_NONE;
	for (size_t i = 0; i < FAULT_COUNT; i++)
		if (strcmp(fault_names[i].name, member->valuestring) == 0)
			return fault_names[i].fault;
	mock_fault_at(faults, pointer, "fault", "must be close, reset, truncate, trickle or garbage");
	return MOCK_FAULT_NONE;
}

/* A field name is a token (RFC 9110 §5.6.2); what frames the message is the server's own. */
static const char *header_name_fault(const char *name)
{
	static const char *const framing[] = {"Content-Length", "Transfer-Encoding", "Connection", "Date"};

	if (!*name ||
		strspn(name,
			"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") !=
			strlen(name))
		return "is no valid header name";
	for (size_t i = 0; i < sizeof(framing) / sizeof(framing[0]); i++)
		if (strcasecmp(framing[i], name) == 0)
			return "is set by the server itself: leave it out (for a wrong length there is "
			       "\"fault\": "
			       "\"truncate\")";
	return NULL;
}

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

static const cJSON *parse_headers(
	const cJSON *object, const struct mock_place *place, const char *pointer, struct faults *faults)
{
	const cJSON *headers = mock_member(object, "headers", cJSON_Object, pointer, faults), *header;
	char *parent = json_pointer_child(pointer, "headers");

	cJSON_ArrayForEach(header, headers)
	{
		const char *wrong = header_name_fault(header->string);
		char *child = json_pointer_child(parent, header->string);

		if (wrong)
			faults_add(faults, FAULT_ERROR, child, "%s", wrong);
		else if (!cJSON_IsString(header))
			faults_add(faults, FAULT_ERROR, child, "must be a string");
		else if (has_control(header->valuestring))
			faults_add(faults, FAULT_ERROR, child, "must be one line without control characters");
		else
			mock_template_check(header->valuestring, place, child, faults);
		free(child);
	}
	free(parent);
	return headers;
}

/* A member whose strings are templates. */
static const cJSON *parse_json(const cJSON *object, const char *name, const struct mock_place *place,
	const char *pointer, struct faults *faults)
{
	const cJSON *value = json_get(object, name);
	char *child = json_pointer_child(pointer, name);

	mock_template_check_json(value, place, child, faults);
	free(child);
	return value;
}

static void parse_graphql(struct mock_answer *answer, const cJSON *object, const struct mock_place *place,
	const char *pointer, struct faults *faults)
{
	answer->data = parse_json(object, "data", place, pointer, faults);
	answer->errors = parse_json(object, "errors", place, pointer, faults);
	answer->extensions = parse_json(object, "extensions", place, pointer, faults);
	if (answer->data && !cJSON_IsObject(answer->data) && !cJSON_IsNull(answer->data))
		mock_fault_at(faults, pointer, "data", "must be an object or null");
	if (answer->extensions && !cJSON_IsObject(answer->extensions))
		mock_fault_at(faults, pointer, "extensions", "must be an object");
	if (answer->errors) {
		const cJSON *error = cJSON_IsArray(answer->errors) ? answer->errors->child : NULL;
		bool good = error != NULL;

		for (; error; error = error->next)
			good = good && json_string(error, "message", NULL);
		if (!good)
			mock_fault_at(
				faults, pointer, "errors", "must be an array of objects with a message");
	}
	if ((answer->data || answer->errors) && (answer->body || answer->text))
		faults_add(faults, FAULT_ERROR, pointer,
			"has body or text beside data or errors: only one can be sent");
	if (!answer->data && !answer->errors && !answer->body && !answer->text && answer->status < 300 &&
		answer->fault == MOCK_FAULT_NONE)
		faults_add(faults, FAULT_ERROR, pointer, "needs data, errors, an error status or a fault");
}

static void print_fixed(struct mock_answer *answer)
{
	if (answer->body && !mock_template_used(answer->body))
		answer->fixed = json_print(answer->body);
	else if (answer->text && !strstr(answer->text, "{{"))
		answer->fixed = xstrdup(answer->text);
	answer->fixed_len = answer->fixed ? strlen(answer->fixed) : 0;
}

static void parse_content(struct mock_answer *answer, const cJSON *object, const struct mock_place *place,
	const char *pointer, struct faults *faults)
{
	const cJSON *text = mock_member(object, "text", cJSON_String, pointer, faults);
	const cJSON *type = mock_member(object, "contentType", cJSON_String, pointer, faults);
	char *child = json_pointer_child(pointer, "text");

	answer->body = parse_json(object, "body", place, pointer, faults);
	if (text) {
		answer->text = text->valuestring;
		mock_template_check(answer->text, place, child, faults);
	}
	if (type) {
		answer->content_type = type->valuestring;
		if (!*type->valuestring || has_control(type->valuestring))
			mock_fault_at(
				faults, pointer, "contentType", "must be a media type such as text/html");
	}
	if (answer->body && text)
		faults_add(faults, FAULT_ERROR, child, "stands beside body: only one of them can be sent");
	if ((answer->body || text) && (answer->status == 204 || answer->status == 304))
		mock_fault_at(faults, pointer, "status",
			"%u has no body: take it out or choose another status", answer->status);
	free(child);
}

static void parse_answer(struct mock_answer *answer, const cJSON *object, const struct mock_answer *defaults,
	const struct mock_place *place, const char *pointer, struct faults *faults)
{
	answer->status = parse_status(object, pointer, faults);
	answer->headers = parse_headers(object, place, pointer, faults);
	answer->fault = parse_fault(object, pointer, faults);
	answer->latency_ms = mock_member_number(
		object, "latencyMs", defaults ? defaults->latency_ms : 0, LATENCY_MS_MAX, pointer, faults);
	answer->trickle_ms = mock_member_number(object, "trickleMs",
		defaults ? defaults->trickle_ms : TRICKLE_MS, TRICKLE_MS_MAX, pointer, faults);
	parse_content(answer, object, place, pointer, faults);
	if (place->graphql)
		parse_graphql(answer, object, place, pointer, faults);
	print_fixed(answer);
}

static bool parse_after(
	const cJSON *object, const cJSON *sequence, const char *pointer, struct faults *faults)
{
	const cJSON *after = mock_member(object, "after", cJSON_String, pointer, faults);

	if (after && !sequence)
		mock_fault_at(faults, pointer, "after", "says what follows a sequence, and there is none");
	else if (after && strcmp(after->valuestring, "last") != 0 && strcmp(after->valuestring, "loop") != 0)
		mock_fault_at(faults, pointer, "after",
			"must be last (stay at the last answer) or loop (begin again)");
	return after && strcmp(after->valuestring, "loop") == 0;
}

/* Beside a sequence only the delays may stand, as defaults for its answers. */
static void check_beside_sequence(const cJSON *object, const char *pointer, struct faults *faults)
{
	static const char *const own[] = {
		"status", "headers", "body", "text", "contentType", "fault", "data", "errors", "extensions"};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (json_get(object, own[i]))
			mock_fault_at(faults, pointer, own[i],
				"is never used beside a sequence: move it into the answers of the sequence");
}

static void parse_sequence_items(struct mock_sequence *sequence, const cJSON *array,
	const struct mock_answer *defaults, const struct mock_place *place, const char *pointer,
	struct faults *faults)
{
	static const char *const rest[] = {
		"status", "headers", "latencyMs", "body", "text", "contentType", "fault", "trickleMs", NULL};
	static const char *const graphql[] = {"status", "headers", "latencyMs", "body", "text", "contentType",
		"data", "errors", "extensions", "fault", "trickleMs", NULL};
	const cJSON *item;
	size_t i = 0;

	cJSON_ArrayForEach(item, array)
	{
		char *child = json_pointer_index(pointer, i);

		if (cJSON_IsObject(item)) {
			mock_check_members(item, place->graphql ? graphql : rest, child, faults);
			parse_answer(&sequence->answers[i], item, defaults, place, child, faults);
		} else {
			faults_add(faults, FAULT_ERROR, child, "must be an object");
		}
		free(child);
		i++;
	}
}

void mock_sequence_parse(struct mock_sequence *sequence, const cJSON *object, const struct mock_place *place,
	const char *pointer, struct faults *faults)
{
	const cJSON *array = mock_member(object, "sequence", cJSON_Array, pointer, faults);
	size_t count = (size_t)cJSON_GetArraySize(array);
	struct mock_answer defaults = {0};
	char *child;

	sequence->loop = parse_after(object, json_get(object, "sequence"), pointer, faults);
	sequence->count = count ? count : 1;
	sequence->answers = xcalloc(sequence->count, sizeof(*sequence->answers));
	if (!json_get(object, "sequence")) {
		parse_answer(&sequence->answers[0], object, NULL, place, pointer, faults);
		return;
	}
	check_beside_sequence(object, pointer, faults);
	if (array && count == 0)
		mock_fault_at(faults, pointer, "sequence", "is empty: give it at least one answer");
	defaults.latency_ms = mock_member_number(object, "latencyMs", 0, LATENCY_MS_MAX, pointer, faults);
	defaults.trickle_ms =
		mock_member_number(object, "trickleMs", TRICKLE_MS, TRICKLE_MS_MAX, pointer, faults);
	child = json_pointer_child(pointer, "sequence");
	parse_sequence_items(sequence, array, &defaults, place, child, faults);
	free(child);
}

void mock_sequence_done(struct mock_sequence *sequence)
{
	for (size_t i = 0; i < sequence->count; i++)
		free(sequence->answers[i].fixed);
	free(sequence->answers);
}

const struct mock_answer *mock_sequence_at(const struct mock_sequence *sequence, size_t n)
{
	if (n >= sequence->count)
		n = sequence->loop ? n % sequence->count : sequence->count - 1;
	return &sequence->answers[n];
}
