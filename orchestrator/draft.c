/* See draft.h. */
#include "orchestrator/draft.h"

#include "orchestrator/workflow_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void draft_fault(const struct draft *draft, const char *member, const char *message)
{
	char *place = json_pointer_child(draft->pointer, member);

	if (draft->faults)
		faults_add(draft->faults, FAULT_ERROR, place, "%s", message);
	free(place);
}

const cJSON *draft_get(const struct draft *draft, const char *member)
{
	const cJSON *value = json_get(draft->object, member);

	return cJSON_IsNull(value) ? NULL : value;
}

bool draft_number(
	const struct draft *draft, const char *member, double low, double high, bool whole, double *to)
{
	const cJSON *value = draft_get(draft, member);
	double n = cJSON_IsNumber(value) ? value->valuedouble : NAN;
	char message[120];

	if (!value)
		return false;
	if (n >= low && n <= high && (!whole || n == floor(n))) {
		*to = n;
		return true;
	}
	snprintf(message, sizeof message, "\"%s\" must be a %snumber from %.16g to %.16g", member,
		whole ? "whole " : "", low, high);
	draft_fault(draft, member, message);
	return false;
}

void draft_flag(const struct draft *draft, const char *member, bool *to)
{
	const cJSON *value = draft_get(draft, member);
	char message[80];

	if (cJSON_IsBool(value)) {
		*to = cJSON_IsTrue(value);
	} else if (value) {
		snprintf(message, sizeof message, "\"%s\" must be true or false", member);
		draft_fault(draft, member, message);
	}
}

void draft_text(const struct draft *draft, const char *member, const char **to)
{
	const cJSON *value = draft_get(draft, member);
	char message[80];

	if (cJSON_IsString(value) && *value->valuestring) {
		*to = value->valuestring;
	} else if (value) {
		snprintf(message, sizeof message, "\"%s\" must be a string that is not empty", member);
		draft_fault(draft, member, message);
	}
}

void draft_url(const struct draft *draft, const char *member, const char **to)
{
	const char *url = NULL, *fault;
	char message[240];

	draft_text(draft, member, &url);
	if (url && !strstr(url, "${")) {
		fault = strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0
			? "must begin with http:// or https://, such as http://localhost:11434/v1"
			: http_url_fault(url);
		if (fault) {
			snprintf(message, sizeof message, "\"%s\" %s", member, fault);
			draft_fault(draft, member, message);
			return;
		}
	}
	if (url)
		*to = url;
}

void draft_retry(const struct draft *draft, struct retry_policy *retry)
{
	struct policy policy = POLICY_DEFAULT;
	cJSON *holder = cJSON_CreateObject();
	const cJSON *given = draft_get(draft, "retry");

	policy.retry = *retry;
	if (given)
		cJSON_AddItemToObject(holder, "retry", json_copy(given));
	policy_parse(&policy, holder, draft->pointer, draft->faults);
	*retry = policy.retry;
	cJSON_Delete(holder);
}

void draft_close(const struct draft *draft, const char *const *known, size_t count)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, draft->object)
	{
		char hint[400], message[520];
		size_t i = 0;

		while (i < count && strcmp(known[i], member->string) != 0)
			i++;
		if (i < count)
			continue;
		snprintf(message, sizeof message, "unknown member \"%.60s\"%s", member->string,
			workflow_hint(member->string, known, count, hint, sizeof hint));
		draft_fault(draft, member->string, message);
	}
}

void draft_open(struct draft *draft, const struct draft *holder, const char *member, const char *pointer,
	const char *example)
{
	const cJSON *value = draft_get(holder, member);
	char message[160];

	*draft = (struct draft){.pointer = pointer, .faults = holder->faults};
	if (cJSON_IsObject(value)) {
		draft->object = value;
	} else if (value) {
		snprintf(message, sizeof message, "\"%s\" must be an object such as %s", member, example);
		draft_fault(holder, member, message);
	}
}
