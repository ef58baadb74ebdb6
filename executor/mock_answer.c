/* One answer, or a sequence of them, as a route or an operation has it in the file. Everything a server could
 * not send (a body with 204, a Content-Length of the author's own) is a fault here, so that serving never has
 * to refuse. */
#include "executor/json.h"
#include "executor/mock_definition.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

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
	mock_fault_at(
		faults, pointer, "fault", "must be close, reset, truncate, trickle, garbage or timeout");
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
		(answer->fault == MOCK_FAULT_NONE || answer->fault_probability < 1))
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
	if (!answer->body && !text && answer->status < 300 && answer->status != 204)
		answer->body = place->output;
	free(child);
}

static void parse_answer(struct mock_answer *answer, const cJSON *object, const struct mock_answer *defaults,
	const struct mock_place *place, const char *pointer, struct faults *faults)
{
	answer->status = parse_status(object, pointer, faults);
	answer->headers = parse_headers(object, place, pointer, faults);
	answer->fault = parse_fault(object, pointer, faults);
	answer->fault_probability = mock_probability_parse(object, "faultProbability", 1, pointer, faults);
	if (json_get(object, "faultProbability") && !json_get(object, "fault"))
		mock_fault_at(
			faults, pointer, "faultProbability", "says how often fault happens: name the fault");
	answer->delay = defaults->delay;
	mock_delay_parse(&answer->delay, object, pointer, faults);
	answer->trickle_ms = mock_member_number(
		object, "trickleMs", defaults->trickle_ms, TRICKLE_MS_MAX, pointer, faults);
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
	static const char *const own[] = {"status", "headers", "body", "text", "contentType", "fault",
		"faultProbability", "data", "errors", "extensions"};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (json_get(object, own[i]))
			mock_fault_at(faults, pointer, own[i],
				"is never used beside a sequence: move it into the answers of the sequence");
}

static const char *const *answer_members(const struct mock_place *place)
{
	static const char *const rest[] = {"status", "headers", "latencyMs", "body", "text", "contentType",
		"fault", "faultProbability", "trickleMs", NULL};
	static const char *const graphql[] = {"status", "headers", "latencyMs", "body", "text", "contentType",
		"data", "errors", "extensions", "fault", "faultProbability", "trickleMs", NULL};

	return place->graphql ? graphql : rest;
}

static void parse_sequence_items(struct mock_sequence *sequence, const cJSON *array,
	const struct mock_answer *defaults, const struct mock_place *place, const char *pointer,
	struct faults *faults)
{
	const cJSON *item;
	size_t i = 0;

	cJSON_ArrayForEach(item, array)
	{
		char *child = json_pointer_index(pointer, i);

		if (cJSON_IsObject(item)) {
			mock_check_members(item, answer_members(place), child, faults);
			parse_answer(&sequence->answers[i], item, defaults, place, child, faults);
		} else {
			faults_add(faults, FAULT_ERROR, child, "must be an object");
		}
		free(child);
		i++;
	}
}

/* Has it anything of an answer but delay and fault? */
static bool is_whole(const cJSON *object)
{
	static const char *const own[] = {
		"status", "headers", "body", "text", "contentType", "data", "errors", "extensions"};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (json_get(object, own[i]))
			return true;
	return false;
}

static void parse_chance(struct mock_chance *chance, const cJSON *object, const struct mock_answer *defaults,
	const struct mock_place *place, const char *pointer, struct faults *faults)
{
	static const char *const rest[] = {"probability", "status", "headers", "latencyMs", "body", "text",
		"contentType", "fault", "trickleMs", NULL};
	static const char *const graphql[] = {"probability", "status", "headers", "latencyMs", "body", "text",
		"contentType", "data", "errors", "extensions", "fault", "trickleMs", NULL};
	static const struct mock_place nowhere = {0};

	mock_check_members(object, place->graphql ? graphql : rest, pointer, faults);
	if (!json_get(object, "probability"))
		faults_add(faults, FAULT_ERROR, pointer, "needs a probability, for example 0.1");
	chance->probability = mock_probability_parse(object, "probability", 0, pointer, faults);
	chance->whole = is_whole(object);
	chance->delayed = json_get(object, "latencyMs") != NULL;
	if (!chance->whole && !chance->delayed && !json_get(object, "fault"))
		faults_add(
			faults, FAULT_ERROR, pointer, "changes nothing: give it fault, status or latencyMs");
	parse_answer(&chance->answer, object, defaults, chance->whole ? place : &nowhere, pointer, faults);
}

