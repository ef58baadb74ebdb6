/* Members of a mock's definition, checked, with faults that say where and what instead. */
#include "executor/json.h"
#include "executor/mock_definition.h"
#include "executor/nearest.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

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
