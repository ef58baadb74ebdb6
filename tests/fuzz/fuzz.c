/* See fuzz.h. */
#include "tests/fuzz/fuzz.h"
#include "executor/body_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_failed(const char *file, int line, const char *condition, const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%d: does not hold: %s: ", file, line, condition);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

static char *take(struct fuzz_input *input, size_t len)
{
	char *text = xstrndup((const char *)input->at, len);

	input->at += len;
	input->left -= len;
	return text;
}

char *fuzz_line(struct fuzz_input *input)
{
	const uint8_t *end = input->left ? memchr(input->at, '\n', input->left) : NULL;
	char *text = take(input, end ? (size_t)(end - input->at) : input->left);

	if (end) {
		input->at++;
		input->left--;
	}
	return text;
}

char *fuzz_rest(struct fuzz_input *input)
{
	return take(input, input->left);
}

char *fuzz_bytes(struct fuzz_input *input, size_t *len)
{
	char *bytes = xmalloc(input->left);

	*len = input->left;
	if (input->left)
		memcpy(bytes, input->at, input->left);
	input->left = 0;
	return bytes;
}

cJSON *fuzz_json(struct fuzz_input *input)
{
	char *text = fuzz_line(input);
	cJSON *value = json_parse(text, strlen(text), NULL);

	free(text);
	return value;
}

bool fuzz_is_utf8(const char *text, size_t len)
{
	return body_text_is_valid(text, len);
}

bool fuzz_is_clean(const char *text, bool lines)
{
	for (const char *p = text; *p; p++)
		if (((unsigned char)*p < 0x20 && !(lines && *p == '\n')) || *p == 0x7f)
			return false;
	return fuzz_is_utf8(text, strlen(text));
}

void fuzz_check_prints(const cJSON *value)
{
	char *text = json_print(value), *canonical = json_canonical(value), error[JSON_ERROR_SIZE], *again;
	cJSON *parsed = json_parse(text, strlen(text), error);

	FUZZ_CHECK(parsed, "%s: %s", error, text);
	again = json_canonical(parsed);
	FUZZ_CHECK(!strcmp(canonical, again), "%s became %s", canonical, again);
	free(again);
	free(canonical);
	free(text);
	cJSON_Delete(parsed);
}

void fuzz_check_faults(const struct faults *faults, const char *text, size_t len)
{
	size_t errors = 0;
	int lines = 1;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *fault = &faults->items[i];
		char *line = fault_format(fault, "x.json");

		errors += fault->severity == FAULT_ERROR;
		FUZZ_CHECK(fuzz_is_clean(line, false), "%s", line);
		FUZZ_CHECK(fault->line >= 0 && fault->line <= lines, "line %d of %d", fault->line, lines);
		FUZZ_CHECK(!*fault->pointer || *fault->pointer == '/', "%s", fault->pointer);
		free(line);
	}
	FUZZ_CHECK(errors == faults->errors, "%zu, counted %zu", errors, faults->errors);
}
