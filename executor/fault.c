/* Lists of faults. See fault.h. */
#include "executor/fault.h"
#include "executor/body_text.h"
#include "executor/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes text, which may quote anything, cut off anywhere, and makes one line of UTF-8 of it. */
static char *make_line(char *text)
{
	size_t len, replaced = 0;
	char *mended;

	for (char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	if (body_text_is_valid(text, strlen(text)))
		return text;
	mended = body_text_mend(text, strlen(text), false, &len, &replaced);
	free(text);
	return mended;
}

void faults_init(struct faults *faults)
{
	*faults = (struct faults){0};
}

void faults_done(struct faults *faults)
{
	for (size_t i = 0; i < faults->count; i++) {
		free(faults->items[i].pointer);
		free(faults->items[i].message);
	}
	free(faults->items);
	faults_init(faults);
}

void faults_add(
	struct faults *faults, enum fault_severity severity, const char *pointer, const char *format, ...)
{
	va_list ap;
	char *message;

	va_start(ap, format);
	message = make_line(xvasprintf(format, ap));
	va_end(ap);
	if (faults->count == faults->capacity) {
		faults->capacity = faults->capacity ? faults->capacity * 2 : 8;
		faults->items = xreallocarray(faults->items, faults->capacity, sizeof *faults->items);
	}
	faults->items[faults->count++] =
		(struct fault){.severity = severity, .pointer = xstrdup(pointer), .message = message};
	faults->errors += severity == FAULT_ERROR;
}

const char *fault_rule_id(enum fault_rule rule)
{
	static const char *const ids[] = {
#define FAULT_RULE_ID(name, id, reason) [FAULT_RULE_##name] = id,
		FAULT_RULES(FAULT_RULE_ID)
#undef FAULT_RULE_ID
	};

	return ids[rule];
}

const char *fault_rule_reason(enum fault_rule rule)
{
	static const char *const reasons[] = {
#define FAULT_RULE_REASON(name, id, reason) [FAULT_RULE_##name] = reason,
		FAULT_RULES(FAULT_RULE_REASON)
#undef FAULT_RULE_REASON
	};

	return reasons[rule];
}

void faults_name_rule(struct faults *faults, enum fault_rule rule)
{
	faults->items[faults->count - 1].rule = fault_rule_id(rule);
}

void faults_add_syntax(struct faults *faults, const char *json_error)
{
	int line = 0, column = 0, end = 0;

	sscanf(json_error, "line %d, column %d: %n", &line, &column, &end);
	faults_add(faults, FAULT_ERROR, "", "not JSON: %s", json_error + end);
	faults->items[faults->count - 1].line = line;
	faults->items[faults->count - 1].column = column;
}

void faults_locate(struct faults *faults, const char *text, size_t len)
{
	const char **pointers = xcalloc(faults->count, sizeof *pointers);
	struct json_place *places = xcalloc(faults->count, sizeof *places);

	for (size_t i = 0; i < faults->count; i++)
		pointers[i] = faults->items[i].pointer;
	json_locate_all(text, len, pointers, faults->count, places);
	for (size_t i = 0; i < faults->count; i++) {
		faults->items[i].line = places[i].line;
		faults->items[i].column = places[i].column;
	}
	free(places);
	free(pointers);
}

static bool is_before(const struct fault *a, const struct fault *b)
{
	return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* Merging keeps the order of equals, which qsort does not promise. */
static void merge_sort(struct fault *items, struct fault *room, size_t count)
{
	size_t half = count / 2, i = 0, j = half;

	if (count < 2)
		return;
	merge_sort(items, room, half);
	merge_sort(items + half, room, count - half);
	for (size_t n = 0; n < count; n++)
		room[n] =
			i == half || (j < count && is_before(&items[j], &items[i])) ? items[j++] : items[i++];
	memcpy(items, room, count * sizeof *items);
}

void faults_sort(struct faults *faults)
{
	struct fault *room = xcalloc(faults->count, sizeof *room);

	merge_sort(faults->items, room, faults->count);
	free(room);
}

static const char *severity_name(enum fault_severity severity)
{
	return severity == FAULT_ERROR ? "error" : "warning";
}

char *fault_format(const struct fault *fault, const char *file)
{
	char place[32] = "";

	if (fault->line > 0)
		snprintf(place, sizeof place, "%d:%d:", fault->line, fault->column);
	return make_line(xasprintf("%s:%s %s: %s%s%s%s%s%s", file, place, severity_name(fault->severity),
		fault->pointer, *fault->pointer ? ": " : "", fault->message, fault->rule ? " [" : "",
		fault->rule ? fault->rule : "", fault->rule ? "]" : ""));
}

cJSON *fault_to_json(const struct fault *fault)
{
	cJSON *object = cJSON_CreateObject();

	json_add_string(object, "severity", severity_name(fault->severity));
	json_add_string(object, "pointer", fault->pointer);
	json_add_string(object, "message", fault->message);
	cJSON_AddNumberToObject(object, "line", fault->line);
	cJSON_AddNumberToObject(object, "column", fault->column);
	if (fault->rule)
		json_add_string(object, "rule", fault->rule);
	return object;
}