static void parse_chances(struct mock_sequence *sequence, const cJSON *object,
	const struct mock_answer *defaults, const struct mock_place *place, const char *pointer,
	struct faults *faults)
{
	const cJSON *array = mock_member(object, "faults", cJSON_Array, pointer, faults), *item;
	char *list = json_pointer_child(pointer, "faults");
	double sum = 0;
	size_t i = 0;

	sequence->chance_count = (size_t)cJSON_GetArraySize(array);
	if (sequence->chance_count)
		sequence->chances = xcalloc(sequence->chance_count, sizeof(*sequence->chances));
	cJSON_ArrayForEach(item, array)
	{
		char *child = json_pointer_index(list, i);

		if (cJSON_IsObject(item))
			parse_chance(&sequence->chances[i], item, defaults, place, child, faults);
		else
			faults_add(faults, FAULT_ERROR, child, "must be an object");
		sum += sequence->chances[i++].probability;
		free(child);
	}
	if (sum > 1 + 1e-9)
		faults_add(faults, FAULT_ERROR, list, "have probabilities that add up to %g: at most 1", sum);
	free(list);
}

static void parse_sequence(struct mock_sequence *sequence, const cJSON *object, struct mock_answer *defaults,
	const struct mock_place *place, const char *pointer, struct faults *faults)
{
	const cJSON *array = mock_member(object, "sequence", cJSON_Array, pointer, faults);
	size_t count = (size_t)cJSON_GetArraySize(array);
	char *child = json_pointer_child(pointer, "sequence");

	check_beside_sequence(object, pointer, faults);
	if (array && count == 0)
		mock_fault_at(faults, pointer, "sequence", "is empty: give it at least one answer");
	mock_delay_parse(&defaults->delay, object, pointer, faults);
	defaults->trickle_ms =
		mock_member_number(object, "trickleMs", TRICKLE_MS, TRICKLE_MS_MAX, pointer, faults);
	sequence->count = count ? count : 1;
	sequence->answers = xcalloc(sequence->count, sizeof(*sequence->answers));
	parse_sequence_items(sequence, array, defaults, place, child, faults);
	free(child);
}

void mock_sequence_parse(struct mock_sequence *sequence, const cJSON *object, const struct mock_place *place,
	const char *pointer, struct faults *faults)
{
	struct mock_answer defaults = {.delay = {.low_ms = place->latency_ms}, .trickle_ms = TRICKLE_MS};

	sequence->loop = parse_after(object, json_get(object, "sequence"), pointer, faults);
	if (json_get(object, "sequence")) {
		parse_sequence(sequence, object, &defaults, place, pointer, faults);
	} else {
		sequence->count = 1;
		sequence->answers = xcalloc(1, sizeof(*sequence->answers));
		parse_answer(&sequence->answers[0], object, &defaults, place, pointer, faults);
		defaults.delay = sequence->answers[0].delay;
		defaults.trickle_ms = sequence->answers[0].trickle_ms;
	}
	parse_chances(sequence, object, &defaults, place, pointer, faults);
}

void mock_sequence_done(struct mock_sequence *sequence)
{
	for (size_t i = 0; i < sequence->count; i++)
		free(sequence->answers[i].fixed);
	for (size_t i = 0; i < sequence->chance_count; i++)
		free(sequence->chances[i].answer.fixed);
	free(sequence->answers);
	free(sequence->chances);
}

const struct mock_answer *mock_sequence_at(const struct mock_sequence *sequence, size_t n)
{
	if (n >= sequence->count)
		n = sequence->loop ? n % sequence->count : sequence->count - 1;
	return &sequence->answers[n];
}
